"""The history at the window's side: a search field over a list with thumbnails."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from styleclipdraw_core.window.elided_label import two_lines
from styleclipdraw_core.window.history_model import (
    JOB,
    THUMBNAIL,
    HistoryFilter,
    HistoryModel,
    state_line,
)
from styleclipdraw_core.window.snapshot import Snapshot, Stage
from styleclipdraw_core.window.text import ntr, tr
from styleclipdraw_core.window.theme import RADIUS, SPACE, Theme, current_theme, mix, scaled_font

THUMB = 48  # px


class HistoryView(QWidget):
    """Emits which drawing is chosen; what is in it comes through `model`."""

    chosen = Signal(str)
    menu_wanted = Signal(str, object)  # job id, global position
    delete_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = HistoryModel(self)
        self.filter = HistoryFilter(self)
        self.filter.setSourceModel(self.model)
        self.search = _Search()
        self.search.setPlaceholderText(tr("Search drawings"))
        self.search.setAccessibleName(tr("Search drawings"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WindowShortcut)
        find.activated.connect(self.search.setFocus)
        self.list = _List(self)
        self.list.setModel(self.filter)
        self.list.setItemDelegate(_Entry(self.list))
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.menu_wanted.connect(self.menu_wanted)
        self.list.delete_wanted.connect(self.delete_wanted)
        self.nothing = QLabel()
        self.nothing.setProperty("rank", "quiet")
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.nothing.setWordWrap(True)
        self.count = QLabel()
        self.count.setProperty("rank", "quiet")
        self.count.setFont(scaled_font(0.9))

        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE + 4, SPACE + 4, SPACE + 4, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.nothing, 1)
        layout.addWidget(self.count)
        for signal in (
            self.filter.rowsInserted,
            self.filter.rowsRemoved,
            self.filter.modelReset,
            self.filter.layoutChanged,
            self.model.rowsInserted,  # the filter's own come before the model has the new count
            self.model.rowsRemoved,
        ):
            signal.connect(self._count)
        self._count()

    def choose(self, job_id: str) -> None:
        """Make this drawing the current one, whatever is searched for."""
        row = self.model.row_of(job_id)
        if row < 0:
            return
        index = self.filter.mapFromSource(self.model.index(row))
        if not index.isValid():
            self.search.clear()
            index = self.filter.mapFromSource(self.model.index(row))
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)

    def neighbour(self, job_id: str) -> str:
        """The drawing to show when this one goes: the next older, else the next newer."""
        row = self.model.row_of(job_id)
        index = self.filter.mapFromSource(self.model.index(row))
        for other in (index.row() + 1, index.row() - 1):
            job = self.filter.index(other, 0).data(JOB) if other >= 0 else None
            if isinstance(job, Snapshot):
                return job.id
        return ""

    def _search(self, text: str) -> None:
        self.filter.search(text)
        self._count()

    def _count(self) -> None:
        shown, everything = self.filter.rowCount(), self.model.rowCount()
        self.list.setVisible(shown > 0)
        self.nothing.setVisible(shown == 0)
        self.search.setEnabled(everything > 0)
        self.nothing.setText(
            tr("No drawing matches the search.") if everything else tr("No drawings yet.")
        )
        self.count.setVisible(everything > 0)
        if shown == everything:
            self.count.setText(ntr("{count} drawing", "{count} drawings", everything))
        else:
            self.count.setText(tr("{n} of {all}").format(n=shown, all=everything))

    def _current_changed(self, current: QModelIndex) -> None:
        job = current.data(JOB)
        if isinstance(job, Snapshot):
            self.chosen.emit(job.id)


class _Search(QLineEdit):
    """Escape empties it, and does nothing else."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            return
        super().keyPressEvent(event)


class _List(QListView):
    menu_wanted = Signal(str, object)
    delete_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Drawings"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        job = self.currentIndex().data(JOB)
        if event.key() == Qt.Key.Key_Delete and isinstance(job, Snapshot):
            self.delete_wanted.emit(job.id)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        job = index.data(JOB)
        if isinstance(job, Snapshot):
            self.setCurrentIndex(index)
            self.menu_wanted.emit(job.id, event.globalPos())


class _Entry(QStyledItemDelegate):
    """Paints one drawing: thumbnail, words on two lines, state."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(120, max(THUMB, 3 * option.fontMetrics.height()) + 2 * SPACE)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        job = index.data(JOB)
        if not isinstance(job, Snapshot):
            return
        theme = current_theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect: QRect = option.rect.adjusted(0, 1, 0, -1)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            ground = mix(theme.sidebar, theme.accent, 0.22) if selected else theme.hover
            painter.setBrush(ground)
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if focused:
            painter.setPen(QPen(theme.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        thumb = QRect(rect.left() + SPACE, rect.center().y() - THUMB // 2 + 1, THUMB, THUMB)
        _paint_thumbnail(painter, thumb, index.data(THUMBNAIL), job, theme)
        left = thumb.right() + SPACE + 3
        self._paint_words(painter, rect.adjusted(left - rect.left(), 0, -SPACE, 0), job, theme)
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRect, job: Snapshot, theme: Theme) -> None:
        painter.setFont(scaled_font(1.0))
        metrics = painter.fontMetrics()
        first, second = two_lines(job.title, metrics.horizontalAdvance, area.width())
        second = metrics.elidedText(second, Qt.TextElideMode.ElideRight, area.width())
        first = metrics.elidedText(first, Qt.TextElideMode.ElideRight, area.width())
        lines = [line for line in (first, second) if line]
        small = scaled_font(0.88)
        total = metrics.height() * len(lines) + metrics.height()
        y = area.center().y() - total // 2 + metrics.ascent() + 1
        painter.setPen(theme.text)
        for line in lines:
            painter.drawText(area.left(), y, line)
            y += metrics.height()
        painter.setFont(small)
        colour = theme.quiet
        if job.stage is Stage.FAILED:
            colour = theme.bad
        elif not job.stage.over:
            colour = mix(theme.text, theme.accent, 0.6)
        painter.setPen(colour)
        line = painter.fontMetrics().elidedText(
            state_line(job), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area.left(), y + 1, line)


def _paint_thumbnail(
    painter: QPainter, area: QRect, image: QImage | None, job: Snapshot, theme: Theme
) -> None:
    width, height = job.request.width, job.request.height
    scale = min(area.width() / width, area.height() / height)
    w, h = max(3.0, width * scale), max(3.0, height * scale)
    target = QRectF(0, 0, w, h)
    target.moveCenter(QRectF(area).center())
    clip = QPainterPath()
    clip.addRoundedRect(target, 3, 3)
    painter.save()
    painter.setClipPath(clip)
    if isinstance(image, QImage):
        painter.drawImage(target, image)
    else:
        painter.fillPath(clip, mix(theme.sidebar, theme.text, 0.08))
    painter.restore()
    painter.setPen(QPen(theme.line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(target, 3, 3)
