"""The views that CLIP judges: random perspective, crop and tilt as one batched warp.

Hides the chain of geometric transforms: each view is one 3x3 matrix, all views are read from the
picture in one go at just the tower's resolution, and the tower's normalisation is part of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from styleclipdraw_core.presets import Views
from styleclipdraw_core.sampling import area_resize, bilinear

SPARE_RESOLUTION = 1.25  # a crop of 0.64 of the area still has a picture pixel for each of its own


def random_views(views: Views, height: int, width: int, generator: torch.Generator) -> Tensor:
    """`views.count` matrices [N, 3, 3] from a view's own square [-1, 1]^2 to the picture's.

    The first share `views.whole` of them hold the whole canvas, turned and shifted a little; the
    others are crops of it, seen in perspective. No view stretches a canvas that is not square: it
    lies in the middle of a square as wide as its longer side.
    """
    count = views.count
    whole = round(views.whole * count)
    side = _uniform(count, *views.scale, generator).sqrt()  # of the crop, share of the square
    shift = 2 * torch.rand(count, 2, generator=generator) - 1  # [N, 2]
    angle = views.turn * (2 * torch.rand(count, generator=generator) - 1)
    crops = _perspective(count, views.distortion, generator) @ _similarity(
        side, torch.zeros(count), shift * (1 - side[:, None])
    )
    wholes = _similarity(1 / side, angle, shift * (1 / side[:, None] - 1))
    matrices = torch.where((torch.arange(count) < whole)[:, None, None], wholes, crops)
    longer = max(height, width)
    fit = torch.diag(torch.tensor([longer / width, longer / height, 1.0]))
    return fit @ matrices


def warp(
    picture: Tensor,
    matrices: Tensor,
    resolution: int,
    *,
    mean: Sequence[float] | Tensor,
    std: Sequence[float] | Tensor,
    fill: Tensor | None = None,
) -> Tensor:
    """Picture [1, 3, H, W] in [0, 1], seen through matrices [N, 3, 3] -> [N, 3, R, R], normalised.

    What lies outside the picture is `fill` [3], white when none is given.
    """
    height, width = picture.shape[-2:]
    normal_mean = torch.as_tensor(mean).to(picture).view(1, 3, 1, 1)
    normal_std = torch.as_tensor(std).to(picture).view(1, 3, 1, 1)
    page = torch.ones(3) if fill is None else fill
    page = (page.to(picture).view(1, 3, 1, 1) - normal_mean) / normal_std
    # Bilinear sampling skips pixels when it shrinks a picture: shrink by averaging first.
    shrink = min(1.0, SPARE_RESOLUTION * resolution / max(height, width))
    small = area_resize(picture, max(1, round(height * shrink)), max(1, round(width * shrink)))
    ink = (small - normal_mean) / normal_std - page  # zero where the page is
    places = _places(matrices.to(picture), resolution)  # [N, R, R, 2]
    return bilinear(ink.expand(len(matrices), -1, -1, -1), places) + page


def _places(matrices: Tensor, resolution: int) -> Tensor:
    """Where in the picture each pixel of each view looks, [N, R, R, 2]."""
    axis = (torch.arange(resolution, device=matrices.device) + 0.5) * (2 / resolution) - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    square = torch.stack([x, y, torch.ones_like(x)], -1).to(matrices)  # [R, R, 3]
    seen = torch.einsum("nij,hwj->nhwi", matrices, square)
    return seen[..., :2] / seen[..., 2:]


def _perspective(count: int, distortion: float, generator: torch.Generator) -> Tensor:
    """[N, 3, 3]: every corner of a view pulled inward by up to `distortion` of half its side."""
    pull = distortion * torch.rand(count, 4, 2, generator=generator)
    corners = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    pulled = corners * (1 - pull)  # [N, 4, 2]; where the picture's corners land
    x, y = pulled[..., 0], pulled[..., 1]
    u, v = corners[:, 0].expand(count, 4), corners[:, 1].expand(count, 4)
    one, nil = torch.ones_like(x), torch.zeros_like(x)
    # Direct linear transform: eight equations for the eight free entries of a homography.
    rows_u = torch.stack([x, y, one, nil, nil, nil, -u * x, -u * y], -1)
    rows_v = torch.stack([nil, nil, nil, x, y, one, -v * x, -v * y], -1)
    system = torch.cat([rows_u, rows_v], 1)  # [N, 8, 8]
    entries = torch.linalg.solve(system, torch.cat([u, v], 1))  # [N, 8]
    return torch.cat([entries, torch.ones(count, 1)], 1).view(count, 3, 3)


def _similarity(scale: Tensor, angle: Tensor, shift: Tensor) -> Tensor:
    """[N, 3, 3] that turn by [N], scale by [N] and then shift by [N, 2]."""
    cos, sin = angle.cos() * scale, angle.sin() * scale
    matrix = torch.zeros(len(shift), 3, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = cos, -sin
    matrix[:, 1, 0], matrix[:, 1, 1] = sin, cos
    matrix[:, :2, 2], matrix[:, 2, 2] = shift, 1
    return matrix


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)
