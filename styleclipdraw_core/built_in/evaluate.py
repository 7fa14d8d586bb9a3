"""How good the built-in CLIP is: ``python -m styleclipdraw_core.built_in.evaluate --work FOLDER
--twemoji PATH``.

Finds names for pictures in a hand it has never seen (Twemoji), finds them under attack, and draws
names picked by chance with the project's own loop, judged by the model of judge.py. Writes a table,
the drawings and a contact sheet into the folder; drawings that are already there are judged but not
drawn again.
"""

from __future__ import annotations

import argparse
import json
import random
import textwrap
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw
from torch import Tensor

from styleclipdraw_core import run
from styleclipdraw_core.built_in.art import Gallery, gather
from styleclipdraw_core.built_in.clip import BuiltInClip, load
from styleclipdraw_core.built_in.judge import Judge, add_sources, twemoji_gallery
from styleclipdraw_core.built_in.painter import channels_first, placed, premultiplied, view
from styleclipdraw_core.cli_show import QuietShow
from styleclipdraw_core.job import Canvas, Job, NewStrokes, Prompt

GLYPH = 0.9  # share of the canvas that a glyph fills when it is shown as it is
CANVAS = 224  # px
TILE, CAPTION = 96, 26  # px of the contact sheet
ATTACK_STEPS = 5
PICTURES_ATTACKED = 256


def on_white(gallery: Gallery, pictures: list[int], side: int) -> Tensor:
    """Pictures of a gallery on white, whole and upright [P, 3, side, side] in [0, 1]."""
    rgba = premultiplied(channels_first(gallery.pictures[pictures]))
    seen = placed(rgba, view(GLYPH, 0, 0).expand(len(pictures), -1, -1), 2 * side)
    return F.avg_pool2d(seen[:, :3] + 1 - seen[:, 3:], 2).clamp(0, 1)


class Names:
    """The names of all things as directions; names of the same words count as one."""

    def __init__(self, model: BuiltInClip, gallery: Gallery) -> None:
        bags: dict[tuple[int, ...], int] = {}
        self.of = [
            bags.setdefault(tuple(sorted(model.bag(t.name))), len(bags)) for t in gallery.things
        ]
        self.directions = model.text(list(bags))  # [names, D]

    def ranks(self, embedded: Tensor, things: list[int]) -> Tensor:
        """The place of each right name among all, 0 is first; embeddings [P, D] -> [P]."""
        likeness = embedded @ self.directions.T
        own = likeness.gather(1, torch.tensor([[self.of[thing]] for thing in things]))
        places: Tensor = (likeness > own).sum(1)
        return places


def normalised(model: BuiltInClip, pictures: Tensor) -> Tensor:
    shown: Tensor = (pictures - model.mean.view(-1, 1, 1)) / model.std.view(-1, 1, 1)
    return shown


def shares(ranks: Tensor) -> dict[str, float]:
    """Of ranks [P], the share that are first, and among the first five."""
    return {
        "first": (ranks == 0).float().mean().item(),
        "first five": (ranks < 5).float().mean().item(),
    }


def retrieval(model: BuiltInClip, names: Names, gallery: Gallery) -> dict[str, float]:
    """How often the right name is found for pictures as they are."""
    everything = list(range(len(gallery.shows)))
    with torch.no_grad():
        embedded = [
            model.encode_image(
                normalised(model, on_white(gallery, everything[at : at + 128], model.resolution))
            )
            for at in range(0, len(everything), 128)
        ]
    return shares(names.ranks(torch.cat(embedded), gallery.shows.tolist()))


def under_attack(
    model: BuiltInClip, names: Names, gallery: Gallery, radius: float, seed: int
) -> dict[str, float]:
    """The same while each picture may be changed by an L2 radius (on [0, 1]) so as to hide its
    name.
    """
    chosen = random.Random(seed).sample(range(len(gallery.shows)), PICTURES_ATTACKED)
    things = [int(gallery.shows[picture]) for picture in chosen]
    goal = torch.tensor([names.of[thing] for thing in things])
    clean = on_white(gallery, chosen, model.resolution)
    push = torch.zeros_like(clean)
    for _ in range(ATTACK_STEPS):
        push.requires_grad_(True)
        logits = (
            20
            * model.encode_image(normalised(model, (clean + push).clamp(0, 1)))
            @ names.directions.T
        )
        (gradient,) = torch.autograd.grad(F.cross_entropy(logits, goal), push)
        push = push.detach() + 0.5 * radius * F.normalize(gradient.flatten(1)).view_as(clean)
        length = push.flatten(1).norm(dim=1)[:, None, None, None]
        push = push * (radius / (length + 1e-9)).clamp(max=1)
    with torch.no_grad():
        return shares(
            names.ranks(model.encode_image(normalised(model, (clean + push).clamp(0, 1))), things)
        )


