"""Path data (SVG 2, section 9.3) to subpaths of cubic segments and back; hides its many spellings.

Every command becomes cubic segments: lines with control points at their thirds, quadratics raised
by one degree, arcs in pieces of at most a quarter turn. Data with an error in it is read up to the
error, as section 9.5.4 of the specification asks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.drawing import Subpath
from styleclipdraw_core.errors import SvgError

Point: TypeAlias = tuple[float, float]
FloatArray: TypeAlias = npt.NDArray[np.float64]

# The grammar of SVG 2, and "10." besides, which SVG 1.1 allowed and Inkscape reads.
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
SPACE = re.compile(r"[ \t\r\n\f]*")
COMMA_SPACE = re.compile(r"[ \t\r\n\f]*,?[ \t\r\n\f]*")
_ARGUMENTS = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7, "z": 0}
_ARC_FLAGS = (3, 4)  # positions of large-arc and sweep among an arc's arguments

# Beyond this a coordinate has no place in a float32 picture; it is read as an error in the data.
LARGEST_COORDINATE = 1e18

# Adding up relative moves leaves a rest of this size, relative to the coordinates, where "z" meets
# the start: no segment, or a join of random direction would be painted there.
CLOSING_ROUNDING = 1e-7


# A document with more would take minutes to read and is no drawing that a person made.
LARGEST_SEGMENT_COUNT = 500_000


def too_many_segments() -> SvgError:
    return SvgError(
        f"The paths of this SVG have more than {LARGEST_SEGMENT_COUNT:,} segments.",
        "Put the paths to work on into a file of their own.",
        code="svg.too-large",
    )


class Outline:
    """The subpaths read so far, and the pen."""

    def __init__(self) -> None:
        self.subpaths: list[Subpath] = []
        self.start: Point = (0.0, 0.0)
        self.pen: Point = (0.0, 0.0)
        self._points: list[Point] = []  # of the subpath under way, its first point included
        self._segment_count = 0

    def move(self, to: Point) -> None:
        self._finish()
        self.start = self.pen = to

    def cubic(self, first: Point, second: Point, to: Point) -> None:
        if not self._points:
            self._points.append(self.pen)
        self._segment_count += 1
        if self._segment_count > LARGEST_SEGMENT_COUNT:
            raise too_many_segments()
        self._points += (first, second, to)
        self.pen = to

    def line(self, to: Point) -> None:
        (ax, ay), (bx, by) = self.pen, to
        dx, dy = (bx - ax) / 3, (by - ay) / 3
        self.cubic((ax + dx, ay + dy), (bx - dx, by - dy), to)

    def close(self) -> None:
        points = self._points
        if not points:
            # "M x y z": a closed subpath of no length, which round and square caps make a dot of.
            self.line(self.start)
        else:
            largest = max(abs(v) for point in points for v in point)
            if math.dist(self.pen, self.start) > CLOSING_ROUNDING * largest:
                self.line(self.start)
        self._points.pop()
        self.subpaths.append(Subpath(np.array(self._points, np.float64), closed=True))
        self._points = []
        self.pen = self.start

    def _finish(self) -> None:
        if self._points:
            self.subpaths.append(Subpath(np.array(self._points, np.float64), closed=False))
            self._points = []

    def finished(self) -> list[Subpath]:
        self._finish()
        return self.subpaths


def parse_path(data: str) -> list[Subpath]:
    """The subpaths that path data describes, up to the first error in it.

    A moveto that nothing is drawn from makes no subpath.
    """
    outline = Outline()
    reflected: Point | None = None  # the control point that S or T mirrors
    previous = ""
    for command, arguments, relative in _commands(data):
        if command == "z":
            outline.close()
            reflected = None
        else:
            if command not in _MIRRORS_AFTER.get(previous, ()):
                reflected = None
            reflected = _draw(outline, command, arguments, relative, reflected)
        previous = command
    return outline.finished()


def _commands(data: str) -> Iterator[tuple[str, list[float], bool]]:
    """Each command in lower case, its arguments, and whether they are relative, up to an error."""
    first = True
    position = skip(SPACE, data, 0)
    while position < len(data):
        letter = data[position]
        command, relative = letter.lower(), letter.islower()
        if command not in _ARGUMENTS or (first and command != "m"):
            return
        first = False
        position = skip(SPACE, data, position + 1)
        if command == "z":
            yield command, [], relative
            continue
        while True:
            arguments, position = _read_arguments(data, position, command)
            if arguments is None:
                return
            yield command, arguments, relative
            if command == "m":
                command = "l"  # pairs that follow a moveto's first are linetos
            after = skip(COMMA_SPACE, data, position)
            if after >= len(data) or data[after].lower() in _ARGUMENTS:
                if "," in data[position:after]:
                    return  # a comma must be followed by a number
                position = after
                break
            position = after


# After which command S and T reflect; after any other they start from the pen.
_MIRRORS_AFTER = {"c": ("s",), "s": ("s",), "q": ("t",), "t": ("t",)}


def _draw(
    outline: Outline, command: str, v: Sequence[float], relative: bool, reflected: Point | None
) -> Point | None:
    """Draw one command and return the control point that S or T after it would mirror."""
    pen = outline.pen
    ox, oy = pen if relative else (0.0, 0.0)
    if command == "h":
        outline.line((v[0] + ox, pen[1]))
        return None
    if command == "v":
        outline.line((pen[0], v[0] + oy))
        return None
    to = (v[-2] + ox, v[-1] + oy)
    if command == "m":
        outline.move(to)
        return None
    if command == "l":
        outline.line(to)
        return None
    if command == "a":
        _draw_arc(outline, v, to)
        return None
    mirrored = pen if reflected is None else (2 * pen[0] - reflected[0], 2 * pen[1] - reflected[1])
    if command in "cs":
        first = (v[0] + ox, v[1] + oy) if command == "c" else mirrored
        second = (v[-4] + ox, v[-3] + oy)
        outline.cubic(first, second, to)
        return second
    control = (v[0] + ox, v[1] + oy) if command == "q" else mirrored
    outline.cubic(_towards(pen, control), _towards(to, control), to)
    return control


def _towards(end: Point, control: Point) -> Point:
    """The cubic's control point next to ``end`` for a quadratic with this control point."""
    return (end[0] + 2 / 3 * (control[0] - end[0]), end[1] + 2 / 3 * (control[1] - end[1]))


