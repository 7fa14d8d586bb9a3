"""Paints the style pictures that come with the project.

Run as ``python -m styleclipdraw_core.style_pictures.paint``.

Each is a few hundred or thousand paths along a field or a form, drawn by the project's own renderer
from a fixed seed, so that the pictures belong to the project and can be made again.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path as FilePath

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from styleclipdraw_core.drawing import Cap, Drawing, Fill, Join, Path, Stroke, Subpath
from styleclipdraw_core.render import render
from styleclipdraw_core.style_pictures import FOLDER

SIDE = 256  # px
Array = npt.NDArray[np.float64]
Colour = tuple[float, float, float]
Canvas = tuple[list[Path], Colour]  # paths in z-order and the page


def rgb(code: str) -> Array:
    """#rrggbb -> [3] in [0, 1]."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def along(field: Callable[[Array], Array], start: Array, length: float, steps: int = 6) -> Array:
    """[4, 2] control points of the curve that follows a field of angles from `start`."""
    walk = [start]
    for _ in range(steps):
        angle = float(field(walk[-1][None])[0])
        walk.append(walk[-1] + length / steps * np.array([math.cos(angle), math.sin(angle)]))
    line = np.array(walk)  # [steps + 1, 2]
    # Catmull-Rom tangents at both ends, as Bezier handles.
    third = steps / 3
    first = line[0] + (line[1] - line[0]) * third
    last = line[-1] - (line[-1] - line[-2]) * third
    return np.stack([line[0], first, last, line[-1]])


def scattered(spacing: float, chance: np.random.Generator, margin: float = 10.0) -> Array:
    """[n, 2] places on a jittered grid, in random order, so that no lattice shows."""
    axis = np.arange(-margin, SIDE + margin, spacing)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    grid = grid + chance.uniform(-0.5, 0.5, grid.shape) * spacing
    order: Array = chance.permutation(grid)
    return order


def pick(colours: Array, place: float) -> Array:
    """The colour at that place of a row [n, 3], or the nearest end's."""
    row: Array = colours[int(np.clip(place, 0, len(colours) - 1))]
    return row


def line(points: Array, width: float, colour: Array, opacity: float = 1.0) -> Path:
    rgba = (*(float(c) for c in np.clip(colour, 0, 1)), opacity)
    return Path([Subpath(points)], Stroke(width, rgba, Cap.ROUND, Join.ROUND))


def shape(points: Array, colour: Array) -> Path:
    return Path([Subpath(points, True)], None, Fill((*(float(c) for c in colour), 1.0)))


def smooth_closed(knots: Array) -> Array:
    """[n, 2] knots -> [3 n, 2] control points of the closed Catmull-Rom curve through them."""
    before, after = np.roll(knots, 1, 0), np.roll(knots, -1, 0)
    tangents = (after - before) / 6
    leaving, arriving = knots + tangents, after - np.roll(tangents, -1, 0)
    return np.stack([knots, leaving, arriving], 1).reshape(-1, 2)


# Brush strokes: a night of deep blues that turns about two golden lights, three layers of paint.
EYES = ((82.0, 84.0, 1.0), (196.0, 168.0, -1.0))  # x, y, sense of turning


def brush_strokes(chance: np.random.Generator) -> Canvas:
    def field(places: Array) -> Array:
        x, y = places[:, 0], places[:, 1]
        flow = np.stack([np.ones_like(x), 0.5 * np.sin(x / 38 + 0.6) + 0.3 * np.cos(y / 23)], 1)
        for eye_x, eye_y, sense in EYES:
            dx, dy = x - eye_x, y - eye_y
            strength = 3.2 * np.exp(-(dx * dx + dy * dy) / (2 * 46.0**2))
            distance = np.sqrt(dx * dx + dy * dy) + 1e-9
            flow = flow + (sense * strength / distance)[:, None] * np.stack([-dy, dx], 1)
        angles: Array = np.arctan2(flow[:, 1], flow[:, 0])
        return angles

    night = np.array([rgb(c) for c in ("#0b1c4a", "#14347c", "#1d57a8", "#2f86c0", "#7cc0d8")])
    gold = np.array([rgb(c) for c in ("#fff3b8", "#ffd64f", "#f5a623", "#d9762b", "#3f9a9e")])
    # Strokes turn about the eyes and leave them bare: a touch of light first.
    touch = np.array([[-1.0, 0.0], [-0.3, 0.5], [0.3, -0.5], [1.0, 0.0]])
    paths = [line(np.array([x, y]) + 3 * touch, 26, gold[0]) for x, y, _ in EYES]
    for spacing, width, length in ((15.0, 13.0, 46.0), (8.5, 5.2, 34.0), (7.0, 2.6, 24.0)):
        for place in scattered(spacing, chance, 30):
            middle = place + 0.5 * length * np.array([0.8, 0.2])
            near = min(math.hypot(middle[0] - x, middle[1] - y) for x, y, _ in EYES)
            ring = near / 13 + chance.normal(0, 0.35)
            if ring < len(gold) - 0.6:
                colour = gold[int(np.clip(ring, 0, len(gold) - 1))]
            else:
                wave = 2.0 + 1.5 * math.sin(place[0] / 31 + place[1] / 19) + chance.normal(0, 0.75)
                colour = night[int(np.clip(wave, 0, len(night) - 1))]
            colour = colour + chance.normal(0, 0.03) + chance.normal(0, 0.015, 3)
            reach = length * chance.uniform(0.7, 1.2)
            paths.append(line(along(field, place, reach), width * chance.uniform(0.7, 1.1), colour))
    return paths, (0.05, 0.11, 0.3)


