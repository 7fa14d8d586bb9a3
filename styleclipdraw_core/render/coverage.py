"""How much of each pixel of a band a polygon covers, and how that changes with its edges; compiled.

Each edge deposits the signed area between itself and the right border of the pixels it crosses, and a
running sum along the row gives every pixel its area weighted by winding number (the scheme of AGG and
of FreeType's smooth rasterizer). Where the winding number in a pixel is 0 and 1, that is the coverage,
exactly. Where it may be 0 and 2, because a polygon lies over itself there, the sum counts twice what is
covered once: such pixels are found by their edges (two that are not neighbours on the outline and run
in one direction) and done again by scan lines with the fill rule applied along them.
"""

from __future__ import annotations

import math

import numpy as np

from styleclipdraw_core.render.compiled import compiled

EVENODD, STROKE = 1, 2
# Coverage below this is rounding left over by the running sum, not paint: 1/255 of it is invisible.
SMALLEST_COVERAGE = np.float32(1e-5)
# Scan lines through a pixel that an outline covers twice. Inkscape's own renderer has 15.
LINES = 8
# What an edge does in a pixel: run down, up, right or left; the upper half says "more than one chain".
DOWN, UP, RIGHT, LEFT = 1, 2, 4, 8
ASIDE = 0.1


@compiled(forceinline=True)
def _mark(marks, newest, r, i, edge, does, did):  # type: ignore[no-untyped-def]
    """Notes an edge in a pixel; an edge that goes on from its neighbour as before is no second one."""
    new = does & ~did if newest[r, i] == edge - 1 else does
    mark = marks[r, i]
    marks[r, i] = mark | new | ((mark & new) << 4)
    newest[r, i] = edge


@compiled(forceinline=True)
def _deposit(sums, marks, newest, r, xa, xb, dy, edge, does, did):  # type: ignore[no-untyped-def]
    """Adds an edge's piece within one pixel row, with 0 <= x <= width, to the row's differences."""
    left, right = min(xa, xb), max(xa, xb)
    first, last = int(left), int(right)
    _mark(marks, newest, r, first, edge, does, did)
    if first == last:
        share = dy * (first + 1 - 0.5 * (left + right))
        sums[r, first] += share
        sums[r, first + 1] += dy - share
        return first, first + 1
    slope = dy / (right - left)
    inside = first + 1 - left
    before = 0.5 * slope * inside * inside
    sums[r, first] += before
    for i in range(first + 1, last):
        _mark(marks, newest, r, i, edge, does, did)
        area = slope * (i + 0.5 - left)
        sums[r, i] += area - before
        before = area
    _mark(marks, newest, r, last, edge, does, did)
    inside = right - last
    area = dy - 0.5 * slope * inside * inside
    sums[r, last] += area - before
    sums[r, last + 1] += dy - area
    return first, last + 1


@compiled(forceinline=True)
def _clipped_deposit(sums, marks, newest, r, xa, xb, dy, width, edge, does, did):  # type: ignore[no-untyped-def]
    """`_deposit` of an edge that may leave the canvas -> first and last column it touched."""
    if xa <= 0 and xb <= 0:
        sums[r, 0] += dy
        return 0, 0
    if xa >= width and xb >= width:
        return width, width
    if 0 <= xa <= width and 0 <= xb <= width:
        return _deposit(sums, marks, newest, r, xa, xb, dy, edge, does, did)
    low, high = width, 0
    slope = dy / (xb - xa)  # of y along x, signed
    inner_a, inner_b = min(max(xa, 0.0), width), min(max(xb, 0.0), width)
    if min(xa, xb) < 0:
        sums[r, 0] -= math.copysign(slope, dy) * min(xa, xb)
        low = 0
    if max(xa, xb) > width:
        high = width
    inner = slope * (inner_b - inner_a)
    first, last = _deposit(sums, marks, newest, r, inner_a, inner_b, inner, edge, does, did)
    return min(low, first), max(high, last)


