"""Paints scenes, a whole batch at once; hides layers, warps, tints and scribbles.

Pictures are composed premultiplied from banks that are made once: everything is cheap per picture.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.built_in.art import MARGIN, PICTURE_SIDE, Pictures
from styleclipdraw_core.built_in.scenes import Scene
from styleclipdraw_core.built_in.tint import tinted
from styleclipdraw_core.built_in.words import COLOURS, SHAPES

STILL_SIZE = 0.86  # share of the canvas side of a thing that is shown still
INNER = (PICTURE_SIDE - 2 * MARGIN) / PICTURE_SIDE  # share of a picture's side that its glyph fills


# Where so many copies of a thing may stand, in [-1, 1].
ARRANGEMENTS = {
    2: [[(-0.48, 0.0), (0.48, 0.0)]],
    3: [[(0.0, -0.45), (-0.47, 0.45), (0.47, 0.45)], [(-0.64, 0.0), (0.0, 0.0), (0.64, 0.0)]],
    4: [[(-0.47, -0.47), (0.47, -0.47), (-0.47, 0.47), (0.47, 0.47)]],
}


class Banks(NamedTuple):
    """Pictures to compose from, uint8 [*, 4, S, S] straight RGBA; the first three are parallel."""

    original: Tensor
    careful: Tensor
    sloppy: Tensor
    scribbles: Tensor
    shapes: Tensor


def shape_pictures() -> Pictures:
    """One white picture of each of SHAPES [8, S, S, 4]."""
    from PIL import Image, ImageDraw

    big = PICTURE_SIDE * 4
    low, high, middle = MARGIN * 4, big - MARGIN * 4, big / 2
    star = [
        (middle + math.sin(k * math.pi / 5) * r, middle - math.cos(k * math.pi / 5) * r)
        for k in range(10)
        for r in [(high - low) / 2 * (1 if k % 2 == 0 else 0.42)]
    ]
    out = []
    for shape in SHAPES:
        mask = Image.new("L", (big, big), 0)
        draw = ImageDraw.Draw(mask)
        third = (high - low) / 3
        match shape:
            case "circle":
                draw.ellipse((low, low, high, high), fill=255)
            case "dot":
                draw.ellipse(
                    (
                        middle - third / 2,
                        middle - third / 2,
                        middle + third / 2,
                        middle + third / 2,
                    ),
                    fill=255,
                )
            case "square":
                draw.rectangle((low, low, high, high), fill=255)
            case "triangle":
                draw.polygon([(middle, low), (high, high), (low, high)], fill=255)
            case "star":
                draw.polygon(star, fill=255)
            case "ring":
                draw.ellipse((low, low, high, high), outline=255, width=int(third * 0.6))
            case "cross":
                draw.rectangle((middle - third / 2, low, middle + third / 2, high), fill=255)
                draw.rectangle((low, middle - third / 2, high, middle + third / 2), fill=255)
            case "line":
                draw.line((low, middle, high, middle), fill=255, width=int(third * 0.4))
        alpha = np.asarray(mask.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BOX))
        out.append(np.dstack([np.full((*alpha.shape, 3), 255, np.uint8), alpha]))
    return np.stack(out)


def channels_first(pictures: Pictures) -> Tensor:
    """[P, S, S, 4] uint8 array -> [P, 4, S, S] uint8 tensor."""
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))


class Painter:
    """Paints scenes from banks of pictures."""

    def __init__(self, banks: Banks, seed: int) -> None:
        self.banks, self.chance = banks, random.Random(seed)

    # -- pictures ----------------------------------------------------------------------------------
    # -------------

    def paint(self, scenes: list[Scene], side: int) -> Tensor:
        """[B, 3, side, side] in [0, 1]."""
        canvas = self._backgrounds(scenes, side)
        noisy = torch.tensor([scene.scribbled for scene in scenes])  # [B]
        behind = noisy & (torch.rand(len(scenes)) < 0.75)
        canvas = self._over(canvas, self._scribbles(side, scenes), behind)
        canvas = self._over(canvas, self._subjects(scenes, side))
        front = noisy & ((torch.rand(len(scenes)) < 0.5) | ~behind)
        canvas = self._over(canvas, self._scribbles(side, scenes), front)
        batch = len(scenes)
        gain = (
            1
            + (torch.rand(batch, 3, 1, 1) - 0.5) * 0.12
            + (torch.rand(batch, 1, 1, 1) - 0.5) * 0.16
        )
        shade = (torch.rand(batch, 1, 1, 1) - 0.5) * 0.08
        grain = torch.randn_like(canvas) * torch.rand(batch, 1, 1, 1) * 0.06
        return (canvas * gain + shade + grain).clamp(0, 1)

    def paint_plainly(self, scenes: list[Scene], side: int) -> Tensor:
        """The same scenes whole, upright, in the middle and unspoilt [B, 4, side, side]
        premultiplied in [0, 1]: opaque where a background is named, else empty around them.
        """
        plain = [replace(s, version="original", scribbled=False, warped=False) for s in scenes]
        layer = F.avg_pool2d(self._subjects(plain, 2 * side, still=True), 2)
        for picture, scene in zip(layer, plain, strict=True):
            if scene.background:
                page = torch.tensor([*COLOURS[scene.background], 1.0])[:, None, None]
                picture += (1 - picture[3:]) * page
        return layer.clamp(0, 1)

    @staticmethod
    def _over(canvas: Tensor, layer: Tensor, where: Tensor | None = None) -> Tensor:
        """A premultiplied layer [B, 4, S, S] over a canvas [B, 3, S, S], in the chosen pictures
        [B].
        """
        if where is not None:
            layer = layer * where[:, None, None, None]
        return layer[:, :3] + (1 - layer[:, 3:]) * canvas

    def _backgrounds(self, scenes: list[Scene], side: int) -> Tensor:
        colours = torch.ones(len(scenes), 3, 1, 1).repeat(1, 1, side, side)
        for i, scene in enumerate(scenes):
            luck = self.chance.random()
            if scene.background:
                named = torch.tensor(COLOURS[scene.background]) + (torch.rand(3) - 0.5) * 0.12
                colours[i] = named.clamp(0, 1)[:, None, None]
            elif luck < 0.15:
                colours[i] = torch.rand(3, 1, 1)
            elif luck < 0.27:
                ends = torch.rand(2, 3, 1, 1)
                ramp = torch.linspace(0, 1, side)
                along = ramp[None, :, None] if luck < 0.21 else ramp[None, None, :]
                colours[i] = ends[0] + (ends[1] - ends[0]) * along
        return colours

    def _scribbles(self, side: int, scenes: list[Scene]) -> Tensor:
        """One scribble a scene [B, 4, side, side] premultiplied, often in one of its thing's own
        colours.
        """
        batch = len(scenes)
        chosen = self.banks.scribbles[torch.randint(len(self.banks.scribbles), (batch,))]
        layer = premultiplied(chosen)
        for i, scene in enumerate(scenes):
            if scene.things and self.chance.random() < 0.4:
                picture = self.banks.original[scene.pictures[0]]
                inked = (picture[3] > 200).nonzero()
                if len(inked):
                    row, column = inked[int(torch.randint(len(inked), ()))]
                    layer[i, :3] = (
                        layer[i, 3:] * (picture[:3, row, column].float() / 255)[:, None, None]
                    )
        return placed(layer, torch.eye(2, 3).repeat(batch, 1, 1) * self._flips(batch), side)

    @staticmethod
    def _flips(batch: int) -> Tensor:
        signs = (torch.randint(2, (batch, 2, 1)) * 2 - 1).float()
        return signs * (0.75 + torch.rand(batch, 1, 1) * 0.3)

    def _subjects(self, scenes: list[Scene], side: int, still: bool = False) -> Tensor:
        """What each scene shows [B, 4, side, side] premultiplied; in the middle, upright and
        evenly laid out if it is to be still.
        """
        layer = torch.zeros(len(scenes), 4, side, side)
        alone = [
            i
            for i, s in enumerate(scenes)
            if s.count == 1 and (len(s.things) == 1 or s.shape is not None)
        ]
        if alone:
            art = premultiplied(torch.stack([self._art(scenes[i], 0) for i in alone]))
            art = self._tinted(art, [scenes[i] for i in alone])
            warps = torch.tensor([scenes[i].warped for i in alone]).float()
            whole = view(STILL_SIZE, 0, 0).expand(len(alone), -1, -1)
            layer[alone] = placed(art, whole if still else self._views(len(alone)), side, warps)
        slots = [
            (i, place, size, part)
            for i, s in enumerate(scenes)
            if s.count > 1 or len(s.things) > 1
            for place, size, part in self._layout(s, still)
        ]
        if slots:
            art = premultiplied(
                torch.stack([self._art(scenes[i], part) for i, _, _, part in slots])
            )
            art = self._tinted(F.avg_pool2d(art, 2), [scenes[i] for i, *_ in slots])
            views = torch.stack(
                [
                    view(size, *place, angle=0.0 if still else self.chance.gauss(0, 0.08))
                    for _, place, size, _ in slots
                ]
            )
            warps = torch.tensor([scenes[i].warped for i, *_ in slots]).float()
            for (i, *_), piece in zip(slots, placed(art, views, side, warps), strict=True):
                layer[i] = piece + (1 - piece[3:]) * layer[i]
        return layer

    def _art(self, scene: Scene, part: int) -> Tensor:
        if scene.shape is not None:
            return self.banks.shapes[scene.shape]
        bank: Tensor = getattr(self.banks, scene.version)
        return bank[scene.pictures[part]]

    @staticmethod
    def _tinted(art: Tensor, scenes: list[Scene]) -> Tensor:
        """Pictures of scenes with a colour, in shades of it; the others unchanged [N, 4, S, S]."""
        for i, scene in enumerate(scenes):
            if scene.colour:
                art[i] = tinted(art[i], scene.colour)
        return art

    def _views(self, count: int) -> Tensor:
        """[N, 2, 3]: mostly the whole thing upright with room around it, sometimes turned, near or
        cut off.
        """
        views = []
        for _ in range(count):
            luck = self.chance.random()
            size = (
                0.62 + 0.38 * self.chance.random()
                if luck < 0.75
                else 0.9 + 0.5 * self.chance.random()
            )
            room = max(0.0, 1 - size) + 0.1
            at = (self.chance.uniform(-room, room), self.chance.uniform(-room, room))
            angle = (
                self.chance.gauss(0, 0.07)
                if self.chance.random() < 0.75
                else self.chance.uniform(-0.4, 0.4)
            )
            views.append(view(size, *at, angle=angle, aspect=self.chance.uniform(0.93, 1.07)))
        return torch.stack(views)

    def _layout(self, scene: Scene, still: bool) -> list[tuple[tuple[float, float], float, int]]:
        """Places in [-1, 1], sizes and parts for the copies or the pair a scene shows."""

        def shake(reach: float) -> float:
            return 0.0 if still else self.chance.uniform(-reach, reach)

        if len(scene.things) > 1 and scene.count == 1:
            upright = not still and self.chance.random() >= 0.75
            places = [(0.0, -0.48), (0.0, 0.48)] if upright else [(-0.48, 0.0), (0.48, 0.0)]
            return [
                ((x + shake(0.06), y + shake(0.15)), 0.47 + shake(0.05), k)
                for k, (x, y) in enumerate(places)
            ]
        arrangements = ARRANGEMENTS[scene.count]
        places = arrangements[0] if still else self.chance.choice(arrangements)
        size = 0.31 if places[0][0] == -0.64 else 0.45
        return [
            ((x + shake(0.06), y + shake(0.06)), size * (0.99 + shake(0.11)), 0) for x, y in places
        ]


def over_white(pictures: Tensor) -> Tensor:
    """[N, 4, H, W] premultiplied -> [N, 3, H, W]."""
    return pictures[:, :3] + 1 - pictures[:, 3:]


def premultiplied(pictures: Tensor) -> Tensor:
    """[N, 4, S, S] uint8 straight -> float premultiplied in [0, 1]."""
    rgba = pictures.float().mul_(1 / 255)
    rgba[:, :3] *= rgba[:, 3:]
    return rgba


def view(size: float, x: float, y: float, angle: float = 0.0, aspect: float = 1.0) -> Tensor:
    """[2, 3] from canvas to picture coordinates: the glyph fills `size` of the canvas side around
    (x, y).
    """
    across, down = INNER / (size * aspect), INNER * aspect / size
    c, s = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[c * across, s * across], [-s * down, c * down]])
    return torch.cat([turn, -(turn @ torch.tensor([[float(x)], [float(y)]]))], 1)


def placed(art: Tensor, views: Tensor, side: int, warps: Tensor | None = None) -> Tensor:
    """Pictures [N, 4, S, S] seen through views [N, 2, 3], bent where warps [N] is 1 -> [N, 4, side,
    side].
    """
    grid = F.affine_grid(views, [len(art), 4, side, side], align_corners=False)
    if warps is not None and warps.any():
        bends = torch.randn(len(art), 2, 5, 5) * 0.17 * warps[:, None, None, None]
        grid = grid + F.interpolate(bends, size=(side, side), mode="bicubic").permute(0, 2, 3, 1)
    return F.grid_sample(art, grid, align_corners=False)