def _draw_arc(outline: Outline, v: Sequence[float], to: Point) -> None:
    """An elliptical arc as cubics, by the formulas of SVG 2, appendix B.2.4 and B.2.5."""
    start = outline.pen
    if start == to:
        return  # section 9.5.1: the same endpoints mean no segment
    rx, ry = abs(v[0]), abs(v[1])
    if rx == 0 or ry == 0:
        outline.line(to)
        return
    turn = math.radians(v[2] % 360)
    cos, sin = math.cos(turn), math.sin(turn)
    half_x, half_y = (start[0] - to[0]) / 2, (start[1] - to[1]) / 2
    x, y = (cos * half_x + sin * half_y) / rx, (cos * half_y - sin * half_x) / ry
    length = math.hypot(x, y)  # in units of the radii, of half the chord
    if not math.isfinite(length) or length == 0:
        outline.line(to)
        return
    if length > 1:  # radii too small for the chord are scaled up
        rx, ry, x, y, length = rx * length, ry * length, x / length, y / length, 1.0
    side = math.sqrt(max(0.0, 1 / (length * length) - 1))
    if v[3] == v[4]:
        side = -side
    centre_x, centre_y = side * y, -side * x
    begin = math.atan2(y - centre_y, x - centre_x)
    end = math.atan2(-y - centre_y, -x - centre_x)
    sweep = (end - begin) % (2 * math.pi)
    if not v[4]:
        sweep -= 2 * math.pi
    middle_x, middle_y = (start[0] + to[0]) / 2, (start[1] + to[1]) / 2

    def place(ux: float, uy: float) -> Point:
        """From the unit circle to the ellipse."""
        ex, ey = (ux + centre_x) * rx, (uy + centre_y) * ry
        return (cos * ex - sin * ey + middle_x, sin * ex + cos * ey + middle_y)

    # 1e-6: an arc of a quarter turn stays one piece in spite of rounding.
    pieces = max(1, math.ceil(abs(sweep) / (math.pi / 2) - 1e-6))
    _draw_turn(outline, place, begin, sweep, pieces, to)


