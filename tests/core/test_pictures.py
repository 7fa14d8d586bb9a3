"""Style pictures: what is read, what is refused, and what a hostile file or server cannot do."""

import http.server
import io
import struct
import threading
import zlib
from contextlib import contextmanager

import pytest
from PIL import Image

from styleclipdraw_core import pictures
from styleclipdraw_core.errors import PictureError
from styleclipdraw_core.pictures import Patience, decode, png_of, read_picture

RED = (255, 0, 0)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def a_picture(size=(20, 10), colour=RED):
    return Image.new("RGB", size, colour)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_every_promised_format_is_read(kind, tmp_path):
    assert kind in pictures.FORMATS
    path = tmp_path / "picture"
    path.write_bytes(encoded(a_picture(), kind))
    picture = read_picture(path)
    assert picture.mode == "RGB" and picture.size == (20, 10)
    red, green, blue = picture.getpixel((10, 5))
    assert red > 250 and max(green, blue) < 5


MODES = [
    # transparent black must not become black: Inkscape's page is white
    (Image.new("RGBA", (10, 10), (0, 0, 0, 0)), (255, 255, 255)),
    # half transparent red over white
    (Image.new("RGBA", (10, 10), (255, 0, 0, 128)), (255, 127, 127)),
    (Image.new("LA", (10, 10), (0, 0)), (255, 255, 255)),
    # 16 bits: 0x8080 is half, not white
    (Image.new("I;16", (10, 10), 0x8080), (128, 128, 128)),
    (Image.new("L", (10, 10), 64), (64, 64, 64)),
    (Image.new("1", (10, 10), 1), (255, 255, 255)),
]


@pytest.mark.parametrize(("image", "expected"), MODES, ids=[image.mode for image, _ in MODES])
def test_every_mode_becomes_opaque_rgb(image, expected):
    picture = decode(encoded(image), "picture")
    assert picture.mode == "RGB"
    assert picture.getpixel((5, 5)) == pytest.approx(expected, abs=1)


def test_a_palette_with_transparency_becomes_white():
    image = Image.new("P", (10, 10), 0)
    image.putpalette([0, 0, 0] * 256)
    assert decode(encoded(image, "PNG", transparency=0), "p").getpixel((0, 0)) == (255, 255, 255)


def test_a_print_picture_becomes_rgb():
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red, green, blue = decode(encoded(cmyk, "JPEG"), "p").getpixel((8, 8))
    assert red > 230 and max(green, blue) < 60


