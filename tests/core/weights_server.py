"""A server on the loopback that misbehaves on command, to fetch from in tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Behaviour:
    """What the server hands out, and how badly; changed by tests while it runs."""

    files: dict[str, bytes] = field(default_factory=dict)
    etag: str = '"one"'
    ranges: bool = True
    break_after: int = 0  # bytes of a body after which the connection is cut; 0: never
    breaks: int = 0  # how many bodies are cut
    stalls: int = 0  # how many bodies stop in the middle without being cut
    status: int = 0  # answered instead of the file
    statuses: int = 0  # how many times
    claimed_size: int = 0  # a lie in Content-Length and Content-Range
    flip_byte: int = -1  # this byte of the file is sent wrong
    flips: int = 0  # how many answers carry the wrong byte
    redirect: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)  # path, Range
    bytes_sent: int = 0


class _Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.behaviour
        wanted = self.headers.get("Range", "")
        server.requests.append((self.path, wanted))
        self.close_connection = True
        if server.redirect:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.statuses > 0:
            server.statuses -= 1
            self._empty(server.status)
            return
        content = server.files.get(self.path)
        if content is None:
            self._empty(404)
            return
        if server.flips > 0:
            server.flips -= 1
            at = server.flip_byte
            content = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        self._send(content, wanted)

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes, wanted: str) -> None:
        server = self.behaviour
        total = server.claimed_size or len(content)
        same = self.headers.get("If-Range", server.etag) == server.etag
        if wanted and server.ranges and same:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            if int(first) >= len(content):
                self._empty(416)
                return
            body = content[int(first) : int(last) + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{total}")
            self.send_header("Content-Length", str(len(body)))
        else:
            body = content
            self.send_response(200)
            self.send_header("Content-Length", str(total))
        if server.etag:
            self.send_header("ETag", server.etag)
        self.end_headers()
        if server.breaks > 0:
            server.breaks -= 1
            self._send_bytes(body[: server.break_after])
            return
        if server.stalls > 0:
            server.stalls -= 1
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            time.sleep(0.6)
            return
        self._send_bytes(body)

    def _send_bytes(self, body: bytes) -> None:
        # Counted first: who has read the last of them may ask for the sum at once.
        self.behaviour.bytes_sent += len(body)
        self.wfile.write(body)


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some of the tests are about."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """The address of a server that behaves like that."""

    class Handler(_Handler):
        pass

    Handler.behaviour = behaviour
    server = _QuietServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
