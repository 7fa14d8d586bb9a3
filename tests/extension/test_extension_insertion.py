"""What a result becomes in the document: where, under which name, and what of the old one stays."""

import json
import math

import pytest
import zero_step
from documents import by_id, document, style_of
from lxml import etree
from styleclipdraw_inkscape import provenance
from styleclipdraw_inkscape.again import request_again
from styleclipdraw_inkscape.messages import Refusal
from styleclipdraw_inkscape.names import GROUP_MODE, LABEL
from styleclipdraw_inkscape.path_data import parse_path

INSIDE = (
    '<g id="layer1" inkscape:groupmode="layer" transform="translate(7,3) rotate(20)">'
    '<path id="a" inkscape:label="Leaf" data-kept="yes" transform="scale(2)"'
    ' d="M1 1 C2 2 3 2 4 1 Z"'
    ' style="fill:#ff8000;stroke:#000000;stroke-width:0.5;paint-order:stroke"'
    ' sodipodi:nodetypes="ccc"/>'
    '<rect id="b" x="1" y="2" width="30" height="10" fill="lime"/>'
    '<path id="c" d="M0 0 L9 9" stroke="red"/></g>'
)


LATER = "20260101-000001-000000"


def run(root, ids, change=lambda result: None, meanwhile=lambda root: None, **options):
    request = zero_step.request_of(root, ids, **options)
    result = zero_step.result_of(request.body)
    change(result)
    meanwhile(root)
    return zero_step.put_back(root, request.body, result)


def same_points(element, text):
    want = [p for s in parse_path(text) for p in s.points]
    got = [p for s in parse_path(element.get("d")) for p in s.points]
    assert len(want) == len(got)
    assert max(math.dist(a, b) for a, b in zip(want, got, strict=True)) < 1e-6


def test_in_place_keeps_everything_that_was_not_optimised():
    root = document(INSIDE)
    run(root, ["a"], put="in-place")
    a = by_id(root, "a")
    assert (a.get(LABEL), a.get("data-kept"), a.get("transform")) == ("Leaf", "yes", "scale(2)")
    assert [child.get("id") for child in by_id(root, "layer1")] == ["a", "b", "c"]
    assert style_of(a)["paint-order"] == "stroke"
    same_points(a, "M1 1 C2 2 3 2 4 1 Z")
    # stale node types would bend the path when it is edited
    assert not any(name.endswith("nodetypes") for name in a.attrib)


def test_a_rectangle_in_place_becomes_a_path_with_its_id():
    root = document(INSIDE)
    run(root, ["b"], put="in-place")
    b = by_id(root, "b")
    assert b.tag.endswith("}path") and b.get("width") is None
    same_points(b, "M1 2 H31 V12 H1 Z")
    assert [child.get("id") for child in by_id(root, "layer1")] == ["a", "b", "c"]


def test_a_copy_lies_above_its_hidden_original():
    root = document(INSIDE)
    run(root, ["a"])
    ids = [child.get("id") for child in by_id(root, "layer1")]
    assert ids == ["a", "a-1", "b", "c"]
    assert style_of(by_id(root, "a"))["display"] == "none"
    copy = by_id(root, "a-1")
    assert copy.get(LABEL) == "Leaf" and copy.get("transform") == "scale(2)"
    assert "display" not in style_of(copy)


def test_an_original_with_clones_is_hidden_without_them():
    """A clone of something with display:none is not shown either."""
    root = document('<path id="a" d="M0 0 L9 9 L9 0 Z"/><use id="u" xlink:href="#a" x="20"/>')
    run(root, ["a"])
    assert "display" not in style_of(by_id(root, "a"))
    wrapper = by_id(root, "a").getparent()
    assert style_of(wrapper)["display"] == "none"
    assert [child.get("id") for child in root][1:] == [wrapper.get("id"), "a-1", "u"]


def test_drawing_again_from_an_original_with_clones():
    root = document('<path id="a" d="M0 0 L9 9 L9 0 Z"/><use id="u" xlink:href="#a" x="20"/>')
    run(root, ["a"])
    request = request_again(root, ["a-1"])
    later = "20260101-000001-000000"
    zero_step.put_back(root, request.body, zero_step.result_of(request.body), job=later)
    wrapper = by_id(root, "a").getparent()
    assert len(wrapper) == 1 and by_id(root, "a-2").getparent() is root
    assert style_of(by_id(root, "a-1"))["display"] == "none"
    assert "display" not in style_of(by_id(root, "a-2"))


