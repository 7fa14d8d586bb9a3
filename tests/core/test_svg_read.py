"""What is read from documents: geometry in canvas px, paint after the cascade, refusals."""

import gzip

import numpy as np
import pytest

from styleclipdraw_core.drawing import Cap, FillRule, Join, Moves, Path
from styleclipdraw_core.errors import SvgError
from styleclipdraw_core.svg import read_svg

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, root: str = 'width="100" height="100"') -> str:
    return f"<svg {NS} {root}>{inside}</svg>"


def one(inside: str, root: str = 'width="100" height="100"') -> Path:
    (path,) = read_svg(svg(inside, root)).paths_of(None)
    return path


def points(path: Path, subpath: int = 0) -> list[tuple[float, float]]:
    """The ends of the segments, rounded."""
    rows = np.asarray(path.subpaths[subpath].points)[::3]
    return [(round(float(x), 4), round(float(y), 4)) for x, y in rows]


LINE = '<path d="M0 0L10 0" stroke="red" fill="none"/>'


@pytest.mark.parametrize(
    ("inside", "root", "end"),
    [
        # where (10, 0) goes
        (LINE, 'width="100" height="100"', (10, 0)),
        # viewBox
        (LINE, 'width="100" height="100" viewBox="0 0 50 50"', (20, 0)),
        (LINE, 'width="100" height="100" viewBox="5 5 50 50"', (10, -10)),
        (LINE, 'width="100" height="200" viewBox="0 0 50 50"', (20, 50)),
        (LINE, 'width="100" height="200" viewBox="0 0 50 50" preserveAspectRatio="none"', (20, 0)),
        # units of the page
        (LINE, 'width="2in" height="2in" viewBox="0 0 2 2"', (960, 0)),
        (LINE, 'width="100mm" height="100mm" viewBox="0 0 100 100"', (37.7953, 0)),
        # a broken viewBox is none
        (LINE, 'width="100" height="100" viewBox="0 0 50"', (10, 0)),
        # transforms of ancestors, the outermost last
        (f'<g transform="translate(1 2)"><g transform="scale(2)">{LINE}</g></g>', "", (21, 2)),
        (f'<a transform="rotate(90)">{LINE}</a>', "", (0, 10)),
        # nested viewports
        (f'<svg x="5" y="6" width="40" height="40" viewBox="0 0 20 20">{LINE}</svg>', "", (25, 6)),
        (
            f'<svg x="10%" width="50%" height="50%" viewBox="0 0 20 20">{LINE}</svg>',
            'width="200" height="100"',
            (70, 0),
        ),
    ],
)
def test_coordinates(inside: str, root: str, end: tuple[float, float]) -> None:
    assert points(one(inside, root))[-1] == pytest.approx(end, abs=1e-3)


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('width="100" height="50"', (100, 50)),
        ('width="10mm" height="1in"', (37.795, 96)),
        # no width and height: the viewBox, as Inkscape has it
        ('viewBox="0 0 30 40"', (30, 40)),
        ('width="100%" height="50%" viewBox="0 0 30 40"', (30, 20)),
        ("", (300, 150)),
        ('width="0" height="-3"', (300, 150)),
    ],
)
def test_size(root: str, size: tuple[float, float]) -> None:
    document = read_svg(svg("", root))
    assert (document.width, document.height) == pytest.approx(size, abs=1e-2)
    assert document.canvas_size == (round(size[0]), round(size[1]))


