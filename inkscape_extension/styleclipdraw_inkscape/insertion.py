"""Puts a result into its document; hides where each path goes and what of an element is kept."""

from __future__ import annotations

import copy
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from . import provenance
from .affine import Affine
from .basic_shapes import GEOMETRY
from .document_mark import fingerprint
from .messages import _
from .names import GROUP_MODE, INKSCAPE, LABEL, PATH_EFFECT, SODIPODI, SVG, local_name
from .path_data import format_path
from .result_reader import ResultPath
from .result_style import fill_style, opacity_text, paint_style, stroke_style
from .size_groups import by_size
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
    [SODIPODI + name for name in _OLD_SHAPE] + [INKSCAPE + name for name in _OLD_EFFECT]
)


class Kept(NamedTuple):
    """What the request noted of a path of the document (see `request.noted`)."""

    to_canvas: Affine  # own user units to canvas pixels
    width_scale: float  # canvas pixels of one unit of stroke width
    own_opacity: float
    opacity_above: float
    fingerprint: str
    moves: Dict[str, bool]


class Insertion:
    """One result on its way into one document."""

    def __init__(
        self,
        root: Any,
        job_id: str,
        document: Dict[str, Any],
        new_id: Callable[[str], str],
    ) -> None:
        self.root, self.job_id, self.document, self.new_id = root, job_id, document, new_id
        self.scene = Scene(root)
        self.said: List[str] = []
        self._referenced = _referenced_ids(root)
        self._layer: Optional[Any] = None

    def run(self, paths: List[ResultPath]) -> List[str]:
        """Insert all paths; returns what the person should know."""
        kept = self.document.get("paths") or {}
        edited, deleted, fresh = [], [], []
        for path in paths:
            if path.origin is None or path.origin not in kept:
                fresh.append(path)
                continue
            element = self.scene.by_id.get(path.origin)
            if element is None or local_name(element) not in GEOMETRY:
                deleted.append(path)
            elif not self._refine(element, _read_kept(kept[path.origin]), path):
                edited.append(path.origin)
        self._draw(deleted + fresh)
        self._hide_replaced()
        options = self.document.get("options")
        if isinstance(options, dict) and paths:
            provenance.remember(
                self.root, self.job_id, options, self.new_id("styleclipdraw-request")
            )
        if edited:
            self.said.append(
                _(
                    "You changed {names} while it was being drawn. Your version was not touched; "
                    "the drawn one lies directly above it."
                ).format(names=", ".join(edited[:8]))
            )
        if deleted:
            names = ", ".join(str(path.origin) for path in deleted[:8])
            self.said.append(
                _(
                    "Deleted while it was being drawn: {names}. What was drawn is in a layer of "
                    "its own."
                ).format(names=names)
            )
        return self.said

    def _refine(self, element: Any, kept: Kept, path: ResultPath) -> bool:
        """Put one refined path where it belongs; false when the person's own change was kept."""
        untouched = fingerprint(element) == kept.fingerprint
        effect = PATH_EFFECT in element.attrib
        rules = self.scene.cascade.from_sheets(element)
        if untouched and self.document.get("put") == "in-place" and not effect:
            refined = (
                element if local_name(element) == "path" else self._as_path(element, copied=False)
            )
            if refined is not element:
                refined.tail = element.tail
                element.getparent().replace(element, refined)
        else:
            refined = self._as_path(element, copied=True)
            around = element.getparent()
            (around if provenance.ORIGINAL in around.attrib else element).addnext(refined)
            refined.attrib[provenance.SOURCE] = str(path.origin)
            if untouched:
                self._hide(element)
                self._hide_earlier(str(path.origin))
        for name in _DROPPED:
            refined.attrib.pop(name, None)
        self._style(refined, self.scene.cascade.missing_rules(refined, rules))
        self._write(refined, kept, path)
        refined.attrib[provenance.JOB] = self.job_id
        return untouched

    def _as_path(self, element: Any, copied: bool) -> Any:
        """A path element with everything of `element` that is not its shape."""
        left_out = set(GEOMETRY[local_name(element)]) | ({"id"} if copied else set())
        attributes = {name: value for name, value in element.attrib.items() if name not in left_out}
        path = element.makeelement(SVG + "path", attributes, dict(element.nsmap))
        path.text = element.text
        for child in element:
            path.append(copy.deepcopy(child))
        if copied:
            path.attrib["id"] = self.new_id(element.attrib.get("id", "path"))
            for child in path.iterdescendants():
                if "id" in child.attrib:
                    child.attrib["id"] = self.new_id(child.attrib["id"])
        return path

    def _hide_earlier(self, origin: str) -> None:
        """Of several results made of one path the newest is shown."""
        for earlier in self.root.iterfind(".//*[@{}]".format(provenance.SOURCE)):
            same = earlier.attrib[provenance.SOURCE] == origin
            if same and earlier.attrib.get(provenance.JOB, self.job_id) != self.job_id:
                self._style(earlier, {"display": "none"})

    def _hide(self, element: Any) -> None:
        """Take an original out of sight, but not the clones of it."""
        if provenance.ORIGINAL in element.getparent().attrib:
            return  # an earlier result has done it
        if element.attrib.get("id") not in self._referenced:
            self._style(element, {"display": "none"})
            return
        wrapper = element.makeelement(
            SVG + "g",
            {
                "id": self.new_id("styleclipdraw-original"),
                "style": "display:none",
                provenance.ORIGINAL: element.attrib["id"],
                LABEL: _("Original of {name}").format(name=element.attrib["id"]),
            },
        )
        element.getparent().replace(element, wrapper)
        wrapper.append(element)
        wrapper.tail, element.tail = element.tail, None

    def _write(self, element: Any, kept: Kept, path: ResultPath) -> None:
        from_canvas = kept.to_canvas.inverse()
        element.attrib["d"] = format_path(
            [subpath.through(from_canvas) for subpath in path.subpaths]
        )
        changes: Dict[str, str] = {}
        own = self._own_opacity(kept, path)
        if own != kept.own_opacity:
            changes["opacity"] = opacity_text(own)
        seen = own * kept.opacity_above
        if path.fill is not None and kept.moves.get("fill"):
            changes.update(paint_style("fill", path.fill.colour, seen))
        if path.stroke is not None and kept.moves.get("stroke"):
            changes.update(paint_style("stroke", path.stroke.colour, seen))
        if path.stroke is not None and kept.moves.get("width"):
            changes["stroke-width"] = "{:.9g}".format(path.stroke.width / kept.width_scale)
        if self.scene.cascade.values(element)["display"] == "none":
            changes["display"] = "inline"  # Draw Again starts from hidden originals
        self._style(element, changes)

    def _own_opacity(self, kept: Kept, path: ResultPath) -> float:
        """The path's opacity, raised when it would not let as much through as was drawn.

        Not when there is a paint that stays: it would be raised too.
        """
        paints = [(path.fill, "fill"), (path.stroke, "stroke")]
        drawn = [part.colour[3] for part, _name in paints if part is not None]
        free = all(part is None or kept.moves.get(name) for part, name in paints)
        if (
            not free
            or not drawn
            or max(drawn) <= kept.own_opacity * kept.opacity_above * (1 + 1e-6)
        ):
            return kept.own_opacity
        return min(1.0, max(drawn) / kept.opacity_above)

    def _style(self, element: Any, changes: Dict[str, str]) -> None:
        set_style(element, changes, lambda name: self.scene.cascade.is_important(element, name))

    def _draw(self, paths: List[ResultPath]) -> None:
        """New paths, in a layer on top named after the prompt and the seed."""
        if not paths:
            return
        layer = self._group(str(self.document.get("layer") or "StyleCLIPDraw"), self.root)
        layer.attrib[GROUP_MODE] = "layer"
        layer.attrib[provenance.JOB] = self.job_id
        to_root = Affine(*map(float, self.document["to_root"]))
        neutral = self._neutral(layer)
        groups = by_size(paths) if self.document.get("group_by_size") else [("", paths)]
        for name, members in groups:
            parent = self._group(name, layer) if name else layer
            for path in members:
                self._add_new(parent, path, to_root, neutral)

    def _group(self, label: str, parent: Any) -> Any:
        group = parent.makeelement(SVG + "g", {"id": self.new_id("styleclipdraw"), LABEL: label})
        parent.append(group)
        return group

    def _neutral(self, layer: Any) -> Dict[str, str]:
        """Declarations against what the root's own style would otherwise do to new paths."""
        values = self.scene.cascade.values(layer)
        return {
            name: "none"
            for name in ("stroke-dasharray", "marker-start", "marker-mid", "marker-end")
            if values[name].lower() != "none"
        }

    def _add_new(
        self, parent: Any, path: ResultPath, to_root: Affine, neutral: Dict[str, str]
    ) -> None:
        element = parent.makeelement(
            SVG + "path",
            {
                "id": self.new_id("stroke"),
                "d": format_path([subpath.through(to_root) for subpath in path.subpaths]),
            },
        )
        parent.append(element)
        changes = fill_style(path.fill)
        changes.update(stroke_style(path.stroke, to_root.expansion))
        changes.update(neutral)
        self._style(element, changes)

    def _hide_replaced(self) -> None:
        """Draw Again shows the new drawing instead of the one it repeats, which stays, hidden.

        What was refined in place is the person's own path and stays in sight.
        """
        replaced = self.document.get("replaces")
        if isinstance(replaced, str) and replaced != self.job_id:
            for element in provenance.drawn_by(self.root, replaced):
                if provenance.SOURCE in element.attrib or GROUP_MODE in element.attrib:
                    self._style(element, {"display": "none"})


def _read_kept(kept: Dict[str, Any]) -> Kept:
    own, above = (float(part) for part in kept["opacity"])
    return Kept(
        Affine(*map(float, kept["to_canvas"])),
        float(kept["width_scale"]),
        own,
        above,
        str(kept["fingerprint"]),
        dict(kept["moves"]),
    )


def _referenced_ids(root: Any) -> frozenset:
    """Ids that a clone, a text on a path or an effect refers to."""
    found = set()
    for element in root.iter():
        if isinstance(element.tag, str):
            for name, value in element.attrib.items():
                if name.rpartition("}")[2] == "href" and value.startswith("#"):
                    found.add(value[1:])
    return frozenset(found)
