"""The part of the page that is drawn on, in canvas pixels.

Hides how large a picture the judges get.
"""

from __future__ import annotations

import math
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from .affine import Affine, Point, scaling, translation
from .paint import number, opacity
from .svg_scene import Item
from .viewports import Box

LONGER_SIDE = 448  # px: twice what CLIP looks at, so that the preview is not coarse
SMALLEST_SIDE = 16  # px: of a very long and narrow area

# Refined paths may grow; so much more than their box is drawn on, as a share of its longer side.
MARGIN = 0.1

# What the optimizer takes (docs/job-folder.md); an item beyond is left alone.
FARTHEST = 1e6  # px
SMALLEST_WIDTH, LARGEST_WIDTH = 0.001, 1000.0  # px


class Canvas(NamedTuple):
    """A rectangle of the page as `width` x `height` pixels."""

    width: int
    height: int
    from_page: Affine


def canvas_of(box: Box, longer_side: int = LONGER_SIDE) -> Canvas:
    """The canvas of an area of the page (CSS pixels), with the area's aspect and in its middle."""
    x, y, width, height = box
    scale = longer_side / max(width, height)
    columns = max(SMALLEST_SIDE, int(round(width * scale)))
    rows = max(SMALLEST_SIDE, int(round(height * scale)))
    middle = translation(-(x + width / 2), -(y + height / 2))
    return Canvas(columns, rows, translation(columns / 2, rows / 2) @ scaling(scale) @ middle)


def box_of(items: Iterable[Item], margin: float = 0.0) -> Optional[Box]:
    """The box of items with their strokes, in pixels of the page; `None` when it has no size."""
    boxes = [_item_box(item) for item in items]
    if not boxes:
        return None
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
    grow = margin * max(right - left, bottom - top)
    width, height = right - left + 2 * grow, bottom - top + 2 * grow
    if not (math.isfinite(width) and math.isfinite(height) and max(width, height) > 0):
        return None
    return (left - grow, top - grow, width, height)


def _item_box(item: Item) -> Tuple[float, float, float, float]:
    points: List[Point] = [
        item.to_page(point) for subpath in item.subpaths for point in subpath.points
    ]
    reach = 0.0
    if item.stroke is not None:
        reach = item.stroke_width / 2 * (1.0 if item.fixed_stroke else item.to_page.expansion)
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return (min(xs) - reach, min(ys) - reach, max(xs) + reach, max(ys) + reach)


def width_scale(item: Item, canvas: Canvas) -> float:
    """Canvas pixels of one unit of the item's stroke width."""
    own = 1.0 if item.fixed_stroke else item.to_page.expansion
    return own * canvas.from_page.expansion


def job_path(item: Item, canvas: Canvas) -> Optional[Dict[str, Any]]:
    """One entry of `paths` in job.json; `None` for what the optimizer would not take."""
    to_canvas = canvas.from_page @ item.to_page
    subpaths = [subpath.through(to_canvas) for subpath in item.subpaths]
    if any(abs(part) >= FARTHEST for s in subpaths for point in s.points for part in point):
        return None
    path: Dict[str, Any] = {"id": item.name, "subpaths": [subpath.json() for subpath in subpaths]}
    moves = {"points": True, "width": False, "stroke": False, "fill": False}
    seen = item.own_opacity * item.opacity_above
    if item.stroke is not None:
        width = item.stroke_width * width_scale(item, canvas)
        join = item.values["stroke-linejoin"]
        path["stroke"] = {
            "width": min(LARGEST_WIDTH, max(SMALLEST_WIDTH, width)),
            "colour": _colour(item.stroke.colour, item.values["stroke-opacity"], seen),
            "cap": item.values["stroke-linecap"],
            "join": join if join in ("round", "bevel") else "miter",
            "miter_limit": _miter_limit(item.values["stroke-miterlimit"]),
        }
        moves["width"] = SMALLEST_WIDTH <= width <= LARGEST_WIDTH
        moves["stroke"] = not item.stroke.kept
    if item.fill is not None:
        path["fill"] = {
            "colour": _colour(item.fill.colour, item.values["fill-opacity"], seen),
            "rule": item.values["fill-rule"],
        }
        moves["fill"] = not item.fill.kept
    path["moves"] = moves
    return path


def _colour(colour: Tuple[float, ...], own: str, seen: float) -> List[float]:
    return list(colour[:3]) + [colour[3] * opacity(own) * seen]


def _miter_limit(text: str) -> float:
    limit = number(text.replace("%", ""), 4.0)  # a percent sign is read over
    return limit if 1.0 <= limit < 1e6 else 4.0
