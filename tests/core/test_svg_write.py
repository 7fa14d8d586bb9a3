"""What is written as a whole document, and that it is read again as it was."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.errors import DrawingError
from styleclipdraw_core.svg import NAMESPACE, read_svg, write_svg

NS = 'xmlns="http://www.w3.org/2000/svg"'
LINE = np.array([[1, 2], [3, 4.5], [6, 7], [8, 9.25]])


def stroked(subpaths: list[Subpath] | None = None, **changes: object) -> Path:
    stroke = Stroke(3, (0.2, 0.4, 0.6, 0.5), Cap.SQUARE, Join.BEVEL, 2.5)
    return Path(subpaths or [Subpath(LINE)], replace(stroke, **changes), id="a")


def read_back(paths: list[Path]) -> list[Path]:
    return read_svg(write_svg(Drawing.from_paths(paths), 32, 24)).paths_of(None)


def test_every_property_is_written_as_attributes_that_any_viewer_reads() -> None:
    path = replace(stroked(), fill=Fill((1, 0, 0, 0.25), FillRule.EVENODD))
    text = write_svg(Drawing.from_paths([path]), 32, 24, layer_label='a <b> "c" & d\x01')
    root = etree.fromstring(text.encode())
    (element,) = root.iter("{*}path")
    assert dict(element.attrib) == {
        "id": "a",
        "fill": "#ff0000",
        "fill-opacity": "0.25",
        "fill-rule": "evenodd",
        "stroke": "#336699",
        "stroke-opacity": "0.5",
        "stroke-width": "3",
        "stroke-linecap": "square",
        "stroke-linejoin": "bevel",
        "stroke-miterlimit": "2.5",
        "d": "M1 2 C3 4.5 6 7 8 9.25",
    }
    layer = element.getparent()
    inkscape = "{http://www.inkscape.org/namespaces/inkscape}"
    assert layer.get(inkscape + "groupmode") == "layer"
    assert layer.get(inkscape + "label") == 'a <b> "c" & d\ufffd'
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("32", "24", "0 0 32 24")


def test_metadata_comes_back_as_it_was() -> None:
    request = {"prompts": ["<&>\"'é\u0001\u2028 ]]>", "\ud800"], "n": [1, 2.5, None, True]}
    text = write_svg(Drawing.from_paths([stroked()]), 32, 24, metadata=request)
    assert read_svg(text).metadata() == request
    assert read_svg(write_svg(Drawing.from_paths([]), 1, 1)).metadata() is None


@pytest.mark.parametrize("content", ["", "{", "[1]", "[" * 100_000])
def test_metadata_that_somebody_broke_is_none(content: str) -> None:
    text = f'<svg {NS}><metadata xmlns:x="{NAMESPACE}" x:job="1">{content}</metadata></svg>'
    assert read_svg(text).metadata() is None


def test_background_is_kept_apart_from_the_paths() -> None:
    text = write_svg(Drawing.from_paths([stroked()]), 32, 24, background=(1, 0.5, 0))
    document = read_svg(text)
    assert document.background() == pytest.approx((1, 128 / 255, 0))
    assert [path.id for path in document.paths_of(None)] == ["a"]
    assert read_svg(write_svg(Drawing.from_paths([]), 1, 1)).background() is None


def test_ids_are_valid_and_unique_whatever_the_paths_are_called() -> None:
    names = ["a", "a", "", "", "1 bad", '"/><script>', "layer", "path1", "ü"]
    text = write_svg(Drawing.from_paths([replace(stroked(), id=n) for n in names]), 32, 24)
    ids = [e.get("id") for e in etree.fromstring(text.encode()).iter("{*}path")]
    assert ids[0] == "a" and len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", name, re.ASCII) for name in ids)
    assert "<script" not in text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused_by_name(value: float) -> None:
    drawing = Drawing.from_paths([stroked()])
    drawing = drawing.with_tensors(points=torch.full_like(drawing.points, value))
    with pytest.raises(DrawingError, match="a"):
        write_svg(drawing, 32, 24)


numbers = st.floats(-1e4, 1e4, width=32)
alphas = st.integers(0, 1000).map(lambda n: float(np.float32(n / 1000)))
colours = st.tuples(*[st.integers(0, 255).map(lambda n: n / 255)] * 3, alphas)


@st.composite
def paths(draw: st.DrawFn) -> Path:
    subpaths = []
    for _ in range(draw(st.integers(1, 2))):
        closed = draw(st.booleans())
        count = 3 * draw(st.integers(1, 3)) + (not closed)
        flat = draw(st.lists(numbers, min_size=2 * count, max_size=2 * count))
        subpaths.append(Subpath(np.array(flat).reshape(count, 2), closed))
    kind = draw(st.sampled_from(["stroke", "fill", "both"]))
    stroke = Stroke(
        draw(st.floats(0.0078125, 1e3, width=32)),
        draw(colours),
        draw(st.sampled_from(Cap)),
        draw(st.sampled_from(Join)),
        draw(st.floats(1, 20, width=32)),
    )
    fill = Fill(draw(colours), draw(st.sampled_from(FillRule)))
    return Path(subpaths, stroke if kind != "fill" else None, fill if kind != "stroke" else None)


@given(st.lists(paths(), min_size=1, max_size=4))
@settings(max_examples=100, derandomize=True, deadline=None)
def test_a_drawing_written_and_read_is_the_same_drawing(written: list[Path]) -> None:
    drawing = Drawing.from_paths(written)
    read = Drawing.from_paths(read_back(written))
    s, r = drawing.structure, read.structure
    for name in ("path_offsets", "subpath_offsets", "closed", "has_stroke", "has_fill"):
        assert np.array_equal(getattr(s, name), getattr(r, name)), name
    strokes, fills = s.has_stroke, s.has_fill
    for name in ("caps", "joins", "miter_limits"):
        assert np.array_equal(getattr(s, name)[strokes], getattr(r, name)[strokes]), name
    assert np.array_equal(s.fill_rules[fills], r.fill_rules[fills])
    assert torch.equal(drawing.points, read.points)
    assert torch.equal(drawing.widths[strokes], read.widths[strokes])
    for ours, theirs, used in (
        (drawing.stroke_colours, read.stroke_colours, strokes),
        (drawing.fill_colours, read.fill_colours, fills),
    ):
        assert torch.equal(ours[used], theirs[used])


def test_the_comparison_sees_one_step_of_float32() -> None:
    one = Drawing.from_paths(read_back([stroked()])).points
    nudged = LINE.copy()
    nudged[1, 0] = np.nextafter(np.float32(3), np.float32(4))
    other = Drawing.from_paths(read_back([stroked([Subpath(nudged)])])).points
    assert not torch.equal(one, other)
