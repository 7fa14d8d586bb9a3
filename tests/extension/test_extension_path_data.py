"""Path data: every spelling of a command, broken text, and there and back over generated paths."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from styleclipdraw_inkscape.affine import Affine, parse_transform
from styleclipdraw_inkscape.path_data import Subpath, format_number, format_path, parse_path


def ends(text):
    """The nodes of each subpath, without the handles."""
    return [[tuple(map(round6, p)) for p in s.points[::3]] for s in parse_path(text)]


def round6(value):
    return round(value, 6) + 0.0


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        # the pairs after a moveto are linetos
        ("M1 2 3 4", [[(1, 2), (3, 4)]]),
        # relative pairs after a relative moveto
        ("m1 2 3 4 1 1", [[(1, 2), (4, 6), (5, 7)]]),
        # numbers need no separator before a sign or a second point
        ("M1-2L.5.25", [[(1, -2), (0.5, 0.25)]]),
        # exponents, with both signs
        ("M1e1 2E-1 L 1e+1,0", [[(10, 0.2), (10, 0)]]),
        # upright and level lines, relative ones too
        ("M1 1H5V7h-2v-3", [[(1, 1), (5, 1), (5, 7), (3, 7), (3, 4)]]),
        # Z then a lineto: a new subpath from the old start (inkex loses the line or the closing)
        ("M1 1 L5 1 L5 5 Z L9 9", [[(1, 1), (5, 1), (5, 5)], [(1, 1), (9, 9)]]),
        # Z then a relative moveto: from the old start as well
        ("M1 1 L5 1 L5 5 z m1 1 l1 0", [[(1, 1), (5, 1), (5, 5)], [(2, 2), (3, 2)]]),
        # a second Z closes nothing
        ("M1 1 L5 1 L5 5 Z Z Z", [[(1, 1), (5, 1), (5, 5)]]),
        # a path that returns to its start before Z has no extra segment
        ("M0 0 L4 0 L0 0 Z", [[(0, 0), (4, 0)]]),
        # compact arc flags (inkex drops the rest of the path)
        ("M10-20A5.5.3-4 010-.1L7 7", [[(10, -20), (0, -0.1), (7, 7)]]),
        # a zero radius is a line
        ("M0 0 A0 5 0 0 1 9 9", [[(0, 0), (9, 9)]]),
        # an arc to where it starts is nothing
        ("M0 0 A5 5 0 0 1 0 0 L1 0", [[(0, 0), (1, 0)]]),
        # a lone moveto draws nothing
        ("M1 1 M2 2 L3 3", [[(2, 2), (3, 3)]]),
        # everything up to the error counts (SVG 1.1, F.2)
        ("M1 1 L2 2 L3 x L4 4", [[(1, 1), (2, 2)]]),
        # a flag that is no flag ends the path
        ("M1 1 L2 2 A5 5 0 2 1 9 9", [[(1, 1), (2, 2)]]),
        # a path must begin with a moveto
        ("L1 1 M2 2 L3 3", []),
        ("", []),
        (None, []),
    ],
)
def test_commands(text, nodes):
    got = ends(text)
    # arcs are several cubics; only their last node is in the table
    assert [
        [n for n in sub if n in want] or sub for sub, want in zip(got, nodes, strict=True)
    ] == nodes
    assert len(got) == len(nodes)


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        # S mirrors the handle of a C before it
        ("M0 0 C1 1 2 1 3 0 S5 -1 6 0", [(4, -1), (5, -1)]),
        # and takes the current point after anything else
        ("M0 0 L3 0 S5 -1 6 0", [(3, 0), (5, -1)]),
        # a relative s is relative to the current point
        ("M0 0 C1 1 2 1 3 0 s2 -1 3 0", [(4, -1), (5, -1)]),
    ],
)
def test_smooth_cubic(text, handles):
    points = parse_path(text)[0].points
    assert [tuple(map(round6, p)) for p in points[4:6]] == handles


def quadratic_at(points, t):
    a, b, c, d = points
    u = 1 - t
    return tuple(
        u**3 * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t**3 * d[i] for i in (0, 1)
    )


def test_chained_t_mirrors_the_mirrored_handle():
    """inkex 1.4.1 mirrors the end point instead."""
    points = parse_path("M0 0 Q1 2 2 0 T4 0 t2 0")[0].points
    # the curves alternate: their middles are at +1, -1, +1
    middles = [quadratic_at(points[i : i + 4], 0.5)[1] for i in (0, 3, 6)]
    assert middles == pytest.approx([1, -1, 1])


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("sweep", [0, 1])
@pytest.mark.parametrize("rotation", [0, 30, -400])
def test_arcs_lie_on_their_ellipse(large, sweep, rotation):
    text = f"M10 20 A30 18 {rotation} {large} {sweep} 45 31"
    points = parse_path(text, tolerance=1e-6)[0].points
    assert points[0] == (10, 20) and points[-1] == (45, 31)
    samples = [
        quadratic_at(points[i : i + 4], t / 8)
        for i in range(0, len(points) - 1, 3)
        for t in range(9)
    ]
    turned = parse_transform(f"rotate({-rotation})").map(samples)
    circle = Affine(a=1 / 30, d=1 / 18).map(turned)
    centre, radius = circle_through(circle[0], circle[len(circle) // 2], circle[-1])
    assert radius == pytest.approx(1, abs=1e-6)
    off = [abs(math.dist(point, centre) - 1) for point in circle]
    assert max(off) < 1e-6
    # the large arc is longer than half of it, the small one shorter
    length = sum(math.dist(a, b) for a, b in zip(circle, circle[1:], strict=False))
    assert (length > math.pi) == bool(large)


def circle_through(a, b, c):
    (ax, ay), (bx, by), (cx, cy) = a, b, c
    d = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by))
    x = (
        (ax**2 + ay**2) * (by - cy) + (bx**2 + by**2) * (cy - ay) + (cx**2 + cy**2) * (ay - by)
    ) / d
    y = (
        (ax**2 + ay**2) * (cx - bx) + (bx**2 + by**2) * (ax - cx) + (cx**2 + cy**2) * (bx - ax)
    ) / d
    return (x, y), math.dist((x, y), a)


def test_radii_that_are_too_small_grow():
    points = parse_path("M0 0 A1 1 0 0 1 20 0", tolerance=1e-6)[0].points
    assert max(abs(y) for _, y in points) == pytest.approx(10, abs=0.01)


finite = st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)
point = st.tuples(finite, finite)


@st.composite
def subpaths(draw):
    closed = draw(st.booleans())
    segments = draw(st.integers(1, 4))
    count = 3 * segments + (0 if closed else 1)
    return Subpath(tuple(draw(st.lists(point, min_size=count, max_size=count))), closed)


def extent(paths):
    xs = [x for s in paths for x, _ in s.points]
    ys = [y for s in paths for _, y in s.points]
    return max(max(xs) - min(xs), max(ys) - min(ys))


@settings(deadline=None)
@given(st.lists(subpaths(), min_size=1, max_size=3))
def test_there_and_back(paths):
    """At most a billionth of the path's size is lost, whatever its size and place."""
    back = parse_path(format_path(paths))
    allowed = max(1e-9 * extent(paths) * 3, 1e-15)
    for want, got in zip(paths, back, strict=True):
        assert want.closed == got.closed
        if len(want.points) == len(got.points):
            for a, b in zip(want.points, got.points, strict=True):
                assert math.dist(a, b) <= allowed or extent(paths) == 0
        else:  # a last segment that is a point, or straight, is what Z draws
            assert want.closed and abs(len(want.points) - len(got.points)) == 3
    assert len(back) == len(paths)


