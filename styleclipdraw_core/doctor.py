"""What is installed here, what works, and what to do about the rest; fit to be sent to a stranger.

Each check tries the thing itself and never raises. Hides the name of the person, of the computer
and of the home folder. torch is imported only inside the checks that need it.
"""

from __future__ import annotations

import getpass
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from styleclipdraw_core import __version__
from styleclipdraw_core.download import in_words
from styleclipdraw_core.errors import BackendError, StyleClipDrawError
from styleclipdraw_core.installation import inkscape as inkscapes
from styleclipdraw_core.installation import record
from styleclipdraw_core.job_folder import data_folder

_AGAIN = "Run `python3 install.py` again: it mends what is missing."
_LITTLE_SPACE = 1 << 30


class Check(NamedTuple):
    """One thing that was looked at; ``next_step`` is empty when there is nothing to do."""

    name: str
    ok: bool
    sentence: str
    next_step: str = ""


def report() -> list[Check]:
    """All checks, in the order in which one thing needs another."""
    return [_looked_at(name, look) for name, look in _CHECKS]


def report_text() -> str:
    """The report as plain lines, to be copied into a message."""
    lines = []
    for check in report():
        lines.append(f"{'ok' if check.ok else 'NO'}  {check.name}: {check.sentence}")
        if check.next_step:
            lines.append(f"    {check.next_step}")
    return "\n".join(lines)


def redact(text: str) -> str:
    """``text`` without the names of the person, of the computer and of the home folder."""
    homes = {str(Path.home()), os.path.realpath(Path.home()), os.environ.get("USERPROFILE", "")}
    for home in sorted(homes - {"", "/"}, key=len, reverse=True):
        text = text.replace(home, "~").replace(home.replace("\\", "/"), "~")
    for name, instead in ((_person(), "<person>"), (socket.gethostname(), "<computer>")):
        # Shorter names, and root's, are words like any others.
        if len(name) > 2 and name != "root":
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", instead, text)
    return text


def _looked_at(name: str, look: Callable[[], Check]) -> Check:
    try:
        check = look()
    except StyleClipDrawError as error:
        check = Check(name, False, error.sentence, error.next_step)
    except Exception as error:  # a check that fails is a finding, whatever the failure is
        first = (str(error).strip().splitlines() or [""])[0]
        check = Check(name, False, f"{type(error).__name__}: {first}.", _AGAIN)
    return Check(name, check.ok, redact(check.sentence), redact(check.next_step))


def _program() -> Check:
    where = platform.platform(terse=True)
    return Check(
        "program",
        True,
        f"StyleCLIPDraw {__version__}, Python {platform.python_version()}, {where}, "
        f"{os.cpu_count()} processors.",
    )


def _packages() -> Check:
    wanted = metadata.requires("styleclipdraw") if _is_installed("styleclipdraw") else None
    names = ["torch", "numba", "numpy", "pillow", "lxml", "rich", "safetensors", "transformers"]
    names = [_name(text) for text in wanted if "extra ==" not in text] if wanted else names
    names.append("PySide6-Essentials")
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return Check("packages", False, f"Missing: {', '.join(missing)}.", _AGAIN)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return Check("packages", True, f"{versions}.")


def _torch() -> Check:
    import torch

    from styleclipdraw_core import device

    chosen = device.choose("auto")
    sentence = f"torch {torch.__version__} computes on {device.describe(chosen)}."
    card = _unused_card(chosen.type)
    if card:
        return Check(
            "device",
            True,
            f"{sentence} {card} is not used.",
            "Run `python3 install.py --device cuda` to use it.",
        )
    return Check("device", True, sentence)


def _unused_card(device_type: str) -> str:
    from styleclipdraw_core.installation.machine import nvidia_card

    return nvidia_card() if device_type == "cpu" else ""


def _renderer() -> Check:
    import torch

    from styleclipdraw_core.drawing import Drawing, Stroke, Subpath
    from styleclipdraw_core.drawing import Path as DrawnPath
    from styleclipdraw_core.render import available_backends, render

    line = Subpath([[2.0, 8.0], [6.0, 8.0], [10.0, 8.0], [14.0, 8.0]])
    drawing = Drawing.from_paths([DrawnPath([line], Stroke(width=4.0))])
    picture = render(drawing, 16, 16, torch.ones(3))
    usable = [name for name, reason in available_backends().items() if not reason]
    ok = picture.shape == (1, 16, 16, 3) and float(picture[0, 8, 8].mean()) < 0.1
    if not ok:
        return Check("renderer", False, "A line that was drawn is not in the picture.", _AGAIN)
    return Check("renderer", True, f"A line was drawn; usable: {', '.join(usable)}.")


