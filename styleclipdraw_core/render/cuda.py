"""The renderer for NVIDIA GPUs: triton kernels over tiles of pixels; hides uploads and memory.

The processor plans the outline and sorts it into tiles (`cuda_tiles`), which the drawing's numbers
go there for and one packed copy of lists comes back from. On the GPU every pair of a tile and a
shape is measured by a program of its own; then a program a tile paints its pairs from back to
front. The backward pass does both again, now keeping what lay beneath each pair's paint (so that
opaque paint divides by nothing), walks back, and turns the pixels' slopes into those of the edges.
Every sum has a place of its own for each of its terms and is taken in their order, never by atomic
operations.

Memory: 6 kB a pair at work, for `PAIRS_AT_ONCE` of them; a tile with more is worked on all the
same.

Not there yet: planning on the GPU, without which a drawing of thousands of curves waits longer for
the processor than for the kernels; and one kernel for the recipe of the outline, which in
`vertex_positions` is some forty launches of torch's, a few of which wait for their upload.
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
from styleclipdraw_core.render.cuda_tiles import IntArray, Tiles, tiles_of
from styleclipdraw_core.render.geometry import geometry_of
from styleclipdraw_core.render.outline import STROKE, outline_of
from styleclipdraw_core.render.overlaps import LANES, LINES
from styleclipdraw_core.render.vertices import vertex_positions

TILE = 16  # px a side
PAIRS_AT_ONCE = 1 << 17
BLOCK = 128  # vertices, or places of a sum, that one program adds up
# Said at each launch, because triton is about to change what it does by itself.
OPTIONS = {"enable_fp_fusion": True}


class _Plan(NamedTuple):
    """The lists of a drawing, once on each side."""

    here: Tiles
    there: Any  # the same `Tiles`, of tensors on the GPU
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
    if len(outline.directions) == 0:
        # No vertex of the recipe needs a width, and yet it has a gradient: zero.
        canvas_there = canvas_there + 0 * widths.sum()
    both = torch.stack([fills.reshape(-1, 4), strokes.reshape(-1, 4)])  # [2, B * P, 4]
    there: Any = Tiles._make(lists)
    picture: Tensor = _Paint.apply(  # type: ignore[no-untyped-call]
        _Plan(tiles, there, following, rule),
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


def _upload(arrays: list[IntArray], device: torch.device) -> list[Tensor]:
    """Arrays in one copy."""
    flat = torch.from_numpy(np.concatenate(arrays).astype(np.int32, copy=False))
    if device.type == "cuda":
        flat = flat.pin_memory().to(device, non_blocking=True)
    return list(torch.split(flat, [len(array) for array in arrays]))


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
            covers, _ = group.measured(ends)
            group.painted(covers, None, colours, canvas, out)
        ctx.plan = plan
        ctx.save_for_backward(ends, colours, canvas)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        plan: _Plan = ctx.plan
        ends, colours, canvas = ctx.saved_tensors
        upstream = upstream.contiguous()
        there, vertices, shapes = plan.there, len(plan.following), len(plan.rule)
        canvas_slope, out = torch.empty_like(canvas), torch.empty_like(canvas)
        # Every place of these is written: each belongs to one pair, or one entry of a pair.
        shape_sums = canvas.new_empty(int(plan.here.shape_place[-1]), 4)
        edge_sums = canvas.new_empty(int(plan.here.edge_slot[-1]), 4)
        for group in _groups(plan, canvas):
            covers, towards = group.measured(ends)
            beneath = covers.new_empty(len(covers), 4 * TILE * TILE)
            group.painted(covers, beneath, colours, canvas, out)
            group.unpainted(covers, towards, beneath, colours, upstream, canvas_slope, shape_sums)
            group.moved(ends, towards, edge_sums)
        vertex_slope, colour_slope = ends.new_zeros(vertices, 2), ends.new_zeros(shapes, 4)
        if vertices:
            _kernels().sum_vertices[(-(-vertices // BLOCK),)](
                edge_sums,
                there.edge_slot,
                there.preceding,
                vertex_slope,
                vertices,
                BLOCK=BLOCK,
                **OPTIONS,
            )
        if shapes:
            _kernels().sum_shapes[(shapes,)](
                shape_sums, there.shape_place, colour_slope, BLOCK=BLOCK, **OPTIONS
            )
        return None, vertex_slope, colour_slope, canvas_slope


def _kernels() -> Any:
    """The kernels, and with them triton, when they are needed."""
    from styleclipdraw_core.render import cuda_kernels

    return cuda_kernels


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

    def measured(self, ends: Tensor) -> tuple[Tensor, Tensor]:
        """Coverage, and its derivative in the area, each [pairs, TILE * TILE]."""
        lists = self.plan.there
        covers = ends.new_empty(self.pairs, TILE * TILE)
        towards = torch.empty_like(covers)
        if self.pairs:
            _kernels().measure[(self.pairs,)](
                ends, lists.entry_edge, lists.run_begin, lists.pair_run, lists.pair_tile,
                lists.run_shape, self.plan.rule, covers, towards,
                self.first_pair, self.across, self.down, SIZE=TILE, LINES=LINES, LANES=LANES, **OPTIONS,
            )  # fmt: skip
        return covers, towards

    def painted(
        self, covers: Tensor, beneath: Tensor | None, colours: Tensor, canvas: Tensor, out: Tensor
    ) -> None:
        """Writes these tiles of ``out``, and what lay beneath each pair's paint."""
        lists = self.plan.there
        _kernels().paint[(self.tiles,)](
            covers, covers if beneath is None else beneath, lists.tile_begin, lists.pair_run,
            lists.run_shape, colours, canvas, out,
            self.first_tile, self.first_pair, self.across, self.down, self.canvas[2],
            self.canvas[1], KEEP=beneath is not None, CHANNELS=self.canvas[3], SIZE=TILE,
            **OPTIONS,
        )  # fmt: skip

    def unpainted(
        self,
        covers: Tensor,
        towards: Tensor,
        beneath: Tensor,
        colours: Tensor,
        upstream: Tensor,
        canvas_slope: Tensor,
        shape_sums: Tensor,
    ) -> None:
        """Turns ``towards`` into the loss's slopes in areas; writes those of canvas and colours."""
        lists = self.plan.there
        _kernels().unpaint[(self.tiles,)](
            covers, towards, beneath, lists.tile_begin, lists.pair_run, lists.run_shape,
            lists.run_column, lists.run_place, colours, upstream, canvas_slope, shape_sums,
            self.first_tile, self.first_pair, self.across, self.down, self.canvas[2],
            self.canvas[1], CHANNELS=self.canvas[3], SIZE=TILE, **OPTIONS,
        )  # fmt: skip

    def moved(self, ends: Tensor, slopes: Tensor, edge_sums: Tensor) -> None:
        """Writes the slopes in the ends of these tiles' edges."""
        lists = self.plan.there
        if self.pairs:
            _kernels().move_edges[(self.pairs,)](
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
