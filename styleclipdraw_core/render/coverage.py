"""How much of each pixel of a band a polygon covers; compiled.

Each edge deposits the signed area between itself and the right border of the pixels it crosses, and a
running sum along the row gives every pixel its area weighted by winding number (the scheme of AGG and
of FreeType's smooth rasterizer). Where the winding number in a pixel is 0 and 1, that is the coverage,
exactly. Where it may be 0 and 2, because a polygon lies over itself there, the sum counts twice what is
covered once: such pixels are found by their edges (two that are not neighbours on the outline and run
in one direction) and done again by samples (see `overlaps`).

Indices into arrays are unsigned and rows are not cut out as views: for the short rows of a stroke numba's
care for negative indices and for the lifetime of views costs four times the work itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.overlaps import (
    EVENODD,
    STROKE,
    Doubtful,
    doubt_row,
    no_doubts,
    resolve,
)
from styleclipdraw_core.render.walk import first_pixel, next_pixel, part_within

# Coverage below this is rounding left over by the running sum, not paint: 1/255 of it is invisible.
SMALLEST_COVERAGE = np.float32(1e-5)
# From this much area on such a pixel is simply full, if its fill rule is not even-odd: of 2,278 in a
# drawing of 256 strokes three were seen to miss more than a tenth.
FULL = np.float32(1.9)
# What an edge does in a pixel: run down, up, right or left; the next four bits say "more than one
# chain", and the rest is the number of the last edge there: neighbours on the outline follow each other.
DOWN, UP, RIGHT, LEFT = 1, 2, 4, 8
TWICE, LINK_SHIFT = 0xF0, 8
ASIDE = 0.1


@compiled(forceinline=True)
def _mark(marks, r, i, link, does, did):  # type: ignore[no-untyped-def]
    """Notes an edge in a pixel; an edge that goes on from its neighbour as before is no second one."""
    before = marks[r, i]
    new = does & ~did if before >> LINK_SHIFT == link - 1 else does
    marks[r, i] = link << LINK_SHIFT | (before & 0xFF) | new | ((before & new) << 4)


@compiled(forceinline=True)
def _deposit(sheet, xa, ya, xb, yb, link, does, did):  # type: ignore[no-untyped-def]
    """Adds an edge within the sheet, 0 <= x <= its width, to the differences of the rows it crosses."""
    sums, marks, low, high = sheet.sums, sheet.marks, sheet.low, sheet.high
    across, down = xb - xa, yb - ya
    borders, pixel, line = first_pixel(xa, ya, xb, yb)
    u = 0.0
    for border in range(borders + 1):
        column, row, _, _, next_x, next_y = pixel
        v = min(next_x, next_y) if border < borders else 1.0
        tall = (v - u) * down
        share = tall * (column + 1 - (xa + 0.5 * (u + v) * across))
        r, i = np.uint64(row), np.uint64(column)
        if does and v > u:
            _mark(marks, r, i, link, does, did)
        sums[r, i] += share
        sums[r, np.uint64(column + 1)] += tall - share
        low[r], high[r] = min(low[r], column), max(high[r], column)
        u, pixel = v, next_pixel(pixel, line)


@compiled()
def _deposit_clipped(sheet, xa, ya, xb, yb, width, link, does, did):  # type: ignore[no-untyped-def]
    """`_deposit` of an edge that leaves the canvas at its sides: out there it runs along the border, and
    does nothing in the pixels beside it that could be marked.
    """
    u, v = part_within(xa, xb, width)
    across, down = xb - xa, yb - ya
    first, last = min(max(xa, 0.0), width), min(max(xb, 0.0), width)
    if v <= u:
        _deposit(sheet, first, ya, first, yb, link, 0, did)
        return
    yu, yv = ya + u * down, ya + v * down
    if u > 0:
        _deposit(sheet, first, ya, first, yu, link, 0, did)
    xu, xv = min(max(xa + u * across, 0.0), width), min(max(xa + v * across, 0.0), width)
    _deposit(sheet, xu, yu, xv, yv, link, does, did)
    if v < 1:
        _deposit(sheet, last, yv, last, yb, link, 0, did)


@compiled(forceinline=True)
def accumulate(polygon, top, rows, width, sheet):  # type: ignore[no-untyped-def]
    """Deposits a polygon's edges into the sheet of a band, noting what they do and where."""
    at, following, edges = polygon.at, polygon.following, polygon.edges
    did = link = 0
    expected = np.int64(-1)  # the edge after the one before
    tall, wide = rows * 1.0, width * 1.0
    for k in range(polygon.begin, polygon.end):
        e = np.uint64(edges[k])
        f = np.uint64(following[e])
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] * 1.0 - top, at[f, 0] * 1.0, at[f, 1] * 1.0 - top
        link += np.int64(e) != expected
        expected = np.int64(e) + 1
        if ay == by:
            continue
        link += 1
        across, down = bx - ax, by - ay
        # An upright or level edge runs in one direction only: rounding gives it no second one.
        does = (RIGHT if across > 0 else LEFT) if abs(across) > ASIDE * abs(down) else 0
        does |= (DOWN if down > 0 else UP) if abs(down) > ASIDE * abs(across) else 0
        if min(ay, by) < 0 or max(ay, by) > tall:
            u, v = part_within(ay, by, tall)
            if v <= u:
                continue
            ax, bx = ax + u * across, ax + v * across
            ay, by = min(max(ay + u * down, 0.0), tall), min(max(ay + v * down, 0.0), tall)
        if min(ax, bx) >= 0 and max(ax, bx) <= wide:
            _deposit(sheet, ax, ay, bx, by, link, does, did)
        else:
            _deposit_clipped(sheet, ax, ay, bx, by, wide, link, does, did)
        did = does


