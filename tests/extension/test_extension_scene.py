"""What of a document is taken, where it lies on the canvas, and what is left alone or kept."""

import pytest
import zero_step
from documents import document
from styleclipdraw_inkscape.left_out import warnings_of
from styleclipdraw_inkscape.svg_scene import Scene

PATH = '<path id="p" d="M0 0 L10 0 L10 10 Z"/>'


def found(inside, ids=None, **keywords):
    return Scene(document(inside)).find(ids, **keywords)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ('<use id="x" xlink:href="#p"/>', "clone"),
        ('<text id="x">a</text>', "text"),
        ('<image id="x" xlink:href="a.png"/>', "image"),
        ('<foreignObject id="x"/>', "unknown"),
        # locked itself, or in a locked layer (inkex looks at the element only)
        ('<path id="x" d="M0 0L1 1" stroke="red" sodipodi:insensitive="true"/>', "locked"),
        (
            '<g sodipodi:insensitive="true"><g><path id="x" d="M0 0L1 1" stroke="red"/></g></g>',
            "locked",
        ),
        # hidden itself, or in a hidden layer, by either property
        ('<path id="x" d="M0 0L1 1" style="display:none"/>', "hidden"),
        ('<g style="display:none"><g><path id="x" d="M0 0L1 1"/></g></g>', "hidden"),
        ('<g visibility="hidden"><path id="x" d="M0 0L1 1"/></g>', "hidden"),
        # nothing to see
        ('<path id="x" d="M0 0L1 1" fill="none"/>', "unpainted"),
        ('<path id="x" d="M0 0L1 1" stroke="red" fill="none" stroke-width="0"/>', "unpainted"),
        ('<g opacity="0"><path id="x" d="M0 0L1 1"/></g>', "unpainted"),
        ('<path id="x" d="M0 0L1 1" transform="scale(0)"/>', "unpainted"),
        ('<path id="x" d="" stroke="red"/>', "unpainted"),
        ('<rect id="x" width="0" height="3"/>', "unpainted"),
        ('<path id="x" d="M0 0L1 1" fill="url(#nowhere)"/>', "unpainted"),
        # what a group's path effect shapes
        ('<g inkscape:path-effect="#e"><path id="x" d="M0 0L1 1"/></g>', "effect on group"),
        ('<g sodipodi:type="inkscape:box3d"><path id="x" d="M0 0L1 1"/></g>', "effect on group"),
        # what is shown in some languages only
        ('<switch><path id="x" d="M0 0L1 1"/></switch>', "switch"),
        ('<g systemLanguage="de"><path id="x" d="M0 0L1 1"/></g>', "switch"),
    ],
)
def test_left_out(inside, reason):
    got = found(PATH + inside, ["x"])
    assert got.items == []
    assert [left.reason for left in got.left_out] == [reason]
    told = warnings_of(got.left_out, [])
    assert len(told) == 1 and "x" in told[0]["sentence"]


@pytest.mark.parametrize(
    "inside",
    [
        "<defs>{}</defs>",
        "<symbol>{}</symbol>",
        "<clipPath>{}</clipPath>",
        "<mask>{}</mask>",
        "<pattern>{}</pattern>",
        "<marker>{}</marker>",
    ],
)
def test_definitions_are_not_drawings(inside):
    got = found(inside.format(PATH))
    assert got.items == [] and got.left_out == []


def test_a_child_may_be_visible_in_a_hidden_group():
    assert (
        len(
            found(
                '<g visibility="hidden"><path id="x" d="M0 0L1 1" visibility="visible"/></g>'
            ).items
        )
        == 1
    )


def test_groups_are_descended_in_z_order():
    inside = (
        '<g id="g"><path id="a" d="M0 0L1 1"/><g><rect id="b" width="1" height="1"/></g></g>' + PATH
    )
    assert [item.name for item in found(inside, ["p", "g"]).items] == ["a", "b", "p"]


def test_a_hidden_original_is_taken_when_it_is_named_again():
    inside = '<path id="x" d="M0 0L1 1" style="display:none"/>'
    assert len(found(inside, ["x"], even_hidden=True).items) == 1


@pytest.mark.parametrize(
    ("attributes", "above", "kept"),
    [
        ('fill="url(#g)"', "", ["gradient"]),
        ('fill="url(#t)"', "", ["pattern"]),
        ('filter="url(#f)"', "", ["filter"]),
        ('mask="url(#f)"', "", ["mask"]),
        ('clip-path="url(#f)"', "", ["clip"]),
        ("", 'clip-path="url(#f)"', ["clip"]),
        ("", 'style="filter:url(#f)"', ["filter"]),
        ('style="marker:url(#f)"', "", ["marker"]),
        ('stroke="red" stroke-dasharray="1,2"', "", ["dashes"]),
        # dashes without a stroke are not to be seen
        ('stroke-dasharray="1,2"', "", []),
        ('fill="red" stroke="blue"', "", []),
    ],
)
def test_kept(attributes, above, kept):
    definitions = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/>'
        '<stop offset="1" stop-color="blue" stop-opacity="0"/></linearGradient>'
        '<pattern id="t"><rect width="1" height="1" fill="lime"/></pattern></defs>'
    )
    inside = f'{definitions}<g {above}><path id="x" d="M0 0L9 9L9 0" {attributes}/></g>'
    item = found(inside, ["x"]).items[0]
    assert item.kept == kept
    assert len(warnings_of([], [item])) == len(kept)


