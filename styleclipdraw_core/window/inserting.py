"""Bringing a drawing into the document: asks Inkscape where it can be asked, else says how to.

Hides that nobody answers: the extension tells by the job's `inserted` file, or not at all.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal

from styleclipdraw_core.atomic import write_atomically
from styleclipdraw_core.errors import StyleClipDrawError
from styleclipdraw_core.window.inkscape_link import InkscapeLink
from styleclipdraw_core.window.snapshot import Snapshot, Stage
from styleclipdraw_core.window.text import tr

# Inkscape inserts 1000 paths in half a second; a person may first have to close a dialog of it.
PATIENCE = 20.0  # seconds


def menu_entry() -> str:
    return tr("Extensions > StyleCLIPDraw > Insert Result")


class Inserting(QObject):
    """One insertion at a time; `told` when something is to be said, `hint_changed` otherwise."""

    told = Signal(str)
    hint_changed = Signal()

    def __init__(self, link: InkscapeLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        link.failed.connect(self._failed)
        self._hints: dict[str, str] = {}
        self._running: dict[str, tuple[int, float]] = {}  # stamp before, and when it was asked

    def insert(self, job: Snapshot) -> None:
        """Ask for this drawing, finished or not."""
        if not job.can_insert:
            return
        try:
            write_atomically(job.folder / "insert", b"")
        except StyleClipDrawError as error:
            self._hint(job.id, error.for_person())
            return
        if not self._link.can_insert():
            self._hint(
                job.id,
                tr("Now go to Inkscape and choose {menu}.").format(menu=menu_entry()),
            )
            self._running[job.id] = (job.inserted_stamp, float("inf"))
            return
        self._running[job.id] = (job.inserted_stamp, time.monotonic())
        self._hint(job.id, tr("Inserting…"))
        self._link.insert()

    def hint(self, job: Snapshot) -> str:
        """The line to show at this drawing."""
        if job.id in self._hints:
            return self._hints[job.id]
        ready = job.stage in (Stage.DONE, Stage.STOPPED) and job.can_insert and not job.inserted
        if ready and not self._link.can_insert():
            return tr("To put it into your document, choose {menu} in Inkscape.").format(
                menu=menu_entry()
            )
        return ""

    def look(self, job: Snapshot) -> None:
        """Notice that this drawing has been inserted, or that it takes too long."""
        if job.id not in self._running:
            return
        stamp, asked = self._running[job.id]
        if job.inserted and job.inserted_stamp != stamp:
            del self._running[job.id]
            self._hint(job.id, "")
            self.told.emit(tr("It is in your document. One undo in Inkscape takes it out again."))
        elif time.monotonic() - asked > PATIENCE:
            self._running[job.id] = (stamp, float("inf"))
            self._hint(job.id, self._refused())

    def forget(self, job_id: str) -> None:
        self._hints.pop(job_id, None)
        self._running.pop(job_id, None)

    def _failed(self) -> None:
        for job_id, (stamp, asked) in list(self._running.items()):
            if asked != float("inf"):
                self._running[job_id] = (stamp, float("inf"))
                self._hint(job_id, self._refused())

    def _refused(self) -> str:
        return tr(
            "Inkscape has not taken it. Go to the document it came from and choose {menu}."
        ).format(menu=menu_entry())

    def _hint(self, job_id: str, text: str) -> None:
        if text:
            self._hints[job_id] = text
        else:
            self._hints.pop(job_id, None)
        self.hint_changed.emit()
