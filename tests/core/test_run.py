"""A request bound to the engine: what is drawn, repeated, gone on with, and told on the way."""

import io
from dataclasses import replace

import fake_judges
import pytest
import torch
from PIL import Image

from styleclipdraw_core import run
from styleclipdraw_core.errors import BackendError, DrawingError, PictureError, PromptError
from styleclipdraw_core.job import (
    Canvas,
    Job,
    JobFill,
    JobMoves,
    JobPath,
    JobStroke,
    JobSubpath,
    Judges,
    NewStrokes,
    Prompt,
    Style,
)

ID = "20260301-142233-a1b2c3"
WISH = Job(
    ID,
    prompts=(Prompt("a red apple"),),
    canvas=Canvas(48, 32),
    strokes=NewStrokes(6),
    iterations=4,
    device="cpu",
)
LINE = JobPath(
    "line",
    (JobSubpath(((2.125, 3.0), (10.0, 5.0), (20.0, 25.0), (40.0, 10.0))),),
    JobStroke(3.0, (0.2, 0.4, 0.6, 0.75), "butt", "bevel", 5.0),
)
BLOB = JobPath(
    "blob",
    (JobSubpath(((5.0, 5.0), (30.0, 5.0), (30.0, 25.0)), closed=True),),
    None,
    JobFill((1.0, 0.0, 0.0, 0.5), "evenodd"),
)


class Notes:
    """Remembers what it was told."""

    def __init__(self):
        self.phases = []
        self.warnings = []

    def phase(self, name, done=0, total=0):
        self.phases.append(name)

    def warning(self, code, sentence, next_step):
        self.warnings.append((code, sentence))


@pytest.fixture(autouse=True)
def judges(monkeypatch):
    fake_judges.install(monkeypatch.setattr)


def drawn(job, folder, earlier=None, notes=None):
    return list(run.draw(job, folder, run.Models(), notes or Notes(), earlier))


def picture_file(folder, name, size=(20, 12), colour=(200, 30, 30)):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    (folder / name).write_bytes(buffer.getvalue())


def test_every_step_is_told(tmp_path):
    notes = Notes()
    steps = drawn(WISH, tmp_path, notes=notes)
    assert [progress.step for progress in steps] == [1, 2, 3, 4]
    last = steps[-1]
    assert last.steps == 4 and last.seconds_left == 0 and set(last.scores) == {"clip"}
    assert steps[0].seconds < last.seconds
    assert last.device.startswith("cpu") and last.skipped_steps == 0
    assert "loading CLIP" in notes.phases and notes.phases[-1] == "drawing"
    assert len(last.result(WISH, "drawing").paths) == 6


def test_drawing_goes_uphill(tmp_path):
    steps = drawn(replace(WISH, iterations=60), tmp_path)
    assert steps[-1].scores["clip"] > steps[0].scores["clip"] + 0.02


def test_the_same_seed_gives_the_same_bits_and_another_does_not(tmp_path):
    picture_file(tmp_path, "style.png")
    job = replace(WISH, style=Style("style.png"))
    results = [drawn(job, tmp_path)[-1].result(job, "done") for _ in range(2)]
    assert results[0].paths == results[1].paths
    assert results[0].scores == results[1].scores
    other = replace(job, seed=1)
    assert drawn(other, tmp_path)[-1].result(other, "done").paths != results[0].paths


def test_style_alone_and_negative_prompts_are_wishes(tmp_path):
    picture_file(tmp_path, "style.png")
    job = replace(WISH, prompts=(), style=Style("style.png"))
    assert set(drawn(job, tmp_path)[-1].scores) == {"style"}
    job = replace(job, negative_prompts=(Prompt("a pear", 0.3),))
    assert set(drawn(job, tmp_path)[-1].scores) == {"style", "clip"}


def test_a_locked_path_stays_and_an_unlocked_one_moves(tmp_path):
    locked = replace(LINE, moves=JobMoves(False, False, False, False))
    job = replace(WISH, paths=(locked, BLOB), strokes=None)
    line, blob = drawn(job, tmp_path)[-1].result(job, "done").paths
    assert (line.subpaths, line.stroke, line.origin) == (LINE.subpaths, LINE.stroke, "line")
    assert blob.subpaths != BLOB.subpaths and blob.origin == "blob"
    assert blob.fill.rule == "evenodd" and blob.stroke is None


def test_new_strokes_come_on_top_with_ids_that_are_free(tmp_path):
    job = replace(WISH, paths=(replace(LINE, id="stroke-2"),), strokes=NewStrokes(3, "fill"))
    paths = drawn(job, tmp_path)[-1].result(job, "drawing").paths
    assert [path.id for path in paths] == ["stroke-2", "stroke-1", "stroke-3", "stroke-4"]
    assert [path.origin for path in paths] == ["stroke-2", None, None, None]
    assert all(path.fill and not path.stroke for path in paths[1:])


