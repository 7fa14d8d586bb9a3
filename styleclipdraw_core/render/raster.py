"""Painting polygons over each other, forward and backward, compiled; knows no paths and no curves.

The canvas is cut into bands of rows. A band is worked on by one thread alone, from back to front, and
what it finds is added up in the order of bands: the bits do not depend on the number of threads. The
backward pass paints a band once more, keeping what lay beneath each shape, and goes through the shapes
from front to back with the loss's slope in what still shows.
"""

from __future__ import annotations

import numpy as np

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.coverage import (
    Polygon,
    accumulate,
    blank_sheet,
    cover_rows,
)
from styleclipdraw_core.render.coverage_gradient import edge_gradient
from styleclipdraw_core.render.overlaps import STROKE


@compiled(fastmath=True, forceinline=True)
def _paint_row(image, r, x0, count, kept, begin, opacity, c0, c1, c2, c3):  # type: ignore[no-untyped-def]
    """Paints ``count`` pixels of four channels from x0 on in row r of ``image`` [*, W * 4]."""
    for j in range(count):
        alpha = opacity * kept[0, np.uint64(begin + j)]
        i = 4 * (x0 + j)
        i0, i1, i2, i3 = np.uint64(i), np.uint64(i + 1), np.uint64(i + 2), np.uint64(i + 3)
        l0, l1, l2, l3 = image[r, i0], image[r, i1], image[r, i2], image[r, i3]
        image[r, i0] = l0 + alpha * (c0 - l0)
        image[r, i1] = l1 + alpha * (c1 - l1)
        image[r, i2] = l2 + alpha * (c2 - l2)
        image[r, i3] = l3 + alpha * (c3 - l3)


@compiled(fastmath=True, forceinline=True)
def _keep_row(image, r, x0, count, under, begin):  # type: ignore[no-untyped-def]
    """Copies what a row of paint will lie on."""
    for j in range(4 * count):
        under[np.uint64(4 * begin + j)] = image[r, np.uint64(4 * x0 + j)]


