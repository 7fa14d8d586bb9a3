"""What the built-in CLIP is trained to do: both towers, and the losses that compare them.

Hides how scenes become descriptions and which descriptions are compared with which pictures.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleclipdraw_core.built_in.model import ImageTower, Redrawer, TextTower
from styleclipdraw_core.built_in.scenes import Author, Scene

MEAN, DEVIATION = 0.5, 0.5  # normalisation of [0, 1] pictures, the same for all channels
PICTURE_VARIANCE = 0.08  # of a pixel of such a picture; makes the redrawing losses shares of it
RIVALS = 448  # names beside the batch's own among which a picture's name is to be found
LARGEST_SCALE = 60.0  # of the logits


class Learner(nn.Module):
    """Everything with weights, and the losses."""

    def __init__(self, author: Author, vocabulary: dict[str, int]) -> None:
        super().__init__()
        self.image, self.text, self.redrawer = ImageTower(), TextTower(len(vocabulary)), Redrawer()
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.author, self.vocabulary = author, vocabulary
        self.classes: dict[tuple[int, ...], int] = {}
        self.class_of = [
            self.classes.setdefault(tuple(sorted(self.bag(name))), len(self.classes))
            for name in author.names
        ]
        self.class_bags = list(self.classes)

    def bag(self, words: list[str]) -> list[int]:
        """Token numbers without repetition."""
        return list(dict.fromkeys(self.vocabulary[word] for word in words))

    def presence(self, bags: list[list[int]], device: torch.device) -> Tensor:
        """Bags as rows of zeros and ones [B, V]."""
        rows = torch.zeros(len(bags), len(self.vocabulary))
        for row, bag in zip(rows, bags, strict=True):
            row[bag] = 1
        return rows.to(device)

    def losses(
        self, pictures: Tensor, sketches: Tensor, ideals: Tensor, scenes: list[Scene]
    ) -> tuple[Tensor, dict[str, float]]:
        """The loss of pictures [B, 3, R, R] in [0, 1]; sketches [B, 3, S, S] show the same before
        any attack, ideals [B, 3, S, S] the same scenes plainly painted.
        """
        device = pictures.device
        said = [self.author.describe(scene) for scene in scenes]
        true, false = [self.bag(t) for t, _ in said], [self.bag(f) for _, f in said]
        truths = [self.bag(sorted(self.author.truths(scene))) for scene in scenes]
        plain = [i for i, scene in enumerate(scenes) if scene.plain]
        goals = [self.class_of[scenes[i].things[0]] for i in plain]
        rivals = self.author.chance.sample(range(len(self.classes)), min(RIVALS, len(self.classes)))
        candidates = {number: at for at, number in enumerate(dict.fromkeys([*goals, *rivals]))}
        embedded = self.text([*true, *false, *(self.class_bags[number] for number in candidates)])
        batch, scale = len(scenes), self.log_scale.exp()
        right, wrong, names = embedded[:batch], embedded[batch : 2 * batch], embedded[2 * batch :]
        z = self.image((pictures - MEAN) / DEVIATION)

        # Which of the names: many more than the batch has, so that things that look alike are told
        # apart.
        goal = torch.tensor([candidates[number] for number in goals], device=device)
        by_name = scale * z[plain] @ names.T  # [P, names]
        naming = F.cross_entropy(by_name, goal)

        # Which of the batch's descriptions; those that happen to be true as well are left out.
        said_rows = self.presence(true, device)  # [B, V]
        also_true = (self.presence(truths, device) @ said_rows.T) >= said_rows.sum(
            1
        )  # [B pictures, B texts]
        also_true.fill_diagonal_(False)
        matching = (scale * z @ right.T).masked_fill(also_true, -1e4)
        own = torch.arange(batch, device=device)
        describing = (F.cross_entropy(matching, own) + F.cross_entropy(matching.T, own)) / 2

        # The true description against one that is false in a single point.
        telling = F.softplus(-scale * (z * (right - wrong)).sum(1)).mean()

        # Embeddings of pictures redraw the picture; embeddings of descriptions redraw the scene
        # plainly, so that words know what to begin with.
        redrawing = F.mse_loss(self.redrawer(z), sketches) / PICTURE_VARIANCE
        tidy = [i for i, scene in enumerate(scenes) if not scene.messy]
        imagining = F.mse_loss(self.redrawer(right[tidy]), ideals[tidy]) / PICTURE_VARIANCE

        loss = naming + 0.5 * describing + 0.6 * telling + 0.5 * redrawing + 0.25 * imagining
        right_names = (by_name.argmax(1) == goal).float().mean()
        return loss, {
            "naming": naming.item(),
            "describing": describing.item(),
            "telling": telling.item(),
            "redrawing": redrawing.item(),
            "imagining": imagining.item(),
            "right": right_names.item(),
        }
