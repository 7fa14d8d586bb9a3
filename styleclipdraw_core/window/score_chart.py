"""A sparkline: one judge's score over the steps, with its name and its last value."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from styleclipdraw_core.window.text import score, tr
from styleclipdraw_core.window.theme import SPACE, current_theme, scaled_font

Points = Sequence[tuple[float, float]]  # step and score


def smoothed(points: Points, window: int = 5) -> list[tuple[float, float]]:
    """A running mean: the judges look through random crops, so single scores jump."""
    out: list[tuple[float, float]] = []
    for i, (step, _) in enumerate(points):
        near = points[max(0, i - window + 1) : i + 1]
        out.append((step, sum(value for _, value in near) / len(near)))
    return out


class ScoreChart(QWidget):
    """Name on the left, last value on the right, the curve below."""

    def __init__(self, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._points: Points = ()
        self._steps = 0
        self.setToolTip(hint)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(180, self.fontMetrics().height() + 34)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def show_points(self, points: Points, steps: int) -> None:
        """Show this series; `steps` is where the axis ends."""
        if points is self._points and steps == self._steps:
            return
        self._points, self._steps = points, steps
        value = score(points[-1][1]) if points else tr("none yet")
        self.setAccessibleName(f"{self._name}: {value}")
        self.update()

    def curve(self, area: QRectF) -> QPainterPath:
        """The curve inside `area`; empty with fewer than two points."""
        path = QPainterPath()
        if len(self._points) < 2:
            return path
        points = smoothed(self._points)
        low, high = min(v for _, v in points), max(v for _, v in points)
        reach = high - low or 1.0
        last = max(self._steps, points[-1][0], 1.0)
        for i, (step, value) in enumerate(points):
            place = QPointF(
                area.left() + area.width() * step / last,
                area.bottom() - area.height() * ((value - low) / reach if high > low else 0.5),
            )
            if i:
                path.lineTo(place)
            else:
                path.moveTo(place)
        return path

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(scaled_font(0.9))
        height = painter.fontMetrics().height()
        head = QRectF(0, 0, self.width(), height)
        value = score(self._points[-1][1]) if self._points else "–"
        value_width = painter.fontMetrics().horizontalAdvance(value)
        name = painter.fontMetrics().elidedText(
            self._name, Qt.TextElideMode.ElideRight, max(0, self.width() - value_width - SPACE)
        )
        painter.setPen(theme.quiet)
        painter.drawText(head, Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(theme.text)
        painter.drawText(head, Qt.AlignmentFlag.AlignRight, value)
        area = QRectF(0, height + 5, self.width() - 3, self.height() - height - 8)
        painter.setPen(QPen(theme.line, 1))
        painter.drawLine(
            QPointF(0, area.bottom() + 1.5), QPointF(self.width(), area.bottom() + 1.5)
        )
        curve = self.curve(area)
        if curve.elementCount() == 0:
            return
        below = QPainterPath(curve)
        end, start = curve.currentPosition(), curve.elementAt(0)
        below.lineTo(end.x(), area.bottom() + 1)
        below.lineTo(start.x, area.bottom() + 1)
        shade = QLinearGradient(0, area.top(), 0, area.bottom())
        strong, faint = QColor(theme.accent), QColor(theme.accent)
        strong.setAlpha(70)
        faint.setAlpha(8)
        shade.setColorAt(0, strong)
        shade.setColorAt(1, faint)
        painter.fillPath(below, shade)
        painter.strokePath(curve, QPen(theme.accent, 1.6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent)
        painter.drawEllipse(end, 2.6, 2.6)