@compiled(fastmath=True, forceinline=True)
def _unpaint_row(  # type: ignore[no-untyped-def]
    image, slopes, r, x0, count, kept, begin, under, at_under, opacity, c0, c1, c2, c3
):
    """`_paint_row` backwards -> the loss's slopes in the four colours and the opacity.

    ``image`` holds the slopes in the row above the paint and gets those beneath it; ``slopes`` [*, W]
    gets those in the area.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    t0, t1, t2, t3, towards_opacity = zero, zero, zero, zero, zero
    for j in range(count):
        n = np.uint64(begin + j)
        cover = kept[0, n]
        alpha = opacity * cover
        i, u = 4 * (x0 + j), 4 * (at_under + j)
        i0, i1, i2, i3 = np.uint64(i), np.uint64(i + 1), np.uint64(i + 2), np.uint64(i + 3)
        u0, u1, u2, u3 = np.uint64(u), np.uint64(u + 1), np.uint64(u + 2), np.uint64(u + 3)
        g0, g1, g2, g3 = image[r, i0], image[r, i1], image[r, i2], image[r, i3]
        slope = (g0 * (c0 - under[u0]) + g1 * (c1 - under[u1])) + (
            g2 * (c2 - under[u2]) + g3 * (c3 - under[u3])
        )
        t0, t1, t2, t3 = t0 + g0 * alpha, t1 + g1 * alpha, t2 + g2 * alpha, t3 + g3 * alpha
        towards_opacity += slope * cover
        slopes[r, np.uint64(x0 + j)] = slope * opacity * kept[1, n]
        rest = one - alpha
        image[r, i0], image[r, i1] = g0 * rest, g1 * rest
        image[r, i2], image[r, i3] = g2 * rest, g3 * rest
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
    begin, end = bands.run_edge[run], bands.run_edge[run + 1]
    rule = scene.rule[bands.run_shape[run]]
    polygon = Polygon(scene.at, scene.following, bands.edge, begin, end, rule)
    accumulate(polygon, top, band_rows, width, sheet)
    room = 0
    for row in range(band_rows):
        room += max(min(sheet.high[row] + 1, width) - sheet.low[row], 0)
    if used + room > kept.shape[1]:
        kept = _grown(kept, used, used + room)
    used = cover_rows(polygon, top, band_rows, width, sheet, spans, run * rows, kept, used)
    return kept, used


@compiled()
def paint_bands(scene, bands, rows, first, step, canvas, out, spans, kept, most):  # type: ignore[no-untyped-def]
    """Paints bands first, first + step ... of ``canvas`` [B, H, W, Q] -> ``out`` [B * H, W * 4].

    Q is 3 or 4; a fourth channel that the canvas lacks is zero. Coverage and its derivative of all
    pixels touched go into ``kept`` [2, n], one after the other, for the backward pass, and which
    columns they are into ``spans`` [R * rows, 2]. Returns ``kept``, or a larger array that has taken
    its place, and whether it holds them all: not when there are more than ``most``.
    """
    channels, height, width = canvas.shape[3], canvas.shape[1], canvas.shape[2]
    per_picture = (height + rows - 1) // rows
    colour = scene.colour
    sheet = blank_sheet(rows, width)
    used, keeping = 0, True
    for number in range(first, len(bands.run_begin) - 1, step):
        picture, top = number // per_picture, (number % per_picture) * rows
        band_rows, line = min(rows, height - top), picture * height + top
        for r in range(band_rows):
            _spread(canvas[picture, top + r], channels, out[line + r])
        for run in range(bands.run_begin[number], bands.run_begin[number + 1]):
            s = bands.run_shape[run]
            c0, c1, c2, c3 = colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3]
            opacity = colour[s, 4]
            if not keeping or used > most:
                keeping, used = False, 0
            begin = used
            kept, used = _cover_run(
                scene, bands, run, rows, band_rows, top, width, sheet, spans, kept, used
            )
            for r in range(band_rows):
                span = np.uint64(run * rows + r)
                x0, count = spans[span, 0], spans[span, 1] - spans[span, 0]
                _paint_row(
                    out, np.uint64(line + r), x0, count, kept, begin, opacity, c0, c1, c2, c3
                )
                begin += count
    return kept, keeping


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
    scene,
    bands,
    rows,
    first,
    step,
    canvas,
    upstream,
    spans,
    kept,
    known,
    edge_slopes,
    run_gradient,
    beneath,
):
    """The backward pass of `paint_bands` for the same bands.

    ``upstream`` [B, H, W, Q] is the loss's gradient in the picture; ``kept`` holds the coverage that
    the forward pass found, or is room for it when it is not ``known``. Writes ``edge_slopes`` [E, 4]
    (x and y of both ends), ``run_gradient`` [R, 5] (colours and opacity) and ``beneath`` [B * H, W * 4]
    (the canvas) unless that is empty.
    """
    channels, height, width = canvas.shape[3], canvas.shape[1], canvas.shape[2]
    per_picture = (height + rows - 1) // rows
    at, following, colour = scene.at, scene.following, scene.colour
    image = np.empty((rows, 4 * width), np.float32)
    slopes = np.zeros((rows + 1, width + 1), np.float32)  # the loss's, in the areas of one shape
    under = np.empty(1 << 16, np.float32)  # what lay beneath every shape of a band
    sheet = blank_sheet(rows, width)
    band_begin = 0
    for number in range(first, len(bands.run_begin) - 1, step):
        picture, top = number // per_picture, (number % per_picture) * rows
        band_rows, line = min(rows, height - top), picture * height + top
        run0, run1 = bands.run_begin[number], bands.run_begin[number + 1]
        if run0 == run1 and len(beneath) == 0:
            continue
        for row in range(band_rows):
            _spread(canvas[picture, top + row], channels, image[row])
        band_begin = band_begin if known else 0
        used = band_begin
        for run in range(run0, run1):
            s = bands.run_shape[run]
            c0, c1, c2, c3 = colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3]
            opacity = colour[s, 4]
            begin = used
            if known:
                for k in range(run * rows, run * rows + band_rows):
                    used += spans[k, 1] - spans[k, 0]
            else:
                kept, used = _cover_run(
                    scene, bands, run, rows, band_rows, top, width, sheet, spans, kept, used
                )
            if 4 * (used - band_begin) > len(under):
                more = np.empty(8 * (used - band_begin), np.float32)
                more[: 4 * (begin - band_begin)] = under[: 4 * (begin - band_begin)]
                under = more
            for row in range(band_rows):
                r, span = np.uint64(row), np.uint64(run * rows + row)
                x0, count = spans[span, 0], spans[span, 1] - spans[span, 0]
                _keep_row(image, r, x0, count, under, begin - band_begin)
                _paint_row(image, r, x0, count, kept, begin, opacity, c0, c1, c2, c3)
                begin += count
        band_end = used
        # From here ``image`` holds the slopes in what the shapes below a place still show.
        for row in range(band_rows):
            _spread(upstream[picture, top + row], channels, image[row])
        for run in range(run1 - 1, run0 - 1, -1):
            s = bands.run_shape[run]
            c0, c1, c2, c3 = colour[s, 0], colour[s, 1], colour[s, 2], colour[s, 3]
            opacity = colour[s, 4]
            s0 = s1 = s2 = s3 = s4 = 0.0
            for row in range(band_rows - 1, -1, -1):
                r, span = np.uint64(row), np.uint64(run * rows + row)
                x0, x1 = spans[span, 0], spans[span, 1]
                used -= x1 - x0
                t0, t1, t2, t3, t4 = _unpaint_row(
                    image, slopes, r, x0, x1 - x0, kept, used, under, used - band_begin,
                    opacity, c0, c1, c2, c3,
                )  # fmt: skip
                s0, s1, s2, s3, s4 = s0 + t0, s1 + t1, s2 + t2, s3 + t3, s4 + t4
            n = np.uint64(run)
            run_gradient[n, 0], run_gradient[n, 1], run_gradient[n, 2] = s0, s1, s2
            run_gradient[n, 3], run_gradient[n, 4] = s3, s4
            for k in range(bands.run_edge[run], bands.run_edge[run + 1]):
                n = np.uint64(k)
                v = np.uint64(bands.edge[n])
                f = np.uint64(following[v])
                g0, g1, g2, g3 = edge_gradient(
                    at[v, 0] * 1.0, at[v, 1] * 1.0 - top, at[f, 0] * 1.0, at[f, 1] * 1.0 - top,
                    band_rows, width, slopes,
                )  # fmt: skip
                edge_slopes[n, 0], edge_slopes[n, 1] = g0, g1
                edge_slopes[n, 2], edge_slopes[n, 3] = g2, g3
            for row in range(band_rows):
                r, span = np.uint64(row), np.uint64(run * rows + row)
                for i in range(spans[span, 0], spans[span, 1]):
                    slopes[r, np.uint64(i)] = 0.0
        if len(beneath):
            for row in range(band_rows):
                beneath[line + row] = image[row]
        band_begin = band_end


@compiled()
def add_up(scene, bands, edge_gradient, run_gradient, vertex_gradient, strokes, fills):  # type: ignore[no-untyped-def]
    """Sums what the bands found, in their order.

    Writes the gradients ``vertex_gradient`` [V, 2] and those of the colours of all paths, ``strokes``
    and ``fills`` [P in all, 4], which are zero before.
    """
    vertex_gradient[:] = 0.0
    for k in range(len(bands.edge)):
        v = np.uint64(bands.edge[k])
        f = np.uint64(scene.following[v])
        vertex_gradient[v, 0] += edge_gradient[k, 0]
        vertex_gradient[v, 1] += edge_gradient[k, 1]
        vertex_gradient[f, 0] += edge_gradient[k, 2]
        vertex_gradient[f, 1] += edge_gradient[k, 3]
    for run in range(len(bands.run_shape)):
        s = bands.run_shape[run]
        into = strokes if scene.rule[s] == STROKE else fills
        for q in range(3):
            into[scene.path[s], q] += run_gradient[run, q]
        into[scene.path[s], 3] += run_gradient[run, 4]
