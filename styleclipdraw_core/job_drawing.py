"""Turns the paths of a request into a `Drawing` and a `Drawing` into the paths of a result.

Hides ids, rounding and which strokes nobody can see. A path without an id is a new stroke: that is
how the loop knows which ones it may start anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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

POINT_DIGITS = 3  # a thousandth of a pixel cannot be seen
COLOUR_DIGITS = 4  # 8 bits have less than three
INVISIBLE = 0.5 / 255  # opacity; rounds to no change of an 8-bit pixel


def paths_to_draw(paths: Iterable[JobPath]) -> list[Path]:
    """The paths of a request, which keep their ids."""
    return [_path(path, path.id, path.moves) for path in paths]


def paths_to_go_on_with(
    paths: Iterable[JobPath], request: Sequence[JobPath]
) -> list[Path]:
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
    return tuple(_job_path(path, path.id, None, path.moves or Moves(), None) for path in paths)


def paths_of_result(drawing: Drawing, request: Sequence[JobPath]) -> tuple[JobPath, ...]:
    """The drawing's paths in z-order; new strokes are given ids that the request does not have."""
    taken = {path.id for path in request}
    result = []
    number = 0
    for path in drawing.to_paths():
        name = path.id
        while not name or (name in taken and not path.id):
            number += 1
            name = f"stroke-{number}"
        result.append(_job_path(path, name, path.id or None, Moves(), POINT_DIGITS))
    return tuple(result)


def _job_path(
    path: Path, name: str, origin: str | None, moves: Moves, digits: int | None
) -> JobPath:
    stroke, fill = path.stroke, path.fill
    return JobPath(
        name,
        tuple(JobSubpath(_points(s, digits), s.closed) for s in path.subpaths),
        None
        if stroke is None
        else JobStroke(
            _rounded(max(float(stroke.width), 0.0), digits),
            _colour(stroke.colour),
            CAPS[stroke.cap],
            JOINS[stroke.join],
            stroke.miter_limit,
        ),
        None if fill is None else JobFill(_colour(fill.colour), FILL_RULES[fill.rule]),
        JobMoves(moves.points, moves.width, moves.stroke, moves.fill),
        origin,
    )


def _points(subpath: Subpath, digits: int | None) -> tuple[tuple[float, float], ...]:
    points = np.asarray(subpath.points, np.float64)  # [n, 2]
    rows = points if digits is None else points.round(digits)
    return tuple(map(tuple, rows.tolist()))


def _rounded(value: float, digits: int | None) -> float:
    return value if digits is None else round(value, digits)


def _colour(colour: Sequence[float]) -> Colour:
    return tuple([round(min(max(float(part), 0.0), 1.0), COLOUR_DIGITS) for part in colour])
