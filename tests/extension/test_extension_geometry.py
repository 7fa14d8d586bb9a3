"""Transforms, lengths, viewports, shapes, styles and colours, each as Inkscape reads it."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from styleclipdraw_inkscape.affine import Affine, format_transform, parse_transform
from styleclipdraw_inkscape.basic_shapes import ShapeReader
from styleclipdraw_inkscape.cascade import Cascade
from styleclipdraw_inkscape.colours import format_colour, parse_colour
from styleclipdraw_inkscape.css_rules import parse_declarations
from styleclipdraw_inkscape.lengths import Viewport, parse_length
from styleclipdraw_inkscape.viewports import page_size, root_viewport

SVG = 'xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.parametrize(
    ("text", "point"),
    [
        # the last of the list is applied first
        ("translate(10,20) scale(2)", (12, 22)),
        ("scale(2) translate(10,20)", (22, 42)),
        # commas, blanks and newlines between functions
        ("translate(10 20),\nscale(2,3)", (12, 23)),
        # one number: no vertical shift
        ("translate(5)", (6, 1)),
        # about a centre
        ("rotate(90 1 0)", (0, 0)),
        ("skewX(45)", (2, 1)),
        ("skewY(45)", (1, 2)),
        ("matrix(1 2 3 4 5 6)", (9, 12)),
        # broken text counts as no transform at all
        ("translate(10", (1, 1)),
        ("rotate(1,2)", (1, 1)),
        ("scale(2) foo(3)", (1, 1)),
        ("", (1, 1)),
        (None, (1, 1)),
    ],
)
def test_transforms(text, point):
    assert parse_transform(text)((1, 1)) == pytest.approx(point)


entry = st.floats(-100, 100, allow_nan=False)


@settings(deadline=None)
@given(st.builds(Affine, *[entry] * 6))
def test_an_inverse_undoes(affine):
    if not abs(affine.determinant) > 1e-6 * affine.stretch**2 > 0:
        return  # what is squeezed this much loses digits, as it must
    point = (3.0, -7.0)
    allowed = 1e-9 * (1 + affine.stretch**2 / abs(affine.determinant) * 300)
    assert affine.inverse()(affine(point)) == pytest.approx(point, abs=allowed)
    assert parse_transform(format_transform(affine)) == pytest.approx(affine, rel=1e-9, abs=1e-9)


def test_a_map_onto_a_line_has_no_inverse():
    assert not Affine(a=1, d=0).is_invertible
    assert not Affine(a=1, b=2, c=2, d=4).is_invertible
    assert not Affine(a=math.nan).is_invertible


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("10", 10),
        ("10px", 10),
        ("1in", 96),
        ("25.4mm", 96),
        ("2.54cm", 96),
        ("72pt", 96),
        ("6pc", 96),
        ("50%", 100),
        ("2em", 20),
        ("2ex", 10),
        (" 1e1 ", 10),
        ("-.5", -0.5),
        # not lengths
        ("", None),
        (None, None),
        ("ten", None),
        ("10 20", None),
        ("10q", None),
        ("1e999", None),
    ],
)
def test_lengths(text, units):
    assert parse_length(text, 200, 10) == (None if units is None else pytest.approx(units))


@pytest.mark.parametrize(
    ("attributes", "page", "corner"),
    [
        # millimetres with a viewBox in millimetres, as Inkscape's own documents
        (
            'width="210mm" height="297mm" viewBox="0 0 210 297"',
            (793.70, 1122.52),
            (793.70, 1122.52),
        ),
        # no viewBox: user units are pixels
        ('width="300" height="200"', (300, 200), (210, 297)),
        # no size: the viewBox's
        ('viewBox="0 0 210 297"', (210, 297), (210, 297)),
        # nothing at all: CSS's default, as Inkscape exports it
        ("", (300, 150), (210, 297)),
        # another aspect: centred
        ('width="400" height="297" viewBox="0 0 210 297"', (400, 297), (305, 297)),
        # or to the left, or stretched
        (
            'width="400" height="297" viewBox="0 0 210 297" preserveAspectRatio="xMinYMin"',
            (400, 297),
            (210, 297),
        ),
        (
            'width="420" height="297" viewBox="0 0 210 297" preserveAspectRatio="none"',
            (420, 297),
            (420, 297),
        ),
        # a viewBox with an empty side does not count
        ('width="300" height="200" viewBox="0 0 0 10"', (300, 200), (210, 297)),
    ],
)
def test_pages(attributes, page, corner):
    root = etree.fromstring(f"<svg {SVG} {attributes}/>")
    assert page_size(root) == pytest.approx(page, abs=0.01)
    assert root_viewport(root).to_outside((210, 297)) == pytest.approx(corner, abs=0.01)


def shape(text):
    element = etree.fromstring(text)
    return ShapeReader(Viewport(200, 100), 0.003).read(element.tag, element)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ('<rect x="1" y="2" width="3" height="4"/>', [(1, 2), (4, 2), (4, 6), (1, 6)]),
        # percentages refer to the viewport
        ('<rect width="50%" height="50%"/>', [(0, 0), (100, 0), (100, 50), (0, 50)]),
        # a negative or missing side: not drawn
        ('<rect width="-1" height="5"/>', []),
        ('<rect width="5"/>', []),
        ('<line x1="1" y1="2" x2="3" y2="4"/>', [(1, 2), (3, 4)]),
        ('<polyline points="0,0 1,1 2,0"/>', [(0, 0), (1, 1), (2, 0)]),
        # a half pair is left out
        ('<polyline points="0,0 1,1 2"/>', [(0, 0), (1, 1)]),
        ('<polygon points="0 0 4 0 4 4"/>', [(0, 0), (4, 0), (4, 4)]),
        ('<polygon points="0 0"/>', []),
        ('<circle cx="5" cy="5" r="2"/>', [(7, 5), (5, 7), (3, 5), (5, 3)]),
        ('<circle r="0"/>', []),
        # Inkscape does not know "auto" radii of an ellipse
        ('<ellipse rx="2"/>', []),
    ],
)
def test_shapes(text, nodes):
    found = [tuple(round(part, 6) + 0.0 for part in p) for s in shape(text) for p in s.points[::3]]
    assert found == nodes


@pytest.mark.parametrize(
    ("radii", "corner"),
    [
        ('rx="2"', (2, 2)),
        ('ry="3"', (3, 3)),
        ('rx="2" ry="3"', (2, 3)),
        # at most half a side
        ('rx="99"', (5, 5)),
        # zero and negative ones follow the other
        ('rx="2" ry="0"', (2, 2)),
        ('rx="2" ry="-1"', (2, 2)),
    ],
)
def test_rounded_corners(radii, corner):
    points = shape(f'<rect width="10" height="10" {radii}/>')[0].points
    assert points[0] == (corner[0], 0)
    left = [y for x, y in points[::3] if x == 0]
    assert min(left) == pytest.approx(corner[1])


def test_a_broken_polygon_is_not_closed():
    assert not shape('<polygon points="0 0 4 0 4 4 x"/>')[0].closed
    assert shape('<polygon points="0 0 4 0 4 4"/>')[0].closed


@pytest.mark.parametrize(
    ("text", "hexadecimal"),
    [
        ("#Ff0000", "#ff0000"),
        ("#0f8", "#00ff88"),
        ("RED", "#ff0000"),
        ("rgb(1, 2,3)", "#010203"),
        ("rgb(50%,100%,0%)", "#7fff00"),
        ("rgb(300,-5,0)", "#ff0000"),
        ("hsl(120,100%,25%)", "#007f00"),
        ("red icc-color(x, 1)", "#ff0000"),
        ("rebeccapurple", "#663399"),
        # what Inkscape 1.2 to 1.4 does not know
        ("#0f08", None),
        ("#11223344", None),
        ("rgba(1,2,3,.5)", None),
        ("transparent", None),
        ("rgb(1 2 3)", None),
        ("Rgb(1,2,3)", None),
        ("rgb(1%,2,3)", None),
        ("none", None),
        ("", None),
    ],
)
def test_colours(text, hexadecimal):
    colour = parse_colour(text)
    assert (None if colour is None else format_colour(colour)) == hexadecimal


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_colour_survives(levels):
    text = "#{:02x}{:02x}{:02x}".format(*levels)
    assert format_colour(parse_colour(text)) == text


def values(inside, sheet="", id="x"):
    root = etree.fromstring(f"<svg {SVG}><style>{sheet}</style>{inside}</svg>")
    return Cascade(root).values(root.xpath(f"//*[@id='{id}']")[0])


@pytest.mark.parametrize(
    ("inside", "sheet", "fill"),
    [
        # nothing said
        ('<path id="x"/>', "", "black"),
        # inherited, by attribute or style
        ('<g fill="red"><path id="x"/></g>', "", "red"),
        ('<g style="fill:red"><g><path id="x"/></g></g>', "", "red"),
        # style beats sheet beats attribute
        ('<path id="x" fill="red" style="fill:blue"/>', "path{fill:lime}", "blue"),
        ('<path id="x" fill="red"/>', "path{fill:lime}", "lime"),
        # an important rule beats the style
        ('<path id="x" style="fill:blue"/>', "path{fill:lime !important}", "lime"),
        # an id beats a class beats a type; of two equals the later one
        ('<path id="x" class="c"/>', "#x{fill:red} .c{fill:lime} path{fill:blue}", "red"),
        ('<path id="x" class="c"/>', ".c{fill:lime} path{fill:blue}", "lime"),
        ('<path id="x"/>', "path{fill:lime} path{fill:blue}", "blue"),
        # descendants and children
        ('<g class="a"><g><path id="x"/></g></g>', ".a path{fill:lime}", "lime"),
        ('<g class="a"><g><path id="x"/></g></g>', ".a > path{fill:lime}", "black"),
        # attributes
        ('<path id="x" data-k="v"/>', '[data-k="v"]{fill:lime}', "lime"),
        # lists, comments, at-rules, and a selector that is not known here
        ('<path id="x"/>', "/* c */ @import url(a); rect, path{fill:lime}", "lime"),
        (
            '<path id="x"/>',
            "path:hover{fill:red} @media print{path{fill:blue}} path{fill:lime}",
            "lime",
        ),
        # what is no colour is not said
        ('<g fill="red"><path id="x" fill="bogus"/></g>', "", "red"),
        ('<g fill="red"><path id="x" style="fill:inherit"/></g>', "", "red"),
        # currentColor means the colour where it was said
        ('<g color="lime" fill="currentColor"><path id="x" color="red"/></g>', "", "lime"),
    ],
)
def test_cascade(inside, sheet, fill):
    assert values(inside, sheet)["fill"] == fill


def test_what_is_not_inherited():
    got = values('<g opacity="0.5" clip-path="url(#c)" display="none"><path id="x"/></g>')
    assert (got["opacity"], got["clip-path"], got["display"]) == ("1", "none", "inline")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fill:red;stroke:none", ["fill", "stroke"]),
        # a semicolon inside quotes or parentheses ends nothing
        (
            "fill:url(data:a;b);-inkscape-font-specification:'a;b';opacity:1",
            ["fill", "-inkscape-font-specification", "opacity"],
        ),
        ("fill", []),
        (";;", []),
        ("", []),
        (None, []),
        ("fill:", []),
    ],
)
def test_declarations(text, names):
    assert [d.name for d in parse_declarations(text)] == names


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_style_is_read_without_an_exception(text):
    clean = "".join(c for c in text if c.isprintable() and c not in "<>&\"'")
    values(f'<path id="x" style="{clean}"/>', clean)
