"""The vertices along the sides of a stroke, around its joins and its caps, and their recipes; compiled.

A vertex is a point q on the curve (see `curves`), moved along normals by half the stroke
width h:

    CENTRE    q
    OFFSET    q + h (c0 n + c1 n'),  n a unit normal of the curve and n' the same turned by 90 degrees
    ARC       q + h c0 R(c1 angle) n_a,  with the signed angle from n_a to n_b
    MITER     q + h c0 (n_a + n_b) / (1 + n_a . n_b)

On a bend c0 is longer by a twelfth of the squared turn, for the reason that moves q off the curve.
"""

from __future__ import annotations

import math

import numpy as np

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.curves import (
    FLATNESS,
    LARGEST_TURN,
    arc_pieces,
    control_points,
    longer_radius,
    point_at,
)
from styleclipdraw_core.render.pieces import EVEN, tight_bend

CENTRE, OFFSET, ARC, MITER = 0, 1, 2, 3

# a smaller turn (radians) between two segments is no corner: no centre vertex on its inner side.
SMALLEST_CORNER = 0.02
BUTT, ROUND_CAP, SQUARE = 0, 1, 2
MITER_JOIN, ROUND_JOIN = 0, 1

# A vertex: segment, first and second direction and kind of its recipe; t, e, c0 and c1; position in px.
VERTEX = np.dtype(
    [(name, np.int32) for name in ("segment", "first", "second", "kind")]
    + [(name, np.float32) for name in ("t", "e", "c0", "c1", "x", "y")]
)


@compiled(forceinline=True)
def put(vertices, n, k, t, e, kind, a, b, c0, c1, x, y):  # type: ignore[no-untyped-def]
    """Writes vertex n: its recipe on segment k with directions a and b, and where it is -> n + 1."""
    into = vertices[np.uint64(n)]
    into.segment, into.first, into.second, into.kind = k, a, b, kind
    into.t, into.e, into.c0, into.c1, into.x, into.y = t, e, c0, c1, x, y
    return n + 1


@compiled()
def put_node(vertices, n, side, k, t, e, px, py, directions, a, b, h, join, limit, beside):  # type: ignore[no-untyped-def]
    """The vertices of one side where direction a ends and b begins -> how many there are now.

    beside: the mean length of the pieces that meet there, px.
    """
    from_a, from_b = directions[np.uint64(a)], directions[np.uint64(b)]
    ax, ay, bx, by = from_a.nx * 1.0, from_a.ny * 1.0, from_b.nx * 1.0, from_b.ny * 1.0
    cross, dot = ax * by - ay * bx, ax * bx + ay * by
    turn = (bx - ax) ** 2 + (by - ay) ** 2  # squared, for small ones
    short_arc = side * cross <= 0 and join == ROUND_JOIN
    if turn <= SMALLEST_CORNER**2 or (short_arc and turn <= min(8 * FLATNESS / h, LARGEST_TURN**2)):
        # One vertex for an arc so short, as far out as leaves the area of sector and sides as it is:
        # a miter is h^2 (tan(turn / 2) - turn / 2) larger than the sector.
        stretched = beside + h * math.sqrt(turn)
        c0 = side * (1.0 - h * turn * math.sqrt(turn) / (24 * stretched + 1e-9))
        x, y = px + h * c0 * (ax + bx) / (1 + dot), py + h * c0 * (ay + by) / (1 + dot)
        return put(vertices, n, k, t, e, MITER, a, b, c0, 0.0, x, y)
    n = put(vertices, n, k, t, e, OFFSET, a, a, side, 0.0, px + h * side * ax, py + h * side * ay)
    angle = math.atan2(cross, dot)
    if side * angle > 0:  # the inner side of the bend
        n = put(vertices, n, k, t, e, CENTRE, a, a, 0.0, 0.0, px, py)
    elif join == ROUND_JOIN:
        pieces = arc_pieces(angle, h)
        c0 = side * (longer_radius(pieces, angle / pieces) if pieces > 1 else 1.0)
        for j in range(1, pieces):
            c, s = math.cos(j / pieces * angle), math.sin(j / pieces * angle)
            x, y = px + h * c0 * (c * ax - s * ay), py + h * c0 * (c * ay + s * ax)
            n = put(vertices, n, k, t, e, ARC, a, b, c0, j / pieces, x, y)
    # SVG 2, 13.5.5: miter length over stroke width is 1 / sin(half the angle between segments).
    elif join == MITER_JOIN and 1 + dot > 1e-4 and 2.0 <= limit * limit * (1 + dot):
        x, y = px + side * h * (ax + bx) / (1 + dot), py + side * h * (ay + by) / (1 + dot)
        n = put(vertices, n, k, t, e, MITER, a, b, side, 0.0, x, y)
    return put(
        vertices, n, k, t, e, OFFSET, b, b, side, 0.0, px + h * side * bx, py + h * side * by
    )


