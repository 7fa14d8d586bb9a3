"""Colours, lengths, transforms, style sheets and the cascade."""

import numpy as np
import pytest
from lxml import etree

from styleclipdraw_core.errors import SvgError
from styleclipdraw_core.svg_colour import hex_colour, parse_colour, parse_paint
from styleclipdraw_core.svg_coordinates import (
    Affine,
    parse_length,
    parse_transform,
    parse_view_box,
    view_box_transform,
)
from styleclipdraw_core.svg_css import StyleSheet, parse_declarations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#f00", (1, 0, 0, 1)),
        ("#f008", (1, 0, 0, 8 / 15)),
        ("#00ff00", (0, 1, 0, 1)),
        ("#00FF0080", (0, 1, 0, 128 / 255)),
        ("DarkOrange", (1, 140 / 255, 0, 1)),
        ("transparent", (0, 0, 0, 0)),
        # all spellings of CSS Color 4, section 5
        ("rgb(255, 0, 51)", (1, 0, 0.2, 1)),
        ("RGB(100% 0% 20%)", (1, 0, 0.2, 1)),
        ("rgba(255,0,51,.5)", (1, 0, 0.2, 0.5)),
        ("rgb(255 0 51 / 50%)", (1, 0, 0.2, 0.5)),
        # out of range is clamped
        ("rgb(300, -20, 51)", (1, 0, 0.2, 1)),
        ("hsl(120, 100%, 50%)", (0, 1, 0, 1)),
        ("hsla(-240deg 100% 50% / 0.25)", (0, 1, 0, 0.25)),
        # none of these is a colour
        ("#ff", None),
        ("#ggg", None),
        ("rgb(1,2)", None),
        ("rgb(1 2 3 4 5)", None),
        ("rgb(a,b,c)", None),
        ("hsl(120, 1, 1)", None),
        ("nocolour", None),
        ("", None),
    ],
)
def test_colours(text: str, expected: tuple[float, ...] | None) -> None:
    assert parse_colour(text) == (None if expected is None else pytest.approx(expected))


def test_paints() -> None:
    assert parse_paint("none").kind == "none"
    assert parse_paint("currentColor").kind == "current"
    assert parse_paint("#f00 icc-color(x, 1)").colour == (1, 0, 0, 1)
    server = parse_paint("url( '#a b' ) green")
    assert (server.kind, server.server) == ("server", "a b")
    assert server.fallback.colour == pytest.approx((0, 128 / 255, 0, 1))
    assert parse_paint("url(#a) url(#b)") is None
    assert parse_paint("rubbish") is None


def test_hex_clamps() -> None:
    assert hex_colour((1.5, -0.2, 0.5)) == "#ff0080"
    assert hex_colour((float("nan"), 0, 0)) == "#000000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        (" 1.5e1px ", 15),
        ("1in", 96),
        ("2.54cm", 96),
        ("25.4mm", 96),
        ("101.6Q", 96),
        ("72pt", 96),
        ("6pc", 96),
        ("50%", 100),
        ("2em", 20),
        ("2ex", 10),
        ("2rem", 32),
        ("-3", -3),
        ("12 px", 12),
        ("12furlongs", None),
        ("1e999", None),
        ("", None),
        (None, None),
    ],
)
def test_lengths(text: str | None, expected: float | None) -> None:
    value = parse_length(text, percent_of=200, font_size=10)
    assert value == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("text", "point"),
    [
        # where (1, 2) goes
        ("translate(10)", (11, 2)),
        ("translate(10,20)", (11, 22)),
        ("scale(2)", (2, 4)),
        ("scale(2 3)", (2, 6)),
        ("rotate(90)", (-2, 1)),
        ("rotate(90, 1, 1)", (0, 1)),
        ("skewX(45)", (3, 2)),
        ("skewY(45)", (1, 3)),
        ("matrix(1 2 3 4 5 6)", (12, 16)),
        # the last one in the list is applied first
        ("translate(10) scale(2)", (12, 4)),
        ("translate(10),scale(2)", (12, 4)),
        ("scale(2)translate(10)", (22, 4)),
        # an error anywhere: no transform at all
        ("translate(10) scale(2", (1, 2)),
        ("translate(10,20,30)", (1, 2)),
        ("matrix(1 2 3)", (1, 2)),
        ("spin(3)", (1, 2)),
        ("none", (1, 2)),
    ],
)
def test_transforms(text: str, point: tuple[float, float]) -> None:
    assert parse_transform(text).apply(np.array([[1.0, 2.0]]))[0] == pytest.approx(point)


