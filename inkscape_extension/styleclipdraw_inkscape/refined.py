"""One refined path on its way into its element; hides what of the element is kept."""

from __future__ import annotations

import copy
from typing import Any, Callable, Dict, NamedTuple

from .affine import Affine
from .basic_shapes import GEOMETRY
from .names import INKSCAPE, SODIPODI, SVG, local_name
from .path_data import format_path
from .provenance import DRAWN
from .result_reader import ResultPath
from .result_style import opacity_text, paint_style
from .style_edit import set_style
from .svg_scene import Scene

# Inkscape would draw the old shape again from these, or shape the path anew.
_OLD_SHAPE = (
    "type",
    "cx",
    "cy",
    "rx",
    "ry",
    "start",
    "end",
    "arc-type",
    "open",
    "sides",
    "r1",
    "r2",
    "arg1",
    "arg2",
    "expansion",
    "revolution",
    "radius",
    "argument",
    "t0",
    "nodetypes",
)
_OLD_EFFECT = (
    "path-effect",
    "original-d",
    "original",
    "rounded",
    "randomized",
    "flatsided",
    "connector-type",
    "connector-curvature",
    "connection-start",
    "connection-end",
    "perspectiveID",
    "corner0",
    "corner7",
    "box3dsidetype",
)
_DROPPED = frozenset(
    [SODIPODI + name for name in _OLD_SHAPE] + [INKSCAPE + name for name in _OLD_EFFECT] + [DRAWN]
)


class Kept(NamedTuple):
    """What the request noted of a path of the document (see `request.noted`)."""

    to_canvas: Affine  # own user units to canvas pixels
    width_scale: float  # canvas pixels of one unit of stroke width
    own_opacity: float
    opacity_above: float
    fingerprint: str
    moves: Dict[str, bool]


def read_kept(kept: Dict[str, Any]) -> Kept:
    own, above = (float(part) for part in kept["opacity"])
    return Kept(
        Affine(*map(float, kept["to_canvas"])),
        float(kept["width_scale"]),
        own,
        above,
        str(kept["fingerprint"]),
        dict(kept["moves"]),
    )


def as_path(element: Any) -> Any:
    """`element` itself where it is a path, else a path in its place, with its id and all but its
    shape.
    """
    if local_name(element) == "path":
        return element
    path = _path_like(element)
    path.tail = element.tail
    element.getparent().replace(element, path)
    return path


def copy_above(element: Any, beside: Any, new_id: Callable[[str], str]) -> Any:
    """A path with everything of `element` but its shape and its ids, above `beside`."""
    path = _path_like(element)
    for part in path.iter():
        if "id" in part.attrib:
            part.attrib["id"] = new_id(part.attrib["id"])
    if "id" not in path.attrib:
        path.attrib["id"] = new_id("path")
    beside.addnext(path)
    return path


def _path_like(element: Any) -> Any:
    shape = GEOMETRY[local_name(element)]
    attributes = {name: value for name, value in element.attrib.items() if name not in shape}
    path = element.makeelement(SVG + "path", attributes, dict(element.nsmap))
    path.text = element.text
    path.extend(copy.deepcopy(child) for child in element)
    return path


def write(scene: Scene, element: Any, kept: Kept, path: ResultPath) -> None:
    """Shape and paint of `path`, in the element's own units and below its groups' opacity."""
    for name in _DROPPED:
        element.attrib.pop(name, None)
    from_canvas = kept.to_canvas.inverse()
    element.attrib["d"] = format_path([subpath.through(from_canvas) for subpath in path.subpaths])
    changes: Dict[str, str] = {}
    own = _own_opacity(kept, path)
    if own != kept.own_opacity:
        changes["opacity"] = opacity_text(own)
    seen = own * kept.opacity_above
    if path.fill is not None and kept.moves.get("fill"):
        changes.update(paint_style("fill", path.fill.colour, seen))
    if path.stroke is not None and kept.moves.get("stroke"):
        changes.update(paint_style("stroke", path.stroke.colour, seen))
    if path.stroke is not None and kept.moves.get("width"):
        changes["stroke-width"] = "{:.9g}".format(path.stroke.width / kept.width_scale)
    if scene.cascade.values(element)["display"] == "none":
        changes["display"] = "inline"  # Draw Again starts from hidden originals
    restyle(scene, element, changes)


def restyle(scene: Scene, element: Any, changes: Dict[str, str]) -> None:
    """Declare `changes` so that no rule of a sheet beats them."""
    set_style(element, changes, lambda name: scene.cascade.is_important(element, name))


def _own_opacity(kept: Kept, path: ResultPath) -> float:
    """The path's opacity, raised when it would not let as much through as was drawn.

    Not when there is a paint that stays: it would be raised too.
    """
    paints = [(path.fill, "fill"), (path.stroke, "stroke")]
    drawn = [part.colour[3] for part, _name in paints if part is not None]
    free = all(part is None or kept.moves.get(name) for part, name in paints)
    if not free or not drawn or max(drawn) <= kept.own_opacity * kept.opacity_above * (1 + 1e-6):
        return kept.own_opacity
    return min(1.0, max(drawn) / kept.opacity_above)
