"""Starts the window's process: one per person, with Qt set up, and its parts put together."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from styleclipdraw_core.errors import BackendError
from styleclipdraw_core.job_folder import data_folder, jobs_folder
from styleclipdraw_core.window.empty_page import icon
from styleclipdraw_core.window.inkscape_link import InkscapeLink
from styleclipdraw_core.window.job_watch import JobWatch
from styleclipdraw_core.window.main_window import APP_NAME, MainWindow
from styleclipdraw_core.window.one_window import OneWindow
from styleclipdraw_core.window.screen import choose_platform, tell
from styleclipdraw_core.window.worker_start import WorkerStart, draw_what_waits
from styleclipdraw_core.worker_lock import worker_is_running


def build_window() -> MainWindow:
    """The window over the person's job folders; a running application is needed."""
    settings = QSettings(str(data_folder() / "window.ini"), QSettings.Format.IniFormat)
    watch = JobWatch(jobs_folder())
    window = MainWindow(watch, WorkerStart(worker_is_running), InkscapeLink(), settings)
    watch.setParent(window)
    return window


def run(job_id: str, arguments: Sequence[str]) -> int:
    """Show the window until it is closed; at once 0 when another one has taken the wish."""
    try:
        platform = choose_platform(os.environ)
    except BackendError as error:
        draw_what_waits()
        tell(error)
        return 1
    if platform:
        os.environ["QT_QPA_PLATFORM"] = platform
    app = QApplication([sys.argv[0] or APP_NAME, *arguments])
    app.setStyle("Fusion")  # the one that this window has been looked at in, on every system
    app.setApplicationName(APP_NAME)
    app.setWindowIcon(icon())
    app.setDesktopFileName("org.inkscape.Inkscape")  # no entry of its own: it belongs to Inkscape
    only = OneWindow(data_folder())
    first = only.be_first()
    if not first and only.hand_over(job_id):
        return 0
    window = build_window()
    window.inserts_by_itself = first  # one that hangs may come back, and nothing comes twice
    only.asked.connect(window.wish)
    # After Draw the person goes on working in Inkscape: the window comes up without the keyboard.
    window.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, bool(job_id))
    window.show()
    # The window is on the screen before the first folder is read.
    QTimer.singleShot(0, window.start)
    if job_id:
        QTimer.singleShot(0, lambda: window.wish(job_id))
    code = app.exec()
    only.close()
    return code
