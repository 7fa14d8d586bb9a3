"""The requests inside the document, so that a drawing can be drawn again elsewhere.

Hides where they are kept.

Each is the text of a `<metadata>` element of its own, the newest last, whose `scd:job` is also on
what was drawn; the command line keeps its requests in the same way (styleclipdraw_core/svg.py).
An element of our own would make Inkscape print "unknown type".
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .names import OURS, OURS_URI, SVG, local_name

JOB = OURS + "job"
SOURCE = OURS + "source"  # the id of the path that a refined copy was made of
ORIGINAL = OURS + "original"  # a group that hides an original; the id of that
DRAWN = OURS + "drawn"  # the fingerprint of a path that was refined in place, as it was put there
LARGEST_REQUEST = 64 * 1024 * 1024  # characters


def remember(root: Any, job_id: str, record: Dict[str, Any], element_id: str) -> None:
    """Keep what was asked for; once for each job."""
    if any(name == job_id for name, _ in _kept(root)):
        return
    kept = root.makeelement(SVG + "metadata", {"id": element_id, JOB: job_id}, {"scd": OURS_URI})
    kept.text = json.dumps(record, ensure_ascii=True, allow_nan=False)
    others = [child for child in root if local_name(child) == "metadata"]
    root.insert(root.index(others[-1]) + 1 if others else 0, kept)


def find(root: Any, job_id: str) -> Optional[Dict[str, Any]]:
    """What was asked for, when the document knows it."""
    return next((record for name, record in records(root) if name == job_id), None)


def records(root: Any) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Every request that can be read, the newest first, with its job."""
    for name, kept in reversed(list(_kept(root))):
        text = kept.text or ""
        try:
            value = json.loads(text) if len(text) <= LARGEST_REQUEST else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield name, value


def _kept(root: Any) -> Iterator[Tuple[str, Any]]:
    for element in root.iter(SVG + "metadata"):
        if JOB in element.attrib:
            yield str(element.attrib[JOB]), element


def job_of(element: Any) -> Optional[str]:
    """The job that drew this element, or what it lies in."""
    while element is not None:
        if JOB in element.attrib:
            return str(element.attrib[JOB])
        element = element.getparent()
    return None


def drawn_by(root: Any, job_id: str) -> List[Any]:
    """The elements that a job put into the document."""
    return [
        element
        for element in root.iter()
        if isinstance(element.tag, str)
        and element.attrib.get(JOB) == job_id
        and local_name(element) != "metadata"
    ]
