"""Writes files so that a reader sees the old one or the new one, never half of one.

Hides temporary names, what Windows does when somebody is reading, and which `OSError` means what.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from styleclipdraw_core.errors import StorageError

# On Windows a file cannot be replaced in the instant in which another program has it open.
_REPLACE_ATTEMPTS = 40
_REPLACE_PAUSE = 0.025  # seconds


def write_atomically(
    path: Path, data: bytes | str, *, durable: bool = False, private: bool = True
) -> None:
    """Replace ``path`` by ``data``; ``durable`` waits until the disk has it.

    A ``private`` file is nobody else's business; another one has the mode of the file it replaces,
    or the usual one, and where ``path`` is a link, what it points to is replaced.

    Raises `StorageError`; then ``path`` is as it was.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    if not private:
        path = Path(os.path.realpath(path))
    # Cut, since a name may be as long as the disk allows.
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        handle = os.open(beside, flags, 0o600 if private else 0o666)
        with os.fdopen(handle, "wb") as file:
            if not private and path.exists():
                os.chmod(beside, stat.S_IMODE(path.stat().st_mode))
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        replace(beside, path)
    except OSError as error:
        _forget(beside)
        raise storage_error(error, path) from error
    except BaseException:
        _forget(beside)
        raise


def _forget(path: Path) -> None:
    with suppress(OSError):  # what kept it from being written may keep it from being removed
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete the files in ``folder`` that a killed program was just writing."""
    for path in folder.glob(".*.????????.tmp"):
        path.unlink(missing_ok=True)


_BINARY = getattr(os, "O_BINARY", 0)


def replace(source: Path, target: Path) -> None:
    """`os.replace`, patient with a reader on Windows."""
    for attempt in range(_REPLACE_ATTEMPTS):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if sys.platform != "win32" or attempt == _REPLACE_ATTEMPTS - 1:
                raise
            time.sleep(_REPLACE_PAUSE)


def storage_error(error: OSError, path: Path) -> StorageError:
    """What a person reads when ``path`` could not be written."""
    folder = path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(
            f"The disk is full: {path} could not be written.",
            "Free some space and try again.",
            code="storage.full",
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EEXIST) and not folder.is_dir():
        above = _nearest(folder)
        if not above.is_dir():
            return StorageError(
                f"{above} is not a folder, so {path} cannot be written.",
                "Choose another place.",
                code="storage.no-folder",
            )
        return StorageError(
            f"The folder {folder} does not exist.",
            "Make it first, or choose another place.",
            code="storage.no-folder",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError(
            f"{path} cannot be written: {os.strerror(error.errno).lower()}.",
            "Choose a folder that you may write to.",
            code="storage.denied",
        )
    if error.errno == errno.EISDIR:
        return StorageError(
            f"{path} is a folder, not a file.", "Give the name of a file.", code="storage.folder"
        )
    if error.errno == errno.ENAMETOOLONG:
        return StorageError(
            f"The name {path.name[:40]}... is too long.",
            "Choose a shorter one.",
            code="storage.name",
        )
    return StorageError(
        f"{path} could not be written: {(error.strerror or str(error)).lower()}.",
        "Choose another place.",
        code="storage",
    )


def _nearest(folder: Path) -> Path:
    """The folder itself or, where it is missing, what there is of the way to it."""
    return next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
