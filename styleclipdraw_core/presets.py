"""The ways of drawing, one row each: every number the loop, the guides and the strokes go by.

Lengths are working pixels: the canvas scaled so that its longer side has `Preset.edge` of them,
which is how the published figures (for 224 px) hold for a canvas of any size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from torch import Tensor


WIDEST = 3.0  # times as wide as in the table, strokes become at most to cover a page


@dataclass(frozen=True)
class Rates:
    """Learning rates per step: control points and stroke widths in px, colours in [0, 1]."""

    points: float
    widths: float
    colours: float
    optimiser: Literal["adam", "rmsprop"] = "adam"


@dataclass(frozen=True)
class Start:
    """What a new stroke looks like before the first step."""

    segments: tuple[int, int] = (1, 1)  # fewest and most cubic segments
    spread: float = 0.0  # deviation from the middle, share of the region; 0: anywhere in it
    reach: float = 0.1  # each control point lies at most half of this from the one before
    width: tuple[float, float] = (1.0, 1.0)  # px
    opacity: tuple[float, float] = (0.0, 1.0)
    style_colours: bool = False  # colours of the style picture instead of any
    visible: float = 1.0  # share of the strokes; the others wait, transparent, to be recycled


@dataclass(frozen=True)
class Views:
    """How CLIP looks at the picture: several at once, each cropped and tilted by chance."""

    count: int = 4
    whole: float = 0.0  # share of views that show the whole canvas, not a crop of it
    scale: tuple[float, float] = (0.7, 0.9)  # area of a crop, share of the canvas
    distortion: float = 0.5  # how far a corner may be pulled in, share of half the side
    turn: float = 0.0  # radians to either side, for whole views
    noise: float = 0.0  # deviation of pixel noise
    normalise: bool = True


@dataclass(frozen=True)
class StyleTerm:
    """What the style judge compares, and how much of it."""

    style_samples: int = 1000
    drawing_samples: int = 1024
    channels: int = 2179  # for REMD, longer hypercolumns are projected to so many
    moment_channels: int = 2179  # for the covariance, so many are drawn by lot in every step
    remd: float = 0.5
    moments: float = 0.5
    palette: float = 0.5
    edge: int = 224  # px of the longer side at which both pictures are compared
    balanced: bool = False  # every layer counts the same, whatever its units; moments relatively


@dataclass(frozen=True)
class SketchTerm:
    """How new strokes are held to what the model imagines, where it can imagine anything."""

    weight: float
    masked: bool = False  # only where something is meant to be: the style has the rest of the page
    late: float = 1.0  # what it counts at the end, beside what it counts until `EASED_FROM`
    words: float = 1.0  # what CLIP's weight is multiplied by where there is a sketch

    EASED_FROM: ClassVar[float] = 0.4  # share of the run

    def factor(self, progress: float) -> float:
        """What the weight is multiplied by at that share of the run."""
        eased = max(0.0, (progress - self.EASED_FROM) / (1 - self.EASED_FROM))
        return 1 + (self.late - 1) * eased


@dataclass(frozen=True)
class Recycling:
    """Strokes that have become useless start anew where the picture still wants to change."""

    every: int  # steps
    until: float  # share of the run
    opacity: float  # below this a stroke is useless
    length: float  # px; below this too
    width_late: tuple[float, float]  # px; what a stroke begun at `until` has
    share: float = 0.25  # of all strokes, at most, in one go


@dataclass(frozen=True)
class Faithful:
    """How near someone's own paths stay to what was drawn."""

    reach: float  # working px that a control point may go from where it was
    width: float  # factor by which a stroke may become wider or thinner
    pace: float  # of points and widths, beside that of new strokes


@dataclass(frozen=True)
class Preset:
    """One way of drawing."""

    name: str
    iterations: int
    rates: Rates
    schedule: Literal["constant", "steps", "cosine"]
    width_limits: tuple[float, float] = (1.0, 50.0)
    covers: int | None = None  # so many strokes of such widths cover the page; fewer are wider
    points_margin: float | None = None  # px beyond the canvas a control point may go
    faithful: Faithful | None = None  # to paths that were there before; None: they move as new ones
    edge: int = 224  # working px of the canvas's longer side
    start: Start = field(default_factory=Start)
    views: Views = field(default_factory=Views)
    clean_direction: bool = False  # draw toward the model's `text_direction`, not the bare text
    clip_weight: float = 1.0
    style_weight: float = 1.0
    late_clip: tuple[float, float] = (1.0, 1.0)  # from this share of the run CLIP counts so much
    style: StyleTerm = field(default_factory=StyleTerm)
    sketch: SketchTerm | None = None
    style_rates: Rates | None = None  # style steps of their own, alternating with CLIP's
    style_every: int = 0  # one round of them after so many steps, and after the last
    style_round: int = 0  # steps in a round
    recycling: Recycling | None = None
    opaque_late: float = 0.0  # how strongly the second half pushes strokes to be opaque or gone
    clean_page: float = 0.0  # what paint costs where it is not the page's colour
    least_ink: float = 0.0  # px of one colour at working size; a new stroke that adds less goes

    def for_strokes(self, count: int) -> Preset:
        """With widths and lengths for so many new strokes, if they are to cover the page."""
        if self.covers is None or count == 0:
            return self
        scale = min(WIDEST, max(1.0, math.sqrt(self.covers / count)))
        low, high = self.start.width
        start = replace(
            self.start, width=(low * scale, high * scale), reach=self.start.reach * scale
        )
        thinnest, widest = self.width_limits
        return replace(self, start=start, width_limits=(thinnest, widest * scale))

    def rate(self, progress: float) -> tuple[float, float]:
        """What the rates of the points and of the rest are multiplied by at that share of the run.

        ``steps`` is CLIPDraw's: only the points' rate falls, to 0.4 at half and to 0.1 at three
        quarters.
        """
        if self.schedule == "steps":
            return (1.0 if progress < 0.5 else 0.4 if progress < 0.75 else 0.1), 1.0
        if self.schedule == "cosine":
            factor = 0.1 + 0.45 * (1 + math.cos(math.pi * progress))
            return factor, factor
        return 1.0, 1.0

    def factor(self, guide: str, progress: float) -> float:
        """What that guide's weight is multiplied by at that share of the run."""
        if guide == "sketch" and self.sketch is not None:
            return self.sketch.factor(progress)
        start, factor = self.late_clip
        return factor if guide == "clip" and progress >= start else 1.0

    def turns(self, index: int, total: int, guides: Sequence[str]) -> list[tuple[str, list[str]]]:
        """The descents of step `index`: which rates each goes by, and which guides judge it."""
        rest = [name for name in guides if name != "style"]
        if self.style_rates is None or "style" not in guides or not rest:
            return [("all", list(guides))]
        due = index % self.style_every == 0 or index == total
        return [("all", rest)] + [("style", ["style"])] * (self.style_round if due else 0)

    def untidiness(
        self, opacities: Tensor, picture: Tensor, page: Tensor, progress: float
    ) -> Tensor:
        """What is held against strokes that are half there and against paint that nothing asks for.

        opacities [n] of the new strokes, picture [1, h, w, 3], page [3] or [h, w, 3].
        """
        total = picture.new_zeros(())
        if self.opaque_late > 0 and progress > 0.5 and len(opacities) > 0:
            half_there = (opacities * (1 - opacities)).mean()
            total = total + self.opaque_late * (2 * progress - 1) * half_there
        if self.clean_page > 0:
            total = total + self.clean_page * (picture - page).abs().mean()
        return total

    def recycles(self, index: int, total: int) -> bool:
        """Whether useless strokes begin anew after step `index`."""
        plan = self.recycling
        return plan is not None and index % plan.every == 0 and index <= plan.until * total


