"""What is written into a stranger's document, and that nothing else in it is touched."""

import re
from dataclasses import replace

import numpy as np
import pytest
from lxml import etree

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.svg import NAMESPACE, read_svg, write_svg

NS = 'xmlns="http://www.w3.org/2000/svg"'
LINE = np.array([[1, 2], [3, 4.5], [6, 7], [8, 9.25]])


def stroked(subpaths: list[Subpath] | None = None, **changes: object) -> Path:
    stroke = Stroke(3, (0.2, 0.4, 0.6, 0.5), Cap.SQUARE, Join.BEVEL, 2.5)
    return Path(subpaths or [Subpath(LINE)], replace(stroke, **changes), id="a")


def moved(path: Path, by: float = 1.0) -> Path:
    subpaths = [Subpath(np.asarray(s.points) + by, s.closed) for s in path.subpaths]
    return replace(path, subpaths=subpaths)


STRANGER = f"""<?xml version="1.0"  encoding='UTF-8'?>\r
<!-- a comment with <rect id="no"/> in it -->
<svg   {NS} xmlns:x="urn:x"
  width="100" height="100"  viewBox = '0 0 50 50'>
  <style><![CDATA[ .k > rect {{ stroke : #00f }} ]]></style>
\t<g transform="translate(5 0)" class='k'  opacity=".5">
    <rect id="r" x='1' y="2" width="10" height="5"   x:keep="&lt;>" fill="red"
      >  <title>r &amp; é</title></rect>
    <path id="p" d="M0 0L10 0" style="stroke:#0f0;stroke-width:2 ; fill:none" x:a='"'/>
    <path id="q" fill="none" stroke="#abc" d="M 0,0 10,10"/>
  </g>
  <?pi <rect/> ?>
  <text id="t">Text <tspan>&#x41;</tspan></text>
</svg>
<!-- end -->
"""


def changes(before: str, after: str, ids: str) -> dict[str, str]:
    """The start tags with these ids as they now are; asserts that nothing else differs."""
    old, new, found = before, after, {}
    for name in ids:
        pattern = re.compile(rf"""<[^<>]*?\sid=["']{name}["'](?:[^<>"']|"[^"]*"|'[^']*')*>""")
        found[name] = pattern.search(new).group()  # type: ignore[union-attr]
        old, new = pattern.sub("", old), pattern.sub("", new)
    assert new == old
    return found


def test_nothing_changed_is_every_byte_as_it_was() -> None:
    document = read_svg(STRANGER)
    assert document.replaced([]) == STRANGER
    assert document.replaced(document.paths_of(None)) == STRANGER
    # nor does float32 change anything
    through = Drawing.from_paths(document.paths_of(None)).to_paths()
    assert document.replaced(through) == STRANGER


def test_only_what_moved_is_rewritten_in_its_own_coordinates() -> None:
    document = read_svg(STRANGER)
    (path,) = document.paths_of(["q"])
    text = document.replaced([moved(path, 2)])  # 2 px are 1 user unit
    tags = changes(STRANGER, text, "q")
    assert tags["q"] == '<path id="q" fill="none" stroke="#abc" d="M1 1 L11 11"/>'


def test_a_style_attribute_keeps_what_did_not_change() -> None:
    document = read_svg(STRANGER)
    (path,) = document.paths_of(["p"])
    assert path.stroke is not None and path.stroke.width == pytest.approx(4)
    assert path.stroke.colour[3] == pytest.approx(0.5)
    stroke = replace(path.stroke, width=6.0, colour=(1, 0, 0, 0.25))
    tag = changes(STRANGER, document.replaced([replace(path, stroke=stroke)]), "p")["p"]
    assert tag == (
        '<path id="p" d="M0 0L10 0"'
        ' style="stroke:#ff0000;stroke-width:3;fill:none;stroke-opacity:0.5"'
        " x:a='\"'/>"
    )


def test_a_shape_becomes_a_path_and_keeps_what_rules_said_of_it() -> None:
    document = read_svg(STRANGER)
    (path,) = document.paths_of(["r"])
    text = document.replaced([moved(path, 2)])
    tag = changes(STRANGER.replace("</rect>", "</path>"), text, "r")["r"]
    assert tag.startswith("<path") and 'x:keep="&lt;>"' in tag and "width=" not in tag
    assert 'd="M2 3 L12 3 L12 8 L2 8 Z"' in tag and 'style="stroke:#00f"' in tag
    (again,) = read_svg(text).paths_of(["r"])
    assert again.fill == path.fill and again.stroke == path.stroke
    assert np.allclose(again.subpaths[0].points, np.asarray(path.subpaths[0].points) + 2)


