"""What to fill: turns paths, their strokes included, into closed polygons; hides joins and caps.

A stroke is painted as the polygon around it, so that one rule of coverage serves fills and strokes
(SVG 2, section 13.7, computing the shape of the stroke). The polygon is written down twice: as positions,
and as a recipe that says how each vertex follows from control points and width. The recipe is what
makes the outline differentiable: a backend evaluates it, or runs it backwards.

A vertex of the recipe is a point on the curve, moved along normals by half the stroke width h:

    CENTRE    q
    OFFSET    q + h (c0 n + c1 n'),  n a unit normal of the curve and n' the same turned by 90 degrees
    ARC       q + h c0 R(c1 angle) n_a,  with the signed angle from n_a to n_b
    MITER     q + h c0 (n_a + n_b) / (1 + n_a . n_b)

Curves are flattened at even parameters, as many as keep the chord within `FLATNESS` (Wang's bound;
Goldman 2003, "Pyramid algorithms", section 5.6). Chords of points on a curve enclose too little, by
s^2 / 12 times the curvature for chords of length s; so q is not B(t) but B(t) - e B''(t), with e a
twelfth of the squared parameter step, and c0 is longer by a twelfth of the squared turn: the error
that is left has no mean. Outlines run so that a stroke's winding is positive.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

CENTRE, OFFSET, ARC, MITER = 0, 1, 2, 3
NONZERO, EVENODD, STROKE = 0, 1, 2

# px: how far a chord of points on the curve may stray from it, before the correction above takes the
# mean of that away. With 256 strokes 0.15 has 28 % fewer vertices than 0.06 and is 1 dB further from a
# picture 12 times finer; this lies between.
FLATNESS = 0.09
# px: tangents shorter than this have no direction that could be trusted.
SHORTEST_TANGENT = 1e-3
# radians: a piece that turns more than this is a corner.
LARGEST_TURN = 0.7
# A piece is halved up to four times where the curve turns quickly.
FINEST = 16
# a smaller turn (radians) between two segments is no corner: no centre vertex on its inner side.
SMALLEST_CORNER = 0.02
MOST_PIECES = 1024


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


class Chain(NamedTuple):
    """Vertices in the making: recipe and position of each."""

    which: IntArray  # [n, 4] segment, first direction, second direction, kind
    how: FloatArray  # [n, 4] t, e, c0, c1
    at: FloatArray  # [n, 2] px


class Directions(NamedTuple):
    """Unit normals of the curves; D in all. Segment -1 is the constant direction of the x axis."""

    segment: IntArray  # [D]
    weights: FloatArray  # [D, 4] of the segment's control points; their sum is the tangent
    normal: FloatArray  # [D, 2] the tangent's unit vector turned by 90 degrees
    length: FloatArray  # [D] px, of the tangent


class Shapes(NamedTuple):
    """Polygons to paint, in z-order; the fill of a path comes before its stroke."""

    path: IntArray  # [N]
    rule: IntArray  # [N] NONZERO, EVENODD or STROKE
    end: IntArray  # [N] one past its last vertex


class Outline(NamedTuple):
    """Polygons of a batch of drawings. V vertices; the edge of a vertex leads to ``following`` it."""

    vertices: Chain  # [V]
    following: IntArray  # [V]
    directions: Directions  # [D]
    shapes: Shapes  # [N]


def _empty_outline(vertices: int, directions: int, shapes: int) -> Outline:
    """Room for that many."""
    return Outline(
        _empty_chain(vertices),
        np.empty(vertices, np.int32),
        Directions(
            np.empty(directions, np.int32),
            np.empty((directions, 4), np.float32),
            np.empty((directions, 2), np.float32),
            np.empty(directions, np.float32),
        ),
        Shapes(
            np.empty(shapes, np.int32), np.empty(shapes, np.int32), np.empty(shapes, np.int32)
        ),
    )


def _trimmed(outline: Outline, counts: tuple[int, int, int]) -> Outline:
    """Views of the filled part of each array; ``counts`` are vertices, directions, shapes."""
    v, d, s = counts
    return Outline(
        Chain(*(array[:v] for array in outline.vertices)),  # type: ignore[arg-type]
        outline.following[:v],
        Directions(*(array[:d] for array in outline.directions)),  # type: ignore[arg-type]
        Shapes(*(array[:s] for array in outline.shapes)),
    )


def _empty_chain(count: int) -> Chain:
    return Chain(
        np.empty((count, 4), np.int32),
        np.empty((count, 4), np.float32),
        np.empty((count, 2), np.float32),
    )


def outline_of(geometry: Geometry, first: int = 0, last: int | None = None) -> Outline:
    """The polygons of paths ``first`` to ``last`` - 1 (all of them), in z-order, batch after batch."""
    last = len(geometry.widths) if last is None else last
    room = _likely_vertices(geometry, first, last)
    while True:
        outline, back = _empty_outline(room, room, 2 * (last - first)), _empty_chain(room)
        counts = _plan(geometry, first, last, outline, back)
        if counts[0] >= 0:
            return _trimmed(outline, counts)
        room *= 2


@compiled()
def _likely_vertices(geometry, first, last):  # type: ignore[no-untyped-def]
    """About how many vertices the outlines will have, for `_empty_outline`."""
    count = 64
    for path in range(first, last):
        h = 0.5 * geometry.widths[path]
        node = 2 * _arc_pieces(math.pi, h) + 8
        for subpath in range(geometry.path_offsets[path], geometry.path_offsets[path + 1]):
            count += 4 * node
            for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
                count += 4 * _pieces(geometry.points, geometry.segments, k) + node
    return count


@compiled(forceinline=True)
def _direction(points, segments, segment, weights, normal, length, d, k, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    """Writes direction d, the tangent of segment k with these weights -> whether it is long enough."""
    i0, i1, i2, i3 = segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3]
    dx = w0 * points[i0, 0] + w1 * points[i1, 0] + w2 * points[i2, 0] + w3 * points[i3, 0]
    dy = w0 * points[i0, 1] + w1 * points[i1, 1] + w2 * points[i2, 1] + w3 * points[i3, 1]
    size = math.sqrt(dx * dx + dy * dy)
    if size < SHORTEST_TANGENT:
        segment[d] = -1
        return False
    segment[d] = k
    weights[d, 0], weights[d, 1], weights[d, 2], weights[d, 3] = w0, w1, w2, w3
    normal[d, 0], normal[d, 1] = -dy / size, dx / size
    length[d] = size
    return True


@compiled(forceinline=True)
def _tangent(points, segments, segment, weights, normal, length, d, k, t):  # type: ignore[no-untyped-def]
    """Writes the direction at t; at an end without derivative, toward the next control point."""
    u = 1.0 - t
    w0, w1, w2, w3 = -u * u, u * u - 2 * u * t, 2 * u * t - t * t, t * t
    if _direction(points, segments, segment, weights, normal, length, d, k, w0, w1, w2, w3):
        return True
    if t != 0.0 and t != 1.0:
        return False
    w0, w1, w2, w3 = (-1.0, 0.0, 1.0, 0.0) if t == 0.0 else (0.0, -1.0, 0.0, 1.0)
    if _direction(points, segments, segment, weights, normal, length, d, k, w0, w1, w2, w3):
        return True
    return _direction(points, segments, segment, weights, normal, length, d, k, -1.0, 0.0, 0.0, 1.0)


@compiled()
def _chord(points, segments, segment, weights, normal, length, d, k, t0, t1):  # type: ignore[no-untyped-def]
    """Writes the direction from B(t0) to B(t1) -> whether there is one."""
    u0, u1 = 1.0 - t0, 1.0 - t1
    w0, w1 = u1 * u1 * u1 - u0 * u0 * u0, 3 * (u1 * u1 * t1 - u0 * u0 * t0)
    w2, w3 = 3 * (u1 * t1 * t1 - u0 * t0 * t0), t1 * t1 * t1 - t0 * t0 * t0
    return _direction(points, segments, segment, weights, normal, length, d, k, w0, w1, w2, w3)


@compiled(forceinline=True)
def point_weights(t, e):  # type: ignore[no-untyped-def]
    """q = B(t) - e B''(t) as weights of the four control points."""
    u, f = 1.0 - t, 6 * e
    return (
        u * u * u - f * u,
        3 * u * u * t - f * (t - 2 * u),
        3 * u * t * t - f * (u - 2 * t),
        t * t * t - f * t,
    )


@compiled(forceinline=True)
def _cubic(points, segments, k, t, e):  # type: ignore[no-untyped-def]
    """q of segment k -> x, y."""
    b0, b1, b2, b3 = point_weights(t, e)
    i0, i1, i2, i3 = segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3]
    x = b0 * points[i0, 0] + b1 * points[i1, 0] + b2 * points[i2, 0] + b3 * points[i3, 0]
    y = b0 * points[i0, 1] + b1 * points[i1, 1] + b2 * points[i2, 1] + b3 * points[i3, 1]
    return x, y


@compiled()
def _pieces(points, segments, k):  # type: ignore[no-untyped-def]
    """Into how many chords segment k is cut; 0 for one without extent."""
    i0, i1, i2, i3 = segments[k, 0], segments[k, 1], segments[k, 2], segments[k, 3]
    ux, uy = points[i1, 0] - points[i0, 0], points[i1, 1] - points[i0, 1]
    vx, vy = points[i2, 0] - points[i1, 0], points[i2, 1] - points[i1, 1]
    wx, wy = points[i3, 0] - points[i2, 0], points[i3, 1] - points[i2, 1]
    if max(abs(ux) + abs(uy), abs(vx) + abs(vy), abs(wx) + abs(wy)) < SHORTEST_TANGENT:
        return 0
    bend = max((vx - ux) ** 2 + (vy - uy) ** 2, (wx - vx) ** 2 + (wy - vy) ** 2)
    count = math.sqrt(0.75 / FLATNESS * math.sqrt(bend))
    return int(min(max(math.ceil(count), 1), MOST_PIECES))


@compiled()
def _arc_pieces(angle, radius):  # type: ignore[no-untyped-def]
    """Into how many chords an arc of that radius is cut."""
    sagitta = min(0.4 * FLATNESS / max(radius, 1e-6), 0.1)
    pieces = math.ceil(abs(angle) / (2 * math.acos(1 - sagitta)))
    return int(min(max(pieces, 1 + (abs(angle) > 0.5)), 256))


@compiled()
def _longer_radius(pieces, step):  # type: ignore[no-untyped-def]
    """By how much the inner vertices of an arc are moved out so that its chords enclose its area.

    With the first and the last at the radius, as the sides that they belong to are, n chords of angle s
    enclose (n - 2) c^2 + 2 c triangles of sin(s) / 2, which must be n s / 2.
    """
    share = abs(step) / max(math.sin(abs(step)), 1e-6) if abs(step) > 1e-3 else 1.0
    if pieces == 2:
        return share
    return (math.sqrt(1 + (pieces - 2) * pieces * share) - 1) / (pieces - 2)


@compiled(forceinline=True)
def _put(which, how, at, n, k, t, e, kind, a, b, c0, c1, x, y):  # type: ignore[no-untyped-def]
    which[n, 0], which[n, 1], which[n, 2], which[n, 3] = k, a, b, kind
    how[n, 0], how[n, 1], how[n, 2], how[n, 3] = t, e, c0, c1
    at[n, 0], at[n, 1] = x, y
    return n + 1


@compiled(forceinline=True)
def _put_offset(which, how, at, n, k, t, e, px, py, normal, a, h, c0, c1):  # type: ignore[no-untyped-def]
    nx, ny = normal[a, 0], normal[a, 1]
    x, y = px + h * (c0 * nx - c1 * ny), py + h * (c0 * ny + c1 * nx)
    return _put(which, how, at, n, k, t, e, OFFSET, a, a, c0, c1, x, y)


@compiled()
def _put_node(which, how, at, n, side, k, t, e, px, py, normal, a, b, h, join, limit, longer):  # type: ignore[no-untyped-def]
    """The vertices of one side where direction a ends and b begins -> how many there are now."""
    if a == b:
        return _put_offset(which, how, at, n, k, t, e, px, py, normal, a, h, side * longer, 0.0)
    n = _put_offset(which, how, at, n, k, t, e, px, py, normal, a, h, side, 0.0)
    ax, ay, bx, by = normal[a, 0], normal[a, 1], normal[b, 0], normal[b, 1]
    cross, dot = ax * by - ay * bx, ax * bx + ay * by
    angle = math.atan2(cross, dot)
    if abs(angle) > SMALLEST_CORNER:
        if side * angle > 0:  # the inner side of the bend
            n = _put(which, how, at, n, k, t, e, CENTRE, a, a, 0.0, 0.0, px, py)
        elif join == 1:
            pieces = _arc_pieces(angle, h)
            c0 = side * (_longer_radius(pieces, angle / pieces) if pieces > 1 else 1.0)
            for j in range(1, pieces):
                c, s = math.cos(j / pieces * angle), math.sin(j / pieces * angle)
                x, y = px + h * c0 * (c * ax - s * ay), py + h * c0 * (c * ay + s * ax)
                n = _put(which, how, at, n, k, t, e, ARC, a, b, c0, j / pieces, x, y)
        # SVG 2, 13.5.5: miter length over stroke width is 1 / sin(half the angle between segments).
        elif join == 0 and 1 + dot > 1e-4 and 2.0 <= limit * limit * (1 + dot):
            x, y = px + side * h * (ax + bx) / (1 + dot), py + side * h * (ay + by) / (1 + dot)
            n = _put(which, how, at, n, k, t, e, MITER, a, b, side, 0.0, x, y)
    return _put_offset(which, how, at, n, k, t, e, px, py, normal, b, h, side, 0.0)


@compiled()
def _put_nodes(  # type: ignore[no-untyped-def]
    which, how, at, n, back_which, back_how, back_at, count,
    points, segments, k, t, e, normal, a, b, h, join, limit, longer,
):
    """`_put_node` on both sides -> how many vertices there are now on each."""
    x, y = _cubic(points, segments, k, t, e)
    n = _put_node(which, how, at, n, 1.0, k, t, e, x, y, normal, a, b, h, join, limit, longer)
    count = _put_node(
        back_which, back_how, back_at, count, -1.0, k, t, e, x, y, normal, a, b, h, join, limit, longer
    )
    return n, count


@compiled()
def _put_cap(which, how, at, n, cap, end, k, t, px, py, normal, a, h):  # type: ignore[no-untyped-def]
    """The vertices from one side to the other at an end (``end`` 1) or a start (-1) -> count."""
    n = _put_offset(which, how, at, n, k, t, 0.0, px, py, normal, a, h, end, 0.0)
    if cap == 1:
        pieces = _arc_pieces(math.pi, h)
        longer = end * _longer_radius(pieces, math.pi / pieces)
        for j in range(1, pieces):
            c0, c1 = math.cos(math.pi * j / pieces), -math.sin(math.pi * j / pieces)
            c0, c1 = longer * c0, longer * c1
            n = _put_offset(which, how, at, n, k, t, 0.0, px, py, normal, a, h, c0, c1)
    elif cap == 2:
        n = _put_offset(which, how, at, n, k, t, 0.0, px, py, normal, a, h, end, -end)
        n = _put_offset(which, how, at, n, k, t, 0.0, px, py, normal, a, h, -end, -end)
    return _put_offset(which, how, at, n, k, t, 0.0, px, py, normal, a, h, -end, 0.0)


@compiled()
def _close_loop(following, begin, end):  # type: ignore[no-untyped-def]
    for v in range(begin, end):
        following[v] = v + 1
    if end > begin:
        following[end - 1] = begin


@compiled()
def _append_backwards(which, how, at, n, back_which, back_how, back_at, count):  # type: ignore[no-untyped-def]
    for k in range(count - 1, -1, -1):
        for c in range(4):
            which[n, c] = back_which[k, c]
            how[n, c] = back_how[k, c]
        at[n, 0], at[n, 1] = back_at[k, 0], back_at[k, 1]
        n += 1
    return n


@compiled()
def _fill_subpath(geometry, outline, n, subpath):  # type: ignore[no-untyped-def]
    """The polygon inside one subpath; an open one is closed by a straight line -> vertex count."""
    points, segments = geometry.points, geometry.segments
    which, how, at = outline.vertices
    begin, last = n, -1
    for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
        pieces = _pieces(points, segments, k)
        if n + pieces + 2 > len(outline.following):
            return -1
        for j in range(pieces):
            t, e = j / pieces, 1 / (12 * pieces * pieces) if j else 0.0
            x, y = _cubic(points, segments, k, t, e)
            n = _put(which, how, at, n, k, t, e, CENTRE, 0, 0, 0.0, 0.0, x, y)
        if pieces:
            last = k
    if last >= 0 and not geometry.closed[subpath]:
        x, y = _cubic(points, segments, last, 1.0, 0.0)
        n = _put(which, how, at, n, last, 1.0, 0.0, CENTRE, 0, 0, 0.0, 0.0, x, y)
    _close_loop(outline.following, begin, n)
    return n


@compiled()
def _dot(geometry, outline, n, d, subpath, cap, h):  # type: ignore[no-untyped-def]
    """A subpath without extent: a disc or a square around it, or nothing (SVG 2, 13.5.4)."""
    begin = n
    if cap != 0:
        which, how, at = outline.vertices
        directions = outline.directions
        directions.segment[d] = -1
        directions.weights[d] = 0.0
        directions.normal[d, 0], directions.normal[d, 1], directions.length[d] = 0.0, 1.0, 1.0
        k = geometry.segment_offsets[subpath]
        px, py = _cubic(geometry.points, geometry.segments, k, 0.0, 0.0)
        normal = directions.normal
        n = _put_cap(which, how, at, n, cap, 1.0, k, 0.0, px, py, normal, d, h)
        n = _put_cap(which, how, at, n, cap, -1.0, k, 0.0, px, py, normal, d, h)
        d += 1
    _close_loop(outline.following, begin, n)
    return n, d


@compiled()
def _stroke_subpath(geometry, outline, back, n, d, path, subpath):  # type: ignore[no-untyped-def]
    """The outline of one stroked subpath -> counts of vertices and directions; -1 without room."""
    h = 0.5 * geometry.widths[path]
    cap, join, limit = geometry.caps[path], geometry.joins[path], geometry.miter_limits[path]
    points, segments = geometry.points, geometry.segments
    which, how, at = outline.vertices
    back_which, back_how, back_at = back
    segment, weights, normal, length = outline.directions
    room = len(outline.following)
    most = 2 * _arc_pieces(math.pi, h) + 8  # vertices of one node: a round join that turns back
    # The outer side's chords stray by h turn^2 / 8.
    most_turn = min(8 * FLATNESS / max(h, 1e-6), LARGEST_TURN**2)
    begin, count = n, 0  # left side in the outline itself, right side in ``back``
    first = previous = first_segment = last_segment = -1  # directions and segments seen so far
    for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
        pieces = _pieces(points, segments, k)
        if pieces == 0:
            continue
        if d + 4 > len(segment):
            return -1, -1
        tangent0 = _tangent(points, segments, segment, weights, normal, length, d, k, 0.0)
        at0 = d
        d += 1
        # Steps are counted in units, so that a piece that turns too much can be halved and halved.
        units, i, step_before = pieces * FINEST, 0, 0
        while i < units:
            step = i % FINEST & -(i % FINEST) if i % FINEST else FINEST
            if d + 4 > len(segment):
                return -1, -1
            while True:
                tangent1 = _tangent(
                    points, segments, segment, weights, normal, length, d, k, (i + step) / units
                )
                straight = tangent0 and tangent1
                if step == 1 or (straight and _squared_turn(normal, at0, d) <= most_turn):
                    break
                step //= 2
            at1 = d
            d += 1
            a, b, t0, t1 = at0, at1, i / units, (i + step) / units
            corner = not straight or not _smooth(points, segments, normal, a, b, k, t0, t1, h)
            if corner:
                straight = _chord(points, segments, segment, weights, normal, length, d, k, t0, t1)
                a = b = d
                d += 1
            if straight:
                if n + count + 6 * most > room:
                    return -1, -1
                # Caps and joins stand on the curve's own direction, not on a chord's.
                start = at0 if corner and tangent0 and i == 0 else a
                e0 = step_before * step / (12.0 * units * units)
                longer = 1.0 + _squared_turn(normal, a, b) / 12
                if first < 0:
                    first, first_segment = start, k
                else:
                    bend = join if i == 0 else 1
                    n, count = _put_nodes(
                        which, how, at, n, back_which, back_how, back_at, count,
                        points, segments, k, t0, e0, normal, previous, start, h, bend, limit, longer,
                    )  # fmt: skip
                if start != a:
                    n, count = _put_nodes(
                        which, how, at, n, back_which, back_how, back_at, count,
                        points, segments, k, t0, 0.0, normal, start, a, h, 1, limit, 1.0,
                    )  # fmt: skip
                if corner and tangent1 and i + step == units:
                    n, count = _put_nodes(
                        which, how, at, n, back_which, back_how, back_at, count,
                        points, segments, k, t1, 0.0, normal, b, at1, h, 1, limit, 1.0,
                    )  # fmt: skip
                    b = at1
                previous, last_segment = b, k
            at0, tangent0, step_before = at1, tangent1, step
            i += step
    if n + 2 * count + 4 * most > room or d + 4 > len(segment):
        return -1, -1
    if first < 0:
        return _dot(geometry, outline, n, d, subpath, cap, h)
    sx, sy = _cubic(points, segments, first_segment, 0.0, 0.0)
    if geometry.closed[subpath]:
        n, count = _put_nodes(
            which, how, at, n, back_which, back_how, back_at, count,
            points, segments, first_segment, 0.0, 0.0, normal, previous, first, h, join, limit, 1.0,
        )  # fmt: skip
        _close_loop(outline.following, begin, n)
        begin = n
        n = _append_backwards(which, how, at, n, back_which, back_how, back_at, count)
    else:
        k = last_segment
        ex, ey = _cubic(points, segments, k, 1.0, 0.0)
        n = _put_cap(which, how, at, n, cap, 1.0, k, 1.0, ex, ey, normal, previous, h)
        n = _append_backwards(which, how, at, n, back_which, back_how, back_at, count)
        k = first_segment
        n = _put_cap(which, how, at, n, cap, -1.0, k, 0.0, sx, sy, normal, first, h)
    _close_loop(outline.following, begin, n)
    return n, d


@compiled(forceinline=True)
def _squared_turn(normal, a, b):  # type: ignore[no-untyped-def]
    """The squared angle between two directions, for small ones."""
    return (normal[b, 0] - normal[a, 0]) ** 2 + (normal[b, 1] - normal[a, 1]) ** 2


@compiled(forceinline=True)
def _smooth(points, segments, normal, a, b, k, t0, t1, h):  # type: ignore[no-untyped-def]
    """Whether both sides of a piece run forward, and it turns too little to be a corner."""
    nx, ny = normal[b, 0] - normal[a, 0], normal[b, 1] - normal[a, 1]
    turn = nx * nx + ny * ny
    if turn > LARGEST_TURN**2:
        return False
    x0, y0 = _cubic(points, segments, k, t0, 0.0)
    x1, y1 = _cubic(points, segments, k, t1, 0.0)
    dx, dy = x1 - x0, y1 - y0
    return dx * dx + dy * dy > h * abs(nx * dx + ny * dy)


@compiled()
def _plan(geometry, first, last, outline, back):  # type: ignore[no-untyped-def]
    """See `plan`; -1, -1, -1 when there is not enough room."""
    n = d = s = 0
    shapes = outline.shapes
    if len(shapes.path) < 2 * (last - first):
        return -1, -1, -1
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
