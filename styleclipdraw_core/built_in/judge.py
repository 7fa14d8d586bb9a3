"""A second pair of eyes for the evaluation: names things it learned from other art; kept out of the
package's model.

``python -m styleclipdraw_core.built_in.judge --work FOLDER --twemoji PATH --icons PATH`` trains it on
Twemoji (npm ``@twemoji/svg``) and further icon sets (OpenMoji, npm ``@iconify-json/openmoji``). It
shares no weights, no art and no training objective with the built-in CLIP, so what it recognises in a
drawing was not put there for it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleclipdraw_core.built_in.art import (
    DEFAULT_CLDR,
    DEFAULT_FONT,
    Gallery,
    gather,
    icon_set_glyphs,
    svg_folder_glyphs,
)
from styleclipdraw_core.built_in.model import Residual
from styleclipdraw_core.built_in.painter import Banks, Painter, channels_first, shape_pictures
from styleclipdraw_core.built_in.scenes import Author
from styleclipdraw_core.built_in.strokes import stroke_bank

SIDE = 48  # px it looks at
PEAK_RATE = 2e-3
WIDTHS = (24, 48, 96, 192)


class Judge(nn.Module):
    """A plain classifier of pictures into the gallery's things."""

    def __init__(self, things: int) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.layers = nn.Sequential(
            nn.Conv2d(3, a, 5, 2, 2), nn.SiLU(), nn.Conv2d(a, b, 3, 2, 1), Residual(b),
            nn.Conv2d(b, c, 3, 2, 1), Residual(c),
            nn.Conv2d(c, d, 3, 2, 1), Residual(d), Residual(d),
            nn.GroupNorm(8, d), nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.2),
            nn.Linear(4 * d, things),
        )  # fmt: skip
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, pictures: Tensor) -> Tensor:
        """[B, 3, SIDE, SIDE] in [0, 1] -> [B, things] logits."""
        out: Tensor = self.layers(pictures * 2 - 1)
        return out

    def judge(self, picture: Tensor) -> Tensor:
        """[3, H, W] in [0, 1] -> [things] log probabilities, averaged over slightly shifted and
        scaled looks.
        """
        looks = []
        for scale in (0.94, 1.0, 1.07):
            for x, y in ((0.0, 0.0), (0.06, 0.0), (-0.06, 0.0), (0.0, 0.06), (0.0, -0.06)):
                looks.append(torch.tensor([[scale, 0, x], [0, scale, y]]))
        views = torch.stack(looks).float()  # [L, 2, 3]
        small = F.interpolate(picture[None], size=(2 * SIDE, 2 * SIDE), mode="area")
        grid = F.affine_grid(views, [len(views), 3, 2 * SIDE, 2 * SIDE], align_corners=False)
        seen = F.grid_sample(
            small.expand(len(views), -1, -1, -1), grid, padding_mode="border", align_corners=False
        )
        return F.log_softmax(self(F.avg_pool2d(seen, 2)), 1).logsumexp(0) - math.log(len(views))


def twemoji_gallery(
    folder: Path, font: Path, cldr: Path, cache: Path, icons: Sequence[Path] = ()
) -> Gallery:
    """Twemoji's pictures, and those of icon sets, of the things the built-in CLIP knows; numbered as
    those are.
    """
    things = gather(font, cldr, []).things
    if cache.is_file():
        with np.load(cache) as kept:
            return Gallery(things, kept["pictures"], kept["shows"])
    wanted = {t.characters: t for t in things}
    pictures, shown = [], []
    for drawn in (
        svg_folder_glyphs(folder, wanted),
        *(icon_set_glyphs(each, wanted) for each in icons),
    ):
        for number, thing in enumerate(things):
            if thing.characters in drawn:
                pictures.append(drawn[thing.characters])
                shown.append(number)
    shows = np.asarray(shown, np.int64)
    gallery = Gallery(things, np.stack(pictures), shows)
    np.savez(cache, pictures=gallery.pictures, shows=gallery.shows)
    return gallery


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The arguments that judge and evaluation share."""
    add = parser.add_argument
    add(
        "--work",
        type=Path,
        required=True,
        help="folder for prepared pictures and the judge's weights",
    )
    add("--twemoji", type=Path, required=True, help="unpacked npm package @twemoji/svg")
    add("--font", type=Path, default=DEFAULT_FONT)
    add("--cldr", type=Path, default=DEFAULT_CLDR)
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=2)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m styleclipdraw_core.built_in.judge", description=__doc__
    )
    add_sources(parser)
    parser.add_argument(
        "--icons",
        type=Path,
        nargs="*",
        default=[],
        help="unpacked Iconify packages it learns from too",
    )
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=64)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    gallery = twemoji_gallery(
        args.twemoji, args.font, args.cldr, args.work / "judged.npz", args.icons
    )
    scribbles, careful, sloppy = stroke_bank(
        gallery.pictures, 500, 1, args.threads, args.work / "judged-strokes.npz"
    )
    banks = Banks(
        *(
            channels_first(p)
            for p in (gallery.pictures, careful, sloppy, scribbles, shape_pictures())
        )
    )
    torch.manual_seed(args.seed)
    author, painter = Author(gallery, args.seed), Painter(banks, args.seed)
    judge = Judge(len(gallery.things)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = Judge(len(gallery.things)).requires_grad_(False)
    averaged.load_state_dict(judge.state_dict())
    optimizer = torch.optim.AdamW(judge.parameters(), lr=PEAK_RATE, weight_decay=0.05, fused=True)
    began = time.monotonic()
    for step in range(args.steps):
        scenes = author.invent(args.batch, plain_only=True)
        pictures = painter.paint(scenes, SIDE).contiguous(memory_format=torch.channels_last)
        goal = torch.tensor([scene.things[0] for scene in scenes])
        logits = judge(pictures)
        loss = F.cross_entropy(logits, goal, label_smoothing=0.05)
        for group in optimizer.param_groups:
            group["lr"] = (
                PEAK_RATE
                * min(1, (step + 1) / 200)
                * (0.5 * (1 + math.cos(math.pi * step / args.steps)) + 0.005)
            )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(judge.parameters(), 1.0)
        optimizer.step()
        torch._foreach_lerp_(
            list(averaged.parameters()),
            list(judge.parameters()),
            1 - min(0.998, (step + 1) / (step + 10)),
        )
        if step % 50 == 49:
            right = (logits.argmax(1) == goal).float().mean().item()
            pace = (time.monotonic() - began) / (step + 1)
            print(
                f"{step + 1:6d}  {pace:.3f} s/step  loss {loss.item():.3f}  right {right:.3f}",
                flush=True,
            )
        if step % 500 == 499 or step + 1 == args.steps:
            torch.save(averaged.state_dict(), args.work / "judge.pt")


if __name__ == "__main__":
    main()
