"""How much of each pixel of a band a polygon covers; compiled.

Each edge deposits the signed area between itself and the right border of the pixels it crosses, and a
running sum along the row gives every pixel its area weighted by winding number (the scheme of AGG and
of FreeType's smooth rasterizer). Where the winding number in a pixel is 0 and 1, that is the coverage,
exactly. Where it may be 0 and 2, because a polygon lies over itself there, the sum counts twice what is
covered once: such pixels are found by their edges (two that are not neighbours on the outline and run
in one direction) and done again by samples, each inside or outside by the fill rule.

Indices into arrays are unsigned and rows are not cut out as views: for the short rows of a stroke numba's
care for negative indices and for the lifetime of views costs four times the work itself.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled

EVENODD, STROKE = 1, 2
# Coverage below this is rounding left over by the running sum, not paint: 1/255 of it is invisible.
SMALLEST_COVERAGE = np.float32(1e-5)
# Scan lines through a pixel that an outline covers twice, and samples on each. Inkscape's own
# renderer has 15 lines; with 8 lines that are exact along their length W1 comes 0.35 dB nearer to a
# picture twelve times finer, and takes a tenth longer.
LINES, LANES = 4, 8
SAMPLES = LINES * LANES
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
def _deposit(sums, marks, r, xa, xb, dy, link, does, did):  # type: ignore[no-untyped-def]
    """Adds an edge's piece within one pixel row, with 0 <= x <= width, to the row's differences."""
    left, right = min(xa, xb), max(xa, xb)
    first, last = int(left), int(right)
    i = np.uint64(first)
    _mark(marks, r, i, link, does, did)
    if first == last:
        share = dy * (first + 1 - 0.5 * (left + right))
        sums[r, i] += share
        sums[r, np.uint64(first + 1)] += dy - share
        return first, first + 1
    slope = dy / (right - left)
    inside = first + 1 - left
    before = 0.5 * slope * inside * inside
    sums[r, i] += before
    for column in range(first + 1, last):
        i = np.uint64(column)
        _mark(marks, r, i, link, does, did)
        area = slope * (column + 0.5 - left)
        sums[r, i] += area - before
        before = area
    i = np.uint64(last)
    _mark(marks, r, i, link, does, did)
    inside = right - last
    area = dy - 0.5 * slope * inside * inside
    sums[r, i] += area - before
    sums[r, np.uint64(last + 1)] += dy - area
    return first, last + 1


@compiled()
def _clipped_deposit(sums, marks, r, xa, xb, dy, width, link, does, did):  # type: ignore[no-untyped-def]
    """`_deposit` of an edge that leaves the canvas -> first and last column it touched."""
    if xa <= 0 and xb <= 0:
        sums[r, 0] += dy
        return 0, 0
    if xa >= width and xb >= width:
        return width, width
    if 0 <= xa <= width and 0 <= xb <= width:
        return _deposit(sums, marks, r, xa, xb, dy, link, does, did)
    low, high = width, 0
    slope = dy / (xb - xa)  # of y along x, signed
    inner_a, inner_b = min(max(xa, 0.0), width), min(max(xb, 0.0), width)
    if min(xa, xb) < 0:
        sums[r, 0] -= math.copysign(slope, dy) * min(xa, xb)
        low = 0
    if max(xa, xb) > width:
        high = width
    inner = slope * (inner_b - inner_a)
    first, last = _deposit(sums, marks, r, inner_a, inner_b, inner, link, does, did)
    return min(low, first), max(high, last)


@compiled()
def accumulate(at, following, edges, begin, end, top, rows, width, sheet):  # type: ignore[no-untyped-def]
    """Deposits edges ``begin`` to ``end`` - 1 of ``edges`` into the sheet, noting what they do and where."""
    sums, marks, low, high = sheet.sums, sheet.marks, sheet.low, sheet.high
    piece_edge, piece_before, last_piece = sheet.piece_edge, sheet.piece_before, sheet.last_piece
    bottom = top + rows
    did = pieces = link = 0
    expected = np.int64(-1)  # the edge after the one before
    last_piece[:] = -1
    for k in range(begin, end):
        e = np.uint64(edges[k])
        f = np.uint64(following[e])
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0
        link += np.int64(e) != expected
        expected = np.int64(e) + 1
        if ay == by:
            continue
        link += 1
        sign = 1.0
        if ay > by:
            ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
        y, y1 = max(ay, top * 1.0), min(by, bottom * 1.0)
        if y >= y1:
            continue
        across, down = bx - ax, by - ay
        # An upright or level edge runs in one direction only: rounding gives it no second one.
        does = (RIGHT if sign * across > 0 else LEFT) if abs(across) > ASIDE * down else 0
        does |= (DOWN if sign > 0 else UP) if down > ASIDE * abs(across) else 0
        inside = min(ax, bx) >= 0 and max(ax, bx) <= width
        slope = across / down
        x = ax + (y - ay) * slope
        row = int(y) - top
        while y < y1:
            r = np.uint64(row)
            row += 1
            y_next = min(y1, top + row * 1.0)
            x_next = ax + (y_next - ay) * slope if y_next < by else bx
            dy = sign * (y_next - y)
            if inside:
                first, last = _deposit(sums, marks, r, x, x_next, dy, link, does, did)
            else:
                first, last = _clipped_deposit(
                    sums, marks, r, x, x_next, dy, width, link, does, did
                )
            low[r], high[r] = min(low[r], first), max(high[r], last)
            n = np.uint64(pieces)
            piece_edge[n], piece_before[n], last_piece[r] = np.int64(e), last_piece[r], pieces
            pieces += 1
            x, y = x_next, y_next
        did = does


@compiled(fastmath=True, forceinline=True)
def cover_row(sums, marks, r, x0, count, rule, kept, begin):  # type: ignore[no-untyped-def]
    """A row's differences -> coverage and its derivative in the area (SVG 2, section 13.4.2), into
    ``kept`` [2, n] from ``begin`` on.

    The row is set back to nothing. Returns whether a pixel of it was covered twice; then the marks
    stay, for `resolve_row`.
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


