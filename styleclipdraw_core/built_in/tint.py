"""A thing in another colour than its own, the same in training and when the model imagines."""

from __future__ import annotations

import torch
from torch import Tensor

from styleclipdraw_core.built_in.words import COLOURS

DARKEST = 0.35  # what black becomes, as a share of the colour
SHINE = 0.9  # what is lighter than this keeps some of its white


def tinted(art: Tensor, colour: str) -> Tensor:
    """Pictures [..., 4, S, S] premultiplied, in shades of the colour of that name."""
    alpha = art[..., 3:, :, :]
    light = art[..., :3, :, :].mean(-3, keepdim=True) / alpha.clamp(min=1e-3)
    tint = torch.tensor(COLOURS[colour]).to(art)[:, None, None]
    shade = tint * (DARKEST + (1 - DARKEST) * light) + (light - SHINE).clamp(min=0)
    return torch.cat([shade.clamp(0, 1) * alpha, alpha], -3)
