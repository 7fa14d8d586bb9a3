"""Clones as what they show: copies of their originals, placed and styled as Inkscape draws them.

Hides `use`, symbols, and clones of clones. Nothing else in the extension meets a clone.

https://www.w3.org/TR/SVG11/struct.html#UseElement: a clone is a group with the clone's attributes,
and in it the original, moved by x and y; it inherits from the clone, but the rules of a style sheet
hold for it as for the original.
"""

from __future__ import annotations

import copy
from typing import Any, Collection, Dict, List, NamedTuple, Optional, Sequence

from .affine import Affine, format_transform, parse_transform, translation
from .basic_shapes import GEOMETRY
from .cascade import Cascade
from .css_rules import parse_declarations
from .lengths import parse_length
from .names import (
    INKSCAPE,
    INSENSITIVE,
    LABEL,
    OURS,
    PATH_EFFECT,
    SODIPODI,
    SVG,
    XLINK,
    local_name,
)
from .new_ids import NewIds
from .style_edit import set_style
from .viewports import nested_viewport, viewport_of

MOST_COPIES = 20000  # elements: clones of clones of clones may be meant to fill the memory
MOST_LEVELS = 100  # of groups and clones around one

_PLACE = ("x", "y", "width", "height", "href", XLINK + "href")
_VIEW = ("viewBox", "preserveAspectRatio", "refX", "refY", "x", "y", "width", "height")
_SILENT = ("id", "transform", "style")
_EDITORS = (INKSCAPE, SODIPODI, OURS)
_NOTES = ("title", "desc")
_DRAWN = tuple(GEOMETRY) + ("text", "image")
_NOT_SHOWN = ("defs", "symbol", "clipPath", "mask", "pattern", "marker", "metadata")


class View(NamedTuple):
    """A document in which what is selected holds no clones."""

    root: Any
    ids: List[str]  # of the selection
    shown: Dict[str, Any]  # by the id of a clone: the group, or the shape, in its place

    def shapes(self, clone: str) -> List[Any]:
        """The shapes of one clone, in z-order."""
        return [e for e in self.shown[clone].iter() if local_name(e) in GEOMETRY]


def view_of(root: Any, ids: Collection[str]) -> View:
    """A copy of the document, or itself where no clone is selected."""
    names = [use.attrib["id"] for use in _selected(root, ids)]
    if not names:
        return View(root, list(ids), {})
    page = copy.deepcopy(root)
    unlinking, shown = _Unlinking(page), {}
    for name in names:
        group = unlinking.replace(name)
        if group is not None:
            shown[name] = group
    view = View(page, [name for name in ids if name not in shown], shown)
    for name in ids:
        if name in shown:  # the shapes too: a hidden clone is drawn again when it is named
            view.ids.append(shown[name].attrib["id"])
            view.ids.extend(shape.attrib["id"] for shape in view.shapes(name))
    return view


def _selected(root: Any, ids: Collection[str]) -> List[Any]:
    """The clones among these elements and in them, back to front."""
    wanted, found = frozenset(ids), []

    def look(element: Any, inside: bool) -> None:
        kind = local_name(element)
        if not kind or kind in _NOT_SHOWN:
            return
        inside = inside or element.attrib.get("id") in wanted
        if kind == "use" and inside and "id" in element.attrib:
            found.append(element)
        for child in element:
            look(child, inside)

    look(root, False)
    return found


class _NoCopy(Exception):
    """No copy would look the same, or far too much would be copied."""