@compiled()
def accumulate(at, following, edges, top, rows, width, sums, marks, newest, low, high):  # type: ignore[no-untyped-def]
    """Deposits a run of edges into ``sums`` [rows, width + 2], noting what they do and the columns."""
    bottom = top + rows
    did = 0
    for e in edges:
        f = following[e]
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0
        if ay == by:
            continue
        sign = 1.0
        if ay > by:
            ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
        dx, dy = sign * (bx - ax), sign * (by - ay)
        # An upright or level edge runs in one direction only: rounding gives it no second one.
        does = (RIGHT if dx > 0 else LEFT) if abs(dx) > ASIDE * abs(dy) else 0
        does |= (DOWN if dy > 0 else UP) if abs(dy) > ASIDE * abs(dx) else 0
        y0, y1 = max(ay, top), min(by, bottom)
        if y0 >= y1:
            continue
        slope = (bx - ax) / (by - ay)
        x = ax + (y0 - ay) * slope
        y = y0
        for r in range(int(y0) - top, rows):
            if y >= y1:
                break
            y_next = min(y1, top + r + 1.0)
            x_next = ax + (y_next - ay) * slope if y_next < by else bx
            first, last = _clipped_deposit(
                sums, marks, newest, r, x, x_next, sign * (y_next - y), width, e, does, did
            )
            low[r], high[r] = min(low[r], first), max(high[r], last)
            x, y = x_next, y_next
        did = does


@compiled(fastmath=True)
def cover_row(sums, marks, newest, count, rule, covers, slopes):  # type: ignore[no-untyped-def]
    """A row's differences -> coverage and its derivative in the area (SVG 2, section 13.4.2).

    The row is set back to nothing. Returns whether a pixel of it was covered twice; then the marks
    stay, for `resolve_row`.
    """
    one, none, two = np.float32(1.0), np.float32(0.0), np.float32(2.0)
    area = none
    twice = 0
    for j in range(count):
        area += sums[j]
        sums[j] = none
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
        covers[j] = cover if cover > SMALLEST_COVERAGE else none
        slopes[j] = slope
        twice |= marks[j] >> 4
    if not twice:
        marks[:count] = 0
        newest[:count] = -2
    return twice != 0


@compiled()
def resolve_row(at, following, edges, y_top, x_left, marks, newest, count, rule, crossings, covers, slopes):  # type: ignore[no-untyped-def]
    """Does the marked pixels of a row again by scan lines, where the polygon lies over itself.

    ``crossings`` [2, LINES, E] is room for x and direction of each line's edges. A pixel's derivative is
    the share of its edges that separate inside from outside.
    """
    found = np.zeros(LINES, np.int32)
    before = np.zeros(LINES, np.int32)  # winding number left of the first marked pixel
    first, last = count, -1
    for j in range(count):
        if marks[j] >> 4:
            first, last = min(first, j), j
            covers[j] = slopes[j] = 0.0
    left, right = float(x_left + first), x_left + last + 1.0
    for e in edges:
        f = following[e]
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0
        sign = 1.0
        if ay > by:
            ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
        if by <= y_top or ay >= y_top + 1 or ay == by or min(ax, bx) >= right:
            continue
        begin = int(max(math.ceil((ay - y_top) * LINES - 0.5), 0))
        end = int(min(math.ceil((by - y_top) * LINES - 0.5), LINES))
        if max(ax, bx) < left:
            for line in range(begin, end):
                before[line] += int(sign)
            continue
        slope = (bx - ax) / (by - ay)
        for line in range(begin, end):
            x = ax + (y_top + (line + 0.5) / LINES - ay) * slope - x_left
            k = found[line]
            while k > 0 and crossings[0, line, k - 1] > x:
                crossings[0, line, k] = crossings[0, line, k - 1]
                crossings[1, line, k] = crossings[1, line, k - 1]
                k -= 1
            crossings[0, line, k], crossings[1, line, k] = x, sign
            found[line] += 1
    crossed = np.zeros(count, np.float32)
    for line in range(LINES):
        winding, entered = before[line], float(first)
        inside = _inside(winding, rule)
        for k in range(found[line]):
            x, sign = crossings[0, line, k], crossings[1, line, k]
            winding += int(sign)
            now = _inside(winding, rule)
            if now and not inside:
                entered = x
            if inside and not now:
                _add_span(max(entered, first * 1.0), min(x, last + 1.0), marks, covers)
            if first <= x < last + 1:
                crossed[int(x)] += 1
                slopes[int(x)] += sign * (now - inside) if marks[int(x)] >> 4 else 0.0
            inside = now
        if inside:
            _add_span(max(entered, first * 1.0), last + 1.0, marks, covers)
    for j in range(count):
        if marks[j] >> 4:
            covers[j] = min(covers[j] / LINES, 1.0)
            slopes[j] = slopes[j] / crossed[j] if crossed[j] > 0 else 0.0
        marks[j] = 0
        newest[j] = -2


