"""Small programs that stand in for real ones in tests."""

from __future__ import annotations

from pathlib import Path


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)
    return path
