"""The request inside the document, so that a drawing can be drawn again elsewhere.

Hides where it is kept.

`<metadata>` holds one element a request; what was drawn carries the request's name as an attribute.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional

from .names import OURS, OURS_URI, SVG, local_name

JOB = OURS + "job"
SOURCE = OURS + "source"  # the id of the path that a refined copy was made of
ORIGINAL = OURS + "original"  # a group that hides an original; the id of that
_REQUEST = OURS + "request"
LARGEST_REQUEST = 8 * 1024 * 1024  # characters


def remember(root: Any, job_id: str, options: Dict[str, Any], element_id: str) -> None:
    """Keep what was asked for; once for each job."""
    if find(root, job_id) is not None:
        return
    metadata = next((child for child in root if local_name(child) == "metadata"), None)
    if metadata is None:
        metadata = root.makeelement(SVG + "metadata", {"id": element_id + "-metadata"})
        root.insert(0, metadata)
    kept = root.makeelement(_REQUEST, {"id": element_id, JOB: job_id}, {"scd": OURS_URI})
    kept.text = json.dumps(options, ensure_ascii=False, allow_nan=False)
    metadata.append(kept)


def find(root: Any, job_id: str) -> Optional[Dict[str, Any]]:
    """What was asked for, when the document knows it."""
    for kept in root.iter(_REQUEST):
        text = kept.text or ""
        if kept.attrib.get(JOB) == job_id and len(text) <= LARGEST_REQUEST:
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                return None
            return value if isinstance(value, dict) else None
    return None


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
        and element.tag != _REQUEST
    ]
