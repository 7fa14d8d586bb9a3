"""Path data to cubic subpaths and back, at full precision; hides the grammar of the d attribute.

inkex's own parser drops what follows compact arc flags, writes six digits and mistakes chained T,
relative t and `Z L`; therefore this one.
"""

from __future__ import annotations

import math
import re
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .affine import Affine, Point
from .arcs import Arc, Segment, arc_segments, line_segment

_NUMBER = re.compile(r"[\s,]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
_FLAG = re.compile(r"[\s,]*([01])")
_COMMAND = re.compile(r"[\s,]*([MmZzLlHhVvCcSsQqTtAa])")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}

# Written coordinates are this much finer than the path is large: a path that fills a wall-sized
# canvas still lands within a thousandth of a pixel of where it was.
RELATIVE_PRECISION = 1e-9


class Subpath(NamedTuple):
    """Control points of cubic segments: 3 n + 1 when open, 3 n when closed (back to the first)."""

    points: Tuple[Point, ...]
    closed: bool

    def through(self, affine: Affine) -> "Subpath":
        return Subpath(tuple(affine.map(self.points)), self.closed)

    def json(self) -> Dict[str, Any]:
        """As job.json has it."""
        return {"closed": self.closed, "points": [list(point) for point in self.points]}


class Pen:
    """Collects segments into subpaths."""

    def __init__(self, start: Point = (0.0, 0.0)) -> None:
        self.done: List[Subpath] = []
        self.here = self.start = start
        self.last_cubic: Optional[Point] = None  # the handle that S mirrors
        self.last_quadratic: Optional[Point] = None  # the handle that T mirrors
        self.is_closed = False  # since the last Z nothing was drawn
        self._points: List[Point] = []

    def move(self, point: Point) -> None:
        self.finish()
        self.here = self.start = point
        self.is_closed = False

    def line(self, end: Point) -> None:
        self.add(line_segment(self.here, end))

    def add(self, segment: Segment) -> None:
        if not self._points:
            self._points.append(self.here)
        self._points.extend(segment)
        self.is_closed = False
        self.here = segment[2]

    def close(self) -> None:
        if self.is_closed:
            return  # Z Z: nothing to close
        if self.here != self.start or not self._points:
            self.line(self.start)
        self.is_closed = True
        self.done.append(Subpath(tuple(self._points[:-1]), True))
        self._points, self.here = [], self.start

    def finish(self) -> None:
        if self._points:
            self.done.append(Subpath(tuple(self._points), False))
        self._points = []


def parse_path(text: Optional[str], tolerance: float = 1e-3) -> List[Subpath]:
    """The subpaths of a d attribute, as far as it can be read (SVG 1.1, appendix F.2).

    `tolerance` is how far, in user units, the cubics of an arc may be from it.
    """
    pen = Pen()
    for command, numbers in _commands(text or ""):
        _draw(pen, command, numbers, tolerance)
    pen.finish()
    return [subpath for subpath in pen.done if _is_finite(subpath.points)]


def _commands(text: str) -> Iterator[Tuple[str, List[float]]]:
    position, command = 0, ""
    while True:
        found = _COMMAND.match(text, position)
        if found:
            if not command and found.group(1) not in "Mm":
                return
            command, position = found.group(1), found.end()
        elif command in ("", "Z", "z"):
            return
        if command in "Zz":
            yield command, []
            continue
        numbers: List[float] = []
        for index in range(_ARGUMENTS[command.upper()]):
            pattern = _FLAG if command in "Aa" and index in (3, 4) else _NUMBER
            match = pattern.match(text, position)
            if not match:
                return
            numbers.append(float(match.group(1)))
            position = match.end()
        yield command, numbers
        command = {"M": "L", "m": "l"}.get(command, command)


