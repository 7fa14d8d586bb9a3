"""One optimizer per person: a lock that the system takes back when its holder dies.

Hides flock and its relative on Windows. Only the standard library, so that the window can ask.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from styleclipdraw_core.atomic import storage_error
from styleclipdraw_core.job_folder import data_folder, make_private_folder

# msvcrt locks bytes, and a locked byte cannot be read: this one lies beyond the text.
_LOCKED_BYTE = 4096


def lock_file() -> Path:
    return data_folder() / "worker.lock"


class WorkerLock:
    """Held from a successful `take` until `release` or the end of the process."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or lock_file()
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether the lock is ours now; never waits."""
        assert self._handle is None, "the lock is held already"
        make_private_folder(self.path.parent)
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise storage_error(error, self.path) from error
        if not _lock(handle):
            os.close(handle)
            return False
        self._handle = handle
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        return True

    def release(self) -> None:
        """The file stays: removing it would let two workers hold two files of one name."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> WorkerLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def worker_is_running(path: Path | None = None) -> bool:
    """Whether an optimizer holds the lock at this moment."""
    try:
        handle = os.open(path or lock_file(), os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
