"""The renderer for GPUs on a real one, against the reference on the processor."""

from __future__ import annotations

import pytest
import torch
from generated_drawings import Scene, picture_and_gradients, scenes
from hypothesis import given
from test_render_agreement import disagreements, generated
from test_render_robust import backward, same, some_drawing

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA GPU"),
]


@given(scene=scenes(smooth=True))
@generated
def test_pictures_and_gradients_agree_with_the_reference(scene: Scene) -> None:
    assert disagreements(scene, "cuda") == {}


@given(scene=scenes())
@generated
def test_everything_has_finite_gradients_where_the_drawing_lies(scene: Scene) -> None:
    _, gradients = picture_and_gradients(scene, "cuda", torch.float32, "cuda")
    assert all(bool(torch.isfinite(g).all()) for g in gradients.values())


def test_same_bits_every_time() -> None:
    drawing = some_drawing(200, 96)
    first = backward(drawing, 96, 96, torch.ones(3), "cuda")
    for _ in range(5):
        assert same(first, backward(drawing, 96, 96, torch.ones(3), "cuda"))
