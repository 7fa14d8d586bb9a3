"""The views that CLIP judges: where they look, what they read, and that gradients come back."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from styleclipdraw_core.augment import random_views, warp
from styleclipdraw_core.presets import PRESETS, Views
from styleclipdraw_core.sampling import _OrderedBilinear, area_resize, bilinear

HALF = (0.5, 0.5, 0.5)
PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
EXACT = 1e-5  # rounding of float32 coordinates; nothing else may differ
WHOLE = Views(count=1, whole=1.0, scale=(1.0, 1.0), distortion=0.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def picture(height: int, width: int) -> Tensor:
    return torch.rand(1, 3, height, width, generator=generator(1))


def see(pixels: Tensor, views: Views, resolution: int, seed: int = 0) -> Tensor:
    matrices = random_views(views, *pixels.shape[-2:], generator(seed))
    return warp(pixels, matrices, resolution, mean=PLAIN[0], std=PLAIN[1])


def test_the_whole_square_canvas_is_seen_as_it_is() -> None:
    pixels = picture(24, 24)
    assert torch.allclose(see(pixels, WHOLE, 24), pixels, atol=EXACT)


def test_that_comparison_can_fail() -> None:
    pixels = picture(24, 24)
    assert not torch.allclose(see(pixels, WHOLE, 24), pixels.roll(1, 3), atol=EXACT)


def test_the_normalisation_is_the_models() -> None:
    pixels, mean, std = picture(16, 16), (0.1, 0.2, 0.3), (0.4, 0.5, 0.6)
    matrices = random_views(WHOLE, 16, 16, generator())
    seen = warp(pixels, matrices, 16, mean=mean, std=std)
    expected = (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    assert torch.allclose(seen, expected, atol=EXACT)


@pytest.mark.parametrize(
    ("height", "width", "page_rows", "page_columns"),
    [
        (16, 32, slice(0, 8), slice(None)),  # wide: page above (and below)
        (32, 16, slice(None), slice(0, 8)),  # tall: page to the left (and right)
    ],
)
def test_a_canvas_that_is_not_square_is_letterboxed_not_stretched(
    height: int, width: int, page_rows: slice, page_columns: slice
) -> None:
    seen = see(torch.zeros(1, 3, height, width), WHOLE, 32)[0]
    assert torch.allclose(seen[:, page_rows, page_columns], torch.tensor(1.0))
    assert float(seen.mean()) == pytest.approx(0.5, abs=0.01)


def test_the_page_around_the_picture_has_the_fill_colour() -> None:
    matrices = random_views(WHOLE, 8, 16, generator())
    fill = torch.tensor([0.2, 0.4, 0.6])
    seen = warp(torch.zeros(1, 3, 8, 16), matrices, 16, mean=HALF, std=HALF, fill=fill)
    assert torch.allclose(seen[0, :, 0, 0], (fill - 0.5) / 0.5, atol=EXACT)


def test_a_crop_without_perspective_sees_nothing_but_the_picture() -> None:
    crops = Views(count=64, scale=(0.3, 0.9), distortion=0.0)
    seen = see(torch.zeros(1, 3, 32, 32), crops, 16)
    # Bilinear reading half a pixel from the border mixes in at most half of the page.
    assert float(seen[:, :, 1:-1, 1:-1].max()) < EXACT


def test_perspective_pulls_corners_inward_by_the_published_figure_at_most() -> None:
    tilted = Views(count=200, scale=(1.0, 1.0), distortion=0.5)
    matrices = random_views(tilted, 20, 20, generator())
    inverse = torch.linalg.inv(matrices)
    corners = torch.tensor([[-1.0, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]])
    seen = torch.einsum("nij,kj->nki", inverse, corners)
    places = seen[..., :2] / seen[..., 2:]  # where the picture's corners are in the view
    assert float(places.abs().max()) <= 1 + 1e-3
    assert float(places.abs().min()) >= 0.5 - 1e-3
    assert float(places.abs().min()) < 0.55  # and it is used


def test_the_same_seed_gives_the_same_views() -> None:
    views = PRESETS["default"].views
    assert torch.equal(see(picture(40, 30), views, 24), see(picture(40, 30), views, 24))
    assert not torch.equal(see(picture(40, 30), views, 24), see(picture(40, 30), views, 24, 1))


def test_the_gradient_of_a_view_is_right() -> None:
    matrices = random_views(Views(count=2), 6, 5, generator()).double()
    pixels = picture(6, 5).double().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda p: warp(p, matrices, 7, mean=HALF, std=HALF), (pixels,), atol=1e-6
    )


def test_a_fine_pattern_is_averaged_when_it_is_seen_small() -> None:
    # One black and one white column in turn: skipping pixels would give 0 or 1.
    stripes = (torch.arange(64) % 2).float().expand(1, 3, 64, 64)
    seen = see(stripes, WHOLE, 16)
    assert float((seen - 0.5).abs().max()) < 0.15


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    resolution=st.integers(1, 48),
    seed=st.integers(0, 2**31),
    preset=st.sampled_from(sorted(PRESETS)),
)
def test_any_canvas_gives_finite_views_of_the_towers_size(
    height: int, width: int, resolution: int, seed: int, preset: str
) -> None:
    views = PRESETS[preset].views
    seen = see(picture(height, width), views, resolution, seed)
    assert seen.shape == (views.count, 3, resolution, resolution)
    assert bool(torch.isfinite(seen).all())
    assert float(seen.min()) >= -1e-4 and float(seen.max()) <= 1 + 1e-4


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ((12, 8), (3, 4)),  # whole blocks
        ((8, 8), (8, 8)),  # nothing to do
    ],
)
def test_area_resize_is_the_mean_of_whole_blocks(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    pixels = picture(*source)
    expected = F.adaptive_avg_pool2d(pixels, target)
    assert torch.allclose(area_resize(pixels, *target), expected, atol=EXACT)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_area_resize_keeps_the_mean(height: int, width: int, rows: int, columns: int) -> None:
    pixels = picture(height, width)
    assert float(area_resize(pixels, rows, columns).mean()) == pytest.approx(
        float(pixels.mean()), abs=1e-4
    )


def test_the_ordered_backward_pass_is_grid_samples_own() -> None:
    pixels = torch.rand(2, 3, 5, 7, dtype=torch.double, requires_grad=True)
    # Beyond the border on purpose: half-outside places are where such code goes wrong.
    places = 2.6 * torch.rand(2, 4, 6, 2, dtype=torch.double, generator=generator(3)) - 1.3
    weights = torch.rand(2, 3, 4, 6, dtype=torch.double, generator=generator(4))
    (expected,) = torch.autograd.grad((bilinear(pixels, places) * weights).sum(), pixels)
    (got,) = torch.autograd.grad((_OrderedBilinear.apply(pixels, places) * weights).sum(), pixels)
    assert torch.allclose(got, expected, atol=1e-12)
    assert not torch.allclose(got, expected.roll(1, 3), atol=1e-12)
