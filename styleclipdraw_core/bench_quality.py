"""How good each preset's drawings are, with the same judges, prompts and style pictures for all.

Run as ``python -m styleclipdraw_core.bench_quality FOLDER``. Hides the bookkeeping: every drawing
that is done is a line of ``results.jsonl`` and a PNG, so that a run can be broken off and gone on
with, and a table and sheets are made of whatever is there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from styleclipdraw_core.augment import random_views, warp
from styleclipdraw_core.built_in.clip import known, load
from styleclipdraw_core.built_in.judge import Judge
from styleclipdraw_core.cli_show import QuietShow
from styleclipdraw_core.guides import load_clip, load_style_tower, style_guide
from styleclipdraw_core.guides.models import ImageTextModel
from styleclipdraw_core.guides.towers import StyleTower
from styleclipdraw_core.job import Canvas, Job, NewStrokes, Prompt, Style
from styleclipdraw_core.presets import PRESETS, StyleTerm, Views, preset_for
from styleclipdraw_core.render import render
from styleclipdraw_core.run import Models, Progress, draw
from styleclipdraw_core.style_pictures import picture_file

SIDE = 224  # px
STROKES = 64
PROMPTS = (
    "a red apple", "a sailboat", "a sunflower", "a penguin", "a house", "a red heart", "a fish",
    "a butterfly", "a cactus", "a mushroom", "an owl", "a rocket", "a cat face", "a snowman",
    "a green tree", "an umbrella", "a blue car", "a pizza", "a crab", "an ice cream",
)  # fmt: skip
STYLES = ("none", "brush-strokes", "ink-hatching", "cut-paper")
# Views of the whole canvas only, the same for every picture, which no preset draws with.
EXAM = Views(count=24, whole=1.0, scale=(0.75, 1.0), distortion=0.0, turn=0.15)
EXAM_STYLE = StyleTerm(style_samples=2000, drawing_samples=2000, channels=10_000, balanced=True)
EXAM_SEED = 12345


@dataclass(frozen=True)
class Entry:
    """One drawing at one moment of its making."""

    prompt: str
    style: str
    preset: str
    planned: int  # iterations the schedule was made for
    iteration: int
    seconds: float
    clip: float  # mean cosine with the bare prompt, more is better
    style_distance: float | None  # less is better
    picture: str  # file name


class Exam:
    """The judge of all presets: fixed views, fixed places, nothing shortened."""

    def __init__(self, model: ImageTextModel, tower: StyleTower) -> None:
        self._model, self._tower = model, tower

    @torch.no_grad()
    def clip(self, picture: Tensor, prompt: str) -> float:
        """picture: [1, 3, H, W]."""
        matrices = random_views(EXAM, SIDE, SIDE, torch.Generator().manual_seed(EXAM_SEED))
        model = self._model
        seen = warp(picture, matrices, model.resolution, mean=model.mean, std=model.std)
        return float((model.encode_image(seen) @ model.encode_text([prompt])[0]).mean())

    @torch.no_grad()
    def style(self, picture: Tensor, style: Tensor) -> float:
        guide = style_guide(self._tower, style, 1.0, replace(PRESETS["default"], style=EXAM_STYLE))
        return float(guide(picture, generator=torch.Generator().manual_seed(EXAM_SEED)))


def read_style(name: str) -> Tensor | None:
    """[3, H, W], or None for no style."""
    if name == "none":
        return None
    with Image.open(picture_file(name)) as picture:
        pixels = np.array(picture.convert("RGB"), np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def drawn(
    models: Models, prompt: str, style: str, preset: str, iterations: int
) -> Iterator[Progress]:
    """The steps of one drawing, seed 0, as a person's request for it would be drawn."""
    picture = None if style == "none" else picture_file(style)
    job = Job(
        "quality",
        prompts=(Prompt(prompt),),
        style=None if picture is None else Style(picture.name),
        canvas=Canvas(SIDE, SIDE),
        strokes=NewStrokes(STROKES),
        iterations=iterations,
        preset=preset,
    )
    return draw(job, Path() if picture is None else picture.parent, models, QuietShow())


def run(
    folder: Path,
    prompts: Sequence[str],
    styles: Sequence[str],
    plans: Sequence[tuple[str, int | None]],
    moments: Sequence[int],
) -> None:
    """Draw what `results.jsonl` does not hold yet, and note every drawing at each moment.

    plans: presets with their iterations, or with None for as many as a person gets who does not
    say; moments: iterations to examine beside the last.
    """
    models = Models()
    exam = Exam(load_clip("built-in"), load_style_tower("built-in"))
    finished = [e for e in read(folder) if e.iteration == e.planned]
    done = {(e.prompt, e.style, e.preset, e.planned) for e in finished}
    for prompt in prompts:
        for style_name in styles:
            style = read_style(style_name)
            for preset, wanted in plans:
                own = preset_for(preset, styled=style is not None).iterations
                iterations = own if wanted is None else wanted
                if (prompt, style_name, preset, iterations) in done:
                    continue
                spent, start = 0.0, time.perf_counter()
                for progress in drawn(models, prompt, style_name, preset, iterations):
                    if progress.step not in (*moments, iterations):
                        continue
                    spent += time.perf_counter() - start
                    with torch.no_grad():
                        picture = render(progress.drawing, SIDE, SIDE, torch.ones(3))
                    seen = picture.permute(0, 3, 1, 2)
                    name = f"{prompt}-{style_name}-{preset}-{iterations}-{progress.step}.png"
                    entry = Entry(
                        prompt,
                        style_name,
                        preset,
                        iterations,
                        progress.step,
                        round(spent, 1),
                        round(exam.clip(seen, prompt), 4),
                        None if style is None else round(exam.style(seen, style), 4),
                        name.replace(" ", "-"),
                    )
                    _save(picture[0], folder / entry.picture)
                    with (folder / "results.jsonl").open("a", encoding="utf-8") as file:
                        file.write(json.dumps(asdict(entry)) + "\n")
                    start = time.perf_counter()