# Ink hatching: round stones in the light, told by the density of pen strokes alone.
STONES = ((92.0, 100.0, 74.0), (196.0, 176.0, 52.0), (60.0, 214.0, 40.0), (208.0, 58.0, 36.0))


def ink_hatching(chance: np.random.Generator) -> Canvas:
    def tone_and_turn(x: float, y: float) -> tuple[float, float]:
        """How dark it is there, 0 to 1, and which way the form runs."""
        for stone_x, stone_y, radius in reversed(STONES):
            u, v = (x - stone_x) / radius, (y - stone_y) / radius
            if u * u + v * v < 1:
                w = math.sqrt(1 - u * u - v * v)
                light = max(0.0, -0.55 * u - 0.6 * v + 0.58 * w)
                return 1 - 1.08 * light, math.atan2(v, u) + math.pi / 2 + 0.5 * w
        dark = 0.12
        for stone_x, stone_y, radius in STONES:
            u, v = (x - stone_x - 0.75 * radius) / radius, (y - stone_y - 0.85 * radius) / radius
            dark = max(dark, 0.95 * math.exp(-1.6 * (u * u * 0.6 + v * v * 2.2)))
        return dark, 0.35 + 0.25 * math.sin(x / 60)

    ink, paths = rgb("#17141c"), []
    for layer, (turn, threshold) in enumerate(((0.0, 0.08), (0.95, 0.42), (-0.9, 0.68))):
        for place in scattered(4.6, chance, 6):
            tone, angle = tone_and_turn(*place)
            if tone < threshold + chance.uniform(0, 0.45 if layer == 0 else 0.2):
                continue
            angle += turn + chance.normal(0, 0.06)
            reach = chance.uniform(8, 15)
            direction = np.array([math.cos(angle), math.sin(angle)])
            bend = np.array([-direction[1], direction[0]]) * chance.normal(0.6, 0.4)
            ends = place - direction * reach / 2, place + direction * reach / 2
            points = np.stack(
                [
                    ends[0],
                    place - direction * reach / 6 + bend,
                    place + direction * reach / 6 + bend,
                    ends[1],
                ]
            )
            paths.append(line(points, chance.uniform(0.7, 1.25) + 0.35 * tone, ink))
    for stone_x, stone_y, radius in STONES:
        paths += outline(stone_x, stone_y, radius, ink, chance)
    page = rgb("#f6efe0")
    return paths, (float(page[0]), float(page[1]), float(page[2]))


