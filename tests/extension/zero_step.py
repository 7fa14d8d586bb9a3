"""A document through the extension and back, without Inkscape and with zero optimisation steps."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree
from styleclipdraw_inkscape import provenance
from styleclipdraw_inkscape.insertion import Insertion
from styleclipdraw_inkscape.new_ids import NewIds
from styleclipdraw_inkscape.options import Options
from styleclipdraw_inkscape.remembered import record_of
from styleclipdraw_inkscape.request import Request, build
from styleclipdraw_inkscape.result_reader import read_paths

JOB = "20260101-000000-000000"


def drawable_ids(root: Any) -> list[str]:
    """Everything but pictures, one of which would be the style picture.

    Inkscape gives ids to what has none.
    """
    children = [c for c in root if isinstance(c.tag, str) and not c.tag.endswith("}image")]
    for number, child in enumerate(children):
        if "id" not in child.attrib:
            child.attrib["id"] = f"given{number}"
    return [child.attrib["id"] for child in children]


def request_of(root: Any, ids: list[str] | None = None, **options: Any) -> Request:
    wanted = dict({"prompt": "anything", "work_on": "refine"}, **options)
    return build(root, drawable_ids(root) if ids is None else ids, Options(**wanted))


def result_of(body: dict[str, Any]) -> dict[str, Any]:
    """What an optimizer that changes nothing answers; through JSON text, as on the disk."""
    paths = [dict(path, **{"from": path["id"]}) for path in body["paths"]]
    return json.loads(json.dumps({"schema": 1, "job": JOB, "state": "done", "paths": paths}))


def put_back(root: Any, body: dict[str, Any], result: dict[str, Any], job: str = JOB) -> list[str]:
    """Insert a result and remember its request, as Insert Result does."""
    document, new_id = json.loads(json.dumps(body["document"])), NewIds(root)
    said = Insertion(root, job, document, new_id).run(read_paths(result))
    provenance.remember(root, job, record_of(body, {}), new_id("styleclipdraw-request"))
    return said


def trip(text: bytes, put: str) -> tuple[bytes, Request]:
    """The document after the round trip, and the request that was made of it."""
    root = etree.fromstring(text, etree.XMLParser(huge_tree=True))
    request = request_of(root, put=put, area="page")
    put_back(root, request.body, result_of(request.body))
    return etree.tostring(root), request


def as_the_judges_see_it(body: dict[str, Any]) -> str:
    """The request's paths alone, as SVG in canvas pixels: what a perfect renderer would show."""
    canvas = body["canvas"]
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" '
        'viewBox="0 0 {0} {1}">'.format(canvas["width"], canvas["height"])
    ]
    for path in body["paths"]:
        lines.append(
            "<path {}/>".format(" ".join(f'{k}="{v}"' for k, v in _attributes(path).items()))
        )
    return "\n".join(lines + ["</svg>"])


def _attributes(path: dict[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {"d": "", "fill": "none"}
    for subpath in path["subpaths"]:
        points = subpath["points"] + (subpath["points"][:1] if subpath["closed"] else [])
        numbers = [f"{x!r},{y!r}" for x, y in points]
        attributes["d"] += (
            f"M{numbers[0]}C{' '.join(numbers[1:])}{'Z' if subpath['closed'] else ''}"
        )
    fill, stroke = path.get("fill"), path.get("stroke")
    if fill:
        attributes.update(_paint("fill", fill["colour"]), **{"fill-rule": fill["rule"]})
    if stroke:
        attributes.update(
            _paint("stroke", stroke["colour"]),
            **{
                "stroke-width": repr(stroke["width"]),
                "stroke-linecap": stroke["cap"],
                "stroke-linejoin": stroke["join"],
                "stroke-miterlimit": stroke["miter_limit"],
            },
        )
    return attributes


def _paint(name: str, colour: list[float]) -> dict[str, Any]:
    channels = ",".join(f"{100 * part!r}%" for part in colour[:3])
    return {name: f"rgb({channels})", name + "-opacity": repr(colour[3])}
