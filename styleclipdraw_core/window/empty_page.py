"""What a person sees who has not drawn anything yet: what this is, and where to begin."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from styleclipdraw_core.window.notices import plain_label
from styleclipdraw_core.window.text import tr
from styleclipdraw_core.window.theme import SPACE, current_theme, scaled_font

# A leaf in eight strokes: each x, y of four control points on a field of 100 by 100, and its width.
_LEAF = (
    ((50, 94, 50, 74, 49, 58, 50, 10), 2.6),
    ((50, 10, 22, 26, 16, 56, 50, 80), 3.4),
    ((50, 10, 78, 26, 84, 56, 50, 80), 3.4),
    ((50, 34, 44, 32, 38, 32, 34, 27), 1.6),
    ((50, 34, 56, 32, 62, 32, 66, 27), 1.6),
    ((50, 50, 42, 48, 34, 47, 27, 42), 1.6),
    ((50, 50, 58, 48, 66, 47, 73, 42), 1.6),
    ((50, 66, 44, 64, 38, 63, 33, 58), 1.6),
)


class EmptyPage(QWidget):
    """Shown when there is no drawing at all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        title = plain_label(tr("Your drawings grow here"), wrap=True)
        title.setFont(scaled_font(1.5, bold=True))
        first = plain_label(
            tr(
                "In Inkscape, choose Extensions > StyleCLIPDraw > Draw…\n"
                "and say in a few words what you would like to see."
            ),
            wrap=True,
        )
        second = plain_label(
            tr(
                "Go on working while it draws. When it is done, the paths\n"
                "come into your document, and one undo takes them out again."
            ),
            rank="quiet",
            wrap=True,
        )
        column = QVBoxLayout(self)
        column.setSpacing(2 * SPACE)
        column.addStretch(1)
        column.addWidget(_Leaf(), 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (title, first, second):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addStretch(2)


def icon() -> QIcon:
    """The leaf as the window's icon."""
    made = QIcon()
    for side in (32, 64, 128):
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        _paint_leaf(painter, side, QColor("#f2f2f2"), QColor("#2e9e5b"))
        painter.end()
        made.addPixmap(pixmap)
    return made


def _paint_leaf(painter: QPainter, side: float, ground: QColor, ink: QColor) -> None:
    """The leaf on a round ground, `side` px wide."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawEllipse(QRectF(0, 0, side, side))
    painter.scale(side / 150, side / 150)
    painter.translate(25, 22)
    bolder = max(1.0, 96 / side)  # a hair line is nothing on a small icon
    for (ax, ay, bx, by, cx, cy, dx, dy), width in _LEAF:
        stroke = QPainterPath(QPointF(ax, ay))
        stroke.cubicTo(QPointF(bx, by), QPointF(cx, cy), QPointF(dx, dy))
        painter.strokePath(
            stroke, QPen(ink, bolder * width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )


class _Leaf(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(150, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        _paint_leaf(QPainter(self), self.width(), theme.desk, theme.good)
