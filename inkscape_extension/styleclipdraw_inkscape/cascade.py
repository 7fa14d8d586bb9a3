"""The style that an element ends up with.

Hides inheritance, sheets, attributes and their precedence.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from .colours import parse_colour
from .css_rules import Declaration, StyleSheet, parse_declarations
from .lengths import DEFAULT_FONT_SIZE, parse_length
from .names import SVG

_INHERITED = {
    "fill": "black",
    "fill-opacity": "1",
    "fill-rule": "nonzero",
    "stroke": "none",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-miterlimit": "4",
    "stroke-dasharray": "none",
    "color": "black",
    "visibility": "visible",
    "marker": "none",
    "marker-start": "none",
    "marker-mid": "none",
    "marker-end": "none",
    "font-size": "medium",
}
_OWN = {
    "display": "inline",
    "opacity": "1",
    "clip-path": "none",
    "mask": "none",
    "filter": "none",
    "vector-effect": "none",
}
_KEYWORDS = {
    "fill-rule": ("nonzero", "evenodd"),
    "stroke-linecap": ("butt", "round", "square"),
    "stroke-linejoin": ("miter", "round", "bevel", "arcs", "miter-clip"),
    "visibility": ("visible", "hidden", "collapse"),
}
_COLOURED = ("fill", "stroke", "color")
_FONT_SIZES = {
    "xx-small": 6.0,
    "x-small": 8.0,
    "small": 10.0,
    "medium": 12.0,
    "large": 14.0,
    "x-large": 18.0,
    "xx-large": 24.0,
}

Values = Dict[str, str]


class Cascade:
    """Computed properties of a document's elements, each as its text."""

    def __init__(self, root: Any) -> None:
        texts = ["".join(style.itertext()) for style in root.iter(SVG + "style")]
        self._sheet = StyleSheet(texts)
        self._known: Dict[Any, Values] = {}

    def values(self, element: Any) -> Values:
        """Every property of `_INHERITED` and `_OWN`, never `inherit`."""
        chain = []
        while element is not None and element not in self._known:
            chain.append(element)
            element = element.getparent()
        values = self._known[element] if element is not None else dict(_INHERITED, **_OWN)
        for descendant in reversed(chain):
            values = self._known[descendant] = self._computed(descendant, values)
        return values

    def declared(self, element: Any) -> Values:
        """What is said of the element itself, by attributes, then sheets, then its style."""
        said: Values = {}
        for name in list(_INHERITED) + list(_OWN) + ["stop-color", "stop-opacity"]:
            value = element.attrib.get(name)
            if value is not None and name != "marker":
                said[name] = value.strip()
        important: Dict[str, bool] = {}
        for declarations in (
            self._sheet.declarations(element),
            parse_declarations(element.attrib.get("style")),
        ):
            for declaration in declarations:
                if not important.get(declaration.name) or declaration.important:
                    said[declaration.name] = declaration.value
                    important[declaration.name] = declaration.important
                    if declaration.name == "marker":
                        for place in ("start", "mid", "end"):
                            said["marker-" + place] = declaration.value
        return said

    def missing_rules(self, new: Any, before: Dict[str, Declaration]) -> Values:
        """What `new` must declare so that the sheets' rules for its original hold for it too.

        `before` is `from_sheets` of the original. A copy has another id and a rectangle's path
        another type, and selectors go by both.
        """
        after = self.from_sheets(new)
        own = {d.name: d for d in parse_declarations(new.attrib.get("style"))}
        changes: Values = {}
        for name, rule in before.items():
            beaten = name in own and (own[name].important or not rule.important)
            if not beaten and (name not in after or after[name].value != rule.value):
                changes[name] = rule.value
        for name in after:
            if name not in before and name not in own:
                changes[name] = new.attrib.get(name) or _OWN.get(name, "inherit")
        return changes

    def from_sheets(self, element: Any) -> Dict[str, Declaration]:
        """What the style sheets say of an element."""
        won: Dict[str, Declaration] = {}
        for declaration in self._sheet.declarations(element):
            if (
                declaration.name not in won
                or declaration.important >= won[declaration.name].important
            ):
                won[declaration.name] = declaration
        return won

    def values_of_stop(self, stop: Any) -> Values:
        """The colour and opacity of a gradient's stop (neither is inherited)."""
        said = dict({"stop-color": "black", "stop-opacity": "1"}, **self.declared(stop))
        if said["stop-color"].lower() == "currentcolor":
            said["stop-color"] = self.values(stop)["color"]
        return said

    def is_important(self, element: Any, name: str) -> bool:
        """Whether a sheet's rule would beat a plain style attribute."""
        return any(d.name == name and d.important for d in self._sheet.declarations(element))

    def _computed(self, element: Any, above: Values) -> Values:
        values = {name: above[name] for name in _INHERITED}
        values.update(_OWN)
        for name, value in self.declared(element).items():
            if name not in values:
                continue
            lowered = value.lower()
            if lowered == "inherit":
                values[name] = above[name]
            elif name == "font-size":
                size = _font_size(lowered, above[name])
                if size is not None:
                    values[name] = repr(size)
            elif name in _COLOURED:
                if _is_paint(lowered) or parse_colour(value) is not None:
                    values[name] = value
            elif name not in _KEYWORDS or lowered in _KEYWORDS[name]:
                values[name] = lowered if name in _KEYWORDS else value
        for name in ("fill", "stroke"):  # inherited as the colour that it means here
            if values[name].lower() == "currentcolor":
                values[name] = values["color"]
        return values


def _is_paint(value: str) -> bool:
    return value in ("none", "currentcolor") or value.startswith(("url(", "context-"))


def _font_size(value: str, above: str) -> Optional[float]:
    parent = font_size({"font-size": above})
    if value in _FONT_SIZES:
        return _FONT_SIZES[value]
    if value in ("smaller", "larger"):
        return parent * (1.2 if value == "larger" else 1 / 1.2)
    return parse_length(value, parent, parent)


def font_size(values: Values) -> float:
    """User units of the computed font size."""
    text = values["font-size"]
    return _FONT_SIZES[text] if text in _FONT_SIZES else float(text or DEFAULT_FONT_SIZE)
