"""The style guide: its distances against obvious formulas, and what it takes for the same style."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from styleclipdraw_core.errors import InputError, WeightsError
from styleclipdraw_core.guides import load_style_tower, style_guide
from styleclipdraw_core.guides.style import (
    colour_distances,
    cosine_distances,
    mean_of_lot,
    moments,
    remd,
)
from styleclipdraw_core.guides.towers import VGG16_STYLE_LAYERS, Vgg16
from styleclipdraw_core.presets import PRESETS, StyleTerm

EXACT = 1e-5  # float32 sums in another order, and the epsilon under a root
# What a style's columns have outside of the basis, and the lot of the covariance's channels.
SHORTENED = 0.03


class TinyTower:
    """Three random convolutions; counts how often it is asked."""

    name = "vgg16"  # so that its units are taken as they are
    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)

    def __init__(self, channels: int = 24) -> None:
        torch.manual_seed(0)
        self.first = nn.Conv2d(3, channels, 3, padding=1).requires_grad_(False)
        self.second = nn.Conv2d(channels, channels, 3, stride=2, padding=1).requires_grad_(False)
        self.calls = 0

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        self.calls += 1
        first = self.first(pictures).relu()
        return [first, self.second(first).relu()]


def stripes(period: int, turn: bool = False) -> Tensor:
    """[3, 48, 48]: blue and yellow bands."""
    band = (torch.arange(48) // period % 2).float()
    pattern = band[:, None].expand(48, 48) if turn else band[None].expand(48, 48)
    blue, yellow = torch.tensor([0.1, 0.2, 0.8]), torch.tensor([0.9, 0.8, 0.1])
    return blue[:, None, None] * pattern + yellow[:, None, None] * (1 - pattern)


def judge(style: Tensor, drawn: Tensor, term: StyleTerm | None = None, seed: int = 0) -> float:
    preset = replace(PRESETS["default"], style=term or PRESETS["default"].style)
    guide = style_guide(TinyTower(), style, 1.0, preset)
    return float(guide(drawn[None], generator=torch.Generator().manual_seed(seed)))


def test_remd_is_the_harder_of_both_ways() -> None:
    # Each row finds a 0, but the second column finds nothing nearer than 5.
    distances = torch.tensor([[0.0, 5.0], [0.0, 7.0], [0.0, 9.0]])
    assert float(remd(distances)) == 2.5
    assert float(remd(distances.T)) == 2.5


def test_cosine_distance_of_equal_opposite_and_zero_vectors() -> None:
    a = torch.tensor([[3.0, 0.0], [0.0, 0.0]], requires_grad=True)
    b = torch.tensor([[5.0, 0.0], [-1.0, 0.0], [0.0, 2.0]])
    distances = cosine_distances(a, b)
    assert torch.allclose(distances[0], torch.tensor([0.0, 2.0, 1.0]), atol=EXACT)
    distances.sum().backward()
    assert a.grad is not None and bool(torch.isfinite(a.grad).all())


def test_equal_colours_have_no_distance_and_a_finite_slope() -> None:
    colours = torch.tensor([[0.3, -0.1, 0.2], [0.0, 0.0, 0.0]], requires_grad=True)
    distances = colour_distances(colours, colours.detach())
    assert float(distances.detach()[0, 0]) == pytest.approx(0.0, abs=2e-3)  # root of the epsilon
    distances.sum().backward()
    assert colours.grad is not None and bool(torch.isfinite(colours.grad).all())


def test_moments_are_the_mean_and_the_covariance() -> None:
    samples = torch.rand(50, 4, dtype=torch.double)
    mean, covariance = moments(samples)
    assert torch.allclose(mean, samples.mean(0))
    assert torch.allclose(covariance, torch.cov(samples.T, correction=0))


def test_the_mean_of_a_matrix_is_estimated_without_bias() -> None:
    matrix = torch.rand(12, 12, dtype=torch.double) + 5 * torch.eye(12, dtype=torch.double)
    assert float(mean_of_lot(matrix, 12)) == pytest.approx(float(matrix.mean()))
    generator = torch.Generator().manual_seed(0)
    lots = [torch.randperm(12, generator=generator)[:4] for _ in range(3000)]
    estimate = torch.stack([mean_of_lot(matrix[lot][:, lot], 12) for lot in lots]).mean()
    assert float(estimate) == pytest.approx(float(matrix.mean()), rel=0.01)
    naive = torch.stack([matrix[lot][:, lot].mean() for lot in lots]).mean()
    assert float(naive) > 1.3 * float(matrix.mean())


def test_the_style_picture_itself_is_nearest() -> None:
    style = stripes(4)
    itself = judge(style, style, seed=1)
    # Other places are sampled: not zero, but nearer than anything else.
    assert itself < judge(style, stripes(4).roll(1, 0), seed=1)  # other colours
    assert itself < judge(style, stripes(12), seed=1)  # a coarser texture
    assert itself < judge(style, stripes(4, turn=True), seed=1)  # one that runs the other way


def test_moving_the_texture_about_makes_no_difference_worth_naming() -> None:
    style = stripes(4)
    assert judge(style, style.roll(2, 2)) == pytest.approx(judge(style, style), abs=0.03)


def test_the_style_picture_is_looked_at_once_a_job() -> None:
    tower = TinyTower()
    guide = style_guide(tower, stripes(4), 1.0, PRESETS["default"])
    before = tower.calls
    for _ in range(3):
        guide(torch.rand(1, 3, 48, 48), generator=torch.Generator().manual_seed(0))
    assert tower.calls == before + 3


def test_strength_is_a_factor_on_the_presets_weight() -> None:
    preset = PRESETS["styleclipdraw"]
    weights = [style_guide(TinyTower(), stripes(4), s, preset).weight for s in (1.0, 0.5)]
    assert weights == [preset.style_weight, 0.5 * preset.style_weight]


def test_the_published_weights_hold_for_any_tower_whatever_its_units() -> None:
    def verdict(scale: float) -> float:
        tower = TinyTower()
        tower.name = "tiny"
        for weights in (tower.first.weight, tower.first.bias, tower.second.bias):
            assert weights is not None
            weights.data.mul_(scale)
        guide = style_guide(tower, stripes(4), 1.0, PRESETS["styleclipdraw"])
        drawn = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(3))
        return float(guide(drawn, generator=torch.Generator().manual_seed(0)))

    assert verdict(100.0) == pytest.approx(verdict(1.0), rel=1e-3)
    assert 0.1 < verdict(1.0) < 3.0  # as much as the words: cosines


def test_shortened_hypercolumns_judge_as_whole_ones_do() -> None:
    short = StyleTerm(channels=48, moment_channels=48)
    whole = StyleTerm(channels=10_000, moment_channels=10_000)
    tower_channels = 120  # 243 with the pixels: both shortenings are at work
    verdicts = []
    for term in (short, whole):
        preset = replace(PRESETS["default"], style=term)
        guide = style_guide(TinyTower(tower_channels), stripes(4), 1.0, preset)
        verdicts.append(
            [
                float(guide(drawn[None], generator=torch.Generator().manual_seed(0)))
                for drawn in (stripes(4), stripes(12), torch.rand(3, 48, 48))
            ]
        )
    for a, b in zip(*verdicts, strict=True):
        assert a == pytest.approx(b, abs=SHORTENED)
    assert verdicts[0] == sorted(verdicts[0]) and verdicts[1] == sorted(verdicts[1])


def test_the_gradient_goes_to_the_picture() -> None:
    guide = style_guide(TinyTower(), stripes(4), 1.0, PRESETS["default"])
    picture = torch.full((1, 3, 30, 50), 0.5, requires_grad=True)  # flat: where norms vanish
    guide(picture, generator=torch.Generator().manual_seed(0)).backward()
    assert picture.grad is not None
    assert bool(torch.isfinite(picture.grad).all()) and float(picture.grad.abs().sum()) > 0


def test_a_few_steps_in_the_picture_bring_the_style_nearer() -> None:
    guide = style_guide(TinyTower(), stripes(4), 1.0, PRESETS["default"])
    picture = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(2)).requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=0.05)
    generator = torch.Generator().manual_seed(0)
    losses = []
    for _ in range(25):
        loss = guide(picture, generator=generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]


def random_vgg_state() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {f"features.{name}": w * 0 + 0.01 for name, w in Vgg16().features.state_dict().items()}


def test_vgg_takes_torchvisions_names_and_says_what_is_missing() -> None:
    state = random_vgg_state()
    tower = Vgg16.from_state({**state, "classifier.0.weight": torch.zeros(1)})
    assert all(bool((w == 0.01).all()) for w in tower.features.state_dict().values())
    del state["features.28.bias"]
    with pytest.raises(WeightsError, match="features.28.bias"):
        Vgg16.from_state(state)
    state["features.28.bias"] = torch.zeros(3)
    with pytest.raises(WeightsError, match="features.28.bias"):
        Vgg16.from_state(state)


def test_vgg_gives_the_nine_published_layers() -> None:
    maps = Vgg16().feature_maps(torch.rand(1, 3, 32, 32))
    assert [m.shape[1] for m in maps] == [64, 64, 128, 128, 256, 256, 256, 512, 512]
    assert [m.shape[2] for m in maps] == [32, 32, 16, 16, 8, 8, 8, 4, 2]
    assert sum(m.shape[1] for m in maps) + 3 == 2179
    assert all(float(m.min()) >= 0 for m in maps)  # every index is a ReLU's
    assert len(VGG16_STYLE_LAYERS) == 9


def test_vgg_is_torchvisions() -> None:
    try:
        from torchvision.models import vgg16
    except Exception as error:
        pytest.skip(f"torchvision cannot be imported here: {error}")
    theirs = vgg16(weights=None).eval()
    ours = Vgg16.from_state(theirs.state_dict())
    picture = torch.rand(1, 3, 64, 64)
    expected = theirs.features[: VGG16_STYLE_LAYERS[-1] + 1](picture)
    assert torch.allclose(ours.feature_maps(picture)[-1], expected, atol=1e-4)


def test_an_unknown_style_judge_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        load_style_tower("vgg99")
    assert "vgg99" in str(caught.value) and "vgg16" in caught.value.next_step
