"""From the command line's options to a request; hides defaults, ``--again`` and ``--init``.

A request made here has no id and no time of its own, so that the same words and the same seed give
the same file, byte for byte.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from styleclipdraw_core import pictures, svg
from styleclipdraw_core.errors import InputError, JobError, SvgError
from styleclipdraw_core.job import (
    LARGEST_SIDE,
    Canvas,
    Job,
    JobMoves,
    JobPath,
    Judges,
    NewStrokes,
    Prompt,
    Style,
)
from styleclipdraw_core.job_drawing import job_paths
from styleclipdraw_core.job_json import read_job, write_job

if TYPE_CHECKING:
    from styleclipdraw_core.svg import SvgDocument

NO_ID = "00000000-000000-000000"
STYLE_FILE = "style.png"
NEGATIVE_WEIGHT = 0.3
SIDE = 512  # px; the judges look at a smaller copy, whatever the canvas
# As many as each preset was published with; ours needs fewer.
STROKES = {"default": 64, "clipdraw": 256, "styleclipdraw": 256, "styleclipdraw-alternating": 256}
LOCKED = JobMoves(points=False, width=False, stroke=False, fill=False)

# How a person at the command line calls the fields of a request.
OPTIONS = {
    "strokes.count": "--strokes",
    "strokes.kind": "--kind",
    "style.strength": "--style-strength",
    "canvas.width": "the width in --size",
    "canvas.height": "the height in --size",
    "iterations": "--iterations",
    "seed": "--seed",
    "device": "--device",
    "renderer": "--renderer",
    "guides.clip": "--clip",
    "guides.style": "--style-judge",
    "preset": "--preset",
}


@dataclass(frozen=True)
class Request:
    """A checked job, the pictures it names, and the document its paths go back into, if any."""

    job: Job
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    document: SvgDocument | None = None
    ids: tuple[str, ...] = ()  # of the document's paths that may change; () is all of them
    last_step: int | None = None  # of a drawing that was stopped, and is to be repeated as it was

    @property
    def title(self) -> str:
        """What the drawing is called: its first prompt."""
        return self.job.prompts[0].text if self.job.prompts else "drawing"

    def metadata(self, step: int, steps: int) -> dict[str, Any]:
        """Everything that `--again` needs, as JSON; the drawing was ended after ``step``."""
        return {
            "job": json.loads(write_job(self.job)),
            "pictures": {
                name: base64.b64encode(data).decode("ascii")
                for name, data in self.pictures.items()
            },
            "refined": self.document is not None,
            "ids": list(self.ids),
            "last_step": step if step < steps else None,
        }


def request_from(options: argparse.Namespace) -> Request:
    """The request that the options describe; raises an `InputError` that names the option."""
    if options.again and options.init:
        raise InputError(
            "--again and --init cannot be used together.",
            "--again starts from the same paths as the first time.",
            code="cli.options",
        )
    if options.select and not options.init:
        raise InputError(
            "--select names paths of the SVG given by --init.",
            "Add --init drawing.svg.",
            code="cli.options",
        )
    request = _again(options.again) if options.again else Request(Job(NO_ID))
    if options.init:
        request = _with_init(request, options)
    request = _with_style(request, options)
    job = _with_rest(request.job, options)
    try:
        checked = replace(request, job=read_job(write_job(job)))
    except JobError as error:
        raise _in_words_of_options(error) from None
    except ValueError:  # NaN and infinity have no JSON
        raise InputError(
            "A number on the command line is not a finite number.",
            "Correct it and try again.",
            code="cli.number",
        ) from None
    # A drawing that was stopped is repeated up to there, unless it is another drawing now.
    return checked if checked.job == request.job else replace(checked, last_step=None)


def _with_rest(job: Job, options: argparse.Namespace) -> Job:
    """The options that need nothing from outside."""
    words = " ".join(options.words).strip()
    texts = [words, *options.prompt] if options.words else options.prompt
    prompts = tuple(_prompt(text, 1.0) for text in texts) or job.prompts
    negative = tuple(_prompt(text, NEGATIVE_WEIGHT) for text in options.negative)
    preset = options.preset or job.preset
    canvas = job.canvas
    if options.size:
        width, height = _size(options.size)
        canvas = replace(canvas, width=width, height=height)
    if options.background:
        canvas = replace(canvas, background=_colour(options.background))
    strokes = job.strokes
    if options.strokes is not None or (strokes is None and not job.paths):
        count = STROKES[preset] if options.strokes is None else options.strokes
        strokes = NewStrokes(count, strokes.kind if strokes else "stroke")
    if options.kind and strokes is not None:
        strokes = replace(strokes, kind=options.kind)
    style = job.style
    if style is not None and options.style_strength is not None:
        style = replace(style, strength=options.style_strength)
    return replace(
        job,
        prompts=prompts,
        negative_prompts=negative or job.negative_prompts,
        style=style,
        canvas=canvas,
        strokes=strokes,
        seed=job.seed if options.seed is None else options.seed,
        iterations=job.iterations if options.iterations is None else options.iterations,
        preset=preset,
        guides=Judges(
            job.guides.clip if options.clip is None else options.clip,
            options.style_judge or job.guides.style,
        ),
        device=options.device or job.device,
        renderer=options.renderer or job.renderer,
    )


def _prompt(text: str, usual: float) -> Prompt:
    """``text::0.5`` is the text with that weight."""
    words, mark, number = text.rpartition("::")
    if not mark:
        return Prompt(text, usual)
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise InputError(
            f"The weight {number!r} in {text!r} is not a number above 0.",
            "Write the weight after the text, e.g. 'watercolour::0.5'.",
            code="cli.weight",
        )
    return Prompt(words, weight)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,9})(?:[xX×](\d{1,9}))?", text.strip(), re.ASCII)
    if match is None:
        raise InputError(
            f"--size is {text!r}, which is not a size.",
            "Give one number for a square, or two, e.g. 640x480.",
            code="cli.size",
        )
    return int(match[1]), int(match[2] or match[1])


def _colour(text: str) -> tuple[float, ...]:
    match = re.fullmatch(r"#?([0-9a-fA-F]{6})", text.strip(), re.ASCII)
    if match is None:
        raise InputError(
            f"--background is {text!r}, which is not a colour.",
            "Give it as six hexadecimal digits, e.g. '#ffeecc'.",
            code="cli.colour",
        )
    return tuple(round(value / 255, 4) for value in bytes.fromhex(match[1]))


def _with_style(request: Request, options: argparse.Namespace) -> Request:
    if options.style is None:
        if options.style_strength is not None and request.job.style is None:
            raise InputError(
                "--style-strength says how strongly a style picture counts, and there is none.",
                "Add --style picture.png.",
                code="cli.options",
            )
        return request
    picture = pictures.png_of(pictures.read_picture(options.style))
    return replace(
        request,
        job=replace(request.job, style=Style(STYLE_FILE)),
        pictures={**request.pictures, STYLE_FILE: picture},
    )


def _in_words_of_options(error: JobError) -> InputError:
    name = error.code.removeprefix("job.field.")
    option = OPTIONS.get(name)
    if name.startswith(("prompts", "negative_prompts")):
        option = "a prompt" if name.endswith(".text") else "the weight of a prompt"
    if option is None:
        return error
    sentence = error.sentence.replace(f"The field {name}", option[:1].upper() + option[1:])
    return InputError(sentence, "Correct it and try again.", code=error.code)


# ------------------------------------------------------------------------------- documents


def _with_init(request: Request, options: argparse.Namespace) -> Request:
    document = read_document(Path(options.init))
    ids = tuple(name.strip() for name in (options.select or "").split(",") if name.strip())
    paths = _paths_of(document, ids)
    width, height = math.ceil(document.width), math.ceil(document.height)
    if max(width, height) > LARGEST_SIDE:
        raise InputError(
            f"{options.init} is {width:,} x {height:,} px; at most {LARGEST_SIDE:,} are possible.",
            "Make the document smaller (in Inkscape: File > Document Properties).",
            code="cli.size",
        )
    if options.size:
        raise InputError(
            "--size cannot be used with --init: the canvas is that of the document.",
            "Leave --size away.",
            code="cli.options",
        )
    job = replace(request.job, canvas=Canvas(width, height), paths=paths)
    return replace(request, job=job, document=document, ids=ids)


def _paths_of(document: SvgDocument, ids: Sequence[str]) -> tuple[JobPath, ...]:
    """All paths of the document, those that were not selected locked: the judges see them."""
    chosen = {path.id for path in document.paths_of(ids)} if ids else None
    return tuple(
        path if chosen is None or path.id in chosen else replace(path, moves=LOCKED)
        for path in job_paths(document.paths_of(None))
    )


def read_document(path: Path) -> SvgDocument:
    """The SVG in a file; raises `SvgError`."""
    try:
        if path.stat().st_size > svg.LARGEST_BYTES:
            raise SvgError(
                f"{path} has more than {svg.LARGEST_BYTES // 2**20} MiB.",
                "Give a smaller document.",
                code="svg.too-large",
            )
        return svg.read_svg(path.read_bytes())
    except FileNotFoundError:
        raise SvgError(
            f"There is no file {path}.",
            "Check the name, and the folder you are in.",
            code="svg.missing",
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise SvgError(
            f"{path} cannot be read: {reason.lower()}.",
            "Check that it is a file and that you may read it.",
            code="svg.unreadable",
        ) from None


def _again(name: str) -> Request:
    """The request in the metadata of an SVG that was drawn by this program."""
    document = read_document(Path(name))
    record = document.metadata
    broken = SvgError(
        f"{name} does not say how it was drawn.",
        "Only an SVG that styleclipdraw has written can be drawn again.",
        code="svg.no-request",
    )
    if not isinstance(record, Mapping) or "job" not in record:
        raise broken
    try:
        job = read_job(json.dumps(record["job"]))
        kept = {
            file: base64.b64decode(record["pictures"][file], validate=True)
            for file in job.pictures
        }
        ids = tuple(str(entry) for entry in record.get("ids", []))
        last = record.get("last_step")
        last_step = None if last is None else int(last)
    except (KeyError, TypeError, ValueError, JobError):  # binascii.Error is a ValueError
        raise broken from None
    return Request(job, kept, document if record.get("refined") else None, ids, last_step)
