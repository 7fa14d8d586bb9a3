"""Requests and results: their JSON goes out and comes back, and every bad field is named."""

import copy
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from styleclipdraw_core.errors import JobError
from styleclipdraw_core.job import (
    Canvas,
    Failure,
    Job,
    JobFill,
    JobMoves,
    JobPath,
    JobStroke,
    JobSubpath,
    Judges,
    NewStrokes,
    Prompt,
    Result,
    Style,
)
from styleclipdraw_core.job_json import read_job, read_result, write_job, write_result

ID = "20260301-142233-a1b2c3"
DOCS = Path(__file__).parents[2] / "docs" / "job-folder.md"

LINE = JobPath(
    "path12",
    (JobSubpath(((10.0, 10.0), (20.5, 5.0), (30.0, 15.0), (40.0, 10.0))),),
    JobStroke(3.0, (0.0, 0.25, 0.5, 1.0), "butt", "bevel", 5.0),
    None,
    JobMoves(points=False),
)
BLOB = JobPath(
    "päth 2",
    (
        JobSubpath(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), closed=True),
        JobSubpath(((5.0, 5.0), (6.0, 5.0), (6.0, 6.0)), closed=True),
    ),
    None,
    JobFill((1.0, 0.0, 0.0, 0.5), "evenodd"),
)
FULL = Job(
    ID,
    "2026-03-01T14:22:33Z",
    (Prompt("a red apple"), Prompt("水彩 🍎", 0.5)),
    (Prompt("text", 0.3),),
    Style("style.png", 2.0),
    Canvas(640, 480, (0.5, 1.0, 0.0), "backdrop.png"),
    (LINE, BLOB),
    NewStrokes(64, "fill", (1.0, 2.0, 30.0, 40.0)),
    2**63 - 1,
    250,
    "clipdraw",
    Judges("openai/clip-vit-base-patch32", "vgg16"),
    "cuda:1",
    "reference",
    {"anything": [1, None, {"at": "all"}]},
)
SMALL = Job(ID, prompts=(Prompt("a red apple"),), strokes=NewStrokes(1))


@pytest.mark.parametrize("job", [FULL, SMALL], ids=["full", "small"])
def test_a_job_comes_back_as_it_went(job):
    assert read_job(write_job(job)) == job


def test_a_difference_is_not_overlooked():
    other = replace(FULL, canvas=replace(FULL.canvas, width=641))
    assert read_job(write_job(other)) != FULL


def test_a_result_comes_back_as_it_went():
    paths = (replace(LINE, moves=JobMoves(), origin="path12"), replace(BLOB, id="stroke-1"))
    result = Result(
        ID, "failed", 3, 9, 1.5, {"clip": 0.25}, 1, "cpu", paths, Failure("a.b", "Bad.", "Do.")
    )
    assert read_result(write_result(result)) == result
    assert read_result(write_result(replace(result, error=None))) == replace(result, error=None)


