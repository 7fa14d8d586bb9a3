"""Cubic segments cut into pieces: how many, in which directions, and what counts as a corner; compiled.

Curves are flattened at even parameters, as many as keep the chord within `FLATNESS` (Wang's bound;
Goldman 2003, "Pyramid algorithms", section 5.6). Chords of points on a curve enclose too little, by
s^2 / 12 times the curvature for chords of length s; so a vertex is not B(t) but q = B(t) - e B''(t),
with e a twelfth of the squared parameter step: the error that is left has no mean.

Control points travel as a tuple of eight numbers, x and y in turn: arrays as arguments cost more than
the arithmetic.
"""

from __future__ import annotations

import math

import numpy as np

from styleclipdraw_core.render.compiled import compiled

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
MOST_PIECES = 1024

# Unit normals of curves: of the tangent of a segment with these weights of its control points, turned by
# 90 degrees. Segment -1 is the constant direction of the x axis.
DIRECTION = np.dtype(
    [("segment", np.int32)]
    + [(name, np.float32) for name in ("w0", "w1", "w2", "w3", "nx", "ny", "length")]
)


@compiled(forceinline=True)
def control_points(points, segments, k):  # type: ignore[no-untyped-def]
    """The four control points of segment k -> x0, y0 ... x3, y3."""
    s = np.uint64(k)
    a, b = np.uint64(segments[s, 0]), np.uint64(segments[s, 1])
    c, d = np.uint64(segments[s, 2]), np.uint64(segments[s, 3])
    return (
        points[a, 0] * 1.0, points[a, 1] * 1.0, points[b, 0] * 1.0, points[b, 1] * 1.0,
        points[c, 0] * 1.0, points[c, 1] * 1.0, points[d, 0] * 1.0, points[d, 1] * 1.0,
    )  # fmt: skip


@compiled(forceinline=True)
def weighed(c, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    """A weighted sum of control points -> x, y."""
    return (
        w0 * c[0] + w1 * c[2] + w2 * c[4] + w3 * c[6],
        w0 * c[1] + w1 * c[3] + w2 * c[5] + w3 * c[7],
    )


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
def point_at(c, t, e):  # type: ignore[no-untyped-def]
    """q -> x, y."""
    w0, w1, w2, w3 = point_weights(t, e)
    return weighed(c, w0, w1, w2, w3)


@compiled(forceinline=True)
def _put_direction(directions, d, k, c, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    """Writes the tangent with these weights -> whether it is long enough, and its normal."""
    dx, dy = weighed(c, w0, w1, w2, w3)
    size = math.sqrt(dx * dx + dy * dy)
    into = directions[np.uint64(d)]
    if size < SHORTEST_TANGENT:
        into.segment = -1
        return False, 0.0, 0.0
    nx, ny = -dy / size, dx / size
    into.segment = k
    into.w0, into.w1, into.w2, into.w3 = w0, w1, w2, w3
    into.nx, into.ny, into.length = nx, ny, size
    return True, nx, ny


@compiled()
def _put_end_tangent(directions, d, k, c, t):  # type: ignore[no-untyped-def]
    """The direction at an end without derivative: toward the next control point that lies elsewhere."""
    w0, w1, w2, w3 = (-1.0, 0.0, 1.0, 0.0) if t == 0.0 else (0.0, -1.0, 0.0, 1.0)
    known, nx, ny = _put_direction(directions, d, k, c, w0, w1, w2, w3)
    if known:
        return known, nx, ny
    return _put_direction(directions, d, k, c, -1.0, 0.0, 0.0, 1.0)


@compiled(forceinline=True)
def put_tangent(directions, d, k, c, t):  # type: ignore[no-untyped-def]
    """Writes the direction at t as number d -> whether there is one, and its normal."""
    u = 1.0 - t
    w0, w1, w2, w3 = -u * u, u * u - 2 * u * t, 2 * u * t - t * t, t * t
    known, nx, ny = _put_direction(directions, d, k, c, w0, w1, w2, w3)
    if known or (t != 0.0 and t != 1.0):
        return known, nx, ny
    return _put_end_tangent(directions, d, k, c, t)


@compiled()
def put_chord(directions, d, k, c, t0, t1):  # type: ignore[no-untyped-def]
    """Writes the direction from B(t0) to B(t1) as number d -> whether there is one."""
    u0, u1 = 1.0 - t0, 1.0 - t1
    w0, w1 = u1 * u1 * u1 - u0 * u0 * u0, 3 * (u1 * u1 * t1 - u0 * u0 * t0)
    w2, w3 = 3 * (u1 * t1 * t1 - u0 * t0 * t0), t1 * t1 * t1 - t0 * t0 * t0
    return _put_direction(directions, d, k, c, w0, w1, w2, w3)[0]


@compiled()
def pieces_of(c):  # type: ignore[no-untyped-def]
    """Into how many chords a segment is cut; 0 for one without extent."""
    ux, uy = c[2] - c[0], c[3] - c[1]
    vx, vy = c[4] - c[2], c[5] - c[3]
    wx, wy = c[6] - c[4], c[7] - c[5]
    if max(abs(ux) + abs(uy), abs(vx) + abs(vy), abs(wx) + abs(wy)) < SHORTEST_TANGENT:
        return 0
    bend = max((vx - ux) ** 2 + (vy - uy) ** 2, (wx - vx) ** 2 + (wy - vy) ** 2)
    count = math.sqrt(0.75 / FLATNESS * math.sqrt(bend))
    return int(min(max(math.ceil(count), 1.0), MOST_PIECES * 1.0))


@compiled()
def arc_pieces(angle, radius):  # type: ignore[no-untyped-def]
    """Into how many chords an arc of that radius is cut."""
    sagitta = min(0.6 * FLATNESS / max(radius, 1e-6), 0.1)
    # A chord of turn a strays by 1 - cos(a / 2), nearly a^2 / 8.
    pieces = math.ceil(abs(angle) / math.sqrt(8 * sagitta))
    return int(min(max(pieces, 1 + (abs(angle) > 0.5)), 256))


@compiled()
def longer_radius(pieces, step):  # type: ignore[no-untyped-def]
    """By how much the inner vertices of an arc are moved out so that its chords enclose its area.

    With the first and the last at the radius, as the sides that they belong to are, n chords of angle s
    enclose (n - 2) c^2 + 2 c triangles of sin(s) / 2, which must be n s / 2.
    """
    share = abs(step) / max(math.sin(abs(step)), 1e-6) if abs(step) > 1e-3 else 1.0
    if pieces == 2:
        return share
    return (math.sqrt(1 + (pieces - 2) * pieces * share) - 1) / (pieces - 2)
