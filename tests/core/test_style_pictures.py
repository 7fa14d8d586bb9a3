"""The style pictures that come with the project: there, small, and quite different."""

import numpy as np
import pytest
from PIL import Image

from styleclipdraw_core.style_pictures import NAMES, picture_file
from styleclipdraw_core.style_pictures.paint import PICTURES, SIDE, along, smooth_closed

LARGEST_FILE = 60 * 1024  # bytes; they are part of every download


@pytest.mark.parametrize("name", NAMES)
def test_each_is_there_small_and_of_its_size(name: str) -> None:
    assert picture_file(name).stat().st_size <= LARGEST_FILE
    with Image.open(picture_file(name)) as picture:
        assert picture.size == (SIDE, SIDE)
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.std() > 30  # neither blank nor nearly so


def test_names_and_painters_are_the_same() -> None:
    assert set(NAMES) == set(PICTURES)


def test_they_are_quite_different() -> None:
    means = []
    for name in NAMES:
        with Image.open(picture_file(name)) as picture:
            means.append(np.asarray(picture.convert("RGB"), float).mean((0, 1)))
    distances = [np.abs(a - b).max() for i, a in enumerate(means) for b in means[:i]]
    assert min(distances) > 15  # of 255


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_decides_the_paths(name: str) -> None:
    painter, _ = PICTURES[name]
    (first, page), (again, _) = (painter(np.random.default_rng(7)) for _ in range(2))
    assert len(first) == len(again) > 20
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.subpaths[0].points, b.subpaths[0].points)
    assert all(0 <= value <= 1 for value in page)


def test_a_stroke_follows_the_field() -> None:
    start = np.array([10.0, 20.0])
    points = along(lambda places: np.full(len(places), np.pi / 2), start, 30.0)
    assert np.allclose(points[0], start) and np.allclose(points[-1], [10, 50])
    assert np.allclose(points[:, 0], 10)


def test_a_closed_curve_goes_through_its_knots() -> None:
    knots = np.array([[0.0, 0.0], [9.0, 1.0], [5.0, 8.0]])
    points = smooth_closed(knots)
    assert points.shape == (9, 2)
    assert np.allclose(points[::3], knots)
