"""What `bench iteration` measures, with judges that cost nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from fake_judges import FakeClip
from torch import Tensor

from styleclipdraw_core import bench_iteration
from styleclipdraw_core.presets import PRESETS, Preset, preset_for


class FlatTower:
    """The picture's own mean as the only feature; counts how often it is asked."""

    name = "flat"
    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)
    looks = 0

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        FlatTower.looks += 1
        return [torch.nn.functional.avg_pool2d(pictures, 8)]


def small_preset(name: str, *, styled: bool) -> Preset:
    """With few samples, and style rounds of three steps where it has any."""
    preset = preset_for(name, styled=styled)
    few = replace(preset.style, style_samples=40, drawing_samples=40)
    return replace(preset, style=few, style_round=3 if preset.style_round else 0)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_iteration, "RandomClip", FakeClip)
    monkeypatch.setattr(bench_iteration, "Vgg16", FlatTower)
    monkeypatch.setattr(bench_iteration, "STROKES", 4)
    monkeypatch.setattr(bench_iteration, "preset_for", small_preset)


def test_clipdraw_is_measured_by_itself() -> None:
    measured = bench_iteration.measure("clipdraw", rounds=1)
    assert measured["styled"] is False and "style_ms" not in measured
    assert measured["preset"] == "clipdraw" and measured["views"] == 4


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "clipdraw"])
def test_the_others_have_both_guides(preset: str) -> None:
    measured = bench_iteration.measure(preset, rounds=1)
    assert {"clip_ms", "style_ms", "total_ms", "guides_ms", "ratio", "rest_ms"} <= set(measured)
    assert all(float(v) > 0 for k, v in measured.items() if k.endswith("_ms") and k != "rest_ms")


def test_style_can_be_left_out() -> None:
    assert "style_ms" not in bench_iteration.measure("default", styled=False, rounds=1)


def test_a_cycle_of_alternating_guides_holds_all_their_turns() -> None:
    preset = small_preset("styleclipdraw-alternating", styled=True)
    parts = bench_iteration._prepare(preset, True)
    names = [[guide.name for guide in turn] for turn in parts.turns()]
    assert names.count(["clip"]) == preset.style_every
    assert names.count(["style"]) == preset.style_round
    before = FlatTower.looks
    for _ in range(parts.cycle):
        next(parts.steps)
    assert FlatTower.looks - before == preset.style_round
