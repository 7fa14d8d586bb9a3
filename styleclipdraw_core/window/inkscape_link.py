"""Asks a running Inkscape over D-Bus to insert a result; hides D-Bus and its absence.

The action is the one that Inkscape makes of the insert extension, without its dialog. Where there
is no D-Bus (Windows, macOS, Inkscape not running) `can_insert` says no, and the window names the
menu entry instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

BUS_NAME = "org.inkscape.Inkscape"
OBJECT_PATH = "/org/inkscape/Inkscape"
INTERFACE = "org.gtk.Actions"
# The id of the extension in its .inx; Inkscape writes dashes for underscores and dots.
EXTENSION_ID = "org.styleclipdraw.insert"
ACTION = EXTENSION_ID.replace("_", "-") + ".noprefs"
# Inkscape answers when the extension has ended: 1000 paths take about half a second, and a dialog
# of Inkscape lets it wait. Silence is therefore no failure; the job's `inserted` file tells.
ANSWER_MS = 20_000
_SILENCE = ("org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout")


class InkscapeLink(QObject):
    """The way to Inkscape, when there is one."""

    failed = Signal()  # Inkscape did not take the request

    def __init__(self, parent: QObject | None = None, action: str = ACTION) -> None:
        super().__init__(parent)
        self._action = action
        self._bus: QDBusConnection | None = None
        self._there = False
        self._watcher: Any = None
        self._pending: list[Any] = []

    def can_insert(self) -> bool:
        """Whether an Inkscape with the insert action is on the bus."""
        return self._connected() is not None and self._there

    def insert(self) -> None:
        """Activate the insert action; `failed` follows when that does not work."""
        from PySide6.QtDBus import QDBusPendingCallWatcher

        bus = self._connected()
        if bus is None:
            self.failed.emit()
            return
        call = bus.asyncCall(self._message(), ANSWER_MS)
        watcher = QDBusPendingCallWatcher(call, self)
        watcher.finished.connect(self._answered)
        self._pending.append(watcher)

    def _message(self) -> QDBusMessage:
        from PySide6.QtDBus import QDBusMessage

        message = QDBusMessage.createMethodCall(BUS_NAME, OBJECT_PATH, INTERFACE, "Activate")
        # sava{sv}: the action, its parameters (none), platform data (none)
        message.setArguments([self._action, [], {}])
        message.setAutoStartService(False)
        return message

    def _answered(self, watcher: Any) -> None:
        self._pending.remove(watcher)
        if watcher.isError() and watcher.error().name() not in _SILENCE:
            self.failed.emit()
        watcher.deleteLater()

    def _connected(self) -> QDBusConnection | None:
        if self._bus is None:
            try:
                from PySide6.QtDBus import QDBusConnection
            except ImportError:  # no D-Bus in this build of Qt
                return None
            self._bus = QDBusConnection.sessionBus()
            self._watch(self._bus)
        return self._bus if self._bus.isConnected() else None

    def _watch(self, bus: QDBusConnection) -> None:
        """Ask once whether Inkscape is there; from then on the bus tells."""
        from PySide6.QtDBus import QDBusServiceWatcher

        if not bus.isConnected():
            return
        self._watcher = QDBusServiceWatcher(BUS_NAME, bus, parent=self)
        self._watcher.serviceRegistered.connect(lambda _name: self._set_there(True))
        self._watcher.serviceUnregistered.connect(lambda _name: self._set_there(False))
        owner = bus.interface().isServiceRegistered(BUS_NAME)
        self._there = bool(owner.isValid() and owner.value())

    def _set_there(self, there: bool) -> None:
        self._there = there
