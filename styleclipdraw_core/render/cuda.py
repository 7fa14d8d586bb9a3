"""The renderer for NVIDIA GPUs: triton kernels over tiles of pixels; hides uploads and memory.

What runs where: the outline is planned and sorted into tiles by the processor (the numbers go there
once a call, the lists come back in two copies), everything else runs on the GPU, and nothing waits for
it. Every (tile, shape) pair is measured by a program of its own; then a program a tile paints its pairs
from back to front. The backward pass does both again, keeps what lay beneath each pair's paint (so that
opaque paint divides by nothing), walks back, and turns the pixels' slopes into those of the edges. No
sum is taken by atomic operations: same input, same bits.

Memory: 5 kB a pair at work, for `PAIRS_AT_ONCE` of them; a tile that has more is worked on all the same.

Not there yet: planning on the GPU, without which a drawing of thousands of curves waits for the
processor longer than for the kernels, and one kernel for the recipe of the outline, which is some forty
launches of torch's in `vertex_positions` and its backward pass now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.errors import BackendError
from styleclipdraw_core.render.cuda_tiles import Tiles, tiles_of
from styleclipdraw_core.render.geometry import geometry_of
from styleclipdraw_core.render.outline import STROKE, outline_of
from styleclipdraw_core.render.vertices import vertex_positions

TILE = 16  # px a side
PAIRS_AT_ONCE = 1 << 17
BLOCK = 128  # vertices, or places of a sum, that one program adds up
# Said at each launch, because triton is about to change what it does by itself.
OPTIONS = {"enable_fp_fusion": True}


class _Plan(NamedTuple):
    """The lists of a drawing, once on each side."""

    here: Tiles  # numpy
    there: Tiles  # tensors on the GPU
    following: Tensor  # [V]
    rule: Tensor  # [N]


def composite(drawing: Drawing, canvas: Tensor) -> Tensor:
    """Paint a batch of drawings over ``canvas`` [B, H, W, 3 or 4] -> the same shape."""
    device = _device_for(canvas)
    batch, height, width, _ = canvas.shape
    geometry = geometry_of(drawing)
    outline = outline_of(geometry)
    tiles = tiles_of(outline, batch, drawing.path_count, width, height, TILE)
    *lists, following, rule, path, stroked = _upload(
        [
            *tiles, outline.following, outline.shapes.rule, outline.shapes.path,
            (outline.shapes.rule == STROKE).astype(np.int32),
        ],
        device,
    )  # fmt: skip
    points, widths, strokes, fills = (
        tensor.to(device, torch.float32) for tensor in drawing.tensors()
    )
    vertices = vertex_positions(outline, geometry, points.reshape(-1, 2), widths.reshape(-1))
    canvas_there = canvas.to(device, torch.float32)
    if len(outline.directions.segment) == 0:
        # No vertex of the recipe needs a width, and yet it has a gradient: zero.
        canvas_there = canvas_there + 0 * widths.sum()
    both = torch.stack([fills.reshape(-1, 4), strokes.reshape(-1, 4)])  # [2, B * P, 4]
    picture: Tensor = _Paint.apply(
        _Plan(tiles, Tiles(*lists), following, rule),
        vertices,
        both[stroked.long(), path.long()],  # [N, 4]
        canvas_there,
    )
    return picture.to(canvas)


def _device_for(canvas: Tensor) -> torch.device:
    """Where to work: a GPU, or this processor when triton interprets its programs."""
    try:
        from triton import knobs
    except ImportError:
        raise BackendError(
            "The cuda renderer needs the package triton, which is not installed.",
            "Install triton, or choose the renderer cpu.",
            code="backend.no-triton",
        ) from None
    if canvas.is_cuda or knobs.runtime.interpret:
        return canvas.device
    if torch.cuda.is_available():
        return torch.device("cuda")
    raise BackendError(
        "The cuda renderer needs an NVIDIA GPU, and PyTorch finds none.",
        "Choose the renderer cpu.",
        code="backend.no-gpu",
    )


def _upload(arrays: list[np.ndarray], device: torch.device) -> list[Tensor]:  # type: ignore[type-arg]
    """Arrays of int32, in one copy."""
    flat = torch.from_numpy(np.concatenate(arrays).astype(np.int32, copy=False))
    if device.type == "cuda":
        flat = flat.pin_memory().to(device, non_blocking=True)
    return list(flat.split([len(array) for array in arrays]))


class _Paint(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        plan: _Plan,
        vertices: Tensor,  # [V, 2] px
        colours: Tensor,  # [N, 4]
        canvas: Tensor,  # [B, H, W, Q]
    ) -> Tensor:
        canvas, colours = canvas.contiguous(), colours.contiguous()
        ends = _ends(plan, vertices)
        out = torch.empty_like(canvas)
        for group in _groups(plan, canvas):
            areas = group.measured(ends)
            group.painted(areas, None, colours, canvas, out)
        ctx.plan = plan
        ctx.save_for_backward(ends, colours, canvas)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        from styleclipdraw_core.render import cuda_kernels as kernels

        plan: _Plan = ctx.plan
        ends, colours, canvas = ctx.saved_tensors
        upstream = upstream.contiguous()
        there, vertices, shapes = plan.there, len(plan.following), len(plan.rule)
        canvas_slope, out = torch.empty_like(canvas), torch.empty_like(canvas)
        # Every place of these is written: each belongs to one pair, or one entry of a pair.
        shape_sums = canvas.new_empty(int(plan.here.shape_place[-1]), 4)
        edge_sums = canvas.new_empty(int(plan.here.edge_slot[-1]), 4)
        for group in _groups(plan, canvas):
            areas = group.measured(ends)
            beneath = areas.new_empty(len(areas), 4 * TILE * TILE)
            group.painted(areas, beneath, colours, canvas, out)
            group.unpainted(areas, beneath, colours, upstream, canvas_slope, shape_sums)
            group.moved(ends, areas, edge_sums)
        vertex_slope, colour_slope = ends.new_zeros(vertices, 2), ends.new_zeros(shapes, 4)
        if vertices:
            kernels.sum_vertices[(-(-vertices // BLOCK),)](
                edge_sums,
                there.edge_slot,
                there.preceding,
                vertex_slope,
                vertices,
                BLOCK=BLOCK,
                **OPTIONS,
            )
        if shapes:
            kernels.sum_shapes[(shapes,)](
                shape_sums, there.shape_place, colour_slope, BLOCK=BLOCK, **OPTIONS
            )
        return None, vertex_slope, colour_slope, canvas_slope


def _ends(plan: _Plan, vertices: Tensor) -> Tensor:
    """Both ends of every entry's edge, [E, 4] px."""
    start = plan.there.entry_edge.long()  # [E]
    return torch.cat([vertices[start], vertices[plan.following[start].long()]], 1).contiguous()


