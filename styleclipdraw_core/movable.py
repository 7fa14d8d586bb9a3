"""The numbers of a drawing that may move: leaves for autograd, their optimizer, masks and limits.

Hides the working scale (inside, the canvas's longer side has `Preset.edge` px), what is locked, and
the optimizer's memory, so that the loop sees a drawing that can go downhill.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from styleclipdraw_core.drawing import BoolArray, Drawing
from styleclipdraw_core.errors import DrawingError
from styleclipdraw_core.presets import Preset, Rates
from styleclipdraw_core.strokes import is_new


@dataclass(frozen=True)
class Workspace:
    """The canvas as the loop sees it; one working px is `1 / scale` canvas px."""

    width: int
    height: int
    scale: float

    @classmethod
    def of_canvas(cls, width: int, height: int, edge: int) -> Workspace:
        scale = edge / max(width, height)
        return cls(max(1, round(width * scale)), max(1, round(height * scale)), scale)


class Movable:
    """A drawing on its way downhill.

    `points`, `widths`, `stroke_colours` and `fill_colours` are the leaves, in working px.
    """

    def __init__(self, drawing: Drawing, preset: Preset, space: Workspace) -> None:
        assert not drawing.batched, "the loop moves one drawing at a time"
        self.original = drawing.detached()
        self.space = space
        self._masks = _masks(drawing)
        if not any(bool(mask.any()) for mask in self._masks):
            raise DrawingError(
                "Nothing in this drawing may move.",
                "Unlock a path, or add new strokes.",
                code="drawing.locked",
            )
        start = self.original.tensors()
        scales = (space.scale, space.scale, 1.0, 1.0)
        leaves = [
            (tensor * scale).requires_grad_() for tensor, scale in zip(start, scales, strict=True)
        ]
        self.points, self.widths, self.stroke_colours, self.fill_colours = self.leaves = leaves
        self._paces = _paces(drawing, preset)
        self._limits = _limits(drawing, self.leaves, preset, space)
        self._optimisers = {"all": _optimiser(self.leaves, preset.rates)}
        self._rates = {"all": preset.rates}
        if preset.style_rates is not None:
            self._optimisers["style"] = _optimiser(self.leaves, preset.style_rates)
            self._rates["style"] = preset.style_rates
        self.new_rows, self.new_points = _uniform_new_strokes(drawing)
        rows = self.new_rows.cpu().numpy()
        self._new_are_strokes = bool(drawing.structure.has_stroke[rows].all())
        self._sleepers = preset.recycling is not None

    def drawing(self) -> Drawing:
        """In working px, for rendering; gradients flow to the leaves."""
        return self.original.with_tensors(*self.leaves)

    def result(self) -> Drawing:
        """In canvas px, detached; what is locked has the very bits it came with."""
        scales = (self.space.scale, self.space.scale, 1.0, 1.0)
        moved = (leaf.detach() / scale for leaf, scale in zip(self.leaves, scales, strict=True))
        parts = zip(self._masks, moved, self.original.tensors(), strict=True)
        return self.original.with_tensors(*(torch.where(m, new, old) for m, new, old in parts))

    def descend(
        self, loss: Tensor, picture: Tensor, rate: tuple[float, float], optimiser: str = "all"
    ) -> Tensor | None:
        """One step downhill; returns the loss's gradient in the picture.

        Returns None, with nothing changed, when the loss or a gradient is not finite or when the
        whole gradient has vanished.
        """
        if not loss.requires_grad or not bool(torch.isfinite(loss)):
            return None
        sources = [picture, *self.leaves]
        gradients = torch.autograd.grad(loss, sources, allow_unused=True)
        pull, *found = (
            torch.zeros_like(source) if gradient is None else gradient
            for gradient, source in zip(gradients, sources, strict=True)
        )
        found = [torch.where(mask, g, 0.0) for mask, g in zip(self._masks, found, strict=True)]
        if self._sleepers:
            self._let_sleep(found)
        largest = torch.stack([g.abs().sum() for g in found]).sum()
        if not bool(torch.isfinite(largest)) or not bool(largest > 0):
            return None
        for leaf, gradient in zip(self.leaves, found, strict=True):
            leaf.grad = gradient
        self._set_rates(optimiser, rate)
        slow = self.leaves[: len(self._paces)]
        before = [leaf.detach().clone() for leaf in slow]
        self._optimisers[optimiser].step()
        with torch.no_grad():
            for leaf, old, pace in zip(slow, before, self._paces, strict=True):
                leaf.copy_(torch.lerp(old, leaf, pace))
        self.clamp()
        return pull

    def opacities(self) -> Tensor:
        """[n] of the uniform new strokes; of their fill where they have no stroke."""
        colours = self.stroke_colours if self._new_are_strokes else self.fill_colours
        return colours[self.new_rows, 3]

    @torch.no_grad()
    def clamp(self) -> None:
        """Back into the limits, where something may move at all."""
        for leaf, mask, (low, high) in zip(self.leaves, self._masks, self._limits, strict=True):
            leaf.copy_(torch.where(mask, torch.clamp(leaf, low, high), leaf))

    @torch.no_grad()
    def forget(self, rows: Tensor, order: Tensor) -> None:
        """Put the uniform new strokes into another z-order; those in `rows` start without memory.

        `order` [n] and `rows` [k] are indices into `new_rows`; `rows` counts in the new order.
        """
        for leaf, index in zip(self.leaves, self._indices(), strict=True):
            tensors = [leaf]
            for optimiser in self._optimisers.values():
                state = optimiser.state.get(leaf, {})
                tensors += [t for t in state.values() if torch.is_tensor(t) and t.dim() > 0]
            for tensor in tensors:
                tensor[index] = tensor[index[order]]
                if tensor is not leaf:
                    tensor[index[rows]] = 0

    def _let_sleep(self, gradients: list[Tensor]) -> None:
        """No gradient for new strokes without any opacity: they wait to be recycled."""
        asleep = self.new_rows[self.opacities().detach() == 0]
        gradients[2][asleep] = 0
        gradients[3][asleep] = 0

    def _indices(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.new_points, self.new_rows, self.new_rows, self.new_rows

    def _set_rates(self, name: str, rate: tuple[float, float]) -> None:
        points, rest = rate
        rates = self._rates[name]
        wanted = (rates.points * points, rates.widths * rest, rates.colours * rest)
        for group, value in zip(self._optimisers[name].param_groups, wanted, strict=True):
            group["lr"] = value


def _masks(drawing: Drawing) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What may move, in the shape of the leaves: [C, 1], [P], [P, 1], [P, 1]."""
    s = drawing.structure
    device = drawing.points.device

    def mask(rows: BoolArray) -> Tensor:
        return torch.from_numpy(rows).to(device)

    return (
        mask(s.moves_points[s.path_of_point])[:, None],
        mask(s.moves_width & s.has_stroke),
        mask(s.moves_stroke & s.has_stroke)[:, None],
        mask(s.moves_fill & s.has_fill)[:, None],
    )


