"""The bytes of a style picture, from a file or from the document.

Hides addresses and file types.
"""

from __future__ import annotations

import base64
import binascii
import os
import urllib.parse
from typing import NamedTuple

from .document_mark import document_path
from .messages import Refusal, _

LARGEST = 64 * 1024 * 1024  # bytes

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)


class Picture(NamedTuple):
    name: str  # in the job folder
    data: bytes


def from_file(path: str) -> Picture:
    """A picture that the person chose."""
    try:
        if os.path.getsize(path) > LARGEST:
            raise Refusal(
                _("The style picture {path} is larger than 64 MB.").format(path=path),
                _("Choose a smaller one."),
            )
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Refusal(
            _("The style picture {path} cannot be read ({reason}).").format(
                path=path, reason=error.strerror or "?"
            ),
            _("Choose another one."),
        ) from error
    return named(data, path)


def from_address(address: str) -> Picture:
    """The picture of an image element: embedded, or linked relative to the document."""
    if address.startswith("data:"):
        head, _comma, body = address.partition(",")
        try:
            if head.endswith(";base64"):
                data = base64.b64decode("".join(body.split()), validate=False)
            else:
                data = urllib.parse.unquote_to_bytes(body)
        except (ValueError, binascii.Error):
            data = b""
        return named(data[:LARGEST], _("the selected image"))
    if address.startswith("file:"):
        from urllib.request import url2pathname  # a tenth of a second, seldom needed

        return from_file(url2pathname(urllib.parse.urlsplit(address).path))
    if "://" in address or not address:
        raise Refusal(
            _("The selected image is on the web and was not fetched."),
            _("Embed it (Extensions > Images > Embed Images) and draw again."),
        )
    return from_file(os.path.join(os.path.dirname(document_path()), urllib.parse.unquote(address)))


def from_base64(text: str) -> Picture:
    try:
        return named(base64.b64decode(text, validate=False), _("the remembered picture"))
    except (ValueError, binascii.Error):
        return named(b"", _("the remembered picture"))


def named(data: bytes, origin: str) -> Picture:
    """A picture under the name that its first bytes say."""
    for signature, suffix in _SIGNATURES:
        if data.startswith(signature):
            return Picture("style." + suffix, data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Picture("style.webp", data)
    raise Refusal(
        _("{origin} is not a PNG, JPEG, WebP, GIF or BMP picture.").format(origin=origin),
        _("Choose another style picture."),
    )
