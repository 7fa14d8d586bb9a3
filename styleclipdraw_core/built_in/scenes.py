"""Scenes for training, decided in words before they are painted; hides what may be said of them.

What a text says about a picture is therefore known and not guessed: which things, how many, of what
colour, on what, clean or messy.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from styleclipdraw_core.built_in.art import Gallery
from styleclipdraw_core.built_in.words import (
    CLEAN,
    COLOURS,
    COUNTS,
    EMPTY,
    MESSY,
    SCRIBBLES,
    SHAPES,
    tokens,
)

NAMED = list(COLOURS)
OWN_ART = 0.45  # how often a thing is shown by its first picture, the font's, when there are others


@dataclass
class Scene:
    """What a picture shows, in the terms it can be described with."""

    things: list[int] = field(default_factory=list)  # one or two thing numbers, or none
    pictures: list[int] = field(default_factory=list)  # which picture of each
    shape: int | None = None
    count: int = 1
    colour: str | None = None  # what things were tinted with
    background: str | None = None  # a named colour, or None for anything else
    version: str = "original"
    scribbled: bool = False
    warped: bool = False

    @property
    def messy(self) -> bool:
        return self.scribbled or self.warped or self.version == "sloppy"

    @property
    def plain(self) -> bool:
        """One thing in its own colours: it has exactly one name."""
        return len(self.things) == 1 and self.count == 1 and self.colour is None


class Author:
    """Invents scenes, paints them and describes them; all chance comes from the generators it is
    given.
    """

    def __init__(self, gallery: Gallery, seed: int) -> None:
        self.gallery = gallery
        self.chance = random.Random(seed)
        self.names = [tokens(thing.name) for thing in gallery.things]
        self.keywords = [[t for t in map(tokens, thing.keywords) if t] for thing in gallery.things]
        self.true_words = [
            {w for said in [name, *kws] for w in said}
            for name, kws in zip(self.names, self.keywords, strict=True)
        ]
        self.pictures_of: list[list[int]] = [[] for _ in gallery.things]
        for picture, thing in enumerate(gallery.shows):
            self.pictures_of[thing].append(picture)
        by_word: dict[str, list[int]] = {}
        for thing, said in enumerate(self.true_words):
            for word in said:
                by_word.setdefault(word, []).append(thing)
        self.alike = [
            sorted({o for w in self.names[t] if len(by_word[w]) < 200 for o in by_word[w]} - {t})
            for t in range(len(gallery.things))
        ]

    # -- scenes ------------------------------------------------------------------------------------
    # -------------

    def invent(self, count: int, plain_only: bool = False) -> list[Scene]:
        """Scenes of which no two show the same first thing; if asked, only of one thing in its own
        colours.
        """
        pictured = [thing for thing, pictures in enumerate(self.pictures_of) if pictures]
        firsts = self.chance.sample(pictured, count)
        return [self._scene(first, plain_only) for first in firsts]

    def _scene(self, thing: int, plain_only: bool) -> Scene:
        pick, scene = self.chance.random, Scene()
        kind = 0.5 if plain_only else pick()
        if kind < 0.94:
            scene.things = [thing]
            if kind < 0.07:
                scene.count = self.chance.choice([2, 2, 3, 4])
            elif kind < 0.13:
                scene.things.append(self.chance.randrange(len(self.names)))
            elif kind < 0.20:
                scene.colour = self.chance.choice(NAMED)
            scene.pictures = [self._picture_of(t) for t in scene.things]
            version = pick()
            scene.version = (
                "original" if version < 0.62 else "careful" if version < 0.82 else "sloppy"
            )
            scene.warped = pick() < 0.08
        elif kind < 0.975:
            scene.shape, scene.colour = (
                self.chance.randrange(len(SHAPES)),
                self.chance.choice(NAMED),
            )
            scene.count = self.chance.choice([1, 1, 1, 2, 3])
        scene.scribbled = pick() < (0.22 if scene.things or scene.shape is not None else 0.7)
        if pick() < 0.3:
            scene.background = self.chance.choice(NAMED)
            if scene.background == scene.colour:
                scene.background = None
        return scene

    def _picture_of(self, thing: int) -> int:
        pictures = self.pictures_of[thing]
        return pictures[0] if self.chance.random() < OWN_ART else self.chance.choice(pictures)

    # -- words -------------------------------------------------------------------------------------
    # -------------

    def truths(self, scene: Scene) -> set[str]:
        """Every token that is true of a scene."""
        said = {w for thing in scene.things for w in self.true_words[thing]}
        if scene.colour:
            said -= set(COLOURS)
        said |= {MESSY, SCRIBBLES} if scene.messy else {CLEAN}
        if scene.shape is not None:
            said.add(SHAPES[scene.shape])
        if not scene.things and scene.shape is None and not scene.messy:
            said.add(EMPTY)
        if scene.colour:
            said.add(scene.colour)
        if scene.background:
            said.add(f"{scene.background} background")
        said |= {word for word, number in COUNTS.items() if number == scene.count}
        return said

    def describe(self, scene: Scene) -> tuple[list[str], list[str]]:
        """One true description, and one that differs from it in a single point and is false."""
        pick = self.chance.random
        subject: list[str] = []
        for thing in scene.things:
            style = pick()
            keywords = self.keywords[thing]
            if style < 0.65 or not keywords or len(scene.things) > 1:
                subject += self.names[thing]
            elif style < 0.82:
                subject += self.chance.choice(keywords)
            else:
                subject += self.names[thing] + self.chance.choice(keywords)
        if scene.colour and scene.things:  # a red apple tinted blue is no red apple
            names = [word for thing in scene.things for word in self.names[thing]]
            subject = [word for word in names if word not in COLOURS] or names
        if scene.shape is not None:
            subject.append(SHAPES[scene.shape])
        said: dict[str, list[str]] = {"subject": subject}
        wrong: dict[str, list[str]] = {}
        if scene.count > 1:
            word = next(w for w, number in COUNTS.items() if number == scene.count)
            said["count"] = [word]
            wrong["count"] = [self.chance.choice([w for w in COUNTS if w != word])]
        if scene.colour:
            said["colour"] = [scene.colour]
            wrong["colour"] = [self._other(scene.colour)]
        if scene.background and (pick() < 0.6 or not subject):
            said["background"] = [f"{scene.background} background"]
            wrong["background"] = [f"{self._other(scene.background)} background"]
        if not subject and not scene.messy:
            said["empty"] = [EMPTY]
        careless = scene.version == "careful"
        if scene.messy and (pick() < 0.75 or not subject):
            said["care"] = [self.chance.choice([MESSY, MESSY, SCRIBBLES])]
            wrong["care"] = [CLEAN]
        elif not scene.messy and not careless and pick() < 0.45:
            said["care"] = [CLEAN]
            wrong["care"] = [MESSY]
        if scene.plain and self.alike[scene.things[0]]:
            other = self.chance.choice(self.alike[scene.things[0]])
            if not set(self.names[other]) <= self.true_words[scene.things[0]]:
                wrong["subject"] = self.names[other]
                if "care" not in wrong or pick() < 0.4:
                    said["subject"] = self.names[scene.things[0]]
        true = [w for part in said.values() for w in part] or [EMPTY]
        if not wrong:
            return true, [MESSY] if not scene.messy else [CLEAN, EMPTY]
        point = "care" if "care" in wrong and pick() < 0.6 else self.chance.choice(list(wrong))
        return true, [w for part in {**said, point: wrong[point]}.values() for w in part]

    def _other(self, colour: str) -> str:
        return self.chance.choice([name for name in NAMED if name != colour])
