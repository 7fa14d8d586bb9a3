"""What diffvg is handed, with a stand-in that writes it down: the real one is on no registry."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.errors import BackendError
from styleclipdraw_core.render import render

CURVE = [[2.0, 3.0], [5.0, 14.0], [11.0, 1.0], [14.0, 12.0]]
LOOP = [[2.0, 3.0], [5.0, 14.0], [11.0, 1.0], [14.0, 12.0], [9.0, 14.0], [3.0, 8.0]]
ROUND = Stroke(3.0, (1.0, 0.0, 0.0, 0.5))


@dataclass
class Shape:
    num_control_points: Tensor
    points: Tensor
    is_closed: bool
    stroke_width: Tensor


@dataclass
class Group:
    shape_ids: Tensor
    fill_color: Tensor | None
    use_even_odd_rule: bool = True
    stroke_color: Tensor | None = None


@dataclass
class Calls:
    """What the stand-in was asked."""

    scenes: list[tuple[int, int, list[Shape], list[Group]]] = field(default_factory=list)
    renders: list[tuple[Any, ...]] = field(default_factory=list)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """A pydiffvg that lays the first group's colour over the background, a half of it."""
    noted = Calls()
    module = ModuleType("pydiffvg")

    class RenderFunction:
        @staticmethod
        def serialize_scene(
            width: int, height: int, shapes: list[Shape], groups: list[Group]
        ) -> list[Any]:
            noted.scenes.append((width, height, shapes, groups))
            return [shapes, groups]

        @staticmethod
        def apply(
            width: int, height: int, across: int, down: int, seed: int, background: Tensor,
            shapes: list[Shape], groups: list[Group],
        ) -> Tensor:  # fmt: skip
            noted.renders.append((width, height, across, down, seed, background))
            colour = (
                groups[0].fill_color if groups[0].fill_color is not None else groups[0].stroke_color
            )
            assert colour is not None
            alpha = 0.5 * colour[3] + 0 * sum(s.points.sum() + s.stroke_width for s in shapes)
            picture = background[..., :3] + alpha * (colour[:3] - background[..., :3])
            return torch.cat([picture, torch.ones(height, width, 1)], 2)

    module.Path = Shape  # type: ignore[attr-defined]
    module.ShapeGroup = Group  # type: ignore[attr-defined]
    module.RenderFunction = RenderFunction  # type: ignore[attr-defined]
    module.get_device = lambda: torch.device("cpu")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pydiffvg", module)
    return noted


def painted(paths: list[Path], background: Tensor | None = None) -> Tensor:
    return render(Drawing.from_paths(paths), 6, 5, background, backend="diffvg")


def test_an_open_stroke(calls: Calls) -> None:
    painted([Path([Subpath(CURVE)], ROUND)], torch.ones(3))
    ((width, height, (shape,), (group,)),) = calls.scenes
    assert (width, height) == (6, 5)
    assert shape.num_control_points.tolist() == [2]
    assert shape.num_control_points.dtype == torch.int32
    assert shape.points.tolist() == CURVE and not shape.is_closed
    assert float(shape.stroke_width) == 1.5  # half of it
    assert group.shape_ids.tolist() == [0] and group.fill_color is None
    assert group.stroke_color is not None and group.stroke_color.tolist() == [1.0, 0.0, 0.0, 0.5]


def test_a_closed_path_with_fill_and_stroke(calls: Calls) -> None:
    fill = Fill((0.0, 0.0, 1.0, 1.0), FillRule.EVENODD)
    painted([Path([Subpath(LOOP, True)], ROUND, fill)], torch.ones(3))
    ((_, _, shapes, groups),) = calls.scenes
    assert [shape.num_control_points.tolist() for shape in shapes] == [[2, 2], [2, 2]]
    assert all(shape.is_closed and shape.points.tolist() == LOOP for shape in shapes)
    below, above = groups  # the fill first
    assert below.fill_color is not None and below.stroke_color is None
    assert below.use_even_odd_rule
    assert above.fill_color is None and above.stroke_color is not None
    assert (below.shape_ids.tolist(), above.shape_ids.tolist()) == ([0], [1])


def test_an_open_fill_is_closed_by_a_line(calls: Calls) -> None:
    painted([Path([Subpath(CURVE)], None, Fill((0.0, 0.0, 1.0, 1.0)))], torch.ones(3))
    ((_, _, (shape,), (group,)),) = calls.scenes
    assert shape.num_control_points.tolist() == [2, 0] and shape.is_closed
    assert shape.points.tolist() == CURVE
    assert not group.use_even_odd_rule


