"""New strokes in a layer of their own; hides its groups, and the frame that they are clipped to."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from .affine import Affine
from .messages import _
from .names import GROUP_MODE, LABEL, SVG, local_name
from .path_data import Subpath, format_path
from .provenance import JOB
from .refined import restyle
from .result_reader import ResultPath, read_subpaths
from .result_style import fill_style, stroke_style
from .size_groups import by_size
from .svg_scene import Scene


class NewLayer:
    """A layer on top of the document, named after the prompt and the seed."""

    def __init__(
        self, scene: Scene, job_id: str, document: Dict[str, Any], new_id: Callable[[str], str]
    ) -> None:
        self._scene, self._document, self._new_id = scene, document, new_id
        self._layer = self._group(str(document.get("layer") or "StyleCLIPDraw"), scene.root)
        self._layer.attrib.update({GROUP_MODE: "layer", JOB: job_id})

    def draw(self, paths: List[ResultPath]) -> None:
        """Put paths into it, the first at the back."""
        to_root = Affine(*map(float, self._document["to_root"]))
        neutral = self._neutral()
        inside = self._clipped()
        by_groups = self._document.get("group_by_size")
        for name, members in by_size(paths) if by_groups else [("", paths)]:
            parent = self._group(name, inside) if name else inside
            for path in members:
                self._add(parent, path, to_root, neutral)

    def _group(self, label: str, parent: Any) -> Any:
        name = {"id": self._new_id("styleclipdraw"), LABEL: label}
        group = parent.makeelement(SVG + "g", name)
        parent.append(group)
        return group

    def _clipped(self) -> Any:
        """A group with the frame as its clip, or the layer itself.

        A group of its own, not the layer: that is what is selected by a click on a stroke, and so
        Object > Clip > Release Clip finds it.
        """
        options = self._document.get("options")
        clip = read_subpaths((options if isinstance(options, dict) else {}).get("clip") or [])
        if not clip:
            return self._layer
        group = self._group(_("Inside the frame"), self._layer)
        group.attrib["clip-path"] = "url(#{})".format(self._define(clip))
        return group

    def _define(self, clip: List[Subpath]) -> str:
        root = self._scene.root
        defs = next((child for child in root if local_name(child) == "defs"), None)
        if defs is None:
            defs = root.makeelement(SVG + "defs", {"id": self._new_id("styleclipdraw-defs")})
            root.insert(0, defs)
        name = self._new_id("styleclipdraw-frame")
        attributes = {"id": name, "clipPathUnits": "userSpaceOnUse"}
        element = root.makeelement(SVG + "clipPath", attributes)
        shape = {"id": self._new_id("styleclipdraw-frame"), "d": format_path(clip)}
        # Paint means nothing in a clip; released, it is an outline that covers no stroke.
        width = 1 / self._scene.root_to_page.expansion
        shape["style"] = "fill:none;stroke:#808080;stroke-width:{:.6g}".format(width)
        element.append(root.makeelement(SVG + "path", shape))
        defs.append(element)
        return name

    def _neutral(self) -> Dict[str, str]:
        """Declarations against what the root's own style would otherwise do to new paths."""
        values = self._scene.cascade.values(self._layer)
        return {
            name: "none"
            for name in ("stroke-dasharray", "marker-start", "marker-mid", "marker-end")
            if values[name].lower() != "none"
        }

    def _add(self, parent: Any, path: ResultPath, to_root: Affine, neutral: Dict[str, str]) -> None:
        element = parent.makeelement(
            SVG + "path",
            {
                "id": self._new_id("stroke"),
                "d": format_path([subpath.through(to_root) for subpath in path.subpaths]),
            },
        )
        parent.append(element)
        changes = fill_style(path.fill)
        changes.update(stroke_style(path.stroke, to_root.expansion))
        changes.update(neutral)
        restyle(self._scene, element, changes)
