"""Whether drawings stay the same when the style term is shortened: prints a table, makes a contact sheet.

    PYTHONPATH=. python tests/benchmarks/style_term.py FOLDER [--vgg19 WEIGHTS] [--prompts ...] [--styles ...]

Each prompt in each style is drawn four times from the published algorithm's start: with the whole term
(every channel, the whole covariance), with the shortened one, with the whole term again and other chances
(views and sampled places), and with the whole term from other strokes. What shortening changes is to be
weighed against what those two change. The judge of all is the whole term with 2000 fixed samples.

Without ``--vgg19`` the built-in tower judges, whose few channels are hardly shortened. WEIGHTS is the state
dict of a VGG-19 pruned to a sixteenth, with 1 x 1 layers ``conv*_aux`` back to VGG's own channels
(MingSun-Tse/Collaborative-Distillation): real features of 1475 channels.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor

from styleclipdraw_core.bench_quality import EXAM_SEED, Exam, read_style
from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.guides import clip_guide, load_clip, load_style_tower, style_guide
from styleclipdraw_core.guides.models import ImageTextModel
from styleclipdraw_core.guides.towers import StyleTower
from styleclipdraw_core.optimize import optimise
from styleclipdraw_core.presets import PRESETS, StyleTerm
from styleclipdraw_core.render import render
from styleclipdraw_core.strokes import random_paths

SIDE, STROKES = 224, 256
PRESET = PRESETS["styleclipdraw"]
EVERYTHING = 100_000  # channels: more than there are
WHOLE = replace(PRESET.style, channels=EVERYTHING, moment_channels=EVERYTHING)
JUDGE = replace(WHOLE, style_samples=2000, drawing_samples=2000)
# Name, style term, seed of the first strokes, seed of the chances.
WAYS: tuple[tuple[str, StyleTerm, int, int], ...] = (
    ("whole", WHOLE, 0, 0),
    ("shortened", PRESET.style, 0, 0),
    ("other chances", WHOLE, 0, 1),
    ("other strokes", WHOLE, 1, 1),
)


class PrunedVgg19:
    """relu1_1 to relu5_1 of a pruned VGG-19, brought back to VGG's channels; a `StyleTower`."""

    name = "pruned VGG-19"
    mean = (0.0, 0.0, 0.0)  # its first layer does that itself
    std = (1.0, 1.0, 1.0)

    def __init__(self, file: Path) -> None:
        state = torch.load(file, map_location="cpu", weights_only=True)
        self._state: dict[str, Tensor] = state.get("model", state)

    def _convolved(self, x: Tensor, name: str) -> Tensor:
        weight = self._state[f"{name}.weight"]
        if weight.shape[-1] == 3:
            x = F.pad(x, (1, 1, 1, 1), mode="reflect")
        return F.conv2d(x, weight, self._state[f"{name}.bias"])

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        """64, 128, 256, 512 and 512 channels."""
        maps = []
        x = self._convolved(pictures, "conv0")
        for block, layers in enumerate((2, 2, 4, 4, 1), 1):
            for layer in range(1, layers + 1):
                x = self._convolved(x, f"conv{block}{layer}").relu()
                if layer == 1:
                    maps.append(self._convolved(x, f"conv{block}1_aux").relu())
            x = F.max_pool2d(x, 2)
        return maps


@dataclass(frozen=True)
class Entry:
    """One finished drawing, and how far it is from the one with the whole term."""

    prompt: str
    style: str
    way: str
    style_distance: float  # by the judge; less is better
    clip: float  # more is better
    psnr: float | None  # dB, to the drawing with the whole term
    perceptual: float | None  # likewise; 0 is the same
    picture: str


def drawn(
    model: ImageTextModel, tower: StyleTower, prompt: str, style: Tensor, way: str, iterations: int
) -> Tensor:
    """The finished picture [1, 3, H, W]; `style` [3, h, w]."""
    _, term, strokes, chances = next(row for row in WAYS if row[0] == way)
    preset = replace(PRESET, style=term)
    guides = [
        clip_guide(model, [(prompt, 1.0)], [], preset),
        style_guide(tower, style, 1.0, preset),
    ]
    region = (0.0, 0.0, float(SIDE), float(SIDE))
    paths = random_paths(STROKES, "stroke", region, (SIDE, SIDE), strokes, preset)
    page = torch.ones(3)
    *_, last = optimise(
        Drawing.from_paths(paths), guides, preset,
        width=SIDE, height=SIDE, background=page, iterations=iterations, seed=chances,
    )  # fmt: skip
    return render(last.drawing, SIDE, SIDE, page).permute(0, 3, 1, 2)


def psnr(a: Tensor, b: Tensor) -> float:
    """dB between two pictures in [0, 1]."""
    return float(-10 * torch.log10((a - b).square().mean()))


