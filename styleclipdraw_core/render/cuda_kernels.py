"""Triton kernels that paint polygons tile by tile, forward and backward; they know no paths.

One program is a tile of SIZE x SIZE pixels, or a pair of a tile and a shape in it (`cuda_tiles`).
Coverage and its derivative are those of `coverage`, evaluated for all pixels of a tile at once.
"""

# mypy: ignore-errors
from __future__ import annotations

import triton
import triton.language as tl

EVENODD = tl.constexpr(1)
STROKE = tl.constexpr(2)
# Below this the quotient of two areas loses more to rounding than the mean does to curvature.
UPRIGHT = tl.constexpr(1e-3)
DOWN, UP, RIGHT, LEFT = tl.constexpr(1), tl.constexpr(2), tl.constexpr(4), tl.constexpr(8)
ASIDE = tl.constexpr(0.1)
FULL = tl.constexpr(1.9)  # as in `coverage`


@triton.jit
def _fold(area, rule):
    """Winding-weighted area of a pixel -> coverage (SVG 2, 13.4.2)."""
    stroke = tl.minimum(tl.maximum(area, 0.0), 1.0)
    evenodd = tl.abs(area - 2.0 * tl.floor(0.5 * (area + 1.0)))
    nonzero = tl.minimum(tl.abs(area), 1.0)
    return tl.where(rule == STROKE, stroke, tl.where(rule == EVENODD, evenodd, nonzero))


@triton.jit
def _fold_slope(area, rule):
    """The derivative of `_fold`."""
    stroke = tl.where((area >= 0.0) & (area < 1.0), 1.0, 0.0)
    rest = area - 2.0 * tl.floor(0.5 * (area + 1.0))
    evenodd = tl.where(rest >= 0.0, 1.0, -1.0)
    nonzero = tl.where(tl.abs(area) >= 1.0, 0.0, tl.where(area >= 0.0, 1.0, -1.0))
    return tl.where(rule == STROKE, stroke, tl.where(rule == EVENODD, evenodd, nonzero))


@triton.jit
def _inside(winding, rule):
    """Whether a winding number is inside, 0 or 1."""
    nonzero = tl.where(rule == STROKE, winding > 0, winding != 0)
    return tl.where(rule == EVENODD, winding & 1, nonzero.to(tl.int32))


@triton.jit
def _scan(ends, k, x0, y0, y):
    """Where edge k crosses lines at heights y -> x, whether it does, and its direction there."""
    ax, ay = tl.load(ends + 4 * k) - x0, tl.load(ends + 4 * k + 1) - y0
    bx, by = tl.load(ends + 4 * k + 2) - x0, tl.load(ends + 4 * k + 3) - y0
    level = ay == by
    slope = (bx - ax) / tl.where(level, 1.0, by - ay)
    crossed = (y >= tl.minimum(ay, by)) & (y < tl.maximum(ay, by))
    return ax + (y - ay) * slope, crossed, tl.where(by > ay, 1, -1)


@triton.jit
def _resolve(
    ends, begin, end, x0, y0, rule, SIZE: tl.constexpr, LINES: tl.constexpr, LANES: tl.constexpr
):  # fmt: skip
    """Coverage of a tile's pixels by samples, and its derivative (`overlaps.resolve`).

    Also returns where the polygon lies over itself at all. Goes from one sample of every line to the
    next, so that only two winding numbers of each line are held.
    """
    line = tl.arange(0, LINES)[None, :]
    y = tl.arange(0, SIZE)[:, None] + (line + 0.5) / LINES  # [SIZE, LINES]
    left = tl.arange(0, SIZE).to(tl.float32)[None, None, :]  # [1, 1, SIZE]
    shift = (((5 * line) % LINES + 0.5) / LINES)[:, :, None]  # [1, LINES, 1]
    inside = tl.zeros((SIZE, SIZE), tl.int32)
    turns, crossings = tl.zeros((SIZE, SIZE), tl.int32), tl.zeros((SIZE, SIZE), tl.int32)
    lowest, highest = tl.zeros((SIZE, SIZE), tl.int32), tl.zeros((SIZE, SIZE), tl.int32)
    before = tl.zeros((SIZE, LINES, SIZE), tl.int32)
    for lane in range(LANES):
        sample = left + (lane + shift) / LANES  # [1, LINES, SIZE]
        winding = tl.zeros((SIZE, LINES, SIZE), tl.int32)
        for k in range(begin, end):
            if tl.minimum(tl.load(ends + 4 * k), tl.load(ends + 4 * k + 2)) - x0 < SIZE:
                x, crossed, sign = _scan(ends, k, x0, y0, y)  # [SIZE, LINES]
                winding += tl.where(crossed[:, :, None] & (x[:, :, None] <= sample), sign, 0)
        lowest = tl.minimum(lowest, tl.min(winding, 1))
        highest = tl.maximum(highest, tl.max(winding, 1))
        inside += tl.sum(_inside(winding, rule), 1)
        if lane > 0:
            change = _inside(winding, rule) - _inside(before, rule)
            turns += tl.sum(tl.where(winding > before, change, -change), 1)
            crossings += tl.sum(tl.abs(winding - before), 1)
        before = winding
    return (
        highest - lowest > 1,
        inside.to(tl.float32) / (LINES * LANES),
        turns.to(tl.float32) / tl.maximum(crossings, 1).to(tl.float32),
    )


