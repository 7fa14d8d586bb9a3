"""The pixels that a straight line goes through, one after the other; compiled.

A line is followed from one border of a pixel to the next, be it an upright or a level one (Amanatides and
Woo 1987, "A fast voxel traversal algorithm for ray tracing"). That is one loop without a branch in it;
rows with columns in them are two, and a processor that guesses wrong when they end loses more time than
the arithmetic takes.
"""

from __future__ import annotations

import numpy as np

from styleclipdraw_core.render.compiled import compiled


@compiled(forceinline=True)
def first_pixel(xa, ya, xb, yb):  # type: ignore[no-untyped-def]
    """Where a line from (xa, ya) to (xb, yb) begins, in pixels; no coordinate is negative.

    Returns how many borders it crosses, its first pixel (column, row, columns and rows to go, and how
    far along the line, from 0 to 1, the next upright and the next level border are), and the line
    itself for `next_pixel`.
    """
    column, row = int(xa), int(ya)
    columns, rows = int(xb) - column, int(yb) - row
    right, down = np.int64(columns > 0), np.int64(rows > 0)
    per_x, per_y = 1 / (xb - xa), 1 / (yb - ya)  # infinite where nothing is to be crossed
    next_x = (column + right - xa) * per_x if columns != 0 else np.inf
    next_y = (row + down - ya) * per_y if rows != 0 else np.inf
    columns, rows = abs(columns), abs(rows)
    line = 2 * right - 1, 2 * down - 1, abs(per_x), abs(per_y)
    return columns + rows, (column, row, columns, rows, next_x, next_y), line


@compiled(forceinline=True)
def next_pixel(pixel, line):  # type: ignore[no-untyped-def]
    """The pixel beyond the next border; as many columns and rows on as the line has, whatever rounding
    says of where they are.
    """
    column, row, columns, rows, next_x, next_y = pixel
    right, down, per_x, per_y = line
    aside = np.int64(next_x < next_y)
    ahead = 1 - aside
    columns, rows = columns - aside, rows - ahead
    next_x = next_x + per_x * aside if columns > 0 else np.inf
    next_y = next_y + per_y * ahead if rows > 0 else np.inf
    return column + right * aside, row + down * ahead, columns, rows, next_x, next_y


@compiled(forceinline=True)
def part_within(a, b, limit):  # type: ignore[no-untyped-def]
    """From where to where, 0 at a and 1 at b, a coordinate is from 0 to ``limit``; 1, 0 for nowhere."""
    if 0 <= min(a, b) and max(a, b) <= limit:
        return 0.0, 1.0
    if a == b:
        return 1.0, 0.0
    ua, ub = -a / (b - a), (limit - a) / (b - a)
    return max(0.0, min(ua, ub)), min(1.0, max(ua, ub))
