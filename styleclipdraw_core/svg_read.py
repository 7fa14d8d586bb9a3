"""From the elements of an SVG to `Path` values in canvas px; hides viewports, transforms, units,
the cascade and everything else that stands between a file and what is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from styleclipdraw_core.drawing import Fill, Moves, Path, Stroke, Subpath
from styleclipdraw_core.svg_colour import Paint, Rgba, parse_colour
from styleclipdraw_core.svg_coordinates import (
    Affine,
    Viewport,
    parse_length,
    parse_transform,
    parse_view_box,
    view_box_transform,
)
from styleclipdraw_core.svg_css import Element, StyleSheet, parse_declarations
from styleclipdraw_core.svg_path import (
    LARGEST_COORDINATE,
    LARGEST_SEGMENT_COUNT,
    too_many_segments,
)
from styleclipdraw_core.svg_shapes import SHAPES, outline
from styleclipdraw_core.svg_source import Span
from styleclipdraw_core.svg_style import INITIAL, Style, compute_style

SVG = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
CONTAINERS = ("svg", "g", "a", "switch")
# What Inkscape makes of a document that says neither width and height nor a viewBox.
DEFAULT_SIZE = (300.0, 150.0)
_LONGEST_CHAIN_OF_LINKS = 16
# Two of the reasons why an element is not among the drawables.
NOT_DRAWN_ITSELF = "is not drawn itself, only used by others"
NO_PLAIN_PAINT = "has neither a fill nor a stroke of one colour"


@dataclass(frozen=True)
class Place:
    """What an element hands on to its children."""

    to_canvas: Affine  # from its user units
    viewport: Viewport
    style: Style
    opacity: float  # its own and all ancestors'
    hidden: str  # why nothing inside it is drawn, "" when it is


@dataclass(frozen=True)
class Drawable:
    """One element that paints an outline, and what is needed to change it."""

    element: Element
    span: Span
    place: Place
    path: Path
    stroke_scale: float  # canvas px to one unit of stroke-width
    group_opacity: float  # of the ancestors alone


class Page:
    """All elements of a document with their places; the drawable ones by the id of their path."""

    def __init__(self, elements: list[Element], spans: list[Span]) -> None:
        self.elements = elements
        self.by_id: dict[str, Element] = {}
        for element in elements:
            if element.get("id"):
                self.by_id.setdefault(element.get("id"), element)
        self.sheet = StyleSheet(
            [
                "".join(element.itertext())
                for element in elements
                if tag_of(element) == "style"
                and (element.get("type") or "text/css").strip().lower() == "text/css"
            ]
        )
        self.width, self.height, to_canvas = _root_size(elements[0])
        self.to_canvas = to_canvas
        self._segment_count = 0
        self.places: dict[Element, Place] = {}
        self._means: dict[str, Rgba | None] = {}  # of gradients, by id
        self._branches: dict[Element, Element | None] = {}  # that switches draw
        self.drawables: dict[str, Drawable] = {}
        self.reasons: dict[Element, str] = {}  # why an element is not among the drawables
        for number, (element, span) in enumerate(zip(elements, spans, strict=True)):
            place = self._place(element)
            self.places[element] = place
            if tag_of(element) not in SHAPES:
                continue
            found = self._drawable(element, span, place, self._name(element, number))
            if isinstance(found, str):
                self.reasons[element] = found
            else:
                self.drawables[found.path.id] = found

    def _name(self, element: Element, number: int) -> str:
        """The element's id; one that is made up and free where it has none or shares it."""
        name = element.get("id") or ""
        if name and self.by_id[name] is element:
            return str(name)
        name = f"{tag_of(element)}-{number}"
        while name in self.by_id:
            name += "-"
        return name

    def _place(self, element: Element) -> Place:
        parent = element.getparent()
        if parent is None:
            style = compute_style(element, INITIAL, self.sheet, Viewport(self.width, self.height))
            box = parse_view_box(element.get("viewBox"))
            viewport = Viewport(box[2], box[3]) if box else Viewport(self.width, self.height)
            shown = "" if style.display != "none" else "is hidden"
            return Place(self.to_canvas, viewport, style, style.opacity, shown)
        around = self.places[parent]
        style = compute_style(element, around.style, self.sheet, around.viewport)
        tag = tag_of(element)
        hidden = around.hidden
        if style.display == "none":
            hidden = hidden or "is hidden"
        elif tag_of(parent) == "switch" and element is not self._branch(parent):
            hidden = hidden or "is the branch of a switch that is not drawn"
        elif tag not in CONTAINERS and tag not in SHAPES:
            hidden = hidden or NOT_DRAWN_ITSELF
        to_canvas, viewport = around.to_canvas, around.viewport
        if tag == "svg":
            inner, viewport = _nested_viewport(element, around)
            to_canvas = to_canvas.after(inner)
        elif element.get("transform"):
            to_canvas = to_canvas.after(parse_transform(element.get("transform")))
        if not hidden and not to_canvas.usable:
            hidden = "is flattened to nothing by its transform"
        return Place(to_canvas, viewport, style, around.opacity * style.opacity, hidden)

    def _branch(self, switch: Element) -> Element | None:
        if switch not in self._branches:
            self._branches[switch] = _chosen(switch)
        return self._branches[switch]

    def _drawable(self, element: Element, span: Span, place: Place, name: str) -> Drawable | str:
        style = place.style
        if place.hidden:
            return place.hidden
        if style.visibility != "visible":
            return "is hidden"
        group_opacity = self.places[element.getparent()].opacity
        fill, fill_moves = self._colour(style.fill, style)
        stroke, stroke_moves = self._colour(style.stroke, style)
        if fill is None and (stroke is None or style.stroke_width == 0):
            return NO_PLAIN_PAINT
        subpaths = self._outline(element, place)
        if not subpaths:
            return "has no outline"
        # A stroke that does not scale is as wide on the canvas as it says.
        scaling = style.vector_effect != "non-scaling-stroke"
        scale = place.to_canvas.scale if scaling else 1.0
        path = Path(
            subpaths,
            Stroke(
                style.stroke_width * scale,
                (*stroke[:3], stroke[3] * style.stroke_opacity * place.opacity),
                style.stroke_linecap,
                style.stroke_linejoin,
                style.stroke_miterlimit,
            )
            if stroke is not None and style.stroke_width > 0
            else None,
            Fill((*fill[:3], fill[3] * style.fill_opacity * place.opacity), style.fill_rule)
            if fill is not None
            else None,
            name,
            None if fill_moves and stroke_moves else Moves(fill=fill_moves, stroke=stroke_moves),
        )
        return Drawable(element, span, place, path, scale, group_opacity)

    def _outline(self, element: Element, place: Place) -> list[Subpath]:
        percent_of = {
            "width": place.viewport.width,
            "height": place.viewport.height,
            "diagonal": place.viewport.diagonal,
        }

        def length(name: str, direction: str) -> float | None:
            return parse_length(
                element.get(name),
                percent_of=percent_of[direction],
                font_size=place.style.font_size,
            )

        def text(name: str) -> str:
            if name == "d" and place.style.d is not None:
                return place.style.d
            return element.get(name) or ""

        subpaths = []
        for subpath in outline(tag_of(element), text, length):
            points = place.to_canvas.apply(np.asarray(subpath.points, np.float64))
            if not bool((np.abs(points) <= LARGEST_COORDINATE).all()):
                return []
            subpaths.append(Subpath(points, subpath.closed))
            self._segment_count += len(points) // 3
        if self._segment_count > LARGEST_SEGMENT_COUNT:
            raise too_many_segments()
        return subpaths

    def _colour(self, paint: Paint, style: Style) -> tuple[Rgba | None, bool]:
        """The colour that a paint amounts to, and whether it is just that colour.

        A gradient amounts to the mean of its stops and is best left alone: a path that only moves
        keeps its gradient. Patterns amount to nothing.
        """
        if paint.kind == "colour":
            return paint.colour, True
        if paint.kind == "current":
            return style.color, True
        if paint.kind == "server":
            if tag_of(self.by_id.get(paint.server)) in ("linearGradient", "radialGradient"):
                if paint.server not in self._means:
                    self._means[paint.server] = self._mean_of_stops(paint.server)
                return self._means[paint.server], False
            if paint.server not in self.by_id and paint.fallback is not None:
                return self._colour(paint.fallback, style)
            return None, False
        return None, True

    def _mean_of_stops(self, server: str) -> Rgba | None:
        for _ in range(_LONGEST_CHAIN_OF_LINKS):
            gradient = self.by_id.get(server)
            if gradient is None:
                return None
            stops = [self._stop(child) for child in gradient if tag_of(child) == "stop"]
            if stops:
                alpha = sum(stop[3] for stop in stops)
                weight = alpha or 1.0
                red, green, blue = (sum(s[i] * s[3] for s in stops) / weight for i in range(3))
                return red, green, blue, alpha / len(stops)
            link = gradient.get("href") or gradient.get(XLINK_HREF) or ""
            server = link.strip().removeprefix("#")
        return None

    def _stop(self, stop: Element) -> Rgba:
        said = {name: stop.get(name) for name in ("stop-color", "stop-opacity")}
        for declaration in (
            *self.sheet.declarations(stop),
            *parse_declarations(stop.get("style") or ""),
        ):
            said[declaration.name] = declaration.value
        colour = parse_colour(said["stop-color"] or "black") or (0.0, 0.0, 0.0, 1.0)
        opacity = parse_length(said["stop-opacity"], percent_of=1.0, font_size=0.0)
        return *colour[:3], colour[3] * min(max(1.0 if opacity is None else opacity, 0.0), 1.0)

    def inside(self, container: Element) -> Iterator[Drawable]:
        """The drawables under an element, in z-order."""
        for drawable in self.drawables.values():
            if any(ancestor is container for ancestor in drawable.element.iterancestors()):
                yield drawable


