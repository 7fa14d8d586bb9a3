"""The drawings as a list that Qt can show, search and draw thumbnails for.

Hides when thumbnails are read: only those that are asked for, a few at a time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QElapsedTimer,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    QTimer,
)
from PySide6.QtGui import QImage

from styleclipdraw_core.window.picture_view import read_picture
from styleclipdraw_core.window.snapshot import Snapshot, Stage
from styleclipdraw_core.window.text import tr, when

Index = QModelIndex | QPersistentModelIndex
JOB = Qt.ItemDataRole.UserRole
THUMBNAIL = Qt.ItemDataRole.DecorationRole
SEARCH = Qt.ItemDataRole.UserRole + 1
SORT = Qt.ItemDataRole.UserRole + 2

THUMBNAIL_SIDE = 128  # px, enough for 48 px on a screen of double density
_BUDGET_MS = 12
_PAUSE_MS = 15


class HistoryModel(QAbstractListModel):
    """All drawings; rows are in no order, the proxy sorts them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Snapshot] = []
        self._thumbnails: dict[str, tuple[int, QImage | None]] = {}
        self._wanted: dict[str, None] = {}  # an ordered set
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._read_some)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt has it so)
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job = self._jobs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return job.title
        if role == JOB:
            return job
        if role == THUMBNAIL:
            return self._thumbnail(job)
        if role == SEARCH:
            return search_text(job)
        if role == SORT:
            return job.id
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{job.title}. {state_line(job)}"
        return None

    @property
    def busy(self) -> bool:
        """Whether thumbnails are still to be read."""
        return bool(self._wanted)

    def row_of(self, job_id: str) -> int:
        return next((row for row, job in enumerate(self._jobs) if job.id == job_id), -1)

    def put(self, job: Snapshot) -> None:
        """Add this job, or show it as it is now."""
        row = self.row_of(job.id)
        if row < 0:
            self.beginInsertRows(QModelIndex(), len(self._jobs), len(self._jobs))
            self._jobs.append(job)
            self.endInsertRows()
            return
        self._jobs[row] = job
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def remove(self, job_id: str) -> None:
        row = self.row_of(job_id)
        if row < 0:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._jobs[row]
        self._thumbnails.pop(job_id, None)
        self._wanted.pop(job_id, None)
        self.endRemoveRows()

    def _thumbnail(self, job: Snapshot) -> QImage | None:
        stamp, image = self._thumbnails.get(job.id, (0, None))
        if job.preview_stamp and stamp != job.preview_stamp:
            self._wanted[job.id] = None
            if not self._timer.isActive():
                self._timer.start()
        return image

    def _read_some(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        while self._wanted and clock.elapsed() < _BUDGET_MS:
            job_id, _ = self._wanted.popitem()  # the latest asked for is the one in sight
            row = self.row_of(job_id)
            if row < 0:
                continue
            job = self._jobs[row]
            image = read_picture(job.folder / "preview.png", THUMBNAIL_SIDE)
            if image is None:
                _, image = self._thumbnails.get(job_id, (0, None))
            self._thumbnails[job_id] = (job.preview_stamp, image)
            index = self.index(row)
            self.dataChanged.emit(index, index, [THUMBNAIL])
        if not self._wanted:
            self._timer.stop()


class HistoryFilter(QSortFilterProxyModel):
    """The newest first; only those that hold every word of the search."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSortRole(SORT)
        self.setDynamicSortFilter(True)
        self.sort(0, Qt.SortOrder.DescendingOrder)

    def search(self, text: str) -> None:
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._words:
            return True
        text = self.sourceModel().index(row, 0, parent).data(SEARCH)
        return all(word in text for word in self._words)


def search_text(job: Snapshot) -> str:
    """What a search looks through."""
    request = job.request
    return " ".join(
        (
            request.prompt,
            request.negative,
            request.preset,
            f"seed {request.seed}",
            state_line(job),
            f"{job.created:%Y-%m-%d}" if job.created else "",
        )
    ).casefold()


def state_line(job: Snapshot, before: int = 0) -> str:
    """The second line of an entry: what becomes of it, or what became of it and when."""
    if job.stage is Stage.WAITING:
        return tr("Waiting")
    if job.stage is Stage.STARTING:
        return tr("Getting ready")
    if job.stage is Stage.DRAWING:
        if job.stopping:
            return tr("Stopping")
        fraction = job.fraction
        return (
            tr("Drawing")
            if fraction is None
            else tr("Drawing, {n} %").format(n=int(100 * fraction))
        )
    date = when(job.created, datetime.now().astimezone()) if job.created else ""
    if job.stage is Stage.FAILED:
        state = tr("Failed")
    elif job.inserted:
        state = tr("Inserted")
    elif job.stage is Stage.STOPPED:
        state = tr("Stopped")
    else:
        state = tr("Done")
    return f"{state} · {date}" if date else state