DIFFICULT = [
    # attributes, style, sheets, important rules, shapes, nested transforms, opacity, gradients
    '<g transform="rotate(30) scale(2 3)"><ellipse id="a" rx="9" ry="5" stroke="red"/></g>',
    '<style>path{{fill:#123456!important}}</style><path id="a" d="M0 0h9v9z" style="fill:red"/>',
    '<style>#a{{fill:#123456!important}}</style><path id="a" d="M0 0h9v9z" fill="red"/>',
    '<style>rect{{stroke:#0000ff;stroke-width:3}}</style><rect id="a" width="9" height="9"/>',
    '<g opacity=".5"><path id="a" d="M0 0h9v9z" opacity=".5" fill-opacity=".5" stroke="red"/></g>',
    '<path id="a" d="M0 0h9v9z" fill="#ff000080" stroke="rgba(0,0,255,.5)"/>',
    '<path id="a" d="M0 0h9v9z" style="fill:red;fill:blue;stroke:lime!important"/>',
    '<svg viewBox="0 0 10 10" width="50" height="30"><circle id="a" r="3" stroke="red"/></svg>',
    """<path id="a" style="d:path('M0 0h9v9z');stroke:red"/>""",
    '<g fill="none" stroke="currentColor" color="red"><line id="a" x2="9" y2="3"/></g>',
    '<g transform="scale(5)"><path id="a" d="M0 0h9v9z" vector-effect="non-scaling-stroke"'
    ' stroke="red"/></g>',
]


@pytest.mark.parametrize("markup", DIFFICULT)
@pytest.mark.parametrize("extra", ["", "<style>*{{stroke-linecap:round}}</style>"])
def test_what_is_put_in_is_what_is_read_again(markup: str, extra: str) -> None:
    document = read_svg(f"<svg {NS}>{markup}{extra}</svg>".replace("{{", "{").replace("}}", "}"))
    (path,) = document.paths_of(["a"])
    new = Path(
        [
            Subpath(np.array([[1, 2], [3, 9], [4, 4], [8, 1], [9, 9], [2, 7]]), closed=True),
            Subpath(LINE),
        ],
        Stroke(2.5, (0, 1, 0, 0.11), Cap.ROUND, Join.BEVEL, 6.0),
        Fill((0, 0, 1, 0.22), FillRule.EVENODD),
        "a",
    )
    for wanted in (
        new,
        replace(new, fill=None),
        replace(new, stroke=None),
        replace(path, subpaths=new.subpaths),
        replace(path, fill=new.fill),
        replace(path, stroke=new.stroke),
    ):
        (got,) = read_svg(document.replaced([wanted])).paths_of(["a"])
        assert [s.closed for s in got.subpaths] == [s.closed for s in wanted.subpaths]
        for ours, theirs in zip(got.subpaths, wanted.subpaths, strict=True):
            assert np.allclose(ours.points, theirs.points, atol=1e-5)
        assert (got.stroke is None, got.fill is None) == (
            wanted.stroke is None,
            wanted.fill is None,
        )
        if got.stroke is not None and wanted.stroke is not None:
            assert got.stroke.width == pytest.approx(wanted.stroke.width, abs=1e-4)
            assert got.stroke.colour == pytest.approx(wanted.stroke.colour, abs=1e-5)
            assert replace(got.stroke, width=0, colour=()) == replace(
                wanted.stroke, width=0, colour=()
            )
        if got.fill is not None and wanted.fill is not None:
            assert got.fill.colour == pytest.approx(wanted.fill.colour, abs=1e-5)
            assert got.fill.rule == wanted.fill.rule


def test_more_opacity_than_the_element_has_room_for() -> None:
    document = read_svg(f'<svg {NS}><path id="a" d="M0 0h9v9z" opacity=".2" stroke="red"/></svg>')
    (path,) = document.paths_of(["a"])
    assert path.fill is not None
    wanted = replace(path, fill=replace(path.fill, colour=(0, 0, 0, 0.9)))
    (got,) = read_svg(document.replaced([wanted])).paths_of(["a"])
    assert got.fill is not None and got.stroke is not None
    assert got.fill.colour[3] == pytest.approx(0.9) and got.stroke.colour[3] == pytest.approx(0.2)


def test_a_gradient_stays_when_only_the_outline_moves() -> None:
    text = (
        f'<svg {NS}><linearGradient id="g"><stop stop-color="red"/><stop stop-color="#fff"/>'
        '</linearGradient><path id="a" d="M0 0h9v9z" fill="url(#g)"/></svg>'
    )
    document = read_svg(text)
    (path,) = document.paths_of(None)
    assert 'fill="url(#g)"' in document.replaced([moved(path)])
    assert path.fill is not None
    repainted = replace(path, fill=replace(path.fill, colour=(0, 0, 1, 1)))
    assert 'fill="#0000ff"' in document.replaced([repainted])


