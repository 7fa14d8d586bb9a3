"""Reads a file that a person named; hides pipes that never end, folders, and sizes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from styleclipdraw_core.errors import StyleClipDrawError


def read_named_file(
    path: Path, most: int, *, error: type[StyleClipDrawError], code: str, wanted: str
) -> bytes:
    """At most ``most`` + 1 bytes of a regular file; whoever gets one too many refuses it.

    Raises ``error`` with the codes ``<code>.missing``, ``.not-a-file`` and ``.unreadable``;
    ``wanted`` says what to give instead, e.g. "an SVG file".
    """
    try:
        # A named pipe would wait for ever, a device might never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise error(f"{path} is not a file.", f"Give {wanted}.", code=f"{code}.not-a-file")
        with open(path, "rb") as file:
            return file.read(most + 1)
    except FileNotFoundError:
        raise error(
            f"There is no file {path}.",
            "Check the name, and the folder you are in.",
            code=f"{code}.missing",
        ) from None
    except (OSError, ValueError) as refused:  # ValueError: a zero byte in the name
        reason = getattr(refused, "strerror", None) or str(refused)
        raise error(
            f"{path} cannot be read: {reason.lower()}.",
            "Check that you may read it.",
            code=f"{code}.unreadable",
        ) from None
