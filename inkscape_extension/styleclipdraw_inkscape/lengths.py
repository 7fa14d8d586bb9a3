"""SVG lengths in user units; hides units, percentages and font-relative sizes."""

from __future__ import annotations

import math
import re
from typing import NamedTuple, Optional

# https://www.w3.org/TR/SVG11/types.html#DataTypeLength, in CSS pixels; Inkscape knows no others
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
}
_LENGTH = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*|%)\s*$")

DEFAULT_FONT_SIZE = 12.0  # px; Inkscape's own initial value, where CSS leaves "medium" open


class Viewport(NamedTuple):
    """What percentages refer to: the nearest viewBox, in its own user units."""

    width: float
    height: float

    @property
    def diagonal(self) -> float:
        return math.sqrt((self.width**2 + self.height**2) / 2)


def parse_length(
    text: Optional[str], full: float, font_size: float = DEFAULT_FONT_SIZE
) -> Optional[float]:
    """User units of a length, `None` when it is absent or no length; 100 % are `full` units."""
    match = _LENGTH.match(text or "")
    if not match:
        return None
    number, unit = float(match.group(1)), match.group(2).lower()
    if unit == "%":
        value = number / 100 * full
    elif unit == "em":
        value = number * font_size
    elif unit == "ex":
        value = number * font_size / 2
    elif unit in _PIXELS:
        value = number * _PIXELS[unit]
    else:
        return None
    return value if math.isfinite(value) else None
