"""The job folder as the extension writes and reads it; hides paths, modes and atomic replacement.

docs/job-folder.md is the contract; the optimizer has its own reader of it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
from typing import Any, Dict, Iterator, List, Optional

SCHEMA = 1
LARGEST_TEXT = 256 * 1024 * 1024  # bytes of a JSON file that are read at all
_ID = re.compile(r"^\d{8}-\d{6}-[0-9a-f]{6}$")
_PICTURE_NAME = re.compile(r"^[A-Za-z0-9_-]{1,60}\.(png|jpg|jpeg|webp|gif|bmp)$")


def user_data() -> str:
    """`<user data>` of the contract."""
    chosen = os.environ.get("STYLECLIPDRAW_HOME", "")
    if chosen:
        return os.path.abspath(os.path.expanduser(chosen))
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(home, ".local", "share")
    return os.path.join(base, "styleclipdraw")


def write_private(path: str, data: bytes) -> None:
    """Replace a file at once, readable by its owner only."""
    beside = "{}.{}.new".format(path, secrets.token_hex(4))
    handle = os.open(
        beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
    )
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise


def read_json(path: str) -> Optional[Dict[str, Any]]:
    """The object in a file; `None` when there is none, or it is damaged or far too large."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_TEXT + 1)
        if len(data) > LARGEST_TEXT:
            return None
        value = json.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class JobFolder:
    """One job on the disk."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.id = os.path.basename(path)

    @classmethod
    def create(cls) -> "JobFolder":
        """A new folder; it becomes a job with `write_request`."""
        jobs = os.path.join(user_data(), "jobs")
        os.makedirs(jobs, mode=0o700, exist_ok=True)
        while True:
            name = "{}-{}".format(time.strftime("%Y%m%d-%H%M%S"), secrets.token_hex(3))
            try:
                os.mkdir(os.path.join(jobs, name), 0o700)
            except FileExistsError:
                continue
            return cls(os.path.join(jobs, name))

    def file(self, name: str) -> str:
        return os.path.join(self.path, name)

    def has(self, name: str) -> bool:
        return os.path.exists(self.file(name))

    def mark(self, name: str) -> None:
        """Make one of the empty files that mean something."""
        write_private(self.file(name), b"")

    def time_of(self, name: str) -> float:
        try:
            return os.stat(self.file(name)).st_mtime
        except OSError:
            return 0.0

    def unmark(self, name: str) -> None:
        if self.has(name):
            os.unlink(self.file(name))

    def add_picture(self, name: str, data: bytes) -> str:
        if not _PICTURE_NAME.match(name):
            raise ValueError("not a picture's file name: " + name)
        write_private(self.file(name), data)
        return name

    def picture(self, name: str) -> Optional[bytes]:
        """A picture of the request; `None` when it is not there, or is no picture's name."""
        if not _PICTURE_NAME.match(name):
            return None
        try:
            with open(self.file(name), "rb") as file:
                return file.read(LARGEST_TEXT)
        except OSError:
            return None

    def write_request(self, request: Dict[str, Any], warnings: List[Dict[str, str]]) -> None:
        """Write job.json, last of all: from then on it is a job. Warnings go into its events."""
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        if warnings:
            lines = [dict(warning, time=created, event="warning") for warning in warnings]
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            write_private(self.file("events.jsonl"), text.encode("utf-8"))
        request = dict({"schema": SCHEMA, "id": self.id, "created": created}, **request)
        text = json.dumps(request, ensure_ascii=False, allow_nan=False)
        write_private(self.file("job.json"), text.encode("utf-8"))

    def request(self) -> Optional[Dict[str, Any]]:
        return self._read("job.json")

    def result(self) -> Optional[Dict[str, Any]]:
        return self._read("result.json")

    def _read(self, name: str) -> Optional[Dict[str, Any]]:
        value = read_json(self.file(name))
        return value if value is not None and value.get("schema") == SCHEMA else None

    @property
    def state(self) -> str:
        """queued, drawing, stopped, done, failed or cancelled."""
        if self.has("cancel"):
            return "cancelled"
        state = (self.result() or {}).get("state")
        return state if state in ("drawing", "stopped", "done", "failed") else "queued"


def all_jobs() -> Iterator[JobFolder]:
    """Every job, the newest first."""
    jobs = os.path.join(user_data(), "jobs")
    names = [name for name in (os.listdir(jobs) if os.path.isdir(jobs) else []) if _ID.match(name)]
    for name in sorted(names, reverse=True):
        if os.path.isfile(os.path.join(jobs, name, "job.json")):
            yield JobFolder(os.path.join(jobs, name))
