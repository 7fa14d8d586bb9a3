"""A new job from an old one, the same but for what the person changed.

Hides the copying of pictures: the new folder has its own, since the old one may be deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from styleclipdraw_core.errors import JobError, PictureError
from styleclipdraw_core.job import LARGEST_SEED, Job, NewStrokes, Prompt, Style
from styleclipdraw_core.job_folder import JobFolder, create, new_id, now
from styleclipdraw_core.job_json import read_job, write_job
from styleclipdraw_core.window.snapshot import Snapshot
from styleclipdraw_core.window.text import one_line, tr

LARGEST_PICTURE = 64 * 1024 * 1024  # bytes
MOST_REPLACED = 100  # earlier drawings of one wish
PICTURE_ENDINGS = ("png", "jpg", "jpeg", "webp", "bmp", "gif")


@dataclass(frozen=True)
class Changes:
    """What the form says; `style_picture` is a path, or None for no style."""

    prompts: tuple[str, ...]
    negative_prompts: tuple[str, ...]
    style_picture: Path | None
    style_strength: float
    strokes: int
    seed: int
    iterations: int | None
    preset: str


def changes_from(job: Job, folder: Path) -> Changes:
    """The form's contents for an unchanged copy of `job`."""
    return Changes(
        prompts=tuple(prompt.text for prompt in job.prompts),
        negative_prompts=tuple(prompt.text for prompt in job.negative_prompts),
        style_picture=folder / job.style.picture if job.style else None,
        style_strength=job.style.strength if job.style else 1.0,
        strokes=job.strokes.count if job.strokes else 0,
        seed=job.seed,
        iterations=job.iterations,
        preset=job.preset,
    )


def next_seed(job: Snapshot, others: Iterable[Snapshot]) -> int:
    """The next seed that these words have not been drawn with."""
    used = {other.request.seed for other in others if other.request.prompt == job.request.prompt}
    seed = job.request.seed
    while True:
        seed = seed + 1 if seed < LARGEST_SEED else 0
        if seed not in used:
            return seed


def draw_again(folder: Path, seed: int) -> JobFolder:
    """Queue the same request with another seed; raises `StyleClipDrawError`."""
    job = read(folder)
    return _queue(replace(job, seed=seed, document=_replacing(job)), folder, {})


def draw_changed(folder: Path, changes: Changes) -> JobFolder:
    """Queue the request of `folder` with these changes; raises `StyleClipDrawError`."""
    old = read(folder)
    strokes = None
    if changes.strokes > 0:
        strokes = replace(old.strokes or NewStrokes(1), count=changes.strokes)
    style, pictures = None, {}
    if changes.style_picture is not None:
        kept = old.style is not None and changes.style_picture == folder / old.style.picture
        if kept:
            assert old.style is not None
            name = old.style.picture
        else:
            name, data = _style_file(changes.style_picture, old.canvas.backdrop)
            pictures[name] = data
        style = Style(name, changes.style_strength)
    job = replace(
        old,
        prompts=_prompts(changes.prompts, old.prompts),
        negative_prompts=_prompts(changes.negative_prompts, old.negative_prompts, 0.3),
        style=style,
        strokes=strokes,
        seed=changes.seed,
        iterations=changes.iterations,
        preset=changes.preset,
    )
    return _queue(job, folder, pictures)


def read(folder: Path) -> Job:
    """The request in `folder`; raises `JobError`, also when the folder has vanished."""
    try:
        return JobFolder(folder).read_job()
    except OSError:
        raise JobError(
            tr("The request of this drawing is gone."),
            tr("Draw it anew from Inkscape."),
            code="job.gone",
        ) from None


def _prompts(
    texts: tuple[str, ...], old: tuple[Prompt, ...], weight: float = 1.0
) -> tuple[Prompt, ...]:
    """Texts with the weights they had; new ones get the weight of the first old one."""
    weights = {prompt.text: prompt.weight for prompt in old}
    usual = old[0].weight if old else weight
    return tuple(Prompt(text, weights.get(text, usual)) for text in texts)


def _style_file(picture: Path, taken: str | None) -> tuple[str, bytes]:
    """The name that a style picture gets in the job's folder, and its content."""
    ending = picture.suffix.lower().lstrip(".")
    if ending not in PICTURE_ENDINGS:
        raise PictureError(
            tr("{name} is not a picture that can be read.").format(name=picture.name),
            tr("Choose a file of one of these kinds: {kinds}.").format(
                kinds=", ".join(PICTURE_ENDINGS)
            ),
            code="picture.kind",
        )
    ending = "jpg" if ending == "jpeg" else ending
    name = f"style.{ending}"
    return ("style-picture." + ending if name == taken else name), _content(picture)


def _content(picture: Path) -> bytes:
    try:
        if not picture.is_file():
            raise FileNotFoundError
        if picture.stat().st_size > LARGEST_PICTURE:
            raise PictureError(
                tr("The picture {name} is larger than 64 MB.").format(name=picture.name),
                tr("Choose a smaller one."),
                code="picture.too-large",
            )
        return picture.read_bytes()
    except OSError:
        raise PictureError(
            tr("The picture {name} cannot be read.").format(name=picture.name),
            tr("Choose the style picture again."),
            code="picture.unreadable",
        ) from None


def _document(job: Job) -> dict[str, Any]:
    """The extension's notes with the layer's name brought up to date: it has the words and the seed.

    Notes of another shape are left as they are.
    """
    notes = dict(job.document)
    words = one_line(", ".join(prompt.text for prompt in job.prompts), 80)
    if isinstance(notes.get("layer"), str) and words:
        notes["layer"] = tr("{prompt} (seed {seed})").format(prompt=words, seed=job.seed)
    return notes


def _replacing(job: Job) -> dict[str, Any]:
    """The extension's notes of a job that is drawn again: the new drawing is shown in place of it,
    as after Draw Again in the menu; and of what it stood for, in case it was never inserted.
    """
    if not job.document:
        return {}
    earlier = job.document.get("replaces")
    names = [*(earlier if isinstance(earlier, list) else []), job.id]
    return {**job.document, "replaces": names[-MOST_REPLACED:]}


def _queue(job: Job, old_folder: Path, pictures: dict[str, bytes]) -> JobFolder:
    fresh = replace(job, id=new_id(), created=now(), document=_document(job))
    read_job(write_job(fresh))  # the same checks as the optimizer's, while a person is there
    for name in fresh.pictures:
        if name not in pictures:
            pictures[name] = _content(old_folder / name)
    return create(fresh, pictures, old_folder.parent)
