"""What one step of the loop costs on this machine, and how much of it is the guides' own work.

Hides the random weights: the towers have the published sizes (CLIP ViT-B/32, VGG-16) and no
training, which costs the same and needs no download.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.guides import Guide, clip_guide, style_guide
from styleclipdraw_core.guides.models import CLIP_MEAN, CLIP_STD
from styleclipdraw_core.guides.towers import Vgg16
from styleclipdraw_core.movable import Movable, Workspace
from styleclipdraw_core.optimize import optimise
from styleclipdraw_core.presets import PRESETS
from styleclipdraw_core.render import render
from styleclipdraw_core.strokes import random_paths

SIDE = 224  # px
STROKES = 256
PRESET = "styleclipdraw"  # both guides in every step, four views, 1024 hypercolumns


@dataclass(frozen=True)
class Parts:
    """Everything that is measured, ready to run."""

    guides: list[Guide]
    steps: Callable[[], object]  # one step of the loop a call
    movable: Movable


def measure(iterations: int = 5) -> dict[str, float | int | str]:
    """Medians, in ms, of `iterations` interleaved rounds.

    ``total_ms``: a step of the loop. ``guides_ms``: its guides alone, forward and backward to the
    picture, in the very same round. ``ratio``: the one over the other. ``towers_ms``: the two
    networks alone, without views, hypercolumns and distances. ``render_ms``: the renderer, forward
    and backward. ``rest_ms``: total less guides and renderer.
    """
    parts = _prepare(iterations)
    picture = _rendered(parts.movable).detach()
    towers = _towers(parts.guides)
    work: dict[str, Callable[[], object]] = {
        "total": parts.steps,
        "guides": lambda: _judge(parts.guides, picture),
        "towers": towers,
        "render": lambda: _rendered(parts.movable).sum().backward(),  # type: ignore[no-untyped-call]
        **{guide.name: partial(_judge, [guide], picture) for guide in parts.guides},
    }
    for call in work.values():
        call()  # compiles, allocates
    samples: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(iterations):
        for name, call in work.items():
            samples[name].append(_milliseconds(call))
    median = {name: statistics.median(values) for name, values in samples.items()}
    # Rounds are paired: the machine's load at one moment is in both halves of each quotient.
    ratios = [a / b for a, b in zip(samples["total"], samples["guides"], strict=True)]
    return {
        "total_ms": round(median["total"], 2),
        "guides_ms": round(median["guides"], 2),
        "ratio": round(statistics.median(ratios), 4),
        "clip_ms": round(median["clip"], 2),
        "style_ms": round(median["style"], 2),
        "towers_ms": round(median["towers"], 2),
        "render_ms": round(median["render"], 2),
        "rest_ms": round(median["total"] - median["guides"] - median["render"], 2),
        "iterations": iterations,
        "strokes": STROKES,
        "side_px": SIDE,
        "views": PRESETS[PRESET].views.count,
        "threads": torch.get_num_threads(),
        "preset": PRESET,
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

    def check_prompt(self, text: str) -> list[str]:
        return []


def _prepare(iterations: int) -> Parts:
    torch.manual_seed(0)  # of the towers' random weights
    preset = replace(PRESETS[PRESET], iterations=iterations + 1)
    style_picture = torch.rand(3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    guides: list[Guide] = [
        clip_guide(RandomClip(), [("a red apple", 1.0)], [], preset),
        style_guide(Vgg16(), style_picture, 1.0, preset),
    ]
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
    return Parts(guides, lambda: next(steps), movable)


def _rendered(movable: Movable) -> Tensor:
    return render(movable.drawing(), SIDE, SIDE, torch.ones(3))


def _judge(guides: list[Guide], picture: Tensor) -> None:
    """All verdicts and their gradient in the picture [1, h, w, 3]."""
    leaf = picture.clone().requires_grad_()
    generator = torch.Generator().manual_seed(0)
    seen = leaf.permute(0, 3, 1, 2)
    verdicts = [guide.weight * guide(seen, generator=generator) for guide in guides]
    torch.stack(verdicts).sum().backward()  # type: ignore[no-untyped-call]


def _towers(guides: list[Guide]) -> Callable[[], None]:
    """The networks of both guides alone, on pictures of the sizes they see."""
    clip, style = guides
    views = torch.rand(PRESETS[PRESET].views.count, 3, SIDE, SIDE, requires_grad=True)
    picture = torch.rand(1, 3, SIDE, SIDE, requires_grad=True)

    def run() -> None:
        total = clip.model.encode_image(views).sum()  # type: ignore[attr-defined]
        maps = style.tower.feature_maps(picture)  # type: ignore[attr-defined]
        total = total + torch.stack([features.mean() for features in maps]).sum()
        total.backward()

    return run


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
