"""The pixels that a line goes through, against a table and against points along it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from styleclipdraw_core.render.compiled import compiled
from styleclipdraw_core.render.walk import first_pixel, next_pixel, part_within

Line = tuple[float, float, float, float]


@compiled()
def walked(xa, ya, xb, yb, most):  # type: ignore[no-untyped-def]
    """Columns, rows and shares of the line's length, [n, 3]."""
    borders, pixel, line = first_pixel(xa, ya, xb, yb)
    found = np.empty((most, 3))
    u = 0.0
    for border in range(borders + 1):
        v = min(pixel[4], pixel[5]) if border < borders else 1.0
        found[border, 0], found[border, 1], found[border, 2] = pixel[0], pixel[1], v - u
        u, pixel = v, next_pixel(pixel, line)
    return found[: borders + 1]


@pytest.mark.parametrize(
    ("line", "pixels"),
    [
        # within one pixel
        ((1.2, 3.1, 1.9, 3.8), [(1, 3)]),
        # level, forward and back
        ((1.5, 2.5, 3.5, 2.5), [(1, 2), (2, 2), (3, 2)]),
        ((3.5, 2.5, 1.5, 2.5), [(3, 2), (2, 2), (1, 2)]),
        # upright
        ((0.5, 1.5, 0.5, 3.5), [(0, 1), (0, 2), (0, 3)]),
        # slanted: a column, then a row, then a column
        ((0.2, 0.2, 2.2, 1.3), [(0, 0), (1, 0), (1, 1), (2, 1)]),
        # no length
        ((2.5, 1.5, 2.5, 1.5), [(2, 1)]),
        # from the border of a pixel back: nothing of it lies in the pixel that it starts in
        ((2.0, 0.5, 1.0, 0.5), [(2, 0), (1, 0)]),
    ],
)
def test_pixels_in_order(line: Line, pixels: list[tuple[int, int]]) -> None:
    found = walked(*line, 20)
    assert [(int(column), int(row)) for column, row, _ in found] == pixels
    assert found[:, 2].sum() == pytest.approx(1) and (found[:, 2] >= 0).all()


def test_shares_are_those_of_points_along_the_line() -> None:
    random = np.random.default_rng(3)
    along = (np.arange(4000) + 0.5) / 4000
    for _ in range(300):
        xa, ya, xb, yb = line = tuple(random.uniform(0, random.choice([2, 9]), 4))
        cells, counts = np.unique(
            np.stack([np.floor(xa + along * (xb - xa)), np.floor(ya + along * (yb - ya))], 1),
            axis=0,
            return_counts=True,
        )
        shares = {(c, r): share for c, r, share in walked(*line, 40)}
        for cell, count in zip(cells, counts, strict=True):
            assert shares.pop(tuple(cell)) == pytest.approx(count / 4000, abs=6e-4)
        assert all(share < 6e-4 for share in shares.values())


def test_as_many_steps_as_borders_however_rounding_goes() -> None:
    # Ends on borders, lines nearly level or nearly upright: one step aside would be out of an array.
    random = np.random.default_rng(4)
    for _ in range(2000):
        xa, ya, xb, yb = random.integers(0, 6, 4) + random.choice([0.0, 0.5, 1e-9, 1 - 1e-12], 4)
        found = walked(xa, ya, xb, yb, 40)
        assert tuple(found[-1, :2]) == (math.floor(xb), math.floor(yb))
        assert found[:, 0].min() == min(math.floor(xa), math.floor(xb))
        assert found[:, 1].max() == max(math.floor(ya), math.floor(yb))


@pytest.mark.parametrize(
    ("ends", "part"),
    [
        ((1.0, 4.0), (0.0, 1.0)),
        ((-1.0, 1.0), (0.5, 1.0)),
        ((4.0, 6.0), (0.0, 0.5)),
        ((10.0, -10.0), (0.25, 0.5)),
        ((-2.0, -2.0), (1.0, 0.0)),
    ],
)
def test_what_part_of_a_line_is_inside(
    ends: tuple[float, float], part: tuple[float, float]
) -> None:
    assert compiled()(lambda a, b: part_within(a, b, 5.0))(*ends) == part


def test_a_line_beside_everything_has_no_part_inside() -> None:
    begin, end = compiled()(lambda a, b: part_within(a, b, 5.0))(6.0, 9.0)
    assert end <= begin
