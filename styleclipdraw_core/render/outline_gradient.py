"""The recipe of an outline backwards: from its vertices to control points and widths; compiled."""

from __future__ import annotations

import math

import numpy as np

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.curves import point_weights
from styleclipdraw_core.render.sides import ARC, CENTRE, OFFSET


@compiled()
def pull_back(geometry, outline, vertex_gradient, points_gradient, widths_gradient):  # type: ignore[no-untyped-def]
    """The recipe backwards: gradients [V, 2] of vertices, added to those of points and widths."""
    vertices, _, directions, shapes = outline
    segments = geometry.segments
    turning = np.zeros(len(directions), np.float64)  # gradient in each direction's angle
    begin = 0
    for s in range(len(shapes.path)):
        path = shapes.path[s]
        h, towards_h = 0.5 * geometry.widths[path], 0.0
        for v in range(begin, shapes.end[s]):
            gx, gy = vertex_gradient[v, 0], vertex_gradient[v, 1]
            if gx == 0 and gy == 0:
                continue
            vertex = vertices[v]
            k, a, kind = np.uint64(vertex.segment), vertex.first, vertex.kind
            c0, c1 = vertex.c0, vertex.c1
            b0, b1, b2, b3 = point_weights(vertex.t * 1.0, vertex.e * 1.0)
            s0, s1 = np.uint64(segments[k, 0]), np.uint64(segments[k, 1])
            s2, s3 = np.uint64(segments[k, 2]), np.uint64(segments[k, 3])
            points_gradient[s0, 0] += b0 * gx
            points_gradient[s0, 1] += b0 * gy
            points_gradient[s1, 0] += b1 * gx
            points_gradient[s1, 1] += b1 * gy
            points_gradient[s2, 0] += b2 * gx
            points_gradient[s2, 1] += b2 * gy
            points_gradient[s3, 0] += b3 * gx
            points_gradient[s3, 1] += b3 * gy
            if kind == CENTRE:
                continue
            nx, ny = directions[a].nx * 1.0, directions[a].ny * 1.0
            if kind == OFFSET:
                along, across = gx * nx + gy * ny, gy * nx - gx * ny
                towards_h += c0 * along + c1 * across
                turning[a] += h * (c0 * across - c1 * along)
                continue
            b = vertex.second
            mx, my = directions[b].nx, directions[b].ny
            cross, dot = nx * my - ny * mx, nx * mx + ny * my
            if kind == ARC:
                angle = math.atan2(cross, dot)
                # Turned back: the arc is on the outer side, whatever rounding says.
                if angle * c0 > 0:
                    angle -= math.copysign(2 * math.pi, c0)
                angle *= c1
                cos, sin = math.cos(angle), math.sin(angle)
                nx, ny = cos * nx - sin * ny, cos * ny + sin * nx
                towards_h += c0 * (gx * nx + gy * ny)
                turn = h * c0 * (gy * nx - gx * ny)
                turning[a] += (1 - c1) * turn
                turning[b] += c1 * turn
            else:
                nx, ny = (nx + mx) / (1 + dot), (ny + my) / (1 + dot)
                stretch = c0 * (gx * nx + gy * ny)
                turn = c0 * (gy * nx - gx * ny)
                towards_h += stretch
                spread = cross / (1 + dot) * stretch
                turning[a] += 0.5 * h * (turn - spread)
                turning[b] += 0.5 * h * (turn + spread)
        widths_gradient[path] += 0.5 * towards_h
        begin = shapes.end[s]
    for d in range(len(directions)):
        one = directions[d]
        if one.segment < 0 or turning[d] == 0:
            continue
        scale = turning[d] / one.length
        for q, weight in enumerate((one.w0, one.w1, one.w2, one.w3)):
            c = segments[one.segment, q]
            points_gradient[c, 0] += scale * weight * one.nx
            points_gradient[c, 1] += scale * weight * one.ny