def draw(prompt: str, strokes: int, seed: int) -> Tensor:
    """A drawing as a person would get it who types the prompt and changes nothing
    [3, CANVAS, CANVAS].
    """
    job = Job(
        "evaluation",
        prompts=(Prompt(prompt),),
        canvas=Canvas(CANVAS, CANVAS),
        strokes=NewStrokes(strokes),
        seed=seed,
    )
    *_, last = run.draw(job, Path(), run.Models(), QuietShow())
    return last.picture(job, CANVAS).permute(2, 0, 1)


def prompts(
    judge: Judge, own: Gallery, judged: Gallery, count: int, seed: int
) -> tuple[list[int], int]:
    """Things picked by chance from those whose original picture the judge recognises, and how many
    those are.
    """
    known = {int(thing) for thing in judged.shows}
    first_picture: dict[int, int] = {}
    for picture, thing in enumerate(own.shows):
        first_picture.setdefault(int(thing), picture)
    things = [thing for thing in first_picture if thing in known]
    with torch.no_grad():
        recognised = [
            thing
            for thing in things
            if judge.judge(on_white(own, [first_picture[thing]], 96)[0]).argmax().item() == thing
        ]
    return random.Random(seed).sample(recognised, min(count, len(recognised))), len(recognised)


def contact_sheet(tiles: list[tuple[Image.Image, str, bool]], columns: int = 10) -> Image.Image:
    """Drawings with their names below, in red what the judge did not name right."""
    rows = (len(tiles) + columns - 1) // columns
    sheet = Image.new("RGB", (columns * (TILE + 6), rows * (TILE + CAPTION + 4)), "white")
    pen = ImageDraw.Draw(sheet)
    for at, (tile, name, right) in enumerate(tiles):
        x, y = at % columns * (TILE + 6) + 3, at // columns * (TILE + CAPTION + 4) + 2
        sheet.paste(tile.resize((TILE, TILE), Image.Resampling.LANCZOS), (x, y))
        pen.rectangle((x - 1, y - 1, x + TILE, y + TILE), outline=(190, 190, 190))
        for line, words in enumerate(textwrap.wrap(name, 17)[:2]):
            pen.text((x, y + TILE + 1 + 11 * line), words, fill="black" if right else (170, 60, 60))
    return sheet


def judged_drawings(args: argparse.Namespace, own: Gallery, judged: Gallery) -> dict[str, float]:
    """Draws what is missing, judges all, writes the contact sheet."""
    judge = Judge(len(own.things))
    judge.load_state_dict(torch.load(args.work / "judge.pt", weights_only=True))
    judge.eval()
    chosen, recognised = prompts(judge, own, judged, args.drawings, args.seed)
    folder = args.work / "drawings"
    folder.mkdir(exist_ok=True)
    tiles, ranks, seconds = [], [], []
    for thing in chosen:
        name, file = own.things[thing].name, folder / f"{thing:04d}.png"
        if not file.is_file():
            began = time.monotonic()
            picture = draw(name, args.strokes, args.seed)
            seconds.append(time.monotonic() - began)
            Image.fromarray((picture.permute(1, 2, 0).clamp(0, 1) * 255).byte().numpy()).save(file)
        image = Image.open(file).convert("RGB")
        with torch.no_grad():
            guess = judge.judge(torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255)
        ranks.append(int((guess > guess[thing]).sum()))
        tiles.append((image, name, ranks[-1] == 0))
        print(f"{len(ranks):4d}  place {ranks[-1] + 1:4d}  {name}", flush=True)
    contact_sheet(tiles).save(args.work / "contact-sheet.png")
    result = shares(torch.tensor(ranks))
    if seconds:
        result["seconds a drawing"] = sum(seconds) / len(seconds)
    return {**result, "recognisable names": recognised, "drawings": len(ranks)}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m styleclipdraw_core.built_in.evaluate", description=__doc__
    )
    add_sources(parser)
    parser.add_argument("--drawings", type=int, default=100)
    parser.add_argument("--strokes", type=int, default=64)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = load()
    own = gather(args.font, args.cldr, [])
    judged = twemoji_gallery(args.twemoji, args.font, args.cldr, args.work / "twemoji.npz")
    names = Names(model, own)
    table: dict[str, dict[str, float]] = {
        "names of the font's own pictures": retrieval(model, names, own),
        "names of Twemoji pictures": retrieval(model, names, judged),
    }
    for radius in (1.0, 2.0, 3.0):
        table[f"own pictures under attack, L2 radius {radius:g}"] = under_attack(
            model, names, own, radius, args.seed
        )
    print(json.dumps(table, indent=1), flush=True)
    if args.drawings:
        table["drawings, named by the judge"] = judged_drawings(args, own, judged)
    (args.work / "evaluation.json").write_text(json.dumps(table, indent=1) + "\n")
    print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
