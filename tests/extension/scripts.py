"""Runs a menu entry as Inkscape does: arguments, folder, environment, streams."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[2] / "inkscape_extension"
WORKER = Path(__file__).resolve().parents[1] / "inkscape" / "fake_worker.py"


class Desktop:
    """A person's computer: their data, one document, and a stand-in for the environment's Python.

    The stand-in notes what it was asked to run, and runs the fake worker when that is the worker.
    """

    def __init__(self, folder: Path, python: str = sys.executable, pythonpath: str = "") -> None:
        self.folder, self.python, self.pythonpath = folder, python, pythonpath
        self.home = folder / "data"
        self.home.mkdir(parents=True)
        self.started = folder / "started.txt"
        self.document = folder / "ink_ext_XXXXXX.svgABCDEF"
        self.stand_in = folder / "environment-python"
        self.stand_in.write_text(
            f"#!{sys.executable}\n"
            "import os, runpy, sys\n"
            f"with open({str(self.started)!r}, 'a') as file:\n"
            "    print(repr((sys.argv[1:], sorted(os.environ), os.getcwd())), file=file)\n"
            "if 'styleclipdraw_core.worker' in sys.argv:\n"
            f"    runpy.run_path({str(WORKER)!r})\n"
        )
        self.stand_in.chmod(0o700)
        self.install({"python": str(self.stand_in), "version": "0"})

    def install(self, record: object) -> None:
        (self.home / "install.json").write_text(json.dumps(record))

    def environment(self, **more: str) -> dict[str, str]:
        inkscapes = {
            "STYLECLIPDRAW_HOME": str(self.home),
            "DOCUMENT_PATH": str(self.folder / "drawing.svg"),
            "INKSCAPE_PROFILE_DIR": str(self.folder / "profile"),
            "PYTHONPATH": self.pythonpath,
            "PYTHONIOENCODING": "UTF-8",
            "SELF_CALL": "true",
        }
        return {**os.environ, **inkscapes, **more}

    def run(self, script: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """What the script said; stdout is the new document, empty when it is unchanged."""
        return subprocess.run(
            [self.python, f"{script}.py", *arguments, str(self.document)],
            cwd=EXTENSION,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def draw(self) -> None:
        """Let the fake worker answer every job."""
        subprocess.run(
            [sys.executable, str(WORKER)], env=self.environment(), check=True, timeout=60
        )

    def jobs(self) -> list[Path]:
        folder = self.home / "jobs"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def clear(self) -> None:
        shutil.rmtree(self.home / "jobs", ignore_errors=True)
