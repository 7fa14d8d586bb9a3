"""New strokes: how many, where, how wide, and that a seed decides it all."""

import pytest
import torch

from styleclipdraw_core.drawing import Drawing, check_drawing
from styleclipdraw_core.presets import PRESETS, preset_for
from styleclipdraw_core.sketch import Sketch
from styleclipdraw_core.strokes import random_paths

CANVAS = (224, 224)
EVERYWHERE = (0.0, 0.0, 224.0, 224.0)


def grown(
    preset: str = "clipdraw", kind: str = "stroke", count: int = 40, seed: int = 0
) -> Drawing:
    return Drawing.from_paths(
        random_paths(count, kind, EVERYWHERE, CANVAS, seed, PRESETS[preset])  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("kind", ["stroke", "fill"])
def test_every_preset_grows_drawings_that_can_be_rendered(preset: str, kind: str) -> None:
    drawing = grown(preset, kind)
    check_drawing(drawing)
    assert drawing.path_count == 40
    assert bool(drawing.structure.has_stroke.all()) == (kind == "stroke")
    assert bool(drawing.structure.has_fill.all()) == (kind == "fill")
    assert bool(drawing.structure.closed.all()) == (kind == "fill")


def test_clipdraw_starts_as_published() -> None:
    drawing = grown(count=400)
    lengths = {len(path.subpaths[0].points) for path in drawing.to_paths()}
    assert lengths == {4, 7}  # one or two cubic segments
    assert bool((drawing.widths == 1).all())
    steps = drawing.points[1:4] - drawing.points[0:3]
    assert float(steps.abs().max()) <= 0.05 * 224
    assert float(drawing.stroke_colours.min()) < 0.05 and float(drawing.stroke_colours.max()) > 0.95


def test_a_seed_decides_everything() -> None:
    first, again, other = (grown("default", seed=seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first.tensors(), again.tensors(), strict=True))
    assert not torch.equal(first.widths, other.widths)


def test_strokes_start_in_the_region() -> None:
    paths = random_paths(
        60, "stroke", (100.0, 20.0, 40.0, 30.0), (300, 200), 0, PRESETS["styleclipdraw"]
    )
    first = torch.stack([torch.as_tensor(path.subpaths[0].points)[0] for path in paths])
    assert float(first[:, 0].min()) >= 100 and float(first[:, 0].max()) <= 140
    assert float(first[:, 1].min()) >= 20 and float(first[:, 1].max()) <= 50


def test_widths_grow_with_the_canvas() -> None:
    preset = PRESETS["default"]
    small = random_paths(5, "stroke", (0, 0, 224, 224), (224, 224), 0, preset)
    large = random_paths(5, "stroke", (0, 0, 896, 896), (896, 896), 0, preset)
    for a, b in zip(small, large, strict=True):
        assert a.stroke is not None and b.stroke is not None
        assert b.stroke.width == pytest.approx(4 * a.stroke.width, rel=1e-6)


def test_colours_come_from_the_palette_when_there_is_one() -> None:
    palette = torch.tensor([[0.25, 0.5, 0.75], [1.0, 0.0, 0.5]])
    paths = random_paths(30, "fill", EVERYWHERE, CANVAS, 0, PRESETS["clipdraw"], palette=palette)
    colours = {tuple(path.fill.colour[:3]) for path in paths if path.fill is not None}
    assert colours == {(0.25, 0.5, 0.75), (1.0, 0.0, 0.5)}


def test_the_strokes_that_wait_are_the_last_ones_and_transparent() -> None:
    preset = PRESETS["default"]
    opacity = grown("default", count=40).stroke_colours[:, 3]
    visible = round(40 * preset.start.visible)
    assert bool((opacity[:visible] > 0).all())
    assert bool((opacity[visible:] == 0).all())


def test_few_strokes_are_wide_enough_to_cover_the_page_where_they_are_to() -> None:
    styled = preset_for("default", styled=True)
    assert styled.covers is not None
    assert styled.for_strokes(styled.covers) == styled.for_strokes(10_000) == styled
    few = styled.for_strokes(styled.covers // 4)
    assert few.start.width == pytest.approx([2 * width for width in styled.start.width])
    assert few.width_limits == pytest.approx((styled.width_limits[0], 2 * styled.width_limits[1]))
    assert styled.for_strokes(1).width_limits[1] == pytest.approx(3 * styled.width_limits[1])
    plain = PRESETS["clipdraw"]
    assert plain.for_strokes(4) == plain


def test_no_strokes_are_no_strokes() -> None:
    assert random_paths(0, "stroke", EVERYWHERE, CANVAS, 0, PRESETS["default"]) == []


def half_red() -> Sketch:
    """A sketch whose right half is red; nothing is meant to be in the left one."""
    picture = torch.zeros(4, 4, 4)
    picture[[0, 3], :, 2:] = 1.0
    return Sketch.within(picture, EVERYWHERE)


def test_strokes_start_where_the_model_imagines_something_and_in_its_colour() -> None:
    paths = random_paths(40, "stroke", EVERYWHERE, CANVAS, 0, PRESETS["default"], sketch=half_red())
    first = torch.stack([torch.as_tensor(path.subpaths[0].points)[0] for path in paths])
    assert float(first[:, 0].min()) >= 112
    for path in paths:
        assert path.stroke is not None
        red, green, blue = path.stroke.colour[:3]
        assert red > 0.7 and green < 0.3 and blue < 0.3


def test_a_sketch_chooses_the_nearest_of_the_palette_where_it_shows_anything() -> None:
    palette = torch.tensor([[0.9, 0.1, 0.1], [0.9, 0.9, 0.9]])
    preset = preset_for("default", styled=True)
    paths = random_paths(
        60, "stroke", EVERYWHERE, CANVAS, 0, preset, palette=palette, sketch=half_red()
    )
    left = set()
    for path in paths:
        assert path.stroke is not None
        if float(torch.as_tensor(path.subpaths[0].points)[0, 0]) >= 112:
            assert path.stroke.colour[:3] == pytest.approx((0.9, 0.1, 0.1))
        else:
            left.add(path.stroke.colour[:3])
    assert len(left) == 2  # nothing is meant there: any colour of the palette