def test_a_result_moves_points_widths_and_colours():
    root = document(INSIDE)

    def change(result):
        path = result["paths"][0]
        path["subpaths"][0]["points"] = [[x + 10, y] for x, y in path["subpaths"][0]["points"]]
        path["stroke"].update(width=path["stroke"]["width"] * 3, colour=[0, 0, 1, 0.25])
        path["fill"]["colour"] = [0, 1, 0, 0.5]

    run(root, ["a"], change, put="in-place", area="page")
    style = style_of(by_id(root, "a"))
    assert (style["fill"], style["fill-opacity"]) == ("#00ff00", "0.5")
    assert (style["stroke"], style["stroke-opacity"]) == ("#0000ff", "0.25")
    assert float(style["stroke-width"]) == pytest.approx(1.5)
    before, after = parse_path("M1 1 C2 2 3 2 4 1 Z"), parse_path(by_id(root, "a").get("d"))
    # 10 px of the canvas, 448 px for 200 units, seen through scale(2) and a rotation
    assert math.dist(before[0].points[0], after[0].points[0]) == pytest.approx(10 / 2.24 / 2)


def test_opacity_of_groups_is_taken_out_again():
    root = document('<g opacity="0.5"><path id="a" d="M0 0 L9 9 L9 0" fill-opacity="0.6"/></g>')
    run(root, ["a"], put="in-place")
    assert style_of(by_id(root, "a"))["fill-opacity"] == "0.6"
    assert "opacity" not in style_of(by_id(root, "a"))


def test_more_alpha_than_the_paths_own_opacity_lets_through():
    root = document('<path id="a" d="M0 0 L9 9 L9 0" opacity="0.4"/>')
    run(root, ["a"], lambda r: r["paths"][0]["fill"].update(colour=[0, 0, 0, 0.8]), put="in-place")
    assert style_of(by_id(root, "a"))["opacity"] == "0.8"
    assert style_of(by_id(root, "a"))["fill-opacity"] == "1"


def test_a_gradient_stays():
    root = document(
        '<linearGradient id="g"><stop stop-color="red"/></linearGradient>'
        '<path id="a" d="M0 0 L9 9 L9 0" fill="url(#g)"/>'
    )
    run(root, ["a"], lambda r: r["paths"][0]["fill"].update(colour=[0, 0, 0, 1]), put="in-place")
    assert by_id(root, "a").get("fill") == "url(#g)"
    assert "fill" not in style_of(by_id(root, "a"))


@pytest.mark.parametrize(
    ("sheet", "before"),
    [
        # a rule of the original's id, which the copy has not
        ("#a{paint-order:stroke}", "paint-order:stroke"),
        # a rule for paths, which the rectangle was not
        ("path{stroke-linecap:round}", "stroke-linecap:inherit"),
    ],
)
def test_rules_of_a_sheet_hold_for_the_copy_as_for_the_original(sheet, before):
    root = document(f'<style>{sheet}</style><rect id="a" width="9" height="9"/>')
    run(root, ["a"])
    assert before in by_id(root, "a-1").get("style")


def test_an_important_rule_is_beaten():
    root = document('<style>path{fill:red !important}</style><path id="a" d="M0 0L9 9L9 0"/>')
    run(root, ["a"], lambda r: r["paths"][0]["fill"].update(colour=[0, 0, 1, 1]), put="in-place")
    assert "fill:#0000ff !important" in by_id(root, "a").get("style")


@pytest.mark.parametrize(
    ("attributes", "gone"),
    [
        (
            'sodipodi:type="star" sodipodi:sides="5" inkscape:rounded="0.1"',
            ["type", "sides", "rounded"],
        ),
        ('inkscape:connector-type="polyline"', ["connector-type"]),
    ],
)
def test_what_would_draw_the_old_shape_again_is_dropped(attributes, gone):
    root = document(f'<path id="a" d="M0 0L9 9L9 0" {attributes}/>')
    run(root, ["a"], put="in-place")
    assert not {name.rpartition("}")[2] for name in by_id(root, "a").attrib} & set(gone)


