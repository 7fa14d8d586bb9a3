"""A real Inkscape in front of nobody: its own screen, session bus, window manager and profile.

Hides processes, displays and the driver; `InkscapeWindow` is what a test does with mouse and menu.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from xml.sax.saxutils import quoteattr

from inkscape_shell import INKSCAPE

HERE = Path(__file__).resolve().parent
SYSTEM_PYTHON = "/usr/bin/python3"
PROGRAMS = (INKSCAPE, "Xvfb", "openbox", "dbus-daemon", "xdotool", SYSTEM_PYTHON)
BUTTONS = ("push button", "button", "page tab")  # by at-spi2's age

Found = TypeVar("Found")


def missing() -> str:
    """What a window test lacks on this computer; empty when nothing."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            return f"{program} is not installed"
    probe = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    done = subprocess.run([SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False)
    return "" if done.returncode == 0 else "python3-gi or gir1.2-atspi-2.0 is not installed"


def wait_for(what: Callable[[], Found], seconds: float = 30.0, name: str = "") -> Found:
    """The first true answer of `what`."""
    end = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"{name or what} took longer than {seconds} s")
        time.sleep(0.1)


def write_preferences(profile: Path, parameters: dict[str, Any] | None = None) -> None:
    """No welcome screen; `parameters` are "<extension id>.<name>": value."""
    profile.mkdir(parents=True, exist_ok=True)
    values = {k: str(int(v) if isinstance(v, bool) else v) for k, v in (parameters or {}).items()}
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in values.items())
    (profile / "preferences.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        '<inkscape version="1" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape">\n'
        f'<group id="extensions" {attributes}/>\n'
        '<group id="options"><group id="boot" enabled="0" shown="1"/></group>\n</inkscape>\n',
        encoding="utf-8",
    )


def canonical(svg: bytes) -> str:
    """A document without what Inkscape itself changes while it is looked at."""
    root = ET.fromstring(svg)
    for child in list(root):
        if isinstance(child.tag, str) and child.tag.endswith("}namedview"):
            root.remove(child)
    out = io.StringIO()
    ET.canonicalize(ET.tostring(root, "unicode"), out=out, strip_text=True)
    return out.getvalue()


