"""Which edges and shapes touch which square tile of the canvas; hides how the lists are laid out.

Everything that a sum runs over lies side by side (the gradients that an edge gets from its tiles,
and those that a shape gets), so that the kernels add up in a fixed order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.outline import Outline

IntArray = npt.NDArray[np.int32]


class Tiles(NamedTuple):
    """T tiles, row by row, picture after picture.

    A run is the edges of one shape in one row of tiles, an entry one of these edges, a pair a run
    in one of the tiles it touches, a slot an entry in one of these tiles.
    """

    tile_begin: IntArray  # [T + 1] into the pairs, which are in z-order
    pair_run: IntArray  # [M]
    pair_tile: IntArray  # [M]
    run_shape: IntArray  # [R]
    run_column: IntArray  # [R] the first column of tiles it touches
    run_place: IntArray  # [R] where its shape's sums from its first tile go; the others follow
    run_begin: IntArray  # [R + 1] into the entries
    entry_edge: IntArray  # [E] the vertex that the edge starts at
    entry_slot: IntArray  # [E] its slot in the first tile of the run; the others follow
    edge_slot: IntArray  # [V + 1] the slots of each edge
    shape_place: IntArray  # [N + 1] the places of each shape
    preceding: IntArray  # [V] the vertex whose edge leads to a vertex


def tiles_of(
    outline: Outline, pictures: int, paths: int, width: int, height: int, size: int
) -> Tiles:
    """The tiles of ``pictures`` canvases of ``paths`` paths each; tiles are ``size`` px a side."""
    picture = (outline.shapes.path // max(paths, 1)).astype(np.int32)
    return Tiles(
        *_tiles(
            np.ascontiguousarray(outline.positions()), outline.following, outline.shapes.end, picture,
            pictures, width, height, size,
        )
    )  # fmt: skip


@compiled()
def _rows_of_edge(ya, yb, height, size):  # type: ignore[no-untyped-def]
    """First and last row of tiles that an edge touches; the last before the first for none."""
    low, high = min(ya, yb), max(ya, yb)
    if high < 0 or low >= height:
        return 0, -1
    return int(max(low, 0.0)) // size, int(min(high, height - 0.5)) // size


@compiled()
def _columns_of_edge(xa, ya, xb, yb, top, bottom):  # type: ignore[no-untyped-def]
    """Leftmost and rightmost x of an edge between two heights."""
    if ya == yb:
        return min(xa, xb), max(xa, xb)
    slope = (xb - xa) / (yb - ya)
    at_top = xa + (min(max(ya, top), bottom) - ya) * slope
    at_bottom = xa + (min(max(yb, top), bottom) - ya) * slope
    return min(at_top, at_bottom), max(at_top, at_bottom)


@compiled()
def _tiles(at, following, shape_end, picture, pictures, width, height, size):  # type: ignore[no-untyped-def]
    across, down = (width + size - 1) // size, (height + size - 1) // size
    rows, shapes, vertices = pictures * down, len(shape_end), len(following)
    row_entries, row_runs = np.zeros(rows + 1, np.int32), np.zeros(rows + 1, np.int32)
    newest = np.full(rows, -1, np.int32)
    for s in range(shapes):
        for v in range(shape_end[s - 1] if s else 0, shape_end[s]):
            first, last = _rows_of_edge(at[v, 1], at[following[v], 1], height, size)
            for row in range(picture[s] * down + first, picture[s] * down + last + 1):
                row_entries[row + 1] += 1
                if newest[row] != s:
                    newest[row] = s
                    row_runs[row + 1] += 1
    row_entries, row_runs = np.cumsum(row_entries), np.cumsum(row_runs)
    entries, runs = row_entries[rows], row_runs[rows]
    run_shape, run_row = np.empty(runs, np.int32), np.empty(runs, np.int32)
    run_begin = np.empty(runs + 1, np.int32)
    run_begin[runs] = entries
    left, right = np.empty(runs, np.float64), np.empty(runs, np.float64)
    entry_edge = np.empty(entries, np.int32)
    next_entry, next_run = row_entries[:rows].copy(), row_runs[:rows].copy()
    preceding = np.empty(vertices, np.int32)
    newest[:] = -1
    for s in range(shapes):
        for v in range(shape_end[s - 1] if s else 0, shape_end[s]):
            f = following[v]
            preceding[f] = v
            first, last = _rows_of_edge(at[v, 1], at[f, 1], height, size)
            for row in range(picture[s] * down + first, picture[s] * down + last + 1):
                if newest[row] != s:
                    newest[row] = s
                    run = next_run[row]
                    run_shape[run], run_row[run], run_begin[run] = s, row, next_entry[row]
                    left[run], right[run] = np.inf, -np.inf
                    next_run[row] += 1
                run = next_run[row] - 1
                top = (row % down) * size * 1.0
                low, high = _columns_of_edge(
                    at[v, 0] * 1.0, at[v, 1] * 1.0, at[f, 0] * 1.0, at[f, 1] * 1.0, top, top + size
                )
                left[run], right[run] = min(left[run], low), max(right[run], high)
                entry_edge[next_entry[row]] = v
                next_entry[row] += 1
    # Tiles of each run; from these the places of every sum.
    column, count = np.zeros(runs, np.int32), np.zeros(runs, np.int32)
    tile_begin = np.zeros(rows * across + 1, np.int32)
    edge_slot, shape_place = np.zeros(vertices + 1, np.int32), np.zeros(shapes + 1, np.int32)
    for run in range(runs):
        if right[run] < 0 or left[run] >= width:
            continue
        column[run] = int(max(left[run], 0.0)) // size
        count[run] = int(min(right[run], width - 0.5)) // size + 1 - column[run]
        tile = run_row[run] * across + column[run]
        for t in range(tile, tile + count[run]):
            tile_begin[t + 1] += 1
        shape_place[run_shape[run] + 1] += count[run]
        for k in range(run_begin[run], run_begin[run + 1]):
            edge_slot[entry_edge[k] + 1] += count[run]
    for sums in (tile_begin, edge_slot, shape_place):
        for i in range(1, len(sums)):
            sums[i] += sums[i - 1]
    pairs = tile_begin[rows * across]
    pair_run, pair_tile = np.empty(pairs, np.int32), np.empty(pairs, np.int32)
    run_place, entry_slot = np.empty(runs, np.int32), np.empty(entries, np.int32)
    next_pair = tile_begin.copy()
    next_slot, next_place = edge_slot.copy(), shape_place.copy()
    for run in range(runs):
        tile = run_row[run] * across + column[run]
        for t in range(tile, tile + count[run]):
            pair_run[next_pair[t]], pair_tile[next_pair[t]] = run, t
            next_pair[t] += 1
        run_place[run] = next_place[run_shape[run]]
        next_place[run_shape[run]] += count[run]
        for k in range(run_begin[run], run_begin[run + 1]):
            entry_slot[k] = next_slot[entry_edge[k]]
            next_slot[entry_edge[k]] += count[run]
    return (
        tile_begin, pair_run, pair_tile, run_shape, column, run_place, run_begin,
        entry_edge, entry_slot, edge_slot, shape_place, preceding,
    )  # fmt: skip
