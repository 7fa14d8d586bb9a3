"""SVG at the border of the core: a `Drawing` becomes a document, a document gives up its paths and
takes them back changed. Everything that is not a path stays the file's own business.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from styleclipdraw_core import svg_backdrop
from styleclipdraw_core.drawing import Path
from styleclipdraw_core.errors import SvgError
from styleclipdraw_core.svg_coordinates import Affine
from styleclipdraw_core.svg_read import CONTAINERS, Drawable, Page, tag_of
from styleclipdraw_core.svg_source import normalise, parse
from styleclipdraw_core.svg_write import (
    COMMAND_LINE,
    JOB,
    NAMESPACE,
    changed_tag,
    layer,
    metadata_element,
    request_name,
    write_svg,
)

__all__ = ["NAMESPACE", "SvgDocument", "read_svg", "write_svg"]

# An error names so many ids and counts the rest.
_NAMES_IN_AN_ERROR = 5


def read_svg(text: str | bytes) -> SvgDocument:
    """An SVG that anybody may have written; bytes may be an .svgz.

    Raises `SvgError` when it is no SVG, defines entities, or is larger than any drawing.
    """
    return SvgDocument(normalise(text))


class SvgDocument:
    """A document whose drawable elements can be had as `Path` values, and replaced.

    ``width`` and ``height`` are its size in canvas px, not rounded; `canvas_size` is the picture
    that Inkscape exports.
    """

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._root, elements, self._spans = parse(source)
        self._page = Page(elements, self._spans)
        self.width = self._page.width
        self.height = self._page.height

    @property
    def canvas_size(self) -> tuple[int, int]:
        """Width and height in whole pixels."""
        return max(1, round(self.width)), max(1, round(self.height))

    def metadata(self) -> dict[str, Any] | None:
        """The newest request in the document, whether it was kept by `write_svg` or in Inkscape;
        None where there is none that can be read.
        """
        requests = [e for e in self._page.elements if tag_of(e) == "metadata" and JOB in e.attrib]
        if not requests:
            return None
        try:
            request = json.loads(requests[-1].text or "")
        except (ValueError, RecursionError):
            return None
        return request if isinstance(request, dict) else None

    def background(self) -> tuple[float, float, float] | None:
        """The colour that `write_svg` painted below its layer."""
        for drawable in self._page.drawables.values():
            if _is_background(drawable) and drawable.path.fill is not None:
                red, green, blue, _ = drawable.path.fill.colour
                return red, green, blue
        return None

    def paths_of(self, ids: Sequence[str] | None = None) -> list[Path]:
        """The drawable elements with these ids in z-order, in canvas px; all of them for None.

        A group's or layer's id stands for everything drawable inside. Strokes are scaled by the
        square root of the transform's area; ancestors' opacity is multiplied into the colours.
        Dashes, markers, masks, clips and filters are left out, and stay in the document. A path
        whose paint is a gradient has its mean colour, and ``moves`` that leave that paint alone.

        Raises `SvgError` naming the ids that are missing or have nothing to draw.
        """
        drawables = self._page.drawables
        if ids is None:
            return [d.path for d in drawables.values() if not _is_background(d)]
        wanted: set[str] = set()
        missing: list[str] = []
        not_drawable: list[str] = []
        for name in dict.fromkeys(ids):
            if name in drawables:
                wanted.add(name)
                continue
            element = self._page.by_id.get(name)
            if element is None:
                missing.append(repr(name[:80]))
                continue
            inside = [d.path.id for d in self._page.inside(element)]
            wanted.update(inside)
            if not inside:
                not_drawable.append(f"{name[:80]!r} {self._why_not(element)}")
        _refuse(missing, not_drawable)
        return [drawable.path for name, drawable in drawables.items() if name in wanted]

    def _why_not(self, element: Any) -> str:
        reason = self._page.reasons.get(element) or self._page.places[element].hidden
        tag = tag_of(element)
        if tag in ("text", "tspan", "textPath"):
            return "is text (turn it into paths first: Path > Object to Path)"
        if tag == "use":
            return "is a clone (unlink it first: Edit > Clone > Unlink Clone)"
        if tag == "image":
            return "is a picture"
        if not reason and tag in CONTAINERS:
            return "has no paths inside"
        return reason or "is not a path"

    def replaced(
        self,
        paths: Sequence[Path],
        *,
        layer_label: str = "",
        metadata: Mapping[str, object] | None = None,
    ) -> str:
        """The same document with these paths, everything else byte for byte as it was.

        A path whose id is that of a drawable element changes that element, and of it only what
        differs: geometry goes back into the element's own coordinates (a shape becomes a path),
        paint to where the element keeps its style. All other paths go into a new layer on top.
        ``metadata`` takes the place of an earlier request; an empty one only takes that out.
        """
        drawables = self._page.drawables
        edits: list[tuple[int, int, str]] = []  # start, end, new text
        new_paths = []
        seen: set[str] = set()
        for path in paths:
            drawable = drawables.get(path.id)
            if drawable is None or path.id in seen:
                new_paths.append(path)
                continue
            seen.add(path.id)
            edits += self._edits(drawable, path)
        additions = []
        root = self._spans[0]
        colon = root.name.rpartition(":")
        prefix = colon[0] + colon[1]
        if new_paths:
            taken = set(self._page.by_id) | set(drawables)
            to_canvas = self._page.to_canvas
            # A viewBox of no size shows nothing, but is no reason to lose what was drawn.
            from_canvas = to_canvas.inverse() if to_canvas.usable else Affine()
            additions.append(
                layer(
                    new_paths,
                    layer_label,
                    taken,
                    prefix=prefix,
                    from_canvas=from_canvas,
                    job=request_name(metadata) if metadata else "",
                )
            )
        if metadata is not None:
            edits += self._without_own_requests()
            additions += [metadata_element(metadata, prefix)] if metadata else []
        if additions:
            edits += self._appended("\n".join(additions) + "\n")
        return self._edited(edits).decode("utf-8")

    def unseen(self) -> str:
        """What is visible and not among `paths_of`, in words; "" when that is all there is."""
        return svg_backdrop.unseen(self._page)

    def for_backdrop(self, hidden: Collection[str], folder: FilePath) -> bytes:
        """The same document without the paths of these ids, for a picture of the rest of it.

        ``folder`` is the document's, which links to pictures are relative to.
        """
        return self._edited(
            svg_backdrop.hiding(self._page, self._spans, hidden)
            + svg_backdrop.with_whole_links(self._page, self._spans, self._source, folder)
        )

    def _edited(self, edits: Sequence[tuple[int, int, str]]) -> bytes:
        result, position = [], 0
        for start, end, text in sorted(edits):
            result += [self._source[position:start], text.encode("utf-8", "replace")]
            position = end
        return b"".join([*result, self._source[position:]])

    def _without_own_requests(self) -> list[tuple[int, int, str]]:
        """Takes the requests of the command line out; those of Inkscape's layers stay, and so does
        what Inkscape may have put beside one.
        """
        spans = dict(zip(self._page.elements, self._spans, strict=True))
        edits = []
        for element, span in spans.items():
            if tag_of(element) == "metadata" and element.get(JOB, "").startswith(COMMAND_LINE):
                others = [spans[child] for child in element if child in spans]
                edits.append(
                    (span.start, others[0].start, f"<{span.name}>")
                    if others
                    else (span.start, span.end, "")
                )
        return edits

    def _edits(self, drawable: Drawable, path: Path) -> list[tuple[int, int, str]]:
        span = drawable.span
        tag = self._source[span.start : span.inside].decode("utf-8")
        changed = changed_tag(drawable, path, tag, self._page.sheet)
        if changed is None:
            return []
        new_tag, name = changed
        edits = [(span.start, span.inside, new_tag)]
        if name != span.name and not span.empty_tag:
            edits.append((span.end_tag, span.end, f"</{name}>"))
        return edits

    def _appended(self, text: str) -> list[tuple[int, int, str]]:
        """Text before the end of the root, which is opened where it is ``<svg/>``."""
        root = self._spans[0]
        if not root.empty_tag:
            return [(root.end_tag, root.end_tag, text)]
        return [(root.inside - 2, root.inside, f">{text}</{root.name}>")]


def _is_background(drawable: Drawable) -> bool:
    return bool(drawable.element.get(f"{{{NAMESPACE}}}role") == "background")


def _refuse(missing: list[str], not_drawable: list[str]) -> None:
    if missing:
        names = ", ".join(missing[:_NAMES_IN_AN_ERROR])
        more = len(missing) - _NAMES_IN_AN_ERROR
        raise SvgError(
            f"The SVG has no element with the id {names}{f' and {more} more' * (more > 0)}.",
            "Look the ids up in Inkscape under Object > Object Properties.",
            code="svg.missing-id",
        )
    if not_drawable:
        names = ", ".join(not_drawable[:_NAMES_IN_AN_ERROR])
        more = len(not_drawable) - _NAMES_IN_AN_ERROR
        raise SvgError(
            f"Nothing can be drawn with what was selected: {names}"
            f"{f' and {more} more' * (more > 0)}.",
            "Select paths or shapes that are visible and have a plain fill or stroke.",
            code="svg.not-drawable",
        )
