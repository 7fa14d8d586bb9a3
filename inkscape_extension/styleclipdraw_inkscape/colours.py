"""Colours as Inkscape reads them, as numbers between 0 and 1; hides names and notations.

Inkscape 1.2 to 1.4 reads CSS 2's colours only: what has an alpha of its own is no colour to it, and
counts as not said.
"""

from __future__ import annotations

import math
import re
from typing import Callable, Dict, Optional, Tuple

Rgb = Tuple[float, float, float]

_HEX = re.compile(r"^#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![0-9a-zA-Z])")
_FUNCTION = re.compile(r"^(rgb|hsl)\(([^)]*)\)")
_PART = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(%?)\s*$")
_NAME = re.compile(r"^([a-z]+)(?=$|[\s;])")


def parse_colour(text: Optional[str]) -> Optional[Rgb]:
    """The channels of a colour, in whole 255ths; `None` when Inkscape knows none by this text."""
    value = (text or "").strip()
    match = _HEX.match(value)
    if match:
        digits = match.group(1)
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
        return (red, green, blue)
    match = _FUNCTION.match(value)
    if match:
        return _FUNCTIONS[match.group(1)](match.group(2))
    match = _NAME.match(value.lower())  # "red icc-color(...)" is red
    packed = NAMED.get(match.group(1)) if match else None
    if packed is None:
        return None
    return (packed >> 16) / 255, (packed >> 8 & 255) / 255, (packed & 255) / 255


def _parts(text: str) -> Optional[Tuple[Tuple[float, str], ...]]:
    matches = [_PART.match(part) for part in text.split(",")]
    if len(matches) != 3 or None in matches:
        return None
    return tuple((float(match.group(1)), match.group(2)) for match in matches if match)


def _rgb(text: str) -> Optional[Rgb]:
    parts = _parts(text)
    if parts is None or len({unit for _, unit in parts}) != 1:
        return None
    red, green, blue = (
        _level(number / 100) if unit else _clamp(math.floor(number) / 255) for number, unit in parts
    )
    return (red, green, blue)


def _hsl(text: str) -> Optional[Rgb]:
    """Saturation and lightness beyond 100 % go on as the formula says (svg-color.cpp)."""
    parts = _parts(",".join(text.split(",")[:3]))  # an alpha is read over
    if parts is None or [unit for _, unit in parts] != ["", "%", "%"]:
        return None
    hue, saturation, lightness = parts[0][0] / 60, parts[1][0] / 100, parts[2][0] / 100
    if lightness < 0.5:
        high = lightness * (1 + saturation)
    else:
        high = lightness + saturation - lightness * saturation
    low = 2 * lightness - high
    red, green, blue = (
        math.floor(_clamp(_hue(low, high, hue + turn)) * 255 + 1e-6) / 255 for turn in (2, 0, -2)
    )
    return (red, green, blue)


def _hue(low: float, high: float, hue: float) -> float:
    hue += 6 if hue < 0 else -6 if hue > 6 else 0
    if hue < 1:
        return low + (high - low) * hue
    if hue < 3:
        return high
    return low + (high - low) * (4 - hue) if hue < 4 else low


_FUNCTIONS: Dict[str, Callable[[str], Optional[Rgb]]] = {"rgb": _rgb, "hsl": _hsl}


def _level(part: float) -> float:
    """The nearest 255th, the lower one of two."""
    return math.ceil(_clamp(part) * 255 - 0.5) / 255


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))


def format_colour(colour: Tuple[float, ...]) -> str:
    """The #rrggbb of a colour, without its alpha."""
    return "#" + "".join(
        "{:02x}".format(int(math.floor(_clamp(part) * 255 + 0.5))) for part in colour[:3]
    )