@compiled(fastmath=True, forceinline=True)
def cover_row(sums, marks, r, x0, count, rule, kept, begin):  # type: ignore[no-untyped-def]
    """A row's differences -> coverage and its derivative in the area (SVG 2, section 13.4.2), into
    ``kept`` [2, n] from ``begin`` on.

    The row is set back to nothing. Returns whether a pixel of it was covered twice; then the marks
    stay.
    """
    one, none, two = np.float32(1.0), np.float32(0.0), np.float32(2.0)
    area = none
    seen = 0
    for j in range(count):
        i, n = np.uint64(x0 + j), np.uint64(begin + j)
        area += sums[r, i]
        sums[r, i] = none
        if rule == STROKE:
            cover = min(max(area, none), one)
            slope = one if (area >= none) & (area < one) else none
        elif rule == EVENODD:
            rest = area - two * np.floor(np.float32(0.5) * (area + one))
            cover = abs(rest)
            slope = one if rest >= none else -one
        else:
            cover = min(abs(area), one)
            slope = none if cover >= one else (one if area >= none else -one)
        kept[0, n] = cover if cover > SMALLEST_COVERAGE else none
        kept[1, n] = slope
        mark = marks[r, i] & TWICE
        if rule != EVENODD and abs(area) > FULL:
            mark = 0
        marks[r, i] = mark
        seen |= mark
    if seen:
        return True
    for j in range(count):
        marks[r, np.uint64(x0 + j)] = 0
    return False


