"""Turns the paths of a request into a `Drawing` and a `Drawing` into the paths of a result.

Hides ids, rounding and which strokes nobody can see. A path without an id is a new stroke: that is
how the loop knows which ones it may start anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

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
)
from styleclipdraw_core.job import (
    CAPS,
    FILL_RULES,
    JOINS,
    Colour,
    JobFill,
    JobMoves,
    JobPath,
    JobStroke,
    JobSubpath,
)

if TYPE_CHECKING:
    from torch import Tensor

POINT_DIGITS = 3  # a thousandth of a pixel cannot be seen
COLOUR_DIGITS = 4  # 8 bits have less than three
INVISIBLE = 0.5 / 255  # opacity; rounds to no change of an 8-bit pixel


def paths_to_draw(paths: Iterable[JobPath]) -> list[Path]:
    """The paths of a request, which keep their ids."""
    return [_path(path, path.id, path.moves) for path in paths]


def paths_to_go_on_with(paths: Iterable[JobPath], request: Sequence[JobPath]) -> list[Path]:
    """The paths of a result, with what the request says may move; new strokes lose their ids."""
    moves = {path.id: path.moves for path in request}
    return [_path(path, path.origin or "", moves.get(path.origin or "")) for path in paths]


def _path(path: JobPath, name: str, moves: JobMoves | None) -> Path:
    stroke, fill = path.stroke, path.fill
    return Path(
        [Subpath(subpath.points, subpath.closed) for subpath in path.subpaths],
        None
        if stroke is None
        else Stroke(
            stroke.width,
            stroke.colour,
            Cap(CAPS.index(stroke.cap)),
            Join(JOINS.index(stroke.join)),
            stroke.miter_limit,
        ),
        None if fill is None else Fill(fill.colour, FillRule(FILL_RULES.index(fill.rule))),
        name,
        Moves(moves.points, moves.width, moves.stroke, moves.fill) if moves else Moves(),
    )


def visible_paths(drawing: Drawing) -> Drawing:
    """The drawing without those new strokes that are fully transparent."""
    kept = [path for path in drawing.to_paths() if path.id or _can_be_seen(path)]
    if len(kept) == drawing.path_count:
        return drawing
    return Drawing.from_paths(kept, dtype=drawing.points.dtype, device=drawing.points.device)


def _can_be_seen(path: Path) -> bool:
    return any(
        paint is not None and paint.colour[3] > INVISIBLE for paint in (path.stroke, path.fill)
    )


def job_paths(paths: Iterable[Path]) -> tuple[JobPath, ...]:
    """Paths of a document as a request holds them: with their ids, and every digit."""
    return tuple(_job_path(path, path.moves or Moves()) for path in paths)


def paths_of_result(drawing: Drawing, request: Sequence[JobPath]) -> tuple[JobPath, ...]:
    """The drawing's paths in z-order; new strokes are given ids that the request does not have."""
    # In whole arrays instead of by way of `Path`: it is done after every step.
    s = drawing.structure
    points = [tuple(point) for point in _rows(drawing.points, POINT_DIGITS)]  # C
    widths = _rows(drawing.widths.clamp(min=0), POINT_DIGITS)  # P
    strokes = [tuple(row) for row in _rows(drawing.stroke_colours.clamp(0, 1), COLOUR_DIGITS)]
    fills = [tuple(row) for row in _rows(drawing.fill_colours.clamp(0, 1), COLOUR_DIGITS)]
    ends, closed, firsts = s.subpath_offsets.tolist(), s.closed.tolist(), s.path_offsets.tolist()
    has_stroke, has_fill = s.has_stroke.tolist(), s.has_fill.tolist()
    miter_limits = s.miter_limits.tolist()
    taken = {path.id for path in request}
    result = []
    number = 0
    for p, origin in enumerate(s.ids):
        name = origin
        while not name or (name in taken and not origin):
            number += 1
            name = f"stroke-{number}"
        subpaths = [
            JobSubpath(tuple(points[ends[i] : ends[i + 1]]), closed[i])
            for i in range(firsts[p], firsts[p + 1])
        ]
        stroke = fill = None
        if has_stroke[p]:
            shape = CAPS[s.caps[p]], JOINS[s.joins[p]], miter_limits[p]
            stroke = JobStroke(widths[p], strokes[p], *shape)
        if has_fill[p]:
            fill = JobFill(fills[p], FILL_RULES[s.fill_rules[p]])
        result.append(JobPath(name, tuple(subpaths), stroke, fill, origin=origin or None))
    return tuple(result)


def _rows(tensor: Tensor, digits: int) -> list[Any]:
    rows: list[Any] = tensor.detach().cpu().double().numpy().round(digits).tolist()
    return rows


def _job_path(path: Path, moves: Moves) -> JobPath:
    stroke, fill = path.stroke, path.fill
    return JobPath(
        path.id,
        tuple(JobSubpath(_points(s), s.closed) for s in path.subpaths),
        None
        if stroke is None
        else JobStroke(
            max(float(stroke.width), 0.0),
            _colour(stroke.colour),
            CAPS[stroke.cap],
            JOINS[stroke.join],
            stroke.miter_limit,
        ),
        None if fill is None else JobFill(_colour(fill.colour), FILL_RULES[fill.rule]),
        JobMoves(moves.points, moves.width, moves.stroke, moves.fill),
    )


def _points(subpath: Subpath) -> tuple[tuple[float, float], ...]:
    points = np.asarray(subpath.points, np.float64)  # [n, 2]
    return tuple(map(tuple, points.tolist()))


def _colour(colour: Sequence[float]) -> Colour:
    return tuple([round(min(max(float(part), 0.0), 1.0), COLOUR_DIGITS) for part in colour])