def test_strokes_nobody_can_see_are_left_out_at_the_end(tmp_path):
    published = replace(WISH, preset="clipdraw")  # where every stroke is visible from the start
    last = drawn(published, tmp_path)[-1]
    colours = last.drawing.stroke_colours.clone()
    colours[2, 3] = 0.001
    last = replace(last, drawing=last.drawing.with_tensors(stroke_colours=colours))
    assert len(last.result(published, "drawing").paths) == 6
    assert len(last.result(published, "done").paths) == 5
    # but a path of the request's own is its owner's to remove
    paths = (replace(LINE, stroke=JobStroke(1.0, (0, 0, 0, 0.0))),)
    job = replace(published, paths=paths, iterations=1)
    assert "line" in [path.id for path in drawn(job, tmp_path)[-1].result(job, "done").paths]


def test_a_drawing_is_gone_on_with(tmp_path):
    job = replace(WISH, paths=(LINE,), iterations=6)
    first = drawn(job, tmp_path)[3].result(job, "drawing")
    steps = drawn(job, tmp_path, earlier=first)
    assert [progress.step for progress in steps] == [5, 6]
    assert steps[-1].steps == 6 and steps[0].seconds > first.seconds
    after = steps[-1].result(job, "drawing")
    assert [path.origin for path in after.paths] == [path.origin for path in first.paths]
    # it went on from there and did not begin anew
    gone = drawn(job, tmp_path)[0].result(job, "drawing")
    here, there, start = (r.paths[0].subpaths[0].points[0] for r in (after, first, gone))
    assert abs(here[0] - there[0]) < abs(here[0] - start[0]) + 3 and after.paths != gone.paths


def test_a_result_without_paths_is_no_start(tmp_path):
    first = replace(drawn(WISH, tmp_path)[1].result(WISH, "drawing"), paths=())
    assert [progress.step for progress in drawn(WISH, tmp_path, earlier=first)] == [1, 2, 3, 4]


def test_the_backdrop_is_behind_the_paths(tmp_path):
    picture_file(tmp_path, "backdrop.png", (24, 16), (0, 0, 255))
    job = replace(WISH, canvas=Canvas(48, 32, backdrop="backdrop.png"), iterations=1)
    progress = drawn(job, tmp_path)[-1]
    bare = progress.drawing.with_tensors(
        stroke_colours=torch.zeros_like(progress.drawing.stroke_colours)
    )
    picture = replace(progress, drawing=bare).picture(job, 96)
    assert picture.shape == (64, 96, 3)
    assert torch.equal(picture, torch.tensor([0.0, 0.0, 1.0]).expand(64, 96, 3))


def test_the_picture_is_the_drawing_at_any_size(tmp_path):
    progress = drawn(WISH, tmp_path)[-1]
    small, large = progress.picture(WISH, 48), progress.picture(WISH, 480)
    assert small.shape == (32, 48, 3) and large.shape == (320, 480, 3)
    again = large.reshape(32, 10, 48, 10, 3).mean((1, 3))
    # Not equal: where two edges share a pixel, its coverage is not the mean of its parts'.
    assert (again - small).abs().mean() < 0.005
    assert (torch.ones_like(small) - small).abs().mean() > 0.005  # and there is something to see


def test_unknown_words_are_told_and_the_rest_is_drawn(tmp_path):
    notes = Notes()
    job = replace(WISH, prompts=(Prompt("a red zeppelin"),))
    assert drawn(job, tmp_path, notes=notes)
    assert notes.warnings[0][0] == "prompt.unknown-word" and "zeppelin" in notes.warnings[0][1]
    quiet = Notes()
    drawn(WISH, tmp_path, notes=quiet)
    assert quiet.warnings == []


REFUSED = [
    ("no word is known", {"prompts": (Prompt("zeppelin"),)}, PromptError),
    (
        "nothing may move",
        {"strokes": None, "paths": (replace(LINE, moves=JobMoves(False, False, False, False)),)},
        DrawingError,
    ),
    ("the style picture is gone", {"style": Style("style.png")}, PictureError),
    ("the backdrop is gone", {"canvas": Canvas(backdrop="backdrop.png")}, PictureError),
    ("a device that is not there", {"device": "cuda:99"}, BackendError),
]