@pytest.mark.parametrize(
    ("shape", "corners", "closed"),
    [
        ('<rect x="1" y="2" width="3" height="4"/>', [(1, 2), (4, 2), (4, 6), (1, 6)], True),
        # percentages of the viewport
        ('<rect width="10%" height="20%"/>', [(0, 0), (10, 0), (10, 20), (0, 20)], True),
        # one radius stands for both, and half the side is the most
        (
            '<rect width="4" height="8" rx="1"/>',
            [(1, 0), (3, 0), (4, 1), (4, 7), (3, 8), (1, 8), (0, 7), (0, 1)],
            True,
        ),
        ('<rect width="4" height="4" rx="9" ry="2"/>', [(2, 0), (4, 2), (2, 4), (0, 2)], True),
        ('<rect width="4" height="4" rx="1" ry="0"/>', [(0, 0), (4, 0), (4, 4), (0, 4)], True),
        ('<circle cx="5" cy="5" r="2"/>', [(7, 5), (5, 7), (3, 5), (5, 3)], True),
        ('<ellipse cx="5" cy="5" rx="2" ry="1"/>', [(7, 5), (5, 6), (3, 5), (5, 4)], True),
        ('<ellipse cx="5" cy="5" rx="2"/>', [(7, 5), (5, 7), (3, 5), (5, 3)], True),
        ('<line x1="1" y1="2" x2="3"/>', [(1, 2), (3, 0)], False),
        ('<polyline points="0 0 1 1 2 0"/>', [(0, 0), (1, 1), (2, 0)], False),
        ('<polygon points="0 0 1 1 2 0"/>', [(0, 0), (1, 1), (2, 0)], True),
        # a property is stronger than the attribute
        ("""<path d="M0 0L9 9" style="d:path('M0 0L1 1')"/>""", [(0, 0), (1, 1)], False),
    ],
)
def test_shapes(shape: str, corners: list[tuple[float, float]], closed: bool) -> None:
    path = one(shape)
    assert points(path) == corners
    assert path.subpaths[0].closed is closed


@pytest.mark.parametrize(
    "shape",
    [
        '<rect width="0" height="4"/>',
        '<rect width="-1" height="4"/>',
        '<circle r="0"/>',
        '<ellipse rx="3" ry="-1" r="0" style="display:none"/>',
        '<path d="nonsense"/>',
        "<path/>",
        '<polyline points=""/>',
        # nothing that would be seen
        '<rect width="4" height="4" fill="none"/>',
        '<rect width="4" height="4" fill="none" stroke="red" stroke-width="0"/>',
        '<rect width="4" height="4" visibility="hidden"/>',
        '<g display="none"><rect width="4" height="4"/></g>',
        '<defs><rect width="4" height="4"/></defs>',
        '<symbol><rect width="4" height="4"/></symbol>',
        '<clipPath><rect width="4" height="4"/></clipPath>',
        '<g transform="scale(0)"><rect width="4" height="4"/></g>',
        '<svg width="0"><rect width="4" height="4"/></svg>',
        '<switch><g/><rect width="4" height="4"/></switch>',
        '<switch><rect systemLanguage="xx" width="4" height="4"/></switch>',
        '<x:rect xmlns:x="urn:other" width="4" height="4"/>',
        '<rect transform="matrix(1e300 0 0 1e300 0 0)" width="1e10" height="4"/>',
        '<rect width="4" height="4" fill="url(#missing)"/>',
    ],
)
def test_nothing_to_draw(shape: str) -> None:
    assert read_svg(svg(shape)).paths_of(None) == []


def test_visible_inside_hidden() -> None:
    shown = '<rect width="4" height="4" visibility="visible"/>'
    assert len(read_svg(svg(f'<g visibility="hidden">{shown}</g>')).paths_of(None)) == 1