class _Unlinking:
    """Replaces clones of one document by what they show."""

    def __init__(self, root: Any) -> None:
        self._cascade, self._new_id, self._copies = Cascade(root), NewIds(root), 0
        self._by_id: Dict[str, Any] = {}
        for element in root.iter():
            if isinstance(element.tag, str) and "id" in element.attrib:
                self._by_id.setdefault(element.attrib["id"], element)

    def replace(self, name: str) -> Optional[Any]:
        """What is there now; `None`, and the clone still, when it shows nothing or far too much."""
        use = self._by_id[name]
        group = use.makeelement(SVG + "g", {}, dict(use.nsmap))
        use.addprevious(group)
        try:
            shown = self._fill(group, use, list(use.iterancestors()) + [use], name)
        except _NoCopy:
            shown = None
        if shown is None or not any(local_name(e) in _DRAWN for e in shown.iter()):
            failed = group if shown is None else shown
            failed.getparent().remove(failed)
            return None
        use.getparent().remove(use)
        self._by_id[name] = shown  # for the clones of this one
        return shown

    def _fill(self, group: Any, use: Any, around: Sequence[Any], name: str) -> Optional[Any]:
        """Make an empty group what `use` shows; a single shape may take its place."""
        # Without its namespace Inkscape 1.2 does not see it; what one does not draw is no clone.
        address = use.attrib.get(XLINK + "href", "").strip()
        original = self._by_id.get(address[1:]) if address.startswith("#") else None
        # Inkscape shows nothing of a clone inside its own original either.
        if original is None or original in around:
            return None
        place = _placed(use, original)
        self._copies += sum(1 for _ in original.iter())
        if self._copies > MOST_COPIES or len(around) > MOST_LEVELS:
            raise _NoCopy
        group.attrib.update(
            (key, value) for key, value in use.attrib.items() if key not in _PLACE + ("id",)
        )
        group.attrib["id"] = self._new_id(name)
        group.extend(copy.deepcopy(child) for child in use if local_name(child) in _NOTES)
        inner = copy.deepcopy(original)
        inner.tail = None
        group.append(inner)
        pairs = [(o, i) for o, i in zip(original.iter(), inner.iter()) if isinstance(o.tag, str)]
        for _old, new in pairs:
            new.attrib.pop(INSENSITIVE, None)  # of a locked original, which the clone is not
            if "id" in new.attrib:
                new.attrib["id"] = self._new_id(name)
        if local_name(original) == "symbol":
            inner.tag = SVG + "g"
            for key in _VIEW:
                inner.attrib.pop(key, None)
        if place != Affine():
            own = parse_transform(inner.attrib.get("transform"))
            inner.attrib["transform"] = format_transform(place @ own)
        for old, new in [(use, group)] + pairs:
            changes = self._cascade.missing_rules(new, self._cascade.from_sheets(old))
            if changes:
                self._style(new, changes)
        for old, new in pairs:
            if local_name(old) == "use":
                self._unlink(new, list(around) + [original, old] + _between(old, original), name)
        if self._adds_nothing(use) and local_name(inner) in GEOMETRY:
            return _merged(group, inner)
        return group

    def _unlink(self, use: Any, around: Sequence[Any], name: str) -> None:
        """Replace a clone inside what another one shows."""
        group = use.makeelement(SVG + "g", {}, dict(use.nsmap))
        use.addprevious(group)
        if self._fill(group, use, around, name) is None:
            group.getparent().remove(group)
        use.getparent().remove(use)

    def _style(self, element: Any, changes: Dict[str, str]) -> None:
        set_style(element, changes, lambda name: self._cascade.is_important(element, name))

    def _adds_nothing(self, use: Any) -> bool:
        """Whether all that a clone does to its original is to move or hide it."""
        plain = all(key in _PLACE + _SILENT or key.startswith(_EDITORS) for key in use.attrib)
        plain = plain and set(_declared(use)) <= {"display"}
        shaped = PATH_EFFECT in use.attrib or INSENSITIVE in use.attrib
        return plain and not shaped and len(use) == 0 and not self._cascade.from_sheets(use)


def _placed(use: Any, original: Any) -> Affine:
    """Where the original's units lie in those of the clone; raises `_NoCopy`."""
    kind = local_name(original)
    values = [str(value) for element in original.iter() for value in element.attrib.values()]
    if any("context-" in value for value in values):  # paint of the clone itself
        raise _NoCopy
    if kind == "symbol":
        if any("%" in value for value in values):  # of the symbol's own viewport
            raise _NoCopy
        return nested_viewport(use, viewport_of(use), original).to_outside
    if kind not in _DRAWN + ("g", "a", "use", "switch"):
        raise _NoCopy
    viewport = viewport_of(use)
    x = parse_length(use.attrib.get("x"), viewport.width)
    y = parse_length(use.attrib.get("y"), viewport.height)
    return translation(x or 0.0, y or 0.0)


def _between(inner: Any, outer: Any) -> List[Any]:
    """What lies around `inner`, up to `outer`."""
    found = []
    for ancestor in inner.iterancestors():
        if ancestor is outer:
            break
        found.append(ancestor)
    return found


def _declared(element: Any) -> Dict[str, str]:
    return {d.name: d.value for d in parse_declarations(element.attrib.get("style"))}


def _merged(group: Any, shape: Any) -> Any:
    """The one shape of a group that only moves it, in the group's place."""
    outer = parse_transform(group.attrib.get("transform"))
    own = parse_transform(shape.attrib.get("transform"))
    if outer @ own != Affine():
        shape.attrib["transform"] = format_transform(outer @ own)
    if _declared(group).get("display") == "none":
        set_style(shape, {"display": "none"})
    shape.attrib["id"] = group.attrib["id"]
    if LABEL in group.attrib:
        shape.attrib[LABEL] = group.attrib[LABEL]
    group.getparent().replace(group, shape)
    return shape
