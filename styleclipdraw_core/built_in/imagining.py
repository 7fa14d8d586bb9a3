"""Teaches the built-in CLIP to imagine: from the embedding of a text to a picture of the scene.

The towers are done by then and stay as they are. Hides what is imagined for which words, and how a
picture is compared with the one that was meant.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleclipdraw_core.built_in.art import gather
from styleclipdraw_core.built_in.model import SKETCH, Imagination, TextTower
from styleclipdraw_core.built_in.painter import Banks, Painter, channels_first, shape_pictures
from styleclipdraw_core.built_in.scenes import Author, Scene

PEAK_RATE = 2e-3
WARM_UP = 100  # steps
BATCH = 64
BY_NAME = 0.75  # share of a batch that is one thing on nothing, called by its name alone
EDGES = 0.5  # what a pixel's difference from its neighbour counts beside the pixel itself
CHECKPOINT_EVERY = 500  # steps
REPORT_EVERY = 100  # steps


def unlikeness(seen: Tensor, meant: Tensor) -> Tensor:
    """Mean absolute difference of pictures [B, 4, S, S] at two scales, and of their edges.

    Absolute and not squared: where a word means several things, the most common one is to appear
    and not the mean of all.
    """
    error = seen - meant
    across = (error[..., 1:] - error[..., :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return error.abs().mean() + EDGES * (across + down) + F.avg_pool2d(error, 4).abs().mean()


@dataclass
class Lesson:
    """What is shown to it: scenes in the font's own art, and the words for them."""

    author: Author
    painter: Painter
    vocabulary: dict[str, int]

    def batch(self, size: int) -> tuple[list[list[int]], Tensor]:
        """Bags of token numbers, and what they should bring to mind [size, 4, SKETCH, SKETCH]."""
        named = round(BY_NAME * size)
        invented = [
            replace(scene, scribbled=False, warped=False, version="original")
            for scene in self.author.invent(size - named)
        ]
        things = self.author.chance.sample(range(len(self.author.names)), named)
        scenes = invented + [
            Scene(things=[thing], pictures=[self.author.pictures_of[thing][0]]) for thing in things
        ]
        said = [self.author.describe(scene)[0] for scene in invented]
        said += [self.author.names[thing] for thing in things]
        bags = [list(dict.fromkeys(self.vocabulary[word] for word in words)) for words in said]
        return bags, self.painter.paint_plainly(scenes, SKETCH)


def learn(text: TextTower, vocabulary: dict[str, int], args: argparse.Namespace) -> Imagination:
    """Train what imagines for the texts of a tower that is done; goes on from its last checkpoint.

    args: those of `train`.
    """
    gallery = gather(args.font, args.cldr, [])
    own = channels_first(gallery.pictures)
    checkpoint, device = args.work / "imagination.pt", torch.device(args.device)
    state = torch.load(checkpoint, weights_only=True) if checkpoint.is_file() else None
    step = state["step"] if state else 0
    torch.manual_seed(args.seed + step)
    painter = Painter(
        Banks(own, own, own, own[:1], channels_first(shape_pictures())), args.seed + step
    )
    lesson = Lesson(Author(gallery, args.seed + step), painter, vocabulary)
    model = Imagination().to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=PEAK_RATE, weight_decay=0.0, betas=(0.9, 0.98), fused=True
    )
    if state:
        model.load_state_dict(state["imagination"])
        optimizer.load_state_dict(state["optimizer"])
    text.requires_grad_(False).to(device)
    began, first, mean = time.monotonic(), step, 0.0
    while step < args.imagining_steps:
        bags, meant = lesson.batch(BATCH)
        loss = unlikeness(model(text(bags)), meant.to(device))
        rate = 0.5 * (1 + math.cos(math.pi * step / args.imagining_steps)) + 0.005
        for group in optimizer.param_groups:
            group["lr"] = PEAK_RATE * min(1.0, (step + 1) / WARM_UP) * rate
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        mean += 0.02 * (loss.item() - mean)
        if step % REPORT_EVERY == 0:
            pace = (time.monotonic() - began) / (step - first)
            print(f"{step:6d}  imagining {mean:.4f}  seconds a step {pace:.3f}", flush=True)
        if step % CHECKPOINT_EVERY == 0 or step == args.imagining_steps:
            kept = {
                "imagination": model.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
            }
            part = checkpoint.with_suffix(".part")
            torch.save(kept, part)
            part.replace(checkpoint)
    return model
