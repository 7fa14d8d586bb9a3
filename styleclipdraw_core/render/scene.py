"""What is painted, as flat polygons, and which of their edges touch which band of rows; compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.overlaps import STROKE

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


class Scene(NamedTuple):
    """Polygons of B pictures in z-order; V vertices, N shapes, one colour a shape."""

    at: FloatArray  # [V, 2] px
    following: IntArray  # [V] the vertex that the edge of a vertex leads to
    shape_end: IntArray  # [N] one past a shape's last vertex
    rule: IntArray  # [N]
    colour: FloatArray  # [N, 5] red, green, blue, 1 (an alpha channel's paint), opacity
    path: IntArray  # [N] which path of all pictures
    picture: IntArray  # [N] which picture of the batch


class Bands(NamedTuple):
    """Which edges touch which band. Band ``b`` of picture ``p`` is number ``p * bands + b``."""

    run_begin: IntArray  # [bands in all + 1] into the runs
    run_shape: IntArray  # [R] a run is the edges of one shape in one band
    run_edge: IntArray  # [R + 1] into the edges
    edge: IntArray  # [E] the vertex that the edge starts at


@compiled()
def put_outline(outline, v0, s0, scene, strokes, fills, paths):  # type: ignore[no-untyped-def]
    """Writes an outline into a scene, from vertex ``v0`` and shape ``s0`` on.

    strokes, fills: [P in all, 4] colours; paths: how many each picture has.
    """
    for v in range(len(outline.following)):
        scene.at[v0 + v, 0], scene.at[v0 + v, 1] = outline.vertices[v].x, outline.vertices[v].y
        scene.following[v0 + v] = v0 + outline.following[v]
    for s in range(len(outline.shapes.path)):
        n, path, rule = s0 + s, outline.shapes.path[s], outline.shapes.rule[s]
        paint = strokes[path] if rule == STROKE else fills[path]
        for q in range(3):
            scene.colour[n, q] = paint[q]
        scene.colour[n, 3], scene.colour[n, 4] = 1.0, paint[3]
        scene.shape_end[n] = v0 + outline.shapes.end[s]
        scene.rule[n], scene.path[n], scene.picture[n] = rule, path, path // paths


@compiled()
def band_edges(scene, bands, rows, height, pictures):  # type: ignore[no-untyped-def]
    """Sorts edges into bands of ``rows`` rows, keeping z-order -> Bands."""
    total = bands * pictures
    runs = np.zeros(total + 1, np.int32)
    counts = np.zeros(total + 1, np.int32)
    newest = np.full(total, -1, np.int32)
    shapes, per_row = len(scene.rule), 1.0 / rows  # exact: rows are a power of two
    spans = np.empty((len(scene.following), 2), np.int16)
    for s in range(shapes):
        base = scene.picture[s] * bands
        for vertex in range(scene.shape_end[s - 1] if s else 0, scene.shape_end[s]):
            v = np.uint64(vertex)
            ya, yb = scene.at[v, 1], scene.at[np.uint64(scene.following[v]), 1]
            low, high = min(ya, yb), max(ya, yb)
            if high < 0 or low >= height:
                spans[v, 0], spans[v, 1] = 0, -1
                continue
            b0 = int(max(low, 0.0) * per_row)
            b1 = int(min(high, height - 0.5) * per_row)
            spans[v, 0], spans[v, 1] = b0, b1
            for band in range(base + b0, base + b1 + 1):
                b = np.uint64(band)
                counts[np.uint64(band + 1)] += 1
                if newest[b] != s:
                    newest[b] = s
                    runs[np.uint64(band + 1)] += 1
    for band in range(total):
        counts[band + 1] += counts[band]
        runs[band + 1] += runs[band]
    edge = np.empty(counts[total], np.int32)
    run_shape = np.empty(runs[total], np.int32)
    run_edge = np.empty(runs[total] + 1, np.int32)
    run_edge[runs[total]] = counts[total]
    next_edge, next_run = counts[:total].copy(), runs[:total].copy()
    newest[:] = -1
    for s in range(shapes):
        base = scene.picture[s] * bands
        for vertex in range(scene.shape_end[s - 1] if s else 0, scene.shape_end[s]):
            v = np.uint64(vertex)
            for band in range(base + spans[v, 0], base + spans[v, 1] + 1):
                b = np.uint64(band)
                if newest[b] != s:
                    newest[b] = s
                    run_shape[next_run[b]] = s
                    run_edge[next_run[b]] = next_edge[b]
                    next_run[b] += 1
                edge[np.uint64(next_edge[b])] = vertex
                next_edge[b] += 1
    return Bands(runs, run_shape, run_edge, edge)
