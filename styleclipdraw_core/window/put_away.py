"""Discarding and deleting drawings, so that both can be undone for a while.

Both put the folder's `cancel` file there: the optimizer stops, every program leaves the job alone,
and taking the file away brings it back. Only `clear_out` really deletes.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from styleclipdraw_core.atomic import storage_error
from styleclipdraw_core.job import ID_PATTERN
from styleclipdraw_core.job_folder import JobFolder

# A window that was killed could not clear out; what it had put away is kept this long, in case the
# person still wants it back.
KEPT = 3600.0  # seconds


def put_away(folder: Path) -> None:
    """Hide this job and stop it; raises `StorageError`."""
    JobFolder(folder).ask_to_cancel()


def bring_back(folder: Path) -> None:
    """Undo `put_away`; raises `StorageError`."""
    try:
        (folder / "cancel").unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(error, folder / "cancel") from error


def clear_out(folder: Path) -> None:
    """Delete this job for good, when it has been put away."""
    if (folder / "cancel").exists():
        JobFolder(folder).remove()


def clear_out_old(jobs: Path, age: float = KEPT) -> None:
    """Delete what was put away longer than `age` seconds ago."""
    try:
        folders = [f for f in jobs.iterdir() if re.fullmatch(ID_PATTERN, f.name, re.ASCII)]
    except OSError:
        return
    for folder in folders:
        try:
            since = time.time() - (folder / "cancel").lstat().st_mtime
        except OSError:
            continue
        if since >= age:
            clear_out(folder)