def tag_of(element: Element | None) -> str:
    """The name of an SVG element, "" for anything else.

    Files without any namespace are common, and Inkscape draws them.
    """
    if element is None or not isinstance(element.tag, str):
        return ""
    namespace, brace, name = element.tag.rpartition("}")
    return str(name) if not brace or namespace == "{" + SVG else ""


def _root_size(root: Element) -> tuple[float, float, Affine]:
    """Width and height in canvas px, and the map from the root's user units to them."""
    box = parse_view_box(root.get("viewBox"))
    width, height = (
        parse_length(root.get(name), percent_of=size, font_size=16.0)
        for name, size in zip(("width", "height"), box[2:] if box else DEFAULT_SIZE, strict=True)
    )
    if width is None or width <= 0:
        width = box[2] if box else DEFAULT_SIZE[0]
    if height is None or height <= 0:
        height = box[3] if box else DEFAULT_SIZE[1]
    if box is None:
        return width, height, Affine()
    return width, height, view_box_transform(box, width, height, root.get("preserveAspectRatio"))


def _nested_viewport(element: Element, around: Place) -> tuple[Affine, Viewport]:
    """SVG 2, section 8.2: from a nested svg's user units to its parent's."""

    def length(name: str, percent_of: float, default: str) -> float:
        for text in (element.get(name), default):
            value = parse_length(text, percent_of=percent_of, font_size=around.style.font_size)
            if value is not None:
                return value
        return 0.0

    x, y = length("x", around.viewport.width, "0"), length("y", around.viewport.height, "0")
    width = length("width", around.viewport.width, "100%")
    height = length("height", around.viewport.height, "100%")
    placed = Affine(e=x, f=y)
    if width <= 0 or height <= 0:
        return Affine(0, 0, 0, 0), Viewport(0, 0)
    box = parse_view_box(element.get("viewBox"))
    if box is None:
        return placed, Viewport(width, height)
    inner = view_box_transform(box, width, height, element.get("preserveAspectRatio"))
    return placed.after(inner), Viewport(box[2], box[3])


def _chosen(switch: Element) -> Element | None:
    """SVG 2, section 5.7: the first child whose conditions hold, taking English as the language."""
    for child in switch:
        if not tag_of(child):
            continue
        languages = child.get("systemLanguage")
        spoken = languages is None or any(
            language.strip().lower().partition("-")[0] == "en" for language in languages.split(",")
        )
        if spoken and child.get("requiredExtensions") is None:
            return child
    return None
