"""The picture on its desk, at the document's aspect and the screen's sharpness.

Hides where the pixels come from: the paths of the result when they are there, else the preview.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageReader,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from styleclipdraw_core.window.sharp_picture import Shape, paint_shapes, shapes_of
from styleclipdraw_core.window.snapshot import Snapshot, mapping, read_json, stamp_of
from styleclipdraw_core.window.text import tr
from styleclipdraw_core.window.theme import RADIUS, SPACE, current_theme, scaled_font

# A picture decoded beyond this many pixels a side is more than any screen shows.
LARGEST_SIDE = 4096
# Painting more paths than this several times a second would take the processor from the optimizer;
# its preview, which is made anyway, is shown until the drawing is over.
MOST_LIVE_PATHS = 200


def read_picture(path: Path, longest: int = LARGEST_SIDE) -> QImage | None:
    """The picture, scaled down while decoding to `longest` px a side; None when it is none."""
    if not stamp_of(path):
        return None
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > longest:
        size.scale(longest, longest, Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(size)
    image = reader.read()
    return None if image.isNull() else image


class PictureView(QWidget):
    """Shows one job's drawing so far."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 140)
        self._job: Snapshot | None = None
        self._shapes: tuple[Shape, ...] | None = None
        self._preview: QImage | None = None
        self._backdrop: QImage | None = None
        self._stamps = (0, 0)
        self._cache: QPixmap | None = None

    @property
    def has_picture(self) -> bool:
        return bool(self._shapes) or self._preview is not None

    def show_job(self, job: Snapshot) -> None:
        """Show this job as it is now; reads a file only when it has changed."""
        before = self._job
        self._job = job
        if before is None or before.id != job.id:
            self._shapes = self._preview = None
            self._stamps = (0, 0)
            backdrop = job.request.backdrop
            self._backdrop = read_picture(job.folder / backdrop) if backdrop else None
            self._cache = None
            self.setAccessibleName(tr("Picture of the drawing: {prompt}").format(prompt=job.title))
        stamps = (job.preview_stamp, job.result_stamp)
        if stamps != self._stamps:
            self._read(job, stamps)
        if self._cache is None:
            self.update()

    def _read(self, job: Snapshot, stamps: tuple[int, int]) -> None:
        preview_changed = stamps[0] != self._stamps[0]
        sharp = job.stage.over or job.result_paths <= MOST_LIVE_PATHS
        if stamps[1] and stamps[1] != self._stamps[1] and sharp:
            data = mapping(read_json(job.folder / "result.json"))
            self._shapes = shapes_of(data.get("paths")) or None
        if preview_changed and not self._shapes:
            # A preview that is being replaced may be unreadable for a moment: keep the last one.
            self._preview = read_picture(job.folder / "preview.png") or self._preview
        self._stamps = stamps
        self._cache = None

    def paper(self) -> QRectF:
        """Where the paper lies, in widget px."""
        margin = 2.5 * SPACE
        room = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        request = self._job.request if self._job else None
        width, height = (request.width, request.height) if request else (1, 1)
        scale = min(room.width() / width, room.height() / height)
        # A sliver of a canvas still gets a visible thickness.
        w, h = max(2.0, width * scale), max(2.0, height * scale)
        centre = room.center()
        return QRectF(round(centre.x() - w / 2), round(centre.y() - h / 2), round(w), round(h))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._cache = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.desk)
        painter.drawRoundedRect(self.rect(), RADIUS + 2, RADIUS + 2)
        if self._job is None:
            return
        paper = self.paper()
        for grow in range(6, 0, -1):  # a soft shadow: six faint rings
            painter.setBrush(QColor(0, 0, 0, 12 if theme.dark else 7))
            painter.drawRoundedRect(paper.adjusted(-grow, 2 - grow, grow, 2 + grow), 4, 4)
        if self._cache is None:
            self._cache = self._painted(paper)
        painter.drawPixmap(paper.topLeft(), self._cache)
        if not self.has_picture:
            over = self._job.stage.over
            words = tr("Nothing was drawn") if over else tr("The first strokes\nappear here")
            painter.setPen(QColor(0, 0, 0, 110) if self._bright() else QColor(255, 255, 255, 140))
            painter.setFont(scaled_font(1.0))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)

    def _bright(self) -> bool:
        assert self._job is not None
        r, g, b = self._job.request.background
        return self._backdrop is None and 0.3 * r + 0.6 * g + 0.1 * b > 0.5

    def _painted(self, paper: QRectF) -> QPixmap:
        assert self._job is not None
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(paper.width() * ratio), round(paper.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor.fromRgbF(*self._job.request.background))
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        whole = QRectF(0, 0, paper.width(), paper.height())
        if self._backdrop is not None:
            painter.drawImage(whole, self._backdrop)
        if self._shapes:
            request = self._job.request
            painter.scale(paper.width() / request.width, paper.height() / request.height)
            paint_shapes(painter, self._shapes)
        elif self._preview is not None:
            painter.drawImage(whole, self._preview)
        painter.end()
        return pixmap
