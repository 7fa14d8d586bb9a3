"""The command ``styleclipdraw`` where the person's shell finds it: a link in ``~/.local/bin``.

Only where that folder is searched already, and never in the place of something else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "styleclipdraw"


def place() -> Path | None:
    """Where the link may be; None where there is no good place."""
    folder = Path.home() / ".local" / "bin"
    searched = os.environ.get("PATH", "").split(os.pathsep)
    if sys.platform == "win32" or str(folder) not in searched:
        return None
    link = folder / NAME
    return link if not os.path.lexists(link) or is_ours(link) else None


def is_ours(link: Path) -> bool:
    """Whether the link leads into an environment that install.py made, there or gone."""
    try:
        target = Path(os.readlink(link))
    except OSError:
        return False
    return target.name == NAME and target.parent.parent.name == "env"


def put(program: Path) -> Path | None:
    """Make or renew the link; None where it could not be made, which is no misfortune."""
    link = place()
    if link is None:
        return None
    beside = link.with_name(f".{NAME}.new")
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        beside.symlink_to(program)
        os.replace(beside, link)
    except OSError:
        return None
    return link


def remove(program: Path) -> None:
    """Take away the link to ``program``, and no other."""
    link = place()
    if link and os.path.lexists(link) and Path(os.readlink(link)) == program:
        link.unlink(missing_ok=True)