def _built_in() -> Check:
    from styleclipdraw_core import built_in

    model = built_in.load()
    direction = model.text_direction("a red apple")
    return Check("built-in CLIP", True, f"It reads prompts ({direction.shape[-1]} numbers each).")


def _models() -> Check:
    from styleclipdraw_core import weights

    rows = [weights.status(name) for name in weights.MODELS]
    half = [row.model.name for row in rows if row.state == "incomplete"]
    here = [row.model.name for row in rows if row.state == "ready"]
    sentence = f"Here: {', '.join(here) or 'none; the built-in ones draw without a download'}."
    if half:
        return Check(
            "models",
            False,
            f"{sentence} Incomplete: {', '.join(half)}.",
            f"Fetch again with `styleclipdraw models fetch {half[0]}`; what has arrived is kept.",
        )
    return Check("models", True, sentence)


def _folder() -> Check:
    from styleclipdraw_core.atomic import write_atomically
    from styleclipdraw_core.job_folder import make_private_folder

    home = data_folder()
    make_private_folder(home)
    trial = home / ".writable"
    write_atomically(trial, b"")
    trial.unlink()
    free = shutil.disk_usage(home).free
    if free < _LITTLE_SPACE:
        return Check(
            "folder", False, f"The disk of {home} has only {in_words(free)} left.", "Free some."
        )
    return Check("folder", True, f"{home} can be written, {in_words(free)} are free.")


def _window() -> Check:
    from PySide6 import QtCore, QtWidgets  # noqa: F401 - whether its libraries are there

    from styleclipdraw_core.window.screen import choose_platform

    version = QtCore.qVersion()
    if sys.platform == "linux" and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return Check("window", True, f"Qt {version} works; there is no display here.")
    try:
        choose_platform(os.environ)
    except BackendError as error:  # Qt would abort where the window starts
        return Check("window", False, error.sentence, error.next_step)
    return Check("window", True, f"Qt {version} works.")


def _installation() -> Check:
    noted = record.read()
    if noted is None:
        return Check(
            "installation",
            False,
            "Inkscape does not know where the program is.",
            "Run `python3 install.py`.",
        )
    if not noted.python.exists():
        return Check("installation", False, f"{noted.python} is gone.", _AGAIN)
    if noted.version != __version__:
        return Check(
            "installation",
            False,
            f"Inkscape starts {noted.version}, this is {__version__}.",
            _AGAIN,
        )
    return Check("installation", True, f"Inkscape starts {noted.python}.")


def _extension() -> Check:
    found = inkscapes.find_inkscapes()
    if not found:
        return Check(
            "Inkscape",
            False,
            "No Inkscape was found; the command line works without it.",
            "Install Inkscape 1.2 or newer, then run `python3 install.py` again.",
        )
    without = [inkscape for inkscape in found if not list(inkscape.extension.glob("*.inx"))]
    if without:
        return Check(
            "Inkscape",
            False,
            f"{without[0].title} has not got the extension.",
            "Run `python3 install.py` again, then start Inkscape anew.",
        )
    titles = ", ".join(inkscape.title for inkscape in found)
    warning = next((inkscape.warning for inkscape in found if inkscape.warning), "")
    return Check("Inkscape", not warning, f"{titles}: the extension is there.", warning)


def _optimizer() -> Check:
    from styleclipdraw_core.worker_lock import worker_is_running

    running = worker_is_running()
    return Check("optimizer", True, "It is running." if running else "It is not running just now.")


_CHECKS: tuple[tuple[str, Callable[[], Check]], ...] = (
    ("program", _program),
    ("packages", _packages),
    ("device", _torch),
    ("renderer", _renderer),
    ("built-in CLIP", _built_in),
    ("models", _models),
    ("folder", _folder),
    ("window", _window),
    ("installation", _installation),
    ("Inkscape", _extension),
    ("optimizer", _optimizer),
)


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
