"""What one step of the loop costs on this machine, and how much of it is the guides' own work.

Hides the random weights: the towers have the published sizes (CLIP ViT-B/32, VGG-16) and no
training, which costs the same and needs no download.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.guides import Guide, clip_guide, style_guide
from styleclipdraw_core.guides.clip import ClipGuide
from styleclipdraw_core.guides.models import CLIP_MEAN, CLIP_STD
from styleclipdraw_core.guides.style import StyleGuide
from styleclipdraw_core.guides.towers import Vgg16
from styleclipdraw_core.movable import Movable, Workspace
from styleclipdraw_core.optimize import Step, optimise
from styleclipdraw_core.presets import PRESETS, Preset, preset_for
from styleclipdraw_core.render import render
from styleclipdraw_core.strokes import random_paths

SIDE = 224  # px
STROKES = 256
PRESET = "styleclipdraw"  # both guides in every step, four views, 1024 hypercolumns
ROUNDS = 5


@dataclass(frozen=True)
class Parts:
    """Everything that is measured, ready to run."""

    preset: Preset
    guides: list[Guide]
    steps: Iterator[Step]
    movable: Movable

    @property
    def cycle(self) -> int:
        """Steps after which the loop does the same again: more than 1 where guides take turns."""
        return max(1, self.preset.style_every)

    def turns(self) -> list[list[Guide]]:
        """Who judges in the descents of one cycle."""
        names = [guide.name for guide in self.guides]
        each = (self.preset.turns(index + 1, 0, names) for index in range(self.cycle))
        return [[g for g in self.guides if g.name in some] for turn in each for _, some in turn]


def measure(
    preset: str = PRESET, *, styled: bool = True, rounds: int = ROUNDS
) -> dict[str, float | int | str | bool]:
    """Medians, in ms a step, of interleaved rounds: a preset's algorithm at the published size.

    ``clipdraw`` is CLIP alone, the others have the style guide too when `styled`.

    ``total_ms``: a step of the loop. ``guides_ms``: its guides alone, forward and backward to the
    picture, in the very same round. ``ratio``: the one over the other. ``clip_ms``, ``style_ms``:
    one look of either. ``towers_ms``: the networks alone, one look each, without views,
    hypercolumns and distances. ``render_ms``: the renderer, forward and backward, as often as a
    step does it. ``rest_ms``: total less guides and renderer.
    """
    styled = styled and preset != "clipdraw"
    parts = _prepare(preset_for(preset, styled=styled), styled)
    picture = _rendered(parts.movable).detach()
    turns = parts.turns()
    work: dict[str, Callable[[], object]] = {
        "total": lambda: [next(parts.steps) for _ in range(parts.cycle)],
        "guides": partial(_judge_all, turns, picture),
        "towers": _towers(parts),
        "render": lambda: _rendered(parts.movable).sum().backward(),  # type: ignore[no-untyped-call]
        **{guide.name: partial(_judge, [guide], picture) for guide in parts.guides},
    }
    for call in work.values():
        call()  # compiles, allocates
    samples: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, call in work.items():
            samples[name].append(_milliseconds(call))
    median = {name: statistics.median(values) for name, values in samples.items()}
    # Rounds are paired: the machine's load at one moment is in both halves of each quotient.
    ratios = [a / b for a, b in zip(samples["total"], samples["guides"], strict=True)]
    total, judging = median["total"] / parts.cycle, median["guides"] / parts.cycle
    rendering = median["render"] * len(turns) / parts.cycle
    return {
        "total_ms": round(total, 2),
        "guides_ms": round(judging, 2),
        "ratio": round(statistics.median(ratios), 4),
        **{f"{guide.name}_ms": round(median[guide.name], 2) for guide in parts.guides},
        "towers_ms": round(median["towers"], 2),
        "render_ms": round(rendering, 2),
        "rest_ms": round(total - judging - rendering, 2),
        "rounds": rounds,
        "strokes": STROKES,
        "side_px": SIDE,
        "views": parts.preset.views.count,
        "threads": torch.get_num_threads(),
        "preset": preset,
        "styled": styled,
    }


class RandomClip:
    """ViT-B/32 without training, behind `ImageTextModel`."""

    name = "random ViT-B/32"
    resolution = SIDE
    mean = CLIP_MEAN
    std = CLIP_STD

    def __init__(self) -> None:
        from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

        model = CLIPVisionModelWithProjection(CLIPVisionConfig(projection_dim=512))
        self._model: Any = model.train(False).requires_grad_(False)

    def encode_image(self, pictures: Tensor) -> Tensor:
        return F.normalize(self._model(pixel_values=pictures).image_embeds, dim=-1)

    def encode_text(self, texts: list[str]) -> Tensor:
        return F.normalize(torch.ones(len(texts), 512), dim=-1)

    def text_direction(self, text: str) -> Tensor:
        return self.encode_text([text])[0]

    def imagine(self, text: str) -> Tensor | None:
        return None

    def check_prompt(self, text: str) -> list[str]:
        return []


def _prepare(preset: Preset, styled: bool) -> Parts:
    torch.manual_seed(0)  # of the towers' random weights
    guides: list[Guide] = [clip_guide(RandomClip(), [("a red apple", 1.0)], [], preset)]
    if styled:
        picture = torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
        guides.append(style_guide(Vgg16(), picture, 1.0, preset))
    region = (0.0, 0.0, float(SIDE), float(SIDE))
    drawing = Drawing.from_paths(
        random_paths(STROKES, "stroke", region, (SIDE, SIDE), 0, PRESETS["clipdraw"])
    )
    steps = optimise(
        drawing,
        guides,
        preset,
        width=SIDE,
        height=SIDE,
        background=torch.ones(3),
        iterations=None,
        seed=0,
    )
    movable = Movable(drawing, preset, Workspace.of_canvas(SIDE, SIDE, preset.edge))
    return Parts(preset, guides, steps, movable)


def _rendered(movable: Movable) -> Tensor:
    return render(movable.drawing(), SIDE, SIDE, torch.ones(3))


def _judge_all(turns: list[list[Guide]], picture: Tensor) -> None:
    for guides in turns:
        _judge(guides, picture)


def _judge(guides: list[Guide], picture: Tensor) -> None:
    """All verdicts and their gradient in the picture [1, h, w, 3]."""
    leaf = picture.clone().requires_grad_()
    generator = torch.Generator().manual_seed(0)
    seen = leaf.permute(0, 3, 1, 2)
    verdicts = [guide.weight * guide(seen, generator=generator) for guide in guides]
    torch.stack(verdicts).sum().backward()  # type: ignore[no-untyped-call]


def _towers(parts: Parts) -> Callable[[], None]:
    """The networks of the guides alone, one look each, at pictures of the sizes they see."""
    views = torch.rand(parts.preset.views.count, 3, SIDE, SIDE, requires_grad=True)
    edge = min(SIDE, parts.preset.style.edge)
    picture = torch.rand(1, 3, edge, edge, requires_grad=True)

    def run() -> None:
        totals = []
        for guide in parts.guides:
            if isinstance(guide, ClipGuide):
                totals.append(guide.model.encode_image(views).sum())
            elif isinstance(guide, StyleGuide):
                totals += [features.mean() for features in guide.tower.feature_maps(picture)]
        torch.stack(totals).sum().backward()  # type: ignore[no-untyped-call]

    return run


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
