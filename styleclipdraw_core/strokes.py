"""New strokes: the random curves and shapes that a drawing is grown from.

Hides what a preset says about where they start, how long and wide they are, and how many of them
wait, fully transparent, until the loop finds work for them.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, Fill, Join, Path, Stroke, Subpath
from styleclipdraw_core.presets import Preset
from styleclipdraw_core.sketch import Region, Sketch

COLOUR_JITTER = 0.06  # deviation of a new stroke's colour from the sketch's
COLOURS_TRIED = 24  # of the palette, of which the nearest to the sketch is taken


def random_paths(
    count: int,
    kind: Literal["stroke", "fill"],
    region: Region,
    canvas: tuple[int, int],
    seed: int,
    preset: Preset,
    *,
    palette: Tensor | None = None,
    sketch: Sketch | None = None,
) -> list[Path]:
    """`count` paths in z-order, without ids, in canvas pixels.

    Parameters
    ----------
    kind: open strokes, or closed filled shapes.
    region: x, y, width and height of where they start, px.
    canvas: width and height, px; the preset's lengths are for a canvas of `preset.edge`.
    palette: [n, 3] colours to choose from; any colour at all when none is given.
    sketch: what a model imagines: strokes start in its colours, and only where it shows something
        if the preset wants them near something.
    """
    generator = torch.Generator().manual_seed(seed)
    scale = max(canvas) / preset.edge
    start = preset.start
    fewest, most = start.segments
    paths = []
    for index in range(count):
        segments = int(torch.randint(fewest, most + 1, (), generator=generator))
        if sketch is not None and start.spread > 0:
            place = sketch.somewhere(generator)
        else:
            place = random_places(1, region, start.spread, generator)[0]
        reach = start.reach * min(region[2], region[3])
        wanted = None if sketch is None else sketch.colour_at(place)
        red, green, blue = _start_colour(wanted, palette, generator).tolist()
        opacity = _uniform(start.opacity, generator)
        if index >= math.ceil(start.visible * count):
            opacity = 0.0
        if kind == "fill":
            points = random_blob(place, reach, generator)  # [9, 2]
            paths.append(Path([Subpath(points, True)], None, Fill((red, green, blue, opacity))))
            continue
        points = random_walk(place, 3 * segments + 1, reach, generator)
        width = _uniform(start.width, generator) * scale
        stroke = Stroke(width, (red, green, blue, opacity), Cap.ROUND, Join.ROUND)
        paths.append(Path([Subpath(points)], stroke))
    return paths


def random_places(count: int, region: Region, spread: float, generator: torch.Generator) -> Tensor:
    """[count, 2] px; uniform in the region, or normal around its middle with deviation `spread`."""
    corner, size = torch.tensor(region[:2]), torch.tensor(region[2:])
    if spread == 0:
        return corner + size * torch.rand(count, 2, generator=generator)
    offset = spread * torch.randn(count, 2, generator=generator)
    return corner + size * (0.5 + offset.clamp(-0.5, 0.5))


def random_walk(place: Tensor, count: int, reach: float, generator: torch.Generator) -> Tensor:
    """[count, 2] px: control points from `place` on, each up to reach / 2 from the last one."""
    steps = reach * (torch.rand(count - 1, 2, generator=generator) - 0.5)
    return torch.cat([place[None], place + steps.cumsum(0)])


def random_blob(place: Tensor, reach: float, generator: torch.Generator) -> Tensor:
    """[9, 2] px: three closed cubic segments, an ellipse of some shape about `place`."""
    radii = reach * (0.3 + 0.5 * torch.rand(2, generator=generator))
    turn = float(2 * math.pi * torch.rand((), generator=generator))
    angles = turn + torch.arange(3) * (2 * math.pi / 3)
    handle = 4 / 3 * math.tan(math.pi / 6)  # of an arc of 120 degrees
    knots = torch.stack([angles.cos(), angles.sin()], 1)  # [3, 2]
    tangents = torch.stack([-angles.sin(), angles.cos()], 1)
    leaving = knots + handle * tangents
    arriving = (knots - handle * tangents).roll(-1, 0)
    return place + radii * torch.stack([knots, leaving, arriving], 1).reshape(9, 2)


def random_colours(count: int, palette: Tensor | None, generator: torch.Generator) -> Tensor:
    """[count, 3] RGB in [0, 1]."""
    if palette is None:
        return torch.rand(count, 3, generator=generator)
    return palette[torch.randint(len(palette), (count,), generator=generator)]


def _start_colour(
    wanted: Tensor | None, palette: Tensor | None, generator: torch.Generator
) -> Tensor:
    """[3]: near the wanted colour, or the nearest of a few of the palette."""
    if wanted is None:
        return random_colours(1, palette, generator)[0]
    if palette is None:
        return (wanted + COLOUR_JITTER * torch.randn(3, generator=generator)).clamp(0, 1)
    some = random_colours(COLOURS_TRIED, palette, generator)
    return some[int((some - wanted).square().sum(1).argmin())]


def is_new(drawing: Drawing) -> list[bool]:
    """Which paths are new strokes rather than someone's own: those without an id."""
    return [name == "" for name in drawing.structure.ids]


def _uniform(limits: tuple[float, float], generator: torch.Generator) -> float:
    low, high = limits
    return low + (high - low) * float(torch.rand((), generator=generator))
