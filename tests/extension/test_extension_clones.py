"""Clones that are refined: what they become, where, and what the person's own document keeps."""

import json

import pytest
import zero_step
from documents import by_id, document, style_of
from lxml import etree
from styleclipdraw_inkscape import clones
from styleclipdraw_inkscape.again import request_again
from styleclipdraw_inkscape.messages import Refusal
from styleclipdraw_inkscape.names import LABEL
from styleclipdraw_inkscape.path_data import parse_path
from styleclipdraw_inkscape.provenance import JOB, SOURCE
from styleclipdraw_inkscape.svg_scene import Scene

LEAF = '<path id="a" inkscape:label="Leaf" d="M1 1 L9 1 L9 9 Z" fill="red"/>'
PAIR = '<g id="pair"><path id="a" d="M1 1 L9 1 L9 9 Z"/><rect id="b" width="5" height="4"/></g>'
LATER = "20260101-000001-000000"


def run(root, ids, meanwhile=lambda root: None, shift=0, **options):
    request = zero_step.request_of(root, ids, **options)
    result = zero_step.result_of(request.body)
    for path in result["paths"]:
        for subpath in path["subpaths"]:
            subpath["points"] = [[x + shift, y] for x, y in subpath["points"]]
    meanwhile(root)
    return zero_step.put_back(root, request.body, result)


def page_points(root):
    """Of everything that shows, rounded, clones included."""
    view = clones.view_of(root, [root.get("id")])
    return {
        tuple(round(part, 6) for part in item.to_page(point))
        for item in Scene(view.root).find().items
        for subpath in item.subpaths
        for point in subpath.points
    }


def ids_of(root):
    return [e.get("id") for e in root if e.get("id") and not e.tag.endswith("metadata")]


@pytest.mark.parametrize("put", ["copy", "in-place"])
@pytest.mark.parametrize(
    ("inside", "ids"),
    [
        (LEAF + '<use id="u" xlink:href="#a" x="20" transform="rotate(30)"/>', ["u"]),
        # the clone adds something of its own: it becomes a group
        (LEAF + '<use id="u" xlink:href="#a" x="20" style="opacity:0.5"/>', ["u"]),
        (PAIR + '<use id="u" xlink:href="#pair" y="20"/>', ["u"]),
        # the original and two of its clones together, one in a group
        (
            LEAF + '<use id="u" xlink:href="#a" x="20"/>'
            '<g id="g"><use id="v" xlink:href="#a" x="40"/></g>',
            ["a", "u", "g"],
        ),
        (LEAF + '<use id="u" xlink:href="#a" x="20"/><use id="v" xlink:href="#u" y="9"/>', ["v"]),
        # a group with a clone in it, and a clone of that group
        (
            f'<g id="g">{LEAF}<use id="u" xlink:href="#a" x="20"/></g>'
            '<use id="v" xlink:href="#g" y="20"/>',
            ["g", "v"],
        ),
    ],
)
def test_there_and_back_changes_nothing_that_shows(inside, ids, put):
    root = document(inside)
    before = page_points(root)
    run(root, ids, put=put)
    assert page_points(root) == before
    names = root.xpath("//@id")
    assert len(names) == len(set(names))


def test_a_clone_becomes_a_path_above_its_hidden_self():
    root = document(LEAF + '<use id="u" xlink:href="#a" x="20" inkscape:label="Twin"/>')
    run(root, ["u"])
    assert ids_of(root) == ["a", "u", "u-1"]
    assert style_of(by_id(root, "u"))["display"] == "none"
    new = by_id(root, "u-1")
    assert new.tag.endswith("}path") and new.get(LABEL) == "Twin"
    assert (new.get(JOB), new.get(SOURCE)) == (zero_step.JOB, "u")
    assert "display" not in style_of(new)
    assert by_id(root, "a").get("d") == "M1 1 L9 1 L9 9 Z", "the original is not touched"


def test_a_clone_in_place_keeps_its_id_and_lets_its_original_be():
    root = document(PAIR + '<use id="u" xlink:href="#pair" y="20" style="opacity:0.5"/>')
    run(root, ["u"], put="in-place", shift=5)
    assert ids_of(root) == ["pair", "u"]
    new = by_id(root, "u")
    assert new.tag.endswith("}g") and style_of(new)["opacity"] == "0.5"
    assert [child.tag.rpartition("}")[2] for child in new[0]] == ["path", "path"]
    assert [e.get("id") for e in by_id(root, "pair")] == ["a", "b"]


@pytest.mark.parametrize(
    "change",
    [
        lambda root: by_id(root, "a").set("d", "M0 0 L5 5 L0 5 Z"),
        lambda root: by_id(root, "u").set("transform", "scale(2)"),
    ],
)
@pytest.mark.parametrize("put", ["copy", "in-place"])
def test_a_clone_that_changed_meanwhile_stays(change, put):
    root = document(LEAF + '<use id="u" xlink:href="#a" x="20"/>')
    (said,) = run(root, ["u"], change, put=put)
    assert ids_of(root) == ["a", "u", "u-1"] and "You changed u" in said
    assert by_id(root, "u").tag.endswith("}use") and by_id(root, "u").get("style") is None


