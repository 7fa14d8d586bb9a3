"""Recognising a document, and a path in it, some minutes later; hides what counts as the same.

Nothing may be written into the document when drawing starts (that would be an undo step of its
own), so it is known again by its file, its page and the ids in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any, Dict, List

from .basic_shapes import GEOMETRY
from .css_rules import parse_declarations
from .names import PATH_EFFECT, local_name

MOST_IDS = 400

# How many of the ids that were there must still be: people delete things meanwhile.
SHARE_OF_IDS = 0.5

CLOCK_SLACK = 2.0  # seconds: what file systems round times to

_MATTERS = (
    "transform",
    "class",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "opacity",
    "visibility",
    "clip-path",
    "mask",
    "filter",
    "vector-effect",
    PATH_EFFECT,
)


def document_path() -> str:
    """The file of the document; empty for one never saved."""
    return os.environ.get("DOCUMENT_PATH", "")


def mark_of(root: Any) -> Dict[str, Any]:
    """What to know the document by."""
    path = document_path()
    return {
        "path": path,
        "name": os.path.basename(path),
        "page": _page(root),
        "ids": _ids(root)[:MOST_IDS],
        "time": time.time(),
    }


def _page(root: Any) -> List[str]:
    return [root.attrib.get(name, "") for name in ("width", "height", "viewBox")]


def _ids(root: Any) -> List[str]:
    return [
        element.attrib["id"]
        for element in root.iter()
        if isinstance(element.tag, str) and "id" in element.attrib
    ]


def is_same_document(root: Any, mark: Any) -> bool:
    """Whether this is the document that was marked, whatever was drawn in it or renamed since."""
    if not isinstance(mark, dict) or not isinstance(mark.get("ids"), list):
        return False
    path, here = mark.get("path"), document_path()
    if path and here and os.path.normcase(str(path)) == os.path.normcase(here):
        return True
    known = {str(name) for name in mark["ids"]}
    remaining = len(known & set(_ids(root)))
    if mark.get("page") != _page(root):
        return False
    if path and here:  # saved under another name, perhaps
        return bool(known) and remaining == len(known)
    if here and not _written_since(here, mark.get("time")):
        return False  # it was a file already when this drawing was begun in an unsaved document
    return remaining >= SHARE_OF_IDS * len(known)


def _written_since(path: str, begun: Any) -> bool:
    try:
        return isinstance(begun, (int, float)) and os.path.getmtime(path) >= begun - CLOCK_SLACK
    except OSError:
        return False


def fingerprint(element: Any) -> str:
    """Changes when the element's own shape, place or style does.

    Not when it is renamed or hidden: the originals of an earlier result are hidden.
    """
    kind = local_name(element)
    names = GEOMETRY.get(kind, ()) + _MATTERS
    said = [(name, element.attrib[name]) for name in sorted(names) if name in element.attrib]
    style = sorted(
        (d.name, d.value, d.important)
        for d in parse_declarations(element.attrib.get("style"))
        if d.name != "display"
    )
    text = json.dumps([kind, said, style], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
