"""How what a polygon covers of the pixels of a band changes with its edges; compiled."""

from __future__ import annotations

import numpy as np

from styleclipdraw_core.render.compiled import compiled


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
    highest, lowest = min(ay, by), max(ay, by)
    if lowest < top or highest >= top + rows or max(ax, bx) < 0 or min(ax, bx) >= width:
        return 0.0, 0.0, 0.0, 0.0
    whole = highest >= top and lowest < top + rows  # within the band
    row0, row1 = int(max(highest - top, 0.0)), int(min(lowest - top, rows - 1.0))
    column = int(max(ax, 0.0))
    if (
        whole
        and row0 == row1
        and column == int(bx)
        and min(ax, bx) >= 0
        and max(ax, bx) < width
        and low[np.uint64(row0)] <= column <= high[np.uint64(row0)]
    ):
        half = 0.5 * weights[np.uint64(row0), np.uint64(column)]
        return -dy * half, dx * half, -dy * half, dx * half
    toward_a = toward_b = 0.0
    per_y = 1.0 / dy if dy != 0 else 0.0
    per_x = 1.0 / dx if dx != 0 else 0.0
    for row in range(row0, row1 + 1):
        r = np.uint64(row)
        if high[r] < 0:
            continue
        u0, u1 = 0.0, 1.0
        if row0 != row1 or not whole:
            if dy == 0:
                continue
            ua, ub = (top + row - ay) * per_y, (top + row + 1 - ay) * per_y
            u0, u1 = max(0.0, min(ua, ub)), min(1.0, max(ua, ub))
            if u1 <= u0:
                continue
        xa, xb = ax + u0 * dx, ax + u1 * dx
        left, right = min(xa, xb), max(xa, xb)
        if right < 0 or left >= width:
            continue
        first, last = int(max(left, 0.0)), int(min(right, width - 1.0))
        if first == last and left >= 0 and right <= width:
            share = weights[r, np.uint64(first)] * (u1 - u0)
            middle = 0.5 * (u0 + u1)
            toward_a += share * (1.0 - middle)
            toward_b += share * middle
            continue
        for i in range(max(first, low[r]), min(last, high[r]) + 1):
            ua, ub = (i - ax) * per_x, (i + 1 - ax) * per_x
            v0, v1 = max(u0, min(ua, ub)), min(u1, max(ua, ub))
            if v1 > v0:
                share = weights[r, np.uint64(i)] * (v1 - v0)
                middle = 0.5 * (v0 + v1)
                toward_a += share * (1.0 - middle)
                toward_b += share * middle
    return -dy * toward_a, dx * toward_a, -dy * toward_b, dx * toward_b
