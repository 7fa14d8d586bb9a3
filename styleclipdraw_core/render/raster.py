"""Painting polygons over each other, forward and backward, compiled; knows no paths and no curves.

The canvas is cut into bands of rows. A band is worked on by one thread alone, from back to front, and
what it finds is added up in the order of bands: the bits do not depend on the number of threads. The
backward pass paints a band once more, keeping what lay beneath each shape, and goes through the shapes
from front to back with the loss's slope in what still shows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.coverage import (
    LINES,
    accumulate,
    cover_row,
    edge_gradient,
    resolve_row,
)

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


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


@compiled()
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


@compiled(fastmath=True)
def _paint_row(line, covers, count, opacity, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Paints pixels of four channels."""
    for j in range(count):
        alpha = opacity * covers[j]
        i = 4 * j
        l0, l1, l2, l3 = line[i], line[i + 1], line[i + 2], line[i + 3]
        line[i] = l0 + alpha * (c0 - l0)
        line[i + 1] = l1 + alpha * (c1 - l1)
        line[i + 2] = l2 + alpha * (c2 - l2)
        line[i + 3] = l3 + alpha * (c3 - l3)


@compiled(fastmath=True)
def _unpaint_row(slopes, line, covers, towards, under, count, opacity, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """`_paint_row` backwards -> the loss's slopes in the four colours and the opacity.

    ``line`` holds the slopes in the row above the paint and gets those beneath it; ``slopes`` gets
    those in the area, whose derivative to coverage is ``towards``.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    t0, t1, t2, t3, towards_opacity = zero, zero, zero, zero, zero
    for j in range(count):
        cover = covers[j]
        alpha = opacity * cover
        i = 4 * j
        g0, g1, g2, g3 = line[i], line[i + 1], line[i + 2], line[i + 3]
        slope = (g0 * (c0 - under[i]) + g1 * (c1 - under[i + 1])) + (
            g2 * (c2 - under[i + 2]) + g3 * (c3 - under[i + 3])
        )
        t0, t1, t2, t3 = t0 + g0 * alpha, t1 + g1 * alpha, t2 + g2 * alpha, t3 + g3 * alpha
        towards_opacity += slope * cover
        slopes[j] = slope * opacity * towards[j]
        rest = one - alpha
        line[i], line[i + 1], line[i + 2], line[i + 3] = g0 * rest, g1 * rest, g2 * rest, g3 * rest
    return t0, t1, t2, t3, towards_opacity


@compiled()
def _grown(kept, used, needed):  # type: ignore[no-untyped-def]
    bigger = np.empty((2, max(needed, 2 * kept.shape[1])), np.float32)
    bigger[:, :used] = kept[:, :used]
    return bigger


@compiled()
def _cover_run(scene, bands, run, rows, band_rows, top, width, sheet, spans, kept, used):  # type: ignore[no-untyped-def]
    """Coverage of one shape in one band, row after row into ``kept`` from ``used`` on -> kept, used.

    Writes the columns of each row to ``spans`` [R * rows, 2].
    """
    sums, marks, newest, low, high = sheet
    edges = bands.edge[bands.run_edge[run] : bands.run_edge[run + 1]]
    rule = scene.rule[bands.run_shape[run]]
    accumulate(
        scene.at, scene.following, edges, top, band_rows, width, sums, marks, newest, low, high
    )
    for r in range(band_rows):
        x0, x1 = (low[r], min(high[r] + 1, width)) if high[r] >= 0 else (0, 0)
        low[r], high[r] = width, -1
        spans[run * rows + r, 0], spans[run * rows + r, 1] = x0, x1
        if x0 >= x1:
            sums[r, width:] = 0.0
            continue
        end = used + x1 - x0
        if end > kept.shape[1]:
            kept = _grown(kept, used, end)
        covers, towards = kept[0, used:end], kept[1, used:end]
        if cover_row(sums[r, x0:x1], marks[r, x0:x1], newest[r, x0:x1], x1 - x0, rule, covers, towards):
            crossings = np.empty((2, LINES, len(edges)), np.float64)
            resolve_row(
                scene.at, scene.following, edges, top + r, x0, marks[r, x0:x1], newest[r, x0:x1],
                x1 - x0, rule, crossings, covers, towards,
            )  # fmt: skip
        sums[r, x1], marks[r, x1], newest[r, x1] = 0.0, 0, -2
        used = end
    return kept, used


@compiled()
def _blank_sheet(rows, width):  # type: ignore[no-untyped-def]
    """What `accumulate` writes on: differences, marks, newest edges, first and last columns."""
    return (
        np.zeros((rows, width + 2), np.float32),
        np.zeros((rows, width + 2), np.uint8),
        np.full((rows, width + 2), -2, np.int32),
        np.full(rows, width, np.int32),
        np.full(rows, -1, np.int32),
    )


@compiled()
def paint_bands(scene, bands, rows, first, step, canvas, out, spans, most):  # type: ignore[no-untyped-def]
    """Paints bands first, first + step ... of ``canvas`` [B, H, W, Q] -> ``out`` [B, H, W * 4].

    Q is 3 or 4; a fourth channel that the canvas lacks is zero. Returns coverage and its derivative for
    all pixels touched, one after the other, [2, n], for the backward pass (empty when there are more
    than ``most``), and writes which columns they are to ``spans`` [R * rows, 2].
    """
    channels, height, width = canvas.shape[3], canvas.shape[1], canvas.shape[2]
    per_picture = (height + rows - 1) // rows
    colour = scene.colour
    sheet = _blank_sheet(rows, width)
    kept, used, keeping = np.empty((2, 1 << 14), np.float32), 0, True
    for number in range(first, len(bands.run_begin) - 1, step):
        picture, top = number // per_picture, (number % per_picture) * rows
        band_rows = min(rows, height - top)
        for r in range(band_rows):
            _spread(canvas[picture, top + r], channels, out[picture, top + r])
        for run in range(bands.run_begin[number], bands.run_begin[number + 1]):
            s = bands.run_shape[run]
            if not keeping or used > most:
                keeping, used = False, 0
            begin = used
            kept, used = _cover_run(
                scene, bands, run, rows, band_rows, top, width, sheet, spans, kept, used
            )
            for r in range(band_rows):
                x0, x1 = spans[run * rows + r, 0], spans[run * rows + r, 1]
                end = begin + x1 - x0
                _paint_row(
                    out[picture, top + r, 4 * x0 : 4 * x1], kept[0, begin:end], x1 - x0,
                    colour[s, 4], colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3],
                )  # fmt: skip
                begin = end
    return kept[:, :used] if keeping else kept[:, :0]


@compiled()
def _spread(pixels, channels, line):  # type: ignore[no-untyped-def]
    """[W, 3 or 4] -> [W * 4], a missing channel zero."""
    for x in range(len(pixels)):
        for q in range(channels):
            line[4 * x + q] = pixels[x, q]
        if channels == 3:
            line[4 * x + 3] = 0.0


@compiled()
def unpaint_bands(  # type: ignore[no-untyped-def]
    scene, bands, rows, first, step, canvas, upstream, spans, known, edge_slopes, run_gradient, beneath
):
    """The backward pass of `paint_bands` for the same bands.

    ``upstream`` [B, H, W, Q] is the loss's gradient in the picture, ``known`` the coverage that the
    forward pass found or nothing. Writes ``edge_slopes`` [E, 4] (x and y of both ends), ``run_gradient``
    [R, 5] (colours and opacity) and ``beneath`` [B, H, W * 4] (the canvas).
    """
    channels, height, width = canvas.shape[3], canvas.shape[1], canvas.shape[2]
    per_picture = (height + rows - 1) // rows
    at, following, colour = scene.at, scene.following, scene.colour
    sheet = _blank_sheet(rows, width)
    image = np.empty((rows, 4 * width), np.float32)
    # The loss's slopes in the areas of one shape, and which columns they are in.
    slopes, low, high = np.zeros((rows, width), np.float32), np.full(rows, width), np.full(rows, -1)
    under = np.empty(1 << 16, np.float32)  # what lay beneath every shape of a band
    again = known.shape[1] == 0
    kept, band_begin = known, 0
    if again:
        kept = np.empty((2, 1 << 14), np.float32)
    for number in range(first, len(bands.run_begin) - 1, step):
        picture, top = number // per_picture, (number % per_picture) * rows
        band_rows = min(rows, height - top)
        run0, run1 = bands.run_begin[number], bands.run_begin[number + 1]
        for r in range(band_rows):
            _spread(canvas[picture, top + r], channels, image[r])
        used = band_begin = 0 if again else band_begin
        for run in range(run0, run1):
            s = bands.run_shape[run]
            begin = used
            if again:
                kept, used = _cover_run(
                    scene, bands, run, rows, band_rows, top, width, sheet, spans, kept, used
                )
            for r in range(band_rows):
                x0, x1 = spans[run * rows + r, 0], spans[run * rows + r, 1]
                end = begin + x1 - x0
                if 4 * (end - band_begin) > len(under):
                    more = np.empty(8 * (end - band_begin), np.float32)
                    more[: 4 * (begin - band_begin)] = under[: 4 * (begin - band_begin)]
                    under = more
                line = image[r, 4 * x0 : 4 * x1]
                under[4 * (begin - band_begin) : 4 * (end - band_begin)] = line
                _paint_row(
                    line, kept[0, begin:end], x1 - x0,
                    colour[s, 4], colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3],
                )  # fmt: skip
                begin = end
            used = begin
        band_end = used
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
                    slopes[r, x0:x1], image[r, 4 * x0 : 4 * x1],
                    kept[0, begin:used], kept[1, begin:used],
                    under[4 * (begin - band_begin) : 4 * (used - band_begin)], x1 - x0,
                    colour[s, 4], colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3],
                )  # fmt: skip
                s0, s1, s2, s3, s4 = s0 + t0, s1 + t1, s2 + t2, s3 + t3, s4 + t4
                used = begin
            total = run_gradient[run]
            total[0], total[1], total[2], total[3], total[4] = s0, s1, s2, s3, s4
            for k in range(bands.run_edge[run], bands.run_edge[run + 1]):
                v = bands.edge[k]
                f = following[v]
                g0, g1, g2, g3 = edge_gradient(
                    at[v, 0] * 1.0, at[v, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0,
                    top, band_rows, width, slopes, low, high,
                )  # fmt: skip
                edge_slopes[k, 0], edge_slopes[k, 1] = g0, g1
                edge_slopes[k, 2], edge_slopes[k, 3] = g2, g3
            for r in range(band_rows):
                low[r], high[r] = width, -1
        for r in range(band_rows):
            beneath[picture, top + r] = image[r]
        band_begin = band_end


@compiled()
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
