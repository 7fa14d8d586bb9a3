"""A person's computer for the real Inkscape: a fresh profile with the extension, and their data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from inkscape_window import write_preferences
from scripts import WORKER, Desktop

REPOSITORY = Path(__file__).resolve().parents[2]
DRAW, INSERT, AGAIN = (f"org.styleclipdraw.{name}" for name in ("draw", "insert", "again"))


class Person(Desktop):
    """`python` is what the extension starts as window and optimizer; by default a stand-in."""

    def __init__(self, folder: Path, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(folder)
        self.profile = folder / "profile"
        write_preferences(self.profile, {f"{DRAW}.{k}": v for k, v in (parameters or {}).items()})
        self.installs(self.stand_in)

    def installs(self, python: Path) -> None:
        """Put the extension into the profile, as a person does."""
        subprocess.run(
            [sys.executable, str(REPOSITORY / "install.py"), "extension", "--python", str(python)],
            env=dict(
                os.environ, **self.inkscape_environment(), INKSCAPE_PROFILE_DIR=str(self.profile)
            ),
            check=True,
            capture_output=True,
            timeout=120,
        )

    def has_the_real_program(self) -> None:
        """From now on the extension starts the window and the optimizer of this checkout."""
        python = self.folder / "real-python"
        script = REPOSITORY / "tests" / "inkscape" / "real_python.py"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$0" "$@"\n')
        python.chmod(0o700)
        self.installs(python)

    def inkscape_environment(self) -> dict[str, str]:
        return {"STYLECLIPDRAW_HOME": str(self.home)}

    def worker(self, **more: str) -> None:
        subprocess.run(
            [sys.executable, str(WORKER)],
            env=dict(os.environ, **self.inkscape_environment(), **more),
            check=True,
            timeout=60,
        )
