"""The paths of a result as something Qt can paint sharp at any size.

Hides the result's JSON: whatever in it is broken is left out. Painting agrees with SVG: fill below
stroke, each with its own opacity, a stroke that crosses itself covered once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from styleclipdraw_core.window.snapshot import mapping, number

# Beyond this many control points converting takes longer than a frame may; the preview is shown.
MOST_POINTS = 60_000
_FAR = 1e6  # px; the folder's own limit for coordinates
_CAPS = {
    "butt": Qt.PenCapStyle.FlatCap,
    "round": Qt.PenCapStyle.RoundCap,
    "square": Qt.PenCapStyle.SquareCap,
}
_JOINS = {
    "miter": Qt.PenJoinStyle.SvgMiterJoin,
    "round": Qt.PenJoinStyle.RoundJoin,
    "bevel": Qt.PenJoinStyle.BevelJoin,
}


@dataclass(frozen=True)
class Shape:
    """One path, ready to be painted."""

    path: QPainterPath
    fill: QColor | None
    pen: QPen | None


def shapes_of(paths: object) -> tuple[Shape, ...] | None:
    """What to paint for a result's `paths`; None when there are too many or they are no list."""
    if not isinstance(paths, list):
        return None
    shapes: list[Shape] = []
    points = 0
    for record in paths:
        fields = mapping(record)
        outline = QPainterPath()
        for subpath in _list(fields.get("subpaths")):
            entry = mapping(subpath)
            points += _append(outline, _list(entry.get("points")), entry.get("closed") is True)
            if points > MOST_POINTS:
                return None
        fill, stroke = fields.get("fill"), fields.get("stroke")
        even_odd = mapping(fill).get("rule") == "evenodd"
        outline.setFillRule(Qt.FillRule.OddEvenFill if even_odd else Qt.FillRule.WindingFill)
        shapes.append(Shape(outline, _colour(mapping(fill).get("colour")), _pen(mapping(stroke))))
    return tuple(shapes)


def paint_shapes(painter: QPainter, shapes: Sequence[Shape]) -> None:
    """Paint in canvas pixels, the first shape at the back."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shape in shapes:
        if shape.fill is not None:
            painter.fillPath(shape.path, shape.fill)
        if shape.pen is not None:
            painter.strokePath(shape.path, shape.pen)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _append(outline: QPainterPath, points: list[Any], closed: bool) -> int:
    """Add one subpath of cubic segments; returns how many control points it has."""
    count = len(points)
    if count > MOST_POINTS or count < (3 if closed else 4) or count % 3 != (0 if closed else 1):
        return count
    places: list[QPointF] = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            return count
        x, y = (number(value, -_FAR, _FAR, float("nan")) for value in point)
        if x != x or y != y:
            return count
        places.append(QPointF(x, y))
    outline.moveTo(places[0])
    if closed:
        places.append(places[0])
    for i in range(1, len(places), 3):
        outline.cubicTo(places[i], places[i + 1], places[i + 2])
    if closed:
        outline.closeSubpath()
    return count


def _colour(value: object) -> QColor | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    return QColor.fromRgbF(*(number(channel, 0, 1, 0.0) for channel in value))


def _pen(stroke: dict[str, Any]) -> QPen | None:
    colour = _colour(stroke.get("colour"))
    width = number(stroke.get("width"), 0, _FAR, 0.0)
    if colour is None or width <= 0:
        return None
    # The folder's format leaves out what is at its default: butt and miter, as in SVG.
    cap = _CAPS.get(str(stroke.get("cap", "butt")), Qt.PenCapStyle.FlatCap)
    join = _JOINS.get(str(stroke.get("join", "miter")), Qt.PenJoinStyle.SvgMiterJoin)
    pen = QPen(colour, width, Qt.PenStyle.SolidLine, cap, join)
    # Qt's limit counts half widths from the join, SVG's whole miter lengths (SVG 2, 13.5.5).
    pen.setMiterLimit(number(stroke.get("miter_limit"), 1, _FAR, 4.0))
    return pen
