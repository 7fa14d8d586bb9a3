"""The built-in CLIP as the rest of the project uses it: interface, gradients, words, and that it
knows its things.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core import built_in
from styleclipdraw_core.built_in.clip import BuiltInClip
from styleclipdraw_core.built_in.tint import tinted
from styleclipdraw_core.built_in.words import COLOURS
from styleclipdraw_core.errors import PromptError, WeightsError

LARGEST_PACKAGE = 12_000_000  # bytes on disk, what the project allows the model
FEWEST_THINGS = 1200


@pytest.fixture(scope="module")
def model() -> BuiltInClip:
    return built_in.load()


def on_page(colour: tuple[float, float, float], inside: Tensor, side: int = 64) -> Tensor:
    """A mask [side, side] in a colour on white, normalised as the model wants it [1, 3, side,
    side].
    """
    page = torch.ones(3, side, side)
    page[:, inside] = torch.tensor(colour)[:, None]
    return ((page - 0.5) / 0.5)[None]


def disc(side: int = 64) -> Tensor:
    along = torch.linspace(-1, 1, side)
    return along[:, None] ** 2 + along[None, :] ** 2 < 0.6


def test_it_is_small_and_knows_enough() -> None:
    folder = resources.files("styleclipdraw_core.built_in")
    size = sum(
        len(folder.joinpath(name).read_bytes()) for name in ("weights.safetensors", "known.json")
    )
    known = json.loads(folder.joinpath("known.json").read_text("utf-8"))
    assert size <= LARGEST_PACKAGE
    assert len({name for _, name, _ in known["things"]}) >= FEWEST_THINGS


def test_every_name_and_keyword_is_understood_whole(model: BuiltInClip) -> None:
    known = json.loads(
        resources.files("styleclipdraw_core.built_in").joinpath("known.json").read_text("utf-8")
    )
    from styleclipdraw_core.built_in.words import resolve, tokens

    for _, name, keywords in known["things"]:
        assert model.check_prompt(name) == []
        for keyword in keywords:
            assert all(resolve(token, model.vocabulary) for token in tokens(keyword)), keyword


def test_sources_and_licences_are_in_the_package() -> None:
    folder = resources.files("styleclipdraw_core.built_in")
    sources = folder.joinpath("SOURCES.md").read_text("utf-8")
    for word in (
        "Noto Color Emoji",
        "CLDR",
        "Fluent",
        "Firefox OS",
        "Apache-2.0",
        "MIT",
        "Open Font License",
    ):
        assert word in sources
    assert "UNICODE, INC." in folder.joinpath("LICENSE-UNICODE.txt").read_text("utf-8")


def test_importing_loads_no_torch() -> None:
    code = "import sys, styleclipdraw_core.built_in; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_embeddings_are_unit_vectors_of_one_space(model: BuiltInClip) -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(3, 3, model.resolution, model.resolution, generator=generator)
    image, text = model.encode_image(pictures), model.encode_text(["a red apple", "dogs"])
    direction = model.text_direction("fish")
    assert image.shape[1:] == text.shape[1:] == direction.shape
    for vectors in (image, text, direction[None]):
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(len(vectors)))


def test_it_is_frozen_but_lets_gradients_through(model: BuiltInClip) -> None:
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    (model.encode_image(picture) @ model.text_direction("fish")).sum().backward()
    assert picture.grad is not None
    assert torch.isfinite(picture.grad).all()
    assert picture.grad.abs().max() > 0


@pytest.mark.parametrize("size", [(32, 32), (64, 64), (33, 47), (130, 50)])
def test_feature_maps_are_there_for_any_size_and_carry_gradients(
    model: BuiltInClip, size: tuple[int, int]
) -> None:
    pictures = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0)).requires_grad_()
    maps = model.feature_maps(pictures)
    heights = [each.shape[2] for each in maps]
    assert 2 <= len(maps) <= 5
    assert heights == sorted(heights, reverse=True)
    assert 300 <= sum(each.shape[1] for each in maps) <= 600
    sum(each.mean() for each in maps).backward()  # type: ignore[union-attr]
    assert pictures.grad is not None and pictures.grad.abs().max() > 0


def test_feature_maps_tell_textures_apart(model: BuiltInClip) -> None:
    """Two pictures of one hatching are nearer than that hatching and spots of the same colours.

    Away from the border, whose padding is no texture.
    """
    rows = torch.arange(160)
    hatch = ((rows[:, None] + rows[None, :]) % 8 < 4).float()
    shifted = ((rows[:, None] + rows[None, :] + 4) % 8 < 4).float()
    spots = ((rows[:, None] % 8 < 5) & (rows[None, :] % 8 < 6)).float()

    def statistics(pattern: Tensor) -> Tensor:
        maps = model.feature_maps((pattern * 2 - 1).expand(1, 3, -1, -1))
        return torch.cat([F.normalize(inner(each[0]).std(1), dim=0) for each in maps[:3]])

    def inner(each: Tensor) -> Tensor:
        rim = each.shape[1] // 5
        return each[:, rim:-rim, rim:-rim].flatten(1)

    same = (statistics(hatch) - statistics(shifted)).norm()
    other = (statistics(hatch) - statistics(spots)).norm()
    assert same < other / 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # word order and plurals are forgiven
        ("fish blue", "blue fish"),
        ("two apples", "apple two"),
        # fillers, case and repetition too
        ("A drawing of the CAT", "cat cat"),
        ("a cat on a blue background", "blue background, cat"),
    ],
)
def test_ways_of_saying_the_same(model: BuiltInClip, one: str, other: str) -> None:
    torch.testing.assert_close(*model.encode_text([one, other]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # the colour of the thing is not the colour of the page
        ("a blue cat", "a cat on a blue background"),
        ("two apples", "three apples"),
        ("clean house", "messy house"),
        ("cat", "dog"),
    ],
)
def test_ways_of_saying_something_else(model: BuiltInClip, one: str, other: str) -> None:
    first, second = model.encode_text([one, other])
    assert first @ second < 0.99


@pytest.mark.parametrize("colour", ["red", "green", "blue", "yellow"])
def test_a_disc_has_its_colour(model: BuiltInClip, colour: str) -> None:
    from styleclipdraw_core.built_in.words import COLOURS

    colours = ["red", "green", "blue", "yellow"]
    seen = model.encode_image(on_page(COLOURS[colour], disc()))
    likeness = seen @ model.encode_text([f"{name} circle" for name in colours]).T
    assert colours[int(likeness.argmax())] == colour


@pytest.mark.parametrize(
    ("prompt", "colour"),
    [
        ("red heart", (0.9, 0.2, 0.2)),
        ("green apple", (0.5, 0.75, 0.2)),
        ("blue heart", (0.3, 0.5, 0.9)),
    ],
)
def test_what_it_imagines_has_the_colour_and_nothing_around_it(
    model: BuiltInClip, prompt: str, colour: tuple[float, float, float]
) -> None:
    sketch = model.imagine(prompt)
    assert sketch.shape == (4, 48, 48)
    assert bool((sketch[:3] <= sketch[3:]).all()) and 0 <= sketch.min() and sketch.max() <= 1
    middle = sketch[:, 20:28, 20:28].mean((1, 2))
    assert float((middle[:3] - torch.tensor(colour)).abs().max()) < 0.25
    assert float(middle[3]) > 0.9 and float(sketch[3, :3, :3].max()) < 0.1


def test_a_named_background_is_imagined_too(model: BuiltInClip) -> None:
    sketch = model.imagine("an owl on a blue background")
    assert float(sketch[3].min()) > 0.99
    corner = sketch[:3, :4, :4].mean((1, 2))
    assert corner.tolist() == pytest.approx(COLOURS["blue"], abs=0.05)
    bare = model.imagine("an owl")
    inside = bare[3] > 0.99
    torch.testing.assert_close(sketch[:3, inside], bare[:3, inside], atol=0.01, rtol=0)


@pytest.mark.parametrize(
    ("prompt", "same_as", "colour"),
    [
        # a colour that is no part of the name is put over the thing
        ("a blue fish", "a fish", "blue"),
        # and one that is part of it is not: nobody tints the heart that is red
        ("a red heart", "a red heart", None),
        # word order and tidiness change nothing
        ("clean fish, blue", "a fish", "blue"),
        # what says no more about a thing is left out
        ("a big fish", "a fish", None),
        # a word that is nobody's name stands for the thing that has it as a keyword and little else
        ("a car", "an automobile", None),
        ("a purple car", "an automobile", "purple"),
    ],
)
def test_one_thing_is_imagined_by_its_name_and_then_coloured(
    model: BuiltInClip, prompt: str, same_as: str, colour: str | None
) -> None:
    meant = model.imagine(same_as)
    torch.testing.assert_close(
        model.imagine(prompt), meant if colour is None else tinted(meant, colour), atol=1e-5, rtol=0
    )


def test_stray_strokes_count_against_a_picture(model: BuiltInClip) -> None:
    clean = on_page((0.87, 0.16, 0.16), disc())
    messy = clean.clone()
    messy[:, 0, 2:6, 4:60] = -1.0
    messy[:, 1, 10:50, 57:60] = -1.0
    messy[:, :, 56:60, 5:40] = 0.2
    direction = model.text_direction("red circle")
    assert model.encode_image(clean) @ direction > model.encode_image(messy) @ direction


def test_unknown_words_are_named_with_their_nearest(model: BuiltInClip) -> None:
    (unknown,) = model.check_prompt("a red aple on a blue background")
    assert unknown.word == "aple"
    assert "apple" in unknown.nearest
    sentence = built_in.warning([unknown])
    assert "aple" in sentence and "apple" in sentence
    assert "styleclipdraw models fetch clip-vit-b-32" in sentence
    assert built_in.warning(model.check_prompt("a red apple")) == ""


@pytest.mark.parametrize(
    ("prompt", "mentions"),
    [
        ("octopuss", "octopus"),
        ("Xyzzyx Qwfpgj", "Xyzzyx"),
        # fillers are known but say nothing
        ("a drawing of the", "what to draw"),
        ("", "what to draw"),
        ("\U0001f9ff\U0001f9ff", "what to draw"),
        # a novel must not fill the screen
        ("qwfpgj " * 5000, "..."),
    ],
)
def test_a_prompt_without_a_known_word_is_an_error(
    model: BuiltInClip, prompt: str, mentions: str
) -> None:
    for ask in (model.check_prompt, model.text_direction, lambda text: model.encode_text([text])):
        with pytest.raises(PromptError) as caught:
            ask(prompt)
        assert mentions in caught.value.sentence
        assert "styleclipdraw models fetch clip-vit-b-32" in caught.value.next_step
        assert len(caught.value.sentence) < 400


def test_damaged_weights_are_an_error_a_person_can_act_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import torch as parser

    def broken(data: bytes) -> dict[str, Tensor]:
        return {"image.stem.weight": torch.zeros(1)}

    monkeypatch.setattr(parser, "load", broken)
    with pytest.raises(WeightsError) as caught:
        built_in.load()
    assert "--repair" in caught.value.next_step


def test_loading_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    built_in.load()
    assert torch.equal(torch.rand(3), expected)


def test_no_texts_give_no_vectors(model: BuiltInClip) -> None:
    assert model.encode_text([]).shape == (0, model.text_direction("fish").shape[0])
