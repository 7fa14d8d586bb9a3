"""Rectangles, circles, ellipses, lines, polylines and polygons as cubic subpaths.

Hides their attributes.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, Dict, List

from .affine import Affine
from .arcs import unit_arc
from .lengths import DEFAULT_FONT_SIZE, Viewport, parse_length
from .path_data import Pen, Subpath, parse_path

# Inkscape draws the corners of a rectangle with this handle, not with the circle's 0.5523
# (src/object/sp-rect.cpp); with the circle's, a corner of 100 px would move by a tenth of one.
RECTANGLE_HANDLE = 0.554

_NUMBER = re.compile(r"[\s,]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")

# The attributes that make up each shape; a path does not know them.
GEOMETRY = {
    "path": ("d",),
    "rect": ("x", "y", "width", "height", "rx", "ry"),
    "circle": ("cx", "cy", "r"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "line": ("x1", "y1", "x2", "y2"),
    "polyline": ("points",),
    "polygon": ("points",),
}


class ShapeReader:
    """Reads one element's shape: `tolerance` is how far a curve may stray, in user units."""

    def __init__(
        self, viewport: Viewport, tolerance: float, font_size: float = DEFAULT_FONT_SIZE
    ) -> None:
        self.viewport, self.tolerance, self.font_size = viewport, tolerance, font_size
        self._readers: Dict[str, Callable[[Any], List[Subpath]]] = {
            "path": lambda element: parse_path(element.get("d"), self.tolerance),
            "rect": self._rectangle,
            "circle": self._circle,
            "ellipse": self._ellipse,
            "line": self._line,
            "polyline": lambda element: self._corners(element, closed=False),
            "polygon": lambda element: self._corners(element, closed=True),
        }

    def read(self, kind: str, element: Any) -> List[Subpath]:
        """The subpaths, none when the element's own attributes forbid drawing it."""
        return self._readers[kind](element)

    def _length(self, element: Any, name: str) -> float:
        full = self.viewport.width
        if name in ("y", "cy", "ry", "height", "y1", "y2"):
            full = self.viewport.height
        elif name == "r":
            full = self.viewport.diagonal
        value = parse_length(element.get(name), full, self.font_size)
        return 0.0 if value is None else value

    def _rectangle(self, element: Any) -> List[Subpath]:
        x, y, width, height = (self._length(element, n) for n in ("x", "y", "width", "height"))
        if not (width > 0 and height > 0):
            return []
        rx, ry = self._length(element, "rx"), self._length(element, "ry")
        # One that is missing, zero or negative follows the other (as in Inkscape's sp-rect.cpp).
        rx, ry = rx if rx > 0 else ry, ry if ry > 0 else rx
        rx, ry = min(rx, width / 2), min(ry, height / 2)
        right, bottom = x + width, y + height
        pen = Pen()
        if rx <= 0 or ry <= 0:
            pen.move((x, y))
            for corner in ((right, y), (right, bottom), (x, bottom)):
                pen.line(corner)
            pen.close()
            return pen.done
        hx, hy = rx * (1 - RECTANGLE_HANDLE), ry * (1 - RECTANGLE_HANDLE)
        pen.move((x + rx, y))
        pen.line((right - rx, y))
        pen.add(((right - hx, y), (right, y + hy), (right, y + ry)))
        pen.line((right, bottom - ry))
        pen.add(((right, bottom - hy), (right - hx, bottom), (right - rx, bottom)))
        pen.line((x + rx, bottom))
        pen.add(((x + hx, bottom), (x, bottom - hy), (x, bottom - ry)))
        pen.line((x, y + ry))
        pen.add(((x, y + hy), (x + hx, y), (x + rx, y)))
        pen.close()
        return pen.done

    def _circle(self, element: Any) -> List[Subpath]:
        radius = self._length(element, "r")
        return self._round(element, radius, radius)

    def _ellipse(self, element: Any) -> List[Subpath]:
        return self._round(element, self._length(element, "rx"), self._length(element, "ry"))

    def _round(self, element: Any, rx: float, ry: float) -> List[Subpath]:
        if not (rx > 0 and ry > 0):
            return []
        plane = Affine(rx, 0, 0, ry, self._length(element, "cx"), self._length(element, "cy"))
        pen = Pen(plane((1.0, 0.0)))
        segments = unit_arc(plane, 0.0, 2 * math.pi, 4)  # four at any size, as Inkscape draws it
        for first, second, end in segments[:-1]:
            pen.add((first, second, end))
        pen.add((segments[-1][0], segments[-1][1], pen.start))
        pen.close()
        return pen.done

    def _line(self, element: Any) -> List[Subpath]:
        pen = Pen((self._length(element, "x1"), self._length(element, "y1")))
        pen.line((self._length(element, "x2"), self._length(element, "y2")))
        pen.finish()
        return pen.done

    def _corners(self, element: Any, closed: bool) -> List[Subpath]:
        text, position, numbers = element.get("points") or "", 0, []
        while True:
            match = _NUMBER.match(text, position)
            if not match:
                break
            numbers.append(float(match.group(1)))
            position = match.end()
        # Inkscape draws a polygon with an error in it, but does not close it (sp-polygon.cpp).
        closed = closed and not text[position:].strip() and len(numbers) % 2 == 0
        corners = list(zip(numbers[0::2], numbers[1::2]))
        if len(corners) < 2:
            return []
        pen = Pen(corners[0])
        for corner in corners[1:]:
            pen.line(corner)
        if closed:
            pen.close()
        pen.finish()
        return pen.done
