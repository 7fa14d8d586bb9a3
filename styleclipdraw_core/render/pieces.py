"""A stroked subpath cut into pieces, and the bends that are too tight for its inner side; compiled.

The two sides of a stroke run beside its pieces at half its width h. In a bend whose radius r is smaller
than h the inner side runs backwards, h - r beyond the bend's centre, and would wind around what lies
there the wrong way. Such a side goes to the centre of the bend instead, where the normals at its ends
cross, and on from there: nothing is covered twice but what the stroke before and after the bend covers
already. Where neither of them reaches that far, each piece is a rectangle on its chord, which covers all
of it, much of it twice.
"""

from __future__ import annotations

import math

import numpy as np

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.curves import (
    FINEST,
    FLATNESS,
    LARGEST_TURN,
    control_points,
    pieces_of,
    point_at,
    put_chord,
    put_tangent,
)

# A piece: its segment, the numbers of the directions at its ends and of its chord (-1 where both sides run
# forward beside it), whether it is the first and the last of its segment, and whether it has no corner; its
# parameters and the correction e of its start (see `curves`), its squared turn in radians, its ends and
# length in px, and by how much its left side is longer than that and its right side shorter.
PIECE = np.dtype(
    [(name, np.int32) for name in ("segment", "at0", "at1", "chord", "begins", "ends", "bends")]
    + [
        (name, np.float64)
        for name in ("t0", "t1", "e", "turn", "x0", "y0", "x1", "y1", "length", "longer_left")
    ]
)
# radians: a bend that turns more is cut short in two. The normals at its ends must cross nearby.
WIDEST_BEND = 1.3
# A bend is even while the normals in it cross at depths that differ by no more than this factor. Discs
# at caps and joins cover what an uneven one sweeps: among 5,000 strokes all round none had a hole.
EVEN = 1.1
# Pieces of one bend: curves of 1e6 px have thousands, and every end of a bend is tried.
MOST_IN_BEND = 16


@compiled()
def cut(geometry, directions, d, pieces, path, subpath):  # type: ignore[no-untyped-def]
    """Cuts a subpath into pieces, for a stroke -> how many directions and pieces there are now; -1, -1
    without room for them.
    """
    points, segments, h = geometry.points, geometry.segments, 0.5 * geometry.widths[path]
    # The outer side's chords stray by h turn^2 / 8.
    most_turn = min(8 * FLATNESS / max(h, 1e-6), LARGEST_TURN**2)
    count = 0
    for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
        c = control_points(points, segments, k)
        # Steps are counted in units, so that a piece that turns too much can be halved and halved.
        units, i, step_before, before = pieces_of(c) * FINEST, 0, 0, count
        if units == 0:
            continue
        if d + 4 > len(directions):
            return -1, -1
        known0, nx0, ny0 = put_tangent(directions, d, k, c, 0.0)
        at0, x0, y0 = d, c[0], c[1]
        d += 1
        while i < units:
            step = i % FINEST & -(i % FINEST) if i % FINEST else FINEST
            if d + 4 > len(directions) or count + 2 > len(pieces):
                return -1, -1
            while True:
                known1, nx1, ny1 = put_tangent(directions, d, k, c, (i + step) / units)
                straight = known0 and known1
                turn = (nx1 - nx0) ** 2 + (ny1 - ny0) ** 2  # squared, for small ones
                if step == 1 or (straight and turn <= most_turn):
                    break
                step //= 2
            at1, t0, t1 = d, i / units, (i + step) / units
            d += 1
            x1, y1 = point_at(c, t1, 0.0)
            dx, dy = x1 - x0, y1 - y0
            length = math.sqrt(dx * dx + dy * dy)
            longer_left = h * ((nx1 - nx0) * dx + (ny1 - ny0) * dy) / max(length, 1e-9)
            bends = straight and turn <= LARGEST_TURN**2
            drawn, chord = True, -1
            if not bends or length <= abs(longer_left):
                drawn, chord = put_chord(directions, d, k, c, t0, t1), d
                d += 1
            if drawn:
                into = pieces[np.uint64(count)]
                into.segment, into.at0, into.at1, into.chord = k, at0, at1, chord
                into.begins, into.ends, into.bends = count == before, False, bends
                into.t0, into.t1, into.turn = t0, t1, turn
                into.e = step_before * step / (12.0 * units * units)
                into.x0, into.y0, into.x1, into.y1 = x0, y0, x1, y1
                into.length, into.longer_left = length, longer_left
                count += 1
            at0, known0, nx0, ny0, x0, y0, step_before = at1, known1, nx1, ny1, x1, y1, step
            i += step
        if count > before:
            pieces[np.uint64(count - 1)].ends = True
    return d, count