def test_subpaths_share_a_group_and_paths_keep_their_order(calls: Calls) -> None:
    hole = Path([Subpath(LOOP, True), Subpath(LOOP, True)], None, Fill((0.0, 1.0, 0.0, 1.0)))
    empty = Path([], ROUND, Fill((0.0, 1.0, 0.0, 1.0)))
    painted([hole, empty, Path([Subpath(CURVE)], ROUND)], torch.ones(3))
    ((_, _, shapes, groups),) = calls.scenes
    assert len(shapes) == 3
    assert [group.shape_ids.tolist() for group in groups] == [[0, 1], [2]]


def test_the_background_is_handed_over_as_a_picture(calls: Calls) -> None:
    page = torch.rand(5, 6, 3, generator=torch.Generator().manual_seed(0))
    picture = painted([Path([Subpath(CURVE)], ROUND)], page)
    ((width, height, across, down, seed, background),) = calls.renders
    assert (width, height, across, down, seed) == (6, 5, 2, 2, 0)
    assert torch.equal(background[..., :3], page) and bool((background[..., 3] == 1).all())
    assert torch.allclose(picture[0], page + 0.25 * (torch.tensor([1.0, 0.0, 0.0]) - page))


def test_alpha_is_what_black_and_white_pages_differ_by(calls: Calls) -> None:
    picture = painted([Path([Subpath(CURVE)], ROUND)])
    assert picture.shape == (1, 5, 6, 4)
    assert torch.allclose(picture, torch.tensor([0.25, 0.0, 0.0, 0.25]).expand_as(picture))


def test_a_batch_and_its_gradient(calls: Calls) -> None:
    one = Drawing.from_paths([Path([Subpath(CURVE)], ROUND)])
    tensors = [torch.stack([t, t + 0.25]).requires_grad_() for t in one.tensors()]
    picture = render(one.with_tensors(*tensors), 6, 5, torch.zeros(3), backend="diffvg")
    assert picture.shape == (2, 5, 6, 3) and len(calls.scenes) == 2
    assert calls.scenes[1][2][0].points.tolist() == (torch.tensor(CURVE) + 0.25).tolist()
    picture.sum().backward()  # type: ignore[no-untyped-call]
    assert all(t.grad is not None for t in tensors)
    assert float(tensors[2].grad[0, 0, 0]) == pytest.approx(30 * 0.25)  # type: ignore[index]


def test_a_drawing_of_nothing_is_not_handed_over(calls: Calls) -> None:
    assert torch.equal(painted([], torch.ones(3)), torch.ones(1, 5, 6, 3))
    assert calls.scenes == []


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (Path([Subpath(CURVE)], Stroke(1, cap=Cap.BUTT), id="brow"), "butt caps"),
        (Path([Subpath(CURVE)], Stroke(1, cap=Cap.SQUARE), id="brow"), "square caps"),
        (
            Path([Subpath([*CURVE, *CURVE[1:]])], Stroke(1, join=Join.MITER), id="brow"),
            "miter joins",
        ),
        (Path([Subpath(LOOP, True)], Stroke(1, join=Join.BEVEL), id="brow"), "bevel joins"),
    ],
)
def test_pens_that_are_not_round_are_refused(calls: Calls, path: Path, what: str) -> None:
    with pytest.raises(BackendError) as caught:
        painted([Path([Subpath(CURVE)], ROUND), path])
    assert what in str(caught.value) and "path 2 (brow)" in str(caught.value)
    assert caught.value.next_step and calls.scenes == []


@pytest.mark.parametrize(
    "path",
    [
        # a closed path has no ends
        Path([Subpath(LOOP, True)], Stroke(1, cap=Cap.BUTT)),
        # a single segment has no joins
        Path([Subpath(CURVE)], Stroke(1, join=Join.MITER)),
        # a fill has neither
        Path([Subpath(LOOP, True)], None, Fill((1, 0, 0, 1))),
    ],
)
def test_caps_and_joins_that_there_are_not_do_not_matter(calls: Calls, path: Path) -> None:
    painted([path])
    assert len(calls.scenes) == 1


def test_without_pydiffvg_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydiffvg", None)
    with pytest.raises(BackendError) as caught:
        painted([])
    assert "pydiffvg" in str(caught.value) and caught.value.code == "backend.no-diffvg"
