"""Downloads from a server that breaks off, stalls, lies about the size and serves a wrong byte."""

from __future__ import annotations

import errno
import hashlib
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from styleclipdraw_core import download
from styleclipdraw_core.download import NoRangesError, Patience, Piece, fetch, file_sha256, in_words
from styleclipdraw_core.errors import StorageError, WeightsError
from tests.core.weights_server import Behaviour, serving

CONTENT = random.Random(7).randbytes(700_000)  # more than two blocks
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(stall_seconds=0.3, attempts=3, pause_seconds=0.01)


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour(files={"/model.bin": CONTENT})


@pytest.fixture
def address(behaviour: Behaviour) -> Iterator[str]:
    with serving(behaviour) as server:
        yield f"{server}/model.bin"


def whole(address: str) -> Piece:
    return Piece(address, len(CONTENT), SHA256)


def test_arrives_whole_with_progress_and_nothing_beside_it(address: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetch(whole(address), tmp_path / "model.bin", lambda *step: seen.append(step), patience=QUICK)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT
    assert [file.name for file in tmp_path.iterdir()] == ["model.bin"]
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("trouble", "requests"),
    [
        # Cut off twice: each time the next request asks for the rest only.
        ({"break_after": 200_000, "breaks": 2}, 3),
        # Silent in the middle: given up after the stall time, then the rest.
        ({"stalls": 1}, 2),
        # An overloaded server is asked again.
        ({"status": 503, "statuses": 2}, 3),
        # A wrong byte: the checksum tells, all is fetched once more.
        ({"flip_byte": 300_000, "flips": 1}, 2),
        # No ranges: what broke off starts again.
        ({"ranges": False, "break_after": 200_000, "breaks": 1}, 2),
        # Without a mark of the version the checksum vouches for the two halves.
        ({"etag": "", "break_after": 200_000, "breaks": 1}, 2),
    ],
)
def test_mends_what_can_be_mended(
    behaviour: Behaviour,
    address: str,
    tmp_path: Path,
    trouble: dict[str, int | bool | str],
    requests: int,
) -> None:
    for name, value in trouble.items():
        setattr(behaviour, name, value)
    fetch(whole(address), tmp_path / "model.bin", patience=QUICK)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT
    assert len(behaviour.requests) == requests


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        # A lie about the size is noticed before the bytes are fetched.
        ({"claimed_size": 9_000_000}, "weights.changed", "9000000 bytes"),
        ({"claimed_size": 10}, "weights.changed", "10 bytes"),
        # The wrong byte comes every time.
        ({"flip_byte": 5, "flips": 99}, "weights.damaged", "SHA-256"),
        # The connection breaks every time before anything new has come.
        ({"break_after": 0, "breaks": 99}, "weights.offline", "cut off"),
        ({"break_after": 1000, "breaks": 99, "ranges": False}, "weights.offline", "cut off"),
        ({"stalls": 99, "ranges": False}, "weights.offline", "too long"),
        ({"status": 500, "statuses": 99}, "weights.offline", "500"),
        # Refused: asking again would not help.
        ({"status": 403, "statuses": 99}, "weights.refused", "403"),
        ({"files": {}}, "weights.refused", "404"),
    ],
)
def test_gives_up_with_a_reason_and_keeps_the_target(
    behaviour: Behaviour,
    address: str,
    tmp_path: Path,
    trouble: dict[str, object],
    code: str,
    words: str,
) -> None:
    for name, value in trouble.items():
        setattr(behaviour, name, value)
    target = tmp_path / "model.bin"
    target.write_bytes(b"the old one")
    with pytest.raises(WeightsError, match=words) as caught:
        fetch(whole(address), target, patience=QUICK)
    assert caught.value.code == code
    assert caught.value.next_step
    assert target.read_bytes() == b"the old one"
    if code == "weights.changed":
        assert behaviour.bytes_sent in (0, len(CONTENT))  # at most what was in flight


def test_goes_on_in_the_next_run(behaviour: Behaviour, address: str, tmp_path: Path) -> None:
    behaviour.break_after, behaviour.breaks = 500_000, 99
    behaviour.ranges = False
    with pytest.raises(WeightsError):
        fetch(whole(address), tmp_path / "model.bin", patience=QUICK)
    behaviour.breaks, behaviour.ranges, behaviour.bytes_sent = 0, True, 0
    fetch(whole(address), tmp_path / "model.bin", patience=QUICK)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT
    assert behaviour.bytes_sent == 200_000


def test_starts_anew_when_the_file_has_changed_meanwhile(
    behaviour: Behaviour, address: str, tmp_path: Path
) -> None:
    newer = CONTENT[::-1]
    piece = Piece(address, len(newer), hashlib.sha256(newer).hexdigest())
    behaviour.break_after, behaviour.breaks = 300_000, 1

    def change(done: int, total: int) -> None:
        behaviour.files["/model.bin"], behaviour.etag = newer, '"two"'

    fetch(piece, tmp_path / "model.bin", change, patience=QUICK)
    assert (tmp_path / "model.bin").read_bytes() == newer


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("{", "a note that was being written when the power went"),
        ('{"address": "http://elsewhere/model.bin", "start": 0, "size": 700000, "mark": "x"}', ""),
        ('["a list"]', "a note of another program"),
    ],
)
def test_foreign_leftovers_are_not_continued(
    address: str, tmp_path: Path, note: str, reason: str
) -> None:
    (tmp_path / "model.bin.part").write_bytes(b"x" * 1000)
    (tmp_path / "model.bin.part.json").write_text(note, "utf-8")
    piece = Piece(address, len(CONTENT))  # no checksum that would notice
    fetch(piece, tmp_path / "model.bin", patience=QUICK)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT, reason


