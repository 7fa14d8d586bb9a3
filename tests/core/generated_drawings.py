"""Generated scenes for the renderer's tests: hypothesis picks what is in them, a seed the numbers.

Numbers come from a seeded generator and not from hypothesis, which loves integers: on a pixel's
border the coverage has a kink, and a gradient there is one of two right answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.render import render

Random = np.random.Generator
TensorNames = ("points", "widths", "stroke_colours", "fill_colours")


@dataclass(frozen=True)
class Scene:
    """A drawing, a canvas, and the slope of a loss in the picture's pixels."""

    drawing: Drawing  # float64, every number one that float32 holds too
    width: int
    height: int
    background: Tensor | None  # [3], [H, W, 3], [B, H, W, 3] or none
    seed: int

    @property
    def weight(self) -> Tensor:
        """[B, H, W, 3 or 4], the loss is the sum of picture times weight."""
        batch = self.drawing.points.shape[0] if self.drawing.batched else 1
        shape = (batch, self.height, self.width, 4 if self.background is None else 3)
        return torch.from_numpy(np.random.default_rng(self.seed).uniform(-1, 1, shape))


def _wild(random: Random, count: int) -> np.ndarray:
    return random.uniform(-0.25, 1.25, (count, 2))


def _gentle(random: Random, count: int) -> np.ndarray:
    """Control points that go on in about the same direction."""
    heading = random.uniform(0, 2 * np.pi) + np.cumsum(random.uniform(-0.6, 0.6, count))
    steps = random.uniform(0.08, 0.2, (count, 1)) * np.stack([np.cos(heading), np.sin(heading)], 1)
    return random.uniform(0.2, 0.8, 2) + np.cumsum(steps, 0)


def _evenly_spaced_on_a_line(random: Random, count: int) -> np.ndarray:
    """Every third derivative is zero; the case that other renderers drop."""
    start, end = random.uniform(-0.1, 1.1, (2, 2))
    return start + np.linspace(0, 1, count)[:, None] * (end - start)


def _back_and_forth(random: Random, count: int) -> np.ndarray:
    """On one line, turning back within the segment."""
    start, end = random.uniform(0.1, 0.9, (2, 2))
    return start + random.uniform(0, 1, (count, 1)) * (end - start)


def _all_in_one_point(random: Random, count: int) -> np.ndarray:
    return np.repeat(random.uniform(0, 1, (1, 2)), count, 0)


def _ends_doubled(random: Random, count: int) -> np.ndarray:
    """No derivative at the joints: each handle lies on its node."""
    points = random.uniform(0, 1, (count, 2))
    points[1::3] = points[0::3][: len(points[1::3])]
    return points


def _far_away(random: Random, count: int) -> np.ndarray:
    return random.uniform(-40, 40, (count, 2))


CURVES: dict[str, Callable[[Random, int], np.ndarray]] = {
    "wild": _wild,
    "gentle": _gentle,
    "evenly spaced on a line": _evenly_spaced_on_a_line,
    "back and forth": _back_and_forth,
    "all in one point": _all_in_one_point,
    "ends doubled": _ends_doubled,
    "far away": _far_away,
}
WIDTHS = {"none": (0.0, 0.0), "hair": (0.05, 0.6), "thin": (0.6, 2.0), "thick": (2.0, 12.0)}
OPACITIES = {"none": 0.0, "some": 0.4, "full": 1.0}


# Curves that enclose nothing: as fills their coverage is the kink of |area| at 0, all over.
FLAT = ("evenly spaced on a line", "back and forth", "all in one point")