def test_the_documented_request_is_read():
    blocks = re.findall(r"```json\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    job = read_job(blocks[0])
    assert job.paths[0].stroke == JobStroke(3.0, (0.0, 0.0, 0.0, 1.0), "round", "miter", 4.0)
    assert job.strokes == NewStrokes(64, "stroke", (0.0, 0.0, 224.0, 224.0))
    result = read_result(blocks[1])
    assert result.state == "drawing" and result.error.code == "weights.missing"


def test_the_smallest_request_has_the_documented_defaults():
    text = {"schema": 1, "id": ID, "prompts": [{"text": "x"}], "strokes": {"count": 1}}
    job = read_job(json.dumps(text))
    assert job == Job(ID, prompts=(Prompt("x", 1.0),), strokes=NewStrokes(1, "stroke", None))
    assert job.canvas == Canvas(224, 224, (1.0, 1.0, 1.0), None)
    assert (job.seed, job.iterations, job.preset, job.device) == (0, None, "default", "auto")


def test_unknown_fields_are_ignored():
    record = json.loads(write_job(FULL))
    record["colour_of_the_sky"] = {"deep": ["blue"]}
    record["canvas"]["depth"] = 3
    record["paths"][0]["stroke"]["dashes"] = [1, 2]
    assert read_job(json.dumps(record)) == FULL


BAD_FIELDS = [
    # a program of the future may mean something else by every other field
    ("schema", 2, "schema"),
    ("schema", None, "schema"),
    # the id becomes a folder's name
    ("id", "../../etc", "id"),
    ("id", ID + "\n", "id"),
    ("id", "２０２６0301-142233-a1b2c3", "id"),
    ("prompts", "a red apple", "prompts"),
    ("prompts", [{"text": "x"}] * 33, "prompts"),
    ("prompts.0.text", "", "prompts[0].text"),
    ("prompts.0.text", " \t\n", "prompts[0].text"),
    ("prompts.0.text", "x" * 2001, "prompts[0].text"),
    # half of a surrogate pair cannot be written to any file
    ("prompts.0.text", "\ud83c", "prompts[0].text"),
    ("prompts.0.text", "a\0b", "prompts[0].text"),
    ("prompts.0.text", 7, "prompts[0].text"),
    # a weight of 0 says nothing, a negative one belongs to the negative prompts
    ("prompts.0.weight", 0, "prompts[0].weight"),
    ("prompts.0.weight", -1, "prompts[0].weight"),
    ("prompts.0.weight", True, "prompts[0].weight"),
    ("negative_prompts.0.weight", "0.3", "negative_prompts[0].weight"),
    # a picture's name must not lead out of the folder, nor name one of its own files
    ("style.picture", "../style.png", "style.picture"),
    ("style.picture", "/etc/passwd", "style.picture"),
    ("style.picture", "C:\\style.png", "style.picture"),
    ("style.picture", "result.json", "style.picture"),
    ("style.picture", ".hidden.png", "style.picture"),
    ("style.strength", 1e300, "style.strength"),
    ("canvas.width", 0, "canvas.width"),
    ("canvas.width", 8193, "canvas.width"),
    ("canvas.width", 224.0, "canvas.width"),
    ("canvas.height", -1, "canvas.height"),
    # too large to be compared as a float
    ("canvas.height", 10**400, "canvas.height"),
    ("canvas.background", [1, 1], "canvas.background"),
    ("canvas.background", [1, 1, 1.5], "canvas.background[2]"),
    ("canvas.backdrop", "a/b.png", "canvas.backdrop"),
    ("paths.0.id", "", "paths[0].id"),
    # what continues which path would be anybody's guess
    ("paths.1.id", "path12", "paths[1].id"),
    ("paths.0.subpaths.0.points.1", [1, 2, 3], "paths[0].subpaths[0].points[1]"),
    ("paths.0.subpaths.0.points.1", [1, 1e7], "paths[0].subpaths[0].points[1][1]"),
    ("paths.0.subpaths.0.points", [[0, 0]] * 5, "paths[0].subpaths[0].points"),
    ("paths.0.subpaths.0.points", [], "paths[0].subpaths[0].points"),
    ("paths.1.subpaths.0.points", [[0, 0]] * 4, "paths[1].subpaths[0].points"),
    ("paths.0.subpaths.0.closed", 1, "paths[0].subpaths[0].closed"),
    ("paths.0.stroke.width", -0.5, "paths[0].stroke.width"),
    ("paths.0.stroke.colour", [0, 0, 0], "paths[0].stroke.colour"),
    ("paths.0.stroke.cap", "pointed", "paths[0].stroke.cap"),
    ("paths.0.stroke.join", None, "paths[0].stroke.join"),
    ("paths.0.stroke.miter_limit", 0, "paths[0].stroke.miter_limit"),
    ("paths.1.fill.rule", "odd", "paths[1].fill.rule"),
    ("paths.0.moves.points", "no", "paths[0].moves.points"),
    ("strokes.count", 0, "strokes.count"),
    ("strokes.count", 10_001, "strokes.count"),
    ("strokes.kind", "dots", "strokes.kind"),
    ("strokes.region", [0, 0, 0, 10], "strokes.region"),
    ("seed", -1, "seed"),
    ("seed", 2**63, "seed"),
    ("iterations", 0, "iterations"),
    ("iterations", 100_001, "iterations"),
    ("iterations", 2.5, "iterations"),
    ("preset", "best", "preset"),
    ("preset", ["default"], "preset"),
    ("guides.clip", "", "guides.clip"),
    ("guides.style", "vgg19", "guides.style"),
    ("device", "gpu", "device"),
    ("device", "cuda:-1", "device"),
    ("renderer", "magic", "renderer"),
    ("document", [], "document"),
]


def changed(record, path, value):
    record = copy.deepcopy(record)
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    target = record
    for part in parents:
        target = target[part]
    target[last] = value
    return record


@pytest.mark.parametrize(("path", "value", "name"), BAD_FIELDS)
def test_a_bad_field_is_named(path, value, name):
    record = changed(json.loads(write_job(FULL)), path, value)
    with pytest.raises(JobError) as caught:
        read_job(json.dumps(record))
    assert name in str(caught.value)
    assert caught.value.next_step


MISSING = [
    "schema",
    "id",
    "paths.0.id",
    "paths.0.subpaths",
    "paths.0.stroke.width",
    "paths.1.fill.colour",
    "prompts.0.text",
    "style.picture",
    "strokes.count",
]


@pytest.mark.parametrize("path", MISSING)
def test_a_missing_field_is_named(path):
    record = json.loads(write_job(FULL))
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    target = record
    for part in parents:
        target = target[part]
    del target[last]
    with pytest.raises(JobError, match=re.escape(f"{last} is missing")):
        read_job(json.dumps(record))


def test_an_unknown_schema_is_refused_with_both_versions():
    with pytest.raises(JobError, match="schema 7.*schema 1") as caught:
        read_job(json.dumps({"schema": 7}))
    assert caught.value.code == "job.schema"


TOGETHER = [
    # nothing says what to draw
    ({"prompts": [], "style": None}, "job.no-wish"),
    # nothing says with what to draw it
    ({"paths": [], "strokes": None}, "job.no-strokes"),
]


@pytest.mark.parametrize(("fields", "code"), TOGETHER)
def test_fields_that_cannot_be_together(fields, code):
    record = {**json.loads(write_job(FULL)), **fields}
    with pytest.raises(JobError) as caught:
        read_job(json.dumps(record))
    assert caught.value.code == code


def test_a_path_needs_a_stroke_or_a_fill():
    record = json.loads(write_job(FULL))
    del record["paths"][0]["stroke"]
    with pytest.raises(JobError, match="path12 has neither a stroke nor a fill"):
        read_job(json.dumps(record))


NOT_JSON = [
    b"",
    b"{",
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"schema": 1e999999}',
    b'{"schema": NaN}',
    b'{"schema": ' + b"1" * 5000 + b"}",
    b"null",
    b"[1]",
    b'"job"',
]


@pytest.mark.parametrize("text", NOT_JSON, ids=range(len(NOT_JSON)))
def test_what_is_not_a_request_is_refused(text):
    with pytest.raises(JobError):
        read_job(text)
    with pytest.raises(JobError):
        read_result(text)


def test_a_huge_request_is_refused_before_it_is_parsed(monkeypatch):
    from styleclipdraw_core import job_fields

    monkeypatch.setattr(job_fields, "LARGEST_TEXT", 100)
    with pytest.raises(JobError) as caught:
        read_job(write_job(FULL))
    assert caught.value.code == "job.too-large"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PLACES = sorted({path for path, _, _ in BAD_FIELDS} | {"style", "canvas", "paths", "guides"})


@settings(max_examples=150, deadline=None, derandomize=True)
@given(path=st.sampled_from(PLACES), value=ANYTHING)
def test_anything_anywhere_is_read_or_refused(path, value):
    """Nothing but a JobError comes out, and what is read can be written again."""
    text = json.dumps(changed(json.loads(write_job(FULL)), path, value))
    try:
        job = read_job(text)
    except JobError as error:
        assert error.sentence.endswith(".") and "\n" not in error.sentence
    else:
        assert read_job(write_job(job)) == job


def test_the_presets_and_limits_are_the_engines_own():
    from styleclipdraw_core.drawing import Cap, FillRule, Join
    from styleclipdraw_core.job import CAPS, FILL_RULES, JOINS, PRESETS, RENDERERS
    from styleclipdraw_core.presets import PRESETS as ENGINE
    from styleclipdraw_core.render.api import BACKENDS

    assert set(PRESETS) == set(ENGINE)
    assert set(RENDERERS) == {"auto", *BACKENDS}
    assert [Cap[name.upper()] for name in CAPS] == list(Cap)
    assert [Join[name.upper()] for name in JOINS] == list(Join)
    assert [FillRule[name.upper()] for name in FILL_RULES] == list(FillRule)


def test_the_window_can_read_requests_without_torch_or_numpy():
    code = (
        "import sys, styleclipdraw_core.job_folder, styleclipdraw_core.worker_lock\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'PIL')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