_CLIPDRAW = Rates(points=1.0, widths=0.1, colours=0.01)
_CLIPDRAW_START = Start(segments=(1, 2))
# The published samples of hypercolumns that are shortened: docs/quality.md has what it changes.
_SHORT = StyleTerm(channels=256, moment_channels=512)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        # Frans et al. 2021, with the CLIP normalisation that its notebook leaves out and asks for.
        Preset(
            name="clipdraw",
            iterations=1000,
            rates=_CLIPDRAW,
            schedule="steps",
            start=_CLIPDRAW_START,
            clip_weight=4.0,  # the sum over its four views
        ),
        # Schaldenbrand et al. 2022, the notebook's fast schedule, without its early exit.
        Preset(
            name="styleclipdraw",
            iterations=500,
            rates=Rates(points=0.3, widths=0.3, colours=0.03, optimiser="rmsprop"),
            schedule="constant",
            start=_CLIPDRAW_START,
            late_clip=(0.8, 0.1),
            style=_SHORT,
        ),
        # The same paper's slow schedule: CLIPDraw, and after every fifth step fifty for the style.
        Preset(
            name="styleclipdraw-alternating",
            iterations=1000,
            rates=_CLIPDRAW,
            schedule="steps",
            start=_CLIPDRAW_START,
            clip_weight=4.0,
            style=_SHORT,
            style_rates=Rates(points=0.1, widths=0.1, colours=0.01, optimiser="rmsprop"),
            style_every=5,
            style_round=50,
        ),
        # Ours: coarse to fine, near the middle first, useless strokes recycled.
        Preset(
            name="default",
            iterations=200,
            rates=Rates(points=3.0, widths=0.9, colours=0.02),
            schedule="cosine",
            width_limits=(1.2, 32.0),
            points_margin=12.0,
            faithful=Faithful(reach=16.0, width=2.0, pace=0.35),
            start=Start(
                spread=0.18,
                reach=0.25,
                width=(7.0, 20.0),
                opacity=(0.85, 1.0),
                visible=0.5,
            ),
            views=Views(
                count=8, whole=1.0, scale=(0.75, 1.0), distortion=0.0, turn=0.2, noise=0.08
            ),
            clean_direction=True,
            sketch=SketchTerm(weight=8.0, late=0.5),
            recycling=Recycling(
                every=15, until=0.8, opacity=0.1, length=4.0, width_late=(1.5, 5.0)
            ),
            opaque_late=0.3,
            clean_page=0.6,
            least_ink=5.0,
        ),
    )
}

_DEFAULT = PRESETS["default"]
# With a style picture: finer strokes over the whole page in the style's own colours: the marks
# are the texture. And paint costs nothing, since most styles cover the page.
_STYLED_DEFAULT = replace(
    _DEFAULT,
    iterations=180,
    rates=Rates(points=3.0, widths=0.9, colours=0.04),
    width_limits=(1.2, 10.0),
    covers=200,
    start=Start(
        reach=0.18,
        width=(3.0, 9.0),
        opacity=(0.8, 1.0),
        style_colours=True,
        visible=0.6,
    ),
    clean_page=0.0,
    sketch=SketchTerm(weight=5.0, masked=True, words=0.15),
    style_weight=0.5,
    style=StyleTerm(
        style_samples=800,
        drawing_samples=400,
        channels=128,
        moment_channels=128,
        remd=1.0,
        moments=0.3,
        palette=1.0,
        edge=112,
        balanced=True,
    ),
)


def preset_for(name: str, *, styled: bool) -> Preset:
    """The row of that name, as it is for drawings with (`styled`) or without a style picture."""
    return _STYLED_DEFAULT if styled and name == "default" else PRESETS[name]
