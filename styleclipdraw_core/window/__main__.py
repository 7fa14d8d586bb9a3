"""Command line of the window; everything Qt is imported only once the arguments are known good."""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from collections.abc import Sequence

from styleclipdraw_core.errors import BackendError, StyleClipDrawError
from styleclipdraw_core.job import ID_PATTERN
from styleclipdraw_core.window.screen import log, tell
from styleclipdraw_core.window.text import tr
from styleclipdraw_core.window.worker_start import draw_what_waits


def _job_id(text: str) -> str:
    if not re.fullmatch(ID_PATTERN, text, re.ASCII):
        raise argparse.ArgumentTypeError("a job's id looks like 20260301-142233-a1b2c3")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the window was shown, here or by the one that runs already."""
    parser = argparse.ArgumentParser(
        prog="styleclipdraw-window", description="Show the drawings and the one that is growing."
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--job", type=_job_id, metavar="ID", help="show this drawing")
    which.add_argument("--history", action="store_true", help="show all drawings (the default)")
    options = parser.parse_args(arguments)
    _keep_none_alive()
    # Folders and files made here are the person's own business (docs/job-folder.md).
    os.umask(0o077)
    try:
        from styleclipdraw_core.window.application import run
    except ImportError as error:
        draw_what_waits()
        tell(
            BackendError(
                tr("The window needs Qt for Python: {reason}.").format(reason=error),
                tr("Run install.py of StyleCLIPDraw again."),
            )
        )
        return 1
    # Qt's slots report what they raise here; the window goes on.
    sys.excepthook = lambda *error: log("".join(traceback.format_exception(*error)))
    try:
        return run(options.job or "", [])
    except StyleClipDrawError as error:
        tell(error)
    except Exception as error:  # a fault of ours, and nobody sees the window's stderr
        log(traceback.format_exc())
        tell(
            StyleClipDrawError(
                tr("The window ended because of a fault in the program ({name}).").format(
                    name=type(error).__name__
                ),
                tr("Please report it, with the end of window.log in the program's data folder."),
            )
        )
    return 1


def _keep_none_alive() -> None:
    """Lend None a great many references where Qt for Python would use them up.

    PySide6 6.12.0 gives away a reference to None with every call that returns nothing. From Python
    3.12 on None cannot run out; before, that ends in "Fatal Python error: none_dealloc". pyproject
    asks for another version there, but a window that aborts says nothing to anybody.
    """
    if sys.version_info < (3, 12) and sys.implementation.name == "cpython":
        import ctypes

        ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40


if __name__ == "__main__":
    sys.exit(main())
