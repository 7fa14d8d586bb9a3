"""Many files through one Inkscape process; hides its shell mode, and that a file may crash it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

INKSCAPE = os.environ.get("INKSCAPE", "inkscape")
SECONDS_A_FILE = 30


def has_inkscape() -> bool:
    return shutil.which(INKSCAPE) is not None


def version() -> str:
    found = subprocess.run([INKSCAPE, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"Inkscape (\S+)", found.stdout)
    return match.group(1) if match else "?"


class Export:
    """One file in, some files out (SVG or PNG by their names)."""

    def __init__(self, source: Path, *targets: Path) -> None:
        self.source, self.targets = source, targets

    @property
    def is_done(self) -> bool:
        return all(target.exists() for target in self.targets)

    def line(self) -> str:
        steps = [f"file-open:{self.source}"]
        for target in self.targets:
            steps += [f"export-filename:{target}", "export-area-page", "export-do"]
        return ";".join([*steps, "file-close"]) + "\n"


def export_all(exports: Iterable[Export], profile: Path) -> list[Export]:
    """Run all exports; returns those that Inkscape did not do, each after two attempts."""
    failed, waiting = [], list(exports)
    for export in waiting:
        for target in export.targets:
            target.unlink(missing_ok=True)
    while waiting:
        _one_process(waiting, profile)
        remaining = [export for export in waiting if not export.is_done]
        if not remaining:
            break
        # The first that is missing is the one that ended the process, or that it refuses.
        _one_process(remaining[:1], profile)
        if not remaining[0].is_done:
            failed.append(remaining[0])
            remaining = remaining[1:]
        waiting = [export for export in remaining if not export.is_done]
    return failed


def _one_process(exports: list[Export], profile: Path) -> None:
    env = dict(os.environ, INKSCAPE_PROFILE_DIR=str(profile), LC_ALL="C.UTF-8")
    env.pop("DISPLAY", None)
    env.pop("DBUS_SESSION_BUS_ADDRESS", None)
    process = subprocess.Popen(
        [INKSCAPE, "--shell"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=env,
        text=True,
    )
    assert process.stdin is not None
    try:
        process.stdin.write("".join(export.line() for export in exports) + "quit\n")
        process.stdin.close()
    except BrokenPipeError:
        pass
    done, seen = -1, time.monotonic()
    while process.poll() is None:
        count = sum(export.is_done for export in exports)
        if count != done:
            done, seen = count, time.monotonic()
        if time.monotonic() - seen > SECONDS_A_FILE:
            process.kill()
        time.sleep(0.1)
