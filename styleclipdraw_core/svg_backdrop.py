"""What of a document the judges would miss, and the document to render it from.

Text, pictures, clones and pattern fills are no paths of ours. Hides how paths are taken out of
sight without touching what refers to them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from styleclipdraw_core.svg_css import Element
from styleclipdraw_core.svg_read import NO_PLAIN_PAINT, NOT_DRAWN_ITSELF, XLINK_HREF, Page, tag_of
from styleclipdraw_core.svg_source import Span, rewrite_tag

KINDS = {
    "text": ("text", "texts"),
    "image": ("picture", "pictures"),
    "use": ("clone", "clones"),
    "foreignObject": ("foreign object", "foreign objects"),
    "flowRoot": ("text", "texts"),
}
PATTERN = ("shape with a pattern", "shapes with a pattern")
_LINK = re.compile(r"\s((?:[^\s=:]+:)?href)\s*=")

Edit = tuple[int, int, str]  # start, end, new text


def unseen(page: Page) -> str:
    """What is visible and none of our paths, in words: "2 texts and 1 picture"; "" for nothing."""
    found: Counter[tuple[str, str]] = Counter()
    for element in page.elements:
        kind = _unseen_kind(page, element)
        if kind is not None:
            found[kind] += 1
    words = [f"{count} {names[count > 1]}" for names, count in found.items()]
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _unseen_kind(page: Page, element: Element) -> tuple[str, str] | None:
    place, parent = page.places[element], element.getparent()
    if parent is None or page.places[parent].hidden or place.style.visibility != "visible":
        return None
    if place.style.display == "none" or place.opacity <= 0:
        return None
    tag = tag_of(element)
    if place.hidden == NOT_DRAWN_ITSELF:
        written = tag not in ("text", "flowRoot") or "".join(element.itertext()).strip()
        return KINDS.get(tag) if written else None
    patterned = page.reasons.get(element) == NO_PLAIN_PAINT and "server" in (
        place.style.fill.kind,
        place.style.stroke.kind,
    )
    return PATTERN if patterned else None


def hiding(page: Page, spans: list[Span], names: Collection[str]) -> list[Edit]:
    """Edits that put the drawables of these names out of sight.

    Each goes into a group that is not displayed: its clones, and text on it, stay in sight, and no
    style sheet brings it back.
    """
    root = spans[0].name.rpartition(":")
    group = "".join(root[:2]) + "g"
    edits = []
    for name in names:
        span = page.drawables[name].span
        edits.append((span.start, span.start, f'<{group} style="display:none">'))
        edits.append((span.end, span.end, f"</{group}>"))
    return edits


def with_whole_links(page: Page, spans: list[Span], source: bytes, folder: Path) -> list[Edit]:
    """Edits that let pictures be found, which are linked relatively to the document's folder."""
    edits = []
    for element, span in zip(page.elements, spans, strict=True):
        if tag_of(element) != "image":
            continue
        tag = source[span.start : span.inside].decode("utf-8")
        changed: dict[str, str | None] = {}
        for match in _LINK.finditer(tag):
            address = str(element.get("href" if match[1] == "href" else XLINK_HREF) or "").strip()
            if address and not address.startswith(("data:", "#", "/")) and ":" not in address:
                changed[match[1]] = os.path.join(folder.absolute(), address)
        if changed:
            edits.append((span.start, span.inside, rewrite_tag(tag, name=None, attributes=changed)))
    return edits
