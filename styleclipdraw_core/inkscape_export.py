"""A picture of an SVG as Inkscape shows it; hides where Inkscape is and what it must not do.

Where there is no Inkscape, or it fails, there is no picture, and the caller says what that means.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from styleclipdraw_core.installation.inkscape import programs

SECONDS = 60.0
# It must not become a window of an Inkscape that is running, nor use another program's Python.
_NOT_HANDED_ON = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")


def inkscape_program() -> str | None:
    """INKSCAPE_COMMAND, which Inkscape sets for its extensions, or the one that is installed."""
    said = os.environ.get("INKSCAPE_COMMAND")
    found = [said] if said else [str(program) for program in programs()]
    return found[0] if found else None


def export_png(
    document: bytes, width: int, background: tuple[float, float, float], seconds: float = SECONDS
) -> bytes | None:
    """The document's page as a PNG ``width`` px wide on an opaque colour, or None."""
    program = inkscape_program()
    if program is None:
        return None
    colour = "#" + "".join(f"{round(255 * part):02x}" for part in background)
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_HANDED_ON and not name.startswith("PYTHON")
    }
    with tempfile.TemporaryDirectory(prefix="styleclipdraw-") as folder:
        source, picture = Path(folder, "document.svg"), Path(folder, "picture.png")
        try:
            source.write_bytes(document)
            subprocess.run(
                [
                    program,
                    "--export-type=png",
                    "--export-area-page",
                    f"--export-width={width}",
                    f"--export-background={colour}",
                    "--export-background-opacity=1",
                    f"--export-filename={picture}",
                    str(source),
                ],
                env={**surroundings, "SELF_CALL": "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
            return picture.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None
