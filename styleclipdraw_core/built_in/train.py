"""Trains the built-in CLIP: ``python -m styleclipdraw_core.built_in.train --work FOLDER``.

Contrastive learning on composed pictures (scenes.py), made robust with "free" adversarial training
(Shafahi et al., 2019, arXiv:1904.12843): the same pictures are shown several times, each time
pushed a little along the gradient of the time before, so that one backward pass trains the weights
and strengthens the attack at once. Robust towers have input gradients that look like things
(Engstrom et al., 2019, arXiv:1906.00945), and those gradients are what draws.

Then, with the towers as they are, a third network learns what a text brings to mind (imagining.py).

It can be stopped at any time and goes on from its last checkpoint when started again with the same
folder.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import Tensor, nn

from styleclipdraw_core.built_in.art import DEFAULT_CLDR, DEFAULT_FONT, Gallery, gather
from styleclipdraw_core.built_in.imagining import learn
from styleclipdraw_core.built_in.learner import LARGEST_SCALE, Learner
from styleclipdraw_core.built_in.model import REDRAWN, Imagination
from styleclipdraw_core.built_in.painter import (
    Banks,
    Painter,
    channels_first,
    over_white,
    shape_pictures,
)
from styleclipdraw_core.built_in.scenes import Author
from styleclipdraw_core.built_in.strokes import stroke_bank
from styleclipdraw_core.built_in.words import composed_tokens

SIDE = 48  # px of the pictures it sees
REPLAYS = 3  # times each batch is shown once there is an attack; each time is one step
PEACE = 0.3  # share of the steps before the first attack
ATTACK = 2.0  # L2 radius of the strongest attack, on pictures in [0, 1]
ATTACK_RAMP = 0.35  # share of the steps in which the attack grows to its full radius
PEAK_RATE = 1.5e-3
WARM_UP = 200  # steps
REPORT_EVERY = 30  # steps
PROCESS_SEEDS = 1_000_003  # between the seeds of two processes that train together
AVERAGING = 0.998  # of the weights that are kept


@dataclass
class Schedule:
    """Learning rate, attack and replays as functions of the step."""

    steps: int

    def rate(self, step: int) -> float:
        return (
            PEAK_RATE
            * min(1.0, (step + 1) / WARM_UP)
            * (0.5 * (1 + math.cos(math.pi * step / self.steps)) + 0.005)
        )

    def attack(self, step: int) -> float:
        return ATTACK * min(1.0, max(0.0, step / self.steps - PEACE) / ATTACK_RAMP)

    def replays(self, step: int) -> int:
        return REPLAYS if step >= PEACE * self.steps else 1


def pushed(push: Tensor, gradient: Tensor, reach: Tensor) -> Tensor:
    """An attack [B, 3, R, R] moved by its reach along the gradient and brought back within reach
    [B, 1, 1, 1].
    """
    moved = push + reach * F.normalize(gradient.flatten(1)).view_as(push)
    length = moved.flatten(1).norm(dim=1)[:, None, None, None]
    inside: Tensor = moved * (reach / (length + 1e-12)).clamp(max=1)
    return inside


@dataclass
class Trainer:
    """The learner, the running average of it that is kept, and what moves them."""

    painter: Painter
    learner: Learner
    averaged: Learner
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    device: torch.device

    def train_on_a_batch(self, step: int, size: int) -> dict[str, float]:
        """Invent a batch, show it as often as the schedule says; the report is of the last time,
        which is under the strongest attack."""
        scenes = self.learner.author.invent(size)
        pictures = self.painter.paint(scenes, SIDE)
        sketches = F.interpolate(pictures, size=(REDRAWN, REDRAWN), mode="area").to(self.device)
        ideals = over_white(self.painter.paint_plainly(scenes, REDRAWN)).to(self.device)
        pictures = pictures.to(self.device).contiguous(memory_format=torch.channels_last)
        chance = torch.rand(size, 1, 1, 1).to(self.device)
        reach = self.schedule.attack(step) * (0.35 + 0.65 * chance)
        push = torch.zeros_like(pictures)
        report: dict[str, float] = {}
        for replay in range(self.schedule.replays(step)):
            push.requires_grad_(True)
            loss, report = self.learner.losses(
                (pictures + push).clamp(0, 1), sketches, ideals, scenes
            )
            self._descend(loss, step + replay)
            assert push.grad is not None
            push = pushed(push.detach(), push.grad, reach)
        with torch.no_grad():
            keep = min(AVERAGING, (step + 1) / (step + 10)) ** self.schedule.replays(step)
            torch._foreach_lerp_(
                list(self.averaged.parameters()), list(self.learner.parameters()), 1 - keep
            )
        return report

    def _descend(self, loss: Tensor, step: int) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate(step)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._average_gradients()
        nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            self.learner.log_scale.clamp_(0, math.log(LARGEST_SCALE))

    def _average_gradients(self) -> None:
        """The mean over all processes, in one message: each then takes the same step."""
        if not (dist.is_available() and dist.is_initialized()):
            return
        gradients = [p.grad for p in self.learner.parameters() if p.grad is not None]
        together = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(together)
        together /= dist.get_world_size()
        parts = torch.split(together, [gradient.numel() for gradient in gradients])
        torch._foreach_copy_(
            gradients, [part.view_as(g) for part, g in zip(parts, gradients, strict=True)]
        )

    def save(self, step: int, checkpoint: Path) -> None:
        kept = {
            "learner": self.learner.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": step,
        }
        part = checkpoint.with_suffix(".part")
        torch.save(kept, part)
        part.replace(checkpoint)


def export(towers: Learner, imagination: Imagination, gallery: Gallery, folder: Path) -> None:
    """The weights as float16 and the list of what is known, as the package ships them."""
    from safetensors.torch import save_file

    parts = {"image": towers.image, "text": towers.text, "imagination": imagination}
    kept = {
        f"{name}.{key}": value.detach().cpu().half().contiguous()
        for name, part in parts.items()
        for key, value in part.state_dict().items()
    }
    weights = folder / "weights.safetensors"
    save_file(kept, weights)
    weights.chmod(0o644)
    known = {
        "tokens": list(towers.vocabulary),
        "things": [[t.characters, t.name, list(t.keywords)] for t in gallery.things],
    }
    text = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    (folder / "known.json").write_text(text + "\n", encoding="utf-8")


def materials(args: argparse.Namespace) -> tuple[Gallery, Banks]:
    """The art and its painted versions, kept in the work folder."""
    gallery = gather(args.font, args.cldr, args.icons, args.work / "gallery.npz")
    scribbles, careful, sloppy = stroke_bank(
        gallery.pictures, args.scribbles, args.seed, args.processes, args.work / "strokes.npz"
    )
    painted = [
        channels_first(p) for p in (gallery.pictures, careful, sloppy, scribbles, shape_pictures())
    ]
    return gallery, Banks(*painted)


def vocabulary_of(author: Author) -> dict[str, int]:
    """The number of every token that a scene can be described with."""
    words = {w for said in author.true_words for w in said}
    ordered = [*composed_tokens(), *sorted(words - set(composed_tokens()))]
    return {word: number for number, word in enumerate(ordered)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m styleclipdraw_core.built_in.train", description=__doc__
    )
    add = parser.add_argument
    add(
        "--work",
        type=Path,
        required=True,
        help="folder for prepared pictures, checkpoints and the result",
    )
    add(
        "--font",
        type=Path,
        default=DEFAULT_FONT,
        help="colour emoji font (package fonts-noto-color-emoji)",
    )
    add(
        "--cldr",
        type=Path,
        default=DEFAULT_CLDR,
        help="English annotations (package unicode-cldr-core)",
    )
    add(
        "--icons", type=Path, nargs="*", default=[], help="unpacked Iconify packages of further art"
    )
    add("--steps", type=int, default=14000, help="of the two towers")
    add("--imagining-steps", type=int, default=16000, help="of what imagines, afterwards")
    add("--batch", type=int, default=64, help="pictures of each process's batch")
    add("--processes", type=int, default=2, help="that each train on a batch and share gradients")
    add("--scribbles", type=int, default=3000, help="how many pictures of scribbles are prepared")
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=1, help="of each process")
    add("--device", default="cpu")
    add("--checkpoint-every", type=int, default=300, help="steps between checkpoints")
    return parser.parse_args()


def train(rank: int, args: argparse.Namespace) -> None:
    """The towers, in one of the processes that train together; all end with the same weights, the
    first keeps them.
    """
    torch.set_num_threads(args.threads)
    if args.processes > 1:
        meeting = (args.work / "meeting").absolute().as_uri()
        dist.init_process_group("gloo", meeting, rank=rank, world_size=args.processes)
    device, checkpoint = torch.device(args.device), args.work / "checkpoint.pt"
    gallery, banks = materials(args)
    state = torch.load(checkpoint, weights_only=True) if checkpoint.is_file() else None
    step = state["step"] if state else 0
    torch.manual_seed(args.seed)
    author = Author(gallery, args.seed + step + rank * PROCESS_SEEDS)
    learner, averaged = (Learner(author, vocabulary_of(author)) for _ in range(2))
    averaged.load_state_dict(learner.state_dict())
    averaged.requires_grad_(False)
    for each in (learner, averaged):
        each.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(
        learner.parameters(), lr=PEAK_RATE, weight_decay=0.02, betas=(0.9, 0.98), fused=True
    )
    if state:
        learner.load_state_dict(state["learner"])
        averaged.load_state_dict(state["averaged"])
        optimizer.load_state_dict(state["optimizer"])
    torch.manual_seed(args.seed + step + rank * PROCESS_SEEDS)
    schedule = Schedule(args.steps)
    painter = Painter(banks, args.seed + step + rank * PROCESS_SEEDS)
    trainer = Trainer(painter, learner, averaged, optimizer, schedule, device)
    began, first, last = time.monotonic(), step, step
    while step < args.steps:
        report = trainer.train_on_a_batch(step, args.batch)
        before, step = step, step + trainer.schedule.replays(step)
        if rank:
            continue
        if step // REPORT_EVERY != before // REPORT_EVERY:
            report |= {
                "scale": learner.log_scale.exp().item(),
                "seconds a step": (time.monotonic() - began) / (step - first),
            }
            print(f"{step:6d}", *(f"{k} {v:.3f}" for k, v in report.items()), sep="  ", flush=True)
        if step - last >= args.checkpoint_every or step >= args.steps:
            last = step
            trainer.save(step, checkpoint)


def imagine(args: argparse.Namespace) -> None:
    """What imagines, for the towers that are done; then everything as the package ships it."""
    torch.set_num_threads(args.threads)
    gallery = gather(args.font, args.cldr, args.icons, args.work / "gallery.npz")
    author = Author(gallery, args.seed)
    towers = Learner(author, vocabulary_of(author))
    state = torch.load(args.work / "checkpoint.pt", weights_only=True)
    towers.load_state_dict(state["averaged"])
    imagination = learn(towers.text, towers.vocabulary, args)
    export(towers, imagination, gallery, args.work)


def main() -> None:
    args = arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    materials(args)
    (args.work / "meeting").unlink(missing_ok=True)
    if args.processes > 1:
        mp.spawn(train, (args,), nprocs=args.processes)  # type: ignore[attr-defined, no-untyped-call]
    else:
        train(0, args)
    imagine(args)


if __name__ == "__main__":
    main()
