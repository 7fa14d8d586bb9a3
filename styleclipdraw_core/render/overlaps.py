"""Pixels in which a polygon lies over itself, done again by samples; compiled.

There the area weighted by winding numbers counts twice what is covered once. Each sample is inside or
outside by the fill rule (SVG 2, section 13.4.2), and a pixel's derivative in the area is the share of its
edges that separate inside from outside.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled

EVENODD, STROKE = 1, 2
# Scan lines through a pixel, and samples on each. Inkscape's own renderer has 15 lines; with 8 lines that
# are exact along their length a drawing of 256 strokes comes 0.35 dB nearer to a picture twelve times
# finer, and takes a tenth longer.
LINES, LANES = 4, 8
SAMPLES = LINES * LANES
# The winding numbers of a line's samples are the bytes of one word, from left to right and from 128 on.
# Sums of words are right whenever the last one is: only a winding beyond 127 would be wrong.
EACH_LANE, NO_WINDING = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
SEVEN_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)


class Doubtful(NamedTuple):
    """Pixels of a band that are done again, row by row, from left to right. R rows, W columns."""

    begin: npt.NDArray[np.int64]  # [R + 1] the first one of each row
    column: npt.NDArray[np.int32]  # [R * W]
    at_kept: npt.NDArray[np.int64]  # [R * W] where its coverage is kept
    windings: npt.NDArray[np.uint64]  # [R * W * LINES] see `NO_WINDING`


@compiled()
def no_doubts(rows, width):  # type: ignore[no-untyped-def]
    """Room for every pixel of a band."""
    return Doubtful(
        np.empty(rows + 1, np.int64),
        np.empty(rows * width, np.int32),
        np.empty(rows * width, np.int64),
        np.empty(rows * width * LINES, np.uint64),
    )


@compiled()
def doubt_row(doubtful, doubts, marks, r, x0, count, at_kept):  # type: ignore[no-untyped-def]
    """Moves the marks of a row to the doubtful pixels -> how many of these there are now."""
    for j in range(count):
        i = np.uint64(x0 + j)
        if marks[r, i]:
            marks[r, i] = 0
            n = np.uint64(doubts)
            doubtful.column[n], doubtful.at_kept[n] = x0 + j, at_kept + j
            doubts += 1
    return doubts


@compiled()
def resolve(polygon, top, rows, doubtful, doubts, kept):  # type: ignore[no-untyped-def]
    """Coverage and its derivative of the doubtful pixels, where the polygon really lies over itself."""
    at, following, windings = polygon.at, polygon.following, doubtful.windings
    windings[: doubts * LINES] = NO_WINDING
    for k in range(polygon.begin, polygon.end):
        e = np.uint64(polygon.edges[k])
        f = np.uint64(following[e])
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] * 1.0 - top, at[f, 0] * 1.0, at[f, 1] * 1.0 - top
        winds = EACH_LANE
        if ay > by:
            ax, ay, bx, by, winds = bx, by, ax, ay, np.uint64(0) - EACH_LANE
        if by <= 0 or ay >= rows or ay == by:
            continue
        leftmost, slope = min(ax, bx), (bx - ax) / (by - ay)
        x = (ax - ay * slope) * LANES  # where its line meets the band's top, in samples
        slope *= LANES
        for row in range(int(max(ay, 0.0)), int(min(by, rows - 0.5)) + 1):
            n = doubtful.begin[np.uint64(row + 1)] - 1
            while n >= doubtful.begin[np.uint64(row)]:
                column = doubtful.column[np.uint64(n)]
                if column + 1 <= leftmost:
                    break
                at_top = x + row * slope - column * LANES
                _wind(windings, n, at_top, slope, ay - row, by - row, winds)
                n -= 1
    for n in range(doubts):
        if _lies_over_itself(windings, n):  # else the area is right, and exact
            i = np.uint64(doubtful.at_kept[np.uint64(n)])
            kept[0, i], kept[1, i] = _sampled(windings, n, polygon.rule)


@compiled(forceinline=True)
def _wind(windings, pixel, at_top, slope, ay, by, winds):  # type: ignore[no-untyped-def]
    """Adds ``winds`` to the winding numbers of the samples of a pixel to the right of an edge.

    The edge runs from ay down to by below the pixel's top, where its line is ``at_top`` samples from the
    pixel's left; it moves on by ``slope`` samples a row.
    """
    for line in range(LINES):
        y = (line + 0.5) / LINES
        # Each line has its samples elsewhere, so that upright edges are seen by all of them.
        left = min(max(at_top + y * slope - ((5 * line) % LINES + 0.5) / LINES, 0.0), LANES * 1.0)
        before = int(left)
        half = np.uint64(4 * (before + (left > before)))  # bits; twice, as 64 at once is none
        at = np.uint64(pixel * LINES + line)
        windings[at] += (winds << half) << half if (ay <= y) & (y < by) else np.uint64(0)


@compiled(forceinline=True)
def _lies_over_itself(windings, pixel):  # type: ignore[no-untyped-def]
    """Whether the winding numbers of a pixel's samples, and 0, are more than one apart."""
    above = below = further = np.uint64(0)
    for line in range(LINES):
        word = windings[np.uint64(pixel * LINES + line)]
        rest = word & SEVEN_BITS
        positive = word & NO_WINDING
        above |= positive & (rest + SEVEN_BITS)  # 1 or more
        further |= positive & (rest + (SEVEN_BITS - EACH_LANE))  # 2 or more
        negative = NO_WINDING & ~word
        below |= negative
        further |= negative & ~(rest + EACH_LANE)  # -2 or less: at most 126
    return further != 0 or (above != 0 and below != 0)


@compiled(forceinline=True)
def _sampled(windings, pixel, rule):  # type: ignore[no-untyped-def]
    """The share of a pixel's samples that are inside, and of its edges that separate inside from outside."""
    inside = crossings = turns = 0
    for line in range(LINES):
        word = windings[np.uint64(pixel * LINES + line)]
        winding = was = 0
        for lane in range(LANES):
            step = int((word >> np.uint64(8 * lane)) & np.uint64(0xFF)) - 128 - winding
            winding += step
            now = _inside(winding, rule)
            inside += now
            if lane > 0:
                crossings += abs(step)
                turns += (now - was) if step > 0 else (was - now)
            was = now
    return inside / SAMPLES, turns / max(crossings, 1)


@compiled(forceinline=True)
def _inside(winding, rule):  # type: ignore[no-untyped-def]
    if rule == EVENODD:
        return winding & 1
    return 1 if (winding > 0 or (winding < 0 and rule != STROKE)) else 0
