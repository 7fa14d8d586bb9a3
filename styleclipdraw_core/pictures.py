"""Style pictures and backdrops: from a file or an http(s) address to upright, opaque RGB.

Hides formats, orientation, transparency and colour depth, and everything that a hostile file or
server can do: it may be huge, unpack to something huge, trickle, stall, redirect or lie.
"""

from __future__ import annotations

import http.client
import io
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageOps

from styleclipdraw_core import __version__
from styleclipdraw_core.errors import PictureError
from styleclipdraw_core.named_file import read_named_file
from styleclipdraw_core.server import is_address, tls_context

# Formats whose decoders are simple and everywhere; no PDF, EPS or anything that runs a program.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
LARGEST_FILE = 64 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000  # as RGB 150 MB; a telephone's camera gives 12 to 50 million
SMALLEST_SIDE = 8  # px; below there is nothing that could be called a style
# The judges look at 224 px or a little more; a request, and the SVG that repeats it, stay small.
KEPT_SIDE = 512  # px, longer side


@dataclass(frozen=True)
class Patience:
    """How long an address may take, in seconds."""

    silence: float = 15.0
    altogether: float = 60.0


def read_picture(source: str | Path, patience: Patience | None = None) -> Image.Image:
    """The picture at a path or an http(s) address, mode RGB, upright, transparency on white.

    Raises `PictureError` whatever is wrong with it.
    """
    name = str(source)
    if is_address(name):
        return decode(_fetch(name, patience or Patience()), name)
    if "://" in name:
        scheme = name.partition("://")[0]
        raise PictureError(
            f"Pictures cannot be fetched by {scheme}: {name}.",
            "Give a file, or an address that begins with https:// or http://.",
            code="picture.scheme",
        )
    return decode(_read_file(Path(name).expanduser()), name)


def decode(data: bytes, name: str) -> Image.Image:
    """The picture that ``data`` holds; ``name`` is what an error calls it."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of broken metadata and of large pictures; the size is checked below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                width, height = opened.size
                if width * height > MOST_PIXELS:
                    raise _too_many_pixels(name, width, height)
                opened.seek(0)
                opened.load()
                picture = _opaque(ImageOps.exif_transpose(opened) or opened)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels(name) from None
    # Decoders fed with a stranger's bytes raise nearly anything, SyntaxError and struct.error
    # among them; whatever it is, the picture cannot be read.
    except Exception:
        raise PictureError(
            f"{name} is not a picture that can be read.",
            f"Give a whole {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file.",
            code="picture.unreadable",
        ) from None
    if min(picture.size) < SMALLEST_SIDE:
        raise PictureError(
            f"{name} has only {picture.width} x {picture.height} pixels.",
            f"Give a picture of at least {SMALLEST_SIDE} x {SMALLEST_SIDE}.",
            code="picture.too-small",
        )
    return picture


def _too_many_pixels(name: str, width: int = 0, height: int = 0) -> PictureError:
    size = f"{width:,} x {height:,}" if width else "far too many"
    return PictureError(
        f"{name} has {size} pixels; at most {MOST_PIXELS // 1_000_000} million are read.",
        "Make it smaller: the judges look at a few hundred pixels only.",
        code="picture.too-large",
    )


def _opaque(picture: Image.Image) -> Image.Image:
    """Any mode as RGB: transparency on white, 16 bits and floats brought to 8."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # convert("L") would clip at 255 instead of scaling.
        picture = picture.convert("I").point(lambda value: value / 257).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")


def png_of(picture: Image.Image, longest_side: int = KEPT_SIDE) -> bytes:
    """The picture as it is kept with a request: PNG, at most ``longest_side``, no metadata."""
    scale = longest_side / max(picture.size)
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    Image.frombytes("RGB", picture.size, picture.tobytes()).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _read_file(path: Path) -> bytes:
    data = read_named_file(
        path, LARGEST_FILE, error=PictureError, code="picture", wanted="the name of a picture"
    )
    _check_bytes(len(data), str(path))
    return data


def _check_bytes(count: int, name: str) -> None:
    if count > LARGEST_FILE:
        raise PictureError(
            f"{name} has more than {LARGEST_FILE // 2**20} MiB.",
            "Give a smaller picture: the judges look at a few hundred pixels only.",
            code="picture.too-large",
        )


# ------------------------------------------------------------------------------- addresses


@dataclass
class _Fetch:
    """One download, in a thread of its own: an address resolver or a trickle of headers waits as
    long as it likes, and only a thread can be left behind."""

    address: str
    patience: Patience
    data: bytes = b""
    error: PictureError | None = None
    given_up: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            self.data = self._read()
        except PictureError as error:
            self.error = error
        except urllib.error.HTTPError as error:
            self.error = self._failed(f"the server answered {error.code}")
            error.close()
        except TimeoutError:
            self.error = self._failed("the server does not answer")
        except urllib.error.URLError as error:
            late = isinstance(error.reason, TimeoutError)
            reason = "the server does not answer" if late else str(error.reason)
            self.error = self._failed(reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.error = self._failed(str(error) or type(error).__name__)

    def _read(self) -> bytes:
        request = urllib.request.Request(
            self.address, headers={"User-Agent": f"styleclipdraw/{__version__}"}
        )
        received = bytearray()
        with _opener().open(request, timeout=self.patience.silence) as response:
            announced = response.headers.get("Content-Length", "")
            if announced.isdigit():
                _check_bytes(int(announced[:18]), self.address)
            while not self.given_up.is_set():
                piece = response.read1(64 * 1024)
                if not piece:
                    break
                received += piece
                _check_bytes(len(received), self.address)
        if announced.isdigit() and len(received) < int(announced[:18]):
            raise self._failed("the connection broke off")
        return bytes(received)

    def _failed(self, reason: str) -> PictureError:
        return PictureError(
            f"{self.address} could not be fetched: {reason}.",
            "Check the address, or save the picture and give the file.",
            code="picture.fetch",
        )

    def too_late(self) -> PictureError:
        return self._failed(f"it took longer than {self.patience.altogether:g} seconds")


def _fetch(address: str, patience: Patience) -> bytes:
    if not urllib.parse.urlsplit(address).hostname:
        raise PictureError(
            f"{address} is not a whole address.",
            "Give one like https://example.org/picture.jpg.",
            code="picture.address",
        )
    fetch = _Fetch(address, patience)
    thread = threading.Thread(target=fetch.run, daemon=True)
    thread.start()
    end = time.monotonic() + patience.altogether
    while thread.is_alive() and time.monotonic() < end:
        thread.join(0.1)  # in short pieces, so that Ctrl-C is heard on Windows too
    if thread.is_alive():
        fetch.given_up.set()
        raise fetch.too_late()
    if fetch.error is not None:
        raise fetch.error
    return fetch.data


def _opener() -> urllib.request.OpenerDirector:
    """http and https only: the usual opener would follow a redirection to ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=tls_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener
