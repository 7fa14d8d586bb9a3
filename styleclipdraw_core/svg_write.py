"""From `Path` values to SVG text: whole documents, layers, and changes to single elements."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from styleclipdraw_core.drawing import Drawing, Path, Subpath, check_drawing
from styleclipdraw_core.svg_colour import hex_colour
from styleclipdraw_core.svg_coordinates import Affine
from styleclipdraw_core.svg_css import Declaration, StyleSheet, parse_declarations
from styleclipdraw_core.svg_path import format_float, format_float32, format_path
from styleclipdraw_core.svg_read import SVG, Drawable
from styleclipdraw_core.svg_source import quote, rewrite_tag

# The same in the extension (styleclipdraw_inkscape/names.py): both draw again what either has drawn.
NAMESPACE = "urn:styleclipdraw:1"
JOB = f"{{{NAMESPACE}}}job"
COMMAND_LINE = "00000000-000000-"  # begins the name of a request that no job folder belongs to
INKSCAPE = "http://www.inkscape.org/namespaces/inkscape"
SODIPODI = "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"

# A number that went through float32 and JSON and comes back this near is the number it was.
POINT_RELATIVE_CHANGE = 1e-6
POINT_CHANGE = 1e-5  # px
COLOUR_CHANGE = 1e-5
_CHANGE = {
    "fill-opacity": 1e-5,
    "stroke-opacity": 1e-5,
    "stroke-width": POINT_CHANGE,
    "stroke-miterlimit": 1e-5,
}

_CAPS = ("butt", "round", "square")
_JOINS = ("miter", "round", "bevel")
_RULES = ("nonzero", "evenodd")
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,255}\Z")
# What makes Inkscape work out "d" anew, and would undo a change to it.
_LIVE_GEOMETRY = (
    (INKSCAPE, "path-effect"),
    (INKSCAPE, "original-d"),
    (SODIPODI, "type"),
    (SODIPODI, "nodetypes"),
)
_SHAPE_ATTRIBUTES = (
    *("x", "y", "width", "height", "rx", "ry", "cx", "cy", "r"),
    *("x1", "y1", "x2", "y2", "points"),
)

Number = Callable[[float], str]


def write_svg(
    drawing: Drawing,
    width: int,
    height: int,
    *,
    background: Sequence[float] | None = None,
    layer_label: str = "",
    metadata: Mapping[str, object] | None = None,
) -> str:
    """The drawing (not a batch of them) as an SVG document of one layer.

    ``background`` is opaque RGB and becomes a locked layer of its own; ``metadata`` is kept as JSON
    and read back by `SvgDocument.metadata`. Raises `DrawingError` naming a path that is not made of
    finite numbers.
    """
    check_drawing(drawing)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="{SVG}" xmlns:inkscape="{INKSCAPE}" xmlns:sodipodi="{SODIPODI}"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
    ]
    name = ""
    if metadata is not None:
        name = request_name(metadata)
        lines.append(metadata_element(metadata))
    if background is not None:
        colour = hex_colour(background)
        lines += [
            '<g inkscape:groupmode="layer" inkscape:label="Background" id="background-layer"'
            ' sodipodi:insensitive="true">',
            f'<rect xmlns:scd="{NAMESPACE}" scd:role="background" id="background"'
            f' width="{width}" height="{height}" fill="{colour}"/>',
            "</g>",
        ]
    taken = {"background-layer", "background"}
    lines.append(layer(drawing.to_paths(), layer_label, taken, job=name))
    lines.append("</svg>\n")
    return "\n".join(lines)


def layer(
    paths: Iterable[Path],
    label: str,
    taken: set[str],
    *,
    prefix: str = "",
    from_canvas: Affine | None = None,
    job: str = "",
) -> str:
    """An Inkscape layer with these paths, as it may stand in any document.

    ``job`` names the request that drew it (see `metadata_element`).

    ``taken`` are the ids already used (and is added to). With ``from_canvas`` the layer stands in
    somebody else's document of other user units, whose style sheets must not reach the paths.
    """
    name = free_id("layer", taken)
    lines = [
        f'<{prefix}g xmlns:inkscape="{INKSCAPE}" inkscape:groupmode="layer"'
        f' inkscape:label={quote(label or "StyleCLIPDraw")} id="{name}"'
        + (f' xmlns:scd="{NAMESPACE}" scd:job={quote(job)}>' if job else ">")
    ]
    for path in paths:
        number: Number = format_float32
        if from_canvas is not None:
            path, number = _moved(path, from_canvas, from_canvas.scale), format_float
        words = [f'<{prefix}path id="{free_id(path.id, taken)}"']
        paint = _paint(path, number)
        if from_canvas is None:
            words += [f'{key}="{value}"' for key, value in paint.items()]
        else:
            paint = {**paint, "opacity": "1", "stroke-dasharray": "none", "marker": "none"}
            words.append('style="' + ";".join(f"{k}:{v}" for k, v in paint.items()) + '"')
        words.append(f'd="{format_path(path.subpaths, number)}"/>')
        lines.append(" ".join(words))
    lines.append(f"</{prefix}g>")
    return "\n".join(lines)


def metadata_element(metadata: Mapping[str, object], prefix: str = "") -> str:
    """The request as the text of a metadata element of its own; its layer has the same ``scd:job``.

    An element of our own would do as well, but Inkscape prints "unknown type" for each. JSON in
    ASCII, so that any text survives XML.
    """
    text = _json(metadata).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    job = request_name(metadata)
    return f'<{prefix}metadata xmlns:scd="{NAMESPACE}" scd:job="{job}">{text}</{prefix}metadata>'


def request_name(metadata: Mapping[str, object]) -> str:
    """What a request is called in its document: like a job's id, but the same for the same request."""
    return COMMAND_LINE + hashlib.sha256(_json(metadata).encode("ascii")).hexdigest()[:6]


def _json(metadata: Mapping[str, object]) -> str:
    return json.dumps(metadata, ensure_ascii=True, allow_nan=False)


def free_id(wanted: str, taken: set[str]) -> str:
    """``wanted`` where it is a valid id that is free, else one that is; ``taken`` grows by it."""
    name = wanted if _ID.match(wanted) else "path"
    number, candidate = 1, name
    if not wanted:
        candidate = "path1"
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}" if wanted else f"path{number}"
    taken.add(candidate)
    return candidate


def _paint(path: Path, number: Number) -> dict[str, str]:
    """Every property that says how the path is painted."""
    paint = {"fill": "none"}
    if path.fill is not None:
        paint = {
            "fill": hex_colour(path.fill.colour),
            "fill-opacity": _alpha(path.fill.colour[3]),
            "fill-rule": _RULES[path.fill.rule],
        }
    if path.stroke is None:
        return {**paint, "stroke": "none"}
    return {
        **paint,
        "stroke": hex_colour(path.stroke.colour),
        "stroke-opacity": _alpha(path.stroke.colour[3]),
        "stroke-width": number(path.stroke.width),
        "stroke-linecap": _CAPS[path.stroke.cap],
        "stroke-linejoin": _JOINS[path.stroke.join],
        # Less than 1 is no miter limit (SVG 2, section 13.5.5): at 1 every corner is bevelled.
        "stroke-miterlimit": number(max(path.stroke.miter_limit, 1.0)),
    }


def _alpha(value: float) -> str:
    return format_float32(min(max(float(value), 0.0), 1.0))


def _moved(path: Path, transform: Affine, stroke_scale: float) -> Path:
    subpaths = [
        Subpath(transform.apply(np.asarray(subpath.points, np.float64)), subpath.closed)
        for subpath in path.subpaths
    ]
    stroke = path.stroke and replace(path.stroke, width=path.stroke.width * stroke_scale)
    return replace(path, subpaths=subpaths, stroke=stroke)


def changed_tag(
    drawable: Drawable, new: Path, tag: str, sheet: StyleSheet
) -> tuple[str, str] | None:
    """The element's start tag with another geometry or paint, and the element's name in it; None
    when there is nothing to change. ``tag`` is the start tag as it stands.
    """
    from_canvas = drawable.place.to_canvas.inverse()
    own = _moved(new, from_canvas, 1 / drawable.stroke_scale)
    paint = _changed_paint(drawable, new, own)
    ruled = sorted(sheet.declarations(drawable.element), key=lambda rule: rule.important)
    name = drawable.span.name
    attributes: dict[str, str | None] = {}
    if _points_differ(drawable.path, new):
        tolerance = POINT_CHANGE * from_canvas.scale
        data = format_path(own.subpaths, format_float, line_tolerance=tolerance)
        prefix, colon, shape = name.rpartition(":")
        if shape != "path":
            name = f"{prefix}{colon}path"
            attributes = dict.fromkeys(_SHAPE_ATTRIBUTES)
            # A rule for "rect" does not hold for a path: what the rules say is written out.
            styled = {d.name for d in parse_declarations(drawable.element.get("style") or "")}
            said = {d.name: d.value for d in ruled if d.important or d.name not in styled}
            paint = {**said, **paint}
        attributes["d"] = data
        attributes.update(_live_geometry(drawable))
        if drawable.place.style.d is not None:
            paint["d"] = f"path('{data}')"
    if not paint and not attributes:
        return None
    attributes.update(_as_attributes(drawable, paint, ruled))
    return rewrite_tag(tag, name=name, attributes=attributes), name


