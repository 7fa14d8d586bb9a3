"""The sketch guide: how near the picture comes to what the model imagines when it reads the words.

CLIP says what a picture shows but little of where its parts belong: without this, a face has its
features somewhere. Hides at what sizes the two are compared, and where.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from styleclipdraw_core.presets import SketchTerm
from styleclipdraw_core.sampling import area_resize
from styleclipdraw_core.sketch import Sketch, page_behind

COARSE = 4  # sketch px; a part that is near its place is better than one that is far from it
LARGEST = 224  # px of the longer side at which a sketch in a small frame is compared


@dataclass(frozen=True)
class SketchGuide:
    """Mean absolute difference from the sketch in [0, 1], at two sizes; 0 for the sketch itself."""

    target: Tensor  # [3, h, w]: the sketch on the page
    counts: Tensor  # [1, h, w]: what a difference at that place counts
    weight: float
    name: str = "sketch"
    higher_is_better: bool = False

    def __call__(
        self, pictures: Tensor, *, generator: torch.Generator, progress: float = 0.0
    ) -> Tensor:
        error = (area_resize(pictures, *self.target.shape[-2:]) - self.target) * self.counts
        rows, columns = (max(1, side // COARSE) for side in error.shape[-2:])
        coarse = area_resize(error, rows, columns)
        return (error.abs().mean() + coarse.abs().mean()) / 2


def sketch_guide(
    sketch: Sketch, page: Tensor, canvas: tuple[int, int], term: SketchTerm
) -> SketchGuide:
    """A guide toward the sketch on the page, a colour [3] or a picture [H, W, 3] in [0, 1].

    canvas: width and height, px.
    """
    detail = sketch.picture.shape[2] / sketch.place[2] * max(canvas)  # px, for the sketch's own
    scale = min(LARGEST, detail) / max(canvas)
    size = (max(1, round(canvas[1] * scale)), max(1, round(canvas[0] * scale)))
    seen = sketch.on_canvas(canvas, size).to(page)  # [4, *size]
    alpha = seen[3:]
    counts = alpha if term.masked else torch.ones_like(alpha)
    return SketchGuide(seen[:3] + (1 - alpha) * page_behind(page, size), counts, term.weight)
