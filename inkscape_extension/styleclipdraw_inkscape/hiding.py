"""Taking out of sight what a result stands for; hides that clones of it must stay in sight."""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet

from . import provenance
from .messages import _
from .names import GROUP_MODE, LABEL, SVG
from .refined import restyle
from .svg_scene import Scene

MOST_REPLACED = 100


class Hiding:
    """Hides originals and earlier results of one document."""

    def __init__(self, scene: Scene, job_id: str, new_id: Callable[[str], str]) -> None:
        self._scene, self._job_id, self._new_id = scene, job_id, new_id
        self._referenced = _referenced_ids(scene.root)

    def original(self, element: Any) -> None:
        """Hide a path or a clone, but not the clones of it."""
        if provenance.ORIGINAL in element.getparent().attrib:
            return  # an earlier result has done it
        name = element.attrib.get("id")
        if name not in self._referenced:
            restyle(self._scene, element, {"display": "none"})
            return
        wrapper = element.makeelement(
            SVG + "g",
            {
                "id": self._new_id("styleclipdraw-original"),
                "style": "display:none",
                provenance.ORIGINAL: name,
                LABEL: _("Original of {name}").format(name=name),
            },
        )
        element.getparent().replace(element, wrapper)
        wrapper.append(element)
        wrapper.tail, element.tail = element.tail, None

    def earlier(self, origin: str) -> None:
        """Of several results made of one path, or clone, the newest is shown."""
        for earlier in self._scene.root.iterfind(".//*[@{}]".format(provenance.SOURCE)):
            same = earlier.attrib[provenance.SOURCE] == origin
            if same and earlier.attrib.get(provenance.JOB, self._job_id) != self._job_id:
                restyle(self._scene, earlier, {"display": "none"})

    def replaced(self, document: Dict[str, Any]) -> None:
        """Draw Again shows the new drawing instead of the one it repeats, which stays, hidden.

        What was refined in place is the person's own path and stays in sight.
        """
        replaced = document.get("replaces")
        for job_id in (replaced if isinstance(replaced, list) else [])[:MOST_REPLACED]:
            if job_id == self._job_id:
                continue
            for element in provenance.drawn_by(self._scene.root, str(job_id)):
                if provenance.SOURCE in element.attrib or GROUP_MODE in element.attrib:
                    restyle(self._scene, element, {"display": "none"})


def _referenced_ids(root: Any) -> FrozenSet[str]:
    """Ids that a clone, a text on a path or an effect refers to."""
    found = set()
    for element in root.iter():
        if isinstance(element.tag, str):
            for name, value in element.attrib.items():
                if name.rpartition("}")[2] == "href" and value.startswith("#"):
                    found.add(value[1:])
    return frozenset(found)
