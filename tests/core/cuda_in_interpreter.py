"""The triton kernels, interpreted, against the reference; `test_render_cuda` runs this file.

It is a pytest run of its own, because triton reads TRITON_INTERPRET once, when it is imported.
Nothing here is specific to an interpreter: on a machine with a GPU `tests/gpu` runs the same.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from generated_drawings import Scene, batch_of, picture_and_gradients, scenes
from hypothesis import HealthCheck, given, settings
from test_render_agreement import disagreements
from test_render_robust import EXTREMES
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.render import cuda, render

generated = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def overlapping(seed: int, batch: int | None = None) -> Scene:
    """One to three strokes of every cap and join, and fills of both rules, over four tiles."""
    random = np.random.default_rng(seed)
    paths = []
    for i in range(1 + seed % 3):
        points = random.uniform(-2, 22, (4, 2)).astype(np.float32)
        opacity = 1.0 if i == 1 else 0.5
        stroke = Stroke(1.5, (*random.uniform(0, 1, 3), opacity), Cap(i), Join(i))
        fill = Fill((*random.uniform(0, 1, 3), opacity), FillRule(i % 2)) if i else None
        paths.append(Path([Subpath(points)], stroke, fill))
    drawing = Drawing.from_paths(paths, dtype=torch.float64)
    drawing = drawing.with_tensors(*(t.float().double() for t in drawing.tensors()))
    page = torch.rand(18, 21, 3, generator=torch.Generator().manual_seed(seed)).double()
    if batch:
        drawing = batch_of(drawing, batch, random)
    return Scene(drawing, 21, 18, page, seed)


def small_scene() -> Scene:
    """One path within one tile."""
    points = [[2.2, 3.1], [5.3, 9.2], [8.4, 0.7], [10.6, 7.3]]
    path = Path([Subpath(points)], Stroke(2.3, (0.9, 0.2, 0.1, 0.7)), Fill((0.2, 0.4, 0.9, 0.6)))
    drawing = Drawing.from_paths([path], dtype=torch.float64)
    return Scene(drawing, 12, 12, torch.tensor([1.0, 0.9, 0.8], dtype=torch.float64), 5)


@given(scene=scenes(smooth=True, largest=16, most_paths=1))
@generated
def test_generated_scenes(scene: Scene) -> None:
    assert disagreements(scene, "cuda") == {}


def test_overlapping_paths_over_several_tiles() -> None:
    assert disagreements(overlapping(3), "cuda") == {}


def test_a_batch_with_alpha() -> None:
    assert disagreements(replace(overlapping(3, 2), background=None), "cuda") == {}


def test_a_few_pairs_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = overlapping(3)
    at_once = picture_and_gradients(scene, "cuda", torch.float32)
    monkeypatch.setattr(cuda, "PAIRS_AT_ONCE", 3)
    in_groups = picture_and_gradients(scene, "cuda", torch.float32)
    assert torch.equal(at_once[0], in_groups[0])
    assert all(torch.equal(g, in_groups[1][name]) for name, g in at_once[1].items())


@pytest.mark.parametrize(
    "name",
    [
        "the same, as a fill",
        "one point, closed",
        "on the borders of pixels",
        "no subpath",
    ],
)
def test_extremes(name: str) -> None:
    drawing = Drawing.from_paths([EXTREMES[name]()], dtype=torch.float64)
    scene = Scene(drawing, 12, 12, torch.ones(3, dtype=torch.float64), 1)
    assert "picture" not in disagreements(scene, "cuda")


def test_an_empty_drawing() -> None:
    assert disagreements(Scene(Drawing.from_paths([]), 3, 2, None, 0), "cuda") == {}


def test_a_second_backward_gives_the_same_gradient() -> None:
    drawing = small_scene().drawing
    points = drawing.points.clone().requires_grad_()
    loss = render(drawing.with_tensors(points=points), 12, 12, backend="cuda").square().sum()
    (first,) = torch.autograd.grad(loss, points, retain_graph=True)
    (second,) = torch.autograd.grad(loss, points)
    assert torch.equal(first, second) and float(first.abs().max()) > 0


@pytest.mark.parametrize("name", ["points", "fill_colours"])
def test_the_comparison_fails_on_a_wrong_gradient(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    right = cuda.composite

    def wrong(drawing: Drawing, canvas: Tensor) -> Tensor:
        tensor = getattr(drawing, name)
        return right(replace(drawing, **{name: 1.01 * tensor - 0.01 * tensor.detach()}), canvas)

    monkeypatch.setattr(cuda, "composite", wrong)
    assert disagreements(small_scene(), "cuda").keys() == {name}


def test_the_comparison_fails_on_a_wrong_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    right = cuda.composite

    def wrong(drawing: Drawing, canvas: Tensor) -> Tensor:
        return right(drawing.with_tensors(points=drawing.points + 0.01), canvas)

    monkeypatch.setattr(cuda, "composite", wrong)
    assert "picture" in disagreements(small_scene(), "cuda")