@triton.jit
def measure(
    ends, entry_edge, run_begin, pair_run, pair_tile, run_shape, rules, covers, towards,
    first_pair, across, down,
    SIZE: tl.constexpr, LINES: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """What a pair's shape covers of the tile's pixels, and the derivative of that in its area.

    Both go to [M, SIZE^2]. Pixels that the polygon covers twice are found and done again as in
    `coverage`.
    """
    pair = first_pair + tl.program_id(0)
    run, tile = tl.load(pair_run + pair), tl.load(pair_tile + pair)
    rule = tl.load(rules + tl.load(run_shape + run))
    x0 = ((tile % across) * SIZE).to(tl.float32)
    y0 = ((tile // across) % down * SIZE).to(tl.float32)
    row = tl.arange(0, SIZE).to(tl.float32)[:, None]  # [SIZE, 1]
    border = tl.arange(0, SIZE).to(tl.float32)[None, :] + 1.0  # [1, SIZE] right borders
    area = tl.zeros((SIZE, SIZE), tl.float32)
    # What edges do in each pixel, and which was the last in it: see `coverage._mark`.
    marks, newest = tl.zeros((SIZE, SIZE), tl.int32), tl.zeros((SIZE, SIZE), tl.int32)
    did, link, expected = 0, 0, -1
    begin, end = tl.load(run_begin + run), tl.load(run_begin + run + 1)
    for k in range(begin, end):
        ax, ay = tl.load(ends + 4 * k) - x0, tl.load(ends + 4 * k + 1) - y0
        bx, by = tl.load(ends + 4 * k + 2) - x0, tl.load(ends + 4 * k + 3) - y0
        edge = tl.load(entry_edge + k)
        link += (edge != expected).to(tl.int32) + (ay != by).to(tl.int32)
        expected = edge + 1
        if (tl.minimum(ax, bx) < SIZE) & (ay != by):
            slope = (bx - ax) / (by - ay)
            top = tl.minimum(tl.maximum(ay, row), row + 1.0)
            bottom = tl.minimum(tl.maximum(by, row), row + 1.0)
            x_top, x_bottom = ax + (top - ay) * slope, ax + (bottom - ay) * slope  # [SIZE, 1]
            near = border - tl.maximum(x_top, x_bottom)  # [SIZE, SIZE]
            far = border - tl.minimum(x_top, x_bottom)
            inner = tl.minimum(tl.maximum(near, 0.0), 1.0)
            outer = tl.minimum(tl.maximum(far, 0.0), 1.0)
            # Written so that pixels wholly to the right of the edge get exactly 1.
            ramp = 0.5 * (outer - inner) * (outer + inner)
            ramp += tl.maximum(far, 1.0) - tl.maximum(near, 1.0)
            run_of_x = far - near
            upright = run_of_x < UPRIGHT
            middle = tl.minimum(tl.maximum(0.5 * (near + far), 0.0), 1.0)
            mean = tl.where(upright, middle, ramp / tl.where(upright, 1.0, run_of_x))
            area += (bottom - top) * mean
            sideways = tl.where(tl.abs(bx - ax) > tl.abs(by - ay) * ASIDE, 15, UP + DOWN)
            upright_too = tl.where(tl.abs(by - ay) > tl.abs(bx - ax) * ASIDE, 15, RIGHT + LEFT)
            does = tl.where(bx > ax, RIGHT, LEFT) | tl.where(ay > by, UP, DOWN)
            does = does & sideways & upright_too
            touched = (bottom != top) & (near <= 1.0) & (far > 0.0)
            new = tl.where(newest == link - 1, does & (did ^ 15), does)
            marks = tl.where(touched, marks | new | ((marks & new) << 4), marks)
            newest = tl.where(touched, link, newest)
            did = does
    cover, toward = _fold(area, rule), _fold_slope(area, rule)
    twice = (marks >> 4 != 0) & ((rule == EVENODD) | (tl.abs(area) <= FULL))
    if tl.max(tl.max(twice.to(tl.int32), 1), 0) > 0:
        over, again, toward_again = _resolve(ends, begin, end, x0, y0, rule, SIZE, LINES, LANES)
        twice = twice & over
        cover = tl.where(twice, again, cover)
        toward = tl.where(twice, toward_again, toward)
    pixel = tl.arange(0, SIZE)[:, None] * SIZE + tl.arange(0, SIZE)[None, :]
    pixel += (pair - first_pair).to(tl.int64) * SIZE * SIZE
    tl.store(covers + pixel, cover)
    tl.store(towards + pixel, toward)


@triton.jit
def _pixels(tile, across, down, width, height, CHANNELS: tl.constexpr, SIZE: tl.constexpr):
    """Where the tile's pixels lie in a picture [B, H, W, CHANNELS], and which are on the canvas."""
    pixel = tl.arange(0, SIZE * SIZE)
    x = (tile % across) * SIZE + pixel % SIZE
    y = (tile // across) % down * SIZE + pixel // SIZE
    picture = (tile // (across * down)).to(tl.int64)
    return ((picture * height + y) * width + x) * CHANNELS, (x < width) & (y < height)


@triton.jit
def paint(
    covers, beneath, tile_begin, pair_run, run_shape, colour, canvas, out,
    first_tile, first_pair, across, down, width, height,
    KEEP: tl.constexpr, CHANNELS: tl.constexpr, SIZE: tl.constexpr,
):  # fmt: skip
    """Paints one tile from back to front; with KEEP notes what lay beneath each pair's paint."""
    tile = first_tile + tl.program_id(0)
    place, inside = _pixels(tile, across, down, width, height, CHANNELS, SIZE)
    has_alpha = inside & (CHANNELS == 4)
    c0 = tl.load(canvas + place, inside, 0.0)
    c1 = tl.load(canvas + place + 1, inside, 0.0)
    c2 = tl.load(canvas + place + 2, inside, 0.0)
    c3 = tl.load(canvas + place + 3, has_alpha, 0.0)
    pixel = tl.arange(0, SIZE * SIZE)
    for pair in range(tl.load(tile_begin + tile), tl.load(tile_begin + tile + 1)):
        shape = tl.load(run_shape + tl.load(pair_run + pair))
        number = (pair - first_pair).to(tl.int64)
        cover = tl.load(covers + number * SIZE * SIZE + pixel)
        if KEEP:
            at = beneath + number * (4 * SIZE * SIZE) + pixel
            tl.store(at, c0)
            tl.store(at + SIZE * SIZE, c1)
            tl.store(at + 2 * SIZE * SIZE, c2)
            tl.store(at + 3 * SIZE * SIZE, c3)
        alpha = tl.load(colour + 4 * shape + 3) * cover
        c0 += alpha * (tl.load(colour + 4 * shape) - c0)
        c1 += alpha * (tl.load(colour + 4 * shape + 1) - c1)
        c2 += alpha * (tl.load(colour + 4 * shape + 2) - c2)
        c3 += alpha * (1.0 - c3)
    tl.store(out + place, c0, inside)
    tl.store(out + place + 1, c1, inside)
    tl.store(out + place + 2, c2, inside)
    tl.store(out + place + 3, c3, has_alpha)


@triton.jit
def unpaint(
    covers, towards, beneath, tile_begin, pair_run, run_shape, run_column, run_place, colour,
    upstream, canvas_slope, shape_sums,
    first_tile, first_pair, across, down, width, height,
    CHANNELS: tl.constexpr, SIZE: tl.constexpr,
):  # fmt: skip
    """`paint` backwards, from front to back.

    ``towards``, the derivatives in the areas, are replaced by the loss's slopes in these;
    ``shape_sums`` [M, 4] gets those in colours and opacity, ``canvas_slope`` those in the canvas.
    """
    tile = first_tile + tl.program_id(0)
    place, inside = _pixels(tile, across, down, width, height, CHANNELS, SIZE)
    has_alpha = inside & (CHANNELS == 4)
    g0 = tl.load(upstream + place, inside, 0.0)
    g1 = tl.load(upstream + place + 1, inside, 0.0)
    g2 = tl.load(upstream + place + 2, inside, 0.0)
    g3 = tl.load(upstream + place + 3, has_alpha, 0.0)
    pixel = tl.arange(0, SIZE * SIZE)
    begin, end = tl.load(tile_begin + tile), tl.load(tile_begin + tile + 1)
    for i in range(0, end - begin):
        pair = end - 1 - i
        run = tl.load(pair_run + pair)
        shape = tl.load(run_shape + run)
        opacity = tl.load(colour + 4 * shape + 3)
        number = (pair - first_pair).to(tl.int64)
        cover = tl.load(covers + number * SIZE * SIZE + pixel)
        alpha = opacity * cover
        at = beneath + number * (4 * SIZE * SIZE) + pixel
        slope = g0 * (tl.load(colour + 4 * shape) - tl.load(at))
        slope += g1 * (tl.load(colour + 4 * shape + 1) - tl.load(at + SIZE * SIZE))
        slope += g2 * (tl.load(colour + 4 * shape + 2) - tl.load(at + 2 * SIZE * SIZE))
        slope += g3 * (1.0 - tl.load(at + 3 * SIZE * SIZE))
        toward = towards + number * SIZE * SIZE + pixel
        tl.store(toward, slope * opacity * tl.load(toward))
        later = tile % across - tl.load(run_column + run)
        sums = shape_sums + 4 * (tl.load(run_place + run) + later)
        tl.store(sums, tl.sum(g0 * alpha, 0))
        tl.store(sums + 1, tl.sum(g1 * alpha, 0))
        tl.store(sums + 2, tl.sum(g2 * alpha, 0))
        tl.store(sums + 3, tl.sum(slope * cover, 0))
        rest = 1.0 - alpha
        g0, g1, g2, g3 = g0 * rest, g1 * rest, g2 * rest, g3 * rest
    tl.store(canvas_slope + place, g0, inside)
    tl.store(canvas_slope + place + 1, g1, inside)
    tl.store(canvas_slope + place + 2, g2, inside)
    tl.store(canvas_slope + place + 3, g3, has_alpha)


@triton.jit
def move_edges(
    ends, run_begin, pair_run, pair_tile, run_column, entry_slot, slopes, edge_sums,
    first_pair, across, down,
    SIZE: tl.constexpr,
):  # fmt: skip
    """The loss's slopes in the ends of a pair's edges, from this tile -> edge_sums [slots, 4].

    With u from 0 at the start to 1 at the end, each piece u0 to u1 within a pixel of weight w moves
    the start by w (u1 - u0) (1 - u) and the end by w (u1 - u0) u, at its middle u, across the edge.
    """
    pair = first_pair + tl.program_id(0)
    run, tile = tl.load(pair_run + pair), tl.load(pair_tile + pair)
    column = tile % across
    x0 = (column * SIZE).to(tl.float32)
    y0 = ((tile // across) % down * SIZE).to(tl.float32)
    row = tl.arange(0, SIZE).to(tl.float32)[:, None]  # [SIZE, 1]
    left = tl.arange(0, SIZE).to(tl.float32)[None, :]  # [1, SIZE]
    pixel = tl.arange(0, SIZE)[:, None] * SIZE + tl.arange(0, SIZE)[None, :]
    weight = tl.load(slopes + (pair - first_pair).to(tl.int64) * SIZE * SIZE + pixel)
    later = column - tl.load(run_column + run)
    for k in range(tl.load(run_begin + run), tl.load(run_begin + run + 1)):
        ax, ay = tl.load(ends + 4 * k) - x0, tl.load(ends + 4 * k + 1) - y0
        bx, by = tl.load(ends + 4 * k + 2) - x0, tl.load(ends + 4 * k + 3) - y0
        dx, dy = bx - ax, by - ay
        start, stop = 0.0, 0.0
        if (tl.minimum(ax, bx) < SIZE) & (tl.maximum(ax, bx) >= 0.0):
            # An edge along the grid is in a row or column wholly or not at all.
            level, upright = dy == 0.0, dx == 0.0
            per_y = 1.0 / tl.where(level, 1.0, dy)
            per_x = 1.0 / tl.where(upright, 1.0, dx)
            at_top, at_bottom = (row - ay) * per_y, (row + 1.0 - ay) * per_y
            in_row, in_column = (row <= ay) & (ay < row + 1.0), (left <= ax) & (ax < left + 1.0)
            u0 = tl.where(level, tl.where(in_row, 0.0, 1.0), tl.minimum(at_top, at_bottom))
            u1 = tl.where(level, tl.where(in_row, 1.0, 0.0), tl.maximum(at_top, at_bottom))
            at_left, at_right = (left - ax) * per_x, (left + 1.0 - ax) * per_x
            v0 = tl.where(upright, tl.where(in_column, 0.0, 1.0), tl.minimum(at_left, at_right))
            v1 = tl.where(upright, tl.where(in_column, 1.0, 0.0), tl.maximum(at_left, at_right))
            low = tl.maximum(tl.maximum(u0, v0), 0.0)  # [SIZE, SIZE]
            high = tl.minimum(tl.minimum(u1, v1), 1.0)
            share = weight * tl.maximum(high - low, 0.0)
            middle = 0.5 * (low + high)
            start = tl.sum(tl.sum(share * (1.0 - middle), 1), 0)
            stop = tl.sum(tl.sum(share * middle, 1), 0)
        sums = edge_sums + 4 * (tl.load(entry_slot + k) + later).to(tl.int64)
        tl.store(sums, -dy * start)
        tl.store(sums + 1, dx * start)
        tl.store(sums + 2, -dy * stop)
        tl.store(sums + 3, dx * stop)


@triton.jit
def sum_vertices(edge_sums, edge_slot, preceding, vertex_slope, count, BLOCK: tl.constexpr):
    """Adds up what a vertex gets as the start of its edge and as the end of the one before."""
    v = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    known = v < count
    x, y = tl.zeros((BLOCK,), tl.float32), tl.zeros((BLOCK,), tl.float32)
    begin = tl.load(edge_slot + v, known, 0)
    slots = tl.load(edge_slot + v + 1, known, 0) - begin
    for i in range(0, tl.max(slots, 0)):
        at = edge_sums + 4 * (begin + i).to(tl.int64)
        x += tl.load(at, i < slots, 0.0)
        y += tl.load(at + 1, i < slots, 0.0)
    before = tl.load(preceding + v, known, 0)
    begin = tl.load(edge_slot + before, known, 0)
    slots = tl.load(edge_slot + before + 1, known, 0) - begin
    for i in range(0, tl.max(slots, 0)):
        at = edge_sums + 4 * (begin + i).to(tl.int64)
        x += tl.load(at + 2, i < slots, 0.0)
        y += tl.load(at + 3, i < slots, 0.0)
    tl.store(vertex_slope + 2 * v, x, known)
    tl.store(vertex_slope + 2 * v + 1, y, known)


@triton.jit
def sum_shapes(shape_sums, shape_place, colour_slope, BLOCK: tl.constexpr):
    """Adds up what a shape's colour gets from its tiles -> colour_slope [N, 4]."""
    shape = tl.program_id(0)
    begin, end = tl.load(shape_place + shape), tl.load(shape_place + shape + 1)
    channel = tl.arange(0, 4)[None, :]
    total = tl.zeros((BLOCK, 4), tl.float32)
    for first in range(begin, end, BLOCK):
        place = first + tl.arange(0, BLOCK)[:, None]
        total += tl.load(shape_sums + 4 * place + channel, place < end, 0.0)
    tl.store(colour_slope + 4 * shape + tl.arange(0, 4), tl.sum(total, 0))