def _draw_turn(
    outline: Outline,
    place: Callable[[float, float], Point],
    begin: float,
    sweep: float,
    pieces: int,
    to: Point,
) -> None:
    step = sweep / pieces
    reach = 4 / 3 * math.tan(step / 4)
    for piece in range(pieces):
        a, b = begin + piece * step, begin + (piece + 1) * step
        first = place(math.cos(a) - reach * math.sin(a), math.sin(a) + reach * math.cos(a))
        second = place(math.cos(b) + reach * math.sin(b), math.sin(b) - reach * math.cos(b))
        last = piece == pieces - 1
        outline.cubic(first, second, to if last else place(math.cos(b), math.sin(b)))


def skip(pattern: re.Pattern[str], data: str, position: int) -> int:
    match = pattern.match(data, position)
    return match.end() if match else position


def _read_arguments(data: str, position: int, kind: str) -> tuple[list[float] | None, int]:
    """One group of a command's arguments, or None where the data has an error."""
    values: list[float] = []
    for index in range(_ARGUMENTS[kind]):
        if index:
            position = skip(COMMA_SPACE, data, position)
        if kind == "a" and index in _ARC_FLAGS:
            flag = data[position : position + 1]
            if flag not in ("0", "1"):
                return None, position
            values.append(float(flag))
            position += 1
            continue
        match = NUMBER.match(data, position)
        if match is None:
            return None, position
        value = float(match.group())
        if not abs(value) <= LARGEST_COORDINATE:
            return None, position
        values.append(value)
        position = match.end()
    return values, position


def format_float32(value: float) -> str:
    """The shortest decimal that is read back as the same float32."""
    text = str(np.float32(value))
    return text[:-2] if text.endswith(".0") else text


def format_float(value: float) -> str:
    """Nine significant digits: more than a float32 holds, after any change of coordinates."""
    text = f"{value:.9g}"
    return "0" if text == "-0" else text


def format_path(
    subpaths: Sequence[Subpath],
    number: Callable[[float], str] = format_float32,
    *,
    line_tolerance: float = 0.0,
) -> str:
    """Path data with absolute commands: M, L, C and Z.

    A segment becomes an L when its control points are where a line's would be read back: exactly
    (as float32), or within ``line_tolerance``.
    """
    words: list[str] = []
    for subpath in subpaths:
        points = np.asarray(subpath.points, np.float64)  # [3 n (+ 1), 2]
        ends = np.concatenate([points, points[:1]]) if subpath.closed else points
        count = len(ends) // 3
        straight = _straight(ends, line_tolerance)
        if subpath.closed and bool((ends == ends[0]).all()):
            straight[:] = False  # Inkscape makes a dot of "C Z" and nothing of "L Z" or "Z"
        shortest = 10 * CLOSING_ROUNDING * float(np.abs(ends).max())
        words.append(f"M{number(ends[0, 0])} {number(ends[0, 1])}")
        for segment in range(count):
            rows = ends[3 * segment + 1 : 3 * segment + 4]
            last = subpath.closed and segment == count - 1
            if straight[segment]:
                # A straight last segment is what Z draws, unless it is too short to be one.
                if not last or math.dist(rows[2], ends[3 * segment]) <= shortest:
                    words.append(f"L{number(rows[2, 0])} {number(rows[2, 1])}")
            else:
                words.append("C" + " ".join(number(v) for v in rows.flat))
        if subpath.closed:
            words.append("Z")
    return " ".join(words)


def _straight(ends: FloatArray, tolerance: float) -> npt.NDArray[np.bool_]:
    """[n] of the segments of [3 n + 1, 2] points that a line says as well."""
    a, first, second, b = ends[0:-1:3], ends[1::3], ends[2::3], ends[3::3]
    third = (b - a) / 3
    expected = np.stack([a + third, b - third])  # [2, n, 2]
    actual = np.stack([first, second])
    if tolerance > 0:
        same = np.abs(expected - actual) <= tolerance
    else:
        same = expected.astype(np.float32) == actual.astype(np.float32)
    return np.asarray(same.all((0, 2)))
