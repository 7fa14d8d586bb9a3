"""How several things share a page: which ones a text names, how often, and where each of them goes.

Hides the words for that ("and", "over", "two") and the layout; knows no pictures of things.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.built_in.words import (
    BACKGROUND,
    COLOURS,
    COUNTS,
    FILLERS,
    SAME_WORD,
    words,
)

BESIDE = frozenset("and with beside next near plus by behind before front".split())
OVER, UNDER = frozenset("over above on atop".split()), frozenset("under below beneath".split())
# What may stand before the colour of a background.
INTO_BACKGROUND = frozenset("on with front before against".split())
MOST_BEFORE = 4  # words of a background's description before its colour
FILLED = 0.96  # of a cell's width and height, at most
SEEN = 0.1  # opacity from which a thing's outline is looked for

_TIMES = {"one": 1, **COUNTS}
_ARTICLES = frozenset(("a", "an", "the"))
# What a new thing begins with, after a comma.
_BEGINS = (
    _ARTICLES | {"and"} | _TIMES.keys() | {w for w, same in SAME_WORD.items() if same in _TIMES}
)
_JOINED = re.compile(r"[;&+]")
_STYLE = re.compile(r"\b(?:in|with) (?:the )?(?:style|manner|colou?rs) of\b.*", re.I | re.S)


def rows_of(text: str) -> list[list[str]]:
    """The things that a text names, row by row from the top, each as often as it is wanted.

    "two cats and a dog" is one row of three; "a bird over a house" is two rows of one. A long row of
    things that only stand beside each other is broken into several.
    """
    said = words(_with_commas_read(_JOINED.sub(" and ", _STYLE.sub(" ", text))))
    parts: list[tuple[str, list[str]]] = [("and", [])]  # each after the word that joins it
    for word in _without_background([SAME_WORD.get(word, word) for word in said]):
        part = parts[-1][1]
        if word not in BESIDE | OVER | UNDER:
            part.append(word)
        # "A red and blue balloon" is one, "red and blue balloons" are red ones and blue ones.
        elif not (_names_nothing(part) and _ARTICLES & {*part}):
            parts.append((word, []))
    noun = [word for word in parts[-1][1] if not _names_nothing([word])]
    rows: list[list[str]] = [[]]
    current = 0
    for joint, part in parts:
        if joint in OVER:
            current += 1
        if joint in OVER | UNDER:
            rows.insert(current, [])
        rows[current] += _as_often([*part, *noun] if _names_nothing(part) and part else part)
    rows = [row for row in rows if row]
    return _broken(rows[0]) if len(rows) == 1 else rows


def _with_commas_read(text: str) -> str:
    """Commas between things become "and": "a cat, a dog" and "sun, moon", but not "a big, red dog"."""
    pieces = text.split(",")
    read = pieces[0]
    for before, after in zip(pieces, pieces[1:], strict=False):
        joins = not _ARTICLES & {*words(before)} or {*words(after)[:1]} & _BEGINS
        read += (" and " if joins else " ") + after
    return read


def _names_nothing(part: Sequence[str]) -> bool:
    return all(word in COLOURS or word in _TIMES or word in FILLERS for word in part)


def _without_background(said: Sequence[str]) -> list[str]:
    """Without "on a blue background"."""
    kept: list[str] = []
    for at, word in enumerate(said):
        if word == BACKGROUND and kept and kept[-1] in COLOURS:
            kept.pop()
            for place in range(len(kept) - 1, max(len(kept) - 1 - MOST_BEFORE, -1), -1):
                if kept[place] in INTO_BACKGROUND:  # "on a plain dark" goes too
                    del kept[place:]
                    break
        elif not (word in COLOURS and said[at - 1 : at] == [BACKGROUND]):
            kept.append(word)
    return [word for word in kept if word != BACKGROUND]


def _as_often(part: Sequence[str]) -> list[str]:
    """What a part names, as often as it says: of "three red apples" three times "red apples"."""
    times = next((_TIMES[word] for word in part if word in _TIMES), 1)
    what = " ".join(word for word in part if word not in _TIMES and word not in FILLERS)
    return [what] * times if what else []


def _broken(row: list[str]) -> list[list[str]]:
    """Three things as one above two, four as two above two, and so on."""
    if len(row) < 3:
        return [row]
    across = math.ceil(math.sqrt(len(row)))
    first = len(row) % across
    rest = [row[at : at + across] for at in range(first, len(row), across)]
    return [row[:first], *rest] if first else rest


def arranged(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    """Pictures [4, S, S] premultiplied, row by row from the top -> one of [4, S, S].

    Each is cut out and made as large as its cell allows; those of a row stand on one line.
    """
    side = rows[0][0].shape[-1]
    page = torch.zeros_like(rows[0][0])
    height = side / len(rows)
    for number, row in enumerate(rows):
        width = side / len(row)
        things = [_fitted(_cut_out(picture), FILLED * width, FILLED * height) for picture in row]
        ground = round((number + 0.5) * height + max(thing.shape[-2] for thing in things) / 2)
        for place, thing in enumerate(things):
            tall, wide = thing.shape[-2:]
            left = round((place + 0.5) * width - wide / 2)
            here = page[:, ground - tall : ground, left : left + wide]
            here.copy_(thing + (1 - thing[3:]) * here)
    return page


def _fitted(thing: Tensor, width: float, height: float) -> Tensor:
    """A picture as large as it can be within so many pixels, its shape kept."""
    scale = min(width / thing.shape[-1], height / thing.shape[-2])
    size = [max(1, int(scale * length)) for length in thing.shape[-2:]]
    return F.interpolate(thing[None], size, mode="bilinear", antialias=True)[0]


def _cut_out(picture: Tensor) -> Tensor:
    """The smallest part of a picture that holds all that is opaque, [4, h, w] with h, w >= 1."""
    seen = picture[3] > SEEN
    if not bool(seen.any()):
        return picture
    rows, columns = seen.any(1).nonzero()[:, 0], seen.any(0).nonzero()[:, 0]
    return picture[:, int(rows[0]) : int(rows[-1]) + 1, int(columns[0]) : int(columns[-1]) + 1]
