"""Looks at all job folders a few times a second and tells what changed.

Hides polling: folders appear, change and vanish under it. Polling rather than notifications from
the system, because those are lost on network homes, run out on crowded ones, and say less.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from styleclipdraw_core.job import ID_PATTERN
from styleclipdraw_core.window.job_reader import JobReader
from styleclipdraw_core.window.snapshot import Snapshot

POLL_MS = 250
# Finished jobs only change by a marker or by being deleted: every eighth poll is soon enough.
SLOW_EVERY = 8
# First reading of a long history is spread over polls, so that the window answers at once.
BUDGET_MS = 40


class JobWatch(QObject):
    """All jobs, the newest first, kept up to date."""

    appeared = Signal(object)  # Snapshot
    changed = Signal(object, object)  # Snapshot now, Snapshot before
    vanished = Signal(str)
    ready = Signal()  # the whole history has been read once

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._readers: dict[str, JobReader] = {}
        self._jobs: dict[str, Snapshot] = {}
        self._unread: list[str] = []
        self._polls = 0
        self._ready = False
        self._selected = ""
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)

    def start(self) -> None:
        """Look now, and from now on."""
        self.poll()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @property
    def has_read_all(self) -> bool:
        """Whether the whole history has been read once."""
        return self._ready

    def watch_closely(self, job_id: str) -> None:
        """The job that is shown: it is looked at in every poll."""
        self._selected = job_id

    def job(self, job_id: str) -> Snapshot | None:
        return self._jobs.get(job_id)

    def jobs(self) -> list[Snapshot]:
        """Every job that has been read and not discarded, the newest first."""
        return sorted(
            (job for job in self._jobs.values() if not job.discarded),
            key=lambda job: job.id,
            reverse=True,
        )

    def open_jobs(self) -> list[Snapshot]:
        """Jobs still to be drawn, the next one first."""
        return [job for job in reversed(self.jobs()) if not job.stage.over]

    def waiting_before(self, job_id: str) -> int:
        """How many open jobs are drawn before this one."""
        return sum(job.id < job_id for job in self.open_jobs())

    def look_at(self, job_id: str) -> Snapshot | None:
        """Read this job now, out of turn."""
        if job_id not in self._readers and re.fullmatch(ID_PATTERN, job_id, re.ASCII):
            self._readers[job_id] = JobReader(self.folder / job_id)
        if job_id in self._readers:
            self._look(job_id)
        return self._jobs.get(job_id)

    def poll(self) -> None:
        """One look at everything that may have changed."""
        self._polls += 1
        self._find()
        slow = self._polls % SLOW_EVERY == 0
        for job_id, job in list(self._jobs.items()):
            if slow or job_id == self._selected or not job.stage.over:
                self._look(job_id)
        clock = QElapsedTimer()
        clock.start()
        while self._unread and clock.elapsed() < BUDGET_MS:
            self._look(self._unread.pop())
        if not self._unread and not self._ready:
            self._ready = True
            self.ready.emit()

    def _find(self) -> None:
        try:
            names = {n for n in os.listdir(self.folder) if re.fullmatch(ID_PATTERN, n, re.ASCII)}
        except OSError:
            names = set()
        for gone in self._readers.keys() - names:
            self._forget(gone)
        new = names - self._readers.keys()
        for name in new:
            self._readers[name] = JobReader(self.folder / name)
        # Folders without job.json are not jobs yet: they are asked again until they are.
        pending = set(self._unread) | new | (self._readers.keys() - self._jobs.keys())
        self._unread = sorted(pending & self._readers.keys())

    def _look(self, job_id: str) -> None:
        reader = self._readers.get(job_id)
        if reader is None:
            return
        now, before = reader.read(), self._jobs.get(job_id)
        if now is None:
            if before is not None:
                self._forget(job_id)
            return
        if now == before:
            return
        self._jobs[job_id] = now
        hidden_before = before is None or before.discarded
        if now.discarded:
            if not hidden_before:
                self.vanished.emit(job_id)
        elif hidden_before:
            self.appeared.emit(now)
        else:
            self.changed.emit(now, before)

    def _forget(self, job_id: str) -> None:
        self._readers.pop(job_id, None)
        before = self._jobs.pop(job_id, None)
        if before is not None and not before.discarded:
            self.vanished.emit(job_id)
