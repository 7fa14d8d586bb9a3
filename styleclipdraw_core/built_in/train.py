"""Trains the built-in CLIP: ``python -m styleclipdraw_core.built_in.train --work FOLDER``.

Contrastive learning on composed pictures (scenes.py), made robust with "free" adversarial training (Shafahi et al.,
2019, arXiv:1904.12843): the same pictures are shown several times, each time pushed a little along the gradient of the
time before, so that one backward pass trains the weights and strengthens the attack at once.  Robust towers have input
gradients that look like things (Engstrom et al., 2019, arXiv:1906.00945), and those gradients are what draws.

It can be stopped at any time and goes on from its last checkpoint when started again with the same folder.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleclipdraw_core.built_in.art import DEFAULT_CLDR, DEFAULT_FONT, Gallery, gather
from styleclipdraw_core.built_in.model import EMBEDDING, ImageTower, TextTower
from styleclipdraw_core.built_in.scenes import (
    Banks,
    Scene,
    Studio,
    channels_first,
    placed,
    premultiplied,
    shape_pictures,
    view,
)
from styleclipdraw_core.built_in.strokes import stroke_bank
from styleclipdraw_core.built_in.words import composed_tokens

MEAN, DEVIATION = 0.5, 0.5  # normalisation of [0, 1] pictures, the same for all channels
FULL_SIDE, FIRST_SIDE = 64, 48  # px; the first part of training runs on small pictures, at half the cost
FIRST_PART = 0.8  # share of the steps at FIRST_SIDE
REPLAYS = 3  # times each batch is shown once there is an attack; each time is one step
PEACE = 0.33  # share of the steps before the first attack
ATTACK = 3.0  # L2 radius of the strongest attack at FULL_SIDE, on [0, 1] pictures; scales with the side
ATTACK_RAMP = 0.3  # share of the steps in which the attack grows to its full radius
PEAK_RATE = 1.5e-3
WARM_UP = 200  # steps
SKETCH = 24  # px; side of the picture that an embedding must suffice to redraw
AVERAGING = 0.998  # of the weights that are kept
LARGEST_SCALE = 60.0
RIVALS = 448  # names beside the batch's own among which a picture's name is to be found


class Redrawer(nn.Module):
    """An embedding to a small picture; only trained beside the towers, so that embeddings keep the whole picture.

    Without it a tower attends to whatever tells names apart and its gradient leaves everything else to chance.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(EMBEDDING, 512), nn.SiLU(), nn.Linear(512, 3 * SKETCH * SKETCH))

    def forward(self, embeddings: Tensor) -> Tensor:
        """[B, EMBEDDING] -> [B, 3, SKETCH, SKETCH] in [0, 1], unclamped."""
        out: Tensor = self.layers(embeddings * 8).unflatten(1, (3, SKETCH, SKETCH))
        return out + 0.5