@compiled()
def put_cap(vertices, n, cap, end, k, t, px, py, directions, a, h):  # type: ignore[no-untyped-def]
    """The vertices from one side to the other at an end (``end`` 1) or a start (-1) -> count."""
    normal = directions[np.uint64(a)]
    nx, ny = h * normal.nx, h * normal.ny
    n = put(vertices, n, k, t, 0.0, OFFSET, a, a, end, 0.0, px + end * nx, py + end * ny)
    if cap == ROUND_CAP:
        pieces = arc_pieces(math.pi, h)
        turn = math.pi / pieces
        longer, cos, sin = end * longer_radius(pieces, turn), math.cos(turn), math.sin(turn)
        c0, c1 = longer, 0.0
        for _ in range(1, pieces):
            c0, c1 = cos * c0 + sin * c1, cos * c1 - sin * c0
            x, y = px + c0 * nx - c1 * ny, py + c0 * ny + c1 * nx
            n = put(vertices, n, k, t, 0.0, OFFSET, a, a, c0, c1, x, y)
    elif cap == SQUARE:
        for c0 in (end, -end):
            x, y = px + c0 * nx + end * ny, py + c0 * ny - end * nx
            n = put(vertices, n, k, t, 0.0, OFFSET, a, a, c0, -end, x, y)
    return put(vertices, n, k, t, 0.0, OFFSET, a, a, -end, 0.0, px - end * nx, py - end * ny)


@compiled()
def _corner(directions, a, b):  # type: ignore[no-untyped-def]
    """Whether a stroke that ran in direction a and runs in direction b has a corner there."""
    one, other = directions[np.uint64(a)], directions[np.uint64(b)]
    return one.nx * other.nx + one.ny * other.ny < math.cos(SMALLEST_CORNER)


@compiled()
def put_side(geometry, directions, vertices, n, side, pieces, count, path, subpath):  # type: ignore[no-untyped-def]
    """The vertices of the left (1) or the right side (-1) of a stroked subpath, without its caps and the
    join that closes it -> how many there are now, and the direction it ends in; -1, -1 without room.
    """
    h, points, segments = 0.5 * geometry.widths[path], geometry.points, geometry.segments
    join, limit = geometry.joins[path], geometry.miter_limits[path]
    closed = geometry.closed[subpath]
    most = 6 * arc_pieces(math.pi, h) + 24  # vertices of three nodes that turn back
    round_ends = geometry.caps[path] == ROUND_CAP and not closed
    even = math.inf if join == ROUND_JOIN and (closed or round_ends) else EVEN
    # How far this side has come without a corner. A round cap covers what it would have before.
    leg = math.inf if round_ends else 0.0
    previous, p, before = -1, 0, 0.0
    while p < count:
        if n + most > len(vertices):
            return -1, -1
        piece = pieces[np.uint64(p)]
        k, t, at0 = piece.segment, piece.t0, piece.at0
        c = control_points(points, segments, k)
        a, longer = at0, 1.0 + piece.turn / 12
        past, deep = p, 0.0
        if piece.begins and previous >= 0 and _corner(directions, previous, at0):
            leg = 0.0
        if piece.chord >= 0:
            past, deep = tight_bend(pieces, count, directions, p, side, h, leg, round_ends, even)
            a = piece.chord if past == p else at0
        # Caps and joins stand on the curve's own direction, not on a chord's.
        start = at0 if piece.begins and directions[np.uint64(at0)].segment >= 0 else a
        if previous == start:  # within a smooth curve
            c0, normal = side * longer, directions[np.uint64(at0)]
            x, y = point_at(c, t, piece.e)
            x, y = x + h * c0 * normal.nx, y + h * c0 * normal.ny
            n = put(vertices, n, k, t, piece.e, OFFSET, start, start, c0, 0.0, x, y)
        elif previous >= 0:
            x, y = point_at(c, t, piece.e)
            bend = join if piece.begins else ROUND_JOIN
            n = put_node(
                vertices, n, side, k, t, piece.e, x, y, directions, previous, start, h, bend, limit,
                0.5 * (before + piece.length),
            )  # fmt: skip
        if start != a:
            n = put_node(
                vertices, n, side, k, t, 0.0, piece.x0, piece.y0, directions, start, a,
                h, ROUND_JOIN, limit, 0.5 * piece.length,
            )  # fmt: skip
        previous = piece.at1 if piece.chord < 0 else piece.chord
        leg = leg + piece.length + side * piece.longer_left if piece.chord < 0 else 0.0
        if past > p:
            normal, c0 = directions[np.uint64(at0)], side * deep / h
            x, y = piece.x0 + side * deep * normal.nx, piece.y0 + side * deep * normal.ny
            n = put(vertices, n, k, t, 0.0, OFFSET, at0, at0, c0, 0.0, x, y)
            p = past - 1
            piece = pieces[np.uint64(p)]
            previous = piece.at1
        at1 = piece.at1
        if piece.ends and previous != at1 and directions[np.uint64(at1)].segment >= 0:
            n = put_node(
                vertices, n, side, k, piece.t1, 0.0, piece.x1, piece.y1, directions, previous, at1,
                h, ROUND_JOIN, limit, 0.5 * piece.length,
            )  # fmt: skip
            previous = at1
        before = piece.length
        p += 1
    return n, previous