def test_affine_inverse_undoes() -> None:
    there = Affine(2, 1, -3, 4, 5, 6)
    points = np.array([[1.0, 2.0], [-7.0, 0.5]])
    assert there.inverse().apply(there.apply(points)) == pytest.approx(points)
    assert there.after(there.inverse()) == pytest.approx(Affine())
    assert not Affine(1, 1, 1, 1).usable


@pytest.mark.parametrize(
    ("aspect", "corner"),
    [
        # where the viewBox' near corner lies: a 10 x 10 box at (5, 5) in a viewport of 40 x 20
        (None, (10, 0)),
        ("xMinYMin", (0, 0)),
        ("xMaxYMid meet", (20, 0)),
        ("xMidYMid slice", (0, -10)),
        ("xMinYMax slice", (0, -20)),
        ("none", (0, 0)),
        ("nonsense", (10, 0)),
    ],
)
def test_preserve_aspect_ratio(aspect: str | None, corner: tuple[float, float]) -> None:
    box = parse_view_box("5,5 10 10")
    assert box is not None
    transform = view_box_transform(box, 40, 20, aspect)
    assert transform.apply(np.array([[5.0, 5.0]]))[0] == pytest.approx(corner)


@pytest.mark.parametrize("text", [None, "", "1 2 3", "0 0 -1 5", "a b c d", "0 0 1e999 1"])
def test_view_box_that_is_none(text: str | None) -> None:
    assert parse_view_box(text) is None


TREE = """<svg xmlns="http://www.w3.org/2000/svg"><g id="a" class="x y">
<rect id="b" class="y"/><path id="c" data-k="one two"/><g id="d"><path id="e" class="x"/></g>
</g></svg>"""


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        ("path", "ce"),
        ("*", "abcde"),
        ("#c", "c"),
        (".y", "ab"),
        (".x.y", "a"),
        ("path.x", "e"),
        ("g path", "ce"),
        ("g > path", "ce"),
        ("#a > path", "c"),
        ("rect + path", "c"),
        ("rect ~ g", "d"),
        ("#a g path", "e"),
        # needs to try another ancestor after the nearest one fails
        (".y > g path", "e"),
        ("[data-k]", "c"),
        ("[data-k='one two']", "c"),
        ("[data-k~=two]", "c"),
        ("[data-k^=one]", "c"),
        ("[data-k$=two]", "c"),
        ("[data-k*='e t']", "c"),
        ("[data-k|=one]", ""),
        ("rect:first-child", "b"),
        ("path:first-child", "e"),
        ("rect, path", "bce"),
        # never so here, or broken: matches nothing
        ("path:hover", ""),
        ("path::before", ""),
        ("path >", ""),
        ("#", ""),
        ("svg > path", ""),
    ],
)
def test_selectors(selector: str, ids: str) -> None:
    root = etree.fromstring(TREE)
    sheet = StyleSheet([selector + "{fill:red}"])
    assert (
        "".join(e.get("id") for e in root.iter("{*}*") if sheet.declarations(e) and e.get("id"))
        == ids
    )


def test_rules_are_sorted_by_specificity_then_order() -> None:
    root = etree.fromstring(TREE)
    sheet = StyleSheet(["#c{fill:id} path{fill:tag}", "*{fill:any} path{fill:later}"])
    found = [d.value for d in sheet.declarations(root[0][1])]
    assert found == ["any", "tag", "later", "id"]


def test_at_rules_comments_and_an_open_block() -> None:
    text = """@import url(x.css); @media print { path { fill: red } } <!--
      /* path { fill: red } */ path { fill : blue ; stroke:url(data:a;b,c) } -->
      rect { fill: green"""
    root = etree.fromstring(TREE)
    sheet = StyleSheet([text])
    assert [tuple(d) for d in sheet.declarations(root[0][1])] == [
        ("fill", "blue", False),
        ("stroke", "url(data:a;b,c)", False),
    ]
    assert [d.value for d in sheet.declarations(root[0][0])] == ["green"]


def test_declarations() -> None:
    text = "fill:red !important;;stroke : url('a;b') ; nonsense; opacity:.5"
    assert [tuple(d) for d in parse_declarations(text)] == [
        ("fill", "red", True),
        ("stroke", "url('a;b')", False),
        ("opacity", ".5", False),
    ]


def test_style_sheets_made_to_waste_time_are_refused() -> None:
    inner = "<g>" * 200 + "<path/>" * 200 + "</g>" * 200
    root = etree.fromstring(f"<svg>{inner}</svg>")
    sheet = StyleSheet(["h " + "g " * 12 + "path{fill:red}"])
    with pytest.raises(SvgError) as error:
        for element in root.iter("path"):
            sheet.declarations(element)
    assert error.value.next_step