class InkscapeWindow:
    """Use as a context; `environment` goes to Inkscape and so to the extension."""

    def __init__(
        self, profile: Path, document: Path, environment: dict[str, str], screen: str = "1400x950"
    ) -> None:
        self.profile, self.document_file = profile, document
        self.environment = dict(os.environ, **environment)
        self.screen = screen
        self._processes: list[subprocess.Popen[Any]] = []
        self._folder = Path(tempfile.mkdtemp(prefix="styleclipdraw-"))

    def __enter__(self) -> InkscapeWindow:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        reader, writer = os.pipe()
        self._spawn(
            [
                "Xvfb",
                "-displayfd",
                str(writer),
                "-screen",
                "0",
                f"{self.screen}x24",
                "-nolisten",
                "tcp",
            ],
            pass_fds=(writer,),
        )
        os.close(writer)
        with os.fdopen(reader) as file:
            display = ":" + file.readline().strip()
        self.environment.update(
            DISPLAY=display,
            INKSCAPE_PROFILE_DIR=str(self.profile),
            GDK_BACKEND="x11",
            LC_ALL="C.UTF-8",
            LANGUAGE="en",
            XDG_RUNTIME_DIR=str(self._folder),
        )
        self.environment.pop("WAYLAND_DISPLAY", None)
        # The tests of the window, in the same process, draw without a screen; this one is to be seen.
        self.environment.pop("QT_QPA_PLATFORM", None)
        self._folder.chmod(0o700)
        bus = self._spawn(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert bus.stdout is not None
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        self._spawn(["openbox"])
        self._log = open(self._folder / "inkscape.log", "w")
        self.inkscape = self._spawn(
            [INKSCAPE, str(self.document_file)], stdout=self._log, stderr=subprocess.STDOUT
        )
        self._driver = self._spawn(
            [SYSTEM_PYTHON, str(HERE / "gui_driver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._driver.stdout is not None
        assert json.loads(self._driver.stdout.readline()) == {"ok": "ready"}
        name = self.document_file.name
        wait_for(
            lambda: any(name in title for title in self.titles().values()), 90, "the main window"
        )
        wait_for(lambda: "select-by-id" in (self._try("actions") or []), 30, "actions on the bus")

    def _spawn(self, command: list[str], **options: Any) -> subprocess.Popen[Any]:
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(command, env=self.environment, start_new_session=True, **options)
        self._processes.append(process)
        return process

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(3)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
        if hasattr(self, "_log"):
            self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, do: str, **command: Any) -> Any:
        """One command of gui_driver.Driver; raises RuntimeError with what it said."""
        assert self._driver.stdin is not None and self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(dict(command, do=do)) + "\n")
        self._driver.stdin.flush()
        answer = json.loads(self._driver.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]

    def _try(self, do: str, **command: Any) -> Any:
        try:
            return self.ask(do, **command)
        except RuntimeError:
            return None

    def action(self, name: str, *arguments: Any, **options: Any) -> None:
        self.ask("action", name=name, arguments=list(arguments), **options)

    def select(self, *ids: str) -> None:
        self.action("select-clear")
        if ids:
            self.action("select-by-id", ",".join(ids))

    def answers(self, seconds: float) -> bool:
        """Whether Inkscape's main loop answers in time."""
        try:
            self.ask("describe", seconds=seconds)
        except RuntimeError:
            return False
        return True

    def undo(self) -> None:
        self.action("undo", at="/document/1")

    def redo(self) -> None:
        self.action("redo", at="/document/1")

    def document(self) -> bytes:
        """The document as it is now."""
        target = self._folder / "now.svg"
        target.unlink(missing_ok=True)
        self.action("export-filename", str(target))
        self.action("export-plain-svg", False)
        self.action("export-do")
        return target.read_bytes()

    def titles(self) -> dict[int, str]:
        """Every visible window of the screen."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".")
        titles = {}
        for window in found.split():
            title = self._xdotool("getwindowname", window).strip()
            if title:
                titles[int(window)] = title
        return titles

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    def dialog(self, title: str) -> list[list[Any]]:
        """The widgets of a window, once it is there."""
        return wait_for(lambda: self._try("widgets", title=title), 30, f"the window {title!r}")

    def alert(self, seconds: float = 3.0) -> str:
        """The text of a message that is up; empty when there is none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # the "working, please wait" window behind it has labels only
            for role, _name, text, *_ in self._try("alerts") or []:
                if role == "text" and text:
                    return str(text)
            time.sleep(0.1)
        return ""

    def press(self, title: str, name: str) -> None:
        """Click a button or a page's tab with the mouse.

        An accessible "press" would be answered only when the handler is over, and Inkscape runs a
        main loop of its own inside it.
        """
        for role, label, _text, x, y, width, height in self.dialog(title):
            if label == name and role in BUTTONS:
                self._xdotool(
                    "mousemove",
                    str(x + width // 2),
                    str(y + height // 2),
                    "sleep",
                    "0.15",
                    "click",
                    "1",
                )
                return
        raise LookupError(f"no button {name!r} in {self.dialog(title)}")

    def menu(self, *names: str) -> None:
        """Open a menu, its submenu ... with the mouse, and click the last one."""
        frame = wait_for(
            lambda: next((t for t in self.titles().values() if t.endswith("Inkscape")), ""), 30
        )
        for name in names:
            wait_for(lambda name=name: self._click_menu(frame, name), 20, f"the menu {name!r}")

    def _click_menu(self, frame: str, name: str) -> bool:
        for role, label, _text, x, y, width, height in self._try("widgets", title=frame) or []:
            if label == name and role.startswith("menu") and x >= 0:
                self._xdotool("mousemove", str(x + width // 2), str(y + height // 2))
                time.sleep(0.3)
                self._xdotool("click", "1")
                return True
        return False

    def place(self, title: str, x: int, y: int, width: int, height: int) -> None:
        """Move and size the window whose title has these words."""
        for window in self._named(title):
            self._xdotool("windowsize", "--sync", window, str(width), str(height))
            self._xdotool("windowmove", window, str(x), str(y))

    def minimise(self, title: str) -> None:
        for window in self._named(title):
            self._xdotool("windowminimize", window)

    def _named(self, title: str) -> list[str]:
        return [str(window) for window, name in self.titles().items() if title in name]

    def key(self, *keys: str) -> None:
        self._xdotool("key", "--clearmodifiers", *keys)

    def screenshot(self, path: Path, title: str = "") -> None:
        window = next(
            (str(w) for w, t in self.titles().items() if title and t.startswith(title)), "root"
        )
        subprocess.run(["import", "-window", window, str(path)], env=self.environment, check=True)
