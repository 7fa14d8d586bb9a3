"""Fill and stroke as flat colours; hides paint servers, whose mean colour stands in for them."""

from __future__ import annotations

import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .cascade import Cascade, Values
from .colours import parse_colour
from .names import href, local_name

Rgba = Tuple[float, float, float, float]

_URL = re.compile(r"""^url\(\s*["']?\s*#?([^"')]*?)\s*["']?\s*\)\s*(.*)$""", re.S)
_NUMBER = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%?)")
_NOTHING: Rgba = (0.0, 0.0, 0.0, 0.0)
_UNKNOWN: Rgba = (0.5, 0.5, 0.5, 1.0)  # a pattern of pictures or text: mid grey


class Paint(NamedTuple):
    colour: Rgba  # straight, alpha without any opacity
    kept: str  # what the paint is when it must stay as it is ("gradient", "pattern"), else ""


class Paints:
    """Reads the paints of one document."""

    def __init__(self, cascade: Cascade, by_id: Dict[str, Any]) -> None:
        self._cascade, self._by_id = cascade, by_id

    def read(self, values: Values, name: str) -> Optional[Paint]:
        """The paint of `fill` or `stroke`; `None` when nothing is painted."""
        text = values[name].strip()
        match = _URL.match(text)
        if match:
            server = self._by_id.get(match.group(1))
            if server is not None and _is_server(server):
                return self._served(server)
            text = match.group(2)
        lowered = text.lower()
        if lowered in ("", "none"):
            return None
        if lowered.startswith("context-"):
            return Paint(_UNKNOWN, "context paint")
        colour = parse_colour(text)
        return None if colour is None else Paint(colour + (1.0,), "")

    def _served(self, server: Any) -> Optional[Paint]:
        if local_name(server) in ("linearGradient", "radialGradient", "meshgradient"):
            colours = self._stops(server)
            return Paint(_mean(colours), "gradient") if colours else None
        colours = [
            paint.colour
            for child in server.iterdescendants()
            for paint in [self._flat(child)]
            if paint is not None
        ]
        return Paint(_mean(colours) if colours else _UNKNOWN, "pattern")

    def _flat(self, element: Any) -> Optional[Paint]:
        if local_name(element) not in ("path", "rect", "circle", "ellipse", "polygon", "polyline"):
            return None
        values = self._cascade.values(element)
        return None if _URL.match(values["fill"]) else self.read(values, "fill")

    def _stops(self, gradient: Any) -> List[Rgba]:
        """The stops' colours, each as often as its share of the way (in hundredths)."""
        seen = set()
        while gradient is not None and gradient not in seen:
            seen.add(gradient)
            stops = [child for child in gradient.iter() if local_name(child) == "stop"]
            if stops:
                return self._weighted(stops)
            gradient = self._by_id.get(href(gradient).lstrip("#"))
        return []

    def _weighted(self, stops: List[Any]) -> List[Rgba]:
        offsets, colours, last = [], [], 0.0
        for stop in stops:
            said = self._cascade.values_of_stop(stop)
            colour = parse_colour(said["stop-color"]) or (0.0, 0.0, 0.0)
            last = max(last, min(1.0, number(stop.attrib.get("offset", "0"), 0.0)))
            offsets.append(last)
            colours.append(colour + (opacity(said["stop-opacity"]),))
        weighted: List[Rgba] = [colours[0]] * int(100 * offsets[0])
        for index in range(len(stops) - 1):
            share = int(50 * (offsets[index + 1] - offsets[index]))
            weighted += [colours[index]] * share + [colours[index + 1]] * share
        weighted += [colours[-1]] * int(100 * (1 - offsets[-1]))
        return weighted or [colours[-1]]


def _is_server(element: Any) -> bool:
    return local_name(element) in (
        "linearGradient",
        "radialGradient",
        "meshgradient",
        "pattern",
        "hatch",
    )


def _mean(colours: List[Rgba]) -> Rgba:
    """The mean weighted by alpha, so that what is transparent does not tint."""
    weight = sum(colour[3] for colour in colours)
    if weight <= 0:
        return _NOTHING
    red, green, blue = (sum(c[i] * c[3] for c in colours) / weight for i in range(3))
    return (red, green, blue, weight / len(colours))


def number(text: str, default: float) -> float:
    """A number or a percentage, whatever follows it."""
    match = _NUMBER.match(text or "")
    if not match:
        return default
    return float(match.group(1)) / (100 if match.group(2) else 1)


def opacity(text: str) -> float:
    """Inkscape does not know percentages here: it reads the number before the sign."""
    return min(1.0, max(0.0, number(text.replace("%", ""), 1.0)))
