"""The fast renderer for processors: numba, all cores, analytic backward; hides arrays from autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.render import raster
from styleclipdraw_core.render.geometry import geometry_of
from styleclipdraw_core.render.outline import STROKE, Geometry, Outline, outline_of
from styleclipdraw_core.render.outline_gradient import pull_back
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
        bands = raster.band_edges(scene, -(-height // rows), rows, height, batch)
        under = _array(canvas)
        out = np.empty((batch * height, width * 4), np.float32)
        spans = np.empty((len(bands.run_shape) * rows, 2), np.int32)
        parts = max(1, min(thread_count(), len(bands.edge) // EDGES_WORTH_A_THREAD))
        most = MOST_PIXELS_KEPT // parts if any(ctx.needs_input_grad) else 0

        def work(part: int) -> FloatArray:
            covered: FloatArray = raster.paint_bands(
                scene, bands, rows, part, parts, under, out, spans, most
            )
            return covered

        covered = run_parts(work, parts)
        ctx.painted = geometry, outlines, scene, bands, rows, under, spans, covered
        ctx.save_for_backward(points, widths)
        return torch.from_numpy(out).view(batch, height, width, 4)[..., :channels].to(canvas)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        geometry, outlines, scene, bands, rows, under, spans, covered = ctx.painted
        points, widths = ctx.saved_tensors
        slopes = _array(upstream)
        edge_gradient = np.empty((len(bands.edge), 4), np.float32)
        run_gradient = np.empty((len(bands.run_shape), 5), np.float32)
        batch, height, width, channels = under.shape
        asked = bool(ctx.needs_input_grad[1])  # nobody asks for the gradient in a white page
        beneath = np.empty((batch * height if asked else 0, width * 4), np.float32)

        def work(part: int) -> None:
            raster.unpaint_bands(
                scene, bands, rows, part, len(covered), under, slopes, spans, covered[part],
                edge_gradient, run_gradient, beneath,
            )  # fmt: skip

        run_parts(work, len(covered))
        vertex_gradient = np.empty((len(scene.following), 2), np.float32)
        shape_gradient = np.empty((len(scene.rule), 5), np.float32)
        raster.add_up(scene, bands, edge_gradient, run_gradient, vertex_gradient, shape_gradient)
        points_gradient = np.zeros(geometry.points.shape, np.float32)
        widths_gradient = np.zeros(geometry.widths.shape, np.float32)
        ends = np.cumsum([0] + [len(outline.following) for outline in outlines])

        def pull(part: int) -> None:
            here = vertex_gradient[ends[part] : ends[part + 1]]
            pull_back(geometry, outlines[part], here, points_gradient, widths_gradient)

        run_parts(pull, len(outlines))
        paths, rules = _columns(outlines, "path"), _columns(outlines, "rule")
        colours_gradient = np.zeros((2, len(geometry.widths), 4), np.float32)
        colours_gradient[(rules == STROKE).astype(np.intp), paths] = shape_gradient[:, [0, 1, 2, 4]]
        fills, strokes = (torch.from_numpy(g).view(*widths.shape, 4) for g in colours_gradient)
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
            strokes.to(points),
            fills.to(points),
        )


def _array(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().numpy().astype(np.float32, copy=False)


def _outlines(geometry: Geometry) -> list[Outline]:
    """The outlines of one run of paths for each thread; runs end where the segments are shared out."""
    parts = max(1, min(thread_count(), len(geometry.segments) // SEGMENTS_WORTH_A_THREAD))
    segments = geometry.segment_offsets[geometry.path_offsets]  # [P + 1] before each path
    shares = np.arange(1, parts) * (len(geometry.segments) / parts)
    ends = [0, *np.searchsorted(segments, shares).tolist(), len(geometry.widths)]
    return run_parts(lambda part: outline_of(geometry, ends[part], ends[part + 1]), parts)


def _columns(outlines: list[Outline], name: str) -> npt.NDArray[np.int32]:
    columns = [getattr(outline.shapes, name) for outline in outlines]
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _scene(
    outlines: list[Outline],
    stroke_colours: FloatArray,  # [B, P, 4]
    fill_colours: FloatArray,  # [B, P, 4]
) -> raster.Scene:
    paths, rules = _columns(outlines, "path"), _columns(outlines, "rule")
    stroked = (rules == STROKE)[:, None]
    painted = np.where(
        stroked, stroke_colours.reshape(-1, 4)[paths], fill_colours.reshape(-1, 4)[paths]
    )  # [N, 4]
    colour = np.ones((len(paths), 5), np.float32)
    colour[:, :3], colour[:, 4] = painted[:, :3], painted[:, 3]
    shifts = np.cumsum([0] + [len(outline.following) for outline in outlines[:-1]]).astype(np.int32)
    pairs = list(zip(outlines, shifts, strict=True))
    return raster.Scene(
        np.concatenate([outline.positions() for outline in outlines]),
        np.concatenate([outline.following + shift for outline, shift in pairs]),
        np.concatenate([outline.shapes.end + shift for outline, shift in pairs]),
        rules,
        colour,
        (paths // max(stroke_colours.shape[1], 1)).astype(np.int32),
    )