@pytest.mark.parametrize(
    ("markup", "red"),
    [
        # the fill's red channel in 255ths says which declaration won
        ('<rect {s} fill="#010000"/>', 1),
        ('<g fill="#010000"><rect {s}/></g>', 1),
        # own attribute beats inheritance, sheet beats attribute, style beats sheet
        ('<g style="fill:#090000"><rect {s} fill="#010000"/></g>', 1),
        ('<style>rect{{fill:#020000}}</style><rect {s} fill="#010000"/>', 2),
        ('<style>rect{{fill:#020000}}</style><rect {s} style="fill:#030000"/>', 3),
        # important turns that round
        ('<style>rect{{fill:#020000!important}}</style><rect {s} style="fill:#030000"/>', 2),
        (
            "<style>rect{{fill:#020000!important}}</style>"
            '<rect {s} style="fill:#030000!important"/>',
            3,
        ),
        # a later sheet counts for elements before it
        ("<rect {s}/><style>rect{{fill:#020000}}</style>", 2),
        ('<style type="text/plain">rect{{fill:#020000}}</style><rect {s} fill="#010000"/>', 1),
        ("<style><![CDATA[rect{{fill:#020000}}]]></style><rect {s}/>", 2),
        # keywords
        ('<g fill="#010000"><rect {s} style="fill:inherit"/></g>', 1),
        ('<g fill="#010000"><rect {s} style="fill:initial"/></g>', 0),
        ('<g fill="#010000"><rect {s} style="fill:unset"/></g>', 1),
        # what makes no sense is as if it were not there
        ('<rect {s} fill="#010000" style="fill:rubbish"/>', 1),
        ('<g fill="#010000"><rect {s} fill="rubbish"/></g>', 1),
        # currentColor is the colour where it is used
        ('<g fill="currentColor" color="#090000"><rect {s} color="#010000"/></g>', 1),
        ('<g color="#010000"><rect {s} fill="currentColor"/></g>', 1),
        # servers that are missing fall back
        ('<rect {s} fill="url(#missing) #010000"/>', 1),
    ],
)
def test_cascade(markup: str, red: int) -> None:
    path = one(markup.format(s='width="4" height="4"'))
    assert path.fill is not None
    assert path.fill.colour == pytest.approx((red / 255, 0, 0, 1))


def test_stroke_properties() -> None:
    style = (
        "fill:none;stroke:#00f;stroke-opacity:.5;stroke-width:2mm;stroke-linecap:square;"
        "stroke-linejoin:bevel;stroke-miterlimit:7"
    )
    path = one(f'<g style="{style}"><path d="M0 0L9 9L0 9"/></g>')
    assert path.fill is None and path.stroke is not None
    assert path.stroke.width == pytest.approx(2 * 96 / 25.4)
    assert path.stroke.colour == pytest.approx((0, 0, 1, 0.5))
    assert (path.stroke.cap, path.stroke.join) == (Cap.SQUARE, Join.BEVEL)
    assert path.stroke.miter_limit == 7


def test_defaults_are_those_of_the_specification() -> None:
    path = one('<path d="M0 0L9 9L0 9" stroke="red"/>')
    assert path.fill is not None and path.stroke is not None
    assert path.fill.colour == (0, 0, 0, 1) and path.fill.rule == FillRule.NONZERO
    assert (path.stroke.width, path.stroke.miter_limit) == (1, 4)
    assert (path.stroke.cap, path.stroke.join) == (Cap.BUTT, Join.MITER)
    assert path.moves is None


@pytest.mark.parametrize(
    ("markup", "width"),
    [
        ('<g transform="scale(3)">{p}</g>', 6),
        # the square root of the area's scale
        ('<g transform="scale(2 8)">{p}</g>', 8),
        ('<g transform="scale(-2 2)">{p}</g>', 4),
        ('<g transform="scale(5)"><g vector-effect="none">{fixed}</g></g>', 2),
        ('<g font-size="8" stroke-width="2em">{bare}</g>', 16),
        # of the viewport's diagonal / sqrt 2
        ('<g stroke-width="10%">{bare}</g>', 10),
        ('<g stroke-width="-3">{bare}</g>', 1),
    ],
)
def test_stroke_width(markup: str, width: float) -> None:
    bare = '<path d="M0 0L9 9" stroke="red"/>'
    fixed = bare.replace("/>", ' stroke-width="2" vector-effect="non-scaling-stroke"/>')
    wide = bare.replace("/>", ' stroke-width="2"/>')
    path = one(markup.format(p=wide, fixed=fixed, bare=bare))
    assert path.stroke is not None and path.stroke.width == pytest.approx(width)


def test_opacities_multiply() -> None:
    path = one(
        '<g opacity=".5"><g style="opacity:50%"><rect width="4" height="4" opacity=".5"'
        ' fill="#ff000080" fill-opacity=".5" stroke="red" stroke-opacity=".25"/></g></g>'
    )
    assert path.fill is not None and path.stroke is not None
    assert path.fill.colour[3] == pytest.approx(128 / 255 / 16)
    assert path.stroke.colour[3] == pytest.approx(1 / 32)


