"""The built-in CLIP as the rest of the project sees it; hides its weights, its words and its
training.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib import resources
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from styleclipdraw_core.built_in.arrangement import BESIDE, OVER, UNDER, arranged, rows_of
from styleclipdraw_core.built_in.model import EMBEDDING, ImageTower, Imagination, TextTower
from styleclipdraw_core.built_in.naming import Likeness, Names, Thing
from styleclipdraw_core.built_in.tint import tinted
from styleclipdraw_core.built_in.words import (
    BACKGROUND,
    CLEAN,
    COLOURS,
    MESSY,
    UnknownWord,
    nearest,
    resolve,
    tokens,
)
from styleclipdraw_core.errors import PromptError, WeightsError

RESOLUTION = 48  # px, what the weights were trained at
# How much of "clean X" minus "messy X" is added to a prompt's direction. Tried by eye on a few
# prompts: with 0.3 stray strokes stay, with 5 the thing goes.
TIDINESS = 1.5
MOST_THINGS = 6  # that a sketch holds side by side: it has 48 px
GET_REAL_CLIP = "For any words, fetch the real CLIP: styleclipdraw models fetch clip-vit-b-32"


@lru_cache(maxsize=1)
def known() -> dict[str, list[object]]:
    """What the model knows: ``tokens`` in the order of its embeddings, ``things`` [characters,
    name, keywords].
    """
    text = resources.files(__package__).joinpath("known.json").read_text("utf-8")
    content: dict[str, list[object]] = json.loads(text)
    return content


class BuiltInClip(nn.Module):
    """A small image-text model: pictures and texts to unit vectors, near each other when they mean
    the same.
    """

    name = "built-in"
    resolution = RESOLUTION
    mean: Tensor
    std: Tensor

    def __init__(self, vocabulary: Sequence[str]) -> None:
        super().__init__()
        self.image, self.text = ImageTower(), TextTower(len(vocabulary))
        self.imagination = Imagination()
        self.vocabulary = {word: number for number, word in enumerate(vocabulary)}
        self.register_buffer("mean", torch.full((3,), 0.5), persistent=False)
        self.register_buffer("std", torch.full((3,), 0.5), persistent=False)

    def encode_image(self, pictures: Tensor) -> Tensor:
        """[B, 3, R, R] normalised -> [B, D] unit length, differentiable."""
        out: Tensor = self.image(pictures)
        return out

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        """[B, 3, H, W] normalised, H and W at least 32 -> four maps [B, C, H / 2**k, W / 2**k],
        fine to coarse.
        """
        return self.image.maps(pictures)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts with at least one known word each -> [T, D] unit length."""
        if not texts:
            return torch.empty(0, EMBEDDING, device=self.mean.device)
        out: Tensor = self.text([self.bag(text) for text in texts])
        return out

    def text_direction(self, text: str) -> Tensor:
        """[D] unit: toward a clean drawing of the text and away from a messy one."""
        bag = self.bag(text)
        number = self.vocabulary
        clean, messy = ([*bag, number[word]] for word in (CLEAN, MESSY))
        plain, toward, away = self.text([bag, clean, messy])
        if {number[CLEAN], number[MESSY]} & set(bag):  # the prompt says itself what it wants
            direction: Tensor = plain
        else:
            direction = F.normalize(plain + TIDINESS * (toward - away), dim=-1)
        return direction

    def imagine(self, text: str) -> Tensor:
        """[4, SKETCH, SKETCH] premultiplied RGBA in [0, 1]: what the text brings to mind, in the
        manner of the emoji font it was taught with; transparent where there is nothing.
        """
        bag = self.bag(text)
        page = next((c for c in COLOURS if self.vocabulary[f"{c} {BACKGROUND}"] in bag), None)
        picture = self._pictured(bag, text)
        if picture is None:
            return self._imagined(bag)
        if page is not None:
            opaque = torch.tensor([*COLOURS[page], 1.0]).to(picture)[:, None, None]
            picture = picture + (1 - picture[3:]) * opaque
        return picture

    def _pictured(self, bag: Sequence[int], text: str) -> Tensor | None:
        """[4, SKETCH, SKETCH]: one thing by its name, or several each by its own.

        What sounds like several things may have a name ("bow and arrow"), which comes first, unless
        that is what one of them is called already ("a star above a star"). That all the words are
        keywords of one thing ("a cat and a heart") counts less than that each means something.
        """
        rows = rows_of(text)
        bags = {part: self._names.part(part) for part in dict.fromkeys(itertools.chain(*rows))}
        bags = {part: found for part, found in bags.items() if found is not None}
        rows = [kept for row in rows if (kept := [part for part in row if part in bags])]
        count = sum(map(len, rows))
        several = 2 <= count <= MOST_THINGS and all(bags.values())
        parts = [self._names.thing(found, Likeness.WORD) for found in bags.values() if found]
        whole = self._names.thing(bag, Likeness.NAME)
        if whole is not None and not (several and whole in parts):
            return self._coloured(whole)
        if not (several and all(parts)):
            whole = self._names.thing(bag, Likeness.KEYWORDS)
            if whole is not None:
                return self._coloured(whole)
        if several:
            found = {part: self._part(found) for part, found in bags.items() if found}
            return arranged([[found[part] for part in row] for row in rows])
        whole = self._names.thing(bag, Likeness.NAMED)
        return None if whole is None else self._coloured(whole)

    def _part(self, bag: Sequence[int]) -> Tensor:
        thing = self._names.thing(bag, Likeness.NAMED)
        return self._imagined(bag) if thing is None else self._coloured(thing)

    def _coloured(self, thing: Thing) -> Tensor:
        picture = self._imagined(list(thing.name))
        return picture if thing.colour is None else tinted(picture, thing.colour)

    def _imagined(self, bag: Sequence[int]) -> Tensor:
        """[4, SKETCH, SKETCH]: what the network makes of a bag."""
        picture = self.imagination(self.text([bag]))[0].clamp(0, 1)
        return torch.cat([picture[:3].minimum(picture[3:]), picture[3:]])

    @cached_property
    def _names(self) -> Names:
        things = cast("list[tuple[str, str, list[str]]]", known()["things"])
        return Names(self.vocabulary, things, self.text)

    def check_prompt(self, text: str) -> list[UnknownWord]:
        """The words that will be ignored; PromptError when that would be all of them."""
        said = dict.fromkeys(tokens(text))
        ignored = [token for token in said if resolve(token, self.vocabulary) is None]
        unknown = [token for token in ignored if token not in BESIDE | OVER | UNDER]
        listed = [UnknownWord(token, nearest(token, list(self.vocabulary))) for token in unknown]
        if len(ignored) == len(said):
            raise PromptError(
                self._not_one_known(text, listed), f"{GET_REAL_CLIP}.", code="prompt.unknown"
            )
        return listed

    def bag(self, text: str) -> list[int]:
        """The numbers of the known words of a text, each once; PromptError when there are none."""
        found = [resolve(token, self.vocabulary) for token in tokens(text)]
        numbers = list(
            dict.fromkeys(self.vocabulary[token] for token in found if token is not None)
        )
        if not numbers:
            self.check_prompt(text)
        return numbers

    @staticmethod
    def _not_one_known(text: str, unknown: Sequence[UnknownWord]) -> str:
        if not unknown:
            return "The prompt has no word that says what to draw."
        near = list(dict.fromkeys(word for entry in unknown for word in entry.nearest))[:5]
        hint = f"; the nearest it knows: {', '.join(near)}" if near else ""
        shown = text.strip() if len(text) <= 60 else text.strip()[:57] + "..."
        return f"The built-in model knows no word of \u201c{shown}\u201d{hint}."


