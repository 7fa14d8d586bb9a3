"""The coordinate systems that svg elements open.

Hides viewBox, preserveAspectRatio and page sizes.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Optional, Tuple

from .affine import Affine
from .lengths import Viewport, parse_length
from .names import SVG

Box = Tuple[float, float, float, float]  # x, y, width, height

_SEPARATOR = re.compile(r"[\s,]+")


DEFAULT_SIZE = (300.0, 150.0)  # px: of a document that says nothing, as Inkscape exports it


class Placed(NamedTuple):
    """An svg element's inside: how its user units map outside, and what percentages mean there."""

    to_outside: Affine
    viewport: Viewport


def parse_view_box(element: Any) -> Optional[Box]:
    try:
        numbers = [
            float(part) for part in _SEPARATOR.split(element.attrib.get("viewBox", "").strip())
        ]
    except ValueError:
        return None
    if len(numbers) != 4 or not (0 < numbers[2] < 1e12 and 0 < numbers[3] < 1e12):
        return None
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def page_size(root: Any) -> Tuple[float, float]:
    """Width and height of the page in CSS pixels; a missing or relative one follows the viewBox."""
    box = parse_view_box(root)
    full = (box[2], box[3]) if box else DEFAULT_SIZE
    width = parse_length(root.attrib.get("width", "100%"), full[0])
    height = parse_length(root.attrib.get("height", "100%"), full[1])
    return (
        width if width is not None and width > 0 else full[0],
        height if height is not None and height > 0 else full[1],
    )


def root_viewport(root: Any) -> Placed:
    width, height = page_size(root)
    return _placed(root, (0.0, 0.0, width, height))


def nested_viewport(element: Any, outside: Viewport, inside: Optional[Any] = None) -> Placed:
    """Of an svg element; `inside` is what has the viewBox, where that is another element."""

    def length(name: str, full: float, default: float) -> float:
        value = parse_length(element.attrib.get(name), full)
        return default if value is None else value

    return _placed(
        element if inside is None else inside,
        (
            length("x", outside.width, 0.0),
            length("y", outside.height, 0.0),
            length("width", outside.width, outside.width),
            length("height", outside.height, outside.height),
        ),
    )


def _placed(element: Any, frame: Box) -> Placed:
    x, y, width, height = frame
    box = parse_view_box(element)
    if box is None:
        return Placed(Affine(e=x, f=y), Viewport(width, height))
    return Placed(
        _fit(box, frame, element.attrib.get("preserveAspectRatio", "")), Viewport(box[2], box[3])
    )


def _fit(box: Box, frame: Box, how: str) -> Affine:
    """https://www.w3.org/TR/SVG11/coords.html#PreserveAspectRatioAttribute"""
    sx, sy = frame[2] / box[2], frame[3] / box[3]
    words = how.split()
    align = words[0] if words else "xMidYMid"
    if align != "none":
        sx = sy = max(sx, sy) if "slice" in words else min(sx, sy)
    spare_x, spare_y = frame[2] - box[2] * sx, frame[3] - box[3] * sy
    share_x = 0.0 if align == "none" or "xMin" in align else 1.0 if "xMax" in align else 0.5
    share_y = 0.0 if align == "none" or "YMin" in align else 1.0 if "YMax" in align else 0.5
    return Affine(
        sx,
        0,
        0,
        sy,
        frame[0] + share_x * spare_x - box[0] * sx,
        frame[1] + share_y * spare_y - box[1] * sy,
    )


def viewport_of(element: Any) -> Viewport:
    """What percentages mean for an element."""
    viewport: Optional[Viewport] = None
    for ancestor in reversed(list(element.iterancestors(SVG + "svg"))):
        viewport = (
            root_viewport(ancestor) if viewport is None else nested_viewport(ancestor, viewport)
        ).viewport
    return viewport if viewport is not None else root_viewport(element).viewport
