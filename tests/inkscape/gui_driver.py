"""Talks to a running Inkscape over D-Bus and to its dialogs over AT-SPI, for inkscape_window.py.

Run by a Python that has gi (the system's). One JSON command a line comes in, one JSON answer goes
out: {"ok": value} or {"error": text}. Hides GVariant and the accessibility tree.
"""

import json
import sys
import time

import gi

gi.require_version("Gio", "2.0")
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

NAME = "org.inkscape.Inkscape"
ROOT = "/org/inkscape/Inkscape"
MOST_CHILDREN = 400


class Driver:
    """Every public method is a command."""

    def __init__(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
        Atspi.init()

    def _call(self, path, method, arguments, seconds):
        return self.bus.call_sync(
            NAME,
            path,
            "org.gtk.Actions",
            method,
            arguments,
            None,
            Gio.DBusCallFlags.NONE,
            int(seconds * 1000),
            None,
        ).unpack()

    def actions(self):
        return list(self._call(ROOT, "List", None, 5)[0])

    def action(self, name, arguments=(), at="", wait=True, seconds=20):
        """Activate; `at` is "", "/window/1" or "/document/1"."""
        values = [GLib.Variant("b" if isinstance(a, bool) else "s", a) for a in arguments]
        call = GLib.Variant("(sava{sv})", (name, values, {}))
        if wait:
            self._call(ROOT + at, "Activate", call, seconds)
        else:
            self.bus.call(
                NAME,
                ROOT + at,
                "org.gtk.Actions",
                "Activate",
                call,
                None,
                Gio.DBusCallFlags.NONE,
                -1,
                None,
                None,
            )
            self.bus.flush_sync(None)

    def describe(self, seconds=1):
        """An answer of the main loop."""
        self._call(ROOT, "Describe", GLib.Variant("(s)", ("quit",)), seconds)

    def answers(self, count, pause):
        """Seconds that each of `count` answers of the main loop took, asked every `pause` s."""
        took = []
        for _ in range(count):
            start = time.monotonic()
            self.describe(60)
            took.append(time.monotonic() - start)
            time.sleep(pause)
        return took

    def _inkscape(self):
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            program = desktop.get_child_at_index(index)
            if program is not None and "nkscape" in (program.get_name() or ""):
                return program
        raise LookupError("Inkscape is not on the accessibility bus")

    def windows(self):
        program = self._inkscape()
        found = [program.get_child_at_index(i) for i in range(program.get_child_count())]
        return [(w.get_role_name(), w.get_name() or "") for w in found if w is not None]

    def _window(self, title):
        program = self._inkscape()
        for index in range(program.get_child_count()):
            window = program.get_child_at_index(index)
            if window is not None and title in ((window.get_name() or ""), window.get_role_name()):
                return window
        raise LookupError(f"no window {title!r} in {self.windows()}")

    def _walk(self, node):
        for index in range(min(node.get_child_count(), MOST_CHILDREN)):
            child = node.get_child_at_index(index)
            if child is not None:
                yield child
                yield from self._walk(child)

    def alerts(self):
        """The widgets of every message that is up."""
        program = self._inkscape()
        windows = [program.get_child_at_index(i) for i in range(program.get_child_count())]
        return [
            row
            for window in windows
            if window is not None and window.get_role_name() == "alert"
            for row in self._rows(window)
        ]

    def widgets(self, title):
        """Role, name, text and place on the screen of everything in a window."""
        return self._rows(self._window(title))

    def _rows(self, window):
        rows = []
        for widget in self._walk(window):
            role = widget.get_role_name()
            text = ""
            if role in ("text", "entry"):
                text = Atspi.Text.get_text(widget, 0, -1)
            box = Atspi.Component.get_extents(widget, Atspi.CoordType.SCREEN)
            rows.append([role, widget.get_name() or "", text, box.x, box.y, box.width, box.height])
        return rows

    def _after(self, title, label, roles):
        seen = False
        for widget in self._walk(self._window(title)):
            if widget.get_role_name() == "label" and (widget.get_name() or "") == label:
                seen = True
            elif seen and widget.get_role_name() in roles:
                return widget
        raise LookupError(f"nothing after {label!r} in {self.widgets(title)}")

    def set_text(self, title, label, text):
        field = self._after(title, label, ("text", "entry"))
        field.get_editable_text_iface().set_text_contents(text)

    def set_number(self, title, label, value):
        self._after(title, label, ("spin button",)).get_value_iface().set_current_value(value)


def main():
    driver = Driver()
    print(json.dumps({"ok": "ready"}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        name = command.pop("do")
        try:
            answer = {"ok": getattr(driver, name)(**command)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
