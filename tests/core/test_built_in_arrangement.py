"""Several things in one prompt: which, how often, and where each of them goes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from styleclipdraw_core.built_in.arrangement import arranged, rows_of
from styleclipdraw_core.built_in.clip import BuiltInClip, load
from styleclipdraw_core.built_in.words import COLOURS
from styleclipdraw_core.errors import PromptError

SIDE = 48


@pytest.fixture(scope="module")
def model() -> BuiltInClip:
    return load()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a red apple", [["red apple"]]),
        ("a cat and a dog", [["cat", "dog"]]),
        ("two cats next to a dog on a blue background", [["cats"], ["cats", "dog"]]),
        ("an apple, a pear & a plum", [["apple"], ["pear", "plum"]]),
        ("four hearts", [["hearts", "hearts"], ["hearts", "hearts"]]),
        ("a bird over a house and a tree", [["bird"], ["house", "tree"]]),
        ("a fish under a boat", [["boat"], ["fish"]]),
        ("a bird above a boat above a fish", [["bird"], ["boat"], ["fish"]]),
        ("red and blue balloons", [["red balloons", "blue balloons"]]),
        ("two red and one blue ball", [["red ball"], ["red ball", "blue ball"]]),
        # a comma may stand between two things or two adjectives
        ("sun, moon and star", [["sun"], ["moon", "star"]]),
        ("a big, red apple", [["big red apple"]]),
        ("a red and blue balloon", [["red blue balloon"]]),
        # and what is said of the page or the manner is nothing on the page
        ("a cat and a dog on a plain dark blue background", [["cat", "dog"]]),
        ("a cat and a dog, blue background", [["cat", "dog"]]),
        ("a cat and a dog in the style of Monet and Manet", [["cat", "dog"]]),
        ("", []),
        ("and, and", []),
    ],
)
def test_what_a_text_names_and_where(text: str, rows: list[list[str]]) -> None:
    assert rows_of(text) == rows


def block(height: int, width: int, colour: tuple[float, float, float]) -> Tensor:
    """Something of one colour, somewhere on an empty page."""
    picture = torch.zeros(4, SIDE, SIDE)
    picture[:, 5 : 5 + height, 9 : 9 + width] = torch.tensor([*colour, 1.0])[:, None, None]
    return picture


def box_of(picture: Tensor, channel: int) -> tuple[int, int, int, int]:
    """First and last row, first and last column of what is mostly of that channel."""
    rest = [c for c in range(3) if c != channel]
    there = (picture[channel] > 0.5) & (picture[rest].amax(0) < 0.5)
    rows, columns = there.any(1).nonzero()[:, 0], there.any(0).nonzero()[:, 0]
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def test_things_of_a_row_stand_beside_each_other_on_one_line() -> None:
    tall, flat = block(30, 15, (1.0, 0.0, 0.0)), block(10, 20, (0.0, 0.0, 1.0))
    page = arranged([[tall, flat]])
    assert page.shape == (4, SIDE, SIDE)
    top, bottom, left, right = box_of(page, 0)
    assert right < SIDE / 2 and (bottom - top + 1) / (right - left + 1) == pytest.approx(2, rel=0.1)
    assert right - left + 1 == pytest.approx(0.96 * SIDE / 2, abs=1.5)  # as large as there is room
    _, flat_bottom, flat_left, _ = box_of(page, 2)
    assert flat_bottom == bottom and flat_left >= SIDE / 2


def test_rows_lie_above_each_other() -> None:
    red, blue = block(20, 20, (1.0, 0.0, 0.0)), block(20, 20, (0.0, 0.0, 1.0))
    page = arranged([[red], [blue, blue]])
    assert box_of(page, 0)[1] < SIDE / 2 <= box_of(page, 2)[0]


def test_a_thing_that_cannot_be_seen_leaves_its_place_empty() -> None:
    page = arranged([[torch.zeros(4, SIDE, SIDE), block(20, 20, (1.0, 0.0, 0.0))]])
    assert float(page[3, :, : SIDE // 2].max()) == 0 and box_of(page, 0)[2] >= SIDE / 2


@pytest.mark.parametrize(
    ("prompt", "rows"),
    [
        ("a cat and a fish", [["a cat", "a fish"]]),
        # a word that is known only as something's keyword is taken in the singular
        ("three stars", [["a star"], ["a star", "a star"]]),
        ("a red fish under a big house", [["a house"], ["a red fish"]]),
        # and one that has no singular as it is
        ("big scissors and a cat", [["scissors", "a cat"]]),
        # a colour hides no name
        ("black glasses and a cat", [["black glasses", "a cat"]]),
        # nobody is made one with what another thing has as its keywords
        ("a star and a man", [["a star", "a man"]]),
        # the same thing twice is two things
        ("a star above a star", [["a star"], ["a star"]]),
        # what is not known is left out
        ("a cat and a dog and a zxqv", [["a cat"], ["a dog"]]),
    ],
)
def test_each_thing_is_imagined_by_itself(
    model: BuiltInClip, prompt: str, rows: list[list[str]]
) -> None:
    wanted = arranged([[model.imagine(thing) for thing in row] for row in rows])
    torch.testing.assert_close(model.imagine(prompt), wanted, atol=1e-5, rtol=0)


def test_several_things_stand_on_the_background_that_is_asked_for(model: BuiltInClip) -> None:
    sketch = model.imagine("a cat and a fish on a yellow background")
    assert sketch[:3, :3].mean((1, 2)).tolist() == pytest.approx(COLOURS["yellow"], abs=0.02)
    assert float(sketch[3].min()) > 0.99


@pytest.mark.parametrize("name", ["bow and arrow", "three o'clock", "two hearts"])
def test_a_name_that_sounds_like_several_things_is_one(model: BuiltInClip, name: str) -> None:
    rows = rows_of(name)
    assert sum(len(row) for row in rows) > 1
    apart = arranged([[model.imagine(thing) for thing in row] for row in rows])
    assert float((model.imagine(name) - apart).abs().max()) > 0.5


def test_a_colour_is_put_over_a_thing_only_if_it_is_the_only_one(model: BuiltInClip) -> None:
    torch.testing.assert_close(
        model.imagine("a black and white cat"), model.imagine("a black cat"), atol=1e-5, rtol=0
    )


def test_the_words_that_arrange_are_known_and_yet_no_prompt(model: BuiltInClip) -> None:
    assert model.check_prompt("a cat beside a dog beneath a star") == []
    with pytest.raises(PromptError, match="no word"):
        model.check_prompt("beside")


@pytest.mark.parametrize("prompt", ["four cats and four dogs", "red and blue", "two red"])
def test_what_cannot_be_arranged_is_imagined_all_the_same(model: BuiltInClip, prompt: str) -> None:
    sketch = model.imagine(prompt)
    assert sketch.shape == (4, SIDE, SIDE) and float(sketch[3].max()) > 0.5