def _draw(pen: Pen, command: str, numbers: Sequence[float], tolerance: float) -> None:
    kind = command.upper()
    ox, oy = pen.here if command.islower() else (0.0, 0.0)
    points = [(ox + x, oy + y) for x, y in zip(numbers[0::2], numbers[1::2])]
    cubic, quadratic = pen.last_cubic, pen.last_quadratic
    pen.last_cubic = pen.last_quadratic = None
    if kind == "M":
        pen.move(points[0])
    elif kind == "Z":
        pen.close()
    elif kind == "L":
        pen.line(points[0])
    elif kind == "H":
        pen.line((ox + numbers[0], pen.here[1]))
    elif kind == "V":
        pen.line((pen.here[0], oy + numbers[0]))
    elif kind == "C":
        pen.add((points[0], points[1], points[2]))
        pen.last_cubic = points[1]
    elif kind == "S":
        pen.add((_mirrored(cubic, pen.here), points[0], points[1]))
        pen.last_cubic = points[0]
    elif kind in "QT":
        handle = points[0] if kind == "Q" else _mirrored(quadratic, pen.here)
        pen.add(_raised(pen.here, handle, points[-1]))
        pen.last_quadratic = handle
    else:
        rx, ry, rotation, large, sweep, x, y = numbers
        arc = Arc(rx, ry, rotation, bool(large), bool(sweep), (ox + x, oy + y))
        for segment in arc_segments(pen.here, arc, tolerance):
            pen.add(segment)


def _mirrored(handle: Optional[Point], here: Point) -> Point:
    return here if handle is None else (2 * here[0] - handle[0], 2 * here[1] - handle[1])


def _raised(start: Point, handle: Point, end: Point) -> Segment:
    """A quadratic segment as a cubic one (exact)."""
    return (
        (start[0] + (handle[0] - start[0]) * 2 / 3, start[1] + (handle[1] - start[1]) * 2 / 3),
        (end[0] + (handle[0] - end[0]) * 2 / 3, end[1] + (handle[1] - end[1]) * 2 / 3),
        end,
    )


def _is_finite(points: Iterable[Point]) -> bool:
    return all(math.isfinite(x) and math.isfinite(y) for x, y in points)


def format_path(subpaths: Sequence[Subpath]) -> str:
    """The d attribute of subpaths, absolute, in as few digits as the precision needs.

    A straight segment is written as a line: shorter, and cairo draws upright lines more exactly.
    """
    decimals = _decimals(subpaths)
    slack = 10.0**-decimals

    def pair(point: Point) -> str:
        return "{},{}".format(format_number(point[0], decimals), format_number(point[1], decimals))

    parts: List[str] = []
    for subpath in subpaths:
        points = list(subpath.points) + ([subpath.points[0]] if subpath.closed else [])
        parts.append("M " + pair(points[0]))
        last = ""
        for start in range(0, len(points) - 1, 3):
            first, second, end = points[start + 1 : start + 4]
            straight = _is_straight(points[start], (first, second, end), slack)
            if straight and subpath.closed and start + 4 == len(points) and start > 0:
                break  # Z draws it
            command = "L" if straight else "C"
            written = [end] if straight else [first, second, end]
            parts.extend(
                ([command] if command != last else []) + [pair(point) for point in written]
            )
            last = command
        if subpath.closed:
            parts.append("Z")
    return " ".join(parts)


def _is_straight(start: Point, segment: Segment, slack: float) -> bool:
    """Whether a segment is what `line_segment` makes, as near as the digits tell."""
    line = line_segment(start, segment[2])
    return all(
        abs(handle[axis] - even[axis]) <= slack
        for handle, even in zip(segment[:2], line[:2])
        for axis in (0, 1)
    )


def _decimals(subpaths: Sequence[Subpath]) -> int:
    xs = [x for subpath in subpaths for x, _ in subpath.points]
    ys = [y for subpath in subpaths for _, y in subpath.points]
    if not xs:
        return 0
    extent = max(max(xs) - min(xs), max(ys) - min(ys))
    if extent <= 0:
        extent = max(1e-6, max(map(abs, xs + ys)))
    return max(0, min(17, math.ceil(-math.log10(extent * RELATIVE_PRECISION))))


def format_number(value: float, decimals: int) -> str:
    """A plain decimal without exponent, trailing zeros or a negative zero."""
    if not math.isfinite(value):
        raise ValueError("a coordinate is not a finite number")
    text = "{:.{}f}".format(value, decimals)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
