"""The reference's gradient, which all others are tested against, and finite differences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.render import reference, render


@pytest.fixture(autouse=True)
def exact_areas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels that a polygon covers twice are not done again by samples: those have no slope."""
    monkeypatch.setattr(reference, "composite", partial(reference.composite, resolve=False))


SIZE = 16
STEP = 1e-6  # px: far above rounding in float64, and no border of a pixel lies that near
# With the plan held: central differences are right to STEP squared plus rounding over STEP.
HELD_TOLERANCE = 1e-5
# Planned anew at each end: the lengthening of normals by a twelfth of the squared turn is taken as
# a constant by the gradient, which costs it a hundredth on gentle curves.
# Wild fills, whose curves turn most, are the worst of these cases with 0.03.
PLANNED_TOLERANCE = 6e-2


def curve(random: np.random.Generator, count: int) -> np.ndarray:
    heading = random.uniform(0, 6.28) + np.cumsum(random.uniform(-0.7, 0.7, count))
    steps = random.uniform(1, 3, (count, 1)) * np.stack([np.cos(heading), np.sin(heading)], 1)
    return random.uniform(4, 12, 2) + np.cumsum(steps, 0)


def strokes(cap: Cap, join: Join, closed: bool = False) -> Callable[[], list[Path]]:
    def paths() -> list[Path]:
        random = np.random.default_rng([int(cap), int(join), int(closed)])
        return [
            Path(
                [Subpath(curve(random, 6 if closed else 7), closed)],
                Stroke(width, (*random.uniform(0, 1, 3), 0.7), cap, join, 4.0),
            )
            for width in (0.4, 2.3)
        ]

    return paths


def fills(rule: FillRule) -> Callable[[], list[Path]]:
    def paths() -> list[Path]:
        random = np.random.default_rng(int(rule))
        subpaths = [Subpath(random.uniform(1, 15, (9, 2)), True) for _ in range(2)]
        return [Path(subpaths, Stroke(1.2, (0.1, 0.6, 0.3, 0.5)), Fill((0.8, 0.3, 0.2, 0.6), rule))]

    return paths


def crossing_the_border() -> list[Path]:
    points = [[-6.2, 3.1], [3.3, -9.4], [12.7, 25.6], [22.1, 12.9]]
    return [Path([Subpath(points)], Stroke(3.1, (0.2, 0.3, 0.9, 1.0), Cap.SQUARE, Join.MITER))]


CASES = {
    **{f"{cap.name} {join.name}": strokes(cap, join) for cap in Cap for join in Join},
    **{f"closed {join.name}": strokes(Cap.BUTT, join, True) for join in Join},
    **{rule.name: fills(rule) for rule in FillRule},
    "crossing the border": crossing_the_border,
}


def loss_of(drawing: Drawing, background: Tensor | None) -> Tensor:
    picture = render(drawing, SIZE, SIZE, background, backend="reference")
    weight = np.random.default_rng(9).uniform(-1, 1, tuple(picture.shape))
    return (picture * torch.from_numpy(weight)).sum()


def gradient(drawing: Drawing, background: Tensor | None) -> Tensor:
    """Of points, widths and both colours, one after the other."""
    leaves = [t.clone().requires_grad_() for t in drawing.tensors()]
    loss_of(drawing.with_tensors(*leaves), background).backward()  # type: ignore[no-untyped-call]
    return torch.cat([leaf.grad.flatten() for leaf in leaves if leaf.grad is not None])


def differences(drawing: Drawing, background: Tensor | None, step: float) -> Tensor:
    """The same by central differences."""
    found = []
    for which, tensor in enumerate(drawing.tensors()):
        for i in range(tensor.numel()):
            up, down = (loss_of(moved_by(drawing, which, i, s * step), background) for s in (1, -1))
            found.append((up - down) / (2 * step))
    return torch.stack(found)


def moved_by(drawing: Drawing, which: int, i: int, amount: float) -> Drawing:
    """A drawing with one number of one of its tensors changed."""
    moved = [t.clone() for t in drawing.tensors()]
    moved[which].view(-1)[i] += amount
    return drawing.with_tensors(*moved)


def differences_within_plans(drawing: Drawing, step: float) -> Tensor:
    """`differences`, each with the largest step, up to four times halved, whose ends have one plan.

    Where a vertex more is planned, the picture jumps by a ten thousandth: that is no slope.
    """
    planned, found = kinds_planned(drawing), []
    for which, tensor in enumerate(drawing.tensors()):
        for i in range(tensor.numel()):
            for smaller in (step, step / 2, step / 4, step / 8, step / 16):
                ends = [moved_by(drawing, which, i, sign * smaller) for sign in (1, -1)]
                if all(kinds_planned(end) == planned for end in ends):
                    break
            up, down = (loss_of(end, None) for end in ends)
            found.append((up - down) / (2 * smaller))
    return torch.stack(found)


def kinds_planned(drawing: Drawing) -> bytes:
    """What kinds of vertices an outline has, in order."""
    batch = drawing.with_tensors(*(t[None] for t in drawing.tensors()))
    outline = reference.outline_of(reference.geometry_of(batch))
    kinds: bytes = outline.vertices["kind"].tobytes()
    return kinds


def relative(found: Tensor, truth: Tensor) -> float:
    return float((found - truth).norm() / truth.norm())


def held_plan(monkeypatch: pytest.MonkeyPatch, drawing: Drawing) -> None:
    """Makes the reference use the plan of this drawing whatever it is given."""
    batch = drawing.with_tensors(*(t[None] for t in drawing.tensors()))
    plan = reference.outline_of(reference.geometry_of(batch))
    monkeypatch.setattr(reference, "outline_of", lambda geometry: plan)


def drawing_of(name: str) -> Drawing:
    """In numbers that float32, in which outlines are planned, holds too."""
    drawing = Drawing.from_paths(CASES[name](), dtype=torch.float64)
    return drawing.with_tensors(*(t.float().double() for t in drawing.tensors()))


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_the_slope_of_the_picture(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    drawing = drawing_of(name)
    held_plan(monkeypatch, drawing)
    background = torch.tensor([1.0, 0.8, 0.9], dtype=torch.float64)
    found = gradient(drawing, background)
    assert relative(found, differences(drawing, background, STEP)) < HELD_TOLERANCE


@pytest.mark.parametrize("name", CASES)
def test_the_plan_hides_no_part_of_the_slope(name: str) -> None:
    # The step: many of float32's, in which the outline is planned.
    drawing = drawing_of(name)
    found = gradient(drawing, None)
    assert relative(found, differences_within_plans(drawing, 1e-3)) < PLANNED_TOLERANCE


def test_the_comparison_fails_on_a_gradient_with_one_wrong_entry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawing = drawing_of("ROUND ROUND")
    held_plan(monkeypatch, drawing)
    truth = differences(drawing, None, STEP)
    found = gradient(drawing, None)
    found[int(found.abs().argmax())] *= 1.001
    assert relative(found, truth) > HELD_TOLERANCE