class Learner(nn.Module):
    """Everything with weights, and the losses."""

    def __init__(self, studio: Studio, vocabulary: dict[str, int]) -> None:
        super().__init__()
        self.image, self.text, self.redrawer = ImageTower(), TextTower(len(vocabulary)), Redrawer()
        self.log_scale = nn.Parameter(torch.tensor(math.log(14.0)))
        self.studio, self.vocabulary = studio, vocabulary
        self.classes: dict[tuple[int, ...], int] = {}
        self.class_of = [
            self.classes.setdefault(tuple(sorted(self.bag(name))), len(self.classes)) for name in studio.names
        ]
        self.class_bags = list(self.classes)
        self.things_of: list[list[int]] = [[] for _ in self.classes]
        for thing, number in enumerate(self.class_of):
            self.things_of[number].append(thing)

    def _picture_of_class(self, number: int) -> Tensor:
        """One of the pictures [4, S, S] of one of the things with a name."""
        thing = self.studio.chance.choice(self.things_of[number])
        return self.studio.banks.original[self.studio.chance.choice(self.studio.pictures_of[thing])]

    def bag(self, words: list[str]) -> list[int]:
        """Token numbers without repetition."""
        return list(dict.fromkeys(self.vocabulary[word] for word in words))

    def presence(self, bags: list[list[int]], device: torch.device) -> Tensor:
        """Bags as rows of zeros and ones [B, V]."""
        rows = torch.zeros(len(bags), len(self.vocabulary))
        for row, bag in zip(rows, bags, strict=True):
            row[bag] = 1
        return rows.to(device)

    def losses(self, pictures: Tensor, sketches: Tensor, scenes: list[Scene]) -> tuple[Tensor, dict[str, float]]:
        """The loss of pictures [B, 3, R, R] in [0, 1], whose unspoilt selves are sketches [B, 3, S, S]."""
        device = pictures.device
        said = [self.studio.describe(scene) for scene in scenes]
        true, false = [self.bag(t) for t, _ in said], [self.bag(f) for _, f in said]
        truths = [self.bag(sorted(self.studio.truths(scene))) for scene in scenes]
        plain = [i for i, scene in enumerate(scenes) if scene.plain]
        goals = [self.class_of[scenes[i].things[0]] for i in plain]
        rivals = self.studio.chance.sample(range(len(self.classes)), min(RIVALS, len(self.classes)))
        candidates = {number: at for at, number in enumerate(dict.fromkeys([*goals, *rivals]))}
        embedded = self.text([*true, *false, *(self.class_bags[number] for number in candidates)])
        batch, scale = len(scenes), self.log_scale.exp()
        right, wrong, names = embedded[:batch], embedded[batch : 2 * batch], embedded[2 * batch :]
        z = self.image((pictures - MEAN) / DEVIATION)

        # Which of the names: many more than the batch has, so that things that look alike are told apart.
        goal = torch.tensor([candidates[number] for number in goals], device=device)
        by_name = scale * z[plain] @ names.T  # [P, names]
        naming = F.cross_entropy(by_name, goal)

        # Which of the batch's descriptions; those that happen to be true as well are left out.
        said_rows = self.presence(true, device)  # [B, V]
        also_true = (self.presence(truths, device) @ said_rows.T) >= said_rows.sum(1)  # [B pictures, B texts]
        also_true.fill_diagonal_(False)
        matching = (scale * z @ right.T).masked_fill(also_true, -1e4)
        own = torch.arange(batch, device=device)
        describing = (F.cross_entropy(matching, own) + F.cross_entropy(matching.T, own)) / 2

        # The true description against one that is false in a single point.
        telling = F.softplus(-scale * (z * (right - wrong)).sum(1)).mean()

        # Embeddings of pictures redraw the picture; embeddings of names redraw the thing on white, whole and upright.
        variance = 0.08
        redrawing = F.mse_loss(self.redrawer(z), sketches) / variance
        chosen = list(candidates)[-batch:]
        canonical = torch.stack([self._picture_of_class(number) for number in chosen])
        rgba = placed(premultiplied(canonical), view(0.9, 0, 0).expand(batch, -1, -1), SKETCH).to(device)
        on_white = rgba[:, :3] + 1 - rgba[:, 3:]
        imagining = F.mse_loss(self.redrawer(names[-batch:]), on_white) / variance

        loss = naming + 0.5 * describing + 0.6 * telling + 0.5 * redrawing + 0.25 * imagining
        right_names = (by_name.argmax(1) == goal).float().mean()
        return loss, {
            "naming": naming.item(), "describing": describing.item(), "telling": telling.item(),
            "redrawing": redrawing.item(), "imagining": imagining.item(), "right": right_names.item(),
        }  # fmt: skip


@dataclass
class Schedule:
    """Learning rate, attack and picture side as functions of the step."""

    steps: int

    def rate(self, step: int) -> float:
        return PEAK_RATE * min(1.0, (step + 1) / WARM_UP) * (0.5 * (1 + math.cos(math.pi * step / self.steps)) + 0.005)

    def side(self, step: int) -> int:
        return FIRST_SIDE if step < FIRST_PART * self.steps else FULL_SIDE

    def attack(self, step: int) -> float:
        return ATTACK * self.side(step) / FULL_SIDE * min(
            1.0, max(0.0, step / self.steps - PEACE) / ATTACK_RAMP
        )

    def replays(self, step: int) -> int:
        return REPLAYS if step >= PEACE * self.steps else 1


def pushed(push: Tensor, gradient: Tensor, reach: Tensor) -> Tensor:
    """An attack [B, 3, R, R] moved by its reach along the gradient and brought back within reach [B, 1, 1, 1]."""
    moved = push + reach * gradient / (gradient.flatten(1).norm(dim=1)[:, None, None, None] + 1e-12)
    return moved * (reach / (moved.flatten(1).norm(dim=1)[:, None, None, None] + 1e-12)).clamp(max=1)


def train_on(
    learner: Learner, averaged: Learner, optimizer: torch.optim.Optimizer, schedule: Schedule, step: int, batch: int,
    device: torch.device,
) -> dict[str, float]:  # fmt: skip
    """One batch, shown as often as the schedule says; returns the report under the strongest attack."""
    side, scenes = schedule.side(step), learner.studio.invent(batch)
    pictures = learner.studio.paint(scenes, side)
    sketches = F.interpolate(pictures, size=(SKETCH, SKETCH), mode="area").to(device)
    pictures = pictures.to(device).contiguous(memory_format=torch.channels_last)
    reach = schedule.attack(step) * (0.35 + 0.65 * torch.rand(batch, 1, 1, 1, device=device))
    push = torch.zeros_like(pictures)
    report: dict[str, float] = {}
    for replay in range(schedule.replays(step)):
        push.requires_grad_(True)
        loss, report = learner.losses((pictures + push).clamp(0, 1), sketches, scenes)
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step + replay)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        assert push.grad is not None
        push = pushed(push.detach(), push.grad, reach)
        with torch.no_grad():
            learner.log_scale.clamp_(0, math.log(LARGEST_SCALE))
    with torch.no_grad():
        keep = min(AVERAGING, (step + 1) / (step + 10)) ** schedule.replays(step)
        torch._foreach_lerp_(list(averaged.parameters()), list(learner.parameters()), 1 - keep)
    return report


