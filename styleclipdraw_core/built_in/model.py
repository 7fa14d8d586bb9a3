"""The two towers of the built-in CLIP; hides what they are made of behind pictures, texts and unit
vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EMBEDDING = 256
REDRAWN = 24  # px; side of the picture that an embedding must suffice to redraw
SKETCH = 48  # px; side of the picture that the model imagines when it reads a text
NORM_GROUPS = 8
WORD_GAIN = (
    10.0  # Adam moves every weight alike; words must move faster than the rest to find their places
)
STEM, FINE, MIDDLE, COARSE = (
    32,
    64,
    128,
    256,
)  # channels at 1/2, 1/4, 1/8 and 1/16 of the picture's side


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut; starts near the identity, so that depth costs nothing
    at first.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(NORM_GROUPS, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.gain = nn.Parameter(torch.full((), 0.2))

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        out: Tensor = x + self.gain * self.second(F.silu(self.first(F.silu(self.norm(x)))))
        return out


class ImageTower(nn.Module):
    """A small residual network, smooth everywhere: its input gradient is what draws."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, STEM, 5, stride=2, padding=2)
        self.to_fine = nn.Conv2d(STEM, FINE, 3, stride=2, padding=1)
        self.fine = Residual(FINE)
        self.to_middle = nn.Conv2d(FINE, MIDDLE, 3, stride=2, padding=1)
        self.middle = nn.Sequential(Residual(MIDDLE), Residual(MIDDLE))
        self.to_coarse = nn.Conv2d(MIDDLE, COARSE, 3, stride=2, padding=1)
        self.coarse = nn.Sequential(Residual(COARSE))
        self.norm = nn.GroupNorm(NORM_GROUPS, COARSE)
        self.from_mean = nn.Linear(COARSE, EMBEDDING)
        self.from_quarters = nn.Linear(4 * COARSE, EMBEDDING, bias=False)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """[B, 3, H, W] normalised -> activations at 1/2, 1/4, 1/8 and 1/16 of the side, fine to
        coarse.
        """
        half = F.silu(self.stem(pictures))
        quarter = self.fine(self.to_fine(half))
        eighth = self.middle(self.to_middle(F.silu(quarter)))
        sixteenth = self.coarse(self.to_coarse(F.silu(eighth)))
        return [half, quarter, eighth, sixteenth]

    def forward(self, pictures: Tensor) -> Tensor:
        """[B, 3, R, R] normalised -> [B, EMBEDDING] unit length."""
        last = F.silu(self.norm(self.maps(pictures)[-1]))
        # The mean says what is there; the four quarters say where, so that a misplaced part costs
        # something.
        quarters = F.adaptive_avg_pool2d(last, 2).flatten(1)  # [B, 4 * COARSE]
        return F.normalize(self.from_mean(last.mean((2, 3))) + self.from_quarters(quarters), dim=-1)


class TextTower(nn.Module):
    """A bag of words and a small perceptron: word order and repetition mean nothing to it, by
    design.
    """

    def __init__(self, vocabulary: int, hidden: int = 512) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(vocabulary, EMBEDDING, mode="sum")
        nn.init.normal_(self.words.weight, std=0.5 / WORD_GAIN)
        self.mix = nn.Sequential(
            nn.Linear(EMBEDDING, hidden), nn.SiLU(), nn.Linear(hidden, EMBEDDING)
        )

    def forward(self, bags: Sequence[Sequence[int]]) -> Tensor:
        """Bags of token numbers, none empty -> [T, EMBEDDING] unit length."""
        device = self.words.weight.device
        sizes = torch.tensor([len(bag) for bag in bags], device=device)  # [T]
        flat = torch.tensor([token for bag in bags for token in bag], device=device)
        summed = self.words(flat, sizes.cumsum(0) - sizes)
        bag = summed * (
            WORD_GAIN / sizes[:, None].sqrt()
        )  # [T, EMBEDDING], of one size for any number of words
        return F.normalize(self.mix(bag) + bag, dim=-1)


class Redrawer(nn.Module):
    """An embedding to a small picture; of use in training only.

    It is trained beside the towers so that embeddings keep the whole picture; without it a tower
    attends to whatever tells names apart and its gradient leaves everything else to chance.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(EMBEDDING, 512), nn.SiLU(), nn.Linear(512, 3 * REDRAWN * REDRAWN)
        )

    def forward(self, embeddings: Tensor) -> Tensor:
        """[B, EMBEDDING] -> [B, 3, REDRAWN, REDRAWN] in [0, 1], unclamped."""
        out: Tensor = self.layers(embeddings * 8).unflatten(1, (3, REDRAWN, REDRAWN))
        return out + 0.5


class Imagination(nn.Module):
    """The embedding of a text to the picture it brings to mind.

    A perceptron makes a few channels at half the side, since that is where almost all weights are
    and a picture needs them least; three convolutions sharpen them.
    """

    def __init__(self, hidden: int = 432, channels: int = 8, width: int = 32) -> None:
        super().__init__()
        self.coarse = (channels, SKETCH // 2, SKETCH // 2)
        self.first = nn.Linear(EMBEDDING, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.spread = nn.Linear(hidden, math.prod(self.coarse))
        self.widen = nn.Conv2d(channels, width, 3, padding=1)
        self.sharpen = nn.Conv2d(width, width, 3, padding=1)
        self.paint = nn.Conv2d(width, 4 * 4, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, 4 * 4, 1)

    def forward(self, embeddings: Tensor) -> Tensor:
        """[T, EMBEDDING] -> [T, 4, SKETCH, SKETCH] premultiplied RGBA in [0, 1], unclamped."""
        hidden = F.silu(self.first(embeddings * EMBEDDING**0.5))
        hidden = hidden + F.silu(self.second(hidden))
        coarse = self.spread(hidden).unflatten(1, self.coarse)
        fine = F.silu(self.widen(coarse))
        fine = fine + F.silu(self.sharpen(fine))
        return F.pixel_shuffle(self.paint(fine) + self.shortcut(coarse), 2) + 0.5