@compiled()
def resolve_row(at, following, top, r, x0, count, rule, sheet, kept, at_kept):  # type: ignore[no-untyped-def]
    """Does the marked pixels of a row again by samples, where the polygon lies over itself.

    A pixel's derivative is the share of its edges that separate inside from outside.
    """
    marks, doubtful, steps = sheet.marks, sheet.doubtful, sheet.steps
    many = 0
    for j in range(count):
        i = np.uint64(x0 + j)
        if marks[r, i]:
            marks[r, i] = 0
            doubtful[many] = x0 + j
            many += 1
    steps[: many * LINES * (LANES + 1)] = 0
    y_top, right = top + r * 1.0, doubtful[many - 1] + 1.0
    piece = sheet.last_piece[r]
    while piece >= 0:
        e = np.uint64(sheet.piece_edge[np.uint64(piece)])
        piece = sheet.piece_before[np.uint64(piece)]
        f = np.uint64(following[e])
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] - y_top, at[f, 0] * 1.0, at[f, 1] - y_top
        leftmost = min(ax, bx)
        if leftmost >= right:
            continue
        winds = np.int32(1)
        if ay > by:
            ax, ay, bx, by, winds = bx, by, ax, ay, np.int32(-1)
        slope = (bx - ax) / (by - ay)
        at_pixel = many - 1
        while at_pixel >= 0 and doubtful[at_pixel] + 1 > leftmost:
            _wind(steps, at_pixel, ax - doubtful[at_pixel], ay, by, slope, winds)
            at_pixel -= 1
    for n in range(many):
        twice, cover, share = _sampled(steps, n, rule)
        if twice:  # else the area is right, and exact
            k = np.uint64(at_kept + doubtful[n] - x0)
            kept[0, k], kept[1, k] = cover, share


@compiled(forceinline=True)
def _wind(steps, pixel, ax, ay, by, slope, winds):  # type: ignore[no-untyped-def]
    """Notes where an edge crosses a pixel's lines: the winding number steps there, from left to right.

    The edge runs from (ax, ay), as seen from the pixel's corner, down to ``by``.
    """
    for line in range(LINES):
        y = (line + 0.5) / LINES
        # Each line has its samples elsewhere, so that upright edges are seen by all of them.
        sample = math.ceil((ax + (y - ay) * slope) * LANES - ((5 * line) % LINES + 0.5) / LINES)
        at = (pixel * LINES + line) * (LANES + 1) + int(min(max(sample, 0.0), LANES * 1.0))
        steps[np.uint64(at)] += winds if (ay <= y) & (y < by) else 0


