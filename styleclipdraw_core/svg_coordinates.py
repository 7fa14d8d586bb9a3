"""Lengths, transforms and viewports of SVG (SVG 2, chapter 8): all that ends in canvas px."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LENGTH = re.compile(rf"\s*({NUMBER})\s*(%|[a-zA-Z]*)\s*\Z")

# CSS Values 3, section 5.2: absolute lengths, at 96 px to the inch.
PX_PER_UNIT = {
    "": 1.0,
    "px": 1.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "pt": 96 / 72,
    "pc": 16.0,
}
EX_PER_EM = 0.5  # CSS Values 3, section 5.1.1, where the font is not looked at

# A matrix that flattens the plane draws nothing and cannot be undone.
SMALLEST_DETERMINANT = 1e-24


class Affine(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def after(self, first: Affine) -> Affine:
        """The map that applies ``first`` and then this one."""
        a, b, c, d, e, f = self
        return Affine(
            a * first.a + c * first.b,
            b * first.a + d * first.b,
            a * first.c + c * first.d,
            b * first.c + d * first.d,
            a * first.e + c * first.f + e,
            b * first.e + d * first.f + f,
        )

    def apply(self, points: FloatArray) -> FloatArray:
        """[n, 2] -> [n, 2]."""
        matrix = np.array([[self.a, self.b], [self.c, self.d]])
        with np.errstate(over="ignore", invalid="ignore"):  # whoever asks looks at the result
            return np.asarray(points @ matrix + np.array([self.e, self.f]), np.float64)

    @property
    def determinant(self) -> float:
        return self.a * self.d - self.b * self.c

    @property
    def scale(self) -> float:
        """How much lengths grow, in the geometric mean over all directions."""
        return math.sqrt(abs(self.determinant))

    @property
    def usable(self) -> bool:
        area = abs(self.determinant)
        return all(map(math.isfinite, self)) and SMALLEST_DETERMINANT < area < math.inf

    def inverse(self) -> Affine:
        det = self.determinant
        a, b, c, d = self.d / det, -self.b / det, -self.c / det, self.a / det
        return Affine(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))


class Viewport(NamedTuple):
    """What percentages refer to, in user units."""

    width: float
    height: float

    @property
    def diagonal(self) -> float:
        """Section 8.9: the length that percentages of neither width nor height refer to."""
        return math.hypot(self.width, self.height) / math.sqrt(2)


def parse_length(
    text: str | None, *, percent_of: float, font_size: float, root_font_size: float = 16.0
) -> float | None:
    """A length in user units, or None when it is missing or not a length."""
    match = _LENGTH.match(text) if text is not None else None
    if match is None:
        return None
    value, unit = float(match[1]), match[2].lower()
    if unit == "%":
        value *= percent_of / 100
    elif unit in PX_PER_UNIT:
        value *= PX_PER_UNIT[unit]
    elif unit == "em":
        value *= font_size
    elif unit in ("ex", "ch"):
        value *= font_size * EX_PER_EM
    elif unit == "rem":
        value *= root_font_size
    else:
        return None
    return value if math.isfinite(value) else None


_TRANSFORM = re.compile(r"([a-zA-Z]+)\s*\(([^()]*)\)\s*,?\s*")
_SEPARATED = re.compile(rf"\s*({NUMBER})\s*,?")
_COUNTS = {
    "matrix": (6,),
    "translate": (1, 2),
    "scale": (1, 2),
    "rotate": (1, 3),
    "skewx": (1,),
    "skewy": (1,),
}


def parse_transform(text: str) -> Affine:
    """A transform list; one with an error in it is no transform, as in every browser."""
    result = Affine()
    text = text.strip()
    position = 0
    while position < len(text):
        match = _TRANSFORM.match(text, position)
        if match is None:
            return Affine()
        position = match.end()
        values = _numbers(match[2])
        name = match[1].lower()
        if values is None or len(values) not in _COUNTS.get(name, ()):
            return Affine()
        result = result.after(_single_transform(name, values))
    return result


def _numbers(text: str) -> list[float] | None:
    values, position = [], 0
    while (match := _SEPARATED.match(text, position)) is not None:
        values.append(float(match[1]))
        position = match.end()
    return None if text[position:].strip() else values


def _single_transform(name: str, v: list[float]) -> Affine:
    if name == "matrix":
        return Affine(*v)
    if name == "translate":
        return Affine(e=v[0], f=v[1] if len(v) > 1 else 0.0)
    if name == "scale":
        return Affine(a=v[0], d=v[-1])
    angle = math.radians(v[0] % 360)
    if name == "skewx":
        return Affine(c=math.tan(angle))
    if name == "skewy":
        return Affine(b=math.tan(angle))
    cos, sin = math.cos(angle), math.sin(angle)
    turn = Affine(cos, sin, -sin, cos)
    if len(v) == 1:
        return turn
    return Affine(e=v[1], f=v[2]).after(turn).after(Affine(e=-v[1], f=-v[2]))


def parse_view_box(text: str | None) -> tuple[float, float, float, float] | None:
    """min-x, min-y, width and height; None when missing, broken or negative."""
    values = _numbers(text) if text is not None else None
    if values is None or len(values) != 4 or not all(map(math.isfinite, values)):
        return None
    if values[2] < 0 or values[3] < 0:
        return None
    return values[0], values[1], values[2], values[3]


_ALIGN = re.compile(r"\s*(?:defer\s+)?(none|x(Min|Mid|Max)Y(Min|Mid|Max))(?:\s+(meet|slice))?\s*\Z")
_SHARE = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}


def view_box_transform(
    view_box: tuple[float, float, float, float],
    width: float,
    height: float,
    preserve_aspect_ratio: str | None,
) -> Affine:
    """From the viewBox to a viewport of this size (SVG 2, section 8.2)."""
    min_x, min_y, box_width, box_height = view_box
    if box_width == 0 or box_height == 0:
        return Affine(0, 0, 0, 0)
    match = _ALIGN.match(preserve_aspect_ratio or "") or _ALIGN.match("xMidYMid")
    assert match is not None
    scale_x, scale_y = width / box_width, height / box_height
    shift_x = shift_y = 0.0
    if match[1] != "none":
        scale_x = scale_y = (max if match[4] == "slice" else min)(scale_x, scale_y)
        shift_x = (width - box_width * scale_x) * _SHARE[match[2]]
        shift_y = (height - box_height * scale_y) * _SHARE[match[3]]
    return Affine(scale_x, 0, 0, scale_y, shift_x - min_x * scale_x, shift_y - min_y * scale_y)