def paths_of(inside, **options):
    return zero_step.request_of(document(inside), area="page", **options).body


def only(inside, **options):
    paths = paths_of(inside, **options)["paths"]
    assert len(paths) == 1
    return paths[0]


# The page of `documents.PAGE` is 200 x 100 units; the canvas is 448 px wide: 2.24 px a unit.
SCALE = 2.24


def test_points_are_canvas_pixels():
    inside = (
        '<g transform="translate(10,20)">'
        '<svg x="5" y="5" width="40" height="20" viewBox="0 0 20 10">'
        '<path id="x" transform="scale(3)" d="M1 1 L2 1"/></svg></g>'
    )
    points = only(inside, strokes=1)["subpaths"][0]["points"]
    # 1 -> 3 (scale) -> 6 (viewBox) -> 11 (x) -> 21 (translate); y: 1 -> 3 -> 6 -> 11 -> 31
    assert points[0] == pytest.approx([21 * SCALE, 31 * SCALE])
    assert points[-1] == pytest.approx([27 * SCALE, 31 * SCALE])


@pytest.mark.parametrize(
    ("attributes", "width"),
    [
        ('stroke-width="2"', 2),
        ('stroke-width="2" transform="scale(3)"', 6),
        # unequal scaling: the mean of the area
        ('stroke-width="2" transform="scale(2,8)"', 8),
        ('stroke-width="2" transform="rotate(30)"', 2),
        ('stroke-width="2" transform="scale(-3,3)"', 6),
        ("", 1),
        ('stroke-width="bogus"', 1),
        # 10 % of the viewport's diagonal
        ('stroke-width="10%"', 15.8114),
        ('stroke-width="1mm"', 96 / 25.4),
    ],
)
def test_stroke_widths(attributes, width):
    path = only(f'<path id="x" d="M0 0L9 9" stroke="red" fill="none" {attributes}/>')
    assert path["stroke"]["width"] == pytest.approx(width * SCALE, rel=1e-4)
    assert path["moves"] == {"points": True, "width": True, "stroke": True, "fill": False}


def test_a_stroke_that_does_not_scale():
    inside = (
        '<path id="x" d="M0 0L9 9" stroke="red" transform="scale(5)" stroke-width="3" '
        'style="vector-effect:non-scaling-stroke"/>'
    )
    # 3 px of the page, which is 200 mm and 448 px wide
    assert only(inside)["stroke"]["width"] == pytest.approx(3 * 448 / (200 * 96 / 25.4))


def test_opacities_multiply():
    path = only(
        '<g opacity="0.5"><g style="opacity:0.5"><path id="x" d="M0 0L9 9" opacity="0.8" '
        'fill="red" '
        'fill-opacity="0.5" stroke="lime"/></g></g>'
    )
    assert path["fill"]["colour"] == pytest.approx([1, 0, 0, 0.1])
    assert path["stroke"]["colour"] == pytest.approx([0, 1, 0, 0.2])


def test_a_gradient_stands_in_with_its_mean_and_does_not_move():
    path = only(
        '<linearGradient id="a"><stop offset="0" stop-color="red"/>'
        '<stop offset="1" stop-color="blue"/>'
        '</linearGradient><linearGradient id="b" xlink:href="#a"/>'
        '<path id="x" d="M0 0L9 9L9 0" fill="url(#b)"/>'
    )
    assert path["fill"]["colour"] == pytest.approx([0.5, 0, 0.5, 1])
    assert path["moves"] == {"points": True, "width": False, "stroke": False, "fill": False}


def test_gradients_that_refer_to_each_other_end():
    inside = (
        '<linearGradient id="a" xlink:href="#b"/><linearGradient id="b" xlink:href="#a"/>'
        '<path id="x" d="M0 0L9 9L9 0" fill="url(#a)" stroke="red"/>'
    )
    assert "fill" not in only(inside)


def test_what_lies_too_far_is_left_alone():
    from styleclipdraw_inkscape.request import Refusal

    with pytest.raises(Refusal, match="too far"):
        paths_of('<path id="x" d="M0 0 L1e9 1e9"/>')


def test_a_frame_asks_for_new_strokes_inside():
    body = zero_step.request_of(
        document('<rect id="x" x="10" y="10" width="40" height="20"/>'), ["x"], work_on="auto"
    ).body
    assert body["paths"] == [] and body["strokes"]["count"] == 64
    assert (body["canvas"]["width"], body["canvas"]["height"]) == (448, 224)


def test_nothing_selected_asks_for_new_strokes_on_the_page():
    body = zero_step.request_of(document(PATH), [], work_on="auto").body
    assert body["paths"] == []
    assert body["strokes"]["region"] == [0, 0, 448, 224]


def test_refine_and_add():
    body = zero_step.request_of(document(PATH), ["p"], work_on="refine-add", strokes=7).body
    assert len(body["paths"]) == 1 and body["strokes"]["count"] == 7