def test_a_live_path_effect_is_never_changed_in_place():
    root = document(
        '<path id="a" d="M0 0L9 9L9 0" inkscape:original-d="M0 0L8 8" inkscape:path-effect="#e"/>'
    )
    run(root, ["a"], put="in-place")
    a, copy = by_id(root, "a"), by_id(root, "a-1")
    assert a.get("d") == "M0 0L9 9L9 0" and len([n for n in a.attrib if "inkscape" in n]) == 2
    assert style_of(a)["display"] == "none"
    assert not [name for name in copy.attrib if "inkscape" in name]


def test_what_was_edited_meanwhile_is_not_overwritten():
    for put in ("copy", "in-place"):
        root = document(INSIDE)
        said = run(
            root, ["a"], put=put, meanwhile=lambda r: by_id(r, "a").set("d", "M5 5 L6 6 L7 5 Z")
        )
        assert by_id(root, "a").get("d") == "M5 5 L6 6 L7 5 Z"
        assert "display" not in style_of(by_id(root, "a"))
        same_points(by_id(root, "a-1"), "M1 1 C2 2 3 2 4 1 Z")
        assert len(said) == 1 and "a" in said[0]


def test_what_was_deleted_meanwhile_comes_in_a_layer():
    root = document(INSIDE)
    said = run(root, ["a"], meanwhile=lambda r: by_id(r, "layer1").remove(by_id(r, "a")))
    layer = root[-1]
    assert layer.get(GROUP_MODE) == "layer" and len(layer) == 1 and "Deleted" in said[0]


def test_a_group_that_moved_meanwhile_takes_its_result_along():
    root = document(INSIDE)
    run(
        root,
        ["a"],
        put="in-place",
        meanwhile=lambda r: by_id(r, "layer1").set("transform", "scale(3)"),
    )
    same_points(by_id(root, "a"), "M1 1 C2 2 3 2 4 1 Z")


def test_renaming_is_no_edit():
    root = document(INSIDE)
    run(root, ["a"], put="in-place", meanwhile=lambda r: by_id(r, "a").set(LABEL, "Other"))
    assert by_id(root, "a-1") is None


def grow(count):
    def change(result):
        for index in range(count):
            points = [[index * 10, 0], [1, 20], [2, 20], [index * 10 + 5 * count, 10.0 * index]]
            result["paths"].append(
                {
                    "id": f"n{index}",
                    "from": None,
                    "subpaths": [{"closed": False, "points": points}],
                    "stroke": {
                        "width": 2 + index,
                        "colour": [1, 0, 0, 0.5],
                        "cap": "butt",
                        "join": "bevel",
                    },
                }
            )

    return change


def test_new_strokes_come_in_a_layer_named_after_prompt_and_seed():
    root = document("")
    run(root, [], grow(3), prompt="a fox", seed=4, work_on="new", area="page")
    layer = root[-1]
    assert (layer.get(GROUP_MODE), layer.get(LABEL)) == ("layer", "a fox (seed 4)")
    assert len(layer) == 3
    style = style_of(layer[1])
    assert (style["fill"], style["stroke"], style["stroke-opacity"]) == ("none", "#ff0000", "0.5")
    assert float(style["stroke-width"]) == pytest.approx(3 / 2.24)
    assert parse_path(layer[1].get("d"))[0].points[0] == pytest.approx((10 / 2.24, 0))


def test_new_strokes_grouped_by_size():
    root = document("")
    run(root, [], grow(7), work_on="new", group_by_size=True)
    groups = list(root[-1])
    assert [group.get(LABEL) for group in groups] == [
        "Large strokes",
        "Middle strokes",
        "Small strokes",
    ]
    widths = [[float(style_of(p)["stroke-width"]) for p in group] for group in groups]
    assert sum(map(len, widths)) == 7
    assert min(widths[0]) > max(widths[2])  # wider ones are larger here
    assert all(group == sorted(group) for group in widths)  # and keep their order


def test_ids_are_unique():
    root = document(INSIDE + '<path id="stroke-1" d="M0 0"/>')
    run(root, ["a", "b", "c"], grow(5), work_on="refine-add")
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_request_travels_in_the_document_and_is_drawn_again():
    root = document(INSIDE)
    run(root, ["a"], prompt="a leaf", seed=8, work_on="refine")
    again = etree.fromstring(etree.tostring(root))  # saved and opened elsewhere
    request = request_again(again, ["a-1"])
    assert request.body["seed"] == 9
    assert request.body["prompts"] == [{"text": "a leaf", "weight": 1.0}]
    assert [path["id"] for path in request.body["paths"]] == ["a"]
    result = zero_step.result_of(request.body)
    zero_step.put_back(again, request.body, result, job="20260101-000001-000000")
    # the new one shows, the earlier one and the original do not
    shown = [p.get("id") for p in by_id(again, "layer1") if style_of(p).get("display") != "none"]
    assert shown == ["a-2", "b", "c"]