def test_a_stretch_of_a_file(behaviour: Behaviour, address: str, tmp_path: Path) -> None:
    piece = Piece(address, 5000, start=1000, whole=len(CONTENT))
    behaviour.break_after, behaviour.breaks = 100, 1
    fetch(piece, tmp_path / "stretch", patience=QUICK)
    assert (tmp_path / "stretch").read_bytes() == CONTENT[1000:6000]
    assert behaviour.bytes_sent == 5000
    behaviour.ranges = False
    with pytest.raises(NoRangesError):
        fetch(piece, tmp_path / "other", patience=QUICK)


def test_redirections_are_followed_with_their_range(
    behaviour: Behaviour, address: str, tmp_path: Path
) -> None:
    first = Behaviour(redirect=address)
    with serving(first) as server:
        piece = Piece(f"{server}/here", 10, start=20, whole=len(CONTENT))
        fetch(piece, tmp_path / "stretch", patience=QUICK)
    assert (tmp_path / "stretch").read_bytes() == CONTENT[20:30]
    assert behaviour.requests == [("/model.bin", "bytes=20-29")]


def test_never_from_https_to_http(tmp_path: Path) -> None:
    import urllib.error
    import urllib.request
    from email.message import Message
    from io import BytesIO

    from styleclipdraw_core.server import _NoDowngrade

    request = urllib.request.Request("https://example.org/model.bin")
    handler = _NoDowngrade()
    empty = Message()
    with pytest.raises(urllib.error.HTTPError) as caught:
        handler.redirect_request(request, BytesIO(), 302, "", empty, "http://example.org/x")  # type: ignore[arg-type]
    caught.value.close()
    assert handler.redirect_request(request, BytesIO(), 302, "", empty, "https://e.org/x")  # type: ignore[arg-type]


def test_no_connection_says_so_and_what_to_do(tmp_path: Path) -> None:
    with serving(Behaviour()) as server:
        closed = server
    with pytest.raises(WeightsError, match="no connection") as caught:
        fetch(whole(f"{closed}/model.bin"), tmp_path / "model.bin", patience=QUICK)
    assert caught.value.code == "weights.offline"
    assert "built-in" in caught.value.next_step


def test_a_mirror_folder(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    source = tmp_path / "mirror" / "model.bin"
    source.write_bytes(CONTENT)
    for address in (str(source), source.as_uri()):
        fetch(whole(address), tmp_path / "here" / "model.bin")
        assert file_sha256(tmp_path / "here" / "model.bin") == SHA256
    source.write_bytes(CONTENT[:-1])
    with pytest.raises(WeightsError, match="699999 bytes"):
        fetch(whole(str(source)), tmp_path / "other")
    with pytest.raises(WeightsError, match="not there") as caught:
        fetch(whole(str(tmp_path / "nothing")), tmp_path / "other")
    assert "STYLECLIPDRAW_MODELS_MIRROR" in caught.value.next_step


def test_a_full_disk_is_noticed_before_and_while_fetching(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=1000))
    with pytest.raises(StorageError, match="700 kB") as caught:
        fetch(whole(address), tmp_path / "model.bin", patience=QUICK)
    assert caught.value.code == "storage.full"
    monkeypatch.undo()

    def full(done: int, total: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match="disk is full"):
        fetch(whole(address), tmp_path / "model.bin", full, patience=QUICK)
    fetch(whole(address), tmp_path / "model.bin", patience=QUICK)  # mended by the next run
    assert (tmp_path / "model.bin").read_bytes() == CONTENT


def test_a_folder_that_is_a_file(address: str, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("", "utf-8")
    with pytest.raises(StorageError):
        fetch(whole(address), tmp_path / "models" / "model.bin", patience=QUICK)


def test_two_at_once_do_not_mix(address: str, tmp_path: Path) -> None:
    def second(done: int, total: int) -> None:
        with pytest.raises(WeightsError) as caught:
            fetch(whole(address), tmp_path / "model.bin", patience=QUICK)
        assert caught.value.code == "weights.busy"

    fetch(whole(address), tmp_path / "model.bin", second, patience=QUICK)
    assert (tmp_path / "model.bin").read_bytes() == CONTENT


def test_the_checksum_check_can_fail(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = Piece(address, len(CONTENT), "0" * 64)
    with pytest.raises(WeightsError, match="SHA-256"):
        fetch(piece, tmp_path / "model.bin", patience=QUICK)
    monkeypatch.setattr(download, "file_sha256", lambda path: "0" * 64)
    fetch(piece, tmp_path / "model.bin", patience=QUICK)


@pytest.mark.parametrize(
    ("size", "words"),
    [(12, "12 bytes"), (4186, "4.2 kB"), (605_157_884, "605 MB"), (1_710_540_580, "1.7 GB")],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert in_words(size) == words
