"""New strokes in a frame: clipped to it, by a clip that a person can release."""

import pytest
import zero_step
from documents import document
from styleclipdraw_inkscape.again import request_again
from styleclipdraw_inkscape.names import GROUP_MODE
from styleclipdraw_inkscape.path_data import parse_path

FRAME = '<rect id="f" x="10" y="20" width="40" height="30" {}/>'


def drawn(text, ids, job=zero_step.JOB, **options):
    root = document(text)
    request = zero_step.request_of(root, ids, work_on="new", strokes=1, **options)
    zero_step.put_back(root, request.body, result(), job)
    return root, request


def result():
    stroke = {"width": 2, "colour": [0, 0, 0, 1]}
    points = [[-50, 0], [1, 1], [2, 2], [900, 9]]
    path = {"from": None, "subpaths": [{"points": points}], "stroke": stroke}
    return {"paths": [dict(path, id="n")]}


def clip_of(root):
    """The group that is clipped, and the corners of its clip in user units."""
    layer = root[-1]
    assert layer.get(GROUP_MODE) == "layer" and len(layer) == 1
    group = layer[0]
    name = group.get("clip-path")[len("url(#") : -1]
    (clip,) = root.xpath("//*[@id=$name]", name=name)
    assert clip.tag.endswith("}clipPath") and clip.getparent().tag.endswith("}defs")
    return group, [p for s in parse_path(clip[0].get("d")) for p in s.points[::3]]


def close_to(corners, expected):
    return len(corners) == len(expected) and all(
        abs(a - b) < 1e-6
        for p, q in zip(corners, expected, strict=True)
        for a, b in zip(p, q, strict=True)
    )


def test_the_clip_is_the_frame():
    root, _ = drawn(FRAME.format('stroke="red" stroke-width="4"'), ["f"])
    group, corners = clip_of(root)
    assert len(group) == 1 and group[0].tag.endswith("}path")
    assert close_to(corners, [(10, 20), (50, 20), (50, 50), (10, 50)])


def test_a_frame_may_be_turned_and_in_a_group():
    moved = FRAME.format('transform="rotate(90)"')
    root, _ = drawn(f'<g transform="translate(100,5)">{moved}</g>', ["f"])
    # (x, y) -> (100 - y, 5 + x)
    assert close_to(clip_of(root)[1], [(80, 15), (80, 55), (50, 55), (50, 15)])


def test_rounded_corners_are_clipped_round():
    root, _ = drawn(FRAME.format('rx="5"'), ["f"])
    assert len(clip_of(root)[1]) == 8


def test_several_things_are_a_frame_by_their_box():
    circle = '<circle id="c" cx="90" cy="35" r="10"/>'
    root, _ = drawn(FRAME.format("") + circle, ["f", "c"])
    assert close_to(clip_of(root)[1], [(10, 20), (100, 20), (100, 50), (10, 50)])


@pytest.mark.parametrize(
    ("ids", "options"),
    [
        # the page is clipped by itself
        ([], {}),
        (["f"], {"inside": False}),
    ],
)
def test_no_clip(ids, options):
    root, _ = drawn(FRAME.format(""), ids, **options)
    assert [child.tag.rpartition("}")[2] for child in root[-1]] == ["path"]
    assert not root.xpath("//*[local-name()='clipPath']")


def test_drawing_again_is_clipped_again():
    root, first = drawn(FRAME.format('transform="rotate(20)"'), ["f"])
    request = request_again(root, [root[-1].get("id")])
    options = request.body["document"]["options"]
    assert options == first.body["document"]["options"] and options["clip"]
    assert request.body["canvas"] == first.body["canvas"]
    zero_step.put_back(root, request.body, result(), "20260101-000001-000000")
    group, corners = clip_of(root)
    assert close_to(corners, [point for s in first_clip(options) for point in s])


def first_clip(options):
    return [[tuple(point) for point in subpath["points"][::3]] for subpath in options["clip"]]


def test_groups_by_size_lie_in_the_clip():
    root = document(FRAME.format(""))
    request = zero_step.request_of(root, ["f"], work_on="new", group_by_size=True)
    (path,) = result()["paths"]
    zero_step.put_back(root, request.body, {"paths": [dict(path, id=str(i)) for i in range(6)]})
    group, _ = clip_of(root)
    assert [len(inner) for inner in group] == [2, 2, 2]


@pytest.mark.parametrize("clip", ["x", [1], [{"points": []}], [{"points": [["a", 1]]}], {}, None])
def test_a_damaged_clip_is_no_clip(clip):
    root = document(FRAME.format(""))
    request = zero_step.request_of(root, ["f"], work_on="new")
    request.body["document"]["options"]["clip"] = clip
    zero_step.put_back(root, request.body, result())
    assert [child.tag.rpartition("}")[2] for child in root[-1]] == ["path"]
