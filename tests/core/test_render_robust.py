"""What breaks renderers: masses, extremes, broken numbers; and the same bits every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from generated_drawings import CURVES, batch_of
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.errors import BackendError, DrawingError
from styleclipdraw_core.render import available_backends, render, straight_alpha

FAST = "cpu"
BACKENDS = ["reference", FAST]
CURVE = [[2.2, 3.1], [5.3, 14.2], [11.4, 0.7], [14.6, 12.3]]
RED = (1.0, 0.0, 0.0, 1.0)


def some_drawing(count: int = 40, size: float = 64, seed: int = 3) -> Drawing:
    """Strokes and fills of every kind, overlapping."""
    random = np.random.default_rng(seed)
    paths = []
    for i in range(count):
        curve = CURVES["gentle" if i % 3 else "wild"](random, 7)
        stroke = Stroke(
            float(random.uniform(0.3, 5)),
            random.uniform(0, 1, 4).tolist(),
            Cap(i % 3),
            Join(i // 3 % 3),
        )
        fill = Fill(random.uniform(0, 1, 4).tolist(), FillRule(i % 2)) if i % 4 == 0 else None
        paths.append(Path([Subpath(size * curve)], stroke, fill))
    return Drawing.from_paths(paths)


def backward(
    drawing: Drawing, width: int, height: int, background: Tensor | None, backend: str
) -> tuple[Tensor, list[Tensor]]:
    leaves = [t.detach().clone().requires_grad_() for t in drawing.tensors()]
    picture = render(drawing.with_tensors(*leaves), width, height, background, backend=backend)
    weight = np.random.default_rng(1).uniform(-1, 1, tuple(picture.shape)).astype(np.float32)
    (picture * torch.from_numpy(weight)).sum().backward()  # type: ignore[no-untyped-call]
    gradients = [leaf.grad for leaf in leaves]
    return picture.detach(), [g for g in gradients if g is not None]


def assert_sound(picture: Tensor, gradients: list[Tensor]) -> None:
    assert bool(torch.isfinite(picture).all())
    assert float(picture.min()) >= -1e-4 and float(picture.max()) <= 1 + 1e-4
    assert len(gradients) == 4
    assert all(bool(torch.isfinite(g).all()) for g in gradients)


LINE = np.linspace([3, 4], [13, 11], 4)
EXTREMES: dict[str, Callable[[], Path]] = {
    # drops out of renderers that take the cubic term as given
    "evenly spaced on a line": lambda: Path([Subpath(LINE)], Stroke(2, RED)),
    "the same, as a fill": lambda: Path([Subpath(LINE)], None, Fill(RED)),
    # no direction anywhere
    "one point": lambda: Path([Subpath([[5, 5]] * 7)], Stroke(2, RED)),
    "one point, closed": lambda: Path([Subpath([[5, 5]] * 6, True)], Stroke(2, RED), Fill(RED)),
    # no direction at the ends
    "handles on their nodes": lambda: Path(
        [Subpath([CURVE[0], CURVE[0], CURVE[3], CURVE[3]])], Stroke(2, RED)
    ),
    # turns back on itself: a half turn without a side
    "a spike": lambda: Path([Subpath([[2, 8], [14, 8], [14, 8], [2, 8]])], Stroke(2, RED)),
    "a spike with miter": lambda: Path(
        [Subpath([[2, 8], [6, 8], [10, 8], [14, 8], [10, 8], [6, 8], [2, 8]])],
        Stroke(2, RED, Cap.BUTT, Join.MITER, 1000),
    ),
    # a direction in the smallest numbers of float32
    "shorter than rounding": lambda: Path(
        [Subpath([[5, 5], [5 + 1e-6, 5], [5, 5 + 1e-6], [5, 5]])], Stroke(2, RED)
    ),
    "width zero": lambda: Path([Subpath(CURVE)], Stroke(0, RED)),
    "width next to nothing": lambda: Path([Subpath(CURVE)], Stroke(1e-30, RED)),
    "wider than the canvas": lambda: Path([Subpath(CURVE)], Stroke(1e4, RED)),
    "off the canvas": lambda: Path([Subpath(np.add(CURVE, 500))], Stroke(2, RED), Fill(RED)),
    "far off on every side": lambda: Path(
        [Subpath([[-1e6, 8], [8, 1e6], [1e6, 8], [8, -1e6]], False)], Stroke(2, RED), Fill(RED)
    ),
    "as far as float32 is fine": lambda: Path(
        [Subpath([[-1e12, 8], [8, 1e12], [1e12, 8], [8, -1e12]])], Stroke(1e12, RED), Fill(RED)
    ),
    "on the borders of pixels": lambda: Path(
        [
            Subpath(
                [[4, 4], [6, 4], [8, 4], [12, 4], [12, 8], [12, 9], [12, 12], [8, 12], [4, 12]],
                True,
            )
        ],
        Stroke(2, RED, Cap.BUTT, Join.MITER),
        Fill(RED),
    ),
    "no subpath": lambda: Path([], Stroke(2, RED), Fill(RED)),
    "unpainted": lambda: Path([Subpath(CURVE)]),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_have_a_picture_and_finite_gradients(backend: str, name: str) -> None:
    between = Path([Subpath(CURVE)], Stroke(1.5, (0, 0, 1, 0.5)))
    drawing = Drawing.from_paths([between, EXTREMES[name](), between])
    assert_sound(*backward(drawing, 16, 16, torch.ones(3), backend))
    assert_sound(*backward(drawing, 16, 16, None, backend))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "name", ["the same, as a fill", "width zero", "off the canvas", "no subpath", "unpainted"]
)
def test_what_has_no_area_paints_nothing(backend: str, name: str) -> None:
    picture = render(Drawing.from_paths([EXTREMES[name]()]), 16, 16, backend=backend)
    assert float(picture.abs().max()) < 1e-6


@pytest.mark.parametrize("backend", BACKENDS)
def test_wider_than_the_canvas_paints_it_all(backend: str) -> None:
    drawing = Drawing.from_paths([EXTREMES["wider than the canvas"]()])
    picture = render(drawing, 16, 16, torch.ones(3), backend=backend)
    assert torch.allclose(picture, torch.tensor([1.0, 0.0, 0.0]).expand_as(picture), atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_paths_show_the_background(backend: str) -> None:
    page = torch.rand(5, 7, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(render(Drawing.from_paths([]), 7, 5, page, backend=backend)[0], page)


def test_five_thousand_shapes_over_one_pixel() -> None:
    random = np.random.default_rng(7)
    paths = [
        Path([Subpath(random.uniform(-1, 2, (4, 2)))], Stroke(0.5, (*random.random(3), 0.01)))
        for _ in range(5000)
    ]
    drawing = Drawing.from_paths(paths)
    picture, gradients = backward(drawing, 1, 1, torch.ones(3), FAST)
    assert_sound(picture, gradients)
    truth = render(drawing.to("cpu"), 1, 1, torch.ones(3), backend="reference")
    assert torch.allclose(picture, truth, atol=2e-4)
    assert all(float(g.abs().max()) > 0 for g in (gradients[0], gradients[1], gradients[2]))


def test_a_canvas_of_4096() -> None:
    scale = 4096 / 16
    drawing = Drawing.from_paths(
        [Path([Subpath(np.multiply(CURVE, scale))], Stroke(2 * scale, RED))]
    )
    picture, gradients = backward(drawing, 4096, 4096, torch.ones(3), FAST)
    assert_sound(picture, gradients)
    small = render(Drawing.from_paths([Path([Subpath(CURVE)], Stroke(2, RED))]), 16, 16)
    ink = float((1 - picture[..., 1]).sum()) / scale**2
    assert ink == pytest.approx(float(small[..., 3].sum()), rel=5e-3)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 33), (33, 1)])
def test_narrow_canvases(backend: str, size: tuple[int, int]) -> None:
    drawing = some_drawing(6, 20)
    picture, gradients = backward(drawing, *size, None, backend)
    assert picture.shape == (1, size[1], size[0], 4)
    assert_sound(picture, gradients)
    whole = render(drawing, 33, 33, backend=backend)[:, : size[1], : size[0]]
    assert torch.allclose(picture, whole, atol=1e-5)


BROKEN = [
    # (tensor, path, value)
    ("points", 1, float("nan")),
    ("points", 2, float("inf")),
    ("widths", 0, float("nan")),
    ("widths", 1, float("-inf")),
    ("stroke_colours", 2, float("inf")),
    ("fill_colours", 1, float("nan")),
    # not a number that is not finite, but no width either
    ("widths", 2, -1.0),
]


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(("name", "path", "value"), BROKEN)
def test_broken_numbers_are_refused_by_the_name_of_the_path(
    name: str, path: int, value: float, batched: bool
) -> None:
    names = ["first", "second", "third"]
    drawing = Drawing.from_paths(
        [Path([Subpath(CURVE)], Stroke(1), Fill(RED), id=name) for name in names]
    )
    if batched:
        drawing = batch_of(drawing, 2, np.random.default_rng(0))
    broken = getattr(drawing, name).to(torch.float32)
    last = broken[-1] if batched else broken
    last[4 * path + 1 if name == "points" else path] = value
    with pytest.raises(DrawingError) as caught:
        render(drawing.with_tensors(**{name: broken}), 16, 16)
    assert f"path {path + 1} ({names[path]})" in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["points", "widths", "stroke_colours", "fill_colours"])
def test_wrong_shapes_are_refused(name: str) -> None:
    drawing = some_drawing(3)
    for wrong in (getattr(drawing, name)[:-1], getattr(drawing, name)[None]):
        with pytest.raises(DrawingError) as caught:
            render(drawing.with_tensors(**{name: wrong}), 16, 16)
        assert caught.value.code == "drawing.shape"


@pytest.mark.parametrize("size", [(0, 4), (4, 0), (-3, 4), (20000, 4), (4.5, 4)])
def test_a_canvas_that_cannot_be(size: tuple[Any, int]) -> None:
    with pytest.raises(DrawingError) as caught:
        render(some_drawing(2), *size)
    assert caught.value.code == "drawing.canvas"


@pytest.mark.parametrize(
    "background",
    [
        torch.ones(4),
        torch.ones(5, 4, 3),
        torch.ones(2, 4, 5, 3),
        torch.full((3,), float("nan")),
        [1, 1, 1],
    ],
)
def test_a_background_that_does_not_fit(background: Any) -> None:
    with pytest.raises(DrawingError) as caught:
        render(some_drawing(2), 5, 4, background)
    assert caught.value.code == "drawing.background"


def test_a_renderer_that_there_is_not() -> None:
    with pytest.raises(BackendError) as caught:
        render(some_drawing(2), 5, 4, backend="crayon")
    assert "crayon" in str(caught.value) and "cpu" in caught.value.next_step


def test_the_fast_renderer_is_chosen_by_itself() -> None:
    assert available_backends()[FAST] == ""
    drawing = some_drawing(5)
    assert torch.equal(render(drawing, 32, 32), render(drawing, 32, 32, backend=FAST))


def same(a: tuple[Tensor, list[Tensor]], b: tuple[Tensor, list[Tensor]]) -> bool:
    return torch.equal(a[0], b[0]) and all(
        torch.equal(x, y) for x, y in zip(a[1], b[1], strict=True)
    )


def test_same_bits_whatever_the_number_of_threads_and_every_time() -> None:
    drawing = some_drawing(200, 96)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = backward(drawing, 96, 96, torch.ones(3), FAST)
        again = backward(drawing, 96, 96, torch.ones(3), FAST)
        torch.set_num_threads(2)
        two = backward(drawing, 96, 96, torch.ones(3), FAST)
    finally:
        torch.set_num_threads(before)
    assert same(one, again) and same(one, two)
    moved = drawing.with_tensors(points=drawing.points + 1e-4)
    assert not same(one, backward(moved, 96, 96, torch.ones(3), FAST))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_second_backward_gives_the_same_gradient(backend: str) -> None:
    drawing = some_drawing(8, 24)
    points = drawing.points.clone().requires_grad_()
    loss = render(drawing.with_tensors(points=points), 24, 24, backend=backend).square().sum()
    (first,) = torch.autograd.grad(loss, points, retain_graph=True)
    (second,) = torch.autograd.grad(loss, points)
    assert torch.equal(first, second) and float(first.abs().max()) > 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_edges_beside_empty_page_are_not_darkened(backend: str) -> None:
    drawing = some_drawing(12, 24)
    page = torch.tensor([1.0, 0.7, 0.4])
    over_page = render(drawing, 24, 24, page, backend=backend)
    alone = render(drawing, 24, 24, backend=backend)
    colour, alpha = alone[..., :3], alone[..., 3:]
    assert torch.allclose(colour + (1 - alpha) * page, over_page, atol=1e-5)
    straight = straight_alpha(alone)
    shown = straight[..., 3:] * straight[..., :3] + (1 - straight[..., 3:]) * page
    assert torch.allclose(shown, over_page, atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_red_edge_is_red_all_over(backend: str) -> None:
    # Straight colour of a half-covered pixel is the paint's own: not mixed with black.
    drawing = Drawing.from_paths([Path([Subpath(CURVE)], Stroke(2.5, RED))])
    straight = straight_alpha(render(drawing, 16, 16, backend=backend))
    painted = straight[straight[..., 3] > 1e-3]
    assert len(painted) > 20 and bool((painted[:, 3] < 0.9).any())
    assert torch.allclose(painted[:, :3], torch.tensor([1.0, 0.0, 0.0]), atol=1e-4)


@pytest.mark.parametrize("seed", range(20))
def test_a_drawing_repeated_in_a_batch_is_the_same_picture(seed: int) -> None:
    # 9 rows: one in the last band of each picture, and edges that end at its lowest border.
    random = np.random.default_rng(seed)
    points = random.uniform(-2.7, 11.7, (3 * int(random.integers(1, 5)) + 3, 2))
    drawing = Drawing.from_paths([Path([Subpath(points.astype(np.float32), True)], Stroke(3.0))])
    twice = drawing.with_tensors(*(torch.stack([t] * 2) for t in drawing.tensors()))
    one, other = render(twice, 9, 9, backend=FAST)
    assert torch.equal(one, other) and float(one[..., 3].max()) > 0.9


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_batch_is_its_drawings_one_by_one(backend: str) -> None:
    one = some_drawing(6, 24)
    batch = batch_of(one, 3, np.random.default_rng(2))
    batch = batch.with_tensors(*(t.float() for t in batch.tensors()))
    pages = torch.rand(3, 20, 24, 3, generator=torch.Generator().manual_seed(2))
    together = render(batch, 24, 20, pages, backend=backend)
    for b in range(3):
        alone = one.with_tensors(*(t[b] for t in batch.tensors()))
        assert torch.allclose(
            render(alone, 24, 20, pages[b], backend=backend)[0], together[b], atol=1e-6
        )


@pytest.mark.parametrize("backend", BACKENDS)
def test_pictures_that_wait_for_their_backward_pass_keep_out_of_each_others_way(
    backend: str,
) -> None:
    def gradient(loss: Tensor, points: Tensor) -> Tensor:
        (found,) = torch.autograd.grad(loss, points)
        return found

    def loss_of(drawing: Drawing) -> tuple[Tensor, Tensor]:
        points = drawing.points.clone().requires_grad_()
        picture = render(drawing.with_tensors(points=points), 24, 24, backend=backend)
        return picture.square().sum(), points

    first, second = some_drawing(8, 24, seed=3), some_drawing(8, 24, seed=4)
    alone = [gradient(*loss_of(drawing)) for drawing in (first, second)]
    waiting = [loss_of(drawing) for drawing in (first, second, first)]
    del waiting[2]  # never asked for: its room goes to the next one
    later = loss_of(second)
    assert torch.equal(gradient(*waiting[1]), alone[1])
    assert torch.equal(gradient(*waiting[0]), alone[0])
    assert torch.equal(gradient(*later), alone[1])
    assert not torch.equal(*alone)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_edge_between_two_rows_takes_nothing_from_the_shape_in_front(backend: str) -> None:
    def polygon(*corners: tuple[float, float]) -> Subpath:
        ends = np.array([*corners, corners[0]])
        steps = np.linspace(0, 1, 4)[:3, None]
        points = [a + steps * (b - a) for a, b in zip(ends[:-1], ends[1:], strict=True)]
        return Subpath(np.concatenate(points), closed=True)

    def gradient(colour: tuple[float, float, float]) -> Tensor:
        behind = Path(
            [polygon((10.25, 8), (10.75, 8), (10.5, 2))], None, Fill((0.0, 0.0, 0.0, 1.0))
        )
        front = [polygon((9.3, 8.2), (12.2, 8.2), (12.2, 11), (9, 11))]
        drawing = Drawing.from_paths([behind, Path(front, None, Fill((*colour, 0.5)))])
        points = drawing.points.clone().requires_grad_()
        picture = render(
            drawing.with_tensors(points=points), 24, 24, torch.ones(3), backend=backend
        )
        weight = torch.linspace(-1, 1, picture.numel()).reshape(picture.shape)
        (found,) = torch.autograd.grad((picture * weight).sum(), points)
        return found[:9]  # of what is behind, which it covers nowhere

    red, green = gradient((1.0, 0.0, 0.0)), gradient((0.0, 1.0, 0.0))
    assert torch.equal(red, green) and float(red.abs().max()) > 0


def test_a_background_that_is_written_to_before_the_backward_pass_is_noticed() -> None:
    drawing = some_drawing(4, 16)
    points = drawing.points.clone().requires_grad_()
    page = torch.rand(16, 16, 3)
    picture = render(drawing.with_tensors(points=points), 16, 16, page, backend=FAST)
    page.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        picture.square().sum().backward()  # type: ignore[no-untyped-call]
