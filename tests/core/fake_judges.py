"""Judges that need no weights: tiny, smooth and fixed, so that drawings move and repeat exactly."""

from __future__ import annotations

import time

import torch
import torch.nn.functional as F

KNOWN = {"a", "red", "green", "apple", "pear", "on", "the", "table"}


class FakeClip:
    """Pictures as 4 x 4 colour averages; a text as a direction that its letters decide."""

    resolution = 32
    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)

    def __init__(self, name="built-in", pause=0.0):
        self.name = name
        self.pause = pause

    def encode_image(self, pictures):
        time.sleep(self.pause)
        small = F.adaptive_avg_pool2d(pictures, 4).flatten(1)  # [B, 48]
        return F.normalize(small + 0.01, dim=-1)

    def encode_text(self, texts):
        rows = []
        for text in texts:
            seed = sum(ord(letter) * (index + 1) for index, letter in enumerate(text))
            generator = torch.Generator().manual_seed(seed)
            rows.append(torch.randn(48, generator=generator))
        return F.normalize(torch.stack(rows), dim=-1)

    def text_direction(self, text):
        return self.encode_text([text])[0]

    def imagine(self, text):
        return None

    def check_prompt(self, text):
        from styleclipdraw_core.errors import PromptError

        words = text.lower().split()
        unknown = [word for word in words if word not in KNOWN]
        if len(unknown) == len(words):
            raise PromptError(
                f"The built-in model knows no word of “{text}”.",
                "Use other words.",
                code="prompt.unknown",
            )
        return unknown


class FakeTower:
    """Two maps: the picture's blurred colours, and its edges."""

    name = "built-in"
    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)

    def feature_maps(self, pictures):
        blurred = F.avg_pool2d(pictures, 4)
        edges = pictures[..., 1:, 1:] - pictures[..., :-1, :-1]
        return [blurred, edges.abs() + 0.1]


def install(patch, pause=0.0):
    """Put the fakes where `run` looks; ``patch(object, name, value)`` is monkeypatch.setattr's."""
    from styleclipdraw_core import guides

    patch(guides, "load_clip", lambda name, device="cpu": FakeClip(name, pause))
    patch(guides, "load_style_tower", lambda name, device="cpu": FakeTower())
