"""The CLIP guide: how well a picture fits the words, seen from several sides at once.

Hides views, prompts and weights: all texts become one direction before the first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleclipdraw_core.augment import random_views, warp
from styleclipdraw_core.errors import PromptError
from styleclipdraw_core.guides.models import ImageTextModel
from styleclipdraw_core.presets import Preset, Views

WeightedTexts = Sequence[tuple[str, float]]
NO_CHANGE = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))  # mean and deviation: not normalised


@dataclass(frozen=True)
class ClipGuide:
    """Cosine of the picture's views with the texts; the verdict is the negated mean over them."""

    model: ImageTextModel
    direction: Tensor  # [D]: the weighted sum of all texts, so one product judges them all
    views: Views
    weight: float
    name: str = "clip"
    higher_is_better: bool = True

    def __call__(
        self, pictures: Tensor, *, generator: torch.Generator, progress: float = 0.0
    ) -> Tensor:
        height, width = pictures.shape[-2:]
        mean: Sequence[float] | Tensor
        std: Sequence[float] | Tensor
        mean, std = NO_CHANGE
        if self.views.normalise:
            mean, std = self.model.mean, self.model.std
        seen = []
        for picture in torch.split(pictures, 1):
            matrices = random_views(self.views, height, width, generator)
            seen.append(warp(picture, matrices, self.model.resolution, mean=mean, std=std))
        batch = torch.cat(seen)  # [B * N, 3, R, R]
        if self.views.noise > 0:
            noise = torch.randn(batch.shape, generator=generator).to(batch)
            scale = torch.as_tensor(std).to(batch).view(1, 3, 1, 1)
            batch = batch + self.views.noise * noise / scale
        return -(self.model.encode_image(batch) @ self.direction).mean()


def clip_guide(
    model: ImageTextModel,
    prompts: WeightedTexts,
    negatives: WeightedTexts,
    preset: Preset,
) -> ClipGuide:
    """A guide toward the prompts and away from the negatives; weights are relative to 1.

    Raises `PromptError` when a text is empty, when there is none, or when the model knows none of
    its words.
    """
    if not prompts and not negatives:
        raise PromptError("There is no prompt to draw.", "Type what to draw.", code="prompt.none")
    for text, _ in (*prompts, *negatives):
        if not text.strip():
            raise PromptError("A prompt is empty.", "Type what to draw.", code="prompt.empty")
        model.check_prompt(text)
    toward = [
        weight * (model.text_direction(text) if preset.clean_direction else _embed(model, text))
        for text, weight in prompts
    ]
    away = [-weight * _embed(model, text) for text, weight in negatives]
    direction = torch.stack([*toward, *away]).sum(0).detach()  # [D]
    return ClipGuide(model, direction, preset.views, preset.clip_weight)


def _embed(model: ImageTextModel, text: str) -> Tensor:
    return model.encode_text([text])[0]  # [D]