@compiled(forceinline=True)
def cover_rows(polygon, top, rows, width, sheet, spans, span, kept, used):  # type: ignore[no-untyped-def]
    """What `accumulate` found -> coverage and its derivative of all pixels touched, into ``kept`` [2, n]
    from ``used`` on, and the columns of each row into ``spans`` [*, 2] from ``span`` on.

    The sheet is blank again. Returns how much of ``kept`` is used now.
    """
    doubtful, doubts = sheet.doubtful, 0
    for row in range(rows):
        r = np.uint64(row)
        high = sheet.high[r]
        x0, x1 = (sheet.low[r], min(high + 1, width)) if high >= 0 else (0, 0)
        sheet.low[r], sheet.high[r] = width, -1
        x0 = min(x0, x1)
        spans[span, 0], spans[span, 1] = x0, x1
        span += 1
        doubtful.begin[r] = doubts
        if x0 < x1 and cover_row(sheet.sums, sheet.marks, r, x0, x1 - x0, polygon.rule, kept, used):
            doubts = doubt_row(doubtful, doubts, sheet.marks, r, x0, x1 - x0, used)
        used += x1 - x0
        if high >= 0:
            last = np.uint64(high)
            sheet.sums[r, last] = sheet.sums[r, last + np.uint64(1)] = 0.0
            sheet.marks[r, last] = 0
    doubtful.begin[rows] = doubts
    if doubts:
        resolve(polygon, top, rows, doubtful, doubts, kept)
    # Edges that end at the lowest border have touched the row below it, of a higher band a row like any.
    below = np.uint64(rows)
    for column in range(sheet.low[below], sheet.high[below] + 1):
        i = np.uint64(column)
        sheet.sums[below, i] = sheet.sums[below, i + np.uint64(1)] = 0.0
        sheet.marks[below, i] = 0
    sheet.low[below], sheet.high[below] = width, -1
    return used


class Polygon(NamedTuple):
    """Edges ``begin`` to ``end`` - 1 of ``edges``, which are those of one shape that may touch a band."""

    at: npt.NDArray[np.float32]  # [V, 2] px
    following: npt.NDArray[np.int32]  # [V] the vertex that the edge of a vertex leads to
    edges: npt.NDArray[np.int32]  # the vertices that edges start at
    begin: int
    end: int
    rule: int


class Sheet(NamedTuple):
    """What a band is worked out on, row by row; everything is zero between two shapes but ``low``
    (the width) and ``high`` (-1). R rows, and one for edges that end at the lowest border; W columns.
    """

    sums: npt.NDArray[np.float32]  # [R + 1, W + 2] differences of area
    marks: npt.NDArray[np.int64]  # [R + 1, W + 2] see `_mark`
    low: npt.NDArray[np.int64]  # [R + 1] first column touched
    high: npt.NDArray[np.int64]  # [R + 1] last column touched
    doubtful: Doubtful


@compiled()
def blank_sheet(rows, width):  # type: ignore[no-untyped-def]
    """A sheet for bands of up to so many rows."""
    return Sheet(
        np.zeros((rows + 1, width + 2), np.float32),
        np.zeros((rows + 1, width + 2), np.int64),
        np.full(rows + 1, width),
        np.full(rows + 1, -1),
        no_doubts(rows, width),
    )


@compiled()
def covered_twice(at, following, rule, width, height):  # type: ignore[no-untyped-def]
    """For one polygon the pixels that are done again by samples -> marked, coverage, derivative [H, W]."""
    edges = np.arange(len(at)).astype(np.int32)
    polygon = Polygon(at, following, edges, 0, len(edges), rule)
    sheet, spans = blank_sheet(height, width), np.empty((height, 2), np.int32)
    covers, slopes = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    marked = np.zeros((height, width), np.bool_)
    kept = np.empty((2, height * width), np.float32)
    accumulate(polygon, 0, height, width, sheet)
    cover_rows(polygon, 0, height, width, sheet, spans, 0, kept, 0)
    begin = 0
    for row in range(height):
        x0, x1 = spans[row, 0], spans[row, 1]
        end = begin + x1 - x0
        covers[row, x0:x1], slopes[row, x0:x1] = kept[0, begin:end], kept[1, begin:end]
        begin = end
        for n in range(sheet.doubtful.begin[row], sheet.doubtful.begin[row + 1]):
            marked[row, sheet.doubtful.column[n]] = True
    return marked, covers, slopes
