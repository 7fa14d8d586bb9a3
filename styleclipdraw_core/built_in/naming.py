"""Which of the things with a name a bag of words is about; hides keywords, colours and adjectives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from torch import Tensor

from styleclipdraw_core.built_in.words import (
    BACKGROUND,
    CLEAN,
    COLOURS,
    COUNTS,
    EMPTY,
    MESSY,
    SCRIBBLES,
    resolve,
    singulars,
    tokens,
)

Bag = frozenset[int]  # of token numbers


class Thing(NamedTuple):
    """A thing by the words of its name, and the colour it is to have if that is no part of it."""

    name: Bag
    colour: str | None


class Likeness(IntEnum):
    """How a bag may be like a thing; each holds for those before it too."""

    NAME = 1  # it is its name
    WORD = 2  # it is one word, which stands for it
    KEYWORDS = 3  # all of it is in its name and keywords
    NAMED = 4  # its name is in the bag, and the rest of that names nothing ("a big dog")


class Names:
    """The names of all things, to look up what a text means by one of them.

    vocabulary: tokens to their numbers; things: characters, name and keywords of each, of two with
    one name the first counts; meaning: bags [T] -> [T, D] unit, near each other when they mean the
    same.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        things: Sequence[tuple[str, str, list[str]]],
        meaning: Callable[[Sequence[Sequence[int]]], Tensor],
    ) -> None:
        self._vocabulary, self._meaning = vocabulary, meaning
        self._keywords = {self._bag(name): keywords for _, name, keywords in reversed(things)}
        # Words that say something about a page, or about how it is drawn, and not what is on it.
        self._beside = {vocabulary[word] for word in (CLEAN, MESSY)}
        self._beside |= {vocabulary[f"{colour} {BACKGROUND}"] for colour in COLOURS}
        self._colours = {vocabulary[colour]: colour for colour in COLOURS}
        self._counts = {vocabulary[word] for word in COUNTS}
        self._nothing = {vocabulary[SCRIBBLES], vocabulary[EMPTY]}

    def thing(self, bag: Iterable[int], likeness: Likeness) -> Thing | None:
        """The one thing that a bag is about, by no weaker ``likeness``; None when there is none.

        Every name has been imagined often, a name with each of the colours hardly ever: those are put
        in afterwards, so a likeness is looked for without the one colour too.
        """
        said = frozenset(bag) - self._beside
        for way in (self._exact, self._single, self._covering, self._named)[:likeness]:
            name = way(said)
            if name is not None:
                return Thing(name, None)
            colours = said & self._colours.keys()
            if len(colours) == 1 and (name := way(said - colours)) is not None:
                return Thing(name, self._colours[min(colours)])
        return None

    def part(self, text: str) -> list[int] | None:
        """The known words of a part of a text, in the singular if that is needed for a name; none
        when they are colours alone, None when no word is known.
        """
        found = [word for word in map(self._known, tokens(text)) if word is not None]
        if not found:
            return None
        number = self._vocabulary
        if self._exact(frozenset(number[word] for word in found) - {*self._colours}) is None:
            found = [self._singular(word) for word in found]
        only_colours = all(word in COLOURS for word in found)
        return [] if only_colours else [number[word] for word in found]

    def _singular(self, word: str) -> str:
        return next((guess for guess in singulars(word) if guess in self._vocabulary), word)

    def _exact(self, said: Bag) -> Bag | None:
        return said if said in self._keywords else None

    def _single(self, said: Bag) -> Bag | None:
        """What a word stands for: of the things that have it as a keyword, the one with the fewest
        others, the shortest name, the nearest meaning; of all names, when it is nobody's, the one that
        is nearest in meaning.
        """
        if len(said) != 1 or said & self._nothing:
            return None
        with_it = {
            name: (len(keywords), len(name))
            for name, keywords in self._keywords.items()
            if any({self._vocabulary.get(word)} == said for word in keywords)
        }
        fewest = min(with_it.values(), default=None)
        names = [name for name, counts in with_it.items() if counts == fewest] or [*self._keywords]
        likeness = self._meaning([list(name) for name in names]) @ self._meaning([list(said)])[0]
        return names[int(likeness.argmax())]

    def _covering(self, said: Bag) -> Bag | None:
        if len(said) < 2:
            return None
        covering = [name for name, words in self._all_words.items() if said <= words]
        return min(covering, key=lambda name: len(self._keywords[name]), default=None)

    @cached_property
    def _all_words(self) -> dict[Bag, Bag]:
        """Those of each thing's name and keywords."""
        return {
            name: name.union(*map(self._bag, keywords)) for name, keywords in self._keywords.items()
        }

    def _named(self, said: Bag) -> Bag | None:
        if said & self._counts:
            return None
        names = [name for name in self._keywords if name < said]
        longest = max(names, key=len, default=None)
        if longest is None or any(not name <= longest for name in names):
            return None
        return longest

    def _known(self, token: str) -> str | None:
        return resolve(token, self._vocabulary)

    def _bag(self, text: str) -> Bag:
        known = (self._known(token) for token in tokens(text))
        return frozenset(self._vocabulary[word] for word in known if word is not None)
