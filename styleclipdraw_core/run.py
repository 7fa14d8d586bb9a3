"""Binds a request to the engine: models, guides, drawing, loop; yields how far it has come.

The worker and the command line both draw through `draw`. Hides which models a request needs, what
is kept warm between requests, and how a drawing that was interrupted is gone on with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from styleclipdraw_core import device as devices
from styleclipdraw_core import guides, optimize, pictures, presets, sampling, strokes
from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.drawing import Path as DrawnPath
from styleclipdraw_core.guides.models import BUILT_IN, OPENAI_PACKAGE
from styleclipdraw_core.job import Canvas, Job, NewStrokes, Result
from styleclipdraw_core.job_drawing import (
    paths_of_result,
    paths_to_draw,
    paths_to_go_on_with,
    visible_paths,
)
from styleclipdraw_core.render import prepare, render
from styleclipdraw_core.sketch import Region, Sketch, blend
from styleclipdraw_core.tidying import tidied

if TYPE_CHECKING:
    from PIL.Image import Image

    from styleclipdraw_core.guides import Guide, ImageTextModel, StyleTower


class Listener(Protocol):
    """Is told what happens before and between the steps; may raise to end the drawing."""

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        """What is being done now, in words for a person; bytes when ``total`` is known."""

    def warning(self, code: str, sentence: str, next_step: str) -> None: ...


@dataclass(frozen=True)
class Progress:
    """The drawing after a step."""

    step: int  # how many are behind
    steps: int
    seconds: float  # spent drawing so far
    seconds_left: float | None  # None while nobody can know
    scores: dict[str, float]
    skipped_steps: int
    device: str
    drawing: Drawing
    background: Tensor  # [3] or [H, W, 3]

    def picture(self, job: Job, longest_side: int) -> Tensor:
        """[h, w, 3]: the drawing on its background, whatever size the judges saw it at."""
        canvas = job.canvas
        scale = longest_side / max(canvas.width, canvas.height)
        width, height = (max(1, round(side * scale)) for side in (canvas.width, canvas.height))
        background = self.background
        if background.dim() == 3:
            background = sampling.area_resize(background.permute(2, 0, 1)[None], height, width)
            background = background[0].permute(1, 2, 0)
        drawing = self.drawing
        larger = drawing.with_tensors(drawing.points * scale, drawing.widths * scale)
        with torch.no_grad():
            return render(larger, width, height, background, backend=job.renderer)[0]

    def finished(self, job: Job) -> Drawing:
        """What is handed over: without strokes that cannot be seen, or that nobody would miss."""
        preset = presets.preset_for(job.preset, styled=job.style is not None)
        size = (job.canvas.width, job.canvas.height)
        drawing = visible_paths(self.drawing)
        return tidied(drawing, size, self.background, preset.least_ink, job.renderer)

    def result(self, job: Job, state: str) -> Result:
        """As the job folder holds it."""
        drawing = self.drawing if state == "drawing" else self.finished(job)
        return Result(
            job=job.id,
            state=state,
            step=self.step,
            steps=self.steps,
            seconds=round(self.seconds, 3),
            scores={name: round(value, 6) for name, value in self.scores.items()},
            skipped_steps=self.skipped_steps,
            device=self.device,
            paths=paths_of_result(drawing, job.paths),
        )


class Models:
    """Keeps the last model of each kind warm; a second one would rarely fit beside it."""

    def __init__(self) -> None:
        self._clip: tuple[tuple[str, str], ImageTextModel] | None = None
        self._tower: tuple[tuple[str, str], StyleTower] | None = None

    def clip(self, name: str, device: torch.device, listener: Listener) -> ImageTextModel:
        key = (name, str(device))
        if self._clip is None or self._clip[0] != key:
            self._clip = None  # freed before the next one is loaded
            _fetch(name, listener)
            listener.phase("loading CLIP")
            self._clip = key, guides.load_clip(name, device)
        return self._clip[1]

    def style_tower(self, name: str, device: torch.device, listener: Listener) -> StyleTower:
        key = (name, str(device))
        if self._tower is None or self._tower[0] != key:
            self._tower = None
            _fetch(name, listener)
            listener.phase("loading the style judge")
            self._tower = key, guides.load_style_tower(name, device)
        return self._tower[1]


def _fetch(name: str, listener: Listener) -> None:
    """Download a model that is known by name and not here yet."""
    if name == BUILT_IN or name.startswith(OPENAI_PACKAGE) or Path(name).is_dir():
        return
    from styleclipdraw_core import weights

    if weights.status(name).state != "ready":
        title = f"fetching {weights.find(name).title}"
        weights.ensure(name, lambda done, total: listener.phase(title, done, total))


def draw(
    job: Job,
    folder: Path,
    models: Models,
    listener: Listener,
    earlier: Result | None = None,
) -> Iterator[Progress]:
    """Draw ``job``, whose pictures lie in ``folder``; with ``earlier``, go on from that result.

    Raises a `StyleClipDrawError` for everything that a person can put right.
    """
    listener.phase("looking at the pictures")
    device = devices.choose(job.device)
    preset = presets.preset_for(job.preset, styled=job.style is not None)
    if job.strokes is not None:
        preset = preset.for_strokes(job.strokes.count)
    canvas = job.canvas
    background = _background(job, folder).to(device)  # [3] or [H, W, 3]
    style = None if job.style is None else _read(folder / job.style.picture)  # [3, h, w]
    sketch = _sketch(job, preset, models, device, listener)
    if sketch is not None and preset.sketch is not None:
        preset = replace(preset, clip_weight=preset.clip_weight * preset.sketch.words)
    judges = _judges(job, style, preset, device, models, listener)
    if sketch is not None and preset.sketch is not None:
        meant = sketch if style is None else sketch.in_colours_of(style)
        size = (canvas.width, canvas.height)
        judges.append(guides.sketch_guide(meant, background, size, preset.sketch))
    steps = job.iterations or preset.iterations
    behind = min(earlier.step, steps - 1) if earlier and earlier.paths else 0
    if earlier is not None and behind:
        paths = paths_to_go_on_with(earlier.paths, job.paths)
    else:
        paths = paths_to_draw(job.paths) + _new_paths(job, preset, style, sketch)
    if prepare.needed(job.renderer, device):
        listener.phase("preparing the renderer, once")
        prepare.main()
    listener.phase("drawing")
    name = devices.describe(device)
    clock = _Clock(earlier.seconds if earlier and behind else 0.0)
    with _threads_for(job):
        for step in optimize.optimise(
            Drawing.from_paths(paths, device=device),
            judges,
            preset,
            width=canvas.width,
            height=canvas.height,
            background=background,
            iterations=steps,
            seed=job.seed,
            renderer=job.renderer,
            first=behind + 1,
        ):
            clock.tick()
            yield Progress(
                step=step.index,
                steps=steps,
                seconds=clock.seconds,
                seconds_left=clock.left(steps - step.index),
                scores=dict(step.scores),
                skipped_steps=step.skipped + (earlier.skipped_steps if earlier and behind else 0),
                device=name,
                drawing=step.drawing,
                background=background,
            )


@contextmanager
def _threads_for(job: Job) -> Iterator[None]:
    """One thread of torch's while only the built-in model judges.

    Its layers are so small that two threads wait for each other longer than they work: on two
    cores a drawing took 10 s with one thread and 14 s with two, a styled one 15 and 21 s.
    """
    before = torch.get_num_threads()
    if job.guides.clip == BUILT_IN and (job.style is None or job.guides.style == BUILT_IN):
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Clock:
    """Seconds so far, and seconds a step: mostly of the last few, for computers get busy."""

    _SHARE_OF_LAST = 0.1

    def __init__(self, earlier: float) -> None:
        self._earlier = earlier
        self._start = self._last = time.monotonic()
        self._ticks = 0
        self.seconds = earlier
        self._each = 0.0

    def tick(self) -> None:
        now = time.monotonic()
        took, self._last = now - self._last, now
        self.seconds = self._earlier + now - self._start
        self._ticks += 1
        # The first step pays for compiling, and says nothing about the others.
        weight = 1.0 if self._ticks <= 2 else self._SHARE_OF_LAST
        self._each += weight * (took - self._each)

    def left(self, steps: int) -> float | None:
        """Seconds that so many steps will take."""
        return None if self._ticks < 2 and steps else self._each * steps


def _judges(
    job: Job,
    style: Tensor | None,
    preset: presets.Preset,
    device: torch.device,
    models: Models,
    listener: Listener,
) -> list[Guide]:
    judges: list[Guide] = []
    if job.prompts or job.negative_prompts:
        model = models.clip(job.guides.clip, device, listener)
        judges.append(
            guides.clip_guide(
                model,
                [(prompt.text, prompt.weight) for prompt in job.prompts],
                [(prompt.text, prompt.weight) for prompt in job.negative_prompts],
                preset,
            )
        )
        _warn_of_unknown_words(job, model, listener)
    if job.style is not None and style is not None:
        tower = models.style_tower(job.guides.style, device, listener)
        listener.phase("studying the style")
        judges.append(guides.style_guide(tower, style.to(device), job.style.strength, preset))
    return judges


def _warn_of_unknown_words(job: Job, model: ImageTextModel, listener: Listener) -> None:
    for prompt in (*job.prompts, *job.negative_prompts):
        unknown = model.check_prompt(prompt.text)
        if unknown:
            words = ", ".join(f"“{word}”" for word in unknown)
            name = "built-in model" if model.name == BUILT_IN else f"model {model.name}"
            listener.warning(
                "prompt.unknown-word",
                f"The {name} does not know {words}; it draws the rest.",
                "Use other words, or a model that knows all words.",
            )


def _sketch(
    job: Job, preset: presets.Preset, models: Models, device: torch.device, listener: Listener
) -> Sketch | None:
    """What the model imagines when it reads the prompts, where new strokes are to be.

    None when it cannot, or when there is someone's own work to refine: that is the sketch then.
    """
    wanted = job.strokes
    if preset.sketch is None or wanted is None or job.paths or not job.prompts:
        return None
    model = models.clip(job.guides.clip, device, listener)
    imagined = [(prompt.weight, model.imagine(prompt.text)) for prompt in job.prompts]
    known = [
        (weight, picture.cpu())
        for weight, picture in imagined
        if picture is not None and weight > 0
    ]
    if not known:
        return None
    return Sketch.within(blend(known), _region(wanted, job.canvas))


def _region(wanted: NewStrokes, canvas: Canvas) -> Region:
    """Where new strokes start: the whole canvas when no place is asked for."""
    x, y, width, height = wanted.region or (0.0, 0.0, canvas.width, canvas.height)
    return float(x), float(y), float(width), float(height)


def _new_paths(
    job: Job, preset: presets.Preset, style: Tensor | None, sketch: Sketch | None
) -> list[DrawnPath]:
    """style: [3, h, w]."""
    if job.strokes is None:
        return []
    wanted: NewStrokes = job.strokes
    size = (job.canvas.width, job.canvas.height)
    kind: Literal["stroke", "fill"] = "fill" if wanted.kind == "fill" else "stroke"
    region = _region(wanted, job.canvas)
    palette = None
    if style is not None and preset.start.style_colours:
        palette = style.flatten(1).T  # [n, 3]
    return strokes.random_paths(
        wanted.count, kind, region, size, job.seed, preset, palette=palette, sketch=sketch
    )


def _background(job: Job, folder: Path) -> Tensor:
    """[3], or [H, W, 3] with a backdrop, which is stretched to the canvas."""
    canvas = job.canvas
    if canvas.backdrop is None:
        return torch.tensor(canvas.background, dtype=torch.float32)
    picture = pictures.read_picture(folder / canvas.backdrop)
    if picture.size != (canvas.width, canvas.height):
        picture = picture.resize((canvas.width, canvas.height))
    return _tensor(picture)


def _read(path: Path) -> Tensor:
    """[3, H, W] in [0, 1]."""
    return _tensor(pictures.read_picture(path)).permute(2, 0, 1).contiguous()


def _tensor(picture: Image) -> Tensor:
    """[H, W, 3] in [0, 1]."""
    return torch.from_numpy(np.array(picture, dtype=np.float32) / 255)
