"""How the built-in CLIP is trained: scenes and what is said of them, painting, attacks, and one
batch of everything.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from styleclipdraw_core.built_in.art import (
    MARGIN,
    PICTURE_SIDE,
    Gallery,
    MissingSource,
    Thing,
    font_glyphs,
    framed,
    read_cldr,
)
from styleclipdraw_core.built_in.learner import Learner
from styleclipdraw_core.built_in.painter import (
    Banks,
    Painter,
    channels_first,
    placed,
    premultiplied,
    shape_pictures,
    view,
)
from styleclipdraw_core.built_in.scenes import Author, Scene
from styleclipdraw_core.built_in.strokes import painting, scribble
from styleclipdraw_core.built_in.train import Schedule, Trainer, pushed
from styleclipdraw_core.built_in.words import CLEAN, MESSY, SHAPES, composed_tokens

NAMES = (
    ("red apple", ("fruit", "red")),
    ("green apple", ("fruit", "green")),
    ("cat face", ("cat", "pet")),
    ("dog face", ("dog", "pet")),
    ("sailboat", ("boat", "sea")),
    ("house", ("home", "building")),
)


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    """Six things, each a plain square of its own grey."""
    pictures = np.zeros((len(NAMES), PICTURE_SIDE, PICTURE_SIDE, 4), np.uint8)
    pictures[:, MARGIN:-MARGIN, MARGIN:-MARGIN, 3] = 255
    for number, picture in enumerate(pictures):
        picture[..., :3] = 30 * number
    things = tuple(Thing(chr(97 + i), name, words) for i, (name, words) in enumerate(NAMES))
    return Gallery(things, pictures, np.arange(len(NAMES)))


@pytest.fixture(scope="module")
def banks(gallery: Gallery) -> Banks:
    rng = np.random.default_rng(0)
    art = channels_first(gallery.pictures)
    scribbles = channels_first(np.stack([scribble(rng) for _ in range(4)]))
    return Banks(art, art, art, scribbles, channels_first(shape_pictures()))


def test_what_is_said_of_a_scene_is_true_and_its_opposite_is_not(gallery: Gallery) -> None:
    author = Author(gallery, seed=0)
    for _ in range(100):
        for scene in author.invent(len(NAMES)):
            true, false = author.describe(scene)
            truths = author.truths(scene)
            assert true, scene
            assert set(true) <= truths | {"empty"}, (scene, true)
            assert not set(false) <= truths, (scene, false)


def test_no_two_scenes_of_a_batch_show_the_same_first_thing(gallery: Gallery) -> None:
    firsts = [s.things[0] for s in Author(gallery, seed=1).invent(len(NAMES)) if s.things]
    assert len(firsts) == len(set(firsts))


def test_the_same_seed_invents_the_same(gallery: Gallery) -> None:
    assert Author(gallery, seed=3).invent(5) == Author(gallery, seed=3).invent(5)
    assert Author(gallery, seed=3).invent(5) != Author(gallery, seed=4).invent(5)


@pytest.mark.parametrize(
    ("scene", "messy"),
    [
        (Scene(things=[0], pictures=[0]), False),
        (Scene(things=[0], pictures=[0], version="careful"), False),
        (Scene(things=[0], pictures=[0], version="sloppy"), True),
        (Scene(things=[0], pictures=[0], scribbled=True), True),
        (Scene(things=[0], pictures=[0], warped=True), True),
    ],
)
def test_scribbles_sloppiness_and_bends_are_messy(
    gallery: Gallery, scene: Scene, messy: bool
) -> None:
    said = Author(gallery, seed=0).truths(scene)
    assert (MESSY in said) == messy
    assert (CLEAN in said) == (not messy)


@pytest.mark.parametrize(
    ("scene", "top_left", "middle"),
    [
        # a thing lies in the middle, its background all around
        (Scene(things=[0], pictures=[0], background="green"), "green", "black"),
        # a tint replaces the thing's colours; black stays dark
        (Scene(shape=SHAPES.index("circle"), colour="red", background="blue"), "blue", "red"),
        # nothing at all
        (Scene(background="yellow"), "yellow", "yellow"),
    ],
)
def test_paintings_show_what_the_scene_says(
    banks: Banks, scene: Scene, top_left: str, middle: str
) -> None:
    from styleclipdraw_core.built_in.words import COLOURS

    torch.manual_seed(0)
    pictures = Painter(banks, seed=0).paint([scene] * 16, 48)
    assert pictures.shape == (16, 3, 48, 48)
    assert 0 <= pictures.min() and pictures.max() <= 1
    corner, centre = (
        pictures[:, :, :2, :2].mean((0, 2, 3)),
        pictures[:, :, 22:26, 22:26].mean((0, 2, 3)),
    )
    nearest = {
        name: min(COLOURS, key=lambda c: float((seen - torch.tensor(COLOURS[c])).norm()))
        for name, seen in (("corner", corner), ("centre", centre))
    }
    assert nearest == {"corner": top_left, "centre": middle}


def test_plain_paintings_have_no_chance_and_no_mess_in_them(banks: Banks) -> None:
    spoilt = Scene(things=[3], pictures=[3], background="green", scribbled=True, warped=True)
    tidy = Scene(things=[3], pictures=[3], background="green")
    three = Scene(things=[3], pictures=[3], count=3)
    painter = Painter(banks, seed=0)
    first, second, several = painter.paint_plainly([spoilt, tidy, three], 24)
    assert first.shape == (4, 24, 24)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    again = painter.paint_plainly([tidy, three], 24)
    torch.testing.assert_close(again, torch.stack([first, several]), rtol=0, atol=0)
    assert not torch.equal(first, painter.paint_plainly([Scene(things=[3], pictures=[3])], 24)[0])


def test_plain_paintings_are_opaque_only_where_something_is(banks: Banks) -> None:
    bare = Scene(things=[3], pictures=[3])
    named = Scene(things=[3], pictures=[3], background="green")
    empty, full = Painter(banks, seed=0).paint_plainly([bare, named], 24)
    assert float(empty[3].max()) > 0.99 and float(empty[3, 0].max()) == 0.0
    assert float(full[3].min()) > 0.99
    assert bool((empty[:3] <= empty[3:] + 1e-6).all())  # premultiplied


def test_the_font_s_own_art_is_shown_more_often_than_other_sets(gallery: Gallery) -> None:
    three_hands = Gallery(
        gallery.things, np.concatenate([gallery.pictures] * 3), np.concatenate([gallery.shows] * 3)
    )
    author = Author(three_hands, seed=0)
    shown = [s.pictures[0] for _ in range(200) for s in author.invent(6) if s.things]
    own = sum(picture < len(NAMES) for picture in shown) / len(shown)
    assert 0.55 < own < 0.72  # 0.45 and a third of the rest


def test_a_view_puts_the_glyph_where_it_says(gallery: Gallery) -> None:
    """Half as large as the canvas, in its right upper quarter."""
    art = premultiplied(channels_first(gallery.pictures[:1]))
    alpha = placed(art, view(0.5, 0.5, -0.5)[None], 64)[0, 3]
    rows, columns = (alpha > 0.5).nonzero(as_tuple=True)
    assert (int(rows.min()), int(rows.max())) == (0, 31)
    assert (int(columns.min()), int(columns.max())) == (32, 63)


def test_paintings_keep_their_picture_and_sloppy_ones_less_so(gallery: Gallery) -> None:
    rng = np.random.default_rng(0)
    picture = gallery.pictures[3]

    def missed(painted: np.ndarray) -> float:
        return float(np.abs(painted[..., 3].astype(float) - picture[..., 3]).mean())

    assert missed(painting(picture, rng, sloppy=False)) < missed(
        painting(picture, rng, sloppy=True)
    )


def test_a_frame_centres_ink_and_leaves_a_margin() -> None:
    canvas = np.zeros((100, 200, 4), np.uint8)
    canvas[10:30, 150:160] = (200, 0, 0, 255)
    out = framed(canvas)
    rows, columns = np.nonzero(out[..., 3] > 128)
    assert out.shape == (PICTURE_SIDE, PICTURE_SIDE, 4)
    assert rows.min() == MARGIN and rows.max() == PICTURE_SIDE - MARGIN - 1
    assert columns.min() + columns.max() == PICTURE_SIDE - 1


def test_missing_sources_say_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(MissingSource, match="unicode-cldr-core"):
        read_cldr(tmp_path / "en.xml")
    with pytest.raises(MissingSource, match="fonts-noto-color-emoji"):
        font_glyphs(tmp_path / "font.ttf", {})


def test_attacks_stay_within_reach() -> None:
    generator = torch.Generator().manual_seed(0)
    push = torch.zeros(2, 3, 4, 4)
    reach = torch.tensor([0.5, 2.0])[:, None, None, None]
    for _ in range(3):
        push = pushed(push, torch.randn(push.shape, generator=generator), reach)
        torch.testing.assert_close(push.flatten(1).norm(dim=1), reach.flatten())


def test_the_schedule_begins_in_peace_and_ends_at_full_attack() -> None:
    schedule = Schedule(1000)
    assert schedule.attack(0) == 0 and schedule.replays(0) == 1
    assert schedule.attack(999) > schedule.attack(600) > 0 and schedule.replays(999) > 1
    assert schedule.rate(999) < schedule.rate(500) < schedule.rate(250)


def test_a_batch_moves_both_towers_and_repeats_itself_with_its_seed(
    gallery: Gallery, banks: Banks
) -> None:
    def trained() -> tuple[dict[str, float], list[torch.Tensor], list[torch.Tensor]]:
        torch.manual_seed(0)
        author = Author(gallery, seed=0)
        said = {word for words in author.true_words for word in words}
        vocabulary = {w: i for i, w in enumerate(sorted(said | set(composed_tokens())))}
        learner, averaged = (Learner(author, vocabulary) for _ in range(2))
        averaged.load_state_dict(learner.state_dict())
        averaged.requires_grad_(False)
        before = [p.detach().clone() for p in learner.parameters()]
        optimizer = torch.optim.AdamW(learner.parameters(), lr=1e-3)
        trainer = Trainer(
            Painter(banks, 0), learner, averaged, optimizer, Schedule(10), torch.device("cpu")
        )
        report = trainer.train_on_a_batch(9, 4)
        return report, before, [p.detach().clone() for p in learner.parameters()]

    report, before, after = trained()
    assert all(np.isfinite(list(report.values())))
    assert all((b != a).any() for b, a in zip(before, after, strict=True))
    again = trained()[2]
    assert all(torch.equal(a, b) for a, b in zip(after, again, strict=True))
