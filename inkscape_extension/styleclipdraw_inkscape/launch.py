"""Starting the window and the optimizer, detached from Inkscape and its environment.

Hides where the environment is, which variables must not be inherited, and how to detach.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, Dict, List

from .job_folder import JobFolder, read_json, user_data
from .messages import Refusal, _

# Inkscape points these at its own Python, GTK and libraries (PYTHONPATH alone makes the
# environment import Inkscape's inkex and lxml); Qt and torch must not see them.
_INKSCAPES_OWN = (
    "PYTHON",
    "INKSCAPE_",
    "INKEX_",
    "GTK",
    "GDK_",
    "GIO_",
    "GI_",
    "GSETTINGS_",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_",
    "FONTCONFIG_",
    "APPDIR",
    "APPIMAGE",
    "ARGV0",
    "OWD",
    "DOCUMENT_PATH",
    "SELF_CALL",
    "_MEIPASS",
)
_KEPT = ("GTK_THEME", "GTK_IM_MODULE")


def clean_environment() -> Dict[str, str]:
    """This process's variables without those that Inkscape, or its AppImage, set for itself."""
    bundle = os.environ.get("APPDIR")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or not name.startswith(_INKSCAPES_OWN)
    }
    if bundle:
        for name in ("PATH", "XDG_DATA_DIRS", "XDG_CONFIG_DIRS"):
            if name in kept:
                parts = kept[name].split(os.pathsep)
                kept[name] = os.pathsep.join(part for part in parts if not part.startswith(bundle))
    return kept


def environment_python() -> str:
    """The Python that the installer made for the window and the optimizer."""
    installed = read_json(os.path.join(user_data(), "install.json"))
    python = (installed or {}).get("python")
    if not isinstance(python, str):
        raise Refusal(
            _("The drawing program is not installed for this user."),
            _way_out(_("Run install.py of StyleCLIPDraw once, then choose Draw again.")),
        )
    if not os.path.isfile(python):
        raise Refusal(
            _("The drawing program was moved or deleted: {python} is not there.").format(
                python=python
            ),
            _way_out(_("Run install.py of StyleCLIPDraw once more, then choose Draw again.")),
        )
    return python


def _way_out(usual: str) -> str:
    """Installing helps nobody whose Inkscape may not look outside."""
    if os.environ.get("FLATPAK_ID") or os.environ.get("SNAP_NAME") == "inkscape":
        return _(
            "This Inkscape, a Flatpak or snap, may not start other programs: use the package of "
            "your distribution or the AppImage."
        )
    return usual


def start(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Run a module of the core, detached; it outlives Inkscape and holds none of its pipes."""
    python = environment_python()
    command: List[str] = [python, "-I", "-m", "styleclipdraw_core." + module]
    try:
        return subprocess.Popen(command + list(arguments), **_detached())
    except OSError as error:
        raise Refusal(
            _("The drawing program could not be started: {reason}.").format(reason=error.strerror),
            _("Run install.py of StyleCLIPDraw once more, then choose Draw again."),
        ) from error


def start_own(module: str, *arguments: str) -> None:
    """Run a module of ours in Inkscape's Python, detached, with Inkscape's environment."""
    options = _detached()
    options.update(env=dict(os.environ), cwd=os.path.dirname(os.path.dirname(__file__)))
    name = __package__ + "." + module
    subprocess.Popen([sys.executable, "-m", name] + list(arguments), **options)


def open_window(job: JobFolder) -> None:
    """Show a new drawing in the window, which also sees to it that it is drawn."""
    start("window", "--job", job.id)
    if not job.has("job.json"):
        start_own("backdrop", job.path)


def _detached() -> Dict[str, Any]:
    options: Dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "env": clean_environment(),
        "cwd": user_data(),
        "close_fds": True,
    }
    if sys.platform == "win32":
        # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
        options["creationflags"] = 0x00000008 | 0x00000200
    else:
        options["start_new_session"] = True
    return options
