"""Elliptical arcs as cubic segments, no further from the true arc than asked.

Hides the arc parametrisation of SVG.
"""

from __future__ import annotations

import math
from typing import List, NamedTuple, Tuple

from .affine import Affine, Point

# A cubic through 90 degrees of a unit circle strays by 2.73e-4; the error falls with the sixth
# power of the angle (Goldapp 1991, "Approximation of circular arcs by cubic polynomials").
QUARTER_ERROR = 2.73e-4

Segment = Tuple[Point, Point, Point]  # the two handles and the end of one cubic


class Arc(NamedTuple):
    """What follows the current point in an `A` command."""

    rx: float
    ry: float
    rotation: float  # degrees
    large: bool
    sweep: bool
    end: Point


def arc_segments(start: Point, arc: Arc, tolerance: float) -> List[Segment]:
    """The cubic segments of one `A` command, at most `tolerance` user units off.

    Follows https://www.w3.org/TR/SVG11/implnote.html#ArcImplementationNotes
    """
    if start == arc.end:
        return []
    rx, ry = abs(arc.rx), abs(arc.ry)
    if rx == 0 or ry == 0 or not math.isfinite(rx * ry):
        return [line_segment(start, arc.end)]
    turn = math.radians(arc.rotation % 360.0)
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy = (start[0] - arc.end[0]) / 2, (start[1] - arc.end[1]) / 2
    x, y = (cos * dx + sin * dy) / rx, (cos * dy - sin * dx) / ry  # on the unit circle's plane
    reach = math.hypot(x, y)
    if reach > 1:
        rx, ry, x, y = rx * reach, ry * reach, x / reach, y / reach
    length2 = x * x + y * y
    if length2 == 0:
        return [line_segment(start, arc.end)]
    offset = math.sqrt(max(0.0, 1 / length2 - 1)) * (-1 if arc.large == arc.sweep else 1)
    centre = (offset * y, -offset * x)
    first = math.atan2(y - centre[1], x - centre[0])
    sweep = math.atan2(-y - centre[1], -x - centre[0]) - first
    if arc.sweep and sweep < 0:
        sweep += 2 * math.pi
    elif not arc.sweep and sweep > 0:
        sweep -= 2 * math.pi
    middle = ((start[0] + arc.end[0]) / 2, (start[1] + arc.end[1]) / 2)
    plane = Affine(cos * rx, sin * rx, -sin * ry, cos * ry, *middle)
    plane = plane @ Affine(e=centre[0], f=centre[1])
    segments = unit_arc(plane, first, sweep, segment_count(abs(sweep), plane.stretch, tolerance))
    segments[-1] = (segments[-1][0], segments[-1][1], arc.end)
    return segments


def unit_arc(plane: Affine, first: float, sweep: float, count: int) -> List[Segment]:
    """`count` cubics along the unit circle, from angle `first` through `sweep`, in `plane`."""
    step = sweep / count
    handle = 4 / 3 * math.tan(step / 4)
    segments = []
    for index in range(count):
        u, v = first + index * step, first + (index + 1) * step
        segments.append(
            (
                plane((math.cos(u) - handle * math.sin(u), math.sin(u) + handle * math.cos(u))),
                plane((math.cos(v) + handle * math.sin(v), math.sin(v) - handle * math.cos(v))),
                plane((math.cos(v), math.sin(v))),
            )
        )
    return segments


def segment_count(sweep: float, radius: float, tolerance: float) -> int:
    """As few cubics as keep within the tolerance, a power of two.

    Inkscape draws arcs by halving them until they fit; the same number of halves gives the same
    picture to the last pixel.
    """
    count = 1
    while QUARTER_ERROR * radius * (sweep / count / (math.pi / 2)) ** 6 > tolerance and count < 256:
        count *= 2
    return count


def line_segment(start: Point, end: Point) -> Segment:
    """A straight line as a cubic whose parameter runs evenly."""
    (x0, y0), (x1, y1) = start, end
    return (
        (x0 + (x1 - x0) / 3, y0 + (y1 - y0) / 3),
        (x1 - (x1 - x0) / 3, y1 - (y1 - y0) / 3),
        end,
    )
