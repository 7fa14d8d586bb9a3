"""The style guide: whether a picture is made of the same marks and colours as the style picture.

After STROTSS (Kolkin et al. 2019): hypercolumns, the pixel and all feature maps read at one place,
are compared as two clouds of points. Hides sampling and projection, and that all of the style
picture is computed once. Three terms: relaxed earth mover's distance (REMD) between the clouds,
their first two moments, and REMD between their colours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from styleclipdraw_core.guides.towers import VGG16, StyleTower
from styleclipdraw_core.presets import Preset, StyleTerm
from styleclipdraw_core.sampling import area_resize, bilinear

TINY = 1e-6  # keeps the length of a zero vector, and the square root's slope at zero, finite
STYLE_SEED = 0  # the style picture's samples are the same for every drawing
# Luma and two colour differences: nearly uncorrelated in pictures (ITU-R BT.601).
DECORRELATE = ((0.299, 0.587, 0.114), (-0.147, -0.289, 0.436), (0.615, -0.515, -0.100))


@dataclass(frozen=True)
class Cloud:
    """Sampled hypercolumns of one picture: what is compared. n samples."""

    columns: Tensor  # [n, C]
    directions: Tensor  # [n, K]: the columns' directions, shortened, for REMD
    colours: Tensor  # [n, 3]


@dataclass(frozen=True)
class Lens:
    """How hypercolumns are weighted and shortened; the same for both pictures.

    The basis spans the style picture's own columns as well as K vectors can. A product of any
    column with one of the style's is the product of their shadows in it, so cosines survive, where
    a random projection would not keep the nearest neighbours.
    """

    scales: tuple[float, ...]  # of each map, the pixels' first
    basis: Tensor | None  # [C, K], orthonormal
    edge: int  # px


@dataclass(frozen=True)
class StyleGuide:
    """Distance from the style picture; 0 for the style picture itself."""

    tower: StyleTower
    term: StyleTerm
    lens: Lens
    style: Cloud
    style_mean: Tensor  # [C]
    style_covariance: Tensor  # [C, C]
    weight: float
    name: str = "style"
    higher_is_better: bool = False

    def __call__(
        self, pictures: Tensor, *, generator: torch.Generator, progress: float = 0.0
    ) -> Tensor:
        total = pictures.new_zeros(())
        for picture in torch.split(pictures, 1):
            total = total + self._distance(picture, generator)
        return total / len(pictures)

    def _distance(self, picture: Tensor, generator: torch.Generator) -> Tensor:
        places = _random_places(self.term.drawing_samples, generator)
        drawn = _cloud(self.tower, self.lens, picture, places)
        term = self.term
        distance = term.remd * remd(1 - drawn.directions @ self.style.directions.T)
        if term.moments > 0:
            # Other channels in every step: over the steps the covariance is compared as a whole.
            some = _random_channels(drawn.columns.shape[1], term.moment_channels, generator)
            some = some.to(drawn.columns.device)
            _, covariance = moments(drawn.columns[:, some])
            off_mean = (drawn.columns.mean(0) - self.style_mean).abs().mean()
            off_covariance = mean_of_lot(
                (covariance - self.style_covariance[some][:, some]).abs(), len(self.style_mean)
            )
            if term.balanced:
                off_mean = off_mean / (self.style_mean.abs().mean() + TINY)
                off_covariance = off_covariance / (self.style_covariance.abs().mean() + TINY)
            distance = distance + term.moments * (off_mean + off_covariance)
        if term.palette > 0:
            colours = colour_distances(drawn.colours, self.style.colours)
            distance = distance + term.palette * remd(colours)
        return distance


def style_guide(
    tower: StyleTower, style_picture: Tensor, strength: float, preset: Preset
) -> StyleGuide:
    """A guide toward the style picture [3, H, W] in [0, 1]; `strength` 1 is the preset's weight."""
    term = preset.style
    if tower.name != VGG16:
        # The published weights are for VGG's units. Unbalanced, the built-in tower's moments come to 15 to
        # 55 where VGG's come to about 1, and the words are not heard.
        term = replace(term, balanced=True)
    picture = _at_edge(style_picture[None], term.edge)  # [1, 3, h, w]
    generator = torch.Generator().manual_seed(STYLE_SEED)
    with torch.no_grad():
        lens = _make_lens(tower, picture, term, generator)
        places = _random_places(term.style_samples, generator)
        style = _cloud(tower, lens, picture, places)
        mean, covariance = moments(style.columns)
    weight = preset.style_weight * strength
    return StyleGuide(tower, term, lens, style, mean, covariance, weight)


