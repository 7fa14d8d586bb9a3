"""Small programs and empty folders that stand in for real ones in the installer's tests."""

from __future__ import annotations

from pathlib import Path

import pytest


def program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)
    return path


def nobodys_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that our data go into now; Inkscape's profile lies beside it."""
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INKSCAPE_PROFILE_DIR", str(tmp_path / "profile"))
    return tmp_path / "home"