def read(folder: Path) -> list[Entry]:
    """What is noted there; of a drawing that was broken off and made again, only the second."""
    file = folder / "results.jsonl"
    if not file.exists():
        return []
    entries = [Entry(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    return list({(e.picture, e.iteration): e for e in entries}.values())


@torch.no_grad()
def places(folder: Path, entries: Sequence[Entry], weights: Path) -> dict[str, int]:
    """By picture, the place of the prompt's thing among all names that a judge gives, 0 the first.

    weights: what `built_in.judge` has trained, on other art than any guide. Prompts that are no
    thing's name have no place.
    """
    model, things = load(), cast("list[tuple[str, str, list[str]]]", known()["things"])
    judge = Judge(len(things))
    judge.load_state_dict(torch.load(weights, weights_only=True))
    judge.eval()
    number = {frozenset(model.bag(name)): n for n, (_, name, _) in enumerate(things)}
    found = {}
    for entry in entries:
        thing = number.get(frozenset(model.bag(entry.prompt)))
        if thing is not None:
            with Image.open(folder / entry.picture) as picture:
                pixels = torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)
            guess = judge.judge(pixels.float() / 255)
            found[entry.picture] = int((guess > guess[thing]).sum())
    return found


def table(entries: Sequence[Entry], place: dict[str, int]) -> str:
    """Markdown: means over the drawings of each row; `place` by picture, see `places`."""
    rows = [
        "| style | preset | iterations | drawings | CLIP | named first | in five | style distance | s |"
    ]
    rows.append("|---|---|---|---|---|---|---|---|---|")
    keys = sorted({(e.style, e.preset, e.planned, e.iteration) for e in entries})
    for style, preset, planned, iteration in keys:
        these = [
            e
            for e in entries
            if (e.style, e.preset, e.planned, e.iteration) == (style, preset, planned, iteration)
        ]
        distances = [e.style_distance for e in these if e.style_distance is not None]
        distance = f"{statistics.mean(distances):.3f}" if distances else "-"
        clip = statistics.mean(e.clip for e in these)
        seconds = statistics.mean(e.seconds for e in these)
        judged = [place[e.picture] for e in these if e.picture in place]
        first, five = (
            f"{sum(p < most for p in judged)} of {len(judged)}" if judged else "-"
            for most in (1, 5)
        )
        rows.append(
            f"| {style} | {preset} | {iteration} of {planned} | {len(these)} | {clip:.3f} "
            f"| {first} | {five} | {distance} | {seconds:.0f} |"
        )
    return "\n".join(rows)


def sheet(folder: Path, entries: Sequence[Entry], style: str, tile: int = 128) -> Image.Image:
    """One row a preset, one column a prompt, each drawing as it was in the end."""
    last = [e for e in entries if e.style == style and e.iteration == e.planned]
    prompts = list(dict.fromkeys(e.prompt for e in last))
    plans = list(dict.fromkeys((e.preset, e.planned) for e in last))
    page = Image.new("RGB", (len(prompts) * (tile + 4), len(plans) * (tile + 4)), "#bbbbbb")
    for entry in last:
        column, row = prompts.index(entry.prompt), plans.index((entry.preset, entry.planned))
        with Image.open(folder / entry.picture) as picture:
            small = picture.resize((tile, tile), Image.Resampling.LANCZOS)
        page.paste(small, (column * (tile + 4) + 2, row * (tile + 4) + 2))
    return page


def _save(picture: Tensor, file: Path) -> None:
    """picture: [H, W, 3]."""
    pixels = (picture.clamp(0, 1).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(file, optimize=True)


def _plan(text: str) -> tuple[str, int | None]:
    name, _, count = text.partition(":")
    if name not in PRESETS:
        raise argparse.ArgumentTypeError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return name, int(count) if count else None


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the presets' drawings.")
    parser.add_argument("folder", type=Path, help="where results and pictures go")
    parser.add_argument("--prompts", type=int, default=len(PROMPTS), help="how many of the list")
    parser.add_argument("--styles", nargs="*", default=list(STYLES), choices=STYLES)
    parser.add_argument(
        "--plans",
        nargs="*",
        type=_plan,
        default=[_plan("clipdraw:500"), _plan("styleclipdraw:500"), _plan("default")],
        metavar="PRESET[:ITERATIONS]",
    )
    parser.add_argument(
        "--judge",
        type=Path,
        metavar="judge.pt",
        help="what built_in.judge has trained, to name the drawings",
    )
    parser.add_argument("--moments", nargs="*", type=int, default=[90, 125, 250])
    choice = parser.parse_args()
    choice.folder.mkdir(parents=True, exist_ok=True)
    run(choice.folder, PROMPTS[: choice.prompts], choice.styles, choice.plans, choice.moments)
    entries = read(choice.folder)
    print(table(entries, places(choice.folder, entries, choice.judge) if choice.judge else {}))
    for style in choice.styles:
        file = choice.folder / f"sheet-{style}.png"
        sheet(choice.folder, entries, style).save(file, optimize=True)


if __name__ == "__main__":
    main()
