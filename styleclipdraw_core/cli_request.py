"""From the command line's options to a request; hides defaults and the words for fields.

A request made here has no id and no time of its own, so that the same words and the same seed give
the same file, byte for byte.
"""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import replace
from pathlib import Path

from styleclipdraw_core import pictures, style_pictures
from styleclipdraw_core.cli_document import Request, again, with_init
from styleclipdraw_core.errors import InputError, JobError
from styleclipdraw_core.job import (
    Canvas,
    Job,
    Judges,
    NewStrokes,
    Prompt,
    Style,
)
from styleclipdraw_core.job_json import read_job, write_job
from styleclipdraw_core.svg_colour import parse_colour

NO_ID = "00000000-000000-000000"
STYLE_FILE = "style.png"
NEGATIVE_WEIGHT = 0.3
SIDE = 512  # px; the judges look at a smaller copy, whatever the canvas
# As many as each preset was published with; ours needs fewer.
STROKES = {"default": 64, "clipdraw": 256, "styleclipdraw": 256, "styleclipdraw-alternating": 256}
# Of ours: the style is in the marks, and 64 of them leave most of the page bare.
STYLED_STROKES = 192

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


def request_from(options: argparse.Namespace) -> Request:
    """The request that the options describe; raises an `InputError` that names the option."""
    if options.again and options.init:
        raise InputError(
            "--again and --init cannot be used together.",
            "--again starts from the same paths as the first time.",
            code="cli.options",
        )
    if options.select is not None and not options.init:
        raise InputError(
            "--select names paths of the SVG given by --init.",
            "Add --init drawing.svg.",
            code="cli.options",
        )
    fresh = Request(Job(NO_ID, canvas=Canvas(SIDE, SIDE)))
    request = again(options.again) if options.again else fresh
    if options.init:
        if options.size:
            raise InputError(
                "--size cannot be used with --init: the canvas is that of the document.",
                "Leave --size away.",
                code="cli.options",
            )
        request = with_init(request, options.init, options.select)
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
        count = options.strokes
        if count is None:
            count = STYLED_STROKES if job.style and preset == "default" else STROKES[preset]
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
    colour = parse_colour(text.strip()) or parse_colour(f"#{text.strip()}")
    if colour is None or colour[3] < 1:
        raise InputError(
            f"--background is {text!r}, which is not an opaque colour.",
            "Give it as in CSS, e.g. '#ffeecc' or ivory.",
            code="cli.colour",
        )
    return tuple(round(value, 4) for value in colour[:3])


def _with_style(request: Request, options: argparse.Namespace) -> Request:
    if options.style is None:
        if options.style_strength is not None and request.job.style is None:
            raise InputError(
                "--style-strength says how strongly a style picture counts, and there is none.",
                "Add --style picture.png.",
                code="cli.options",
            )
        return request
    source: str | Path = options.style
    if options.style in style_pictures.NAMES and not Path(options.style).exists():
        source = style_pictures.picture_file(options.style)
    picture = pictures.png_of(pictures.read_picture(source))
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
