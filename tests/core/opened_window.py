"""The main window over a folder of jobs, with an Inkscape and an optimizer that only take notes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from styleclipdraw_core.window.closing import Closing
from styleclipdraw_core.window.inkscape_link import InkscapeLink
from styleclipdraw_core.window.job_watch import JobWatch
from styleclipdraw_core.window.main_window import MainWindow
from styleclipdraw_core.window.worker_start import WorkerStart


class FakeInkscape(InkscapeLink):
    """An Inkscape that notes what it is asked, and may not be there."""

    def __init__(self, there: bool = True) -> None:
        super().__init__()
        self.there, self.asked = there, 0

    def can_insert(self) -> bool:
        return self.there

    def insert(self) -> None:
        self.asked += 1


class FakeWorker(WorkerStart):
    def __init__(self) -> None:
        super().__init__(lambda: True)
        self.wanted: list[bool] = []

    def ensure(self, jobs_wait: bool) -> None:
        self.wanted.append(jobs_wait)


Opened = Callable[..., MainWindow]


def windows_over(jobs: Path, qtbot: QtBot) -> Iterator[Opened]:
    """Opens the window over `jobs`; polling is done by hand, so that nothing depends on time."""
    windows: list[MainWindow] = []

    def open_it(show: str = "", there: bool = True, whole: bool = True) -> MainWindow:
        settings = QSettings(str(jobs.parent / "window.ini"), QSettings.Format.IniFormat)
        watch = JobWatch(jobs)
        window = MainWindow(watch, FakeWorker(), FakeInkscape(there), settings)
        watch.setParent(window)
        window.ask_closing = lambda *_: Closing.GO_ON
        qtbot.addWidget(window)
        windows.append(window)
        window.show()
        window.start()
        window.watch.stop()
        window._tick.stop()
        while whole and not window.watch.has_read_all:  # a busy machine reads few in one poll
            window.watch.poll()
        if show:
            window.wish(show)
        return window

    yield open_it
    for window in windows:
        window.close()


def poll(window: MainWindow) -> None:
    for _ in range(8):  # finished jobs are looked at in every eighth poll
        window.watch.poll()
    window.tick()


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def shown_titles(window: MainWindow) -> list[str]:
    rows = window.history.filter
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]
