"""What was installed where: ``install.json`` in ``<user data>``.

The extension reads in it which Python to start; everything else is for `doctor` and `uninstall`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from styleclipdraw_core import __version__
from styleclipdraw_core.atomic import write_atomically
from styleclipdraw_core.job_folder import data_folder

SCHEMA = 1


@dataclass(frozen=True)
class Record:
    """One installation."""

    python: Path
    device: str
    checkout: str = ""
    extensions: tuple[Path, ...] = field(default=())
    version: str = __version__


def place() -> Path:
    return data_folder() / "install.json"


def write(record: Record) -> None:
    """Raises `StorageError`."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "python": str(record.python),
        "version": record.version,
        "device": record.device,
        "checkout": record.checkout,
        "extensions": [str(folder) for folder in record.extensions],
    }
    write_atomically(place(), json.dumps(content, indent=1) + "\n", durable=True)


def read() -> Record | None:
    """None when nothing is installed, or the file is damaged."""
    try:
        content = json.loads(place().read_text("utf-8"))
        return Record(
            python=Path(content["python"]),
            device=str(content.get("device", "cpu")),
            checkout=str(content.get("checkout", "")),
            extensions=tuple(Path(str(folder)) for folder in content.get("extensions", [])),
            version=str(content["version"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