def test_live_geometry_of_inkscape_gives_way_to_a_changed_outline() -> None:
    text = (
        f'<svg {NS} xmlns:i="http://www.inkscape.org/namespaces/inkscape"'
        ' xmlns:s="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd">'
        '<path id="a" d="M0 0h9v9z" i:path-effect="#e" i:original-d="M0 0h3" s:type="star"'
        ' s:nodetypes="ccc" i:label="kept"/></svg>'
    )
    document = read_svg(text)
    (path,) = document.paths_of(None)
    changed = document.replaced([moved(path)])
    assert not re.search("path-effect|original-d|s:type|nodetypes", changed)
    assert 'i:label="kept"' in changed
    assert path.fill is not None
    painted = document.replaced([replace(path, fill=replace(path.fill, colour=(1, 0, 0, 1)))])
    assert "path-effect" in painted


@pytest.mark.parametrize(
    "text",
    [
        STRANGER,
        f"<svg {NS}/>",
        f"<svg {NS} />",
        f"<svg {NS}></svg>",
        '<s:svg xmlns:s="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="9in"></s:svg>',
        # rules that would repaint or hide whatever is new
        f"<svg {NS} fill='red'><style>path{{stroke:red;opacity:0}}</style></svg>",
    ],
)
def test_new_paths_go_into_a_layer_on_top(text: str) -> None:
    document = read_svg(text)
    wanted = replace(stroked(), id="t", fill=Fill((1, 0, 0, 0.5)))  # "t" is a text's id there
    result = document.replaced([wanted, replace(wanted, id="")], layer_label="new & old")
    again = read_svg(result)
    before = {path.id for path in document.paths_of(None)}
    added = [path for path in again.paths_of(None) if path.id not in before]
    assert len(added) == 2
    for path in added:
        assert np.allclose(path.subpaths[0].points, LINE, atol=1e-6)
        assert path.fill is not None and path.fill.colour == pytest.approx((1, 0, 0, 0.5))
        assert path.stroke is not None and path.stroke.width == pytest.approx(3)
        assert path.stroke.colour == pytest.approx((0.2, 0.4, 0.6, 0.5), abs=1e-6)
    root = etree.fromstring(result.encode())
    assert root[-1].get("{http://www.inkscape.org/namespaces/inkscape}label") == "new & old"
    ids = [e.get("id") for e in root.iter("{*}*") if e.get("id")]
    assert len(ids) == len(set(ids))


def test_a_page_that_shows_nothing_takes_new_paths_all_the_same() -> None:
    document = read_svg(f'<svg {NS} viewBox="0 0 0 0" width="9" height="9"/>')
    assert "<path" in document.replaced([stroked()])


def test_metadata_of_a_stranger_is_kept_and_ours_replaced() -> None:
    text = f"<svg {NS}><metadata>theirs</metadata></svg>"
    once = read_svg(text).replaced([], metadata={"n": 1})
    twice = read_svg(once).replaced([], metadata={"n": 2})
    assert read_svg(twice).metadata() == {"n": 2}
    assert "<metadata>theirs</metadata>" in twice and '"n": 1' not in twice


def test_what_inkscape_put_beside_our_request_stays() -> None:
    text = write_svg(Drawing.from_paths([stroked()]), 32, 24, metadata={"n": 1})
    text = text.replace("</metadata>", "<r:RDF xmlns:r='urn:r'>theirs</r:RDF></metadata>")
    after = read_svg(text).replaced([], metadata={})
    assert "<metadata><r:RDF xmlns:r='urn:r'>theirs</r:RDF></metadata>" in after
    assert read_svg(after).metadata() is None and '"n": 1' not in after


def test_the_request_of_a_layer_made_in_inkscape_stays() -> None:
    theirs = f'<metadata xmlns:s="{NAMESPACE}" s:job="20260101-000000-000000">{{"n": 1}}</metadata>'
    document = read_svg(f"<svg {NS}>{theirs}</svg>")
    assert document.metadata() == {"n": 1}
    assert document.replaced([], metadata={}) == f"<svg {NS}>{theirs}</svg>"
    both = document.replaced([stroked()], metadata={"n": 2})
    assert theirs in both and read_svg(both).metadata() == {"n": 2}


def test_a_layer_is_named_after_its_request() -> None:
    text = write_svg(Drawing.from_paths([stroked()]), 32, 24, metadata={"n": 1})
    metadata, layer = etree.fromstring(text.encode())
    job = f"{{{NAMESPACE}}}job"
    assert layer.get(job) == metadata.get(job) != ""
    other = write_svg(Drawing.from_paths([stroked()]), 32, 24, metadata={"n": 2})
    assert etree.fromstring(other.encode())[1].get(job) != layer.get(job)


def test_encoding_declarations_come_out_true() -> None:
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?><svg {NS}><title>é</title></svg>'
    result = read_svg(text.encode("latin-1")).replaced([])
    assert result == text.replace("ISO-8859-1", "UTF-8")
    assert etree.fromstring(result.encode("utf-8"))[0].text == "é"