def outline(
    x: float, y: float, radius: float, ink: Array, chance: np.random.Generator
) -> list[Path]:
    """A circle as a pen draws it: arcs that overlap and do not quite meet."""
    paths = []
    for start in np.arange(0, 2 * math.pi, 0.7):
        angles = start + np.linspace(0, 0.85, 4) + chance.normal(0, 0.04)
        handle = 1 + np.array([0.0, 0.04, 0.04, 0.0])
        around = radius * handle[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
        points = np.array([x, y]) + around + chance.normal(0, 0.5, 2)
        paths.append(line(points, chance.uniform(1.2, 1.9), ink))
    return paths


# Cut paper: sea leaves in flat colours on blocks of colour, each edge as scissors leave it.
def cut_paper(chance: np.random.Generator) -> Canvas:
    blocks = (
        "#f7c948",
        "#1f6fb2",
        "#f2efe6",
        "#e4572e",
        "#f29fb5",
        "#f2efe6",
        "#2a9d6f",
        "#f7c948",
        "#24346d",
    )
    leaves = (
        "#e4572e",
        "#f2efe6",
        "#24346d",
        "#1f6fb2",
        "#2a9d6f",
        "#f29fb5",
        "#f7c948",
        "#e4572e",
        "#f2efe6",
    )
    paths: list[Path] = []
    cell = SIDE / 3
    for index, code in enumerate(blocks):
        column, row = index % 3, index // 3
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (cell + 2.0)
        corners = corners + np.array([column, row]) * cell + chance.normal(0, 2.2, (4, 2))
        edges = np.roll(corners, -1, 0) - corners
        sides = np.stack([corners + edges * t for t in (0, 1 / 3, 2 / 3)], 1)
        paths.append(shape(sides.reshape(-1, 2), rgb(code)))
    for index, code in enumerate(leaves):
        middle = (np.array([index % 3, index // 3]) + 0.5) * cell
        paths.append(shape(leaf(middle, cell * 0.47, 3 + index % 4, chance), rgb(code)))
    for _ in range(14):
        place = chance.uniform(6, SIDE - 6, 2)
        angles = np.linspace(0, 2 * math.pi, 7)[:-1]
        radii = chance.uniform(3, 6.5) * chance.uniform(0.8, 1.2, 6)
        knots = place + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
        paths.append(shape(smooth_closed(knots), rgb(leaves[int(chance.integers(len(leaves)))])))
    return paths, (0.95, 0.94, 0.9)


def leaf(middle: Array, size: float, lobes: int, chance: np.random.Generator) -> Array:
    """A frond: a stem with rounded fingers to both sides, [3 n, 2] control points."""
    turn = chance.uniform(-0.7, 0.7)
    right, left = [], []
    for index in range(lobes):
        height = 0.85 - 1.5 * index / lobes
        reach = (0.85 - 0.35 * abs(index - lobes / 2) / lobes) * chance.uniform(0.8, 1.1)
        right += [
            (0.13, height),
            (reach, height - 0.32),
            (reach * 0.95, height - 0.52),
            (0.16, height - 0.42),
        ]
        reach *= chance.uniform(0.85, 1.1)
        left += [
            (-0.13, height),
            (-reach, height - 0.32),
            (-reach * 0.95, height - 0.52),
            (-0.16, height - 0.42),
        ]
    knots = np.array([(0.0, 1.0), *right, (0.07, -1.0), (-0.07, -1.0), *left[::-1]])
    cos, sin = math.cos(turn), math.sin(turn)
    turned: Array = size * smooth_closed(knots) @ np.array([[cos, sin], [-sin, cos]]) * [1, -1]
    return middle + turned


# Dusk in dots: a low sun over hills and water, put down touch by touch.
def dusk_dots(chance: np.random.Generator) -> Canvas:
    sky = np.array([rgb(c) for c in ("#3a3278", "#7a4c9a", "#c9658f", "#f2906b", "#fbc46d")])
    hills = np.array([rgb(c) for c in ("#20305e", "#2c5a6e", "#3d7f6b")])
    sun = np.array([178.0, 118.0])

    def colour_at(x: float, y: float) -> Array:
        if math.hypot(x - sun[0], y - sun[1]) < 24:
            return rgb("#fff0a8")
        ridge = 150 + 16 * math.sin(x / 34 + 1) + 7 * math.sin(x / 13)
        if y < ridge:
            warm = y / 150 * 3.4 + 1.6 * math.exp(-math.hypot(x - sun[0], y - sun[1]) / 60)
            return pick(sky, warm + chance.normal(0, 0.45))
        if y < 190 + 6 * math.sin(x / 21):
            return pick(hills, (y - ridge) / 18 + chance.normal(0, 0.6))
        glint = math.exp(-abs(x - sun[0]) / (14 + 0.3 * (y - 190)))
        if chance.uniform() < 0.75 * glint:
            return pick(sky, 4) if chance.uniform() < 0.6 else rgb("#fff0a8")
        if chance.uniform() < 0.3:
            return pick(sky, int(chance.integers(0, 3)))
        return pick(hills, int(chance.integers(0, 2)))

    paths = []
    for spacing, width in ((7.5, 8.6), (5.6, 4.6)):
        for place in scattered(spacing, chance, 6):
            colour = colour_at(*place) + chance.normal(0, 0.035, 3)
            flat = 2.2 if place[1] > 190 else 0.6
            ends = np.array([[-flat, 0.0], [-flat / 3, 0.0], [flat / 3, 0.0], [flat, 0.0]])
            paths.append(line(place + ends, width * chance.uniform(0.75, 1.1), colour))
    return paths, (0.13, 0.16, 0.33)


PICTURES: dict[str, tuple[Callable[[np.random.Generator], Canvas], int]] = {
    "brush-strokes": (brush_strokes, 96),  # and how many colours the file keeps
    "ink-hatching": (ink_hatching, 16),
    "cut-paper": (cut_paper, 64),
    "dusk-dots": (dusk_dots, 64),
}


def paint(name: str, renderer: str = "auto") -> Image.Image:
    """The picture, SIDE px square, with a palette small enough for a small file."""
    painter, colours = PICTURES[name]
    paths, page = painter(np.random.default_rng(7))
    with torch.no_grad():
        picture = render(
            Drawing.from_paths(paths), SIDE, SIDE, torch.tensor(page), backend=renderer
        )[0]
    pixels = (picture.clamp(0, 1).numpy() * 255).round().astype(np.uint8)
    return Image.fromarray(pixels).quantize(colours, dither=Image.Dither.NONE)


def main() -> None:
    parser = argparse.ArgumentParser(description="Paint the project's style pictures anew.")
    parser.add_argument("--out", type=FilePath, default=FOLDER, help="folder for the PNG files")
    folder = parser.parse_args().out
    for name in PICTURES:
        paint(name).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
