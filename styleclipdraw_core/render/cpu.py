"""The fast renderer for processors: numba, all cores, analytic backward; hides arrays from autograd."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.render import raster
from styleclipdraw_core.render.geometry import geometry_of
from styleclipdraw_core.render.outline import Geometry, Outline, outline_of
from styleclipdraw_core.render.outline_gradient import pull_back
from styleclipdraw_core.render.scene import Scene, band_edges, put_outline
from styleclipdraw_core.render.threads import run_parts, thread_count

# Fewer than these are done sooner by one thread than by waking others.
SEGMENTS_WORTH_A_THREAD = 100
EDGES_WORTH_A_THREAD = 1500
# Pixels whose coverage is kept from the forward to the backward pass, 8 bytes each, over all threads;
# a drawing with more ink than that has it computed again.
MOST_PIXELS_KEPT = 1 << 27

FloatArray = npt.NDArray[np.float32]


def composite(drawing: Drawing, canvas: Tensor) -> Tensor:
    """Paint a batch of drawings over ``canvas`` [B, H, W, 3 or 4] -> the same shape."""
    picture: Tensor = _Paint.apply(drawing, canvas, *drawing.tensors())  # type: ignore[no-untyped-call]
    return picture


class _Room:
    """Where a thread keeps coverage until the backward pass.

    Goes to the next picture when nobody needs it any more: fresh memory costs more than filling it.
    """

    # Bytes that may wait; of the class, which outlives the module's names.
    MOST_SPARE = 1 << 28
    _spare: ClassVar[list[FloatArray]] = []
    kept: FloatArray = np.empty((2, 0), np.float32)

    def __init__(self) -> None:
        self.known = False  # whether it holds what the forward pass found
        try:
            self.kept = self._spare.pop()
        except IndexError:
            self.kept = np.empty((2, 1 << 16), np.float32)

    def __del__(self) -> None:
        if self.kept.nbytes + sum(room.nbytes for room in self._spare) <= self.MOST_SPARE:
            self._spare.append(self.kept)


class _Paint(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        drawing: Drawing,
        canvas: Tensor,  # [B, H, W, Q]
        points: Tensor,  # [B, C, 2]
        widths: Tensor,  # [B, P]
        stroke_colours: Tensor,  # [B, P, 4]
        fill_colours: Tensor,  # [B, P, 4]
    ) -> Tensor:
        geometry = geometry_of(drawing)
        outlines = _outlines(geometry)
        scene = _scene(outlines, _array(stroke_colours), _array(fill_colours))
        batch, height, width, channels = canvas.shape
        rows = 8 if height <= 512 else 16
        bands = band_edges(scene, -(-height // rows), rows, height, batch)
        under = _array(canvas)
        out = np.empty((batch * height, width * 4), np.float32)
        spans = np.empty((len(bands.run_shape) * rows, 2), np.int32)
        parts = max(1, min(thread_count(), len(bands.edge) // EDGES_WORTH_A_THREAD))
        most = MOST_PIXELS_KEPT // parts if any(ctx.needs_input_grad) else 0
        rooms = [_Room() for _ in range(parts)]

        def work(part: int) -> None:
            room = rooms[part]
            room.kept, room.known = raster.paint_bands(
                scene, bands, rows, part, parts, under, out, spans, room.kept, most
            )

        run_parts(work, parts)
        ctx.painted = geometry, outlines, scene, bands, rows, under, spans, rooms
        ctx.save_for_backward(points, widths, canvas)  # which autograd guards against writing
        return torch.from_numpy(out).view(batch, height, width, 4)[..., :channels].to(canvas)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        geometry, outlines, scene, bands, rows, under, spans, rooms = ctx.painted
        points, widths, _ = ctx.saved_tensors
        slopes = _array(upstream)
        edge_gradient = np.empty((len(bands.edge), 4), np.float32)
        run_gradient = np.empty((len(bands.run_shape), 5), np.float32)
        batch, height, width, channels = under.shape
        asked = bool(ctx.needs_input_grad[1])  # nobody asks for the gradient in a white page
        beneath = np.empty((batch * height if asked else 0, width * 4), np.float32)

        def work(part: int) -> None:
            raster.unpaint_bands(
                scene, bands, rows, part, len(rooms), under, slopes, spans,
                rooms[part].kept, rooms[part].known, edge_gradient, run_gradient, beneath,
            )  # fmt: skip

        run_parts(work, len(rooms))
        vertex_gradient = np.empty((len(scene.following), 2), np.float32)
        strokes, fills = (np.zeros((len(geometry.widths), 4), np.float32) for _ in range(2))
        raster.add_up(scene, bands, edge_gradient, run_gradient, vertex_gradient, strokes, fills)
        points_gradient = np.zeros(geometry.points.shape, np.float32)
        widths_gradient = np.zeros(geometry.widths.shape, np.float32)
        ends = [0, *itertools.accumulate(len(outline.following) for outline in outlines)]

        def pull(part: int) -> None:
            here = vertex_gradient[ends[part] : ends[part + 1]]
            pull_back(geometry, outlines[part], here, points_gradient, widths_gradient)

        run_parts(pull, len(outlines))
        canvas_gradient = None
        if asked:
            canvas_gradient = torch.from_numpy(beneath).view(batch, height, width, 4)[
                ..., :channels
            ]
        return (
            None,
            None if canvas_gradient is None else canvas_gradient.to(upstream),
            torch.from_numpy(points_gradient).view(points.shape).to(points),
            torch.from_numpy(widths_gradient).view(widths.shape).to(widths),
            torch.from_numpy(strokes).view(*widths.shape, 4).to(points),
            torch.from_numpy(fills).view(*widths.shape, 4).to(points),
        )


def _array(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().numpy().astype(np.float32, copy=False)


def _outlines(geometry: Geometry) -> list[Outline]:
    """The outlines of one run of paths for each thread; runs end where the segments are shared out."""
    parts = max(1, min(thread_count(), len(geometry.segments) // SEGMENTS_WORTH_A_THREAD))
    if parts == 1:
        return [outline_of(geometry)]
    segments = geometry.segment_offsets[geometry.path_offsets]  # [P + 1] before each path
    shares = np.arange(1, parts) * (len(geometry.segments) / parts)
    ends = [0, *np.searchsorted(segments, shares).tolist(), len(geometry.widths)]
    return run_parts(lambda part: outline_of(geometry, ends[part], ends[part + 1]), parts)


def _scene(
    outlines: list[Outline],
    stroke_colours: FloatArray,  # [B, P, 4]
    fill_colours: FloatArray,  # [B, P, 4]
) -> Scene:
    vertices = sum(len(outline.following) for outline in outlines)
    shapes = sum(len(outline.shapes.path) for outline in outlines)
    following = np.empty(vertices, np.int32)
    end, rule, path, picture = (np.empty(shapes, np.int32) for _ in range(4))
    at, colour = np.empty((vertices, 2), np.float32), np.empty((shapes, 5), np.float32)
    scene = Scene(at, following, end, rule, colour, path, picture)
    strokes, fills = stroke_colours.reshape(-1, 4), fill_colours.reshape(-1, 4)
    paths, v, s = max(stroke_colours.shape[1], 1), 0, 0
    for outline in outlines:
        put_outline(outline, v, s, scene, strokes, fills, paths)
        v, s = v + len(outline.following), s + len(outline.shapes.path)
    return scene
