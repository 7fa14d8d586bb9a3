"""The words of the built-in CLIP: what a prompt becomes, and what is said about words it does not
know.
"""

from __future__ import annotations

import pytest

from styleclipdraw_core.built_in.words import edit_distance, nearest, resolve, tokens

KNOWN = [
    "apple",
    "ape",
    "maple",
    "cat",
    "mouse",
    "box",
    "fly",
    "glasses",
    "blue background",
    "octopus",
    "person",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # fillers say nothing about the picture
        ("a drawing of the apple", ["apple"]),
        # a colour on the subject and a colour behind it are different things
        ("a blue cat", ["blue", "cat"]),
        ("a cat on a blue background", ["cat", "blue background"]),
        ("blue background with cat", ["blue background", "cat"]),
        # both spellings of one colour
        ("GRAY cat", ["grey", "cat"]),
        # digits count
        ("2 cats", ["two", "cats"]),
        # CLDR writes names with punctuation; a person may or may not
        ("New Year\u2019s eve: \u201cfun\u201d", ["new", "year", "eve", "fun"]),
        ("ice-cream", ["ice", "cream"]),
        # nothing but fillers, and nothing at all
        ("please draw me a", []),
        ("", []),
        # letters of other scripts are words, signs are not
        ("\u732b !!! caf\u00e9", ["\u732b", "caf\u00e9"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("apple", "apple"),
        ("apples", "apple"),
        ("boxes", "box"),
        ("flies", "fly"),
        # irregular plurals that people type
        ("mice", "mouse"),
        ("people", "person"),
        # known only in the plural
        ("glass", "glasses"),
        # not a plural of "ca"
        ("cas", None),
        ("zebra", None),
    ],
)
def test_singular_and_plural_are_forgiven(token: str, expected: str | None) -> None:
    assert resolve(token, KNOWN) == expected


def test_nearest_words_come_in_order_of_likeness() -> None:
    assert nearest("aple", KNOWN)[:2] == ("apple", "maple")
    assert nearest("octop", KNOWN) == ("octopus",)
    assert nearest("xylophone", KNOWN) == ()


def test_nearest_never_offers_a_phrase() -> None:
    assert "blue background" not in nearest("backgroun", KNOWN)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("cat", "cat", 0),
        ("cat", "cut", 1),
        ("cat", "cats", 1),
        ("cat", "act", 2),
        ("cat", "doghouse", 3),
    ],
)
def test_edit_distance_stops_one_past_its_limit(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b, 2) == distance
