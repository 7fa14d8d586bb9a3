"""Reading pictures between their pixels: area-averaged resizing and bilinear sampling at any place.

Hides that torch's own backward passes for both add up in a different order on every run of a GPU,
which would break "the same seed, the same drawing"; these do not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def area_resize(pictures: Tensor, height: int, width: int) -> Tensor:
    """[B, C, H, W] -> [B, C, height, width]; every new pixel is the mean of what it covers.

    Two small matrix products, one a side, so that the backward pass is one as well.
    """
    rows, columns = pictures.shape[-2:]
    if (rows, columns) == (height, width):
        return pictures
    down = _area_matrix(rows, height).to(pictures)  # [height, H]
    across = _area_matrix(columns, width).to(pictures)  # [width, W]
    return down @ (pictures @ across.T)


def bilinear(pictures: Tensor, places: Tensor) -> Tensor:
    """Values of [B, C, H, W] at places [B, h, w, 2] -> [B, C, h, w].

    Places are x, y; the picture is [-1, 1]^2. Zero outside the picture. The
    gradient goes to the pictures, not to the places.
    """
    places = places.detach()
    if pictures.device.type != "cuda":
        return F.grid_sample(pictures, places, align_corners=False)
    sampled: Tensor = _OrderedBilinear.apply(pictures, places)  # type: ignore[no-untyped-call]
    return sampled


class _OrderedBilinear(torch.autograd.Function):
    """`bilinear` with a backward pass that adds in a fixed order (a sort, not atomic additions)."""

    @staticmethod
    def forward(ctx: Any, pictures: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.shape = pictures.shape
        return F.grid_sample(pictures, places, align_corners=False)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients  # [B, C, h, w]
        (places,) = ctx.saved_tensors
        batch, channels, rows, columns = ctx.shape
        x = (places[..., 0].flatten(1) + 1) * columns / 2 - 0.5  # [B, n] in pixel centres
        y = (places[..., 1].flatten(1) + 1) * rows / 2 - 0.5
        left, top = x.floor(), y.floor()
        values = gradient.flatten(2)  # [B, C, n]
        total = gradient.new_zeros(batch * rows * columns, channels)
        offset = torch.arange(batch, device=x.device)[:, None] * (rows * columns)
        for dx in (0, 1):
            for dy in (0, 1):
                column, row = left + dx, top + dy  # [B, n]
                weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
                inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
                weight = torch.where(inside, weight, torch.zeros_like(weight))
                index = row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)
                index = (index.long() + offset).flatten()  # [B * n]
                part = (values * weight[:, None]).permute(0, 2, 1).reshape(-1, channels)
                total.index_put_((index,), part, accumulate=True)
        return total.view(batch, rows, columns, channels).permute(0, 3, 1, 2), None


@lru_cache(maxsize=64)
def _area_matrix(source: int, target: int) -> Tensor:
    """[target, source]: row i holds how much of each source pixel lies in target pixel i."""
    edges = torch.linspace(0, source, target + 1, dtype=torch.float64)
    pixels = torch.arange(source, dtype=torch.float64)
    low = torch.maximum(edges[:-1, None], pixels[None])
    high = torch.minimum(edges[1:, None], pixels[None] + 1)
    share = (high - low).clamp(min=0) * (target / source)
    return share.float()