class _Group(NamedTuple):
    """Tiles that are worked on together, and the kernels over them."""

    plan: _Plan
    canvas: tuple[int, ...]  # B, H, W, Q
    first_tile: int
    tiles: int
    first_pair: int
    pairs: int

    @property
    def across(self) -> int:
        return -(-self.canvas[2] // TILE)

    @property
    def down(self) -> int:
        return -(-self.canvas[1] // TILE)

    def measured(self, ends: Tensor) -> Tensor:
        """Winding-weighted areas, [pairs, TILE * TILE]."""
        from styleclipdraw_core.render import cuda_kernels as kernels

        lists = self.plan.there
        areas = ends.new_empty(self.pairs, TILE * TILE)
        if self.pairs:
            kernels.measure[(self.pairs,)](
                ends, lists.run_begin, lists.pair_run, lists.pair_tile, areas,
                self.first_pair, self.across, self.down, SIZE=TILE, **OPTIONS,
            )  # fmt: skip
        return areas

    def painted(
        self, areas: Tensor, beneath: Tensor | None, colours: Tensor, canvas: Tensor, out: Tensor
    ) -> None:
        """Writes these tiles of ``out``, and what lay beneath each pair's paint."""
        from styleclipdraw_core.render import cuda_kernels as kernels

        lists = self.plan.there
        kernels.paint[(self.tiles,)](
            areas, areas if beneath is None else beneath, lists.tile_begin, lists.pair_run,
            lists.run_shape, self.plan.rule, colours, canvas, out,
            self.first_tile, self.first_pair, self.across, self.down, self.canvas[2],
            self.canvas[1], KEEP=beneath is not None, CHANNELS=self.canvas[3], SIZE=TILE, **OPTIONS,
        )  # fmt: skip

    def unpainted(
        self,
        areas: Tensor,
        beneath: Tensor,
        colours: Tensor,
        upstream: Tensor,
        canvas_slope: Tensor,
        shape_sums: Tensor,
    ) -> None:
        """Turns ``areas`` into the loss's slopes in them, and writes those of canvas and colours."""
        from styleclipdraw_core.render import cuda_kernels as kernels

        lists = self.plan.there
        kernels.unpaint[(self.tiles,)](
            areas, beneath, lists.tile_begin, lists.pair_run, lists.pair_tile, lists.run_shape,
            lists.run_column, lists.run_place, self.plan.rule, colours,
            upstream, canvas_slope, shape_sums,
            self.first_tile, self.first_pair, self.across, self.down, self.canvas[2],
            self.canvas[1], CHANNELS=self.canvas[3], SIZE=TILE, **OPTIONS,
        )  # fmt: skip

    def moved(self, ends: Tensor, slopes: Tensor, edge_sums: Tensor) -> None:
        """Writes the slopes in the ends of these tiles' edges."""
        from styleclipdraw_core.render import cuda_kernels as kernels

        lists = self.plan.there
        if self.pairs:
            kernels.move_edges[(self.pairs,)](
                ends, lists.run_begin, lists.pair_run, lists.pair_tile, lists.run_column,
                lists.entry_slot, slopes, edge_sums,
                self.first_pair, self.across, self.down, SIZE=TILE, **OPTIONS,
            )  # fmt: skip


def _groups(plan: _Plan, canvas: Tensor) -> Iterator[_Group]:
    """All tiles, so many at a time that their pairs fit in the memory set aside."""
    begin = plan.here.tile_begin
    first, count = 0, len(begin) - 1
    while first < count:
        end = int(np.searchsorted(begin, begin[first] + PAIRS_AT_ONCE, side="right")) - 1
        end = min(max(end, first + 1), count)
        yield _Group(
            plan,
            tuple(canvas.shape),
            first,
            end - first,
            int(begin[first]),
            int(begin[end] - begin[first]),
        )
        first = end
