"""The loop: render, let the guides judge, go downhill; a generator of steps.

It knows no files, no requests and no models. What may move and how is `Movable`'s, what is good is
the guides'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.guides.guide import Guide
from styleclipdraw_core.movable import Movable, Workspace
from styleclipdraw_core.presets import Preset
from styleclipdraw_core.recycling import Pull, recycle
from styleclipdraw_core.render import render
from styleclipdraw_core.sampling import area_resize


@dataclass(frozen=True)
class Step:
    """What the loop has to show after a step; `scores` are those of `picture`."""

    index: int  # counts from 1
    total: int
    drawing: Drawing  # detached, canvas px, after the step
    picture: Tensor  # [h, w, 3] in [0, 1], before it; the longer side has `Preset.edge` px
    scores: dict[str, float]  # by guide; clip: a mean cosine, more is better; style: less is better
    skipped: int  # steps so far that a NaN or a vanished gradient made void


def optimise(
    drawing: Drawing,
    guides: Sequence[Guide],
    preset: Preset,
    *,
    width: int,
    height: int,
    background: Tensor,
    iterations: int | None,
    seed: int,
    renderer: str = "auto",
    first: int = 1,
) -> Iterator[Step]:
    """Yield every step of the drawing toward what the guides like; stop reading to stop it.

    Same seed, same device: the same bits. Locked parts keep their bits. Paths without an id are
    new strokes: the preset may begin them anew elsewhere and change their order among themselves.

    Parameters
    ----------
    background: opaque RGB in [0, 1], [3] or [height, width, 3].
    iterations: the preset's own when None.
    first: the step to begin with, when those before it have been done in an earlier run.

    Raises
    ------
    DrawingError: nothing may move, or the drawing cannot be rendered.
    """
    total = preset.iterations if iterations is None else iterations
    generator = torch.Generator().manual_seed(seed)
    space = Workspace.of_canvas(width, height, preset.edge)
    movable = Movable(drawing, preset, space)
    page = _page(background.to(drawing.points), space)  # [3] or [h, w, 3]
    pull, skipped = Pull(), 0
    for index in range(first, total + 1):
        progress = (index - 1) / total
        scores: dict[str, float] = {}
        for rates, names in preset.turns(index, total, [guide.name for guide in guides]):
            picture = render(
                movable.drawing(), space.width, space.height, page, backend=renderer
            )  # [1, h, w, 3]
            loss = preset.untidiness(movable.opacities(), picture, page, progress)
            for guide in guides:
                if guide.name in names:
                    verdict = guide(
                        picture.permute(0, 3, 1, 2), generator=generator, progress=progress
                    )
                    loss = loss + guide.weight * preset.factor(guide.name, progress) * verdict
                    sign = -1.0 if guide.higher_is_better else 1.0
                    scores[guide.name] = sign * float(verdict.detach())
            gradient = movable.descend(loss, picture, preset.rate(progress), rates)
            if gradient is None:
                skipped += 1
            else:
                pull.add(gradient)
        if preset.recycles(index, total):
            recycle(movable, picture.detach(), pull, preset, progress, generator)
        seen = picture.detach()[0].clamp(0, 1)
        yield Step(index, total, movable.result(), seen, scores, skipped)


def _page(background: Tensor, space: Workspace) -> Tensor:
    """The background at the workspace's size."""
    if background.dim() == 1:
        return background
    picture = background.permute(2, 0, 1)[None]  # [1, 3, H, W]
    return area_resize(picture, space.height, space.width)[0].permute(1, 2, 0).contiguous()
