"""What to fill: turns paths, their strokes included, into closed polygons; hides joins and caps.

A stroke is painted as the polygon around it, so that one rule of coverage serves fills and strokes
(SVG 2, section 13.7, computing the shape of the stroke). The polygon is written down twice: as positions,
and as a recipe that says how each vertex follows from control points and width. The recipe is what
makes the outline differentiable: a backend evaluates it, or runs it backwards.

A vertex of the recipe is a point q on the curve (see `curves`), moved along normals by half the stroke
width h:

    CENTRE    q
    OFFSET    q + h (c0 n + c1 n'),  n a unit normal of the curve and n' the same turned by 90 degrees
    ARC       q + h c0 R(c1 angle) n_a,  with the signed angle from n_a to n_b
    MITER     q + h c0 (n_a + n_b) / (1 + n_a . n_b)

On a bend c0 is longer by a twelfth of the squared turn, for the reason that moves q off the curve.
Outlines run so that a stroke's winding is positive.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.curves import (
    DIRECTION,
    FINEST,
    FLATNESS,
    LARGEST_TURN,
    arc_pieces,
    control_points,
    is_smooth,
    longer_radius,
    pieces_of,
    point_at,
    put_chord,
    put_tangent,
)

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
Records = npt.NDArray[Any]

CENTRE, OFFSET, ARC, MITER = 0, 1, 2, 3
NONZERO, EVENODD, STROKE = 0, 1, 2

# a smaller turn (radians) between two segments is no corner: no centre vertex on its inner side.
SMALLEST_CORNER = 0.02
BUTT, ROUND_CAP, SQUARE = 0, 1, 2
MITER_JOIN, ROUND_JOIN = 0, 1

# A vertex: segment, first and second direction and kind of its recipe; t, e, c0 and c1; position in px.
VERTEX = np.dtype(
    [(name, np.int32) for name in ("segment", "first", "second", "kind")]
    + [(name, np.float32) for name in ("t", "e", "c0", "c1", "x", "y")]
)


class Geometry(NamedTuple):
    """The numbers of one batch of drawings as flat arrays; C points, K segments, P paths in all."""

    points: FloatArray  # [C, 2]
    widths: FloatArray  # [P]
    segments: IntArray  # [K, 4] control points of each cubic
    segment_offsets: IntArray  # [S + 1] segments of each subpath
    path_offsets: IntArray  # [P + 1] subpaths of each path
    closed: npt.NDArray[np.bool_]  # [S]
    has_stroke: npt.NDArray[np.bool_]  # [P]
    has_fill: npt.NDArray[np.bool_]  # [P]
    caps: IntArray  # [P]
    joins: IntArray  # [P]
    miter_limits: FloatArray  # [P]
    fill_rules: IntArray  # [P]


class Shapes(NamedTuple):
    """Polygons to paint, in z-order; the fill of a path comes before its stroke."""

    path: IntArray  # [N]
    rule: IntArray  # [N] NONZERO, EVENODD or STROKE
    end: IntArray  # [N] one past its last vertex


class Outline(NamedTuple):
    """Polygons of a batch of drawings. V vertices; the edge of a vertex leads to ``following`` it."""

    vertices: Records  # [V] of VERTEX
    following: IntArray  # [V]
    directions: Records  # [D] of DIRECTION
    shapes: Shapes  # [N]

    def positions(self) -> FloatArray:
        """[V, 2] px, a view."""
        floats: FloatArray = self.vertices.view(np.float32).reshape(-1, VERTEX.itemsize // 4)
        return floats[:, -2:]


def outline_of(geometry: Geometry, first: int = 0, last: int | None = None) -> Outline:
    """The polygons of paths ``first`` to ``last`` - 1 (all of them), in z-order, batch after batch."""
    last = len(geometry.widths) if last is None else last
    room, shapes = _likely_vertices(geometry, first, last), 2 * (last - first)
    while True:
        vertices, back = np.empty(room, VERTEX), np.empty(room, VERTEX)
        following, directions = np.empty(room, np.int32), np.empty(room, DIRECTION)
        path, rule, end = (np.empty(shapes, np.int32) for _ in range(3))
        outline = Outline(vertices, following, directions, Shapes(path, rule, end))
        v, d, s = _plan(geometry, first, last, outline, back)
        if v >= 0:
            return Outline(
                vertices[:v], following[:v], directions[:d], Shapes(path[:s], rule[:s], end[:s])
            )
        room *= 2


@compiled()
def _likely_vertices(geometry, first, last):  # type: ignore[no-untyped-def]
    """About how many vertices the outlines will have."""
    count = 64
    for path in range(first, last):
        h = 0.5 * geometry.widths[path]
        node = 2 * arc_pieces(math.pi, h) + 8
        for subpath in range(geometry.path_offsets[path], geometry.path_offsets[path + 1]):
            count += 4 * node
            for k in range(
                geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]
            ):
                count += 4 * pieces_of(control_points(geometry.points, geometry.segments, k)) + node
    return count


@compiled(forceinline=True)
def _put(vertices, n, k, t, e, kind, a, b, c0, c1, x, y):  # type: ignore[no-untyped-def]
    into = vertices[np.uint64(n)]
    into.segment, into.first, into.second, into.kind = k, a, b, kind
    into.t, into.e, into.c0, into.c1, into.x, into.y = t, e, c0, c1, x, y
    return n + 1


@compiled()
def _put_node(vertices, n, side, k, t, e, px, py, directions, a, b, h, join, limit, longer):  # type: ignore[no-untyped-def]
    """The vertices of one side where direction a ends and b begins -> how many there are now."""
    from_a, from_b = directions[np.uint64(a)], directions[np.uint64(b)]
    ax, ay, bx, by = from_a.nx * 1.0, from_a.ny * 1.0, from_b.nx * 1.0, from_b.ny * 1.0
    if a == b:
        c0 = side * longer
        return _put(vertices, n, k, t, e, OFFSET, a, a, c0, 0.0, px + h * c0 * ax, py + h * c0 * ay)
    n = _put(vertices, n, k, t, e, OFFSET, a, a, side, 0.0, px + h * side * ax, py + h * side * ay)
    cross, dot = ax * by - ay * bx, ax * bx + ay * by
    angle = math.atan2(cross, dot)
    if abs(angle) > SMALLEST_CORNER:
        if side * angle > 0:  # the inner side of the bend
            n = _put(vertices, n, k, t, e, CENTRE, a, a, 0.0, 0.0, px, py)
        elif join == ROUND_JOIN:
            pieces = arc_pieces(angle, h)
            c0 = side * (longer_radius(pieces, angle / pieces) if pieces > 1 else 1.0)
            for j in range(1, pieces):
                c, s = math.cos(j / pieces * angle), math.sin(j / pieces * angle)
                x, y = px + h * c0 * (c * ax - s * ay), py + h * c0 * (c * ay + s * ax)
                n = _put(vertices, n, k, t, e, ARC, a, b, c0, j / pieces, x, y)
        # SVG 2, 13.5.5: miter length over stroke width is 1 / sin(half the angle between segments).
        elif join == MITER_JOIN and 1 + dot > 1e-4 and 2.0 <= limit * limit * (1 + dot):
            x, y = px + side * h * (ax + bx) / (1 + dot), py + side * h * (ay + by) / (1 + dot)
            n = _put(vertices, n, k, t, e, MITER, a, b, side, 0.0, x, y)
    return _put(
        vertices, n, k, t, e, OFFSET, b, b, side, 0.0, px + h * side * bx, py + h * side * by
    )


@compiled()
def _put_nodes(vertices, n, back, count, c, k, t, e, directions, a, b, h, join, limit, longer):  # type: ignore[no-untyped-def]
    """`_put_node` on both sides -> how many vertices there are now on each."""
    x, y = point_at(c, t, e)
    n = _put_node(vertices, n, 1.0, k, t, e, x, y, directions, a, b, h, join, limit, longer)
    count = _put_node(back, count, -1.0, k, t, e, x, y, directions, a, b, h, join, limit, longer)
    return n, count


@compiled()
def _put_cap(vertices, n, cap, end, k, t, px, py, directions, a, h):  # type: ignore[no-untyped-def]
    """The vertices from one side to the other at an end (``end`` 1) or a start (-1) -> count."""
    normal = directions[np.uint64(a)]
    nx, ny = h * normal.nx, h * normal.ny
    n = _put(vertices, n, k, t, 0.0, OFFSET, a, a, end, 0.0, px + end * nx, py + end * ny)
    if cap == ROUND_CAP:
        pieces = arc_pieces(math.pi, h)
        turn = math.pi / pieces
        longer, cos, sin = end * longer_radius(pieces, turn), math.cos(turn), math.sin(turn)
        c0, c1 = longer, 0.0
        for _ in range(1, pieces):
            c0, c1 = cos * c0 + sin * c1, cos * c1 - sin * c0
            x, y = px + c0 * nx - c1 * ny, py + c0 * ny + c1 * nx
            n = _put(vertices, n, k, t, 0.0, OFFSET, a, a, c0, c1, x, y)
    elif cap == SQUARE:
        for c0 in (end, -end):
            x, y = px + c0 * nx + end * ny, py + c0 * ny - end * nx
            n = _put(vertices, n, k, t, 0.0, OFFSET, a, a, c0, -end, x, y)
    return _put(vertices, n, k, t, 0.0, OFFSET, a, a, -end, 0.0, px - end * nx, py - end * ny)


@compiled()
def _close_loop(following, begin, end):  # type: ignore[no-untyped-def]
    for v in range(begin, end):
        following[v] = v + 1
    if end > begin:
        following[end - 1] = begin


@compiled()
def _append_backwards(vertices, n, back, count):  # type: ignore[no-untyped-def]
    for k in range(count):
        vertices[np.uint64(n + k)] = back[np.uint64(count - 1 - k)]
    return n + count


@compiled()
def _fill_subpath(geometry, outline, n, subpath):  # type: ignore[no-untyped-def]
    """The polygon inside one subpath; an open one is closed by a straight line -> vertex count."""
    vertices, begin, last = outline.vertices, n, -1
    for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
        c = control_points(geometry.points, geometry.segments, k)
        pieces = pieces_of(c)
        if n + pieces + 2 > len(outline.following):
            return -1
        for j in range(pieces):
            t, e = j / pieces, 1 / (12 * pieces * pieces) if j else 0.0
            x, y = point_at(c, t, e)
            n = _put(vertices, n, k, t, e, CENTRE, 0, 0, 0.0, 0.0, x, y)
        if pieces:
            last = k
    if last >= 0 and not geometry.closed[subpath]:
        c = control_points(geometry.points, geometry.segments, last)
        n = _put(vertices, n, last, 1.0, 0.0, CENTRE, 0, 0, 0.0, 0.0, c[6], c[7])
    _close_loop(outline.following, begin, n)
    return n


@compiled()
def _dot(geometry, outline, n, d, subpath, cap, h):  # type: ignore[no-untyped-def]
    """A subpath without extent: a disc or a square around it, or nothing (SVG 2, 13.5.4)."""
    begin = n
    if cap != BUTT:
        up = outline.directions[d]
        up.segment, up.w0, up.w1, up.w2, up.w3 = -1, 0.0, 0.0, 0.0, 0.0
        up.nx, up.ny, up.length = 0.0, 1.0, 1.0
        k = geometry.segment_offsets[subpath]
        c = control_points(geometry.points, geometry.segments, k)
        n = _put_cap(outline.vertices, n, cap, 1.0, k, 0.0, c[0], c[1], outline.directions, d, h)
        n = _put_cap(outline.vertices, n, cap, -1.0, k, 0.0, c[0], c[1], outline.directions, d, h)
        d += 1
    _close_loop(outline.following, begin, n)
    return n, d


@compiled()
def _stroke_subpath(geometry, outline, back, n, d, path, subpath):  # type: ignore[no-untyped-def]
    """The outline of one stroked subpath -> counts of vertices and directions; -1 without room."""
    h = 0.5 * geometry.widths[path]
    cap, join, limit = geometry.caps[path], geometry.joins[path], geometry.miter_limits[path]
    points, segments = geometry.points, geometry.segments
    vertices, directions = outline.vertices, outline.directions
    room = len(outline.following)
    most = 2 * arc_pieces(math.pi, h) + 8  # vertices of one node: a round join that turns back
    # The outer side's chords stray by h turn^2 / 8.
    most_turn = min(8 * FLATNESS / max(h, 1e-6), LARGEST_TURN**2)
    begin, count = n, 0  # left side in the outline itself, right side in ``back``
    first = previous = first_segment = last_segment = -1  # directions and segments seen so far
    for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
        c = control_points(points, segments, k)
        pieces = pieces_of(c)
        if pieces == 0:
            continue
        if d + 4 > room:
            return -1, -1
        known0, nx0, ny0 = put_tangent(directions, d, k, c, 0.0)
        at0, x0, y0 = d, c[0], c[1]
        d += 1
        # Steps are counted in units, so that a piece that turns too much can be halved and halved.
        units, i, step_before = pieces * FINEST, 0, 0
        while i < units:
            step = i % FINEST & -(i % FINEST) if i % FINEST else FINEST
            if d + 4 > room or n + count + 6 * most > room:
                return -1, -1
            while True:
                known1, nx1, ny1 = put_tangent(directions, d, k, c, (i + step) / units)
                straight = known0 and known1
                turn = (nx1 - nx0) ** 2 + (ny1 - ny0) ** 2  # squared, for small ones
                if step == 1 or (straight and turn <= most_turn):
                    break
                step //= 2
            a, b, t0, t1 = at0, d, i / units, (i + step) / units
            at1 = d
            d += 1
            x1, y1 = point_at(c, t1, 0.0)
            corner = not straight or not is_smooth(nx1 - nx0, ny1 - ny0, x1 - x0, y1 - y0, h)
            if corner:
                straight = put_chord(directions, d, k, c, t0, t1)
                a = b = d
                d += 1
            if straight:
                # Caps and joins stand on the curve's own direction, not on a chord's.
                start = at0 if corner and known0 and i == 0 else a
                e0 = step_before * step / (12.0 * units * units)
                longer = 1.0 if corner else 1.0 + turn / 12
                if first < 0:
                    first, first_segment = start, k
                elif previous == start:  # within a smooth curve: a vertex on each side
                    px, py = point_at(c, t0, e0)
                    sx, sy = h * longer * nx0, h * longer * ny0
                    n = _put(vertices, n, k, t0, e0, OFFSET, a, a, longer, 0.0, px + sx, py + sy)
                    count = _put(
                        back, count, k, t0, e0, OFFSET, a, a, -longer, 0.0, px - sx, py - sy
                    )
                else:
                    bend = join if i == 0 else ROUND_JOIN
                    n, count = _put_nodes(
                        vertices, n, back, count, c, k, t0, e0, directions, previous, start,
                        h, bend, limit, longer,
                    )  # fmt: skip
                if start != a:
                    n, count = _put_nodes(
                        vertices, n, back, count, c, k, t0, 0.0, directions, start, a,
                        h, ROUND_JOIN, limit, 1.0,
                    )  # fmt: skip
                if corner and known1 and i + step == units:
                    n, count = _put_nodes(
                        vertices, n, back, count, c, k, t1, 0.0, directions, b, at1,
                        h, ROUND_JOIN, limit, 1.0,
                    )  # fmt: skip
                    b = at1
                previous, last_segment = b, k
            at0, known0, nx0, ny0, x0, y0, step_before = at1, known1, nx1, ny1, x1, y1, step
            i += step
    if n + 2 * count + 4 * most > room or d + 4 > room:
        return -1, -1
    if first < 0:
        return _dot(geometry, outline, n, d, subpath, cap, h)
    c = control_points(points, segments, first_segment)
    if geometry.closed[subpath]:
        n, count = _put_nodes(
            vertices, n, back, count, c, first_segment, 0.0, 0.0, directions, previous, first,
            h, join, limit, 1.0,
        )  # fmt: skip
        _close_loop(outline.following, begin, n)
        begin = n
        n = _append_backwards(vertices, n, back, count)
    else:
        end = control_points(points, segments, last_segment)
        n = _put_cap(
            vertices, n, cap, 1.0, last_segment, 1.0, end[6], end[7], directions, previous, h
        )
        n = _append_backwards(vertices, n, back, count)
        n = _put_cap(vertices, n, cap, -1.0, first_segment, 0.0, c[0], c[1], directions, first, h)
    _close_loop(outline.following, begin, n)
    return n, d


@compiled()
def _plan(geometry, first, last, outline, back):  # type: ignore[no-untyped-def]
    """See `outline_of`; -1, -1, -1 when there is not enough room."""
    n = d = s = 0
    shapes = outline.shapes
    for path in range(first, last):
        for stroked in (False, True):
            if not (geometry.has_stroke[path] if stroked else geometry.has_fill[path]):
                continue
            for subpath in range(geometry.path_offsets[path], geometry.path_offsets[path + 1]):
                if stroked:
                    n, d = _stroke_subpath(geometry, outline, back, n, d, path, subpath)
                else:
                    n = _fill_subpath(geometry, outline, n, subpath)
                if n < 0:
                    return -1, -1, -1
            shapes.path[s] = path
            shapes.rule[s] = STROKE if stroked else geometry.fill_rules[path]
            shapes.end[s] = n
            s += 1
    return n, d, s
