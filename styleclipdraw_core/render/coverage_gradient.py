"""How what a polygon covers of the pixels of a band changes with its edges; compiled."""

from __future__ import annotations

import numpy as np

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.walk import first_pixel, next_pixel, part_within


@compiled(forceinline=True)
def edge_gradient(ax, ay, bx, by, rows, width, weights):  # type: ignore[no-untyped-def]
    """The loss's gradient in an edge's ends, from the pixels of a band that it crosses.

    The derivative of a polygon's area inside a pixel is the integral along the edges in that pixel
    (Reynolds' transport theorem; Li et al. 2020, "Differentiable vector graphics rasterization", equation
    4, without the sampling). With u from 0 at the start to 1 at the end, every piece u0 to u1 within a
    pixel of weight w moves the start by w (u1 - u0) (1 - u) and the end by w (u1 - u0) u, at its
    middle u, across the edge.

    ay, by: from the band's top on; weights: [rows + 1, width + 1], zero in the last row and column.
    """
    across, down = bx - ax, by - ay
    u0, u1 = part_within(ay, by, rows * 1.0)
    x0, x1 = part_within(ax, bx, width * 1.0)
    u0, u1 = max(u0, x0), min(u1, x1)
    if u1 <= u0:
        return 0.0, 0.0, 0.0, 0.0
    whole = (u0 == 0) & (u1 == 1)
    if not whole:
        xa, ya = min(max(ax + u0 * across, 0.0), width), min(max(ay + u0 * down, 0.0), rows)
        bx, by = min(max(ax + u1 * across, 0.0), width), min(max(ay + u1 * down, 0.0), rows)
        ax, ay = xa, ya
    borders, pixel, line = first_pixel(ax, ay, bx, by)
    total = toward_b = u = 0.0
    for border in range(borders + 1):
        column, row, _, _, next_x, next_y = pixel
        v = min(next_x, next_y) if border < borders else 1.0
        share = weights[np.uint64(row), np.uint64(column)] * (v - u)
        total += share
        toward_b += 0.5 * share * (u + v)
        u, pixel = v, next_pixel(pixel, line)
    if not whole:
        toward_b = (u1 - u0) * (u0 * total + (u1 - u0) * toward_b)
        total *= u1 - u0
    toward_a = total - toward_b
    return -down * toward_a, across * toward_a, -down * toward_b, across * toward_b
