"""Exact-area coverage and compositing of polygons, forward and backward, compiled; knows no paths.

Coverage: each edge deposits the signed area between itself and the right border of the pixels it
crosses, and a running sum along the row gives every pixel its winding-weighted area (the scheme of
AGG and FreeType's smooth rasterizer). `_fold` turns that into coverage by the fill rule.

Backward: the derivative of a polygon's area inside a pixel is a line integral along the edges in that
pixel, so an edge's gradient is the sum over the cells it crosses of the pixel's gradient times the
cell's piece of the edge (Reynolds' transport theorem; Li et al. 2020, "Differentiable vector graphics
rasterization", equation 4, without the sampling).

The canvas is cut into bands of rows. A band is worked on by one thread alone, from back to front, and
what it finds is added up in the order of bands: the bits do not depend on the number of threads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

EVENODD, STROKE = 1, 2
# Coverage below this is rounding left over by the running sum, not paint: 1/255 of it is invisible.
SMALLEST_COVERAGE = np.float32(1e-5)


class Scene(NamedTuple):
    """Polygons of B pictures in z-order; V vertices, N shapes, one colour a shape."""

    at: FloatArray  # [V, 2] px
    following: IntArray  # [V] the vertex that the edge of a vertex leads to
    shape_end: IntArray  # [N] one past a shape's last vertex
    rule: IntArray  # [N]
    colour: FloatArray  # [N, 5] red, green, blue, 1 (what an alpha channel is painted with), opacity
    picture: IntArray  # [N] which picture of the batch


class Bands(NamedTuple):
    """Which edges touch which band. Band ``b`` of picture ``p`` is number ``p * bands + b``."""

    run_begin: IntArray  # [bands in all + 1] into the runs
    run_shape: IntArray  # [R] a run is the edges of one shape in one band
    run_edge: IntArray  # [R + 1] into the edges
    edge: IntArray  # [E] the vertex that the edge starts at


@njit(cache=True, nogil=True)
def band_edges(scene, bands, rows, height, pictures):  # type: ignore[no-untyped-def]
    """Sorts edges into bands of ``rows`` rows, keeping z-order -> Bands."""
    total = bands * pictures
    runs = np.zeros(total + 1, np.int32)
    counts = np.zeros(total + 1, np.int32)
    newest = np.full(total, -1, np.int32)
    shapes = len(scene.rule)
    spans = np.empty((len(scene.following), 2), np.int16)
    for s in range(shapes):
        base = scene.picture[s] * bands
        for v in range(scene.shape_end[s - 1] if s else 0, scene.shape_end[s]):
            ya, yb = scene.at[v, 1], scene.at[scene.following[v], 1]
            low, high = min(ya, yb), max(ya, yb)
            if high < 0 or low >= height:
                spans[v, 0], spans[v, 1] = 0, -1
                continue
            b0 = int(max(low, 0.0)) // rows
            b1 = int(min(high, height - 0.5)) // rows
            spans[v, 0], spans[v, 1] = b0, b1
            for b in range(base + b0, base + b1 + 1):
                counts[b + 1] += 1
                if newest[b] != s:
                    newest[b] = s
                    runs[b + 1] += 1
    for b in range(total):
        counts[b + 1] += counts[b]
        runs[b + 1] += runs[b]
    edge = np.empty(counts[total], np.int32)
    run_shape = np.empty(runs[total], np.int32)
    run_edge = np.empty(runs[total] + 1, np.int32)
    run_edge[runs[total]] = counts[total]
    next_edge, next_run = counts[:total].copy(), runs[:total].copy()
    newest[:] = -1
    for s in range(shapes):
        base = scene.picture[s] * bands
        for v in range(scene.shape_end[s - 1] if s else 0, scene.shape_end[s]):
            for b in range(base + spans[v, 0], base + spans[v, 1] + 1):
                if newest[b] != s:
                    newest[b] = s
                    run_shape[next_run[b]] = s
                    run_edge[next_run[b]] = next_edge[b]
                    next_run[b] += 1
                edge[next_edge[b]] = v
                next_edge[b] += 1
    return Bands(runs, run_shape, run_edge, edge)


@njit(cache=True, nogil=True, forceinline=True)
def _fold(area, rule):  # type: ignore[no-untyped-def]
    """Winding-weighted area of a pixel -> coverage (SVG 2, 13.4.2)."""
    one, none = np.float32(1.0), np.float32(0.0)
    if rule == STROKE:
        cover = min(max(area, none), one)
    elif rule == EVENODD:
        cover = abs(area - np.float32(2.0) * np.floor(np.float32(0.5) * (area + one)))
    else:
        cover = min(abs(area), one)
    return cover if cover > SMALLEST_COVERAGE else none


@njit(cache=True, nogil=True, forceinline=True)
def _fold_slope(area, rule):  # type: ignore[no-untyped-def]
    """The derivative of `_fold`."""
    one, none = np.float32(1.0), np.float32(0.0)
    if rule == STROKE:
        return one if (area >= none) & (area < one) else none
    if rule == EVENODD:
        rest = area - np.float32(2.0) * np.floor(np.float32(0.5) * (area + one))
        return one if rest >= none else -one
    if abs(area) >= one:
        return none
    return one if area >= none else -one


@njit(cache=True, nogil=True, fastmath=True)
def _paint_row(sums, areas, line, count, rule, opacity, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Paints pixels of four channels -> their areas; the row's differences are set back to zero."""
    area = np.float32(0.0)
    for j in range(count):
        area += sums[j]
        sums[j] = np.float32(0.0)
        areas[j] = area
        alpha = opacity * _fold(area, rule)
        i = 4 * j
        l0, l1, l2, l3 = line[i], line[i + 1], line[i + 2], line[i + 3]
        line[i] = l0 + alpha * (c0 - l0)
        line[i + 1] = l1 + alpha * (c1 - l1)
        line[i + 2] = l2 + alpha * (c2 - l2)
        line[i + 3] = l3 + alpha * (c3 - l3)


