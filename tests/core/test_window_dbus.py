"""Asking Inkscape over a real D-Bus: the call arrives as its own action interface wants it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

pytest.importorskip("PySide6.QtDBus", reason="this Qt has no D-Bus")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from PySide6.QtDBus import QDBusConnection
from pytestqt.qtbot import QtBot

from styleclipdraw_core.window.inkscape_link import ACTION, InkscapeLink

pytestmark = pytest.mark.skipif(
    shutil.which("dbus-daemon") is None, reason="there is no dbus-daemon to test with"
)

# Stands for Inkscape: has its name and object, and writes down what it is asked. The signature is
# looked at where it arrives, since org.gtk.Actions takes sava{sv} and nothing else.
INKSCAPE = """
import sys
from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, Slot
from PySide6.QtDBus import QDBusConnection, QDBusContext

@ClassInfo(**{"D-Bus Interface": "org.gtk.Actions"})
class Actions(QObject):
    @Slot(str, "QVariantList", "QVariantMap")
    def Activate(self, action, parameters, platform):
        with open(sys.argv[1], "w") as file:
            file.write(f"{action} {len(parameters)} {len(platform)}")
        app.quit()

app = QCoreApplication([])
actions = Actions()
bus = QDBusConnection.sessionBus()
assert bus.registerObject(
    "/org/inkscape/Inkscape", actions, QDBusConnection.RegisterOption.ExportAllSlots
)
assert bus.registerService("org.inkscape.Inkscape")
print("ready", flush=True)
app.exec()
"""


@pytest.fixture
def bus_address() -> Iterator[str]:
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    yield daemon.stdout.readline().strip()
    daemon.terminate()
    daemon.wait()
    daemon.stdout.close()


class OwnBus(InkscapeLink):
    """On a bus of the test's own instead of the person's."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def _connected(self) -> QDBusConnection | None:
        if self._bus is None:
            self._bus = QDBusConnection.connectToBus(self.address, "window-test")
            self._watch(self._bus)
        return self._bus if self._bus.isConnected() else None


@pytest.fixture
def link(bus_address: str, qtbot: QtBot) -> Iterator[OwnBus]:
    made = OwnBus(bus_address)
    yield made
    made._bus = None
    QDBusConnection.disconnectFromBus("window-test")


def test_the_insert_action_is_activated(
    link: OwnBus, bus_address: str, tmp_path: Path, qtbot: QtBot
) -> None:
    assert not link.can_insert()
    said = tmp_path / "said"
    inkscape = subprocess.Popen(
        [sys.executable, "-c", INKSCAPE, str(said)],
        env=os.environ | {"DBUS_SESSION_BUS_ADDRESS": bus_address},
        stdout=subprocess.PIPE,
    )
    qtbot.waitUntil(link.can_insert, timeout=60_000)
    failures: list[bool] = []
    link.failed.connect(lambda: failures.append(True))
    link.insert()
    qtbot.waitUntil(lambda: inkscape.poll() is not None, timeout=60_000)
    assert inkscape.stdout is not None
    inkscape.stdout.close()
    assert said.read_text() == f"{ACTION} 0 0"
    qtbot.waitUntil(lambda: not link.can_insert(), timeout=60_000)  # it has left the bus
    assert failures == []


def test_a_call_that_nobody_takes_is_a_failure(link: OwnBus, qtbot: QtBot) -> None:
    assert not link.can_insert()
    with qtbot.waitSignal(link.failed, timeout=60_000):
        link.insert()
