"""What the installer says: plain lines that any terminal can show; and its one kind of error."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from styleclipdraw_core.errors import StyleClipDrawError


class InstallError(StyleClipDrawError):
    """Something that stops the installation, with what the person can do about it."""

    code = "install"


def say(text: str = "") -> None:
    """One line, at once; characters that the terminal lacks become question marks."""
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)


def agreed(question: str, *, yes: bool) -> bool:
    """Whether the person agrees; without anybody to ask, calling the command was the answer."""
    if yes or not sys.stdin or not sys.stdin.isatty() or os.environ.get("CI"):
        return True
    try:
        return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return True


def gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"


def short(path: Path) -> str:
    """A path as people write it, the home folder as ``~``."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
