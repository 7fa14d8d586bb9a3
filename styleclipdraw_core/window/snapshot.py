"""What one job folder says at this moment, as plain values that can be shown.

Hides that the folder is written by other programs while it is read: files that are missing, cut
off, broken, absurd or a stranger's become an absent value, never an exception.
"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any

from styleclipdraw_core.job import LARGEST_SEED, LARGEST_SIDE, MOST_ITERATIONS, MOST_STROKES, SCHEMA
from styleclipdraw_core.job_fields import LARGEST_TEXT
from styleclipdraw_core.window.text import one_line, tr

# Points kept of a score; a chart is a few hundred pixels wide.
MOST_POINTS = 512
MOST_WARNINGS = 20


class Stage(Enum):
    """Where a job is, as a person sees it."""

    WAITING = "waiting"
    STARTING = "starting"
    DRAWING = "drawing"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        return self in (Stage.STOPPED, Stage.DONE, Stage.FAILED)


@dataclass(frozen=True)
class Notice:
    """A warning or an error: a stable code, what is wrong, what to do."""

    code: str
    sentence: str
    next_step: str


@dataclass(frozen=True)
class Phase:
    """What is being done now; `total` is 0 when nobody knows how much there is."""

    name: str
    done: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Request:
    """The part of job.json that the window shows."""

    prompt: str = ""
    negative: str = ""
    style_picture: str = ""
    style_strength: float = 1.0
    width: int = 224
    height: int = 224
    background: tuple[float, float, float] = (1.0, 1.0, 1.0)
    backdrop: str = ""
    path_count: int = 0
    stroke_count: int = 0
    seed: int = 0
    iterations: int | None = None
    preset: str = "default"
    clip: str = "built-in"
    style_judge: str = "built-in"
    from_document: bool = False


@dataclass(frozen=True)
class Snapshot:
    """One job at one moment."""

    id: str
    folder: Path
    request: Request = Request()
    created: datetime | None = None
    stage: Stage = Stage.WAITING
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    ends_at: float | None = None  # seconds since the epoch, by the optimizer's estimate
    phase: Phase | None = None
    scores: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    device: str = ""
    warnings: tuple[Notice, ...] = ()
    error: Notice | None = None
    result_paths: int = 0
    inserted_stamp: int = 0
    stopping: bool = False
    discarded: bool = False
    preview_stamp: int = 0
    result_stamp: int = 0

    @property
    def title(self) -> str:
        """The words that were asked for, or what stands for them."""
        if self.request.prompt:
            return self.request.prompt
        if self.request.style_picture:
            return tr("In the style of a picture")
        return tr("Unreadable drawing") if self.error else tr("Drawing")

    @property
    def fraction(self) -> float | None:
        """How far along, 0 to 1; None when nobody knows."""
        if self.stage is Stage.DRAWING and self.steps > 0:
            return min(1.0, self.step / self.steps)
        if self.stage is Stage.STARTING and self.phase and self.phase.total > 0:
            return min(1.0, self.phase.done / self.phase.total)
        return 1.0 if self.stage.over else None

    @property
    def inserted(self) -> bool:
        return self.inserted_stamp != 0

    @property
    def can_insert(self) -> bool:
        return self.result_paths > 0


def stamp_of(path: Path) -> int:
    """A number that changes when the file does; 0 when it is not a plain file."""
    try:
        info = path.lstat()
    except (OSError, ValueError):
        return 0
    if not stat.S_ISREG(info.st_mode):
        return 0
    return hash((info.st_mtime_ns, info.st_size, info.st_ino)) or 1


def read_json(path: Path) -> Any:
    """The file's JSON, or None: missing, not a plain file, huge, broken or bottomless."""
    try:
        info = path.lstat()
        if not stat.S_ISREG(info.st_mode) or info.st_size > LARGEST_TEXT:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, MemoryError):
        return None


def number(value: object, low: float, high: float, otherwise: float) -> float:
    """A finite number within bounds, else `otherwise`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return otherwise
    try:
        real = float(value)
    except OverflowError:
        return otherwise
    return real if math.isfinite(real) and low <= real <= high else otherwise


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def plain_name(value: object) -> str:
    """A file name that stays inside its folder, else nothing."""
    name = value if isinstance(value, str) else ""
    wrong = not name or len(name) > 255 or name in (".", "..") or any(c in name for c in "/\\:\0")
    return "" if wrong else name


def _joined(prompts: object) -> str:
    if not isinstance(prompts, list):
        return ""
    texts = (one_line(mapping(prompt).get("text")) for prompt in prompts[:50])
    return one_line(", ".join(text for text in texts if text))


def request_of(data: Mapping[str, Any]) -> Request:
    """The request in a job.json that has been read."""
    canvas, strokes = mapping(data.get("canvas")), mapping(data.get("strokes"))
    style, guides = mapping(data.get("style")), mapping(data.get("guides"))
    paths = data.get("paths")
    ground = canvas.get("background")
    channels = ground if isinstance(ground, list) and len(ground) == 3 else [1, 1, 1]
    seed = data.get("seed")
    iterations = int(number(data.get("iterations"), 1, MOST_ITERATIONS, 0))
    return Request(
        prompt=_joined(data.get("prompts")),
        negative=_joined(data.get("negative_prompts")),
        style_picture=plain_name(style.get("picture")),
        style_strength=number(style.get("strength"), 0, 100, 1.0),
        width=int(number(canvas.get("width"), 1, LARGEST_SIDE, 224)),
        height=int(number(canvas.get("height"), 1, LARGEST_SIDE, 224)),
        background=tuple(number(c, 0, 1, 1.0) for c in channels),  # type: ignore[arg-type]
        backdrop=plain_name(canvas.get("backdrop")),
        path_count=len(paths) if isinstance(paths, list) else 0,
        stroke_count=int(number(strokes.get("count"), 0, MOST_STROKES, 0)),
        seed=seed if isinstance(seed, int) and 0 <= seed <= LARGEST_SEED else 0,
        iterations=iterations or None,
        preset=one_line(data.get("preset"), 60) or "default",
        clip=one_line(guides.get("clip"), 200) or "built-in",
        style_judge=one_line(guides.get("style"), 200) or "built-in",
        from_document="mark" in mapping(data.get("document")),
    )


def notice_of(data: object) -> Notice | None:
    """A warning or error as the folder writes it."""
    fields = mapping(data)
    sentence = one_line(fields.get("sentence"), 600)
    if not sentence:
        return None
    code = one_line(fields.get("code"), 80) or "error"
    return Notice(code, sentence, one_line(fields.get("next_step"), 600))


def moment_of(text: object) -> datetime | None:
    """An ISO time, in the person's own time zone."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def time_in_id(job_id: str) -> datetime | None:
    """The moment that a job's id names, when its job.json names none."""
    try:
        return datetime.strptime(job_id[:15], "%Y%m%d-%H%M%S").astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def unreadable(snapshot: Snapshot, data: object) -> Snapshot:
    """The snapshot of a folder whose request cannot be used, saying why."""
    schema = mapping(data).get("schema")
    if isinstance(schema, int) and schema != SCHEMA:
        notice = Notice(
            "job.schema",
            tr(
                "This drawing was asked for in format {theirs}; this window reads format {ours}."
            ).format(theirs=one_line(str(schema)[:20]), ours=SCHEMA),
            tr("Update StyleCLIPDraw, or delete the drawing."),
        )
    else:
        notice = Notice(
            "job.unreadable",
            tr("The request of this drawing cannot be read."),
            tr("Delete it, or open its folder and look at job.json."),
        )
    return replace(snapshot, stage=Stage.FAILED, error=notice)