Limit = tuple[Tensor, Tensor]


def _given(drawing: Drawing) -> tuple[Tensor, Tensor]:
    """Which control points [C, 1] and which paths [P] were there before."""
    rows = ~torch.tensor(is_new(drawing), dtype=torch.bool)
    points = rows[torch.from_numpy(drawing.structure.path_of_point).long()]
    return points[:, None].to(drawing.points.device), rows.to(drawing.points.device)


def _paces(drawing: Drawing, preset: Preset) -> list[Tensor]:
    """What share of the optimiser's step points [C, 1] and widths [P] go; [] where it is all of it."""
    if preset.faithful is None or all(is_new(drawing)):
        return []
    pace = preset.faithful.pace
    return [torch.where(given, pace, 1.0).to(drawing.points) for given in _given(drawing)]


def _limits(
    drawing: Drawing, leaves: list[Tensor], preset: Preset, space: Workspace
) -> list[Limit]:
    """Lowest and highest value of each leaf; a path that starts beyond them may stay there."""
    points, widths = leaves[0].detach(), leaves[1].detach()
    low, high = (torch.full_like(widths, limit) for limit in preset.width_limits)
    low, high = torch.minimum(low, widths), torch.maximum(high, widths)
    zero, one = torch.zeros_like(leaves[2]), torch.ones_like(leaves[2])
    nearest, farthest = torch.full_like(points, -math.inf), torch.full_like(points, math.inf)
    if preset.points_margin is not None:
        margin = preset.points_margin
        far = points.new_tensor([space.width + margin, space.height + margin])
        nearest, farthest = points.clamp(max=-margin), torch.maximum(points, far)
    if preset.faithful is not None:
        points_given, given = _given(drawing)
        reach, factor = preset.faithful.reach, preset.faithful.width
        nearest = torch.where(points_given, torch.maximum(nearest, points - reach), nearest)
        farthest = torch.where(points_given, torch.minimum(farthest, points + reach), farthest)
        low = torch.where(given, widths / factor, low)
        high = torch.where(given, widths * factor, high)
    return [(nearest, farthest), (low, high), (zero, one), (zero, one)]


def _optimiser(leaves: list[Tensor], rates: Rates) -> torch.optim.Optimizer:
    groups = [
        {"params": [leaves[0]], "lr": rates.points},
        {"params": [leaves[1]], "lr": rates.widths},
        {"params": leaves[2:], "lr": rates.colours},
    ]
    if rates.optimiser == "rmsprop":
        return torch.optim.RMSprop(groups)
    return torch.optim.Adam(groups)


def _uniform_new_strokes(drawing: Drawing) -> tuple[Tensor, Tensor]:
    """Rows [n] of the new strokes that may move freely, and their control points [n, k].

    Only those of one and the same build, so that they can take each other's place; the build is
    that of the first of them.
    """
    s = drawing.structure
    starts = s.subpath_offsets[s.path_offsets]  # [P + 1]
    rows: list[int] = []
    build: tuple[object, ...] | None = None
    for row, new in enumerate(is_new(drawing)):
        free = s.moves_points[row] and s.moves_width[row]
        free = free and s.moves_stroke[row] and s.moves_fill[row]
        if not (new and free) or s.path_offsets[row + 1] - s.path_offsets[row] != 1:
            continue
        closed = bool(s.closed[s.path_offsets[row]])
        this = (int(starts[row + 1] - starts[row]), closed, s.has_stroke[row], s.has_fill[row])
        if build is None:
            build = this
        if this == build:
            rows.append(row)
    count = int(starts[rows[0] + 1] - starts[rows[0]]) if rows else 0
    first = torch.tensor([int(starts[row]) for row in rows], dtype=torch.long)
    device = drawing.points.device
    points = first[:, None] + torch.arange(count)  # [n, k]
    return torch.tensor(rows, dtype=torch.long).to(device), points.to(device)
