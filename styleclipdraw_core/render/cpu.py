"""The fast renderer for processors: numba, all cores, analytic backward; hides arrays from autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.render import raster
from styleclipdraw_core.render.geometry import geometry_of
from styleclipdraw_core.render.outline import STROKE, Outline, outline_of, pull_back
from styleclipdraw_core.render.threads import run_parts, thread_count

# Fewer edges than this are painted sooner by one thread than by waking others.
EDGES_WORTH_A_THREAD = 1500


def composite(drawing: Drawing, canvas: Tensor) -> Tensor:
    """Paint a batch of drawings over ``canvas`` [B, H, W, 3 or 4] -> the same shape."""
    picture: Tensor = _Paint.apply(drawing, canvas, *drawing.tensors())
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
        outline = outline_of(geometry)
        colours = np.stack(
            [
                colour.detach().cpu().numpy().reshape(-1, 4).astype(np.float32, copy=False)
                for colour in (fill_colours, stroke_colours)
            ]
        )  # [2, B * P, 4]
        scene = _scene(outline, colours, widths.shape[1])
        batch, height, width, channels = canvas.shape
        rows = 8 if height <= 512 else 16
        per_picture = -(-height // rows)
        bands = raster.band_edges(scene, per_picture, rows, height, batch)
        under = canvas.detach().cpu().numpy().astype(np.float32, copy=False)
        out = np.empty((batch, height, width * 4), np.float32)

        def work(part: int, parts: int) -> None:
            raster.paint_bands(scene, bands, rows, part, parts, under, out)

        ctx.parts = _parts(len(bands.edge))
        run_parts(work, ctx.parts)
        ctx.painted = geometry, outline, scene, bands, rows, under
        ctx.save_for_backward(points, widths)
        return torch.from_numpy(out).view(batch, height, width, 4)[..., :channels].to(canvas)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        geometry, outline, scene, bands, rows, under = ctx.painted
        points, widths = ctx.saved_tensors
        loss_slope = upstream.detach().cpu().numpy().astype(np.float32, copy=False)
        edge_gradient = np.empty((len(bands.edge), 4), np.float32)
        run_gradient = np.empty((len(bands.run_shape), 5), np.float32)
        beneath = np.empty((*under.shape[:2], under.shape[2] * 4), np.float32)

        def work(part: int, parts: int) -> None:
            raster.unpaint_bands(
                scene, bands, rows, part, parts, under, loss_slope,
                edge_gradient, run_gradient, beneath,
            )  # fmt: skip

        run_parts(work, ctx.parts)
        vertex_gradient = np.empty((len(scene.following), 2), np.float32)
        shape_gradient = np.empty((len(scene.rule), 5), np.float32)
        raster.add_up(scene, bands, edge_gradient, run_gradient, vertex_gradient, shape_gradient)
        points_gradient = np.zeros(geometry.points.shape, np.float32)
        widths_gradient = np.zeros(geometry.widths.shape, np.float32)
        pull_back(geometry, outline, vertex_gradient, points_gradient, widths_gradient)
        colours_gradient = np.zeros((2, len(geometry.widths), 4), np.float32)
        stroked = (outline.shapes.rule == STROKE).astype(np.intp)
        colours_gradient[stroked, outline.shapes.path] = shape_gradient[:, [0, 1, 2, 4]]
        fills, strokes = (torch.from_numpy(g).view(*widths.shape, 4) for g in colours_gradient)
        return (
            None,
            torch.from_numpy(beneath).view(*under.shape[:3], 4)[..., : under.shape[3]].to(upstream)
            if ctx.needs_input_grad[1]
            else None,
            torch.from_numpy(points_gradient).view(points.shape).to(points),
            torch.from_numpy(widths_gradient).view(widths.shape).to(widths),
            strokes.to(points),
            fills.to(points),
        )


def _parts(edges: int) -> int:
    return max(1, min(thread_count(), edges // EDGES_WORTH_A_THREAD))


def _scene(outline: Outline, colours: np.ndarray, paths: int) -> raster.Scene:  # type: ignore[type-arg]
    shapes = outline.shapes
    painted = colours[(shapes.rule == STROKE).astype(np.intp), shapes.path]  # [N, 4]
    colour = np.ones((len(painted), 5), np.float32)
    colour[:, :3], colour[:, 4] = painted[:, :3], painted[:, 3]
    return raster.Scene(
        outline.vertices.at,
        outline.following,
        shapes.end,
        shapes.rule,
        colour,
        (shapes.path // max(paths, 1)).astype(np.int32),
    )
