"""Drawings: there and back, the index arrays, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from generated_drawings import TensorNames, batch_of, scenes
from hypothesis import given, settings

from styleclipdraw_core.drawing import (
    Cap,
    Drawing,
    Fill,
    FillRule,
    Join,
    Moves,
    Path,
    Stroke,
    Subpath,
    check_drawing,
)
from styleclipdraw_core.errors import DrawingError

OPEN = [[0.0, 0.0], [1.0, 0.0], [2.0, 1.0], [3.0, 1.0]]
CLOSED = [[0.0, 0.0], [1.0, 0.0], [2.0, 1.0], [3.0, 1.0], [2.0, 2.0], [1.0, 2.0]]


def three_paths() -> list[Path]:
    return [
        Path([Subpath(OPEN), Subpath(CLOSED, True)], Stroke(2.0), id="kite"),
        Path([], None, Fill((0.0, 1.0, 0.0, 0.5), FillRule.EVENODD)),
        Path(
            [Subpath(OPEN)],
            Stroke(1.5, (1, 0, 0, 1), Cap.SQUARE, Join.BEVEL, 7.0),
            Fill((0, 0, 1, 1)),
            "tail",
            Moves(points=False, width=True, stroke=False, fill=True),
        ),
    ]


def test_the_index_arrays() -> None:
    s = Drawing.from_paths(three_paths()).structure
    assert s.path_offsets.tolist() == [0, 2, 2, 3]
    assert s.subpath_offsets.tolist() == [0, 4, 10, 14]
    assert s.closed.tolist() == [False, True, False]
    assert s.path_of_point.tolist() == [0] * 10 + [2] * 4
    assert s.segment_offsets.tolist() == [0, 1, 3, 4]
    # The last segment of a closed subpath ends in its first point.
    assert s.segments.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [7, 8, 9, 4], [10, 11, 12, 13]]
    assert (s.path_count, s.subpath_count, s.point_count) == (3, 3, 14)


@given(scene=scenes())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_paths_there_and_back(scene: object) -> None:
    drawing = scene.drawing  # type: ignore[attr-defined]
    if drawing.batched:
        drawing = drawing.with_tensors(*(t[0] for t in drawing.tensors()))
    again = Drawing.from_paths(drawing.to_paths(), dtype=torch.float64)
    for name in TensorNames:
        assert torch.equal(getattr(again, name), getattr(drawing, name)), name
    for name, value in vars(drawing.structure).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(again.structure, name), value, name)
    assert again.structure.ids == drawing.structure.ids


def test_all_of_a_path_is_read_back() -> None:
    for before, after in zip(
        three_paths(), Drawing.from_paths(three_paths()).to_paths(), strict=True
    ):
        assert after.id == before.id and after.moves == (before.moves or Moves())
        assert (after.stroke is None, after.fill is None) == (
            before.stroke is None,
            before.fill is None,
        )
        if before.stroke and after.stroke:
            assert after.stroke.cap == before.stroke.cap
            assert after.stroke.join == before.stroke.join
            assert after.stroke.miter_limit == before.stroke.miter_limit
        if before.fill and after.fill:
            assert after.fill.rule == before.fill.rule


@pytest.mark.parametrize(
    ("points", "closed"),
    [
        # too few for a segment
        (OPEN[:3], False),
        ([], False),
        ([], True),
        # a point over
        (CLOSED[:5], False),
        # the first point repeated at the end
        ([*CLOSED, CLOSED[0]], True),
        # x without y
        ([[0.0], [1.0], [2.0], [3.0]], False),
    ],
)
def test_points_that_make_no_segments_are_refused(points: list[list[float]], closed: bool) -> None:
    paths = [Path([Subpath(OPEN)]), Path([Subpath(OPEN), Subpath(points, closed)], id="odd")]
    with pytest.raises(DrawingError) as caught:
        Drawing.from_paths(paths)
    assert "path 2 (odd)" in str(caught.value) and caught.value.code == "drawing.shape"


def test_a_detached_copy_is_nobody_elses() -> None:
    drawing = Drawing.from_paths(three_paths())
    leaf = drawing.points.clone().requires_grad_()
    copy = drawing.with_tensors(points=leaf * 1).detached()
    assert not copy.points.requires_grad
    with torch.no_grad():
        leaf += 1
    assert torch.equal(copy.points, drawing.points)


def test_sound_drawings_pass_the_check() -> None:
    drawing = Drawing.from_paths(three_paths())
    check_drawing(drawing)
    check_drawing(batch_of(drawing, 2, np.random.default_rng(0)))
    check_drawing(Drawing.from_paths([]))
