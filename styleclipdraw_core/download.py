"""Fetches one file, or one stretch of it, so that it is on the disk whole and right or not at all.

Hides servers that break off, stall, change the file between two attempts or lie about its size,
and what lies half fetched beside the target between two runs. Only the standard library.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO

from styleclipdraw_core.atomic import replace, storage_error, write_atomically
from styleclipdraw_core.errors import StorageError, WeightsError
from styleclipdraw_core.server import Refused, TryAgain, answer, host, is_address

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes there will be."""

_CHUNK = 1 << 18
_SPARE_BYTES = 64 << 20  # room that is left for everybody else on the disk


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, and how often to come back to it."""

    stall_seconds: float = 30.0  # without a single byte
    attempts: int = 5  # in a row that brought nothing new
    pause_seconds: float = 1.0  # before the second attempt; doubled each time


PATIENCE = Patience()


@dataclass(frozen=True)
class Piece:
    """What to fetch: ``size`` bytes from ``start`` on, of a file of ``whole`` bytes (0: of all).

    ``sha256`` is of the piece, empty when nobody has published it.
    """

    address: str
    size: int
    sha256: str = ""
    start: int = 0
    whole: int = 0

    @property
    def is_whole(self) -> bool:
        return self.start == 0 and self.size == self.file_size

    @property
    def file_size(self) -> int:
        return self.whole or self.size

    @property
    def name(self) -> str:
        return self.address.rstrip("/").rsplit("/", 1)[-1]


class NoRangesError(WeightsError):
    """The server only hands out whole files."""

    code = "weights.no-ranges"


def fetch(
    piece: Piece,
    target: Path,
    progress: Progress | None = None,
    *,
    patience: Patience = PATIENCE,
) -> None:
    """Put ``piece`` at ``target``; goes on where an earlier call was cut off.

    Raises `WeightsError` when it cannot be had or is not what was expected, `StorageError` when
    it cannot be written. Either way ``target`` is as it was.
    """
    partial = target.with_name(target.name + ".part")
    progress = progress or _no_progress
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(target):
            _need_room(piece, partial)
            for last_chance in (False, True):
                _complete(piece, partial, progress, patience)
                if not piece.sha256 or file_sha256(partial) == piece.sha256:
                    break
                _forget(partial)
                if last_chance:
                    raise _damaged(piece)
            replace(partial, target)
            _forget(partial)
    except OSError as error:
        raise storage_error(error, target) from error


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def in_words(size: int) -> str:
    """A number of bytes as people write it: ``605 MB``."""
    for unit, bytes_each in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_each:
            value = size / bytes_each
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{size} bytes"


def _complete(piece: Piece, partial: Path, progress: Progress, patience: Patience) -> None:
    """Fill ``partial`` until it has all bytes of ``piece``."""
    if not is_address(piece.address):
        _copy(piece, partial, progress)
        return
    if not _read_note(partial, piece):
        _forget(partial)
    most, fruitless = _size(partial), 0
    while _size(partial) != piece.size:
        try:
            _attempt(piece, partial, progress, patience)
        except TryAgain as reason:
            fruitless = 0 if _size(partial) > most else fruitless + 1
            most = max(most, _size(partial))
            if fruitless >= patience.attempts:
                raise _unreachable(piece, str(reason)) from None
            time.sleep(patience.pause_seconds * 2 ** max(fruitless - 1, 0))
        except Refused as refusal:
            raise _refused(piece, refusal) from None
    progress(piece.size, piece.size)


def _attempt(piece: Piece, partial: Path, progress: Progress, patience: Patience) -> None:
    """One request; appends what arrives. Raises `TryAgain` when it ends too early."""
    mark = _read_note(partial, piece)
    # Without a strong mark or a checksum nothing would tell two versions of a file apart.
    resumable = mark.startswith('"') or (bool(mark) and bool(piece.sha256))
    have = _size(partial) if resumable else 0
    if not 0 < have < piece.size:
        _forget(partial)
        have = 0
    headers = {}
    if have or not piece.is_whole:
        headers["Range"] = f"bytes={piece.start + have}-{piece.start + piece.size - 1}"
    if have and mark.startswith('"'):  # RFC 9110, 13.1.5: a weak mark may not be sent
        headers["If-Range"] = mark
    with answer(piece.address, headers, patience.stall_seconds) as response:
        if response.status == 200:
            if not piece.is_whole:
                raise NoRangesError(
                    f"{host(piece.address)} does not hand out parts of a file.",
                    "Fetch the whole file.",
                )
            _forget(partial)
            have = 0
        _check_promise(response.status, response.headers, piece, have)
        _write_note(partial, piece, response.headers)
        with partial.open("ab") as file:
            for block in _blocks(response, piece.size - have):
                file.write(block)
                have += len(block)
                progress(have, piece.size)
    if have < piece.size:
        raise TryAgain("the connection was cut off")


def _blocks(source: IO[bytes], wanted: int) -> Iterator[bytes]:
    """What arrives, never more than ``wanted`` bytes of it."""
    while wanted > 0:
        block = source.read(min(_CHUNK, wanted))
        if not block:
            return
        wanted -= len(block)
        yield block


def _check_promise(status: int, headers: Message, piece: Piece, have: int) -> None:
    """Refuse an answer that cannot become ``piece``, before its bytes are fetched."""
    promised = headers.get("Content-Length", "*")
    if status == 206:
        unit, _, stretch = headers.get("Content-Range", "").partition(" ")
        bounds, _, promised = stretch.partition("/")
        if unit != "bytes" or bounds.partition("-")[0] != str(piece.start + have):
            raise _changed(piece, "another part arrives than was asked for")
    if promised not in ("*", str(piece.file_size)):
        raise _changed(piece, f"it has {promised} bytes there, not {piece.file_size}")


def _copy(piece: Piece, partial: Path, progress: Progress) -> None:
    """From a folder that somebody named as the mirror."""
    source = Path(piece.address)
    if piece.address.startswith("file:"):
        source = Path(urllib.request.url2pathname(urllib.parse.urlparse(piece.address).path))
    _forget(partial)
    try:
        if source.stat().st_size != piece.file_size:
            raise _changed(
                piece, f"it has {source.stat().st_size} bytes there, not {piece.file_size}"
            )
        have = 0
        with source.open("rb") as original, partial.open("wb") as file:
            original.seek(piece.start)
            for block in _blocks(original, piece.size):
                file.write(block)
                have += len(block)
                progress(have, piece.size)
    except FileNotFoundError:
        raise WeightsError(
            f"{source} is not there.",
            "Correct STYLECLIPDRAW_MODELS_MIRROR, or unset it to fetch from the usual address.",
            code="weights.no-mirror",
        ) from None


def _note(partial: Path) -> Path:
    """Beside what is half fetched lies what it is the beginning of."""
    return partial.with_name(partial.name + ".json")


def _write_note(partial: Path, piece: Piece, headers: Message) -> None:
    note = {
        "address": piece.address,
        "start": piece.start,
        "size": piece.size,
        "mark": headers.get("ETag") or "none",
    }
    write_atomically(_note(partial), json.dumps(note))


def _read_note(partial: Path, piece: Piece) -> str:
    """The server's mark of the version that is half fetched; empty when it is not this piece."""
    try:
        note = json.loads(_note(partial).read_text("utf-8"))
        if [note["address"], note["start"], note["size"]] == [
            piece.address,
            piece.start,
            piece.size,
        ]:
            return str(note["mark"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return ""


def _forget(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    _note(partial).unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _need_room(piece: Piece, partial: Path) -> None:
    missing = piece.size - _size(partial)
    free = shutil.disk_usage(partial.parent).free
    if free < missing + _SPARE_BYTES:
        raise StorageError(
            f"{piece.name} needs {in_words(missing)}, and the disk of {partial.parent} has "
            f"{in_words(free)} left.",
            "Free some space, or name a folder on another disk in STYLECLIPDRAW_MODELS.",
            code="storage.full",
        )


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Two programs that fetch the same file would mix their bytes: the second is refused."""
    lock = target.with_name(target.name + ".lock")
    with lock.open("a+b") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WeightsError(
                f"Another program is fetching {target.name} right now.",
                "Wait until it is done, then try again.",
                code="weights.busy",
            ) from None
        try:
            yield
        finally:
            if sys.platform != "win32":
                lock.unlink(missing_ok=True)


_OTHER_WAYS = (
    "Try again later, or name a mirror in STYLECLIPDRAW_MODELS_MIRROR; "
    "the built-in models draw without any download."
)


def _unreachable(piece: Piece, reason: str) -> WeightsError:
    return WeightsError(
        f"{piece.name} could not be fetched from {host(piece.address)}: {reason}.",
        "Check the connection and try again: what has arrived is kept. Offline, the built-in "
        "models draw without any download.",
        code="weights.offline",
    )


def _refused(piece: Piece, refusal: Refused) -> WeightsError:
    if refusal.status == 416:
        return _changed(piece, "it is shorter there")
    return WeightsError(
        f"{host(piece.address)} refuses {piece.name}: it answered {refusal}.",
        _OTHER_WAYS,
        code="weights.refused",
    )


def _changed(piece: Piece, how: str) -> WeightsError:
    return WeightsError(
        f"{piece.name} at {host(piece.address)} is not the expected file: {how}.",
        _OTHER_WAYS,
        code="weights.changed",
    )


def _damaged(piece: Piece) -> WeightsError:
    return WeightsError(
        f"{piece.name} from {host(piece.address)} is damaged: "
        "its SHA-256 is not the published one.",
        _OTHER_WAYS,
        code="weights.damaged",
    )


def _no_progress(done: int, total: int) -> None:
    pass