@compiled()
def tight_bend(pieces, count, directions, p, side, h, leg, round_end, even):  # type: ignore[no-untyped-def]
    """Where a bend that begins with piece ``p`` is too tight for a side (1 left, -1 right) and can be cut
    short -> one past its last piece (``p`` if there is none such), and how deep below its start its
    centre is.

    leg: how far the side has come without a corner; round_end: whether the stroke ends in a round cap;
    even: `EVEN`, or infinity where everything about the stroke is round.
    """
    past, deep = p, 0.0
    deepest = 0.0  # of where the normals in between cross the first one
    for q in range(p, min(count, p + MOST_IN_BEND)):
        piece = pieces[q]
        backwards = piece.chord >= 0 and piece.bends and side * piece.longer_left < 0
        if not backwards or (q > p and piece.begins):
            break
        below_a, below_b, turn = _crossing(pieces, directions, p, q, side)
        if not (turn > 0 and 0 < below_a < h and 0 < below_b < h):
            break
        deepest = max(deepest, below_a)
        # What a bend that gets tighter sweeps beyond its centre lies ahead of its first normal, where
        # only what follows can cover it; that of one that opens lies behind its last normal.
        tightens = deepest > even * below_a or below_a > even * below_b
        opens = below_b > even * below_a
        for m in range(p + 1, q + 1 if even < math.inf else p):
            _, below, _ = _crossing(pieces, directions, m, q, side)
            opens |= below > even * below_b
        reach = (h - min(below_a, below_b)) * turn
        before = leg >= reach
        covered = before and not tightens
        if not covered and (before or not opens):
            covered = _leg_after(pieces, count, q, side, reach, round_end)
        if covered:
            past, deep = q + 1, below_a
    return past, deep


@compiled()
def _crossing(pieces, directions, p, q, side):  # type: ignore[no-untyped-def]
    """Where the normals at the start of piece ``p`` and at the end of piece ``q`` cross on a side -> how
    deep below each, px, and the sine of the turn between them; 0, 0, 0 where they cross far away.
    """
    start, end = pieces[p], pieces[q]
    ax, ay = directions[start.at0].nx * 1.0, directions[start.at0].ny * 1.0
    bx, by = directions[end.at1].nx * 1.0, directions[end.at1].ny * 1.0
    dx, dy = end.x1 - start.x0, end.y1 - start.y0
    sin, cos = ax * by - ay * bx, ax * bx + ay * by
    if cos < math.cos(WIDEST_BEND) or sin == 0:
        return 0.0, 0.0, 0.0
    # start + side * below_a * a = end + side * below_b * b
    return side * (dx * by - dy * bx) / sin, side * (dx * ay - dy * ax) / sin, abs(sin)


@compiled()
def _leg_after(pieces, count, q, side, reach, round_end):  # type: ignore[no-untyped-def]
    """Whether a side goes on without a corner for at least ``reach`` px after piece ``q``."""
    leg = 0.0
    for r in range(q + 1, count):
        if pieces[r].begins or pieces[r].chord >= 0:
            return False
        leg += pieces[r].length + side * pieces[r].longer_left
        if leg >= reach:
            return True
    return round_end