def export(averaged: Learner, gallery: Gallery, folder: Path) -> None:
    """The weights as float16 and the list of what is known, as the package ships them."""
    from safetensors.torch import save_file

    towers = {f"image.{k}": v for k, v in averaged.image.state_dict().items()}
    towers |= {f"text.{k}": v for k, v in averaged.text.state_dict().items()}
    weights = folder / "weights.safetensors"
    save_file({k: v.detach().cpu().half().contiguous() for k, v in towers.items()}, weights)
    weights.chmod(0o644)
    known = {
        "tokens": list(averaged.vocabulary),
        "things": [[t.characters, t.name, list(t.keywords)] for t in gallery.things],
    }
    text = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    (folder / "known.json").write_text(text + "\n", encoding="utf-8")


def materials(args: argparse.Namespace) -> tuple[Gallery, Banks]:
    """The art and its painted versions, kept in the work folder."""
    gallery = gather(args.font, args.cldr, args.icons, args.work / "gallery.npz")
    scribbles, careful, sloppy = stroke_bank(
        gallery.pictures, args.scribbles, args.seed, args.threads, args.work / "strokes.npz"
    )
    painted = [channels_first(p) for p in (gallery.pictures, careful, sloppy, scribbles, shape_pictures())]
    return gallery, Banks(*painted)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m styleclipdraw_core.built_in.train", description=__doc__)
    add = parser.add_argument
    add("--work", type=Path, required=True, help="folder for prepared pictures, checkpoints and the result")
    add("--font", type=Path, default=DEFAULT_FONT, help="colour emoji font (package fonts-noto-color-emoji)")
    add("--cldr", type=Path, default=DEFAULT_CLDR, help="English annotations (package unicode-cldr-core)")
    add("--icons", type=Path, nargs="*", default=[], help="unpacked Iconify packages of further art")
    add("--steps", type=int, default=7000)
    add("--batch", type=int, default=64)
    add("--scribbles", type=int, default=3000, help="how many pictures of scribbles are prepared")
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=2)
    add("--device", default="cpu")
    add("--checkpoint-every", type=int, default=300, help="steps between checkpoints")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    device, checkpoint = torch.device(args.device), args.work / "checkpoint.pt"
    gallery, banks = materials(args)
    state = torch.load(checkpoint, weights_only=True) if checkpoint.is_file() else None
    step = state["step"] if state else 0
    torch.manual_seed(args.seed)
    studio = Studio(gallery, banks, args.seed + step)
    words = {w for said in studio.true_words for w in said}
    vocabulary = {w: i for i, w in enumerate([*composed_tokens(), *sorted(words - set(composed_tokens()))])}
    learner, averaged = Learner(studio, vocabulary), Learner(studio, vocabulary)
    averaged.load_state_dict(learner.state_dict())
    averaged.requires_grad_(False)
    learner.to(device, memory_format=torch.channels_last)
    averaged.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(learner.parameters(), lr=PEAK_RATE, weight_decay=0.02, betas=(0.9, 0.98), fused=True)
    if state:
        learner.load_state_dict(state["learner"])
        averaged.load_state_dict(state["averaged"])
        optimizer.load_state_dict(state["optimizer"])
        torch.manual_seed(args.seed + step)
    schedule, began, first, last = Schedule(args.steps), time.monotonic(), step, step
    while step < args.steps:
        report = train_on(learner, averaged, optimizer, schedule, step, args.batch, device)
        before, step = step, step + schedule.replays(step)
        if step // 30 != before // 30:
            numbers = "  ".join(f"{k} {v:.3f}" for k, v in report.items())
            pace = (time.monotonic() - began) / (step - first)
            print(f"{step:6d}  {pace:.3f} s/step  scale {learner.log_scale.exp().item():.1f}  {numbers}", flush=True)
        if step - last >= args.checkpoint_every or step >= args.steps:
            last, part = step, checkpoint.with_suffix(".part")
            kept = {"learner": learner.state_dict(), "averaged": averaged.state_dict()}
            torch.save({**kept, "optimizer": optimizer.state_dict(), "step": step}, part)
            part.replace(checkpoint)
            export(averaged, gallery, args.work)


if __name__ == "__main__":
    main()
