"""What words the built-in CLIP knows; hides spelling, plurals and phrases behind a list of known
tokens.

A prompt becomes a bag of tokens: word order is forgiven, filler words are dropped, plurals are
undone when only the singular is known, and "on a blue background" becomes the single token "blue
background", so that a blue cat and a cat on blue are two different things although their words are
the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

FILLERS = frozenset(
    "a an the of on in with and or at to for by from is are its it this that some please draw "
    "paint me picture image drawing illustration drawn painted painting sketch photo nice "
    "beautiful".split()
)
COLOURS: dict[str, tuple[float, float, float]] = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.06, 0.06, 0.06),
    "red": (0.87, 0.16, 0.16),
    "green": (0.2, 0.65, 0.25),
    "blue": (0.16, 0.36, 0.86),
    "yellow": (0.97, 0.86, 0.2),
    "orange": (0.96, 0.55, 0.14),
    "pink": (0.97, 0.6, 0.76),
    "grey": (0.55, 0.55, 0.55),
    "brown": (0.5, 0.3, 0.15),
    "purple": (0.52, 0.22, 0.68),
    "cyan": (0.35, 0.8, 0.9),
}
COUNTS = {"two": 2, "three": 3, "four": 4}
SHAPES = ("circle", "square", "triangle", "star", "ring", "cross", "line", "dot")
CLEAN, MESSY, SCRIBBLES, EMPTY = "clean", "messy", "scribbles", "empty"
BACKGROUND = "background"

SAME_WORD = {
    "gray": "grey", "violet": "purple", "turquoise": "cyan",
    "2": "two", "3": "three", "4": "four", "pair": "two", "couple": "two",
    "neat": CLEAN, "tidy": CLEAN, "untidy": MESSY,
    "scribble": SCRIBBLES, "scribbled": SCRIBBLES,
}  # fmt: skip
IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "person",
    "mice": "mouse", "geese": "goose", "oxen": "ox", "wolves": "wolf", "dice": "die",
    "feet": "foot", "teeth": "tooth", "leaves": "leaf", "knives": "knife", "loaves": "loaf",
}  # fmt: skip

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|#|\*")
_APOSTROPHE = re.compile(r"['’]s?$|['’]")


class UnknownWord(NamedTuple):
    """A word of the prompt that is not known, and known words that look like it, nearest first."""

    word: str
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        return self.word


def words(text: str) -> list[str]:
    """The words of a text in lower case, fillers included."""
    return [_APOSTROPHE.sub("", word) for word in _WORD.findall(text.lower())]


def tokens(text: str) -> list[str]:
    """The words of a text that carry meaning, in their order; a colour beside "background" becomes
    one token.
    """
    kept = [SAME_WORD.get(word, word) for word in words(text) if word and word not in FILLERS]
    out: list[str] = []
    at = 0
    while at < len(kept):
        pair = kept[at : at + 2]
        if len(pair) == 2 and BACKGROUND in pair and (pair[0] in COLOURS or pair[1] in COLOURS):
            colour = pair[0] if pair[0] in COLOURS else pair[1]
            out.append(f"{colour} {BACKGROUND}")
            at += 2
        else:
            out.append(kept[at])
            at += 1
    return out


def composed_tokens() -> list[str]:
    """The tokens that scenes are described with, beside the words of names and keywords."""
    return [
        *COLOURS,
        *(f"{colour} {BACKGROUND}" for colour in COLOURS),
        *COUNTS,
        *SHAPES,
        CLEAN,
        MESSY,
        SCRIBBLES,
        EMPTY,
        BACKGROUND,
    ]


def singulars(word: str) -> list[str]:
    """Guesses at the singular of an English plural, the likeliest first."""
    guesses = [IRREGULAR[word]] if word in IRREGULAR else []
    if word.endswith("ies") and len(word) > 4:
        guesses.append(word[:-3] + "y")
    if word.endswith("es") and len(word) > 3:
        guesses += [word[:-2], word[:-1]]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 2:
        guesses.append(word[:-1])
    return guesses


def resolve(token: str, known: Collection[str]) -> str | None:
    """The known token that a token stands for: itself, its singular, or its plural."""
    for guess in (token, *singulars(token), token + "s", token + "es"):
        if guess in known:
            return guess
    return None


def edit_distance(a: str, b: str, limit: int) -> int:
    """Levenshtein distance of two words, or limit + 1 as soon as it is more than the limit."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (letter != other))
        if min(row) > limit:
            return limit + 1
    return row[-1]


def nearest(word: str, known: Sequence[str], count: int = 3) -> tuple[str, ...]:
    """Known words that look like a word: few edits apart, or one the beginning of the other."""
    limit = max(1, len(word) // 3)
    ranked: list[tuple[float, int, str]] = []
    for candidate in known:
        if " " in candidate or len(candidate) < 3:
            continue
        distance: float = edit_distance(word, candidate, limit)
        shorter = min(len(word), len(candidate))
        if shorter >= 4 and (word.startswith(candidate) or candidate.startswith(word)):
            distance = min(distance, 0.5 + 0.1 * abs(len(word) - len(candidate)))
        if distance <= limit:
            longest_first = -len(candidate)  # a letter left out is commoner than one too many
            ranked.append((distance, longest_first, candidate))
    return tuple(candidate for *_, candidate in sorted(ranked)[:count])
