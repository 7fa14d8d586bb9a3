"""One window per person: a second start hands its wish to the first and leaves.

Hides sockets and locks. The lock decides who is first, so two starts at once cannot both win; the
socket lies in the person's own data folder, where nobody else can put one.
"""

from __future__ import annotations

import json
import re
import sys
import time
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from styleclipdraw_core.job import ID_PATTERN
from styleclipdraw_core.job_folder import make_private_folder

ANSWER_MS = 1500  # a window that is busy for longer than this is taken for hung
LONGEST_MESSAGE = 300  # bytes
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, its final zero included.
LONGEST_SOCKET_PATH = 100


def socket_name(folder: Path) -> str:
    """A path in the person's folder; a name made from it where that is too long, or on Windows."""
    path = str(folder / "window.socket")
    if sys.platform != "win32" and len(path.encode()) <= LONGEST_SOCKET_PATH:
        return path
    return "styleclipdraw-" + sha256(str(folder).encode()).hexdigest()[:16]


class OneWindow(QObject):
    """Either the first window, which hears the wishes of later ones, or a later one."""

    asked = Signal(str)  # a job's id, or "" for the history

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        make_private_folder(folder)
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)  # a live window may run for days; a dead one is noticed
        self._server: QLocalServer | None = None

    def be_first(self) -> bool:
        """Take the lock and listen; False when another window has it."""
        if not self._lock.tryLock(0):
            return False
        name = socket_name(self._folder)
        QLocalServer.removeServer(name)  # left behind by a window that was killed
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        # Without a server (odd file systems) this is still the one window; later ones open theirs.
        self._server.listen(name)
        return True

    def hand_over(self, job_id: str) -> bool:
        """Tell the first window what to show; False when it does not answer."""
        deadline = time.monotonic() + ANSWER_MS / 1000
        while time.monotonic() < deadline:
            socket = QLocalSocket()
            socket.connectToServer(socket_name(self._folder))
            if socket.waitForConnected(200):
                socket.write(json.dumps({"show": job_id}).encode() + b"\n")
                socket.flush()
                left = max(1, round((deadline - time.monotonic()) * 1000))
                return socket.waitForReadyRead(left) and socket.readAll().data() == b"ok\n"
            time.sleep(0.05)  # the first one is between its lock and its socket
        return False

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _greet(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._hear(s))
            socket.disconnected.connect(socket.deleteLater)
            self._hear(socket)

    def _hear(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LONGEST_MESSAGE:
                socket.abort()
            return
        job_id = wish_of(bytes(socket.readLine(LONGEST_MESSAGE).data()))
        if job_id is None:
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        self.asked.emit(job_id)


def wish_of(line: bytes) -> str | None:
    """The job's id in a message, "" for the history; None when it is no message of ours."""
    try:
        message = json.loads(line)
        wish = message["show"]
        good = wish == "" or re.fullmatch(ID_PATTERN, wish, re.ASCII)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return wish if good else None
