"""Sorts new paths into large, middle and small ones, the large at the back.

Hides what counts as size.
"""

from __future__ import annotations

import math
from typing import List, Tuple

from .messages import _
from .result_reader import ResultPath


def by_size(paths: List[ResultPath]) -> List[Tuple[str, List[ResultPath]]]:
    """Three groups of about as many paths each; inside a group the order stays."""
    if len(paths) < 3:
        return [("", paths)]
    order = sorted(range(len(paths)), key=lambda index: -_size(paths[index]))
    third = (len(paths) + 2) // 3
    names = (_("Large strokes"), _("Middle strokes"), _("Small strokes"))
    return [
        (name, [paths[index] for index in sorted(order[at : at + third])])
        for name, at in zip(names, range(0, len(paths), third))
    ]


def _size(path: ResultPath) -> float:
    """The diagonal of the box around the control points and half the stroke, in canvas pixels."""
    points = [point for subpath in path.subpaths for point in subpath.points]
    if not points:
        return 0.0
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    width = path.stroke.width if path.stroke else 0.0
    return math.hypot(max(xs) - min(xs) + width, max(ys) - min(ys) + width)