def test_drawing_again_in_place_goes_on_from_there():
    root = document(INSIDE)
    run(root, ["a", "c"], put="in-place", seed=1)
    request = request_again(root, ["a"])
    assert [path["id"] for path in request.body["paths"]] == ["a", "c"]
    result = zero_step.result_of(request.body)
    result["paths"] = result["paths"][:1]
    zero_step.put_back(root, request.body, result, job="20260101-000001-000000")
    assert [child.get("id") for child in by_id(root, "layer1")] == ["a", "b", "c"]
    assert not [e for e in by_id(root, "layer1") if "display" in style_of(e)]


def test_drawing_again_needs_one_drawing():
    root = document(INSIDE)
    with pytest.raises(Refusal, match="No drawing"):
        request_again(root, ["a"])


def test_a_request_is_remembered_once():
    root = document(INSIDE)
    for _ in range(2):
        provenance.remember(root, zero_step.JOB, {"prompt": "x"}, "r1")
    assert len(root.xpath("//*[local-name()='metadata']")) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda r: r.pop("paths"),
        lambda r: r.update(paths="no"),
        lambda r: r["paths"][0].pop("subpaths"),
        lambda r: r["paths"][0]["subpaths"][0].update(points=[[1, 2]]),
        lambda r: r["paths"][0]["subpaths"][0]["points"].pop(),
        lambda r: r["paths"][0]["subpaths"][0]["points"].__setitem__(0, [math.nan, 1]),
        lambda r: r["paths"][0]["subpaths"][0]["points"].__setitem__(0, [1e300, 1]),
        lambda r: r["paths"][0]["subpaths"][0]["points"].__setitem__(0, ["1", 1]),
        lambda r: r["paths"][0]["stroke"].update(cap="url(evil)"),
        lambda r: r["paths"][0]["fill"].update(colour=[1, 2]),
        lambda r: r["paths"][0].update({"from": 3}),
    ],
)
def test_a_damaged_result_changes_nothing(damage):
    root = document(INSIDE)
    before = etree.tostring(root)
    with pytest.raises(Refusal, match="damaged"):
        run(root, ["a"], damage)
    assert etree.tostring(root) == before


def body_of(root, ids, **options):
    return zero_step.request_of(root, ids, **options).body


def test_the_same_request_twice_in_place_is_no_edit_of_the_persons():
    """Draw again in the window repeats a request that was made before its first result came."""
    root = document(INSIDE)
    body = body_of(root, ["a"], put="in-place")
    result = zero_step.result_of(body)
    first = json.loads(json.dumps(result))
    first["paths"][0]["fill"]["colour"] = [0, 0, 1, 1]
    assert zero_step.put_back(root, body, first) == []
    assert style_of(by_id(root, "a"))["fill"] == "#0000ff"
    assert zero_step.put_back(root, body, result, job=LATER) == []
    assert style_of(by_id(root, "a"))["fill"] == "#ff8000" and by_id(root, "a-1") is None
    # what the person changes after that is theirs again
    by_id(root, "a").set("d", "M5 5 L6 6 L7 5 Z")
    (said,) = zero_step.put_back(root, body, result, job="20260101-000002-000000")
    assert "You changed a" in said and by_id(root, "a").get("d") == "M5 5 L6 6 L7 5 Z"


def test_a_result_takes_the_place_of_those_it_repeats():
    root = document("")
    shown = []
    for number, replaces in enumerate(([], ["job0"], ["job0", "job1"], "job2", None, [3])):
        body = body_of(root, [], work_on="new")
        body["document"]["replaces"] = replaces
        result = {"paths": []}
        grow(1)(result)
        zero_step.put_back(root, body, result, job=f"job{number}")
        layers = [g for g in root if g.get(GROUP_MODE) == "layer"]
        shown.append(sum("display" not in style_of(g) for g in layers))
    # what is no list replaces nothing
    assert shown == [1, 1, 1, 2, 3, 4]
