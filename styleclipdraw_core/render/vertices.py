"""The vertices of an outline as a differentiable function of points and widths, in plain torch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from styleclipdraw_core.render.outline import Geometry, Outline
from styleclipdraw_core.render.sides import ARC, CENTRE, MITER, OFFSET


def vertex_positions(
    outline: Outline,
    geometry: Geometry,
    points: Tensor,  # [B * C, 2] px
    widths: Tensor,  # [B * P] px
) -> Tensor:
    """Evaluate the outline's recipe -> [V, 2] px, in the dtype and on the device of ``points``."""

    def real(array: object) -> Tensor:
        return torch.as_tensor(array, dtype=points.dtype, device=points.device)

    def index(array: object) -> Tensor:
        return torch.as_tensor(array, dtype=torch.long, device=points.device)

    segments = index(geometry.segments)  # [K, 4]
    recipe = outline.vertices
    segment, first, second, kind = (
        index(recipe[name]) for name in ("segment", "first", "second", "kind")
    )  # [V] each
    t, e, c0, c1 = (real(recipe[name])[:, None] for name in ("t", "e", "c0", "c1"))  # [V, 1] each
    u = 1 - t
    weights = torch.cat(
        [
            u**3 - 6 * e * u,
            3 * u**2 * t - 6 * e * (t - 2 * u),
            3 * u * t**2 - 6 * e * (u - 2 * t),
            t**3 - 6 * e * t,
        ],
        1,
    )  # [V, 4] of q = B(t) - e B''(t)
    centre = (weights[:, :, None] * points[segments[segment]]).sum(1)  # [V, 2]

    normals = _normals(outline, segments, points)  # [D, 2]
    if len(normals) == 0:
        return centre
    a, b = normals[first], normals[second]  # [V, 2]
    cross = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])[:, None]
    dot = (a * b).sum(1, keepdim=True)
    offset = c0 * a + c1 * _turned(a)
    angle = torch.atan2(cross, dot)
    # An arc runs along the outer side, where c0 and the angle have opposite signs: in a turn of half
    # a circle rounding would decide the sign, and the arc would run along the other side.
    angle = c1 * torch.where(angle * c0 > 0, angle - 2 * math.pi * torch.sign(c0), angle)
    arc = c0 * (torch.cos(angle) * a + torch.sin(angle) * _turned(a))
    miter = c0 * (a + b) / (1 + dot).clamp_min(1e-6)

    ends = torch.as_tensor(outline.shapes.end, dtype=torch.long)
    counts = torch.diff(ends, prepend=ends.new_zeros(1))
    path = torch.repeat_interleave(torch.as_tensor(outline.shapes.path, dtype=torch.long), counts)
    half_width = 0.5 * widths[path.to(points.device)][:, None]  # [V, 1]
    kinds = kind[:, None]
    moved = torch.zeros_like(centre)
    for number, step in ((OFFSET, offset), (ARC, arc), (MITER, miter)):
        moved = torch.where(kinds == number, step, moved)
    assert CENTRE == 0
    return centre + half_width * moved


def _turned(vectors: Tensor) -> Tensor:
    """[n, 2] turned by 90 degrees."""
    return torch.stack([-vectors[:, 1], vectors[:, 0]], 1)


def _normals(outline: Outline, segments: Tensor, points: Tensor) -> Tensor:
    """Unit normals of the outline's directions, [D, 2]; what has none points up the y axis."""
    recipe = outline.directions
    segment = torch.as_tensor(recipe["segment"], dtype=torch.long, device=points.device)
    columns = [
        torch.as_tensor(recipe[name], dtype=points.dtype, device=points.device)
        for name in ("w0", "w1", "w2", "w3")
    ]
    weights = torch.stack(columns, 1)  # [D, 4]
    known = segment >= 0
    weights = torch.where(known[:, None], weights, torch.zeros_like(weights))
    tangent = (weights[:, :, None] * points[segments[segment.clamp_min(0)]]).sum(1)  # [D, 2]
    tangent = torch.where(known[:, None], tangent, tangent.new_tensor([1.0, 0.0]))
    return _turned(tangent / tangent.norm(dim=1, keepdim=True))
