"""The slow and obvious renderer that every other one is tested against: plain torch, any device.

For each polygon in turn it works out the exact signed area of every edge in every pixel of the polygon's
bounding box, adds these up, and paints; all gradients are autograd's.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.render.coverage import covered_twice
from styleclipdraw_core.render.geometry import geometry_of
from styleclipdraw_core.render.outline import EVENODD, STROKE, FloatArray, IntArray, outline_of
from styleclipdraw_core.render.vertices import vertex_positions

# How many edge-pixel pairs are held in memory at once.
PAIRS_AT_ONCE = 1 << 21


def composite(drawing: Drawing, canvas: Tensor, *, resolve: bool = True) -> Tensor:
    """Paint a batch of drawings over ``canvas`` [B, H, W, 3 or 4] -> the same shape.

    Without ``resolve`` a pixel that a polygon covers twice counts twice (see `coverage`).
    """
    batch, height, width, channels = canvas.shape
    paths = drawing.widths.shape[1]
    geometry = geometry_of(drawing)
    outline = outline_of(geometry)
    vertices = vertex_positions(
        outline, geometry, drawing.points.reshape(-1, 2), drawing.widths.reshape(-1)
    )  # [V, 2]
    following = vertices[torch.as_tensor(outline.following, dtype=torch.long)]  # [V, 2]
    strokes, fills = drawing.stroke_colours.reshape(-1, 4), drawing.fill_colours.reshape(-1, 4)
    # A drawing that touches no pixel still has a gradient: zero.
    untouched = sum((tensor.sum() * 0 for tensor in drawing.tensors()), canvas.new_zeros(()))
    pictures = list((canvas + untouched).unbind(0))  # B of [H, W, Q]
    begin = 0
    for path, rule, end in zip(*(column.tolist() for column in outline.shapes), strict=True):
        colour = strokes[path] if rule == STROKE else fills[path]  # [4]
        paint = torch.cat([colour[:3], torch.ones_like(colour[:1])])[:channels]  # [Q]
        box = _box(vertices[begin:end], width, height)
        if box is not None:
            x0, y0, x1, y1 = box
            area = winding_area(vertices[begin:end], following[begin:end], box)
            coverage = fold(area, rule)
            if resolve:
                # As planned, so that it is decided as in every other backend.
                at = np.ascontiguousarray(outline.positions()[begin:end])
                coverage = _resolved(
                    coverage,
                    area,
                    at,
                    outline.following[begin:end] - begin,
                    rule,
                    box,
                    width,
                    height,
                )
            alpha = (colour[3] * coverage)[:, :, None]  # [h, w, 1]
            picture = pictures[path // paths].clone()
            beneath = picture[y0:y1, x0:x1]
            picture[y0:y1, x0:x1] = beneath + alpha * (paint - beneath)
            pictures[path // paths] = picture
        begin = end
    return torch.stack(pictures)


def fold(area: Tensor, rule: int) -> Tensor:
    """Winding-weighted areas of pixels -> coverage (SVG 2, section 13.4.2)."""
    if rule == EVENODD:
        return (area - 2 * torch.floor(0.5 * (area.detach() + 1))).abs()
    if rule == STROKE:
        return area.clamp(0, 1)
    return area.abs().clamp(max=1)


def _resolved(
    coverage: Tensor,  # [h, w]
    area: Tensor,  # [h, w]
    at: FloatArray,  # [V, 2] px
    following: IntArray,  # [V]
    rule: int,
    box: tuple[int, int, int, int],
    width: int,
    height: int,
) -> Tensor:
    """Coverage with the pixels that the polygon covers twice done by samples -> [h, w].

    Which pixels these are, what is covered there and its derivative in the area come from the compiled
    `covered_twice`; it has tests of its own against pictures with many samples a pixel.
    """
    x0, y0, x1, y1 = box
    marked, covers, slopes = (
        torch.as_tensor(array[y0:y1, x0:x1]).to(area.device)
        for array in covered_twice(at, following, rule, width, height)
    )
    again = covers.to(area) + slopes.to(area) * (area - area.detach())
    return torch.where(marked, again, coverage)


def winding_area(
    start: Tensor,  # [E, 2] px
    end: Tensor,  # [E, 2] px
    box: tuple[int, int, int, int],  # columns and rows x0, y0, x1, y1
) -> Tensor:
    """Sum over edges of the signed area between edge and right border of each pixel -> [h, w]."""
    x0, y0, x1, y1 = box
    rows = torch.arange(y0, y1, dtype=start.dtype, device=start.device)[None, :, None]  # [1, h, 1]
    columns = torch.arange(x0, x1, dtype=start.dtype, device=start.device)[None, None]  # [1, 1, w]
    chunk = max(1, PAIRS_AT_ONCE // ((x1 - x0) * (y1 - y0)))
    total = start.new_zeros(y1 - y0, x1 - x0)
    for a, b in zip(torch.split(start, chunk), torch.split(end, chunk), strict=True):
        total = total + _edge_areas(a, b, rows, columns).sum(0)
    return total


def _edge_areas(a: Tensor, b: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """One edge's area in one pixel: its height there times the mean distance to the right border."""
    ax, ay = a[:, 0, None, None], a[:, 1, None, None]  # [E, 1, 1]
    bx, by = b[:, 0, None, None], b[:, 1, None, None]
    level = (by - ay) == 0
    slope = (bx - ax) / torch.where(level, torch.ones_like(ay), by - ay)
    top = torch.minimum(torch.maximum(ay, rows), rows + 1)  # [E, h, 1]
    bottom = torch.minimum(torch.maximum(by, rows), rows + 1)
    right_of_a = columns + 1 - (ax + (top - ay) * slope)  # [E, h, w]
    right_of_b = columns + 1 - (ax + (bottom - ay) * slope)
    run = right_of_a - right_of_b
    # Below this the quotient loses more to rounding than the mean of both ends does to curvature.
    upright = run.abs() < (1e-3 if a.dtype == torch.float32 else 1e-7)
    mean = torch.where(
        upright,
        (0.5 * (right_of_a + right_of_b)).clamp(0, 1),
        (_ramp(right_of_a) - _ramp(right_of_b)) / torch.where(upright, torch.ones_like(run), run),
    )
    return torch.where(level, torch.zeros_like(mean), (bottom - top) * mean)


def _ramp(u: Tensor) -> Tensor:
    """The integral of clamp(u, 0, 1)."""
    inside = u.clamp(0, 1)
    # relu and not clamp_min, whose gradient at 0 is 1 too: an edge through a pixel's corner has u = 1.
    return 0.5 * inside**2 + torch.relu(u - 1)


def _box(vertices: Tensor, width: int, height: int) -> tuple[int, int, int, int] | None:
    """The pixels that a polygon may touch: x0, y0, x1, y1; None when there are none."""
    if len(vertices) == 0:
        return None
    low, high = vertices.detach().amin(0).floor(), vertices.detach().amax(0).floor() + 1
    x0, y0 = (max(0, int(value)) for value in low.tolist())
    x1, y1 = min(width, int(high[0])), min(height, int(high[1]))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
