"""The JSON of a request and of a result; hides how each field is checked when it comes in.

The format is described in docs/job-folder.md. Everything read is taken for input from a stranger.
"""

from __future__ import annotations

import json
from typing import Any

from styleclipdraw_core.errors import JobError
from styleclipdraw_core.job import (
    CAPS,
    FARTHEST,
    FILL_RULES,
    ID_PATTERN,
    JOINS,
    KINDS,
    LARGEST_SEED,
    LARGEST_SIDE,
    LARGEST_WEIGHT,
    LONGEST_PROMPT,
    MOST_ITERATIONS,
    MOST_PATHS,
    MOST_POINTS,
    MOST_PROMPTS,
    MOST_STROKES,
    PRESETS,
    RENDERERS,
    SCHEMA,
    SMALLEST_WEIGHT,
    STATES,
    STYLE_JUDGES,
    Canvas,
    Colour,
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
from styleclipdraw_core.job_fields import Field, parse

_FILE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.[A-Za-z0-9]{1,8}"
_DEVICE_PATTERN = r"auto|cpu|mps|cuda(:\d{1,3})?"


def read_job(text: str | bytes) -> Job:
    """The request in ``text``; raises `JobError` naming the first field that is wrong."""
    return job_of(parse(text, "job.json"))


def job_of(root: Field) -> Job:
    _check_schema(root, "request")
    style, strokes = root.get("style", None), root.get("strokes", None)
    iterations = root.get("iterations", None)
    guides = root.get("guides", {})
    job = Job(
        id=root.get("id").matching(ID_PATTERN, "like 20260301-142233-a1b2c3"),
        created=root.get("created", "").text(64, empty=True),
        prompts=_prompts(root.get("prompts", [])),
        negative_prompts=_prompts(root.get("negative_prompts", [])),
        style=None
        if style.is_null
        else Style(_file_name(style.get("picture")), _weight(style.get("strength", 1.0))),
        canvas=_canvas(root.get("canvas", {})),
        paths=_paths(root.get("paths", [])),
        strokes=None if strokes.is_null else _new_strokes(strokes),
        seed=root.get("seed", 0).integer(0, LARGEST_SEED),
        iterations=None if iterations.is_null else iterations.integer(1, MOST_ITERATIONS),
        preset=root.get("preset", "default").choice(PRESETS),
        guides=Judges(
            guides.get("clip", "built-in").text(1000),
            guides.get("style", "built-in").choice(STYLE_JUDGES),
        ),
        device=root.get("device", "auto").matching(
            _DEVICE_PATTERN, "auto, cpu, cuda, cuda and a number (cuda:0), or mps"
        ),
        renderer=root.get("renderer", "auto").choice(RENDERERS),
        document=root.get("document", {}).object(),
    )
    _check_together(job)
    return job


def read_result(text: str | bytes) -> Result:
    """The result in ``text``; raises `JobError` naming the first field that is wrong."""
    root = parse(text, "result.json")
    _check_schema(root, "result")
    failure = root.get("error", None)
    scores = root.get("scores", {})
    return Result(
        job=root.get("job").matching(ID_PATTERN, "like 20260301-142233-a1b2c3"),
        state=root.get("state").choice(STATES),
        step=root.get("step", 0).integer(0, MOST_ITERATIONS),
        steps=root.get("steps", 0).integer(0, MOST_ITERATIONS),
        seconds=root.get("seconds", 0.0).number(0.0, 1e9),
        scores={name: scores.get(name).number(-1e9, 1e9) for name in scores.object()},
        skipped_steps=root.get("skipped_steps", 0).integer(0, MOST_ITERATIONS),
        device=root.get("device", "").text(200, empty=True),
        paths=_paths(root.get("paths", [])),
        error=None
        if failure.is_null
        else Failure(
            failure.get("code").text(200),
            failure.get("sentence").text(4000),
            failure.get("next_step", "").text(4000, empty=True),
        ),
    )


def _check_schema(root: Field, what: str) -> None:
    version = root.get("schema").integer(0, 10**9)
    if version != SCHEMA:
        raise JobError(
            f"This {what} has schema {version}, and this StyleCLIPDraw reads schema {SCHEMA}.",
            "Give the extension and the program the same version: run install.py again.",
            code="job.schema",
        )


def _check_together(job: Job) -> None:
    """What no field can say alone."""
    if not job.prompts and job.style is None:
        raise JobError(
            "There is neither a prompt nor a style picture.",
            "Say in a few words what to draw, or choose a style picture.",
            code="job.no-wish",
        )
    if not job.paths and job.strokes is None:
        raise JobError(
            "There is no path to refine and no new stroke to draw.",
            "Select paths, or ask for one stroke or more.",
            code="job.no-strokes",
        )


def _prompts(entries: Field) -> tuple[Prompt, ...]:
    return tuple(
        Prompt(entry.get("text").text(LONGEST_PROMPT), _weight(entry.get("weight", 1.0)))
        for entry in entries.items(MOST_PROMPTS)
    )


def _weight(value: Field) -> float:
    return value.number(SMALLEST_WEIGHT, LARGEST_WEIGHT)


def _file_name(value: Field) -> str:
    name = value.matching(_FILE_PATTERN, "the plain name of a file in the job's folder")
    if name in ("job.json", "result.json", "events.jsonl", "preview.png"):
        raise value.error("it must not be one of the job's own files")
    return name


def _canvas(value: Field) -> Canvas:
    backdrop = value.get("backdrop", None)
    return Canvas(
        value.get("width", 224).integer(1, LARGEST_SIDE),
        value.get("height", 224).integer(1, LARGEST_SIDE),
        value.get("background", [1, 1, 1]).numbers(3, 0.0, 1.0),
        None if backdrop.is_null else _file_name(backdrop),
    )


def _new_strokes(value: Field) -> NewStrokes:
    region = value.get("region", None)
    numbers = None if region.is_null else region.numbers(4, -FARTHEST, FARTHEST)
    if numbers is not None and min(numbers[2:]) <= 0:
        raise region.error("its width and height must be more than 0")
    return NewStrokes(
        value.get("count").integer(1, MOST_STROKES),
        value.get("kind", "stroke").choice(KINDS),
        numbers,
    )


def _paths(entries: Field) -> tuple[JobPath, ...]:
    paths: list[JobPath] = []
    names: set[str] = set()
    points = 0
    for entry in entries.items(MOST_PATHS):
        path = _path(entry)
        if path.id in names:
            raise entry.get("id").error("it must not be the id of another path too")
        names.add(path.id)
        points += sum(len(subpath.points) for subpath in path.subpaths)
        if points > MOST_POINTS:
            raise JobError(
                f"The paths have more than {MOST_POINTS:,} control points together.",
                "Select fewer paths, or simplify them (in Inkscape: Path > Simplify).",
                code="job.too-large",
            )
        paths.append(path)
    return tuple(paths)


def _path(value: Field) -> JobPath:
    stroke, fill = value.get("stroke", None), value.get("fill", None)
    moves, origin = value.get("moves", {}), value.get("from", None)
    if stroke.is_null and fill.is_null:
        raise JobError(
            f"The path {value.get('id').text(200)} has neither a stroke nor a fill.",
            "Give it one of them, or leave the path out.",
            code="job.path",
        )
    return JobPath(
        value.get("id").text(200),
        tuple(_subpath(entry) for entry in value.get("subpaths").items(MOST_POINTS)),
        None
        if stroke.is_null
        else JobStroke(
            stroke.get("width").number(0.0, FARTHEST),
            _colour(stroke),
            stroke.get("cap", "butt").choice(CAPS),
            stroke.get("join", "miter").choice(JOINS),
            stroke.get("miter_limit", 4.0).number(1.0, FARTHEST),
        ),
        None
        if fill.is_null
        else JobFill(_colour(fill), fill.get("rule", "nonzero").choice(FILL_RULES)),
        JobMoves(*(moves.get(name, True).flag() for name in ("points", "width", "stroke", "fill"))),
        None if origin.is_null else origin.text(200),
    )


def _colour(paint: Field) -> Colour:
    return paint.get("colour").numbers(4, 0.0, 1.0)


def _subpath(value: Field) -> JobSubpath:
    closed = value.get("closed", False).flag()
    entries = value.get("points")
    points = tuple(entry.numbers(2, -FARTHEST, FARTHEST) for entry in entries.items(MOST_POINTS))
    fits = len(points) >= 3 + (not closed) and len(points) % 3 == (0 if closed else 1)
    if not fits:
        raise JobError(
            f"The field {value.name}.points has {len(points)} control points.",
            "An open subpath has 3 n + 1 of them, a closed one 3 n.",
            code=f"job.field.{value.name}.points",
        )
    return JobSubpath(points, closed)  # type: ignore[arg-type]  # each has two numbers


def write_job(job: Job) -> str:
    """The text of ``job.json``; `read_job` of it is the same job."""
    style, strokes, canvas = job.style, job.strokes, job.canvas
    return json.dumps(
        {
            "schema": SCHEMA,
            "id": job.id,
            "created": job.created,
            "prompts": [{"text": p.text, "weight": p.weight} for p in job.prompts],
            "negative_prompts": [
                {"text": p.text, "weight": p.weight} for p in job.negative_prompts
            ],
            "style": style and {"picture": style.picture, "strength": style.strength},
            "canvas": {
                "width": canvas.width,
                "height": canvas.height,
                "background": canvas.background,
                "backdrop": canvas.backdrop,
            },
            "paths": [_path_record(path, of_result=False) for path in job.paths],
            "strokes": strokes
            and {"count": strokes.count, "kind": strokes.kind, "region": strokes.region},
            "seed": job.seed,
            "iterations": job.iterations,
            "preset": job.preset,
            "guides": {"clip": job.guides.clip, "style": job.guides.style},
            "device": job.device,
            "renderer": job.renderer,
            "document": job.document,
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def write_result(result: Result) -> str:
    """The text of ``result.json``; `read_result` of it is the same result."""
    error = result.error
    record = {
        "schema": SCHEMA,
        "job": result.job,
        "state": result.state,
        "step": result.step,
        "steps": result.steps,
        "seconds": result.seconds,
        "scores": result.scores,
        "skipped_steps": result.skipped_steps,
        "device": result.device,
        "paths": [_path_record(path, of_result=True) for path in result.paths],
    }
    if error is not None:
        record["error"] = {
            "code": error.code,
            "sentence": error.sentence,
            "next_step": error.next_step,
        }
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def _path_record(path: JobPath, *, of_result: bool) -> dict[str, Any]:
    stroke, fill, moves = path.stroke, path.fill, path.moves
    record: dict[str, Any] = {
        "id": path.id,
        "subpaths": [{"closed": s.closed, "points": s.points} for s in path.subpaths],
    }
    if stroke is not None:
        record["stroke"] = {
            "width": stroke.width,
            "colour": stroke.colour,
            "cap": stroke.cap,
            "join": stroke.join,
            "miter_limit": stroke.miter_limit,
        }
    if fill is not None:
        record["fill"] = {"colour": fill.colour, "rule": fill.rule}
    if of_result:
        record["from"] = path.origin
    else:
        record["moves"] = {
            "points": moves.points,
            "width": moves.width,
            "stroke": moves.stroke,
            "fill": moves.fill,
        }
    return record