# https://www.w3.org/TR/css-color-3/#svg-color
NAMED = {
    name: int(code, 16)
    for name, code in (
        pair.split(":")
        for pair in """
aliceblue:f0f8ff antiquewhite:faebd7 aqua:00ffff aquamarine:7fffd4 azure:f0ffff beige:f5f5dc
bisque:ffe4c4 black:000000 blanchedalmond:ffebcd blue:0000ff blueviolet:8a2be2 brown:a52a2a
burlywood:deb887 cadetblue:5f9ea0 chartreuse:7fff00 chocolate:d2691e coral:ff7f50
cornflowerblue:6495ed cornsilk:fff8dc crimson:dc143c cyan:00ffff darkblue:00008b darkcyan:008b8b
darkgoldenrod:b8860b darkgray:a9a9a9 darkgreen:006400 darkgrey:a9a9a9 darkkhaki:bdb76b
darkmagenta:8b008b darkolivegreen:556b2f darkorange:ff8c00 darkorchid:9932cc darkred:8b0000
darksalmon:e9967a darkseagreen:8fbc8f darkslateblue:483d8b darkslategray:2f4f4f
darkslategrey:2f4f4f darkturquoise:00ced1 darkviolet:9400d3 deeppink:ff1493 deepskyblue:00bfff
dimgray:696969 dimgrey:696969 dodgerblue:1e90ff firebrick:b22222 floralwhite:fffaf0
forestgreen:228b22 fuchsia:ff00ff gainsboro:dcdcdc ghostwhite:f8f8ff gold:ffd700 goldenrod:daa520
gray:808080 green:008000 greenyellow:adff2f grey:808080 honeydew:f0fff0 hotpink:ff69b4
indianred:cd5c5c indigo:4b0082 ivory:fffff0 khaki:f0e68c lavender:e6e6fa lavenderblush:fff0f5
lawngreen:7cfc00 lemonchiffon:fffacd lightblue:add8e6 lightcoral:f08080 lightcyan:e0ffff
lightgoldenrodyellow:fafad2 lightgray:d3d3d3 lightgreen:90ee90 lightgrey:d3d3d3 lightpink:ffb6c1
lightsalmon:ffa07a lightseagreen:20b2aa lightskyblue:87cefa lightslategray:778899
lightslategrey:778899 lightsteelblue:b0c4de lightyellow:ffffe0 lime:00ff00 limegreen:32cd32
linen:faf0e6 magenta:ff00ff maroon:800000 mediumaquamarine:66cdaa mediumblue:0000cd
mediumorchid:ba55d3 mediumpurple:9370db mediumseagreen:3cb371 mediumslateblue:7b68ee
mediumspringgreen:00fa9a mediumturquoise:48d1cc mediumvioletred:c71585 midnightblue:191970
mintcream:f5fffa mistyrose:ffe4e1 moccasin:ffe4b5 navajowhite:ffdead navy:000080 oldlace:fdf5e6
olive:808000 olivedrab:6b8e23 orange:ffa500 orangered:ff4500 orchid:da70d6 palegoldenrod:eee8aa
palegreen:98fb98 paleturquoise:afeeee palevioletred:db7093 papayawhip:ffefd5 peachpuff:ffdab9
peru:cd853f pink:ffc0cb plum:dda0dd powderblue:b0e0e6 purple:800080 rebeccapurple:663399
red:ff0000 rosybrown:bc8f8f royalblue:4169e1 saddlebrown:8b4513 salmon:fa8072 sandybrown:f4a460
seagreen:2e8b57 seashell:fff5ee sienna:a0522d silver:c0c0c0 skyblue:87ceeb slateblue:6a5acd
slategray:708090 slategrey:708090 snow:fffafa springgreen:00ff7f steelblue:4682b4 tan:d2b48c
teal:008080 thistle:d8bfd8 tomato:ff6347 turquoise:40e0d0 violet:ee82ee wheat:f5deb3 white:ffffff
whitesmoke:f5f5f5 yellow:ffff00 yellowgreen:9acd32
""".split()
    )
}
