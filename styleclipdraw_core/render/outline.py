"""What to fill: turns paths, their strokes included, into closed polygons; hides pieces and sides.

A stroke is painted as the polygon around it, so that one rule of coverage serves fills and strokes
(SVG 2, section 13.7, computing the shape of the stroke). The polygon is written down twice: as positions,
and as a recipe that says how each vertex follows from control points and width. The recipe is what
makes the outline differentiable: a backend evaluates it, or runs it backwards.

What a recipe can say stands in `sides`. Outlines run so that a stroke's winding is positive.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.curves import (
    DIRECTION,
    arc_pieces,
    control_points,
    pieces_of,
    point_at,
)
from styleclipdraw_core.render.pieces import PIECE, cut
from styleclipdraw_core.render.sides import (
    BUTT,
    CENTRE,
    VERTEX,
    put,
    put_cap,
    put_node,
    put_side,
)

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]
Records = npt.NDArray[Any]

NONZERO, EVENODD, STROKE = 0, 1, 2


class Geometry(NamedTuple):
    """The numbers of one batch of drawings as flat arrays; C points, K segments, P paths in all."""

    points: FloatArray  # [C, 2]
    widths: FloatArray  # [P]
    segments: IntArray  # [K, 4] control points of each cubic
    segment_offsets: IntArray  # [S + 1] segments of each subpath
    path_offsets: IntArray  # [P + 1] subpaths of each path
    closed: npt.NDArray[np.bool_]  # [S]
    has_stroke: npt.NDArray[np.bool_]  # [P]
    has_fill: npt.NDArray[np.bool_]  # [P]
    caps: IntArray  # [P]
    joins: IntArray  # [P]
    miter_limits: FloatArray  # [P]
    fill_rules: IntArray  # [P]


class Shapes(NamedTuple):
    """Polygons to paint, in z-order; the fill of a path comes before its stroke."""

    path: IntArray  # [N]
    rule: IntArray  # [N] NONZERO, EVENODD or STROKE
    end: IntArray  # [N] one past its last vertex


class Outline(NamedTuple):
    """Polygons of a batch of drawings. V vertices; the edge of a vertex leads to ``following`` it."""

    vertices: Records  # [V] of VERTEX
    following: IntArray  # [V]
    directions: Records  # [D] of DIRECTION
    shapes: Shapes  # [N]

    def positions(self) -> FloatArray:
        """[V, 2] px, a view."""
        floats: FloatArray = self.vertices.view(np.float32).reshape(-1, VERTEX.itemsize // 4)
        return floats[:, -2:]


def outline_of(geometry: Geometry, first: int = 0, last: int | None = None) -> Outline:
    """The polygons of paths ``first`` to ``last`` - 1 (all of them), in z-order, batch after batch."""
    last = len(geometry.widths) if last is None else last
    room, shapes = _likely_vertices(geometry, first, last), 2 * (last - first)
    while True:
        vertices, back = np.empty(room, VERTEX), np.empty(room, VERTEX)
        following, directions = np.empty(room, np.int32), np.empty(room, DIRECTION)
        pieces = np.empty(room, PIECE)
        path, rule, end = (np.empty(shapes, np.int32) for _ in range(3))
        outline = Outline(vertices, following, directions, Shapes(path, rule, end))
        v, d, s = _plan(geometry, first, last, outline, back, pieces)
        if v >= 0:
            return Outline(
                vertices[:v], following[:v], directions[:d], Shapes(path[:s], rule[:s], end[:s])
            )
        room *= 2


@compiled()
def _likely_vertices(geometry, first, last):  # type: ignore[no-untyped-def]
    """About how many vertices the outlines will have."""
    count = 64
    for path in range(first, last):
        h = 0.5 * geometry.widths[path]
        node = 2 * arc_pieces(math.pi, h) + 8
        for subpath in range(geometry.path_offsets[path], geometry.path_offsets[path + 1]):
            count += 4 * node
            for k in range(
                geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]
            ):
                count += 4 * pieces_of(control_points(geometry.points, geometry.segments, k)) + node
    return count


@compiled()
def _close_loop(following, begin, end):  # type: ignore[no-untyped-def]
    for v in range(begin, end):
        following[v] = v + 1
    if end > begin:
        following[end - 1] = begin


@compiled()
def _append_backwards(vertices, n, back, count):  # type: ignore[no-untyped-def]
    for k in range(count):
        vertices[np.uint64(n + k)] = back[np.uint64(count - 1 - k)]
    return n + count


@compiled()
def _fill_subpath(geometry, outline, n, subpath):  # type: ignore[no-untyped-def]
    """The polygon inside one subpath; an open one is closed by a straight line -> vertex count."""
    vertices, begin, last = outline.vertices, n, -1
    for k in range(geometry.segment_offsets[subpath], geometry.segment_offsets[subpath + 1]):
        c = control_points(geometry.points, geometry.segments, k)
        pieces = pieces_of(c)
        if n + pieces + 2 > len(outline.following):
            return -1
        for j in range(pieces):
            t, e = j / pieces, 1 / (12 * pieces * pieces) if j else 0.0
            x, y = point_at(c, t, e)
            n = put(vertices, n, k, t, e, CENTRE, 0, 0, 0.0, 0.0, x, y)
        if pieces:
            last = k
    if last >= 0 and not geometry.closed[subpath]:
        c = control_points(geometry.points, geometry.segments, last)
        n = put(vertices, n, last, 1.0, 0.0, CENTRE, 0, 0, 0.0, 0.0, c[6], c[7])
    _close_loop(outline.following, begin, n)
    return n


@compiled()
def _dot(geometry, outline, n, d, subpath, cap, h):  # type: ignore[no-untyped-def]
    """A subpath without extent: a disc or a square around it, or nothing (SVG 2, 13.5.4)."""
    begin = n
    if cap != BUTT:
        up = outline.directions[d]
        up.segment, up.w0, up.w1, up.w2, up.w3 = -1, 0.0, 0.0, 0.0, 0.0
        up.nx, up.ny, up.length = 0.0, 1.0, 1.0
        k = geometry.segment_offsets[subpath]
        c = control_points(geometry.points, geometry.segments, k)
        n = put_cap(outline.vertices, n, cap, 1.0, k, 0.0, c[0], c[1], outline.directions, d, h)
        n = put_cap(outline.vertices, n, cap, -1.0, k, 0.0, c[0], c[1], outline.directions, d, h)
        d += 1
    _close_loop(outline.following, begin, n)
    return n, d


@compiled()
def _stroke_subpath(geometry, outline, back, pieces, n, d, path, subpath):  # type: ignore[no-untyped-def]
    """The outline of one stroked subpath -> counts of vertices and directions; -1, -1 without room."""
    h = 0.5 * geometry.widths[path]
    cap, join, limit = geometry.caps[path], geometry.joins[path], geometry.miter_limits[path]
    vertices, directions, room = outline.vertices, outline.directions, len(outline.following)
    begin = n
    d, pieces_here = cut(geometry, directions, d, pieces, path, subpath)
    most = 2 * arc_pieces(math.pi, h) + 16  # vertices of caps
    if d < 0 or d + 4 > room or n + 2 * most > room:
        return -1, -1
    if pieces_here == 0:
        return _dot(geometry, outline, n, d, subpath, cap, h)
    n, left = put_side(geometry, directions, vertices, n, 1.0, pieces, pieces_here, path, subpath)
    count, right = put_side(geometry, directions, back, 0, -1.0, pieces, pieces_here, path, subpath)
    if n < 0 or count < 0 or n + count + 2 * most > room:
        return -1, -1
    start, end = pieces[0], pieces[pieces_here - 1]
    first = start.at0 if directions[start.at0].segment >= 0 else start.chord
    if geometry.closed[subpath]:
        k, x, y = start.segment, start.x0, start.y0
        beside = 0.5 * (start.length + end.length)
        n = put_node(
            vertices, n, 1.0, k, 0.0, 0.0, x, y, directions, left, first, h, join, limit, beside
        )
        count = put_node(
            back, count, -1.0, k, 0.0, 0.0, x, y, directions, right, first, h, join, limit, beside
        )
        _close_loop(outline.following, begin, n)
        begin = n
        n = _append_backwards(vertices, n, back, count)
    else:
        n = put_cap(vertices, n, cap, 1.0, end.segment, end.t1, end.x1, end.y1, directions, left, h)
        n = _append_backwards(vertices, n, back, count)
        k, t, x, y = start.segment, start.t0, start.x0, start.y0
        n = put_cap(vertices, n, cap, -1.0, k, t, x, y, directions, first, h)
    _close_loop(outline.following, begin, n)
    return n, d


@compiled()
def _plan(geometry, first, last, outline, back, pieces):  # type: ignore[no-untyped-def]
    """See `outline_of`; -1, -1, -1 when there is not enough room."""
    n = d = s = 0
    shapes = outline.shapes
    for path in range(first, last):
        for stroked in (False, True):
            if not (geometry.has_stroke[path] if stroked else geometry.has_fill[path]):
                continue
            for subpath in range(geometry.path_offsets[path], geometry.path_offsets[path + 1]):
                if stroked:
                    n, d = _stroke_subpath(geometry, outline, back, pieces, n, d, path, subpath)
                else:
                    n = _fill_subpath(geometry, outline, n, subpath)
                if n < 0:
                    return -1, -1, -1
            shapes.path[s] = path
            shapes.rule[s] = STROKE if stroked else geometry.fill_rules[path]
            shapes.end[s] = n
            s += 1
    return n, d, s
