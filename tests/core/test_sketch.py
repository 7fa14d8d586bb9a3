"""What a model imagines, on the canvas: its place, its colours, and the judge that holds strokes to it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from styleclipdraw_core.guides import sketch_guide
from styleclipdraw_core.presets import SketchTerm
from styleclipdraw_core.sketch import Sketch, blend

WHITE = torch.ones(3)
TERM = SketchTerm(weight=1.0)


def half_red(side: int = 8) -> Tensor:
    """[4, side, side]: the right half opaque red, the left half nothing."""
    picture = torch.zeros(4, side, side)
    picture[0, :, side // 2 :] = 1.0
    picture[3, :, side // 2 :] = 1.0
    return picture


def chance() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(
    ("region", "place"),
    [
        # a square one fills a square region
        ((0.0, 0.0, 50.0, 50.0), (0.0, 0.0, 50.0, 50.0)),
        # and lies in the middle of a wide and of a tall one
        ((10.0, 20.0, 200.0, 100.0), (60.0, 20.0, 100.0, 100.0)),
        ((10.0, 20.0, 100.0, 300.0), (10.0, 120.0, 100.0, 100.0)),
    ],
)
def test_it_is_as_large_as_fits_in_the_middle(
    region: tuple[float, float, float, float], place: tuple[float, float, float, float]
) -> None:
    assert Sketch.within(half_red(), region).place == place


def test_places_are_where_something_is() -> None:
    sketch = Sketch.within(half_red(), (10.0, 20.0, 200.0, 100.0))
    generator = chance()
    places = torch.stack([sketch.somewhere(generator) for _ in range(60)])
    assert float(places[:, 0].min()) >= 110 and float(places[:, 0].max()) <= 160
    assert float(places[:, 1].min()) >= 20 and float(places[:, 1].max()) <= 120
    assert float(places[:, 1].std()) > 20


def test_colours_are_straight_and_missing_where_nothing_is() -> None:
    picture = half_red()
    picture[:, :4] *= 0.6  # the upper half is translucent
    sketch = Sketch.within(picture, (0.0, 0.0, 80.0, 80.0))
    for point in ((60.0, 20.0), (60.0, 60.0)):
        colour = sketch.colour_at(torch.tensor(point))
        assert colour is not None and colour.tolist() == pytest.approx([1.0, 0.0, 0.0])
    for point in ((20.0, 40.0), (-1.0, 40.0), (60.0, 80.5)):
        assert sketch.colour_at(torch.tensor(point)) is None


def test_on_a_wide_canvas_it_keeps_its_shape() -> None:
    sketch = Sketch.within(half_red(), (100.0, 0.0, 100.0, 100.0))
    seen = sketch.on_canvas((200, 100), (50, 100))  # half size
    red = seen[3] > 0.5  # [50, 100]
    assert bool(red[2:-2, 77:98].all())
    assert not bool(red[:, :73].any())


def test_a_blend_is_a_mean_by_weight() -> None:
    both = blend([(3.0, torch.ones(4, 2, 2)), (1.0, torch.zeros(4, 2, 2))])
    torch.testing.assert_close(both, torch.full((4, 2, 2), 0.75))


@pytest.mark.parametrize("page", [WHITE, torch.tensor([0.2, 0.4, 0.9]), torch.rand(40, 60, 3)])
def test_its_judge_likes_nothing_better_than_the_sketch_on_the_page(page: Tensor) -> None:
    canvas, size = (60, 40), (40, 60)
    sketch = Sketch.within(half_red(40), (10.0, 0.0, 40.0, 40.0))
    seen = sketch.on_canvas(canvas, size)
    behind = page[:, None, None] if page.dim() == 1 else page.permute(2, 0, 1)
    picture = seen[:3] + (1 - seen[3:]) * behind
    guide = sketch_guide(sketch, page, canvas, TERM)
    perfect = float(guide(picture[None], generator=chance()))
    assert perfect < 0.02
    assert float(guide(behind.expand(3, *size)[None], generator=chance())) > perfect + 0.1


def test_a_masked_one_leaves_the_rest_of_the_page_alone() -> None:
    sketch = Sketch.within(half_red(), (0.0, 0.0, 64.0, 64.0))
    picture = torch.zeros(1, 3, 64, 64)
    picture[:, 0, :, 32:] = 1.0  # red where red is meant, black where nothing is
    verdicts = [
        float(sketch_guide(sketch, WHITE, (64, 64), term)(picture, generator=chance()))
        for term in (TERM, SketchTerm(weight=1.0, masked=True))
    ]
    assert verdicts[0] > 0.4 and verdicts[1] < 0.05


def test_a_part_near_its_place_is_better_than_one_far_away() -> None:
    picture = torch.zeros(4, 48, 48)
    picture[3, 20:23, 10:13] = 1.0  # a black dot
    guide = sketch_guide(Sketch.within(picture, (0.0, 0.0, 96.0, 96.0)), WHITE, (96, 96), TERM)

    def verdict(x: int) -> float:
        drawn = torch.ones(1, 3, 96, 96)
        drawn[:, :, 40:46, x : x + 6] = 0.0
        return float(guide(drawn, generator=chance()))

    assert verdict(20) < verdict(26) < verdict(70)


def test_what_it_counts_falls_toward_the_end() -> None:
    term = SketchTerm(weight=1.0, late=0.2)
    assert [term.factor(share) for share in (0.0, 0.4, 0.7, 1.0)] == pytest.approx([1, 1, 0.6, 0.2])
    assert TERM.factor(1.0) == 1.0


def test_in_the_range_of_a_colourless_style_nothing_is_colourful_and_light_stays_lighter() -> None:
    picture = torch.ones(4, 6, 6)
    picture[:3, :, :3] = torch.tensor([0.9, 0.1, 0.1])[:, None, None]  # red beside white
    style = torch.linspace(0.2, 0.7, 64).view(8, 8).expand(3, 8, 8)  # greys
    seen = Sketch.within(picture, (0.0, 0.0, 6.0, 6.0)).in_colours_of(style).picture
    assert float((seen[:3].amax(0) - seen[:3].amin(0)).max()) < 0.01
    assert float(seen[:3].min()) > 0.2 and float(seen[:3].max()) < 0.7
    assert float(seen[0, 0, 5] - seen[0, 0, 0]) > 0.2
    torch.testing.assert_close(seen[3], picture[3])


def test_in_the_range_of_a_colourful_style_colours_stay() -> None:
    picture = torch.ones(4, 6, 6)
    picture[:3, :, :3] = torch.tensor([0.9, 0.1, 0.1])[:, None, None]
    style = torch.zeros(3, 8, 8)
    style[0, :4], style[2, 4:], style[:, 0], style[:, 7] = 1.0, 1.0, 1.0, 0.0
    seen = Sketch.within(picture, (0.0, 0.0, 6.0, 6.0)).in_colours_of(style).picture
    torch.testing.assert_close(seen[:3, 0, 0], picture[:3, 0, 0], atol=0.12, rtol=0)


def test_a_style_picture_may_be_large() -> None:
    style = torch.full((3, 4200, 4200), 0.5)  # more pixels than torch takes a quantile of
    seen = Sketch.within(half_red(), (0.0, 0.0, 8.0, 8.0)).in_colours_of(style).picture
    torch.testing.assert_close(seen[:3, :, 4:], torch.full((3, 8, 4), 0.5), atol=0.02, rtol=0)
