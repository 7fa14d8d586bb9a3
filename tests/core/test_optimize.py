"""The loop: it goes downhill, repeats itself bit by bit, and leaves locked things alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from styleclipdraw_core import optimize
from styleclipdraw_core.drawing import Drawing, Fill, Moves, Path, Stroke, Subpath
from styleclipdraw_core.errors import DrawingError
from styleclipdraw_core.optimize import Step, optimise
from styleclipdraw_core.presets import PRESETS, Preset, preset_for
from styleclipdraw_core.strokes import random_paths

SIDE = 24
WHITE = torch.ones(3)
SMALL = {name: replace(preset, edge=SIDE) for name, preset in PRESETS.items()}


@dataclass(frozen=True)
class TowardColour:
    """Likes pictures of one colour; `spoil` may do something to the verdict of some call."""

    colour: tuple[float, float, float] = (0.9, 0.1, 0.2)
    name: str = "clip"
    weight: float = 1.0
    higher_is_better: bool = False
    spoil: Callable[[Tensor], Tensor] = lambda verdict: verdict

    def __call__(
        self, pictures: Tensor, *, generator: torch.Generator, progress: float = 0.0
    ) -> Tensor:
        target = pictures.new_tensor(self.colour).view(1, 3, 1, 1)
        # Chance, as the real guides have it: the loop must feed it from the seed.
        weights = torch.rand(pictures.shape[-2:], generator=generator)
        return self.spoil(((pictures - target).square() * weights).mean())


def soft_render(
    drawing: Drawing, width: int, height: int, background: Tensor, *, backend: str = "auto"
) -> Tensor:
    """A stand-in for the renderer: every path a soft disc about its mean point, [1, h, w, 3]."""
    s = drawing.structure
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    picture = background.expand(height, width, 3)
    for row in range(drawing.path_count):
        points = drawing.points[torch.from_numpy(s.path_of_point == row)]
        middle = points.mean(0)
        radius = drawing.widths[row] + 2
        near = torch.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / radius**2)
        painted = (s.has_fill, drawing.fill_colours), (s.has_stroke, drawing.stroke_colours)
        for has, colours in painted:
            if has[row]:
                cover = (near * colours[row, 3])[..., None]
                picture = picture + cover * (colours[row, :3] - picture)
    return picture[None]


@pytest.fixture(autouse=True)
def fast_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimize, "render", soft_render)


def new_strokes(count: int = 5, preset: Preset = SMALL["clipdraw"]) -> Drawing:
    region = (0.0, 0.0, float(SIDE), float(SIDE))
    return Drawing.from_paths(random_paths(count, "stroke", region, (SIDE, SIDE), 1, preset))


def run(
    drawing: Drawing,
    preset: Preset = SMALL["clipdraw"],
    guides: tuple[TowardColour, ...] = (TowardColour(),),
    iterations: int = 12,
    seed: int = 0,
    size: tuple[int, int] = (SIDE, SIDE),
) -> list[Step]:
    width, height = size
    return list(
        optimise(
            drawing,
            guides,
            preset,
            width=width,
            height=height,
            background=WHITE,
            iterations=iterations,
            seed=seed,
        )
    )


def same(a: Drawing, b: Drawing) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a.tensors(), b.tensors(), strict=True))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_goes_downhill(name: str) -> None:
    steps = run(new_strokes(), SMALL[name], iterations=40)
    assert [step.index for step in steps] == list(range(1, 41))
    assert {step.total for step in steps} == {40}
    assert steps[-1].scores["clip"] < 0.9 * steps[0].scores["clip"]
    assert steps[-1].skipped == 0


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_the_same_seed_gives_the_same_bits(name: str) -> None:
    guides = (TowardColour(), TowardColour((0.1, 0.1, 0.9), name="style"))
    first = run(new_strokes(), SMALL[name], guides, iterations=20, seed=5)
    again = run(new_strokes(), SMALL[name], guides, iterations=20, seed=5)
    other = run(new_strokes(), SMALL[name], guides, iterations=20, seed=6)
    assert all(same(a.drawing, b.drawing) for a, b in zip(first, again, strict=True))
    assert [a.scores for a in first] == [b.scores for b in again]
    assert not same(first[-1].drawing, other[-1].drawing)


def test_steps_do_not_change_after_they_were_yielded() -> None:
    kept = []
    for step in optimise(
        new_strokes(), [TowardColour()], SMALL["clipdraw"],
        width=SIDE, height=SIDE, background=WHITE, iterations=6, seed=0,
    ):  # fmt: skip
        kept.append((step, step.drawing.points.clone(), step.picture.clone()))
    assert all(torch.equal(step.drawing.points, points) for step, points, _ in kept)
    assert all(torch.equal(step.picture, picture) for step, _, picture in kept)
    assert not any(step.drawing.points.requires_grad for step, _, _ in kept)


def someones_path(moves: Moves, width: float = 7.3) -> Path:
    return Path(
        [Subpath([[3.3, 4.4], [9.1, 2.2], [15.7, 8.8], [20.9, 11.1]])],
        Stroke(width, (0.123, 0.456, 0.789, 0.654)),
        Fill((0.321, 0.654, 0.987, 0.456)),
        id="mine",
        moves=moves,
    )


@pytest.mark.parametrize(
    ("moves", "locked"),
    [
        # Everything locked: the judges see it, nothing of it moves.
        (Moves(False, False, False, False), {0, 1, 2, 3}),
        # Each one alone may move.
        (Moves(True, False, False, False), {1, 2, 3}),
        (Moves(False, True, False, False), {0, 2, 3}),
        (Moves(False, False, True, False), {0, 1, 3}),
        (Moves(False, False, False, True), {0, 1, 2}),
    ],
)
@pytest.mark.parametrize("name", ["clipdraw", "default"])
def test_locked_parts_keep_their_bits_and_the_others_move(
    name: str, moves: Moves, locked: set[int]
) -> None:
    preset = SMALL[name]
    region = (0.0, 0.0, 50.0, 50.0)
    fresh = random_paths(4, "stroke", region, (50, 50), 1, preset)
    drawing = Drawing.from_paths([someones_path(moves), *fresh])
    result = run(drawing, preset, iterations=30, size=(50, 50))[-1].drawing
    rows = (slice(0, 4), slice(0, 1), slice(0, 1), slice(0, 1))
    for part, (before, after) in enumerate(zip(drawing.tensors(), result.tensors(), strict=True)):
        row = rows[part]
        assert torch.equal(before[row], after[row]) == (part in locked), f"part {part}"
    assert not torch.equal(drawing.points[4:], result.points[4:])


def test_when_nothing_may_move_that_is_said() -> None:
    locked = Drawing.from_paths([someones_path(Moves(False, False, False, False))])
    with pytest.raises(DrawingError) as caught:
        run(locked)
    assert caught.value.code == "drawing.locked"


def every_third(value: float) -> Callable[[Tensor], Tensor]:
    """Multiplies every third verdict, the first one included, by `value`."""
    calls = iter(range(10**6))
    return lambda verdict: verdict * (value if next(calls) % 3 == 0 else 1.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0])
def test_nan_and_vanished_gradients_void_the_step_and_are_counted(value: float) -> None:
    steps = run(new_strokes(), guides=(TowardColour(spoil=every_third(value)),), iterations=9)
    assert [step.skipped for step in steps] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    for before, after in zip(steps, steps[1:], strict=False):
        void = after.skipped > before.skipped
        assert same(before.drawing, after.drawing) == void
        assert all(bool(torch.isfinite(t).all()) for t in after.drawing.tensors())


def test_a_gradient_that_is_nan_in_one_place_voids_the_step() -> None:
    def bad_slope(verdict: Tensor) -> Tensor:
        return verdict + 0 * (verdict - verdict).sqrt()  # finite, with an infinite slope times 0

    steps = run(new_strokes(), guides=(TowardColour(spoil=bad_slope),), iterations=3)
    assert steps[-1].skipped == 3
    assert same(steps[-1].drawing, steps[0].drawing)


def test_a_guide_that_ignores_the_picture_moves_nothing() -> None:
    indifferent = TowardColour(spoil=lambda verdict: verdict.detach())
    assert run(new_strokes(), guides=(indifferent,), iterations=4)[-1].skipped == 4


def test_widths_and_colours_stay_in_their_limits() -> None:
    rates = replace(PRESETS["clipdraw"].rates, widths=30, colours=3)
    preset = replace(SMALL["clipdraw"], rates=rates)
    for step in run(new_strokes(), preset, iterations=10):
        assert float(step.drawing.widths.min()) >= 1 and float(step.drawing.widths.max()) <= 50
        assert float(step.drawing.stroke_colours.min()) >= 0
        assert float(step.drawing.stroke_colours.max()) <= 1


def test_a_path_finer_than_the_limit_is_not_made_wider_by_it() -> None:
    drawing = Drawing.from_paths([someones_path(Moves(), width=0.37)])
    still = replace(SMALL["clipdraw"], rates=replace(PRESETS["clipdraw"].rates, widths=0.0))
    assert float(run(drawing, still, iterations=3)[-1].drawing.widths[0]) == pytest.approx(0.37)


def test_a_canvas_of_any_size_is_drawn_in_the_same_workspace() -> None:
    drawing = new_strokes()
    larger = drawing.with_tensors(drawing.points * 8, drawing.widths * 8)
    small = run(drawing)[-1]
    large = run(larger, size=(8 * SIDE, 8 * SIDE))[-1]
    assert large.picture.shape == small.picture.shape == (SIDE, SIDE, 3)
    # A factor of 8 is exact in floating point, so the two runs are the same run.
    assert torch.equal(large.drawing.points, small.drawing.points * 8)
    assert large.scores == small.scores


def test_a_canvas_that_is_not_square() -> None:
    step = run(new_strokes(), size=(48, 24), iterations=2)[-1]
    assert step.picture.shape == (SIDE // 2, SIDE, 3)


def test_a_backdrop_is_what_the_judges_see_behind_the_paths() -> None:
    backdrop = torch.zeros(2 * SIDE, 2 * SIDE, 3)
    backdrop[:SIDE] = 1.0
    first = next(
        optimise(
            Drawing.from_paths(
                [Path([Subpath([[0, 0], [1, 0], [2, 0], [3, 0]])], Stroke(1, (0, 0, 0, 0)))]
            ),
            [TowardColour()], SMALL["clipdraw"],
            width=2 * SIDE, height=2 * SIDE, background=backdrop, iterations=1, seed=0,
        )
    )  # fmt: skip
    assert float(first.picture[: SIDE // 2].min()) == 1.0
    assert float(first.picture[SIDE // 2 :].max()) == 0.0


def test_alternating_makes_rounds_of_style_steps_as_published() -> None:
    preset = PRESETS["styleclipdraw-alternating"]
    both = ["clip", "style"]
    assert preset.turns(4, 1000, both) == [("all", ["clip"])]
    assert preset.turns(5, 1000, both) == [("all", ["clip"])] + 50 * [("style", ["style"])]
    assert len(preset.turns(999, 999, both)) == 51  # and at the end
    assert preset.turns(5, 1000, ["style"]) == [("all", ["style"])]


@pytest.mark.parametrize(
    ("name", "progress", "points", "rest"),
    [
        # CLIPDraw: only the points' rate falls, to 0.4 at half and to 0.1 at three quarters.
        ("clipdraw", 0.0, 1.0, 1.0),
        ("clipdraw", 0.49, 1.0, 1.0),
        ("clipdraw", 0.5, 0.4, 1.0),
        ("clipdraw", 0.75, 0.1, 1.0),
        # StyleCLIPDraw's fast schedule: no decay at all.
        ("styleclipdraw", 0.99, 1.0, 1.0),
        # Ours starts in full.
        ("default", 0.0, 1.0, 1.0),
    ],
)
def test_the_rates_follow_the_published_schedules(
    name: str, progress: float, points: float, rest: float
) -> None:
    assert PRESETS[name].rate(progress) == pytest.approx((points, rest))


def test_a_style_changes_the_default_preset_and_no_published_one() -> None:
    assert preset_for("default", styled=False) is PRESETS["default"]
    styled = preset_for("default", styled=True)
    assert styled.name == "default" and styled.start.style_colours
    # Finer marks, for they are the texture; and paint is free, for most styles cover the page.
    assert styled.width_limits[1] < PRESETS["default"].width_limits[1]
    assert styled.clean_page == 0 < PRESETS["default"].clean_page
    for name in ("clipdraw", "styleclipdraw", "styleclipdraw-alternating"):
        assert preset_for(name, styled=True) is PRESETS[name]


def test_untidiness_counts_strokes_half_there_and_paint_off_the_page() -> None:
    preset = PRESETS["default"]
    page, blank = torch.ones(3), torch.ones(1, 4, 4, 3)
    opaque, half = torch.tensor([0.0, 1.0]), torch.tensor([0.5, 0.5])

    def cost(opacities: Tensor, picture: Tensor, progress: float) -> float:
        return float(preset.untidiness(opacities, picture, page, progress))

    assert cost(opaque, blank, 1.0) == 0
    assert cost(half, blank, 0.4) == 0  # early on, half there is a way to somewhere
    assert cost(half, blank, 1.0) > cost(half, blank, 0.8) > 0
    assert cost(opaque, 0.5 * blank, 0.0) == pytest.approx(0.5 * preset.clean_page)
    assert float(PRESETS["clipdraw"].untidiness(half, 0.5 * blank, page, 1.0)) == 0


def test_clip_counts_a_tenth_after_four_fifths_of_styleclipdraw() -> None:
    preset = PRESETS["styleclipdraw"]
    assert preset.factor("clip", 0.79) == 1.0
    assert preset.factor("clip", 0.8) == 0.1
    assert preset.factor("style", 0.8) == 1.0


def test_useless_strokes_begin_anew_and_someones_own_do_not() -> None:
    preset = SMALL["default"]
    assert preset.recycling is not None
    invisible = Stroke(1.0, (0.0, 0.0, 0.0, 0.0))
    line = [[4.0, 4.0], [6.0, 6.0], [9.0, 6.0], [12.0, 9.0]]
    paths = [
        Path([Subpath(line)], invisible, id="mine"),
        *[Path([Subpath(line)], invisible) for _ in range(4)],
    ]
    every = preset.recycling.every
    steps = run(Drawing.from_paths(paths), preset, iterations=8 * every)
    before, after = steps[every - 2].drawing, steps[every - 1].drawing
    assert float(before.stroke_colours[1:, 3].max()) == 0
    assert float(after.stroke_colours[1:, 3].max()) > 0.3
    moved = (before.points - after.points).abs().view(5, -1).amax(1)
    assert float(moved[0]) < 5 and float(moved[1:].max()) > 0
    assert [path.id for path in steps[-1].drawing.to_paths()] == ["mine", "", "", "", ""]


def test_someones_own_paths_stay_near_what_was_drawn_and_new_strokes_do_not() -> None:
    preset = replace(SMALL["default"], recycling=None, iterations=60, least_ink=0.0)
    faithful = preset.faithful
    assert faithful is not None
    near = replace(preset, faithful=replace(faithful, reach=1.0, width=1.5))
    points = [[2.0, 2.0], [4.0, 3.0], [6.0, 2.0], [8.0, 3.0]]
    stroke = Stroke(2.0, (0.1, 0.2, 0.9, 1.0))
    paths = [Path([Subpath(points)], stroke, id="own"), Path([Subpath(points)], stroke)]
    start = Drawing.from_paths(paths)

    def gone(preset: Preset) -> tuple[Tensor, Tensor]:
        """The farthest a control point went, px, and how much wider it became; of both paths."""
        end = run(start, preset)[-1].drawing
        away = (end.points - start.points).abs().view(2, -1).amax(1)
        return away, end.widths / start.widths

    away, wider = gone(near)
    assert 0 < float(away[0]) <= 1 + 1e-5 and float(away[1]) > 1.5
    assert 0.66 < float(wider[0]) < 1.51
    away, wider = gone(replace(preset, faithful=None))
    assert float(away[0]) > 1.5 or float(wider[0]) > 1.51


def test_stopping_early_is_just_not_reading_on() -> None:
    steps = optimise(
        new_strokes(), [TowardColour()], SMALL["default"],
        width=SIDE, height=SIDE, background=WHITE, iterations=1000, seed=0,
    )  # fmt: skip
    third = [next(steps) for _ in range(3)][-1]
    steps.close()
    assert third.index == 3 and bool(torch.isfinite(third.drawing.points).all())


def test_the_presets_own_iterations_are_used_when_none_are_given() -> None:
    steps = optimise(
        new_strokes(), [TowardColour()], replace(SMALL["clipdraw"], iterations=7),
        width=SIDE, height=SIDE, background=WHITE, iterations=None, seed=0,
    )  # fmt: skip
    assert [step.total for step in steps] == [7] * 7