@settings(deadline=None)
@given(st.text("MmZzLlHhVvCcSsQqTtAa0123456789.,-+eE nan", max_size=60))
def test_any_text_is_read_without_an_exception(text):
    for subpath in parse_path(text):
        assert len(subpath.points) % 3 == (0 if subpath.closed else 1)
        assert all(math.isfinite(x) and math.isfinite(y) for x, y in subpath.points)


def test_a_wall_sized_canvas_keeps_its_thousandths():
    """Six digits would move this by half a unit."""
    path = [
        Subpath(
            ((1234567.125, 0.0625), (1234568.0, 1.0), (1234569.0, 2.0), (1234570.5, 3.0)), False
        )
    ]
    assert parse_path(format_path(path))[0].points[0] == pytest.approx(
        (1234567.125, 0.0625), abs=1e-8
    )


def test_straight_segments_are_written_as_lines():
    assert format_path(parse_path("M0 0 L10 0 L10 10 Z")) == "M 0,0 L 10,0 10,10 Z"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_never_written(value):
    with pytest.raises(ValueError, match="finite"):
        format_number(value, 3)


@pytest.mark.parametrize(
    ("value", "text"),
    # no exponent, no trailing zero, no negative zero
    [(1e-9, "0"), (-1e-9, "0"), (100.0, "100"), (1e15, "1000000000000000"), (-0.125, "-0.125")],
)
def test_numbers_are_plain(value, text):
    assert format_number(value, 4) == text
