"""Whether Qt can show a window here, and how to tell the person when it cannot.

Qt aborts the process when its platform plugin lacks a library, which on Linux happens on many fresh
systems; this looks first. Hides plugins, library names and the desktop's own message programs.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from styleclipdraw_core.errors import BackendError, StyleClipDrawError
from styleclipdraw_core.job_folder import data_folder
from styleclipdraw_core.window.text import tr

# What Qt's X11 plugin links to beside Qt, with Debian's name for each.
_X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
_LARGEST_LOG = 1_000_000  # bytes
# Programs that show a message, and how; the first one that is there is used.
_MESSENGERS = (
    ("zenity", "--error", "--no-markup", "--title=StyleCLIPDraw", "--text={text}"),
    ("kdialog", "--title", "StyleCLIPDraw", "--error", "{text}"),
    ("notify-send", "StyleCLIPDraw", "{text}"),
    ("xmessage", "-center", "{text}"),
)


def choose_platform(environment: Mapping[str, str]) -> str:
    """The value for QT_QPA_PLATFORM, "" to leave the choice to Qt; raises `BackendError`.

    Only Linux and its like need this, and only when nobody has chosen already.
    """
    if sys.platform in ("win32", "darwin") or environment.get("QT_QPA_PLATFORM"):
        return ""
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if not wayland and not x11:
        raise BackendError(
            tr("There is no screen to show the window on."),
            tr("Start it from a desktop session, or use the command line: styleclipdraw draw."),
            code="window.no-screen",
        )
    if plugin_loads("libqxcb.so") or not x11:
        return ""
    if wayland and plugin_loads("libqwayland.so"):
        return "wayland"
    missing = missing_libraries()
    raise BackendError(
        tr("The window cannot be shown, because the system lacks {libraries}.").format(
            libraries=", ".join(missing) or tr("a library that Qt needs")
        ),
        tr("On Debian or Ubuntu this helps: sudo apt install {packages}").format(
            packages=" ".join(_X11_LIBRARIES[name] for name in missing) or "libxcb-cursor0"
        ),
        code="window.libraries",
    )


def plugin_loads(name: str) -> bool:
    """Whether one of Qt's platform plugins finds everything that it links to."""
    import PySide6

    folder = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
    if not folder.is_dir():
        return True  # a Qt of the system's: its packages depend on what they need
    return loads(str(folder / name))


def missing_libraries() -> list[str]:
    """Of the libraries that Qt's X11 plugin needs, those that are not there."""
    return [name for name in _X11_LIBRARIES if not loads(name)]


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def log(text: str) -> None:
    """For whoever looks into a fault; nothing of it is shown."""
    path = data_folder() / "window.log"
    try:
        short = path.exists() and path.stat().st_size < _LARGEST_LOG
        with path.open("a" if short else "w", encoding="utf-8") as file:
            file.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {text.rstrip()}\n")
    except OSError:
        pass


def tell(error: StyleClipDrawError) -> None:
    """Show the error without Qt: the window has no terminal to print on."""
    text = tr(
        "{problem}\n\nThe drawing itself goes on. When it is done, choose "
        "Extensions > StyleCLIPDraw > Insert Result in Inkscape."
    ).format(problem=error.for_person())
    print(text, file=sys.stderr)
    log(text)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    for program, *arguments in _MESSENGERS:
        path = shutil.which(program)
        if path is None:
            continue
        command = [path, *(argument.replace("{text}", text) for argument in arguments)]
        try:
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            continue
        return
