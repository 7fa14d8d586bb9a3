"""Puts a result into its document; hides where each path goes."""

from __future__ import annotations

import copy
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import provenance
from .basic_shapes import GEOMETRY
from .clones import view_of
from .document_mark import fingerprint
from .hiding import Hiding
from .messages import _
from .names import PATH_EFFECT, local_name
from .new_layer import NewLayer
from .refined import Kept, as_path, copy_above, read_kept, restyle, write
from .result_reader import ResultPath
from .svg_scene import Scene

MOST_NAMES = 8  # in one sentence


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
        self.hiding = Hiding(self.scene, job_id, new_id)

    def run(self, paths: List[ResultPath]) -> List[str]:
        """Insert all paths; returns what the person should know."""
        kept = self.document.get("paths") or {}
        edited: List[str] = []
        deleted: List[ResultPath] = []
        fresh: List[ResultPath] = []
        paths = self._into_clones(paths, kept, edited)
        for path in paths:
            if path.origin is None or path.origin not in kept:
                fresh.append(path)
                continue
            element = self.scene.by_id.get(path.origin)
            if element is None or local_name(element) not in GEOMETRY:
                deleted.append(path)
            elif not self._refine(element, read_kept(kept[path.origin]), path):
                edited.append(path.origin)
        if deleted or fresh:
            NewLayer(self.scene, self.job_id, self.document, self.new_id).draw(deleted + fresh)
        self.hiding.replaced(self.document)
        return _said(edited, [str(path.origin) for path in deleted])

    def _refine(self, element: Any, kept: Kept, path: ResultPath) -> bool:
        """Put one refined path where it belongs; false when the person's own change was kept."""
        untouched = _is_untouched(element, kept)
        effect = PATH_EFFECT in element.attrib
        rules = self.scene.cascade.from_sheets(element)
        in_place = untouched and self.document.get("put") == "in-place" and not effect
        if in_place:
            refined = as_path(element)
        else:
            around = element.getparent()
            beside = around if provenance.ORIGINAL in around.attrib else element
            refined = copy_above(element, beside, self.new_id)
            refined.attrib[provenance.SOURCE] = str(path.origin)
            if untouched:
                self.hiding.original(element)
                self.hiding.earlier(str(path.origin))
        self._style_as_before(refined, rules)
        write(self.scene, refined, kept, path)
        refined.attrib[provenance.JOB] = self.job_id
        if in_place:
            refined.attrib[provenance.DRAWN] = fingerprint(refined)
        return untouched

    def _style_as_before(self, element: Any, rules: Dict[str, Any]) -> None:
        restyle(self.scene, element, self.scene.cascade.missing_rules(element, rules))

    def _into_clones(
        self, paths: List[ResultPath], kept: Dict[str, Any], edited: List[str]
    ) -> List[ResultPath]:
        """Put what clones became above them, or in their place; returns the other paths."""
        clones = self.document.get("clones") or {}
        # All at once, and in a copy: what is put into the document must not be cloned with it.
        view = view_of(self.root, list(clones))
        placed: Set[Optional[str]] = set()
        for name, shapes in clones.items():
            drawn = {path.origin: path for path in paths if path.origin in shapes}
            if name not in view.shown or len(view.shapes(name)) != len(shapes):
                continue  # deleted, or its original is another one now: a layer takes them
            placed.update(drawn)
            pairs = [
                (element, read_kept(kept[origin]), drawn[origin])
                for element, origin in zip(view.shapes(name), shapes)
                if origin in drawn and origin in kept
            ]
            if not self._into_clone(name, view.shown[name], pairs):
                edited.append(name)
        return [path for path in paths if path.origin not in placed]

    def _into_clone(self, name: str, shown: Any, pairs: List[Tuple[Any, Kept, ResultPath]]) -> bool:
        """One clone: a copy of its original, refined; false when it was changed meanwhile."""
        use = self.scene.by_id[name]
        untouched = all(_is_untouched(element, kept) for element, kept, _path in pairs)
        numbers = {element: number for number, element in enumerate(shown.iter())}
        group = copy.deepcopy(shown)
        elements = list(group.iter())
        in_place = untouched and self.document.get("put") == "in-place"
        around = use.getparent()
        (around if provenance.ORIGINAL in around.attrib else use).addnext(group)
        for part in elements:
            if "id" in part.attrib:
                part.attrib["id"] = self.new_id(name)
        for element, kept, path in pairs:
            refined = elements[numbers[element]]
            rules = self.scene.cascade.from_sheets(refined)
            new = as_path(refined)
            group = new if refined is group else group
            self._style_as_before(new, rules)
            write(self.scene, new, kept, path)
        group.attrib[provenance.JOB] = self.job_id
        if self.scene.cascade.values(group)["display"] == "none":
            restyle(self.scene, group, {"display": "inline"})
        if in_place:
            use.getparent().remove(use)
            group.attrib["id"] = name
        else:
            group.attrib[provenance.SOURCE] = name
            if untouched:
                self.hiding.original(use)
                self.hiding.earlier(name)
        return untouched


def _is_untouched(element: Any, kept: Kept) -> bool:
    """Whether a path is as it was when it was asked for, or as another result has put it there."""
    now = fingerprint(element)
    return now in (kept.fingerprint, element.attrib.get(provenance.DRAWN))


def _said(edited: List[str], deleted: List[str]) -> List[str]:
    said: List[str] = []
    if edited:
        said.append(
            _(
                "You changed {names} while it was being drawn. Your version was not touched; "
                "the drawn one lies directly above it."
            ).format(names=", ".join(edited[:MOST_NAMES]))
        )
    if deleted:
        said.append(
            _(
                "Deleted while it was being drawn: {names}. What was drawn is in a layer of "
                "its own."
            ).format(names=", ".join(deleted[:MOST_NAMES]))
        )
    return said