@compiled(forceinline=True)
def _inside(winding, rule):  # type: ignore[no-untyped-def]
    if rule == EVENODD:
        return winding & 1
    return 1 if (winding > 0 or (winding < 0 and rule != STROKE)) else 0


@compiled(forceinline=True)
def _add_span(x0, x1, marks, covers):  # type: ignore[no-untyped-def]
    """Adds the length of a span to the marked pixels."""
    for j in range(int(x0), min(int(x1) + 1, len(covers))):
        if marks[j] >> 4:
            covers[j] += max(min(x1, j + 1.0) - max(x0, j * 1.0), 0.0)


@compiled(forceinline=True)
def edge_gradient(ax, ay, bx, by, top, rows, width, weights, low, high):  # type: ignore[no-untyped-def]
    """The loss's gradient in an edge's ends, from the pixels [rows, width] of a band that it crosses.

    The derivative of a polygon's area inside a pixel is the integral along the edges in that pixel
    (Reynolds' transport theorem; Li et al. 2020, "Differentiable vector graphics rasterization", equation
    4, without the sampling). With u from 0 at the start to 1 at the end, every piece u0 to u1 within a
    pixel of weight w moves the start by w (u1 - u0) (1 - u) and the end by w (u1 - u0) u, at its
    middle u, across the edge.
    """
    dx, dy = bx - ax, by - ay
    row0, row1 = int(max(min(ay, by) - top, 0.0)), int(min(max(ay, by) - top, rows - 1.0))
    toward_a = toward_b = 0.0
    if max(ay, by) < top:
        return 0.0, 0.0, 0.0, 0.0
    per_y = 1.0 / dy if dy != 0 else 0.0
    per_x = 1.0 / dx if dx != 0 else 0.0
    for r in range(row0, row1 + 1):
        if high[r] < 0:
            continue
        u0, u1 = 0.0, 1.0
        if row0 != row1 or ay < top or by < top or ay > top + rows or by > top + rows:
            if dy == 0:
                continue
            ua, ub = (top + r - ay) * per_y, (top + r + 1 - ay) * per_y
            u0, u1 = max(0.0, min(ua, ub)), min(1.0, max(ua, ub))
            if u1 <= u0:
                continue
        xa, xb = ax + u0 * dx, ax + u1 * dx
        left, right = min(xa, xb), max(xa, xb)
        if right < 0 or left >= width:
            continue
        first, last = int(max(left, 0.0)), int(min(right, width - 1.0))
        if first == last and left >= 0 and right <= width:
            share = weights[r, first] * (u1 - u0)
            middle = 0.5 * (u0 + u1)
            toward_a += share * (1.0 - middle)
            toward_b += share * middle
            continue
        for i in range(max(first, low[r]), min(last, high[r]) + 1):
            ua, ub = (i - ax) * per_x, (i + 1 - ax) * per_x
            v0, v1 = max(u0, min(ua, ub)), min(u1, max(ua, ub))
            if v1 > v0:
                share = weights[r, i] * (v1 - v0)
                middle = 0.5 * (v0 + v1)
                toward_a += share * (1.0 - middle)
                toward_b += share * middle
    return -dy * toward_a, dx * toward_a, -dy * toward_b, dx * toward_b


@compiled()
def covered_twice(at, following, rule, width, height):  # type: ignore[no-untyped-def]
    """For one polygon the pixels that `resolve_row` does again -> marked, coverage, derivative [H, W]."""
    edges = np.arange(len(at))
    sums = np.zeros((height, width + 2), np.float32)
    marks = np.zeros((height, width + 2), np.uint8)
    newest = np.full((height, width + 2), -2, np.int32)
    low, high = np.full(height, width, np.int32), np.full(height, -1, np.int32)
    covers, slopes = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    marked = np.zeros((height, width), np.bool_)
    accumulate(at, following, edges, 0, height, width, sums, marks, newest, low, high)
    crossings = np.empty((2, LINES, len(edges)), np.float64)
    for r in range(height):
        x0, x1 = low[r], min(high[r] + 1, width)
        if high[r] < 0 or x0 >= x1:
            continue
        row, seen = marks[r, x0:x1], newest[r, x0:x1]
        marked[r, x0:x1] = row >> 4 != 0
        if cover_row(sums[r, x0:x1], row, seen, x1 - x0, rule, covers[r, x0:x1], slopes[r, x0:x1]):
            resolve_row(
                at, following, edges, r, x0, row, seen, x1 - x0, rule, crossings,
                covers[r, x0:x1], slopes[r, x0:x1],
            )  # fmt: skip
    return marked, covers, slopes