def test_a_clone_that_was_deleted_meanwhile_comes_in_a_layer():
    root = document(LEAF + '<use id="u" xlink:href="#a" x="20"/>')
    (said,) = run(root, ["u"], lambda root: root.remove(by_id(root, "u")))
    assert "Deleted" in said and len(root[-1]) == 1


def test_what_of_a_clone_cannot_be_refined_stays_in_it():
    root = document(
        '<g id="g"><path id="a" d="M0 0L9 9L9 0"/><text id="t">x</text></g>'
        '<use id="u" xlink:href="#g" x="20"/>'
    )
    request = zero_step.request_of(root, ["u"])
    assert [w["code"] for w in request.warnings] == ["inkscape.left-out-text"]
    zero_step.put_back(root, request.body, zero_step.result_of(request.body))
    assert [e.tag.rpartition("}")[2] for e in by_id(root, "u-1")[0]] == ["path", "text"]


def test_drawing_a_clone_again_starts_from_the_clone():
    root = document(LEAF + '<use id="u" xlink:href="#a" x="20"/>')
    run(root, ["u"], shift=9)
    root = etree.fromstring(etree.tostring(root))
    request = request_again(root, ["u-1"])
    assert request.body["document"]["options"]["sources"] == ["u"]
    first = request.body["paths"][0]["subpaths"][0]["points"][0]
    untouched = zero_step.request_of(document(LEAF + '<use id="u" xlink:href="#a" x="20"/>'), ["u"])
    assert first == untouched.body["paths"][0]["subpaths"][0]["points"][0]
    zero_step.put_back(root, request.body, zero_step.result_of(request.body), job=LATER)
    shown = [e.get("id") for e in root if style_of(e).get("display") != "none" and e.get("d")]
    assert shown == ["a", "u-2"]


def test_a_clone_of_a_rectangle_is_a_frame_too():
    inside = '<rect id="r" width="20" height="10"/><use id="u" xlink:href="#r" x="40"/>'
    body = zero_step.request_of(document(inside), ["u"], work_on="auto").body
    assert body["paths"] == [] and body["document"]["options"]["box"][2:] == pytest.approx(
        [20 * 96 / 25.4, 10 * 96 / 25.4]
    )


def test_the_request_is_what_the_optimizer_reads():
    from styleclipdraw_core.job_json import read_job

    root = document(PAIR + '<use id="u" xlink:href="#pair" y="20"/>')
    body = zero_step.request_of(root, ["u", "pair"]).body
    job = read_job(json.dumps(dict(body, schema=1, id=zero_step.JOB)))
    assert len({path.id for path in job.paths}) == 4


@pytest.mark.parametrize(
    "inside",
    [
        '<use id="u" xlink:href="#u"/>',
        '<g id="g"><use id="u" xlink:href="#g"/></g>',
        '<use id="u" xlink:href="#v"/><use id="v" xlink:href="#u"/>',
        '<use id="u" xlink:href="#"/>',
        '<use id="u" xlink:href="file:///etc/passwd#x"/>',
        '<use id="u"/>',
        # Inkscape 1.2 knows xlink:href only
        '<rect id="r" width="9" height="9"/><use id="u" href="#r"/>',
        # percentages of a symbol's own viewport
        '<symbol id="s"><rect width="50%" height="9"/></symbol><use id="u" xlink:href="#s"/>',
        '<svg id="s"><rect width="5" height="9"/></svg><use id="u" xlink:href="#s"/>',
        # paint that only a clone has, in a clone of a clone
        '<path id="a" d="M0 0L9 9L9 0" fill="context-stroke"/><g id="g"><use xlink:href="#a"/></g>'
        '<use id="u" xlink:href="#g" stroke="red"/>',
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_way_out(inside):
    with pytest.raises(Refusal, match="Unlink Clone") as refusal:
        zero_step.request_of(document(inside), ["u"])
    assert "u" in str(refusal.value)


def test_clones_of_clones_do_not_fill_the_memory():
    levels = ['<g id="g0"><path d="M0 0L9 9L9 0"/></g>']
    for level in range(1, 12):
        uses = "".join(f'<use xlink:href="#g{level - 1}" x="{n}"/>' for n in range(10))
        levels.append(f'<g id="g{level}">{uses}</g>')
    root = document("".join(levels) + '<use id="u" xlink:href="#g11"/>')
    before = etree.tostring(root)
    with pytest.raises(Refusal, match="Unlink Clone"):
        zero_step.request_of(root, ["u"])
    assert etree.tostring(root) == before


def test_the_points_are_where_the_clone_is():
    root = document(LEAF + '<use id="u" xlink:href="#a" x="20" y="10" transform="scale(2)"/>')
    run(root, ["u"])
    new = by_id(root, "u-1")
    assert new.get("transform") == "matrix(2,0,0,2,40,20)"
    assert parse_path(new.get("d"))[0].points[0] == pytest.approx((1, 1))
