"""What of a document can be drawn on, and where it lies.

Hides every rule of SVG and Inkscape geometry.

The only module that knows how elements, styles and coordinate systems of a document fit together.
It reads plain attributes instead of inkex's geometry, which differs between 1.2 and 1.4 and is
wrong for some of what Inkscape draws (nested viewports, units with a viewBox, compact arc flags).
"""

from __future__ import annotations

from typing import Any, Collection, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .affine import Affine, parse_transform
from .basic_shapes import GEOMETRY, ShapeReader
from .cascade import Cascade, Values, font_size
from .lengths import Viewport, parse_length
from .names import INSENSITIVE, PATH_EFFECT, SODIPODI, href, local_name
from .paint import Paint, Paints, opacity
from .path_data import Subpath
from .viewports import nested_viewport, page_size, root_viewport

# How far, in pixels of the page, the cubics of an arc may be from it. With this one they are the
# cubics that Inkscape itself draws (found by trying: the pictures become equal, pixel for pixel).
ARC_TOLERANCE = 0.003

_GROUPS = ("g", "a", "svg")
_NEVER_DRAWN = (
    "defs",
    "symbol",
    "clipPath",
    "mask",
    "pattern",
    "marker",
    "linearGradient",
    "radialGradient",
    "filter",
    "style",
    "script",
    "title",
    "desc",
    "metadata",
    "stop",
    "namedview",
    "view",
)


_CONDITIONS = ("systemLanguage", "requiredFeatures", "requiredExtensions")


def _hidden_from_judges(values: Values) -> Tuple[str, ...]:
    """What of an element's style changes the picture and is unknown to the renderer."""
    names = {"filter": "filter", "mask": "mask", "clip-path": "clip"}
    return tuple(word for name, word in names.items() if values[name].lower() != "none")


class Item(NamedTuple):
    """One drawable shape, in its own user units."""

    element: Any
    subpaths: Tuple[Subpath, ...]
    to_page: Affine  # own user units to pixels of the page
    values: Values
    fill: Optional[Paint]
    stroke: Optional[Paint]
    stroke_width: float  # own user units; pixels of the page when `fixed_stroke`
    fixed_stroke: bool  # vector-effect: non-scaling-stroke
    own_opacity: float
    opacity_above: float  # of all ancestors together
    kept_above: Tuple[str, ...]  # filters, masks and clips of its groups

    @property
    def name(self) -> str:
        return str(self.element.attrib.get("id", ""))

    @property
    def has_path_effect(self) -> bool:
        return PATH_EFFECT in self.element.attrib

    @property
    def kept(self) -> List[str]:
        """What the renderer does not know and what therefore stays as it is."""
        kept = [
            paint.kept for paint in (self.fill, self.stroke) if paint is not None and paint.kept
        ]
        kept += self.kept_above + _hidden_from_judges(self.values)
        if any(
            self.values["marker-" + place].lower() != "none" for place in ("start", "mid", "end")
        ):
            kept.append("marker")
        if self.stroke is not None and self.values["stroke-dasharray"].lower() != "none":
            kept.append("dashes")
        return kept


class LeftOut(NamedTuple):
    """Something that was selected and cannot be drawn on."""

    element: Any
    reason: str  # clone, text, image, locked, hidden, unpainted, effect on group, switch, unknown


class Found(NamedTuple):
    items: List[Item]
    left_out: List[LeftOut]


class _Place(NamedTuple):
    """What an element inherits from where it is."""

    to_page: Affine
    viewport: Viewport
    opacity: float
    locked: bool
    hidden: bool
    effect: bool  # inside a group with a live path effect
    conditional: bool  # shown in some languages only, as an alternative of a switch or by itself
    kept: Tuple[str, ...]  # filters, masks and clips of the groups around it