@torch.no_grad()
def perceptual(tower: StyleTower, a: Tensor, b: Tensor) -> float:
    """LPIPS (Zhang et al. 2018) without its learned weights: over all maps, the mean squared difference
    of features scaled to length 1. a, b [1, 3, H, W]."""
    layers = zip(tower.feature_maps(a), tower.feature_maps(b), strict=True)
    return float(
        torch.stack(
            [
                (F.normalize(x, dim=1) - F.normalize(y, dim=1)).square().sum(1).mean()
                for x, y in layers
            ]
        ).mean()
    )


def measure(
    folder: Path, tower: StyleTower, prompts: list[str], styles: list[str], iterations: int
) -> list[Entry]:
    """Draw everything, appending each drawing to ``style-term.jsonl``; goes on where it was broken off."""
    model = load_clip("built-in")
    exam = Exam(model, tower)
    log = folder / "style-term.jsonl"
    entries = (
        [Entry(**json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []
    )
    for prompt in prompts:
        for style_name in styles:
            style = read_style(style_name)
            assert style is not None
            judge = style_guide(tower, style, 1.0, replace(PRESET, style=JUDGE))
            for way, *_ in WAYS:
                if any((e.prompt, e.style, e.way) == (prompt, style_name, way) for e in entries):
                    continue
                name = f"{prompt}-{style_name}-{way}".replace(" ", "-")
                picture = drawn(model, tower, prompt, style, way, iterations)
                torch.save(picture, folder / f"{name}.pt")
                pixels = (picture[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
                Image.fromarray(pixels).save(folder / f"{name}.png")
                with torch.no_grad():
                    distance = float(
                        judge(picture, generator=torch.Generator().manual_seed(EXAM_SEED))
                    )
                whole = None
                if way != "whole":
                    first = f"{prompt}-{style_name}-whole.pt".replace(" ", "-")
                    whole = torch.load(folder / first, weights_only=True)
                entries.append(
                    Entry(
                        prompt, style_name, way, round(distance, 5), round(exam.clip(picture, prompt), 5),
                        None if whole is None else round(psnr(picture, whole), 3),
                        None if whole is None else round(perceptual(tower, picture, whole), 5),
                        f"{name}.png",
                    )
                )  # fmt: skip
                with log.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(entries[-1])) + "\n")
    return entries


def table(entries: list[Entry]) -> str:
    """Markdown: a row for each way, means over all that were drawn that way."""
    ways = defaultdict(list)
    for entry in entries:
        ways[entry.way].append(entry)
    rows = ["| way | drawings | style distance | CLIP | PSNR to whole, dB | perceptual to whole |"]
    rows.append("|---|---|---|---|---|---|")
    for way, some in ways.items():
        cells = [way, str(len(some)), _mean([e.style_distance for e in some], 4)]
        cells += [_mean([e.clip for e in some], 3)]
        cells += [_mean([e.psnr for e in some], 2), _mean([e.perceptual for e in some], 4)]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _mean(values: list[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    spread = f" ± {statistics.stdev(known):.{digits}f}" if len(known) > 1 else ""
    return f"{statistics.mean(known):.{digits}f}{spread}"


def sheet(folder: Path, entries: list[Entry], tile: int = 168) -> Image.Image:
    """A row for each prompt and style, a column for each way."""
    keys = list(dict.fromkeys((e.prompt, e.style) for e in entries))
    names = [way for way, *_ in WAYS]
    page = Image.new("RGB", (len(names) * (tile + 4), len(keys) * (tile + 4) + 18), "#ffffff")
    pen = ImageDraw.Draw(page)
    for column, name in enumerate(names):
        pen.text((column * (tile + 4) + 4, 3), name, fill="#000000")
    for entry in entries:
        column, row = names.index(entry.way), keys.index((entry.prompt, entry.style))
        with Image.open(folder / entry.picture) as picture:
            small = picture.resize((tile, tile), Image.Resampling.LANCZOS)
        page.paste(small, (column * (tile + 4) + 2, row * (tile + 4) + 18))
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where results and pictures go")
    parser.add_argument("--vgg19", type=Path, metavar="WEIGHTS", help="of the pruned VGG-19")
    parser.add_argument("--prompts", nargs="+", default=["a red apple", "a sailboat"])
    parser.add_argument(
        "--styles", nargs="+", default=["brush-strokes", "ink-hatching", "cut-paper"]
    )
    parser.add_argument("--iterations", type=int, default=100)
    choice = parser.parse_args()
    choice.folder.mkdir(parents=True, exist_ok=True)
    tower = PrunedVgg19(choice.vgg19) if choice.vgg19 else load_style_tower("built-in")
    entries = measure(choice.folder, tower, choice.prompts, choice.styles, choice.iterations)
    print(table(entries))
    sheet(choice.folder, entries).save(choice.folder / "style-term.png", optimize=True)


if __name__ == "__main__":
    main()