def warning(unknown: Sequence[UnknownWord]) -> str:
    """One sentence for a person about words that are ignored; empty when there are none."""
    if not unknown:
        return ""
    parts = [
        f"\u201c{entry.word}\u201d"
        + (f" (nearest known: {', '.join(entry.nearest)})" if entry.nearest else "")
        for entry in unknown
    ]
    return f"The built-in model does not know {', '.join(parts)}. {GET_REAL_CLIP}."


def load(device: torch.device | str = "cpu") -> BuiltInClip:
    """The model that comes with the package: in eval mode, its weights not trainable."""
    from safetensors.torch import load as parse

    try:
        vocabulary = [str(word) for word in known()["tokens"]]
        weights = parse(resources.files(__package__).joinpath("weights.safetensors").read_bytes())
        # Not on the meta device: its first use imports a second's worth of torch.
        with torch.random.fork_rng(devices=[]):  # so that loading draws nothing from the caller's
            model = BuiltInClip(vocabulary)
        model.load_state_dict({name: value.float() for name, value in weights.items()}, assign=True)
    except Exception as reason:
        raise WeightsError(
            f"The program's built-in model cannot be read ({type(reason).__name__}).",
            "Install the program again, or run its installer with --repair.",
            code="weights.built-in",
        ) from reason
    return model.eval().requires_grad_(False).to(device)
