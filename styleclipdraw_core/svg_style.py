"""The cascade (SVG 2, chapter 6): from attributes, style sheets and ancestors to one `Style`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from styleclipdraw_core.drawing import Cap, FillRule, Join
from styleclipdraw_core.svg_colour import NO_PAINT, Paint, Rgba, parse_colour, parse_paint
from styleclipdraw_core.svg_coordinates import Viewport, parse_length
from styleclipdraw_core.svg_css import Declaration, Element, StyleSheet, parse_declarations


class Style(NamedTuple):
    """Computed values; lengths in user units of the element."""

    fill: Paint = Paint("colour", (0.0, 0.0, 0.0, 1.0))
    fill_opacity: float = 1.0
    fill_rule: FillRule = FillRule.NONZERO
    stroke: Paint = NO_PAINT
    stroke_opacity: float = 1.0
    stroke_width: float = 1.0
    stroke_linecap: Cap = Cap.BUTT
    stroke_linejoin: Join = Join.MITER
    stroke_miterlimit: float = 4.0
    color: Rgba = (0.0, 0.0, 0.0, 1.0)
    visibility: str = "visible"
    font_size: float = 16.0
    # The rest is not inherited.
    opacity: float = 1.0
    display: str = "inline"
    vector_effect: str = "none"
    d: str | None = None  # the path data of a path, where a style gives it

    def for_child(self) -> Style:
        """What a child without any style of its own has."""
        return self._replace(opacity=1.0, display="inline", vector_effect="none", d=None)


INITIAL = Style()
# Properties whose presentation attribute is the attribute of the same name. "d" is none of them:
# the attribute is path data as it stands, the property a path() function.
ATTRIBUTES = (
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "color",
    "visibility",
    "font-size",
    "opacity",
    "display",
    "vector-effect",
)
_EARLY = ("font-size", "color")
_KEYWORD_SOURCES = {
    "inherit": "parent",
    "initial": "initial",
    "unset": "inherited",
    "revert": "inherited",
}
_CAPS = {"butt": Cap.BUTT, "round": Cap.ROUND, "square": Cap.SQUARE}
# miter-clip and arcs (SVG 2, at risk) fall back to what they are variants of.
_JOINS = {
    "miter": Join.MITER,
    "miter-clip": Join.MITER,
    "arcs": Join.MITER,
    "round": Join.ROUND,
    "bevel": Join.BEVEL,
}
_RULES = {"nonzero": FillRule.NONZERO, "evenodd": FillRule.EVENODD}
_FONT_SIZES = {
    "xx-small": 9.6,
    "x-small": 12.0,
    "small": 14.2,
    "medium": 16.0,
    "large": 19.2,
    "x-large": 24.0,
    "xx-large": 32.0,
}


def declarations_of(element: Element, sheet: StyleSheet) -> list[Declaration]:
    """Everything declared for the element, the weakest first (CSS Cascade 4, section 6)."""
    found = [
        Declaration(name, element.get(name), False)
        for name in ATTRIBUTES
        if element.get(name) is not None
    ]
    found += sheet.declarations(element)
    if element.get("style"):
        found += parse_declarations(element.get("style"))
    return sorted(found, key=lambda declaration: declaration.important)  # stable


def compute_style(element: Element, parent: Style, sheet: StyleSheet, viewport: Viewport) -> Style:
    """The element's style; values that make no sense are as if they were not there."""
    inherited = parent.for_child()
    declared = declarations_of(element, sheet)
    if not declared:
        return inherited
    # color and font-size first: other properties are relative to them.
    early = [d for d in declared if d.name in _EARLY]
    base = _applied(early, inherited, inherited, parent, viewport) if early else inherited
    late = [d for d in declared if d.name not in _EARLY]
    return _applied(late, base, inherited, parent, viewport)


def _applied(
    declared: list[Declaration], base: Style, inherited: Style, parent: Style, viewport: Viewport
) -> Style:
    """``base`` with these declarations, the last one that makes sense of each property."""
    values: dict[str, Any] = {}
    for name, text, _ in declared:
        reader = _READERS.get(name)
        if reader is None:
            continue
        field = name.replace("-", "_")
        source = _KEYWORD_SOURCES.get(text.lower())
        if source == "parent":
            values[field] = getattr(parent, field)
        elif source is not None:
            values[field] = getattr(INITIAL if source == "initial" else inherited, field)
        else:
            value = reader(text, base, viewport)
            if value is not None:
                values[field] = value
    return base._replace(**values)


def path_function(text: str) -> str | None:
    """The data inside ``path("...")``, the value of the property d."""
    inner = text.strip()
    if inner.lower() == "none":
        return ""
    if not inner.lower().startswith("path(") or not inner.endswith(")"):
        return None
    return inner[5:-1].strip().strip("\"'")


Reader = Callable[[str, Style, Viewport], Any]


def _keyword(words: Mapping[str, Any]) -> Reader:
    return lambda text, style, viewport: words.get(text.lower())


def _paint(text: str, style: Style, viewport: Viewport) -> Paint | None:
    return parse_paint(text)


def _opacity(text: str, style: Style, viewport: Viewport) -> float | None:
    value = parse_length(text, percent_of=1.0, font_size=float("nan"))
    # Units other than % make no opacity; "px" and the like leave a letter at the end.
    if value is None or text.strip()[-1].isalpha():
        return None
    return min(max(value, 0.0), 1.0)


def _stroke_width(text: str, style: Style, viewport: Viewport) -> float | None:
    value = parse_length(text, percent_of=viewport.diagonal, font_size=style.font_size)
    return value if value is not None and value >= 0 else None


def _miter_limit(text: str, style: Style, viewport: Viewport) -> float | None:
    value = parse_length(text, percent_of=float("nan"), font_size=float("nan"))
    return value if value is not None and value >= 1 else None


def _font_size(text: str, style: Style, viewport: Viewport) -> float | None:
    if text.lower() in _FONT_SIZES:
        return _FONT_SIZES[text.lower()]
    value = parse_length(text, percent_of=style.font_size, font_size=style.font_size)
    return value if value is not None and value >= 0 else None


def _colour(text: str, style: Style, viewport: Viewport) -> Rgba | None:
    return style.color if text.lower() == "currentcolor" else parse_colour(text)


_READERS: dict[str, Reader] = {
    "fill": _paint,
    "fill-opacity": _opacity,
    "fill-rule": _keyword(_RULES),
    "stroke": _paint,
    "stroke-opacity": _opacity,
    "stroke-width": _stroke_width,
    "stroke-linecap": _keyword(_CAPS),
    "stroke-linejoin": _keyword(_JOINS),
    "stroke-miterlimit": _miter_limit,
    "color": _colour,
    "visibility": _keyword({word: word for word in ("visible", "hidden", "collapse")}),
    "font-size": _font_size,
    "opacity": _opacity,
    "display": lambda text, style, viewport: text.lower(),
    "vector-effect": _keyword({word: word for word in ("none", "non-scaling-stroke")}),
    "d": lambda text, style, viewport: path_function(text),
}