def test_gradient_is_its_mean_and_to_be_left_alone() -> None:
    path = one(
        '<linearGradient id="a"><stop stop-color="red"/><stop style="stop-color:#00f"/>'
        '</linearGradient><radialGradient id="b" xlink:href="#a"/>'
        '<rect width="4" height="4" fill="url(#b)" stroke="red"/>'
    )
    assert path.fill is not None and path.fill.colour == pytest.approx((0.5, 0, 0.5, 1))
    assert path.moves == Moves(fill=False)


def test_order_ids_and_groups() -> None:
    rect = '<rect id="{}" width="4" height="4"/>'.format
    document = read_svg(
        svg(rect("a") + f'<g id="g">{rect("b")}{rect("c")}</g>' + rect("d") + rect("a") + rect(""))
    )
    everything = [path.id for path in document.paths_of(None)]
    assert everything[:4] == ["a", "b", "c", "d"]
    # an id that is used twice belongs to the first; the others get one that is free
    assert len(set(everything)) == 6
    # z-order, whatever the order asked for; a group is what is inside it; nothing twice
    assert [path.id for path in document.paths_of(["d", "g", "c", "a"])] == ["a", "b", "c", "d"]
    assert [path.id for path in document.paths_of(everything[4:])] == everything[4:]
    assert document.paths_of([]) == []


@pytest.mark.parametrize(
    ("ids", "code", "words"),
    [
        (["r", "nope", "neither"], "svg.missing-id", ["'nope'", "'neither'"]),
        (["t"], "svg.not-drawable", ["'t'", "text"]),
        (["u"], "svg.not-drawable", ["'u'", "clone"]),
        (["h"], "svg.not-drawable", ["'h'", "hidden"]),
        (["inside"], "svg.not-drawable", ["'inside'"]),
        (["empty"], "svg.not-drawable", ["'empty'"]),
        (["n"], "svg.not-drawable", ["'n'", "neither a fill nor a stroke"]),
        ([f"x{i}" for i in range(9)], "svg.missing-id", ["4 more"]),
    ],
)
def test_errors_name_the_ids(ids: list[str], code: str, words: list[str]) -> None:
    document = read_svg(
        svg(
            '<rect id="r" width="4" height="4"/><text id="t">x</text><use id="u" href="#r"/>'
            '<g display="none"><rect id="h" width="4" height="4"/></g><g id="empty"/>'
            '<defs><rect id="inside" width="4" height="4"/></defs><rect id="n" fill="none"/>'
        )
    )
    with pytest.raises(SvgError) as error:
        document.paths_of(ids)
    assert error.value.code == code and error.value.next_step
    assert all(word in error.value.sentence for word in words)


