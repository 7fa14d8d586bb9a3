"""The job folder on the disk: where it is, how it is written, and what state a job is in.

The window, the optimizer and the extension share nothing else (docs/job-folder.md). Hides paths,
atomic replacement, and lines that are still being written. Only the standard library.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from styleclipdraw_core.atomic import storage_error, write_atomically
from styleclipdraw_core.errors import JobError, StorageError, StyleClipDrawError
from styleclipdraw_core.job import ID_PATTERN, Job, Result
from styleclipdraw_core.job_fields import LARGEST_TEXT
from styleclipdraw_core.job_json import read_job, read_result, write_job, write_result

FINISHED = ("stopped", "done", "failed", "cancelled")


def data_folder() -> Path:
    """``<user data>`` of docs/job-folder.md; it need not exist yet."""
    chosen = os.environ.get("STYLECLIPDRAW_HOME", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "styleclipdraw"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "styleclipdraw"
    base = os.environ.get("XDG_DATA_HOME", "")
    # A relative XDG_DATA_HOME is to be ignored (XDG Base Directory Specification, "Basics").
    if base and os.path.isabs(base):
        return Path(base) / "styleclipdraw"
    return Path.home() / ".local" / "share" / "styleclipdraw"


def jobs_folder() -> Path:
    return data_folder() / "jobs"


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, readable by nobody else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder / "job.json") from error


def new_id() -> str:
    """An id after all earlier ones: the local time, and six digits against two in a second."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def now() -> str:
    """The time as the files write it, UTC."""
    return f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, order=True)
class JobFolder:
    """One job on the disk."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def preview(self) -> Path:
        return self.path / "preview.png"

    def read_job(self) -> Job:
        """Raises `JobError` when the request is not one."""
        job = read_job(_read(self.path / "job.json"))
        if job.id != self.id:
            raise JobError(
                f"The folder {self.id} holds the request of another job, {job.id}.",
                "Make the request again.",
                code="job.field.id",
            )
        return job

    def read_result(self) -> Result | None:
        """The result so far; None before the first one. Raises `JobError` when it is damaged."""
        try:
            return read_result(_read(self.path / "result.json"))
        except FileNotFoundError:
            return None

    def write_result(self, result: Result, *, durable: bool = False) -> None:
        write_atomically(self.path / "result.json", write_result(result), durable=durable)

    def write_preview(self, png: bytes) -> None:
        write_atomically(self.preview, png)

    def state(self) -> str:
        """``queued``, ``drawing``, ``stopped``, ``done``, ``failed`` or ``cancelled``."""
        if self.wants_cancel():
            return "cancelled"
        try:
            result = self.read_result()
        except (StyleClipDrawError, OSError):
            return "queued"  # a damaged result is drawn again from the request
        return result.state if result else "queued"

    def wants_stop(self) -> bool:
        return (self.path / "stop").exists() or self.wants_cancel()

    def wants_cancel(self) -> bool:
        """Also true when the folder is gone: nobody wants the drawing any more."""
        return (self.path / "cancel").exists() or not (self.path / "job.json").exists()

    def ask_to_stop(self) -> None:
        self._touch("stop")

    def ask_to_cancel(self) -> None:
        self._touch("cancel")

    def _touch(self, name: str) -> None:
        try:
            (self.path / name).touch(mode=0o600)
        except OSError as error:
            raise storage_error(error, self.path / name) from error

    def is_inserted(self) -> bool:
        return (self.path / "inserted").exists()

    def add_event(self, event: str, **fields: Any) -> None:
        """Append one line; a single write, so that no reader sees two halves of two lines."""
        line = json.dumps({"time": now(), "event": event, **fields}, ensure_ascii=False) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        path = self.path / "events.jsonl"
        try:
            handle = os.open(path, flags, 0o600)
            try:
                os.write(handle, line.encode("utf-8", "replace"))
            finally:
                os.close(handle)
        except OSError as error:
            raise storage_error(error, path) from error

    def read_events(self, start: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The events from byte ``start`` on, and the byte to go on from.

        A last line without its newline is being written and is left for the next call; a line that
        is no JSON object (the power went) is left out.
        """
        try:
            with open(self.path / "events.jsonl", "rb") as file:
                file.seek(start)
                data = file.read(LARGEST_TEXT)
        except FileNotFoundError:
            return [], start
        complete = data.rpartition(b"\n")[0]
        events = [event for event in map(_event, complete.split(b"\n")) if event is not None]
        return events, start + len(complete) + (1 if b"\n" in data else 0)

    def remove(self) -> None:
        """Delete the job and everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("event"), str) else None


def _read(path: Path) -> bytes:
    """At most one byte more than is allowed, so that a huge file is refused without reading it."""
    with open(path, "rb") as file:
        return file.read(LARGEST_TEXT + 1)


def create(job: Job, pictures: Mapping[str, bytes], folder: Path | None = None) -> JobFolder:
    """Write a new job, ``job.json`` last: from then on it is in the queue.

    ``pictures`` are the contents of the files that the request names.
    """
    missing = set(job.pictures) - set(pictures)
    assert not missing, f"the request names pictures that were not handed in: {missing}"
    path = (folder or jobs_folder()) / job.id
    make_private_folder(path.parent)
    try:
        path.mkdir(mode=0o700)
    except OSError as error:
        raise storage_error(error, path) from error
    try:
        for name, data in pictures.items():
            write_atomically(path / name, data)
        write_atomically(path / "job.json", write_job(job), durable=True)
    except StorageError:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return JobFolder(path)


def all_jobs(folder: Path | None = None, without: Collection[str] = ()) -> Iterator[JobFolder]:
    """Every job but those of these ids, the oldest first.

    A folder without ``job.json`` is not a job yet.
    """
    base = folder or jobs_folder()
    try:
        names = sorted(name for name in os.listdir(base) if name not in without)
    except OSError:
        return
    for name in names:
        if re.fullmatch(ID_PATTERN, name) and (base / name / "job.json").is_file():
            yield JobFolder(base / name)


def queue(folder: Path | None = None) -> list[JobFolder]:
    """The jobs still to be drawn or to be gone on with, in order."""
    return [job for job in all_jobs(folder) if job.state() not in FINISHED]
