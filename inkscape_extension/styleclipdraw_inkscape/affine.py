"""Affine maps of the plane as immutable values; hides the spelling of the transform attribute."""

from __future__ import annotations

import math
import re
from typing import Iterable, List, NamedTuple, Optional, Tuple

Point = Tuple[float, float]

_FUNCTION = re.compile(r"\s*,?\s*([A-Za-z]+)\s*\(([^)]*)\)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class Affine(NamedTuple):
    """x' = a x + c y + e and y' = b x + d y + f, in the order of SVG's matrix()."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __matmul__(self, inner: "Affine") -> "Affine":
        """The map that first applies `inner`, then this one."""
        return Affine(
            self.a * inner.a + self.c * inner.b,
            self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d,
            self.b * inner.c + self.d * inner.d,
            self.a * inner.e + self.c * inner.f + self.e,
            self.b * inner.e + self.d * inner.f + self.f,
        )

    @property
    def determinant(self) -> float:
        return self.a * self.d - self.b * self.c

    @property
    def expansion(self) -> float:
        """How much longer things get: the square root of how much larger areas get."""
        return math.sqrt(abs(self.determinant))

    @property
    def stretch(self) -> float:
        """How much longer the most stretched direction gets: the larger singular value."""
        squares = self.a**2 + self.b**2 + self.c**2 + self.d**2
        spread = math.sqrt(max(0.0, squares**2 - 4 * self.determinant**2))
        return math.sqrt((squares + spread) / 2)

    @property
    def is_invertible(self) -> bool:
        """False for maps onto a line or a point, and for those that a double cannot undo."""
        if not all(map(math.isfinite, self)):
            return False
        stretch = self.stretch
        return stretch > 0 and abs(self.determinant) > 1e-12 * stretch * stretch

    def inverse(self) -> "Affine":
        scale = 1.0 / self.determinant
        a, b, c, d = self.d * scale, -self.b * scale, -self.c * scale, self.a * scale
        return Affine(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))

    def __call__(self, point: Point) -> Point:
        x, y = point
        return (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)

    def map(self, points: Iterable[Point]) -> List[Point]:
        return [self(point) for point in points]


def translation(x: float, y: float) -> Affine:
    return Affine(e=x, f=y)


def scaling(x: float, y: Optional[float] = None) -> Affine:
    return Affine(a=x, d=x if y is None else y)


def parse_transform(text: Optional[str]) -> Affine:
    """The map of a transform attribute; one that cannot be read counts as absent, as in Inkscape.

    https://www.w3.org/TR/SVG11/coords.html#TransformAttribute
    """
    result, position = Affine(), 0
    text = (text or "").strip()
    while position < len(text):
        found = _FUNCTION.match(text, position)
        if not found:
            return result if not text[position:].strip(" ,\t\r\n") else Affine()
        step = _single(found.group(1), [float(n) for n in _NUMBER.findall(found.group(2))])
        if step is None:
            return Affine()
        result, position = result @ step, found.end()
    return result


def _single(name: str, numbers: List[float]) -> Optional[Affine]:
    count = len(numbers)
    if name == "matrix" and count == 6:
        return Affine(*numbers)
    if name == "translate" and count in (1, 2):
        return translation(numbers[0], numbers[1] if count == 2 else 0.0)
    if name == "scale" and count in (1, 2):
        return scaling(*numbers)
    if name == "rotate" and count in (1, 3):
        angle = math.radians(numbers[0])
        turn = Affine(math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle))
        if count == 1:
            return turn
        return translation(*numbers[1:]) @ turn @ translation(-numbers[1], -numbers[2])
    if name == "skewX" and count == 1:
        return Affine(c=math.tan(math.radians(numbers[0])))
    if name == "skewY" and count == 1:
        return Affine(b=math.tan(math.radians(numbers[0])))
    return None


def format_transform(affine: Affine) -> str:
    return "matrix({})".format(",".join("{:.12g}".format(part) for part in affine))
