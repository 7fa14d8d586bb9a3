"""A drawing's paths as a result holds them, against the slow way by `Path` values."""

from __future__ import annotations

import json

import torch

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.job import CAPS, FILL_RULES, JOINS, JobPath, JobSubpath, Result
from styleclipdraw_core.job_drawing import job_paths, paths_of_result
from styleclipdraw_core.job_json import read_result, write_result

OPEN = [(0.12345678, 1.0), (2.0, 3.5), (4.0, 1e-9), (7.0, -3.00049)]
CLOSED = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.00051)]
PATHS = [
    Path([Subpath(OPEN)], Stroke(2.34567, (0.1, 0.2, 0.3, 0.45678), Cap.BUTT, Join.MITER, 7.0)),
    Path([Subpath(CLOSED, True), Subpath(OPEN)], None, Fill((1, 0, 0, 1), FillRule.EVENODD), "b"),
    Path([Subpath(CLOSED, True)], Stroke(1, (0, 0, 0, 1)), Fill((0, 0, 1, 0.5)), "stroke-1"),
    Path([Subpath(OPEN)], Stroke(3, (1, 1, 1, 1), Cap.SQUARE, Join.BEVEL)),
]


def the_slow_way(drawing: Drawing) -> list[dict[str, object]]:
    rows = []
    for path in drawing.to_paths():
        stroke, fill = path.stroke, path.fill
        rows.append(
            {
                "points": [
                    [[round(float(v), 3) for v in p] for p in s.points] for s in path.subpaths
                ],
                "closed": [s.closed for s in path.subpaths],
                "stroke": stroke
                and (
                    round(max(stroke.width, 0.0), 3),
                    [round(min(max(c, 0.0), 1.0), 4) for c in stroke.colour],
                    CAPS[stroke.cap],
                    JOINS[stroke.join],
                    stroke.miter_limit,
                ),
                "fill": fill
                and ([round(min(max(c, 0.0), 1.0), 4) for c in fill.colour], FILL_RULES[fill.rule]),
            }
        )
    return json.loads(json.dumps(rows))  # type: ignore[no-any-return]


def the_same(path: JobPath) -> dict[str, object]:
    stroke, fill = path.stroke, path.fill
    row = {
        "points": [s.points for s in path.subpaths],
        "closed": [s.closed for s in path.subpaths],
        "stroke": stroke
        and (stroke.width, stroke.colour, stroke.cap, stroke.join, stroke.miter_limit),
        "fill": fill and (fill.colour, fill.rule),
    }
    return json.loads(json.dumps(row))  # type: ignore[no-any-return]


def test_a_result_holds_what_the_paths_say() -> None:
    drawing = Drawing.from_paths(PATHS)
    assert [the_same(path) for path in paths_of_result(drawing, ())] == the_slow_way(drawing)
    beyond = drawing.with_tensors(
        drawing.points * 1.7,
        drawing.widths - 2,
        drawing.stroke_colours + 0.7,
        drawing.fill_colours - 0.2,
    )
    found = paths_of_result(beyond, ())
    assert [the_same(path) for path in found] == the_slow_way(beyond)
    assert all(0 <= part <= 1 for path in found if path.stroke for part in path.stroke.colour)


def test_the_comparison_can_fail() -> None:
    drawing = Drawing.from_paths(PATHS)
    moved = drawing.with_tensors(drawing.points + 0.002, *drawing.tensors()[1:])
    assert [the_same(path) for path in paths_of_result(moved, ())] != the_slow_way(drawing)


def test_new_strokes_get_free_names_and_the_others_say_where_they_are_from() -> None:
    paths = paths_of_result(Drawing.from_paths(PATHS), job_paths(PATHS[1:3]))
    assert [path.id for path in paths] == ["stroke-2", "b", "stroke-1", "stroke-3"]
    assert [path.origin for path in paths] == [None, "b", "stroke-1", None]


def test_what_is_written_is_read_again() -> None:
    drawing = Drawing.from_paths(PATHS, dtype=torch.float32)
    result = Result(
        job="20260301-142233-a1b2c3",
        state="drawing",
        paths=paths_of_result(drawing, job_paths(PATHS[1:3])),
    )
    again = read_result(write_result(result))
    assert again.paths == result.paths
    assert all(type(subpath) is JobSubpath for path in again.paths for subpath in path.subpaths)
