"""The window: the history at the left, one drawing at the right, and what happens to them.

Hides nothing of a drawing: everything it knows it reads from job folders through `JobWatch`, so it
may be killed at any moment.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QRect, QSettings, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QKeySequence,
    QPalette,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSplitter, QStackedWidget

from styleclipdraw_core.window import put_away
from styleclipdraw_core.window.closing import Closing, ask_whether_to_close
from styleclipdraw_core.window.commands import Command, Commands
from styleclipdraw_core.window.drawing_page import DrawingPage
from styleclipdraw_core.window.empty_page import EmptyPage
from styleclipdraw_core.window.history_view import HistoryView
from styleclipdraw_core.window.inkscape_link import InkscapeLink
from styleclipdraw_core.window.inserting import Inserting
from styleclipdraw_core.window.job_watch import POLL_MS, JobWatch
from styleclipdraw_core.window.notices import Toast
from styleclipdraw_core.window.snapshot import Notice, Snapshot, Stage
from styleclipdraw_core.window.text import tr
from styleclipdraw_core.window.theme import SPACE, current_theme, style_sheet
from styleclipdraw_core.window.worker_start import WorkerStart

APP_NAME = "StyleCLIPDraw"
SMALLEST = (720, 480)  # px; half of a 1366 screen is a little less, and scrolls nothing
# A job that nobody handed to the window may be one whose extension waits for it ("Wait for the
# drawing") and inserts it itself: it gets the time to say so.
STRANGER_MS = 5000
USUAL = (880, 660)  # px
MOST_OF_SCREEN = 0.75  # of either side, when the window opens for the first time
TITLE_BAR = 40  # px, about; window managers put it outside


class MainWindow(QMainWindow):
    """All jobs in `watch`, drawn by what `worker` starts."""

    def __init__(
        self, watch: JobWatch, worker: WorkerStart, link: InkscapeLink, settings: QSettings
    ) -> None:
        super().__init__()
        self.watch, self.worker, self.link, self.settings = watch, worker, link, settings
        self.inserts_by_itself = True
        self.ask_closing: Callable[[MainWindow, QSettings], Closing] = ask_whether_to_close
        self._current = ""
        self._chosen = False  # a person, or the command line, has said what to show
        self._asked_for: set[str] = set()  # jobs that were handed to this window
        self._wished = ""  # a job that was asked for and has not been found yet
        self.history = HistoryView()
        self.page = DrawingPage()
        self.empty = EmptyPage()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.page)
        self.toast = Toast(self.stack, self._toast_place)
        self.commands = Commands(watch, self)
        self.inserting = Inserting(link, self)
        self._lay_out()
        self._connect()
        self._repaint_theme()
        self._show_current()

    def _lay_out(self) -> None:
        self.setWindowTitle(APP_NAME)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.history)
        self.splitter.addWidget(self.stack)
        self.splitter.setStretchFactor(1, 1)
        self.history.setMinimumWidth(180)
        self.history.setMaximumWidth(420)
        self.splitter.setSizes([248, USUAL[0] - 248])
        self.setCentralWidget(self.splitter)
        row = self.page.actions_row
        chain = (
            self.history.search,
            self.history.list,
            self.page.error.copy,
            self.page.warnings.more,
            row.insert_button,
            row.stop_button,
            row.again_button,
            row.change_button,
            row.when_done,
            row.discard_button,
            row.more,
        )
        for first, second in pairwise(chain):
            self.setTabOrder(first, second)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        geometry = self.settings.value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self._place_beside()
        self.page.actions_row.when_done.setChecked(
            bool(self.settings.value("insert-when-done", True, type=bool))
        )

    def _place_beside(self) -> None:
        """Where Inkscape's canvas and dialog are least likely covered: the lower right corner, and
        not more of a small screen than can be spared.
        """
        room = self.screen().availableGeometry()
        width, height = int(MOST_OF_SCREEN * room.width()), int(MOST_OF_SCREEN * room.height())
        self.resize(min(USUAL[0], width), min(USUAL[1], height - TITLE_BAR))
        self.move(
            room.right() - self.width() - SPACE,
            max(room.top(), room.bottom() - self.height() - TITLE_BAR),
        )

    def _connect(self) -> None:
        self.watch.appeared.connect(self._appeared)
        self.watch.changed.connect(self._changed)
        self.watch.vanished.connect(self._vanished)
        self.watch.ready.connect(self._show_current)
        self.history.chosen.connect(self._choose)
        self.history.menu_wanted.connect(self._menu)
        self.history.delete_wanted.connect(
            lambda job_id: self.commands.act(job_id, self.commands.discard)
        )
        row, commands = self.page.actions_row, self.commands
        for signal, action in (
            (row.insert, self.inserting.insert),
            (row.stop, commands.stop),
            (row.discard, commands.discard),
            (row.again, commands.draw_again),
            (row.change, commands.change),
            (row.open_folder, commands.open_folder),
            (row.copy_report, self._copy_report),
            (self.page.report_wanted, self._copy_report),
        ):
            signal.connect(lambda a=action: commands.act(self._current, a))
        row.when_done.toggled.connect(lambda on: self.settings.setValue("insert-when-done", on))
        self.inserting.told.connect(self.toast.tell)
        commands.told.connect(self.toast.tell)
        commands.drawn.connect(self._drawn)
        commands.returned.connect(self.show_drawing)
        self.toast.gone.connect(commands.settle)
        self.inserting.hint_changed.connect(self._show_current)
        for key in (QKeySequence.StandardKey.Close, QKeySequence.StandardKey.Quit):
            QShortcut(QKeySequence(key), self).activated.connect(self.close)
        self._tick = QTimer(self)
        self._tick.setInterval(2 * POLL_MS)
        self._tick.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to look at the jobs, and to keep an optimizer running for them."""
        put_away.clear_out_old(self.watch.folder)
        self.watch.start()
        self._tick.start()
        self.history.list.setFocus()
        self.tick()

    def wish(self, job_id: str) -> None:
        """Show this job (it may only be coming into being), or the history for an empty id.

        A job comes from Inkscape, where the person goes on working: the keyboard stays there.
        """
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        if not job_id:
            self.activateWindow()
            return
        self._wished, self._chosen = job_id, True
        self._asked_for.add(job_id)
        if self.watch.look_at(job_id) is not None:
            self.show_drawing(job_id)

    # ------------------------------------------------------------------ what the folders say

    def tick(self) -> None:
        """What changes without news: the optimizer, the time left, Inkscape coming and going."""
        self.worker.ensure(bool(self.watch.open_jobs()))
        self.page.actions_row.offer_insert_when_done(self.link.can_insert())
        for job in self.watch.jobs():
            self.inserting.look(job)
        current = self.watch.job(self._current)
        if current is not None and not current.stage.over:
            self._show_current()

    def _appeared(self, job: Snapshot) -> None:
        self.history.model.put(job)
        # At the start the jobs come in one by one: until somebody chooses, show the newest.
        newest = not self._chosen and not self.watch.has_read_all and job.id > self._current
        if job.id == self._wished or newest or self.watch.job(self._current) is None:
            self.show_drawing(job.id)

    def _changed(self, job: Snapshot, before: Snapshot) -> None:
        self.history.model.put(job)
        if job.id == self._current:
            self._show_current()
        if job.stage in (Stage.DONE, Stage.STOPPED) and not before.stage.over:
            wait = 0 if job.id in self._asked_for else STRANGER_MS
            QTimer.singleShot(wait, self, lambda: self._insert_by_itself(job.id))

    def _insert_by_itself(self, job_id: str) -> None:
        job = self.watch.look_at(job_id)
        if job is not None and self._inserts_itself(job):
            self.inserting.insert(job)

    def _inserts_itself(self, job: Snapshot) -> bool:
        return (
            self.inserts_by_itself
            and job.request.from_document
            and not job.discarded
            and not job.inserted
            and self.page.actions_row.when_done.isChecked()
            and self.link.can_insert()
        )

    def _vanished(self, job_id: str) -> None:
        follower = self.history.neighbour(job_id) if job_id == self._current else self._current
        self.history.model.remove(job_id)
        self.inserting.forget(job_id)
        if job_id == self._current:
            self._current = ""
            if follower:
                self.show_drawing(follower)
            else:
                self._show_current()

    def _choose(self, job_id: str) -> None:
        if job_id != self._current:
            self._chosen = True
            self.show_drawing(job_id)

    def show_drawing(self, job_id: str) -> None:
        """Make this the drawing at the right."""
        job = self.watch.job(job_id)
        if job is None or job.discarded:
            return
        if job_id == self._wished:
            self._wished = ""
        self._current = job_id
        self.watch.watch_closely(job_id)
        self.history.choose(job_id)
        self._show_current()

    def _show_current(self) -> None:
        job = self.watch.job(self._current)
        self.stack.setCurrentWidget(self.page if job else self.empty)
        self.history.setVisible(self.history.model.rowCount() > 0)
        if job is None:
            self.setWindowTitle(APP_NAME)
            return
        before = self.watch.waiting_before(job.id) if not job.stage.over else 0
        if self.worker.gave_up and not job.stage.over:
            job = _without_worker(job)
        self.page.show_job(job, before=before, worker_runs=self.worker.runs())
        self.page.tell(self.inserting.hint(job))
        fraction = job.fraction
        busy = not job.stage.over and fraction is not None
        share = f"{int(100 * (fraction or 0))} % · " if busy else ""
        words = job.title if len(job.title) <= 60 else job.title[:59] + "…"
        self.setWindowTitle(f"{share}{words} – {APP_NAME}")

    # ------------------------------------------------------------------ what the person wants

    def _drawn(self, job_id: str) -> None:
        self.worker.try_again()
        self.wish(job_id)
        self.tick()

    def _copy_report(self, job: Snapshot) -> None:
        shown = self.page.job  # with what only the window knows: that no optimizer starts
        self.commands.copy_report(shown if shown and shown.id == job.id else job)

    def _menu(self, job_id: str, place: QPoint) -> None:
        job = self.watch.job(job_id)
        if job is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        do = self.commands
        offers: tuple[tuple[str, Command, bool], ...] = (
            (tr("Insert"), self.inserting.insert, job.can_insert),
            (tr("Draw again"), do.draw_again, job.stage.over),
            (tr("Change and draw…"), do.change, True),
            (tr("Open folder"), do.open_folder, True),
            (tr("Copy report"), do.copy_report, True),
            (tr("Delete") if job.stage.over else tr("Discard"), do.discard, True),
        )
        for text, action, possible in offers:
            entry = menu.addAction(text)
            entry.triggered.connect(lambda _=False, a=action: do.act(job_id, a))
            entry.setEnabled(possible)
        menu.popup(place)

    # ------------------------------------------------------------------ the window itself

    def _toast_place(self) -> QRect:
        """The picture, so that no button is ever covered; all of an empty page."""
        if self.stack.currentWidget() is not self.page:
            return self.stack.rect()
        picture = self.page.picture
        return picture.rect().translated(picture.mapTo(self.stack, QPoint(0, 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.toast.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ThemeChange):
            self._repaint_theme()

    def _repaint_theme(self) -> None:
        theme = current_theme()
        sheet = style_sheet(theme)
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)
            # Fusion frames a check box by darkening the window, which cannot be seen on a dark one.
            boxes = QApplication.palette()
            if theme.dark:
                boxes.setColor(QPalette.ColorRole.Base, theme.line)
            # The stubs ask for bytes, which the function itself refuses.
            QApplication.setPalette(boxes, "QCheckBox")  # type: ignore[arg-type]

    def closeEvent(self, event: QCloseEvent) -> None:
        drawing = [job for job in self.watch.open_jobs() if job.stage is not Stage.WAITING]
        if drawing and not QApplication.instance().isSavingSession():  # type: ignore[union-attr]
            choice = self.ask_closing(self, self.settings)
            if choice is Closing.STAY:
                event.ignore()
                return
            if choice is Closing.STOP:
                for job in drawing:
                    self.commands.act(job.id, self.commands.stop)
        self.settings.setValue("geometry", self.saveGeometry())
        self.toast.leave()
        self._tick.stop()
        self.watch.stop()
        super().closeEvent(event)


def _without_worker(job: Snapshot) -> Snapshot:
    from dataclasses import replace

    notice = Notice(
        "worker.start",
        tr("The drawing program does not start."),
        tr("Repair the installation: run install.py of StyleCLIPDraw again."),
    )
    return replace(job, error=notice)
