"""Path data: every spelling of the grammar, errors in it, arcs, and the way back to text."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from styleclipdraw_core.drawing import Subpath
from styleclipdraw_core.svg_path import (
    format_float,
    format_float32,
    format_path,
    parse_path,
)
from styleclipdraw_core.svg_shapes import parse_points, polyline


def normal(data: str) -> str:
    """The path data as our own formatter spells it."""
    return format_path(parse_path(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # each command, absolute and relative
        ("M1 2L3 4", "M1 2 L3 4"),
        ("m1 2l3 4", "M1 2 L4 6"),
        ("M1 2H5V7h-1v-2", "M1 2 L5 2 L5 7 L4 7 L4 5"),
        ("M0 0C1 2 3 4 5 7", "M0 0 C1 2 3 4 5 7"),
        ("M1 1c1 2 3 4 5 7", "M1 1 C2 3 4 5 6 8"),
        # S mirrors the last control point after C and S, and only then
        ("M0 0C1 2 3 4 5 7S8 9 10 12", "M0 0 C1 2 3 4 5 7 C7 10 8 9 10 12"),
        ("M0 0L5 7S8 9 10 12", "M0 0 L5 7 C5 7 8 9 10 12"),
        ("M0 0Q3 3 6 0S8 9 10 12", "M0 0 C2 2 4 2 6 0 C6 0 8 9 10 12"),
        ("M1 1s1 2 3 4s1 2 3 4", "M1 1 C1 1 2 3 4 5 C6 7 5 7 7 9"),
        # T mirrors after Q and T, chained, and only then
        ("M0 0Q3 3 6 0T12 0T18 0", "M0 0 C2 2 4 2 6 0 C8 -2 10 -2 12 0 C14 2 16 2 18 0"),
        ("M0 0C1 1 3 3 6 0T12 6", "M0 0 C1 1 3 3 6 0 C6 0 8 2 12 6"),
        ("M0 0q3 3 6 0t6 0", "M0 0 C2 2 4 2 6 0 C8 -2 10 -2 12 0"),
        # pairs after a moveto are linetos, relative ones after m
        ("M1 1 2 2 3 4", "M1 1 L2 2 L3 4"),
        ("m1 1 2 2 3 4", "M1 1 L3 3 L6 7"),
        # arguments repeat without the letter
        ("M0 0C1 2 3 4 5 7 1 2 3 4 8 8", "M0 0 C1 2 3 4 5 7 C1 2 3 4 8 8"),
        # after Z the pen is at the subpath's start, and a new subpath may begin without M
        ("M5 5h5v5zh-3", "M5 5 L10 5 L10 10 Z M5 5 L2 5"),
        ("M5 5h5v5zm1 1h3", "M5 5 L10 5 L10 10 Z M6 6 L9 6"),
        # numbers need no separator where they cannot run together
        ("M.5.5-.5-.5", "M0.5 0.5 L-0.5 -0.5"),
        ("M1e1-1e-1+2E0,3", "M10 -0.1 L2 3"),
        ("M10. 5.L20. 30", "M10 5 L20 30"),
        ("M\t1\n,\r2\f3 4", "M1 2 L3 4"),
        # closing back onto the start adds no segment of its own
        ("M0 0L4 0L4 4L0 0Z", "M0 0 L4 0 L4 4 Z"),
        # nor does the rounding of added up relative moves
        ("m.1 .1 .7 0 0 .7 -.7 0 0-.7z", "M0.1 0.1 L0.8 0.1 L0.8 0.8 L0.1 0.8 Z"),
        # no length at all: a dot, for round and square caps
        ("M3 4z", "M3 4 C3 4 3 4 3 4 Z"),
        ("M3 4L3 4", "M3 4 L3 4"),
        # a moveto alone draws nothing
        ("M3 4", ""),
        ("M3 4M5 6L7 8", "M5 6 L7 8"),
        ("", ""),
    ],
)
def test_grammar(data: str, expected: str) -> None:
    assert normal(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # the segments before the error stay
        ("M0 0L1 2L3", "M0 0 L1 2"),
        ("M0 0L1 2 x 3 4", "M0 0 L1 2"),
        ("M0 0L1 2,L3 4", "M0 0 L1 2"),
        ("M0 0L1 2,,3 4", "M0 0 L1 2"),
        ("M0 0C1 2 3 4 5 6 7 8", "M0 0 C1 2 3 4 5 6"),
        # a comma has no place between the letter and its first number
        ("M0 0L,1 2", ""),
        ("M,0 0L1 2", ""),
        # everything begins with a moveto
        ("L1 2L3 4", ""),
        ("zM0 0L1 2", ""),
        # Z takes no number
        ("M0 0L1 2L3 0Z5 5", "M0 0 L1 2 L3 0 Z"),
        # flags are 0 or 1
        ("M0 0L1 2A1 1 0 2 0 5 5", "M0 0 L1 2"),
        # beyond any picture
        ("M0 0L1 2L1e30 0", "M0 0 L1 2"),
        ("M0 0L1 2L1e999 0", "M0 0 L1 2"),
        ("M0 0L1 2Lnan 0", "M0 0 L1 2"),
    ],
)
def test_error_recovery(data: str, expected: str) -> None:
    assert normal(data) == expected


def on_curve(subpath: Subpath, per_segment: int = 9) -> np.ndarray:
    """[n, 2] points along the subpath."""
    points = np.asarray(subpath.points)
    if subpath.closed:
        points = np.concatenate([points, points[:1]])
    t = np.linspace(0, 1, per_segment)[:, None]
    return np.concatenate(
        [
            (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            for a, b, c, d in (points[i : i + 4] for i in range(0, len(points) - 1, 3))
        ]
    )


# A cubic is off a quarter circle by 2.7e-4 of the radius at most.
ARC_ERROR = 2.8e-4


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("sweep", [0, 1])
@pytest.mark.parametrize("turn", [0, 30, -400])
def test_arc_lies_on_its_ellipse(large: int, sweep: int, turn: int) -> None:
    rx, ry = 50.0, 20.0
    (subpath,) = parse_path(f"M10 20A{rx} {ry} {turn} {large} {sweep} 40 35")
    curve = on_curve(subpath)
    assert curve[0] == pytest.approx([10, 20]) and curve[-1] == pytest.approx([40, 35])
    angle = math.radians(turn)
    back = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    unit = curve @ back / [rx, ry]  # on a circle of radius 1 about an unknown centre
    a, b, c = unit[0], unit[len(unit) // 2], unit[-1]
    centre = np.linalg.solve(2 * np.array([b - a, c - a]), [b @ b - a @ a, c @ c - a @ a])
    assert np.abs(np.linalg.norm(unit - centre, axis=1) - 1).max() < 2 * ARC_ERROR
    turned = np.unwrap(np.arctan2(*(unit - centre).T[::-1]))
    assert (abs(turned[-1] - turned[0]) > math.pi) == bool(large)
    assert (turned[-1] > turned[0]) == bool(sweep)


@pytest.mark.parametrize(
    ("compact", "plain"),
    [
        # flags are one character each and need no separator after them
        ("M0 0a5 5 0 0110 0", "M0 0a5 5 0 0 1 10 0"),
        ("M0 0a5,5,0,01.5.5", "M0 0a5 5 0 0 1 .5 .5"),
        ("M0 0a5 5 0 10-5 5", "M0 0a5 5 0 1 0 -5 5"),
        ("M0 0a5 5 0 00 1 2 5 5 0 111 2", "M0 0a5 5 0 0 0 1 2a5 5 0 1 1 1 2"),
        # radii that are too small grow until they reach, negative ones lose their sign
        ("M0 0A1 1 0 0 1 10 0", "M0 0A5 5 0 0 1 10 0"),
        ("M0 0A-5 -5 0 0 1 10 0", "M0 0A5 5 0 0 1 10 0"),
        # no radius: a line; no distance: nothing
        ("M0 0A0 5 0 0 1 10 0", "M0 0L10 0"),
        ("M0 0L1 1A5 5 0 0 1 1 1", "M0 0L1 1"),
    ],
)
def test_arc_spellings(compact: str, plain: str) -> None:
    ours, expected = parse_path(compact), parse_path(plain)
    assert len(ours) == len(expected) == 1
    assert np.allclose(ours[0].points, expected[0].points, atol=1e-9)


def test_arcs_differ_when_a_flag_differs() -> None:
    """The comparison above can fail."""
    (one,), (other,) = parse_path("M0 0a9 9 0 0110 0"), parse_path("M0 0a9 9 0 0010 0")
    assert not np.allclose(one.points, other.points, atol=1e-1)


@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789.,+-eE \n#", max_size=80))
@settings(max_examples=400, derandomize=True, deadline=None)
def test_any_text_is_read_without_an_exception(data: str) -> None:
    for subpath in parse_path(data):
        points = np.asarray(subpath.points)
        assert np.isfinite(points).all()
        assert len(points) % 3 == (0 if subpath.closed else 1) and len(points) >= 3


coordinates = st.floats(-1e6, 1e6, width=32)


@st.composite
def subpaths(draw: st.DrawFn) -> Subpath:
    closed = draw(st.booleans())
    count = 3 * draw(st.integers(1, 4)) + (not closed)
    flat = draw(st.lists(coordinates, min_size=2 * count, max_size=2 * count))
    return Subpath(np.array(flat, np.float64).reshape(count, 2), closed)


@given(st.lists(subpaths(), min_size=1, max_size=3))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_text_and_back_gives_the_same_float32(written: list[Subpath]) -> None:
    read = parse_path(format_path(written))
    assert [s.closed for s in read] == [s.closed for s in written]
    for ours, theirs in zip(read, written, strict=True):
        a, b = (np.asarray(s.points, np.float32) for s in (ours, theirs))
        assert np.array_equal(a, b)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1 / 3, "0.33333334"),
        (-0.0, "-0"),
        (1e-7, "1e-07"),
        (16777216.0, "1.6777216e+07"),
        (3.0, "3"),
    ],
)
def test_shortest_float32(value: float, text: str) -> None:
    assert format_float32(value) == text
    assert np.float32(float(text)) == np.float32(value)


def test_other_numbers_have_nine_digits_and_no_minus_zero() -> None:
    assert format_float(125.98424949) == "125.984249"
    assert format_float(-0.0) == "0"


def test_nearly_straight_becomes_a_line_only_within_the_tolerance() -> None:
    bent = [Subpath(np.array([[0, 0], [1, 1e-4], [2, 0], [3, 0]], np.float64))]
    assert format_path(bent, line_tolerance=1e-3) == "M0 0 L3 0"
    assert format_path(bent) == "M0 0 C1 1e-04 2 0 3 0"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("0,0 1,1 2,0", [(0, 0), (1, 1), (2, 0)]),
        ("0 0-1-1.5.5", [(0, 0), (-1, -1.5)]),  # half a pair is dropped
        ("0 0 1 x 2 3", [(0, 0)]),
        ("", []),
    ],
)
def test_points(data: str, expected: list[tuple[float, float]]) -> None:
    assert parse_points(data) == expected


def test_polyline_of_nothing_is_nothing() -> None:
    assert polyline([], closed=True) == []
    assert polyline([(1, 1)], closed=False) == []
