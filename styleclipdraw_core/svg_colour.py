"""Colours and paints as SVG writes them (CSS Color 4, sections 4 to 7; SVG 2, section 13.2)."""

from __future__ import annotations

import colorsys
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from styleclipdraw_core.svg_coordinates import NUMBER

Rgba = tuple[float, float, float, float]  # straight, each 0 to 1

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\Z", re.I)
_FUNCTION = re.compile(r"(rgb|rgba|hsl|hsla)\(([^()]*)\)\Z", re.I)
_ARGUMENT = re.compile(rf"({NUMBER})(%|deg|rad|turn|grad)?\Z", re.I)
_SERVER = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^\s'")]*))\s*\)\s*(.*)\Z""", re.I | re.S)
_TURNS = {"": 1 / 360, "deg": 1 / 360, "rad": 1 / (2 * math.pi), "turn": 1.0, "grad": 1 / 400}


class Paint(NamedTuple):
    """What a fill or stroke is painted with.

    ``kind`` is none, colour, current (the property color), server (a gradient or pattern, with a
    paint that stands in when it is missing) or context (of a marker or clone).
    """

    kind: str
    colour: Rgba = (0.0, 0.0, 0.0, 1.0)
    server: str = ""  # the id
    fallback: Paint | None = None


NO_PAINT = Paint("none")


@lru_cache(maxsize=4096)
def parse_paint(text: str) -> Paint | None:
    """A paint, or None when it is not one (and the property is to be ignored)."""
    text = text.strip()
    keyword = text.lower()
    if keyword == "none":
        return NO_PAINT
    if keyword == "currentcolor":
        return Paint("current")
    if keyword in ("context-fill", "context-stroke"):
        return Paint("context")
    match = _SERVER.match(text)
    if match is not None:
        address = next((group for group in match.groups()[:3] if group is not None), "")
        fallback = parse_paint(match[4]) if match[4].strip() else None
        if match[4].strip() and (fallback is None or fallback.kind == "server"):
            return None
        return Paint("server", server=address.strip().removeprefix("#"), fallback=fallback)
    # SVG 1.1 lets an icc-color() follow the sRGB colour that stands in for it.
    colour = parse_colour(re.sub(r"\s+icc-color\([^()]*\)\s*\Z", "", text))
    return Paint("colour", colour) if colour is not None else None


def parse_colour(text: str) -> Rgba | None:
    text = text.strip().lower()
    match = _HEX.match(text)
    if match is not None:
        digits = match[1]
        if len(digits) < 5:
            digits = "".join(2 * digit for digit in digits)
        red, green, blue, *alpha = (value / 255 for value in bytes.fromhex(digits))
        return red, green, blue, alpha[0] if alpha else 1.0
    match = _FUNCTION.match(text)
    if match is not None:
        return _function(match[1], match[2])
    if text == "transparent":
        return 0.0, 0.0, 0.0, 0.0
    from PIL.ImageColor import colormap

    named = colormap.get(text)
    return parse_colour(named) if isinstance(named, str) else None


def _function(name: str, arguments: str) -> Rgba | None:
    words = re.sub(r"[,/]", " ", arguments).split()
    matches = [_ARGUMENT.match(word) for word in words]
    if len(words) not in (3, 4) or not all(matches):
        return None
    pairs = [(float(match[1]), (match[2] or "").lower()) for match in matches if match]
    alpha = 1.0
    if len(pairs) == 4:
        value, unit = pairs[3]
        if unit not in ("", "%"):
            return None
        alpha = _clamp(value / 100 if unit else value)
    if name.startswith("rgb"):
        if any(unit not in ("", "%") for _, unit in pairs[:3]):
            return None
        red, green, blue = (_clamp(v / (100 if unit else 255)) for v, unit in pairs[:3])
        return red, green, blue, alpha
    (hue, hue_unit), (saturation, unit_s), (lightness, unit_l) = pairs[:3]
    if hue_unit not in _TURNS or (unit_s, unit_l) != ("%", "%"):
        return None
    turn = hue * _TURNS[hue_unit] % 1.0
    if not math.isfinite(turn):
        return None
    rgb = colorsys.hls_to_rgb(turn, _clamp(lightness / 100), _clamp(saturation / 100))
    return rgb[0], rgb[1], rgb[2], alpha


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0) if not math.isnan(value) else 0.0


def hex_colour(colour: Sequence[float]) -> str:
    """``#rrggbb``; the alpha of a colour belongs into an opacity property."""
    red, green, blue = (round(_clamp(float(value)) * 255) for value in colour[:3])
    return f"#{red:02x}{green:02x}{blue:02x}"
