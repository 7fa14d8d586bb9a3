"""Pictures whose every pixel is known: this tests the outline too, which all backends share."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath
from styleclipdraw_core.render import render

BACKENDS = ["reference", "cpu"]
EXACT = 2e-6  # straight edges: float32 only
# Round joins and caps are chords that enclose the disc's own area.
ROUND_AREA = 2e-3
BLACK = (0.0, 0.0, 0.0, 1.0)


def straight(points: list[list[float]], closed: bool = False) -> Subpath:
    """A polyline as cubic segments."""
    ends = np.asarray(points + points[:1] if closed else points, float)
    a, b = ends[:-1], ends[1:]
    rows = np.stack([a, a + (b - a) / 3, b - (b - a) / 3], 1).reshape(-1, 2)
    return Subpath(rows if closed else np.concatenate([rows, ends[-1:]]), closed)


def rectangle(x0: float, y0: float, x1: float, y1: float, backwards: bool = False) -> Subpath:
    corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    return straight(corners[::-1] if backwards else corners, True)


def coverage(backend: str, path: Path, width: int, height: int) -> np.ndarray:
    """[height, width], how much of each pixel an opaque path covers."""
    picture = render(Drawing.from_paths([path]), width, height, backend=backend)
    assert float(picture[..., :3].abs().max()) == 0  # premultiplied black
    return picture[0, :, :, 3].numpy()


def box(width: int, height: int, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """The area of a rectangle in each pixel."""

    def overlap(count: int, low: float, high: float) -> np.ndarray:
        edges = np.arange(count)
        return np.clip(np.minimum(edges + 1, high) - np.maximum(edges, low), 0, 1)

    return overlap(height, y0, y1)[:, None] * overlap(width, x0, x1)[None]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "sides",
    [
        # half over a pixel
        (2.5, 1.0, 5.0, 3.0),
        # within one pixel
        (3.2, 2.1, 3.6, 2.9),
        # corners anywhere
        (1.3, 0.7, 6.45, 4.85),
        # beyond every border
        (-3.0, -2.0, 11.0, 9.0),
        # beyond the left and the top
        (-2.5, -1.5, 2.75, 3.25),
        # beside the canvas
        (-4.0, 1.0, -1.0, 3.0),
    ],
)
def test_a_filled_rectangle(backend: str, sides: tuple[float, float, float, float]) -> None:
    found = coverage(backend, Path([rectangle(*sides)], None, Fill(BLACK)), 8, 6)
    np.testing.assert_allclose(found, box(8, 6, *sides), atol=EXACT)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_triangle_by_its_areas(backend: str) -> None:
    path = Path([straight([[0, 0], [4, 0], [0, 2]], True)], None, Fill(BLACK))
    truth = [[1, 1, 0.75, 0.25], [0.75, 0.25, 0, 0]]
    np.testing.assert_allclose(coverage(backend, path, 4, 2), truth, atol=EXACT)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("cap", "beyond"), [(Cap.BUTT, 0.0), (Cap.SQUARE, 1.25), (Cap.ROUND, None)]
)
@pytest.mark.parametrize("turned", [False, True])
def test_caps_of_a_straight_line(
    backend: str, cap: Cap, beyond: float | None, turned: bool
) -> None:
    line = [[4.3, 5.2], [9.8, 5.2]]
    points = [[y, x] for x, y in line] if turned else line
    found = coverage(backend, Path([straight(points)], Stroke(2.5, BLACK, cap)), 14, 14)
    found = found.T if turned else found
    if beyond is not None:
        truth = box(14, 14, 4.3 - beyond, 3.95, 9.8 + beyond, 6.45)
        np.testing.assert_allclose(found, truth, atol=EXACT)
    else:
        area = 5.5 * 2.5 + math.pi * 1.25**2
        assert found.sum() == pytest.approx(area, rel=ROUND_AREA)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("join", "limit", "corner"),
    [
        # the whole corner, h by h
        (Join.MITER, 4.0, 0.0),
        # a right angle's miter is 1.4142 stroke widths long: just allowed
        (Join.MITER, 1.4143, 0.0),
        # just not allowed: a bevel instead
        (Join.MITER, 1.4141, 0.5),
        # half of it
        (Join.BEVEL, 4.0, 0.5),
        # a quarter of a disc
        (Join.ROUND, 4.0, 1 - math.pi / 4),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_joins_of_a_square(
    backend: str, join: Join, limit: float, corner: float, backwards: bool
) -> None:
    # On whole pixels, so that the overlap on the inner side of a corner cuts no pixel.
    path = Path([rectangle(4, 4, 12, 12, backwards)], Stroke(4.0, BLACK, Cap.BUTT, join, limit))
    found = coverage(backend, path, 16, 16)
    ring = box(16, 16, 2, 2, 14, 14) - box(16, 16, 6, 6, 10, 10)
    missing = ring - found
    assert found.sum() == pytest.approx(ring.sum() - 4 * 2 * 2 * corner, rel=ROUND_AREA)
    for rows in (slice(2, 4), slice(12, 14)):
        for columns in (slice(2, 4), slice(12, 14)):
            cut = missing[rows, columns]
            assert cut.sum() == pytest.approx(4 * corner, abs=4 * ROUND_AREA)
            missing[rows, columns] = 0
    np.testing.assert_allclose(missing, 0, atol=EXACT)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("rule", "backwards", "hole"),
    [
        # both turn the same way: winding 2 in the middle is inside
        (FillRule.NONZERO, False, 0.0),
        # opposite ways: winding 0
        (FillRule.NONZERO, True, 1.0),
        # crossed twice is outside, whichever way they turn
        (FillRule.EVENODD, False, 1.0),
        (FillRule.EVENODD, True, 1.0),
    ],
)
def test_fill_rules(backend: str, rule: FillRule, backwards: bool, hole: float) -> None:
    subpaths = [rectangle(1.5, 1, 8.25, 8.5), rectangle(3.25, 2.5, 6, 6.75, backwards)]
    found = coverage(backend, Path(subpaths, None, Fill(BLACK, rule)), 10, 10)
    truth = box(10, 10, 1.5, 1, 8.25, 8.5) - hole * box(10, 10, 3.25, 2.5, 6, 6.75)
    np.testing.assert_allclose(found, truth, atol=EXACT)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("cap", "area"), [(Cap.BUTT, 0.0), (Cap.SQUARE, 9.0), (Cap.ROUND, math.pi * 2.25)]
)
def test_a_subpath_without_length_is_a_dot(backend: str, cap: Cap, area: float) -> None:
    path = Path([Subpath([[5.2, 5.6]] * 4)], Stroke(3.0, BLACK, cap))
    found = coverage(backend, path, 12, 12)
    assert found.sum() == pytest.approx(area, rel=ROUND_AREA, abs=EXACT)
    if cap == Cap.SQUARE:
        np.testing.assert_allclose(found, box(12, 12, 3.7, 4.1, 6.7, 7.1), atol=EXACT)


@pytest.mark.parametrize("backend", BACKENDS)
def test_painting_order_and_opacity(backend: str) -> None:
    # fill below stroke, the later path on top; pixels are covered wholly, so numbers are exact
    fill, stroke, top = (
        np.array([0.9, 0.1, 0.2]),
        np.array([0.1, 0.8, 0.3]),
        np.array([0.2, 0.3, 1.0]),
    )
    under = Path(
        [rectangle(0, 0, 4, 4)],
        Stroke(4.0, (*stroke, 0.5), Cap.BUTT, Join.MITER),
        Fill((*fill, 0.75)),
    )
    over = Path([rectangle(0, 0, 1, 4)], None, Fill((*top, 0.25)))
    page = np.array([1.0, 0.9, 0.5])
    picture = render(
        Drawing.from_paths([under, over]), 4, 4, torch.tensor(page).float(), backend=backend
    )[0].numpy()
    painted = 0.5 * (0.25 * page + 0.75 * fill) + 0.5 * stroke
    np.testing.assert_allclose(picture[1, 1], painted, atol=EXACT)
    np.testing.assert_allclose(picture[1, 0], 0.75 * painted + 0.25 * top, atol=EXACT)


@pytest.mark.parametrize("backend", BACKENDS)
def test_half_covered_counts_half_the_opacity(backend: str) -> None:
    path = Path([rectangle(0, 0, 0.5, 1)], None, Fill((1.0, 0.0, 0.0, 0.5)))
    picture = render(Drawing.from_paths([path]), 1, 1, torch.ones(3), backend=backend)
    np.testing.assert_allclose(picture[0, 0, 0].numpy(), [1.0, 0.75, 0.75], atol=EXACT)


SAMPLES = 8  # a side, in every pixel
# An edge along the grid of samples is off by half a row of them, 1/16; the chords stray a little.
SAMPLED = 0.08
SAMPLED_MEAN = 0.016  # over the pixels that an edge goes through


def sampled_round_stroke(points: np.ndarray, width: float, size: int) -> np.ndarray:
    """Coverage by asking of every sample how far the curve is, [size, size]."""
    t = np.linspace(0, 1, 801)[:, None]
    curve = np.concatenate(
        [
            (1 - t) ** 3 * p[0]
            + 3 * (1 - t) ** 2 * t * p[1]
            + 3 * (1 - t) * t**2 * p[2]
            + t**3 * p[3]
            for p in (points[i : i + 4] for i in range(0, len(points) - 1, 3))
        ]
    )
    grid = (np.arange(size * SAMPLES) + 0.5) / SAMPLES
    nearest = np.full((len(grid), len(grid)), np.inf)
    for x, y in curve:
        np.minimum(nearest, (grid[None] - x) ** 2 + (grid[:, None] - y) ** 2, out=nearest)
    inside = nearest <= (0.5 * width) ** 2
    return inside.reshape(size, SAMPLES, size, SAMPLES).mean((1, 3))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("points", "width"),
    [
        # one bend, thin and thick
        ([[3, 20], [6, 2], [14, 4], [21, 18]], 1.5),
        ([[5, 19], [6, 2], [14, 4], [20, 18]], 5.0),
        # control points evenly spaced on a line
        ([[4, 5], [9, 9], [14, 13], [19, 17]], 3.0),
        # two segments, an S
        ([[3, 12], [6, 2], [9, 2], [12, 12], [15, 22], [18, 22], [21, 12]], 2.5),
        # a corner between segments
        ([[4, 19], [6, 14], [8, 9], [11, 4], [13, 9], [17, 14], [20, 19]], 3.0),
        # back along itself: the inner side is cut short beside a long leg
        ([[4, 14], [20, 9], [20, 9], [4, 6]], 7.0),
        # nothing but a bend tighter than half the width: only the caps cover its far side
        ([[10, 12], [10, 8], [14, 8], [14, 12]], 10.0),
        # a loop that has no hole
        ([[5, 18], [26, 2], [-2, 2], [19, 18]], 6.0),
        # ever tighter, so that no leg covers the far side
        ([[6, 18], [20, 18], [20, 6], [9, 7]], 8.0),
    ],
)
def test_round_strokes_by_distance_to_the_curve(
    backend: str, points: list[list[float]], width: float
) -> None:
    array = np.asarray(points, float) + [0.13, -0.21]
    truth = sampled_round_stroke(array, width, 24)
    found = coverage(backend, Path([Subpath(array)], Stroke(width, BLACK)), 24, 24)
    off, edge = np.abs(found - truth), (truth > 0) & (truth < 1)
    assert off.max() < SAMPLED
    assert off[edge].mean() < SAMPLED_MEAN


@pytest.mark.parametrize("amount", [(0.1, 0.0), (0.0, 0.1)])
def test_the_comparison_by_distance_notices_a_tenth_of_a_pixel(
    amount: tuple[float, float],
) -> None:
    moved, wider = amount
    points = np.array([[3, 20], [6, 2], [14, 4], [21, 18]], float)
    truth = sampled_round_stroke(points, 3.0, 24)
    path = Path([Subpath(points + moved)], Stroke(3.0 + 2 * wider, BLACK))
    off = np.abs(coverage("cpu", path, 24, 24) - truth)
    edge = (truth > 0) & (truth < 1)
    assert off.max() > SAMPLED and off[edge].mean() > SAMPLED_MEAN


def test_the_comparison_by_area_notices_a_thousandth_of_a_pixel() -> None:
    found = coverage("cpu", Path([rectangle(1.3, 0.7, 6.451, 4.85)], None, Fill(BLACK)), 8, 6)
    assert not np.allclose(found, box(8, 6, 1.3, 0.7, 6.45, 4.85), rtol=0, atol=EXACT)