@st.composite
def paths(draw: st.DrawFn, random: Random, size: int, smooth: bool) -> Path:
    painted = draw(st.sampled_from(["stroke", "fill", "both"]))
    curves = [name for name in CURVES if not (smooth and painted != "stroke" and name in FLAT)]
    widths = [name for name in WIDTHS if not (smooth and name == "none")]
    subpaths = []
    for _ in range(draw(st.integers(1, 3))):
        segments, closed = draw(st.integers(1, 3)), draw(st.booleans())
        if smooth and closed:
            segments += 1  # one closed segment with doubled ends encloses nothing either
        points = CURVES[draw(st.sampled_from(curves))](random, 3 * segments + (not closed))
        subpaths.append(Subpath((size * points).astype(np.float32), closed))

    def colour() -> list[float]:
        opacity = OPACITIES[draw(st.sampled_from(list(OPACITIES)))]
        return [*random.uniform(0, 1, 3).astype(np.float32).tolist(), float(np.float32(opacity))]

    stroke = Stroke(
        float(np.float32(random.uniform(*WIDTHS[draw(st.sampled_from(widths))]))),
        colour(),
        draw(st.sampled_from(Cap)),
        draw(st.sampled_from(Join)),
        draw(st.sampled_from([1.0, 1.5, 4.0, 20.0])),
    )
    return Path(
        subpaths,
        stroke if painted != "fill" else None,
        Fill(colour(), draw(st.sampled_from(FillRule))) if painted != "stroke" else None,
    )


@st.composite
def scenes(
    draw: st.DrawFn,
    *,
    largest: int = 24,
    most_paths: int = 4,
    smooth: bool = False,
) -> Scene:
    """Scenes of everything; only such whose gradient is defined when ``smooth``."""
    seed = draw(st.integers(0, 2**31 - 1))
    random = np.random.default_rng(seed)
    width, height = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    one = Drawing.from_paths(
        [
            draw(paths(random, max(width, height), smooth))
            for _ in range(draw(st.integers(0, most_paths)))
        ],
        dtype=torch.float64,
    )
    batch = draw(st.sampled_from([None, 1, 2]))
    drawing = one if batch is None else batch_of(one, batch, random)
    kind = draw(st.sampled_from(["none", "colour", "picture", "pictures"]))
    shapes = {
        "none": None,
        "colour": (3,),
        "picture": (height, width, 3),
        "pictures": (batch or 1, height, width, 3),
    }
    shape = shapes[kind]
    background = (
        None
        if shape is None
        else torch.from_numpy(random.uniform(0, 1, shape).astype(np.float32).astype(np.float64))
    )
    return Scene(drawing, width, height, background, seed)


def batch_of(one: Drawing, count: int, random: Random) -> Drawing:
    """[count, ...] drawings: the first as it is, the others with their points shaken."""
    shaken = [one.points]
    for _ in range(1, count):
        noise = torch.from_numpy(random.uniform(-1, 1, tuple(one.points.shape)))
        shaken.append((one.points + noise).float().double())
    return one.with_tensors(
        torch.stack(shaken), *(t.expand(count, *t.shape).clone() for t in one.tensors()[1:])
    )


def picture_and_gradients(
    scene: Scene, backend: str, dtype: torch.dtype, device: str = "cpu"
) -> tuple[Tensor, dict[str, Tensor]]:
    """The picture, and the gradients of sum(picture * weight) by tensor name, all float64."""
    leaves = [t.to(device, dtype, copy=True).requires_grad_() for t in scene.drawing.tensors()]
    background = None
    if scene.background is not None:
        background = scene.background.to(device, dtype, copy=True).requires_grad_()
    picture = render(
        scene.drawing.with_tensors(*leaves),
        scene.width, scene.height, background, backend=backend,
    )  # fmt: skip
    (picture * scene.weight.to(picture)).sum().backward()  # type: ignore[no-untyped-call]
    named = dict(zip(TensorNames, leaves, strict=True))
    if background is not None:
        named["background"] = background
    gradients = {}
    for name, leaf in named.items():
        assert leaf.grad is not None, name
        gradients[name] = leaf.grad.detach().double().cpu()
    return picture.detach().double().cpu(), gradients


def difference(a: Tensor, b: Tensor) -> float:
    """The largest difference between two pictures."""
    return float((a - b).abs().max()) if a.numel() else 0.0


def relative_difference(gradient: Tensor, truth: Tensor, floor: float) -> float:
    """|gradient - truth| over |truth|, or over ``floor`` where that is larger."""
    return float((gradient - truth).norm() / truth.norm().clamp_min(floor))