@compiled(forceinline=True)
def _sampled(steps, pixel, rule):  # type: ignore[no-untyped-def]
    """What the samples of a pixel say.

    Returns whether they lie over one another at all, the share of them that are inside, and the share
    of its edges that separate inside from outside.
    """
    inside = crossings = turns = lowest = highest = 0
    for line in range(LINES):
        at = (pixel * LINES + line) * (LANES + 1)
        winding = was = 0
        for lane in range(LANES):
            step = steps[np.uint64(at + lane)]
            winding += step
            lowest, highest = min(lowest, winding), max(highest, winding)
            now = _inside(winding, rule)
            inside += now
            if lane > 0:
                crossings += abs(step)
                turns += (now - was) if step > 0 else (was - now)
            was = now
    return highest - lowest > 1, inside / SAMPLES, turns / max(crossings, 1)


@compiled(forceinline=True)
def _inside(winding, rule):  # type: ignore[no-untyped-def]
    if rule == EVENODD:
        return winding & 1
    return 1 if (winding > 0 or (winding < 0 and rule != STROKE)) else 0


class Sheet(NamedTuple):
    """What a band is worked out on, row by row; everything is zero between two shapes but ``low``
    (the width) and ``high`` (-1). R rows, W columns, E edges of a shape in a band.
    """

    sums: npt.NDArray[np.float32]  # [R, W + 2] differences of area
    marks: npt.NDArray[np.int64]  # [R, W + 2] see `_mark`
    low: npt.NDArray[np.int64]  # [R] first column touched
    high: npt.NDArray[np.int64]  # [R] last column touched
    piece_edge: npt.NDArray[np.int64]  # [R * E] the edge of each piece of an edge in one row
    piece_before: npt.NDArray[np.int64]  # [R * E] the piece before it in the same row, or -1
    last_piece: npt.NDArray[np.int64]  # [R] the last piece in each row, or -1
    doubtful: npt.NDArray[np.int64]  # [W] columns of a row that are done again, ascending
    steps: npt.NDArray[
        np.int32
    ]  # [W * LINES * (LANES + 1)] of the winding number, along their lines


@compiled()
def blank_sheet(rows, width, edges):  # type: ignore[no-untyped-def]
    """A sheet for shapes of up to so many edges in a band."""
    return Sheet(
        np.zeros((rows, width + 2), np.float32),
        np.zeros((rows, width + 2), np.int64),
        np.full(rows, width),
        np.full(rows, -1),
        np.empty(rows * edges, np.int64),
        np.empty(rows * edges, np.int64),
        np.full(rows, -1),
        np.empty(width, np.int64),
        np.empty(width * LINES * (LANES + 1), np.int32),
    )


@compiled()
def covered_twice(at, following, rule, width, height):  # type: ignore[no-untyped-def]
    """For one polygon the pixels that `resolve_row` does again -> marked, coverage, derivative [H, W]."""
    edges = np.arange(len(at)).astype(np.int32)
    sheet = blank_sheet(height, width, len(edges))
    covers, slopes = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    marked = np.zeros((height, width), np.bool_)
    kept = np.empty((2, width), np.float32)
    accumulate(at, following, edges, 0, len(edges), 0, height, width, sheet)
    for row in range(height):
        x0, x1 = sheet.low[row], min(sheet.high[row] + 1, width)
        if sheet.high[row] < 0 or x0 >= x1:
            continue
        r = np.uint64(row)
        if cover_row(sheet.sums, sheet.marks, r, x0, x1 - x0, rule, kept, 0):
            for x in range(x0, x1):
                marked[row, x] = sheet.marks[row, x] != 0
            resolve_row(at, following, 0, r, x0, x1 - x0, rule, sheet, kept, 0)
        covers[row, x0:x1], slopes[row, x0:x1] = kept[0, : x1 - x0], kept[1, : x1 - x0]
    return marked, covers, slopes
