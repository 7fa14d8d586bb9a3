"""Strokes that have become useless start anew where the picture still wants to change.

Hides what counts as useless and where the work is: the picture's own gradient, averaged over the
last steps, says which places want to change and toward which colour.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.movable import Movable
from styleclipdraw_core.presets import Preset, Recycling
from styleclipdraw_core.strokes import random_blob, random_walk

MEMORY = 0.85  # of the gradient's running mean, a step
SMOOTH = 9  # px; a single pixel's wish is noise
COLOUR_STEP = 0.6  # how far a new stroke's colour goes from the picture's toward the wished one
NEW_OPACITY = 0.7


class Pull:
    """The running mean of the loss's gradient in the picture, [3, h, w]."""

    def __init__(self) -> None:
        self._mean: Tensor | None = None

    def add(self, gradient: Tensor) -> None:
        """gradient: [1, h, w, 3]."""
        new = gradient.detach()[0].permute(2, 0, 1)
        self._mean = new if self._mean is None else MEMORY * self._mean + (1 - MEMORY) * new

    def smooth(self) -> Tensor | None:
        if self._mean is None:
            return None
        return F.avg_pool2d(self._mean[None], SMOOTH, 1, SMOOTH // 2, count_include_pad=False)[0]


@torch.no_grad()
def recycle(
    movable: Movable,
    picture: Tensor,
    pull: Pull,
    preset: Preset,
    progress: float,
    generator: torch.Generator,
) -> int:
    """Begin useless strokes anew, on top of the others; returns how many.

    picture: [1, h, w, 3] as last rendered.
    """
    plan, wish = preset.recycling, pull.smooth()
    if plan is None or wish is None or len(movable.new_rows) == 0:
        return 0
    useless = _useless(movable, plan)  # [n]
    most = max(1, round(plan.share * len(useless)))
    taken = useless.nonzero()[:, 0][:most]
    if len(taken) == 0:
        return 0
    keep = torch.ones_like(useless)
    keep[taken] = False
    order = torch.cat([keep.nonzero()[:, 0], taken])
    fresh = torch.arange(len(order) - len(taken), len(order), device=order.device)
    movable.forget(fresh, order)
    places = _places(wish, len(taken), generator)  # [k, 2] whole px
    late = min(1.0, progress / plan.until)
    for row, (x, y) in zip(fresh.tolist(), places.tolist(), strict=True):
        colour = _wished_colour(picture[0, y, x], wish[:, y, x])
        _begin(movable, row, (x + 0.5, y + 0.5), colour, late, preset, generator)
    movable.clamp()
    return len(taken)


def _useless(movable: Movable, plan: Recycling) -> Tensor:
    """[n] of the uniform new strokes: nearly transparent, tiny, or off the canvas."""
    rows, index = movable.new_rows, movable.new_points
    opacity = movable.opacities()
    points = movable.points[index]  # [n, k, 2]
    low, high = points.amin(1), points.amax(1)
    half = movable.widths[rows, None] / 2
    size = points.new_tensor([movable.space.width, movable.space.height])
    outside = ((high + half < 0) | (low - half > size)).any(1)
    tiny = (high - low).amax(1) + movable.widths[rows] < plan.length
    return (opacity < plan.opacity) | outside | tiny


def _places(wish: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """[count, 2] of x, y, chosen by how much the picture wants to change there."""
    strength = wish.square().sum(0)  # [h, w]
    strength = strength.flatten().double().cpu() + 1e-30
    index = torch.multinomial(strength, count, replacement=True, generator=generator)
    width = wish.shape[2]
    return torch.stack([index % width, index // width], 1)


def _wished_colour(now: Tensor, wish: Tensor) -> Tensor:
    """[3]: from the pixel's colour down the gradient, in [0, 1]."""
    step = wish / (wish.abs().max() + 1e-30)
    return (now - COLOUR_STEP * step).clamp(0, 1)


def _begin(
    movable: Movable,
    row: int,
    place: tuple[float, float],
    colour: Tensor,
    late: float,
    preset: Preset,
    generator: torch.Generator,
) -> None:
    plan, start = preset.recycling, preset.start
    assert plan is not None
    path, points = movable.new_rows[row], movable.new_points[row]
    chance = float(torch.rand((), generator=generator))
    first = start.width[0] + (start.width[1] - start.width[0]) * chance
    last = plan.width_late[0] + (plan.width_late[1] - plan.width_late[0]) * chance
    width = first * (last / first) ** late
    longer = max(movable.space.width, movable.space.height)
    reach = start.reach * longer * (1 - 0.6 * late)
    corner = torch.tensor(place)
    count = len(points)
    if count % 3 == 0:
        shape = random_blob(corner, 3 * width, generator)
    else:
        shape = random_walk(torch.zeros(2), count, reach, generator)
        shape = shape - shape.mean(0) + corner
    movable.points[points] = shape.to(movable.points)
    movable.widths[path] = width
    rgba = torch.cat([colour, colour.new_tensor([NEW_OPACITY])])
    movable.stroke_colours[path] = rgba
    movable.fill_colours[path] = rgba
