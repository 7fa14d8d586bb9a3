"""What a person can do with a drawing, apart from looking at it; hides which files that touches.

Nothing raises: what goes wrong is told in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from styleclipdraw_core.errors import StyleClipDrawError
from styleclipdraw_core.job_folder import JobFolder
from styleclipdraw_core.window import new_job, put_away
from styleclipdraw_core.window.change_dialog import ChangeDialog
from styleclipdraw_core.window.job_watch import JobWatch
from styleclipdraw_core.window.report import report
from styleclipdraw_core.window.snapshot import Snapshot, Stage
from styleclipdraw_core.window.text import tr

Command = Callable[[Snapshot], None]


class Commands(QObject):
    """Acts on the folders that `watch` looks at; dialogs belong to `window`."""

    told = Signal(str, object)  # a sentence, and how to undo what it tells, or None
    drawn = Signal(str)  # the id of a new job
    returned = Signal(str)  # the id of a job that was brought back

    def __init__(self, watch: JobWatch, window: QWidget) -> None:
        super().__init__(window)
        self._watch, self._window = watch, window
        self._put_away: Path | None = None

    def act(self, job_id: str, command: Command) -> None:
        """Do `command` with the job as it is now; say what went wrong instead of raising it."""
        job = self._watch.look_at(job_id)
        if job is None:
            return
        try:
            command(job)
        except StyleClipDrawError as error:
            self.told.emit(error.for_person(), None)

    def stop(self, job: Snapshot) -> None:
        JobFolder(job.folder).ask_to_stop()
        self._watch.look_at(job.id)

    def discard(self, job: Snapshot) -> None:
        """Stop and hide this drawing; it can be brought back until something else is told."""
        put_away.put_away(job.folder)
        self._watch.look_at(job.id)
        self.told.emit(
            tr("Deleted.") if job.stage.over else tr("Discarded."),
            lambda: self.act(job.id, self._bring_back),
        )
        self._put_away = job.folder

    def _bring_back(self, job: Snapshot) -> None:
        self._put_away = None
        put_away.bring_back(job.folder)
        self._watch.look_at(job.id)
        self.returned.emit(job.id)

    def settle(self) -> None:
        """Really delete what can no longer be brought back."""
        folder, self._put_away = self._put_away, None
        if folder is not None:
            put_away.clear_out(folder)

    def draw_again(self, job: Snapshot) -> None:
        """The same wish with the next seed; what failed is tried with its own."""
        seed = job.request.seed
        if job.stage is not Stage.FAILED:
            seed = new_job.next_seed(job, self._watch.jobs())
        self.drawn.emit(new_job.draw_again(job.folder, seed).id)

    def change(self, job: Snapshot) -> None:
        """Ask for changes, and draw with them."""
        start = new_job.changes_from(new_job.read(job.folder), job.folder)

        def draw(changes: new_job.Changes) -> None:
            self.drawn.emit(new_job.draw_changed(job.folder, changes).id)

        dialog = ChangeDialog(start, draw, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_folder(self, job: Snapshot) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(job.folder))):
            self.told.emit(
                tr("No file manager answered. The folder is {path}.").format(path=job.folder), None
            )

    def copy_report(self, job: Snapshot) -> None:
        QGuiApplication.clipboard().setText(report(job))
        self.told.emit(
            tr("The report is in the clipboard. It holds no words or names of yours."), None
        )
