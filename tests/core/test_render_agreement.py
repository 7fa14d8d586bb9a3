"""Every backend against the reference: picture and gradients over generated drawings."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from generated_drawings import (
    Scene,
    difference,
    picture_and_gradients,
    relative_difference,
    scenes,
)
from hypothesis import HealthCheck, given, settings

from styleclipdraw_core.drawing import Drawing, Fill, Path, Stroke, Subpath

BACKENDS = ["cpu"]
# float32 vertices on a canvas of 24 px are off by 2e-6 px; times an edge's length, a few times.
PICTURE_TOLERANCE = 2e-4
# The same, where a pixel's edges are short: relative to the length of the whole gradient.
GRADIENT_TOLERANCE = 5e-3
# Gradients smaller than this, of sums over up to 600 pixels, are compared as if they were this big.
GRADIENT_FLOOR = 0.05

generated = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def disagreements(scene: Scene, backend: str) -> dict[str, float]:
    """What differs from the reference by how many times its tolerance, where it is more than once.

    The reference may be the one in float64 or the one in float32: where rounding decides on which
    side of a kink a pixel is, either gradient is right.
    """
    picture, gradients = picture_and_gradients(scene, backend, torch.float32)
    assert all(bool(torch.isfinite(g).all()) for g in gradients.values())
    found: dict[str, float] = {}
    for dtype in (torch.float64, torch.float32):
        truth, truth_gradients = picture_and_gradients(scene, "reference", dtype)
        assert picture.shape == truth.shape
        times = {"picture": difference(picture, truth) / PICTURE_TOLERANCE}
        for name, gradient in gradients.items():
            off = relative_difference(gradient, truth_gradients[name], GRADIENT_FLOOR)
            times[name] = off / GRADIENT_TOLERANCE
        found = {name: min(times[name], found.get(name, math.inf)) for name in times}
        if max(found.values()) <= 1:
            break
    return {name: times for name, times in found.items() if times > 1}


@pytest.mark.parametrize("backend", BACKENDS)
@given(scene=scenes(smooth=True))
@generated
def test_pictures_and_gradients_agree_with_the_reference(backend: str, scene: Scene) -> None:
    assert disagreements(scene, backend) == {}


@pytest.mark.parametrize("backend", BACKENDS)
@given(scene=scenes())
@generated
def test_pictures_of_everything_agree_with_the_reference(backend: str, scene: Scene) -> None:
    assert "picture" not in disagreements(scene, backend)


def known_scene() -> Scene:
    points = np.array([[3.2, 4.1], [6.3, 15.2], [12.4, 1.7], [17.6, 13.3]])
    path = Path([Subpath(points)], Stroke(2.3, (0.9, 0.2, 0.1, 0.7)), Fill((0.2, 0.4, 0.9, 0.6)))
    drawing = Drawing.from_paths([path], dtype=torch.float64)
    return Scene(drawing, 20, 18, torch.tensor([1.0, 0.9, 0.8], dtype=torch.float64), 5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_comparison_passes_on_a_known_scene(backend: str) -> None:
    assert disagreements(known_scene(), backend) == {}


@pytest.mark.parametrize(
    ("moved", "noticed"),
    [
        # a hundredth of a pixel
        (("points", 0.01), {"picture", "points"}),
        # a hundredth of a pixel of width
        (("widths", 0.01), {"picture"}),
        # one step of 8 bits
        (("stroke_colours", 1 / 255), {"picture"}),
        (("fill_colours", 1 / 255), {"picture"}),
    ],
)
def test_the_comparison_fails_on_a_slightly_wrong_backend(
    monkeypatch: pytest.MonkeyPatch, moved: tuple[str, float], noticed: set[str]
) -> None:
    cpu = importlib.import_module("styleclipdraw_core.render.cpu")
    right = cpu.composite
    name, amount = moved

    def wrong(drawing: Drawing, canvas: torch.Tensor) -> torch.Tensor:
        tensor = getattr(drawing, name) + amount
        result: torch.Tensor = right(replace(drawing, **{name: tensor}), canvas)
        return result

    monkeypatch.setattr(cpu, "composite", wrong)
    assert noticed <= disagreements(known_scene(), "cpu").keys()


@pytest.mark.parametrize("name", ["points", "widths", "stroke_colours", "fill_colours"])
def test_the_comparison_fails_on_a_gradient_that_is_off_by_a_hundredth(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    cpu = importlib.import_module("styleclipdraw_core.render.cpu")
    right = cpu.composite

    def wrong(drawing: Drawing, canvas: torch.Tensor) -> torch.Tensor:
        tensor = getattr(drawing, name)
        steeper = 1.01 * tensor - 0.01 * tensor.detach()
        result: torch.Tensor = right(replace(drawing, **{name: steeper}), canvas)
        return result

    monkeypatch.setattr(cpu, "composite", wrong)
    assert disagreements(known_scene(), "cpu").keys() == {name}