def remd(distances: Tensor) -> Tensor:
    """Relaxed earth mover's distance from pairwise distances [n, m]: the harder of both ways."""
    return torch.maximum(distances.min(1).values.mean(), distances.min(0).values.mean())


def cosine_distances(a: Tensor, b: Tensor) -> Tensor:
    """[n, K], [m, K] -> [n, m], 0 to 2."""
    return 1 - _unit(a) @ _unit(b).T


def colour_distances(a: Tensor, b: Tensor) -> Tensor:
    """[n, 3], [m, 3] of decorrelated colours -> [n, m]: cosine plus Euclidean distance."""
    # |a - b|^2 = |a|^2 + |b|^2 - 2 a.b: one product instead of an [n, m, 3] difference.
    squares = a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T  # [n, m]
    return cosine_distances(a, b) + (squares.clamp(min=0) + TINY).sqrt()


def moments(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [M] and covariance [M, M] of [n, M]."""
    mean = samples.mean(0)
    centred = samples - mean
    return mean, centred.T @ centred / len(samples)


def mean_of_lot(lot: Tensor, count: int) -> Tensor:
    """The mean of a [count, count] matrix, estimated from the [m, m] of some of its channels.

    The diagonal, variances, is larger than the rest and a larger part of a small matrix: each part
    is averaged for itself.
    """
    diagonal = lot.diagonal()
    variances = diagonal.mean()
    if len(lot) == 1:
        return variances
    rest = (lot.sum() - diagonal.sum()) / (len(lot) * (len(lot) - 1))
    return variances / count + rest * (1 - 1 / count)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / (vectors.square().sum(-1, keepdim=True) + TINY).sqrt()


def _hypercolumn_maps(tower: StyleTower, picture: Tensor) -> list[Tensor]:
    """The picture [1, 3, H, W] itself and then its feature maps."""
    mean = torch.as_tensor(tower.mean).to(picture).view(1, 3, 1, 1)
    std = torch.as_tensor(tower.std).to(picture).view(1, 3, 1, 1)
    return [picture, *tower.feature_maps((picture - mean) / std)]


def _cloud(tower: StyleTower, lens: Lens, picture: Tensor, places: Tensor) -> Cloud:
    """The picture's hypercolumns at places [1, n, 1, 2], shortened by the lens."""
    maps = _hypercolumn_maps(tower, _at_edge(picture, lens.edge))
    places = places.to(picture)
    read = [bilinear(features, places)[0, :, :, 0].T for features in maps]  # [n, C] each
    columns = torch.cat([column * s for column, s in zip(read, lens.scales, strict=True)], 1)
    shadows = columns if lens.basis is None else columns @ lens.basis
    lengths = (columns.square().sum(1, keepdim=True) + TINY).sqrt()  # [n, 1], of whole columns
    return Cloud(columns, shadows / lengths, read[0] @ picture.new_tensor(DECORRELATE).T)


def _make_lens(
    tower: StyleTower, picture: Tensor, term: StyleTerm, generator: torch.Generator
) -> Lens:
    maps = _hypercolumn_maps(tower, picture)
    scales = tuple(_balance(features) if term.balanced else 1.0 for features in maps)
    whole = Lens(scales, None, term.edge)
    if sum(features.shape[1] for features in maps) <= term.channels:
        return whole
    places = _random_places(term.style_samples, generator)
    columns = _cloud(tower, whole, picture, places).columns  # [n, C]
    directions = columns / (columns.square().sum(1, keepdim=True) + TINY).sqrt()
    # Right singular vectors by way of the symmetric C x C product.
    _, vectors = torch.linalg.eigh((directions.T @ directions).double())
    return Lens(scales, vectors[:, -term.channels :].to(picture).contiguous(), term.edge)


def _balance(features: Tensor) -> float:
    """What makes the mean squared length of a map's columns 1."""
    return float((features.square().sum(1).mean() + TINY).rsqrt())


def _random_channels(count: int, most: int, generator: torch.Generator) -> Tensor:
    """[min(count, most)] of the channels, in order."""
    if count <= most:
        return torch.arange(count)
    return torch.randperm(count, generator=generator)[:most].sort().values


def _random_places(count: int, generator: torch.Generator) -> Tensor:
    """[1, count, 1, 2] anywhere in the picture [-1, 1]^2."""
    return 2 * torch.rand(1, count, 1, 2, generator=generator) - 1


def _at_edge(picture: Tensor, edge: int) -> Tensor:
    """[1, 3, H, W] with a longer side of `edge` px at most."""
    height, width = picture.shape[-2:]
    scale = min(1.0, edge / max(height, width))
    return area_resize(picture, max(1, round(height * scale)), max(1, round(width * scale)))