def _live_geometry(drawable: Drawable) -> dict[str, None]:
    """The attributes to remove, as the document spells their prefixes."""
    prefixes = {uri: prefix for prefix, uri in drawable.element.nsmap.items() if prefix}
    return {f"{prefixes[uri]}:{local}": None for uri, local in _LIVE_GEOMETRY if uri in prefixes}


def _points_differ(old: Path, new: Path) -> bool:
    if len(old.subpaths) != len(new.subpaths):
        return True
    for a, b in zip(old.subpaths, new.subpaths, strict=True):
        before, after = np.asarray(a.points, np.float64), np.asarray(b.points, np.float64)
        if a.closed != b.closed or before.shape != after.shape:
            return True
        # float32 is as fine as the largest coordinate allows, not as each one would.
        allowed = POINT_CHANGE + POINT_RELATIVE_CHANGE * np.abs(before).max()
        if bool((np.abs(after - before) > allowed).any()):
            return True
    return False


def _changed_paint(drawable: Drawable, new: Path, own: Path) -> dict[str, str]:
    """The properties to write so that the element looks like ``new``, in its own units."""
    before, after = _paint(drawable.path, format_float), _paint(new, format_float)
    opacities = _opacities(drawable, new)
    values = {**_paint(own, format_float), **opacities}
    for key, was, is_now in (
        ("fill", drawable.path.fill, new.fill),
        ("stroke", drawable.path.stroke, new.stroke),
    ):
        # float32 may round half a level the other way.
        if was and is_now and np.allclose(was.colour[:3], is_now.colour[:3], atol=COLOUR_CHANGE):
            before[key] = after[key]
    changed = {key for key in after if not _same(key, before.get(key), after[key])}
    for paint in ("fill", "stroke"):
        opacity = f"{paint}-opacity"
        if changed & {paint, opacity}:  # a colour and its alpha go together
            changed |= {paint, opacity} & after.keys()
    if "opacity" in opacities and changed & {"fill-opacity", "stroke-opacity"}:
        changed |= opacities.keys()
    return {key: values[key] for key in values if key in changed}


def _same(key: str, before: str | None, after: str) -> bool:
    if before is None or key not in _CHANGE:
        return before == after
    return abs(float(after) - float(before)) <= _CHANGE[key] + POINT_RELATIVE_CHANGE * float(before)


def _opacities(drawable: Drawable, new: Path) -> dict[str, str]:
    """fill-opacity and stroke-opacity that give the alphas of ``new`` below its ancestors'.

    An element whose own opacity leaves no room for them gets the opacity 1. What its ancestors
    take away cannot be given back.
    """
    wanted = {}
    if new.fill is not None:
        wanted["fill-opacity"] = new.fill.colour[3]
    if new.stroke is not None:
        wanted["stroke-opacity"] = new.stroke.colour[3]
    outer, opacity = drawable.group_opacity, drawable.place.style.opacity
    if outer <= 0:
        return {key: "1" for key in wanted}
    room = max(wanted.values(), default=0.0) <= outer * opacity * (1 + 1e-6)
    if opacity > 0 and room:
        return {key: _alpha(value / (outer * opacity)) for key, value in wanted.items()}
    result = {key: _alpha(value / outer) for key, value in wanted.items()}
    return {**result, "opacity": "1"}


def _as_attributes(
    drawable: Drawable, paint: Mapping[str, str], ruled: Sequence[Declaration]
) -> dict[str, str | None]:
    """The properties where the element keeps its style: as attributes when all of it is there,
    else in its style attribute, which is stronger than any rule but an important one.
    """
    style = drawable.element.get("style")
    if not paint:
        return {}
    if not style and not ruled and "d" not in paint:
        return dict(paint)
    important = {declaration.name for declaration in ruled if declaration.important}
    words, written = [], set()
    for declaration in parse_declarations(style or ""):
        value = paint.get(declaration.name, declaration.value)
        insists = declaration.important or declaration.name in important & paint.keys()
        words.append(f"{declaration.name}:{value}{'!important' * insists}")
        written.add(declaration.name)
    words += [
        f"{name}:{value}{'!important' * (name in important)}"
        for name, value in paint.items()
        if name not in written
    ]
    return {"style": ";".join(words)}
