"""A result.json as checked values; hides what a stranger, or a power cut, may have put into it."""

from __future__ import annotations

import math
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .messages import Refusal, _
from .path_data import Subpath

Rgba = Tuple[float, float, float, float]

MOST_PATHS = 20000
MOST_POINTS = 1000000
FARTHEST = 1e7  # px: ten times what a request may hold
LARGEST_WIDTH = 1e5  # px


class Stroke(NamedTuple):
    width: float  # canvas pixels
    colour: Rgba
    cap: str
    join: str
    miter_limit: float


class Fill(NamedTuple):
    colour: Rgba
    rule: str


class ResultPath(NamedTuple):
    origin: Optional[str]  # the id of the request's path that it continues
    subpaths: Tuple[Subpath, ...]  # canvas pixels
    stroke: Optional[Stroke]
    fill: Optional[Fill]


class _Damaged(Exception):
    """Not what docs/job-folder.md says."""


def read_paths(result: Dict[str, Any]) -> List[ResultPath]:
    """The paths of a result, the first at the back."""
    try:
        paths = result.get("paths")
        if not isinstance(paths, list) or len(paths) > MOST_PATHS:
            raise _Damaged("paths")
        read = [_path(path) for path in paths]
        if sum(len(subpath.points) for path in read for subpath in path.subpaths) > MOST_POINTS:
            raise _Damaged("points")
        return read
    except (_Damaged, TypeError, ValueError, KeyError, AttributeError) as error:
        raise Refusal(
            _("The result of this drawing is damaged and was not inserted."),
            _("Open StyleCLIPDraw > Drawings and draw it again."),
        ) from error


def read_subpaths(subpaths: Any) -> List[Subpath]:
    """Subpaths that came with a request; what is damaged is left out."""
    try:
        return [_subpath(subpath) for subpath in subpaths]
    except (_Damaged, TypeError, ValueError, KeyError, AttributeError):
        return []


def _path(path: Dict[str, Any]) -> ResultPath:
    origin = path.get("from")
    if origin is not None and not isinstance(origin, str):
        raise _Damaged("from")
    stroke, fill = path.get("stroke"), path.get("fill")
    subpaths = tuple(_subpath(subpath) for subpath in path["subpaths"])
    return ResultPath(
        origin, subpaths, _stroke(stroke) if stroke else None, _fill(fill) if fill else None
    )


def _subpath(subpath: Dict[str, Any]) -> Subpath:
    points = tuple((_number(x, FARTHEST), _number(y, FARTHEST)) for x, y in subpath["points"])
    closed = subpath.get("closed") is True
    if not points or len(points) % 3 != (0 if closed else 1) or len(points) == 1:
        raise _Damaged("points")
    return Subpath(points, closed)


def _stroke(stroke: Dict[str, Any]) -> Stroke:
    return Stroke(
        abs(_number(stroke["width"], LARGEST_WIDTH)),
        _colour(stroke.get("colour", (0, 0, 0, 1))),
        _one_of(stroke.get("cap", "round"), ("butt", "round", "square")),
        _one_of(stroke.get("join", "round"), ("miter", "round", "bevel")),
        _number(stroke.get("miter_limit", 4), 1e6),
    )


def _fill(fill: Dict[str, Any]) -> Fill:
    return Fill(
        _colour(fill["colour"]), _one_of(fill.get("rule", "nonzero"), ("nonzero", "evenodd"))
    )


def _one_of(value: Any, allowed: Tuple[str, ...]) -> str:
    if value not in allowed:
        raise _Damaged(str(value))
    return str(value)


def _colour(colour: Any) -> Rgba:
    red, green, blue, alpha = (min(1.0, max(0.0, _number(part, 1e3))) for part in colour)
    return (red, green, blue, alpha)


def _number(value: Any, largest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Damaged("number")
    number = float(value)
    if not math.isfinite(number) or abs(number) > largest:
        raise _Damaged("number")
    return number
