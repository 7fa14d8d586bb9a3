"""Job and Result: everything a drawing needs and everything it gives, as values that never change.

Only the standard library, so that the window can hold requests without waiting for torch; their
JSON is in `job_json`. Lengths are canvas pixels; colours are straight RGBA, each 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1
PRESETS = ("default", "clipdraw", "styleclipdraw", "styleclipdraw-alternating")
STYLE_JUDGES = ("built-in", "vgg16")
RENDERERS = ("auto", "reference", "cpu", "cuda", "diffvg")
KINDS = ("stroke", "fill")
CAPS = ("butt", "round", "square")
JOINS = ("miter", "round", "bevel")
FILL_RULES = ("nonzero", "evenodd")
STATES = ("drawing", "stopped", "done", "failed")

LARGEST_SIDE = 8192  # px
LARGEST_SEED = 2**63 - 1
MOST_ITERATIONS = 100_000
MOST_STROKES = 10_000
MOST_PATHS = 20_000
MOST_POINTS = 1_000_000
MOST_PROMPTS = 32
LONGEST_PROMPT = 2_000  # characters
FARTHEST = 1e6  # px; a coordinate beyond has lost its sub-pixel digits as float32
SMALLEST_WEIGHT, LARGEST_WEIGHT = 0.001, 1000.0

ID_PATTERN = r"\d{8}-\d{6}-[0-9a-f]{6}"

Colour = tuple[float, ...]  # RGBA, or RGB for a canvas
Point = tuple[float, float]  # px


@dataclass(frozen=True)
class Prompt:
    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class Style:
    """A picture of the job's folder, by file name; strength 1 is the preset's own weight."""

    picture: str
    strength: float = 1.0


@dataclass(frozen=True)
class Canvas:
    """What is drawn on; ``backdrop`` is an opaque picture that the judges see behind the paths."""

    width: int = 224
    height: int = 224
    background: Colour = (1.0, 1.0, 1.0)
    backdrop: str | None = None


@dataclass(frozen=True)
class JobSubpath:
    """``points`` are 3 n + 1 control points when open, 3 n when closed."""

    points: tuple[Point, ...]
    closed: bool = False


@dataclass(frozen=True)
class JobStroke:
    width: float
    colour: Colour = (0.0, 0.0, 0.0, 1.0)
    cap: str = "round"
    join: str = "round"
    miter_limit: float = 4.0


@dataclass(frozen=True)
class JobFill:
    colour: Colour
    rule: str = "nonzero"


@dataclass(frozen=True)
class JobMoves:
    """What of a path may change; with all four off it is locked, and the judges still see it."""

    points: bool = True
    width: bool = True
    stroke: bool = True
    fill: bool = True


@dataclass(frozen=True)
class JobPath:
    """One path of a request (``moves`` counts) or of a result (``origin`` counts).

    ``origin`` is the id of the request's path that a result's path continues; None for a new one.
    """

    id: str
    subpaths: tuple[JobSubpath, ...]
    stroke: JobStroke | None = None
    fill: JobFill | None = None
    moves: JobMoves = JobMoves()
    origin: str | None = None


@dataclass(frozen=True)
class NewStrokes:
    """``region`` is x, y, width, height in px: where they start; None is the whole canvas."""

    count: int
    kind: str = "stroke"
    region: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Judges:
    """``clip`` is ``built-in``, a model's name or a folder; ``style`` one of `STYLE_JUDGES`."""

    clip: str = "built-in"
    style: str = "built-in"


@dataclass(frozen=True)
class Job:
    """One request; nothing else decides what is drawn."""

    id: str
    created: str = ""
    prompts: tuple[Prompt, ...] = ()
    negative_prompts: tuple[Prompt, ...] = ()
    style: Style | None = None
    canvas: Canvas = Canvas()
    paths: tuple[JobPath, ...] = ()
    strokes: NewStrokes | None = None
    seed: int = 0
    iterations: int | None = None
    preset: str = "default"
    guides: Judges = Judges()
    device: str = "auto"
    renderer: str = "auto"
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The file names of the pictures that this request refers to."""
        named = (self.style.picture if self.style else None, self.canvas.backdrop)
        return tuple(name for name in named if name)


@dataclass(frozen=True)
class Failure:
    """Why a job failed, as a person reads it."""

    code: str
    sentence: str
    next_step: str = ""


@dataclass(frozen=True)
class Result:
    """A drawing so far, or at its end; ``paths`` are in z-order, the first at the back."""

    job: str
    state: str
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    skipped_steps: int = 0
    device: str = ""
    paths: tuple[JobPath, ...] = ()
    error: Failure | None = None