@pytest.mark.parametrize(
    ("fields", "kind"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_drawn_is_said(tmp_path, fields, kind):
    with pytest.raises(kind) as caught:
        drawn(replace(WISH, **fields), tmp_path)
    assert caught.value.next_step


def test_models_stay_warm_until_another_is_wanted(monkeypatch):
    loaded = []

    def load(name, device="cpu"):
        loaded.append(name)
        return fake_judges.FakeClip(name)

    monkeypatch.setattr(run.guides, "load_clip", load)
    monkeypatch.setattr(run, "_fetch", lambda name, listener: None)
    models, cpu = run.Models(), torch.device("cpu")
    first = models.clip("built-in", cpu, Notes())
    assert models.clip("built-in", cpu, Notes()) is first
    models.clip("other", cpu, Notes())
    models.clip("built-in", cpu, Notes())
    assert loaded == ["built-in", "other", "built-in"]


def test_a_missing_model_is_fetched_and_its_progress_told(monkeypatch, tmp_path):
    from styleclipdraw_core import weights

    monkeypatch.setenv("STYLECLIPDRAW_MODELS", str(tmp_path))
    fetched = []

    def ensure(name, progress):
        fetched.append(name)
        progress(5, 10)

    monkeypatch.setattr(weights, "ensure", ensure)
    told = []

    class Told(Notes):
        def phase(self, name, done=0, total=0):
            told.append((name, done, total))

    job = replace(WISH, guides=Judges("openai/clip-vit-base-patch32"), iterations=1)
    drawn(job, tmp_path, notes=Told())
    assert fetched == ["openai/clip-vit-base-patch32"]
    assert [row[1:] for row in told if row[0].startswith("fetching")] == [(5, 10)]


def test_a_renderer_that_is_still_to_be_compiled_is_named(monkeypatch, tmp_path):
    prepared = []
    monkeypatch.setattr(run.prepare, "needed", lambda backend, device: True)
    monkeypatch.setattr(run.prepare, "main", lambda: prepared.append(True))
    notes = Notes()
    next(run.draw(WISH, tmp_path, run.Models(), notes))
    assert prepared
    assert notes.phases[-2:] == ["preparing the renderer, once", "drawing"]


def test_only_the_processor_s_renderer_is_compiled():
    assert not run.prepare.needed("reference", torch.device("cpu"))
    assert not run.prepare.needed("auto", torch.device("cuda"))


@pytest.fixture
def imagines(monkeypatch):
    """The fake model imagines the left half red and nothing in the right one."""
    picture = torch.zeros(4, 8, 8)
    picture[[0, 3], :, :4] = 1.0
    monkeypatch.setattr(fake_judges.FakeClip, "imagine", lambda self, text: picture)


@pytest.mark.parametrize(
    ("wish", "held"),
    [
        (WISH, True),
        # the published presets know no sketch
        (replace(WISH, preset="clipdraw"), False),
        # someone's own paths are never held to one, with or without new strokes beside them
        (replace(WISH, strokes=None, paths=(LINE,)), False),
        (replace(WISH, paths=(LINE,)), False),
    ],
)
def test_new_strokes_alone_are_held_to_what_the_model_imagines(tmp_path, imagines, wish, held):
    assert ("sketch" in drawn(wish, tmp_path)[-1].scores) is held


def test_a_sketch_lies_in_the_region_and_is_drawn_there(tmp_path, imagines):
    wish = replace(
        WISH,
        canvas=Canvas(96, 96),
        strokes=NewStrokes(24, region=(32.0, 32.0, 64.0, 64.0)),
        iterations=60,
    )
    steps = drawn(wish, tmp_path)
    assert steps[-1].scores["sketch"] < 0.7 * steps[0].scores["sketch"]
    picture = steps[-1].picture(wish, 96)  # [96, 96, 3]
    red = picture[..., 0] - picture[..., 2]
    assert float(red[40:88, 36:60].mean()) > 0.5
    assert float(red[:, :24].mean()) < 0.1 and float(red[:, 80:].mean()) < 0.1


def test_with_a_style_the_words_are_left_to_the_sketch(tmp_path, imagines):
    picture_file(tmp_path, "style.png", colour=(60, 60, 60))
    wish = replace(WISH, style=Style("style.png"))
    assert set(drawn(wish, tmp_path)[-1].scores) == {"clip", "style", "sketch"}


@pytest.mark.parametrize(("small", "threads"), [(True, 1), (False, 2)])
def test_small_judges_get_one_thread_and_all_are_given_back(tmp_path, small, threads):
    wish = WISH if small else replace(WISH, guides=Judges(clip=str(tmp_path)))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        steps = run.draw(wish, tmp_path, run.Models(), Notes())
        next(steps)
        assert torch.get_num_threads() == threads
        steps.close()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
