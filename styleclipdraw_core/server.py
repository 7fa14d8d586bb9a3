"""Asks a server once, and sorts all that can go wrong by what helps: try again, or give up.

Hides urllib, certificates, proxies and redirections. Only the standard library.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from styleclipdraw_core.errors import WeightsError


class TryAgain(Exception):
    """The attempt failed in a way that another one may mend; the text says how."""


class Refused(Exception):
    """The server answered, and the answer is no."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}".strip())
        self.status = status


def is_address(text: str) -> bool:
    """Whether ``text`` names a server rather than a place on this computer."""
    return text.lower().startswith(("http://", "https://"))


def host(address: str) -> str:
    return urllib.parse.urlparse(address).hostname or address


@contextmanager
def answer(
    address: str, headers: Mapping[str, str], stall_seconds: float
) -> Iterator[http.client.HTTPResponse]:
    """The server's answer, 200 or 206; reading from it is covered too.

    Raises `TryAgain`, `Refused`, or `WeightsError` when the certificate cannot be verified.
    """
    request = urllib.request.Request(
        address, headers={"User-Agent": "styleclipdraw", "Accept-Encoding": "identity", **headers}
    )
    opener = urllib.request.build_opener(
        _NoDowngrade, urllib.request.HTTPSHandler(context=tls_context())
    )
    try:
        with opener.open(request, timeout=stall_seconds) as response:
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (408, 425, 429) or error.code >= 500:
            raise TryAgain(f"the server answered {error.code}") from None
        raise Refused(error.code, str(error.reason)) from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise WeightsError(
                f"The certificate of {host(address)} cannot be verified.",
                "Check the computer's clock and certificates; with a company's own certificate "
                "name its file in SSL_CERT_FILE.",
                code="weights.certificate",
            ) from None
        if isinstance(error.reason, TimeoutError):
            raise TryAgain("nothing arrived for too long") from None
        raise TryAgain("there is no connection") from None
    except TimeoutError:
        raise TryAgain("nothing arrived for too long") from None
    except (http.client.HTTPException, ConnectionError, socket.gaierror, ssl.SSLError):
        raise TryAgain("the connection was cut off") from None


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but never from https to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.HTTPError(newurl, code, "redirection away from https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def tls_context() -> ssl.SSLContext:
    """The system's certificates; Python's own builds for macOS and Windows do not find them all."""
    if sys.platform in ("darwin", "win32") and not os.environ.get("SSL_CERT_FILE"):
        try:
            import truststore

            context: Any = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            return context  # type: ignore[no-any-return]
        except ImportError:
            pass
    return ssl.create_default_context()