@njit(cache=True, nogil=True, fastmath=True)
def _repaint_row(areas, line, under, count, rule, opacity, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """`_paint_row` with known areas, noting what lay beneath the paint."""
    for j in range(count):
        alpha = opacity * _fold(areas[j], rule)
        i = 4 * j
        l0, l1, l2, l3 = line[i], line[i + 1], line[i + 2], line[i + 3]
        under[i], under[i + 1], under[i + 2], under[i + 3] = l0, l1, l2, l3
        line[i] = l0 + alpha * (c0 - l0)
        line[i + 1] = l1 + alpha * (c1 - l1)
        line[i + 2] = l2 + alpha * (c2 - l2)
        line[i + 3] = l3 + alpha * (c3 - l3)


@njit(cache=True, nogil=True, fastmath=True)
def _take_areas(sums, areas, count):  # type: ignore[no-untyped-def]
    """The areas that `_paint_row` would find; the row's differences are set back to zero."""
    area = np.float32(0.0)
    for j in range(count):
        area += sums[j]
        sums[j] = np.float32(0.0)
        areas[j] = area


@njit(cache=True, nogil=True, fastmath=True)
def _unpaint_row(slopes, line, areas, under, count, rule, opacity, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """`_paint_row` backwards -> the loss's slopes in the four colours and the opacity.

    ``line`` holds the slopes in the row above the paint and gets those beneath it; ``slopes`` gets
    those in the winding-weighted area.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    t0, t1, t2, t3, towards_opacity = zero, zero, zero, zero, zero
    for j in range(count):
        area = areas[j]
        cover = _fold(area, rule)
        alpha = opacity * cover
        i = 4 * j
        g0, g1, g2, g3 = line[i], line[i + 1], line[i + 2], line[i + 3]
        slope = (g0 * (c0 - under[i]) + g1 * (c1 - under[i + 1])) + (
            g2 * (c2 - under[i + 2]) + g3 * (c3 - under[i + 3])
        )
        t0, t1, t2, t3 = t0 + g0 * alpha, t1 + g1 * alpha, t2 + g2 * alpha, t3 + g3 * alpha
        towards_opacity += slope * cover
        slopes[j] = slope * opacity * _fold_slope(area, rule)
        rest = one - alpha
        line[i], line[i + 1], line[i + 2], line[i + 3] = g0 * rest, g1 * rest, g2 * rest, g3 * rest
    return t0, t1, t2, t3, towards_opacity


@njit(cache=True, nogil=True, forceinline=True)
def _deposit(sums, r, xa, xb, dy):  # type: ignore[no-untyped-def]
    """Adds an edge's piece within one pixel row, with 0 <= x <= width, to the row's differences."""
    left, right = min(xa, xb), max(xa, xb)
    first, last = int(left), int(right)
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
        area = slope * (i + 0.5 - left)
        sums[r, i] += area - before
        before = area
    inside = right - last
    area = dy - 0.5 * slope * inside * inside
    sums[r, last] += area - before
    sums[r, last + 1] += dy - area
    return first, last + 1


@njit(cache=True, nogil=True, forceinline=True)
def _clipped_deposit(sums, r, xa, xb, dy, width):  # type: ignore[no-untyped-def]
    """`_deposit` of an edge that may leave the canvas -> first and last column it touched."""
    if xa <= 0 and xb <= 0:
        sums[r, 0] += dy
        return 0, 0
    if xa >= width and xb >= width:
        return width, width
    if 0 <= xa <= width and 0 <= xb <= width:
        return _deposit(sums, r, xa, xb, dy)
    low, high = width, 0
    slope = dy / (xb - xa)  # of y along x, signed
    inner_a, inner_b = min(max(xa, 0.0), width), min(max(xb, 0.0), width)
    if min(xa, xb) < 0:
        sums[r, 0] -= math.copysign(slope, dy) * min(xa, xb)
        low = 0
    if max(xa, xb) > width:
        high = width
    first, last = _deposit(sums, r, inner_a, inner_b, slope * (inner_b - inner_a))
    return min(low, first), max(high, last)


@njit(cache=True, nogil=True)
def _accumulate(at, following, edges, top, rows, width, sums, low, high):  # type: ignore[no-untyped-def]
    """Deposits a run of edges into ``sums`` [rows, width + 2], noting the columns touched."""
    bottom = top + rows
    for e in edges:
        f = following[e]
        ax, ay, bx, by = at[e, 0] * 1.0, at[e, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0
        if ay == by:
            continue
        sign = 1.0
        if ay > by:
            ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
        slope = (bx - ax) / (by - ay)
        y0, y1 = max(ay, top), min(by, bottom)
        if y0 >= y1:
            continue
        x = ax + (y0 - ay) * slope
        y = y0
        for r in range(int(y0) - top, rows):
            if y >= y1:
                break
            y_next = min(y1, top + r + 1.0)
            x_next = ax + (y_next - ay) * slope if y_next < by else bx
            first, last = _clipped_deposit(sums, r, x, x_next, sign * (y_next - y), width)
            low[r], high[r] = min(low[r], first), max(high[r], last)
            x, y = x_next, y_next


@njit(cache=True, nogil=True)
def _grown(array, used, needed):  # type: ignore[no-untyped-def]
    bigger = np.empty(max(needed, 2 * len(array)), array.dtype)
    bigger[:used] = array[:used]
    return bigger


@njit(cache=True, nogil=True)
def paint_bands(scene, bands, rows, first, step, canvas, out, spans, most):  # type: ignore[no-untyped-def]
    """Paints bands first, first + step ... of ``canvas`` [B, H, W, Q] -> ``out`` [B, H, W * 4].

    Q is 3 or 4; a fourth channel that the canvas lacks is zero. Returns the areas of all pixels touched,
    one after the other, for the backward pass (empty when there are more than ``most``), and writes
    which columns they are to ``spans`` [R * rows, 2].
    """
    channels, height, width = canvas.shape[3], canvas.shape[1], canvas.shape[2]
    per_picture = (height + rows - 1) // rows
    colour = scene.colour
    sums = np.zeros((rows, width + 2), np.float32)
    low, high = np.full(rows, width, np.int32), np.full(rows, -1, np.int32)
    areas, used = np.empty(max(1 << 14, width), np.float32), 0
    for number in range(first, len(bands.run_begin) - 1, step):
        picture, top = number // per_picture, (number % per_picture) * rows
        band_rows = min(rows, height - top)
        for r in range(band_rows):
            _spread(canvas[picture, top + r], channels, out[picture, top + r])
        for run in range(bands.run_begin[number], bands.run_begin[number + 1]):
            s = bands.run_shape[run]
            edges = bands.edge[bands.run_edge[run] : bands.run_edge[run + 1]]
            _accumulate(scene.at, scene.following, edges, top, band_rows, width, sums, low, high)
            for r in range(band_rows):
                x0, x1 = low[r], min(high[r] + 1, width)
                if high[r] < 0:
                    x0 = x1 = 0
                span = run * rows + r
                spans[span, 0], spans[span, 1] = x0, x1
                if x0 >= x1:
                    continue
                low[r], high[r] = width, -1
                end = used + x1 - x0
                if end > len(areas):
                    if end > most:  # the backward pass has to find them again
                        used, most, end = 0, 0, x1 - x0
                    areas = _grown(areas, used, end)
                _paint_row(
                    sums[r, x0:x1], areas[used:end], out[picture, top + r, 4 * x0 : 4 * x1],
                    x1 - x0, scene.rule[s],
                    colour[s, 4], colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3],
                )  # fmt: skip
                sums[r, x1] = 0.0
                used = end if most > 0 else 0
    return areas[:used]


@njit(cache=True, nogil=True)
def _spread(pixels, channels, line):  # type: ignore[no-untyped-def]
    """[W, 3 or 4] -> [W * 4], a missing channel zero."""
    for x in range(len(pixels)):
        for q in range(channels):
            line[4 * x + q] = pixels[x, q]
        if channels == 3:
            line[4 * x + 3] = 0.0


@njit(cache=True, nogil=True, forceinline=True)
def _edge_gradient(ax, ay, bx, by, top, rows, width, weights, low, high):  # type: ignore[no-untyped-def]
    """The loss's gradient in an edge's ends, from the pixels [rows, width] of a band that it crosses.

    With u from 0 at the start to 1 at the end, every piece u0 to u1 within a pixel of weight w moves
    the start by w (u1 - u0) (1 - u) and the end by w (u1 - u0) u, at its middle u, across the edge.
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


@njit(cache=True, nogil=True)
def unpaint_bands(scene, bands, rows, first, step, canvas, upstream, spans, known, edge_gradient, run_gradient, beneath):  # type: ignore[no-untyped-def]
    """The backward pass of `paint_bands` for the same bands.

    ``upstream`` [B, H, W, Q] is the loss's gradient in the picture, ``known`` the areas that the forward
    pass found or nothing. Writes ``edge_gradient`` [E, 4] (x and y of both ends), ``run_gradient`` [R, 5]
    (colours and opacity) and ``beneath`` [B, H, W * 4] (the canvas).
    """
    channels, height, width = canvas.shape[3], canvas.shape[1], canvas.shape[2]
    per_picture = (height + rows - 1) // rows
    at, following, colour = scene.at, scene.following, scene.colour
    sums = np.zeros((rows, width + 2), np.float32)
    low, high = np.full(rows, width, np.int32), np.full(rows, -1, np.int32)
    image = np.empty((rows, 4 * width), np.float32)
    # What every shape of a band covered and what lay beneath it, pixel after pixel.
    areas, under = known, np.empty(1 << 16, np.float32)
    band_begin = 0
    for number in range(first, len(bands.run_begin) - 1, step):
        picture, top = number // per_picture, (number % per_picture) * rows
        band_rows = min(rows, height - top)
        run0, run1 = bands.run_begin[number], bands.run_begin[number + 1]
        for r in range(band_rows):
            _spread(canvas[picture, top + r], channels, image[r])
        if len(known) == 0:
            band_begin = 0
        ink = 0
        for span in range(run0 * rows, run1 * rows):
            if span % rows < band_rows:
                ink += spans[span, 1] - spans[span, 0]
        if len(known) == 0 and ink > len(areas):
            areas = np.empty(2 * ink, np.float32)
        if 4 * ink > len(under):
            under = np.empty(8 * ink, np.float32)
        used = 0
        for run in range(run0, run1):
            s = bands.run_shape[run]
            if len(known) == 0:
                edges = bands.edge[bands.run_edge[run] : bands.run_edge[run + 1]]
                _accumulate(at, following, edges, top, band_rows, width, sums, low, high)
            for r in range(band_rows):
                x0, x1 = spans[run * rows + r, 0], spans[run * rows + r, 1]
                low[r], high[r] = width, -1
                if x0 >= x1:
                    continue
                end = used + x1 - x0
                row_areas = areas[band_begin + used : band_begin + end]
                if len(known) == 0:
                    _take_areas(sums[r, x0:x1], row_areas, x1 - x0)
                    sums[r, x1] = 0.0
                _repaint_row(
                    row_areas, image[r, 4 * x0 : 4 * x1], under[4 * used : 4 * end],
                    x1 - x0, scene.rule[s],
                    colour[s, 4], colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3],
                )  # fmt: skip
                used = end
        # From here ``image`` holds the slopes in what the shapes below a place still show.
        for r in range(band_rows):
            _spread(upstream[picture, top + r], channels, image[r])
        for run in range(run1 - 1, run0 - 1, -1):
            s = bands.run_shape[run]
            s0 = s1 = s2 = s3 = s4 = 0.0
            for r in range(band_rows - 1, -1, -1):
                x0, x1 = spans[run * rows + r, 0], spans[run * rows + r, 1]
                if x0 >= x1:
                    continue
                low[r], high[r] = x0, x1 - 1
                begin = used - (x1 - x0)
                t0, t1, t2, t3, t4 = _unpaint_row(
                    sums[r, x0:x1], image[r, 4 * x0 : 4 * x1],
                    areas[band_begin + begin : band_begin + used], under[4 * begin : 4 * used],
                    x1 - x0, scene.rule[s],
                    colour[s, 4], colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3],
                )  # fmt: skip
                s0, s1, s2, s3, s4 = s0 + t0, s1 + t1, s2 + t2, s3 + t3, s4 + t4
                used = begin
            total = run_gradient[run]
            total[0], total[1], total[2], total[3], total[4] = s0, s1, s2, s3, s4
            for k in range(bands.run_edge[run], bands.run_edge[run + 1]):
                v = bands.edge[k]
                f = following[v]
                g0, g1, g2, g3 = _edge_gradient(
                    at[v, 0] * 1.0, at[v, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0,
                    top, band_rows, width, sums, low, high,
                )  # fmt: skip
                edge_gradient[k, 0], edge_gradient[k, 1] = g0, g1
                edge_gradient[k, 2], edge_gradient[k, 3] = g2, g3
            for r in range(band_rows):
                sums[r, low[r] : high[r] + 2] = 0.0
                low[r], high[r] = width, -1
        for r in range(band_rows):
            beneath[picture, top + r] = image[r]
        band_begin += ink


@njit(cache=True, nogil=True)
def add_up(scene, bands, edge_gradient, run_gradient, vertex_gradient, shape_gradient):  # type: ignore[no-untyped-def]
    """Sums what the bands found, in their order -> gradients [V, 2] of vertices, [N, 5] of shapes."""
    vertex_gradient[:] = 0.0
    shape_gradient[:] = 0.0
    for k in range(len(bands.edge)):
        v = bands.edge[k]
        f = scene.following[v]
        vertex_gradient[v, 0] += edge_gradient[k, 0]
        vertex_gradient[v, 1] += edge_gradient[k, 1]
        vertex_gradient[f, 0] += edge_gradient[k, 2]
        vertex_gradient[f, 1] += edge_gradient[k, 3]
    for run in range(len(bands.run_shape)):
        s = bands.run_shape[run]
        for q in range(5):
            shape_gradient[s, q] += run_gradient[run, q]
