"""Which strokes of a finished drawing nobody would miss."""

from __future__ import annotations

import pytest
import torch

from styleclipdraw_core.drawing import Drawing, Path, Stroke, Subpath
from styleclipdraw_core.tidying import tidied

WHITE = torch.ones(3)
CANVAS = (448, 224)
RED, PALE, CLEAR = (0.9, 0.1, 0.1, 1.0), (0.99, 0.99, 1.0, 1.0), (0.1, 0.1, 0.1, 0.01)


def line(
    colour: tuple[float, float, float, float],
    start: tuple[float, float] = (40.0, 100.0),
    width: float = 20.0,
    name: str = "",
) -> Path:
    x, y = start
    points = torch.tensor([[x, y], [x + 20, y], [x + 40, y], [x + 60, y]])
    return Path([Subpath(points)], Stroke(width, colour), None, name)


def left(*paths: Path, page: torch.Tensor = WHITE, least: float = 5.0) -> list[tuple[float, ...]]:
    """The colours of the paths that stay, in z-order."""
    drawing = tidied(Drawing.from_paths(list(paths)), CANVAS, page, least, "cpu")
    return [tuple(round(float(c), 2) for c in colour) for colour in drawing.stroke_colours]


@pytest.mark.parametrize(
    ("stray", "page"),
    [
        (line(PALE), WHITE),  # nearly the page's own colour
        (line(CLEAR), WHITE),  # hardly there
        (line(RED, start=(-300.0, 100.0)), WHITE),  # beside the page
        (line(RED, width=0.05), WHITE),  # a hairline of no account
        (line(RED), torch.tensor([0.9, 0.1, 0.1])),  # red on red
        (line(RED), torch.tensor([0.9, 0.1, 0.1]).expand(30, 60, 3)),  # likewise on a picture
    ],
)
def test_what_hardly_shows_goes(stray: Path, page: torch.Tensor) -> None:
    blue = line((0.1, 0.1, 0.9, 1.0), start=(200.0, 60.0))
    assert left(stray, blue, page=page) == [(0.1, 0.1, 0.9, 1.0)]


def test_what_is_hidden_goes_and_what_hides_it_stays() -> None:
    assert left(line((0.2, 0.8, 0.2, 1.0), width=8.0), line(RED)) == [RED]


def test_of_two_that_hide_each_other_one_stays() -> None:
    assert left(line(RED), line(RED)) == [RED]


def test_someone_s_own_path_stays_and_a_preset_may_keep_all() -> None:
    assert left(line(PALE, name="mine"), line(RED)) == [PALE, RED]
    assert left(line(PALE), line(RED), least=0.0) == [PALE, RED]


def test_a_drawing_of_nothing_that_shows_stays_as_it_is() -> None:
    assert left(line(PALE), line(CLEAR)) == [PALE, CLEAR]