LAUGHS = (
    '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        # entities: expansion, files, the network, parameters
        (LAUGHS + svg("<title>&c;</title>"), "svg.entities"),
        ('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg("&x;"), "svg.entities"),
        ('<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://x/y"> %p;]>' + svg(""), "svg.entities"),
        ('<!DOCTYPE svg [<!ENTITY x "<path/>">]>' + svg("&x;"), "svg.entities"),
        # a plain one, but more of it than a document may be large
        (
            f'<!DOCTYPE svg [<!ENTITY x "{"ha" * 50_000}">]>' + svg("&x;" * 1000),
            "svg.entities",
        ),
        # not an SVG
        ("", "svg.broken"),
        (b"", "svg.broken"),
        ("hello", "svg.broken"),
        ("<html/>", "svg.broken"),
        ("<svg>", "svg.broken"),
        ("<svg/><svg/>", "svg.broken"),
        (svg("<g></h>"), "svg.broken"),
        (svg("&undefined;"), "svg.broken"),
        (svg('<g a="1" a="2"/>'), "svg.broken"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "svg.broken"),
        (b"\xff\xfe\x00", "svg.broken"),
        (b"\x1f\x8bnot gzip", "svg.broken"),
        (b'<?xml version="1.0" encoding="zlib"?><svg/>', "svg.broken"),
        (b'<?xml version="1.0" encoding="no-such"?><svg/>', "svg.broken"),
        (b"<svg>\xff</svg>", "svg.broken"),
        ("<svg>\udc00</svg>", "svg.broken"),
        ("<svg>\x00</svg>", "svg.broken"),
        # too much of it
        ("<svg>" + "<g>" * 5000 + "</g>" * 5000 + "</svg>", "svg.broken"),
        (b"<svg>" + b" " * (64 * 1024 * 1024) + b"</svg>", "svg.too-large"),
        (gzip.compress(b"<svg>" + b" " * (65 * 1024 * 1024) + b"</svg>", 1), "svg.too-large"),
        ("<svg>" + "<g/>" * 300_001 + "</svg>", "svg.too-large"),
        (f'<svg {NS}><path d="M0 0{"h1" * 500_001}"/></svg>', "svg.too-large"),
    ],
)
def test_broken_and_hostile_files_are_refused(source: str | bytes, code: str) -> None:
    with pytest.raises(SvgError) as error:
        read_svg(source)
    assert error.value.code == code
    assert error.value.sentence.endswith(".") and error.value.next_step.endswith(".")
    assert "\n" not in error.value.for_person()


@pytest.mark.parametrize(
    "source",
    [
        svg(LINE.replace("red", "#f00")).encode("utf-16"),
        b"\xef\xbb\xbf" + svg(LINE).encode(),
        "\ufeff" + svg(LINE),
        gzip.compress(svg(LINE).encode()),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>' + svg(LINE + "<title>\xe9</title>")).encode(
            "latin-1"
        ),
        '<?xml version="1.0" encoding="ISO-8859-1"?>' + svg(LINE),
        # a document type without entities is what older programs write
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">' + svg(LINE),
        "<!DOCTYPE svg [ <!-- <!ENTITY --> <!ATTLIST g a CDATA #IMPLIED> ]>" + svg(LINE),
        # entities that stand for plain text: Illustrator's namespaces
        (
            "<?xml version='1.0'?><!-- Generator --><!DOCTYPE svg PUBLIC 'a' 'b' [\n"
            "  <!ENTITY ns_svg 'http://www.w3.org/2000/svg'>\n  <!ENTITY red \"red\">\n]>\n"
            f'<svg xmlns="&ns_svg;">{LINE.replace("red", "&red;")}</svg>'
        ),
        # without any namespace, and with all of it under a prefix
        "<svg>" + LINE + "</svg>",
        f'<s:svg xmlns:s="http://www.w3.org/2000/svg">{LINE.replace("<path", "<s:path")}</s:svg>',
        # a prefix that nobody declared
        svg(LINE + '<use inkscape:label="x" xlink:href="#y"/>'),
    ],
)
def test_what_is_read_all_the_same(source: str | bytes) -> None:
    (path,) = read_svg(source).paths_of(None)
    assert points(path) == [(0, 0), (10, 0)]


def test_an_entity_does_not_end_the_attribute_that_it_stands_in() -> None:
    entity = """<!DOCTYPE svg [<!ENTITY x 'a" onload="b'>]>"""
    document = read_svg(entity + svg(LINE.replace("<path", '<path class="&x;"')))
    assert len(document.paths_of(None)) == 1 and "&quot; onload=&quot;" in document.replaced([])


def test_a_style_sheet_made_to_waste_time_is_refused() -> None:
    inner = "<g>" * 200 + "<path/>" * 200 + "</g>" * 200
    with pytest.raises(SvgError) as error:
        read_svg(svg(f"<style>h {'g ' * 12} path{{fill:red}}</style>{inner}"))
    assert error.value.code == "svg.too-large"


def test_a_namespace_that_is_no_address_is_somebody_elses() -> None:
    assert read_svg(f'<svg xmlns="a}}b">{LINE}</svg>').paths_of(None) == []
