"""What a model imagines when it reads the words, put on the canvas: where strokes begin and what
they are held to.

Hides that the picture is small, transparent where nothing is meant, and of another shape than the
canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styleclipdraw_core.sampling import area_resize, bilinear

Region = tuple[float, float, float, float]  # x, y, width and height, px
EXTREME = 0.1  # share of a picture's pixels that are its darkest, lightest or most colourful
PALETTE_SIDE = 128  # px to which a style picture is reduced when only its colours matter
TINY = 1e-6
THERE = 0.5  # alpha from which on something is meant to be at a place


@dataclass(frozen=True)
class Sketch:
    """A small picture, and its place on the canvas."""

    picture: Tensor  # [4, h, w] premultiplied RGBA in [0, 1]
    place: Region

    @classmethod
    def within(cls, picture: Tensor, region: Region) -> Sketch:
        """As large as fits, in the middle of the region."""
        x, y, width, height = region
        rows, columns = picture.shape[1:]
        size = min(width / columns, height / rows)
        left = x + (width - size * columns) / 2
        top = y + (height - size * rows) / 2
        return cls(picture, (left, top, size * columns, size * rows))

    def in_colours_of(self, style: Tensor) -> Sketch:
        """The same in the range of a style picture [3, H, W] in [0, 1]."""
        return Sketch(_recoloured(self.picture, style), self.place)

    def somewhere(self, generator: torch.Generator) -> Tensor:
        """[2] px where something is meant to be, by chance."""
        alpha = self.picture[3]
        cell = torch.multinomial(alpha.flatten().double() + 1e-6, 1, generator=generator)
        at = torch.stack([cell % alpha.shape[1], cell // alpha.shape[1]], 1)[0]
        size = torch.tensor([alpha.shape[1], alpha.shape[0]])
        share = (at + torch.rand(2, generator=generator)) / size
        return torch.tensor(self.place[:2]) + torch.tensor(self.place[2:]) * share

    def colour_at(self, point: Tensor) -> Tensor | None:
        """[3] straight RGB; None where nothing is meant to be. point: [2] px."""
        share = (point - torch.tensor(self.place[:2])) / torch.tensor(self.place[2:])
        rows, columns = self.picture.shape[1:]
        column, row = (share * torch.tensor([columns, rows])).floor().long().tolist()
        if not (0 <= column < columns and 0 <= row < rows):
            return None
        rgba = self.picture[:, row, column]
        return None if rgba[3] < THERE else (rgba[:3] / rgba[3]).clamp(0, 1)

    def on_canvas(self, canvas: tuple[int, int], size: tuple[int, int]) -> Tensor:
        """[4, *size] premultiplied: a canvas of that width and height in px, seen in so many rows
        and columns, with the sketch in its place and nothing around it.
        """
        x, y, width, height = self.place
        rows, columns = size
        across = (torch.arange(columns) + 0.5) / columns * canvas[0]
        down = (torch.arange(rows) + 0.5) / rows * canvas[1]
        u = (across - x) / width * 2 - 1  # [columns], in the sketch's own [-1, 1]
        v = (down - y) / height * 2 - 1
        places = torch.stack([u.expand(rows, -1), v[:, None].expand(-1, columns)], 2)
        return bilinear(self.picture[None], places[None])[0]


def _recoloured(picture: Tensor, style: Tensor) -> Tensor:
    """A sketch [4, h, w] in the range of a style picture [3, H, W]: from its darkest to its lightest
    colour, and no more colourful than it is. What stands out from what stays as it was.
    """
    rows, columns = (min(side, PALETTE_SIDE) for side in style.shape[1:])
    pixels = area_resize(style[None], rows, columns)[0].flatten(1)  # [3, n]
    order = _luma(pixels).argsort()
    some = max(1, round(EXTREME * pixels.shape[1]))
    dark, light = (pixels[:, part].mean(1) for part in (order[:some], order[-some:]))  # [3]
    alpha = picture[3:]
    straight = (picture[:3] / alpha.clamp(min=TINY)).flatten(1)  # [3, h * w]
    there = alpha.flatten() > THERE
    if not bool(there.any()):
        return picture
    luma = _luma(straight)
    chroma = straight - luma
    most = _colourfulness(chroma[:, there])
    calm = min(1.0, _colourfulness(pixels - _luma(pixels)) / max(most, TINY))
    shaded = dark[:, None] + (light - dark)[:, None] * luma + calm * chroma
    return torch.cat([shaded.clamp(0, 1).view_as(picture[:3]) * alpha, alpha])


def _luma(colours: Tensor) -> Tensor:
    """[n] of RGB colours [3, n] (ITU-R BT.601)."""
    return colours.new_tensor([0.299, 0.587, 0.114]) @ colours


def _colourfulness(chroma: Tensor) -> float:
    """How far the most colourful tenth is from grey; chroma: [3, n]."""
    return float(chroma.norm(dim=0).quantile(1 - EXTREME))


def blend(imagined: Sequence[tuple[float, Tensor]]) -> Tensor:
    """[4, h, w]: the mean of pictures of one size by their positive weights."""
    total = sum(weight for weight, _ in imagined)
    pictures = torch.stack([picture * (weight / total) for weight, picture in imagined])
    return pictures.sum(0)


def page_behind(page: Tensor, size: tuple[int, int]) -> Tensor:
    """[3, *size] of a page's colour [3] or of its picture [H, W, 3]."""
    if page.dim() == 1:
        return page[:, None, None].expand(3, *size)
    return area_resize(page.permute(2, 0, 1)[None], *size)[0]