def test_a_photograph_on_its_side_is_put_upright():
    image = a_picture((20, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    assert decode(encoded(image, "JPEG", exif=exif), "p").size == (10, 20)


def test_of_an_animation_the_first_frame_counts():
    frames = [a_picture(), a_picture(colour=(0, 0, 255))]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data, "p").getpixel((0, 0)) == RED


def test_the_kept_picture_is_small_and_says_nothing_but_itself():
    picture = Image.effect_noise((1024, 600), 50).convert("RGB")
    picture.info["comment"] = "secret"
    kept = Image.open(io.BytesIO(png_of(picture)))
    assert kept.size == (512, 300) and kept.format == "PNG" and kept.info == {}
    small = a_picture()
    assert Image.open(io.BytesIO(png_of(small))).tobytes() == small.tobytes()


def png_that_claims(width, height):
    """A PNG of 100 bytes whose header announces any size."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


BROKEN = [
    # the reason, the bytes, the code
    ("nothing at all", b"", "picture.unreadable"),
    ("a text", b"hello", "picture.unreadable"),
    ("half of a picture", encoded(Image.effect_noise((64, 64), 9))[:900], "picture.unreadable"),
    ("only a header", encoded(a_picture(), "JPEG")[:40], "picture.unreadable"),
    (
        "a format that runs programs",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "picture.unreadable",
    ),
    (
        "SVG is not a picture here",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "picture.unreadable",
    ),
    ("unpacks to 30 GB", png_that_claims(100_000, 100_000), "picture.too-large"),
    ("just above what is read", png_that_claims(8000, 6251), "picture.too-large"),
    ("no pixels", png_that_claims(0, 10), "picture.unreadable"),
    ("too small to have a style", encoded(a_picture((7, 100))), "picture.too-small"),
]


@pytest.mark.parametrize(("data", "code"), [row[1:] for row in BROKEN], ids=[r[0] for r in BROKEN])
def test_what_is_no_picture_is_refused(data, code):
    with pytest.raises(PictureError) as caught:
        decode(data, "style.png")
    assert caught.value.code == code
    assert "style.png" in caught.value.sentence and caught.value.next_step


def test_a_picture_with_any_byte_changed_is_read_or_refused():
    data = bytearray(encoded(Image.effect_noise((16, 16), 50).convert("RGB")))
    for index in range(0, len(data), 3):
        broken = bytes(data[:index]) + bytes([data[index] ^ 0x55]) + bytes(data[index + 1 :])
        try:
            assert decode(broken, "p").mode == "RGB"
        except PictureError:
            pass


FILES = [
    ("not there", "nowhere.png", "picture.missing"),
    ("a folder", ".", "picture.not-a-file"),
    ("a name with a zero byte", "a\0b", "picture.unreadable"),
    ("another protocol", "ftp://example.org/a.png", "picture.scheme"),
    ("the protocol of local files", "file:///etc/passwd", "picture.scheme"),
    ("no server", "https:///a.png", "picture.address"),
]


@pytest.mark.parametrize(("name", "code"), [row[1:] for row in FILES], ids=[r[0] for r in FILES])
def test_names_that_lead_nowhere(name, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PictureError) as caught:
        read_picture(name)
    assert caught.value.code == code


def test_a_file_that_is_too_long_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_FILE", 1000)
    path = tmp_path / "style.bmp"
    path.write_bytes(encoded(a_picture((30, 30)), "BMP"))
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    assert caught.value.code == "picture.too-large"


# ------------------------------------------------------------------------------- servers


class Handler(http.server.BaseHTTPRequestHandler):
    released = threading.Event()

    def log_message(self, *arguments):
        pass

    def send(self, data, length=None, status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        good = encoded(a_picture())
        if self.path == "/good.png":
            self.send(good)
        elif self.path == "/elsewhere":
            self.send(b"", status=302, Location="/good.png")
        elif self.path == "/file":
            self.send(b"", status=302, Location="file:///etc/passwd")
        elif self.path == "/ftp":
            self.send(b"", status=302, Location="ftp://127.0.0.1/x.png")
        elif self.path == "/circle":
            self.send(b"", status=302, Location="/circle")
        elif self.path == "/page":
            self.send(b"<html>no picture</html>")
        elif self.path == "/large":
            self.send(b"", length=10**12)
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
        elif self.path == "/short":
            self.send(good[:20], length=len(good))
        elif self.path == "/silent":
            self.released.wait(20)
        elif self.path == "/trickle":
            self.send_response(200)
            self.end_headers()
            try:
                while not self.released.wait(0.02):
                    self.wfile.write(b"x")
            except OSError:
                pass
        else:
            self.send(b"", status=404)


@contextmanager
def server():
    Handler.released.clear()
    instance = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    instance.handle_error = lambda *arguments: None  # the client hangs up on purpose
    thread = threading.Thread(target=instance.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{instance.server_address[1]}"
    finally:
        Handler.released.set()
        instance.shutdown()
        instance.server_close()
        thread.join()


@pytest.mark.parametrize("path", ["/good.png", "/elsewhere"])
def test_a_picture_is_fetched(path):
    with server() as address:
        assert read_picture(address + path).getpixel((0, 0)) == RED


SERVERS = [
    ("nothing there", "/nothing", "picture.fetch", "404"),
    ("a page instead of a picture", "/page", "picture.unreadable", "not a picture"),
    ("leads to a local file", "/file", "picture.fetch", ""),
    ("leads to another protocol", "/ftp", "picture.fetch", ""),
    ("leads in circles", "/circle", "picture.fetch", "302"),
    ("announces too much", "/large", "picture.too-large", ""),
    ("sends without end", "/endless", "picture.too-large", ""),
    ("breaks off", "/short", "picture.fetch", "broke off"),
    ("says nothing", "/silent", "picture.fetch", "does not answer"),
    ("sends a byte now and then", "/trickle", "picture.fetch", "longer than"),
]


@pytest.mark.parametrize(
    ("path", "code", "words"), [row[1:] for row in SERVERS], ids=[row[0] for row in SERVERS]
)
def test_a_hostile_server(path, code, words, monkeypatch):
    monkeypatch.setattr(pictures, "LARGEST_FILE", 1_000_000)
    with server() as address, pytest.raises(PictureError) as caught:
        read_picture(address + path, Patience(silence=1.0, altogether=2.5))
    assert caught.value.code == code
    assert words in caught.value.sentence and caught.value.next_step


def test_no_server_at_all():
    with server() as address:
        pass
    with pytest.raises(PictureError) as caught:
        read_picture(f"{address}/good.png", Patience(1, 2))
    assert caught.value.code == "picture.fetch"
