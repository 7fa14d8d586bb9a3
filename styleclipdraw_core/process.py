"""Settings of a whole process that draws, made before torch is loaded; hides what each system knows."""

from __future__ import annotations

import ctypes
import os
import sys

# mallopt's numbers (malloc.h of the GNU C library).
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
KEPT = 1 << 30  # bytes; larger pieces are still given back at once


def prepare_for_drawing() -> None:
    """Let threads wait without spinning, and keep freed memory for the next step.

    Torch's threads that wait by spinning are ten times as slow on a processor that is busy otherwise, as
    one is that runs Inkscape. And where freed memory goes back to the system, each step gets its
    arrays as pages that are to be cleared first: some hundreds of them for a drawing of 256 strokes.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return
    mallopt(MMAP_THRESHOLD, KEPT)
    mallopt(TRIM_THRESHOLD, KEPT)