class Scene:
    """A document, read."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self.cascade = Cascade(root)
        self.by_id: Dict[str, Any] = {}
        for element in root.iter():
            if isinstance(element.tag, str) and "id" in element.attrib:
                self.by_id.setdefault(element.attrib["id"], element)
        self._paints = Paints(self.cascade, self.by_id)

    @property
    def page(self) -> Tuple[float, float]:
        """Width and height in CSS pixels."""
        return page_size(self.root)

    @property
    def root_to_page(self) -> Affine:
        """Root user units, in which a new layer is written, to pixels of the page."""
        return root_viewport(self.root).to_outside @ parse_transform(
            self.root.attrib.get("transform")
        )

    def find(self, ids: Optional[Collection[str]] = None, even_hidden: bool = False) -> Found:
        """The shapes at or below the elements with these ids (all when `None`), back to front.

        `even_hidden` also takes what is not displayed itself, when it is named (Draw Again).
        """
        found = Found([], [])
        wanted = None if ids is None else frozenset(ids)
        on_the_way = self._ancestors(wanted or ())
        for element, place, selected in self._walk(self.root, None, wanted is None, on_the_way):
            if selected:
                forced = even_hidden and wanted is not None and element.attrib.get("id") in wanted
                self._take(element, place, found, forced)
        return found

    def _ancestors(self, wanted: Collection[str]) -> Dict[Any, bool]:
        """The wanted elements (true) and what they lie in (false): all that need be looked at."""
        found: Dict[Any, bool] = {}
        for name in wanted:
            element = self.by_id.get(name)
            if element is not None:
                found[element] = True
                for ancestor in element.iterancestors():
                    found.setdefault(ancestor, False)
        return found

    def _walk(
        self,
        element: Any,
        place: Optional[_Place],
        selected: bool,
        on_the_way: Dict[Any, bool],
    ) -> Iterator[Tuple[Any, _Place, bool]]:
        kind = local_name(element)
        if not kind or kind in _NEVER_DRAWN:
            return
        if not selected:
            if element not in on_the_way:
                return
            selected = on_the_way[element]
        inside = self._place(element, kind, place)
        if kind in _GROUPS or kind == "switch":
            for child in element:
                yield from self._walk(child, inside, selected, on_the_way)
        else:
            yield element, inside, selected

    def _place(self, element: Any, kind: str, outside: Optional[_Place]) -> _Place:
        values = self.cascade.values(element)
        own = parse_transform(element.attrib.get("transform"))
        hidden = values["display"].strip().lower() == "none"
        locked = element.attrib.get(INSENSITIVE) == "true"
        transparency = opacity(values["opacity"]) if kind in _GROUPS else 1.0
        group_effect = kind in _GROUPS and (
            PATH_EFFECT in element.attrib
            or element.attrib.get(SODIPODI + "type") == "inkscape:box3d"  # draws its sides itself
        )
        kept = _hidden_from_judges(values) if kind in _GROUPS else ()
        conditional = local_name(element.getparent()) == "switch" or any(
            name in element.attrib for name in _CONDITIONS
        )
        if outside is None:
            placed = root_viewport(element)
            return _Place(
                placed.to_outside @ own,
                placed.viewport,
                transparency,
                locked,
                hidden,
                group_effect,
                False,
                kept,
            )
        to_page, viewport = outside.to_page @ own, outside.viewport
        if kind == "svg":
            placed = nested_viewport(element, viewport)
            to_page, viewport = to_page @ placed.to_outside, placed.viewport
        return _Place(
            to_page,
            viewport,
            outside.opacity * transparency,
            outside.locked or locked,
            outside.hidden or hidden,
            outside.effect or group_effect,
            outside.conditional or conditional,
            outside.kept + kept,
        )

    def _take(self, element: Any, place: _Place, found: Found, forced: bool) -> None:
        kind = local_name(element)
        reason = ""
        if kind not in GEOMETRY:
            reason = {"use": "clone", "text": "text", "image": "image"}.get(kind, "unknown")
        elif place.locked:
            reason = "locked"
        elif place.hidden and not forced:
            reason = "hidden"
        elif place.effect:
            reason = "effect on group"
        elif place.conditional:
            reason = "switch"
        if reason:
            found.left_out.append(LeftOut(element, reason))
            return
        item = self._read(element, kind, place)
        if item is None or (item.values["visibility"] != "visible" and not forced):
            found.left_out.append(LeftOut(element, "unpainted" if item is None else "hidden"))
        else:
            found.items.append(item)

    def _read(self, element: Any, kind: str, place: _Place) -> Optional[Item]:
        if not place.to_page.is_invertible:
            return None
        values = self.cascade.values(element)
        tolerance = ARC_TOLERANCE / place.to_page.stretch
        reader = ShapeReader(place.viewport, tolerance, font_size(values))
        subpaths = tuple(reader.read(kind, element))
        fill, stroke = self._paints.read(values, "fill"), self._paints.read(values, "stroke")
        width = parse_length(values["stroke-width"], place.viewport.diagonal, font_size(values))
        width = 1.0 if width is None or width < 0 else width
        if width == 0:
            stroke = None
        own = opacity(values["opacity"])
        visible = own * place.opacity > 0 and (fill is not None or stroke is not None)
        if not subpaths or not visible:
            return None
        return Item(
            element,
            subpaths,
            place.to_page,
            values,
            fill,
            stroke,
            width,
            values["vector-effect"] == "non-scaling-stroke",
            own,
            place.opacity,
            place.kept,
        )

    def picture(self, element: Any) -> str:
        """The address of an image element."""
        return href(element)
