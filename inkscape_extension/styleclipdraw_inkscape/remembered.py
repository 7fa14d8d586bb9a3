"""A request as it travels in a document, and what it means for the next one.

Hides its fields. The command line writes and reads the same (styleclipdraw_core/cli_request.py):
`job` is the request as in job.json, `pictures` its pictures by name, `last_step` where a person
stopped it. `inkscape` is what only the extension needs; the command line's `document` is not read.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any, Dict, List, NamedTuple, Optional

from . import pictures
from .job_folder import SCHEMA, JobFolder
from .options import Options, fitting
from .viewports import Box

# Up to so many bytes of pictures, and of the paths that it started from, travel along.
LARGEST = 1024 * 1024

# A request in a document is nobody's job: neither its name nor its time, nor where it came from.
NO_ID = "00000000-000000-000000"
_LEFT_OUT = ("document", "id", "created", "schema")
LARGEST_SIDE = 8192  # px, of a canvas
_SMALLEST_WEIGHT, _LARGEST_WEIGHT, _MOST_PROMPTS = 0.001, 1000.0, 32


def record_of(
    request: Dict[str, Any], files: Dict[str, bytes], stopped_at: Optional[int] = None
) -> Dict[str, Any]:
    """What a document keeps of a request, of whose pictures `files` are at hand."""
    job = {"schema": SCHEMA, "id": NO_ID, "created": ""}
    job.update((name, value) for name, value in request.items() if name not in _LEFT_OUT)
    kept = {name: data for name, data in files.items() if len(data) <= LARGEST}
    canvas = job.get("canvas")
    if isinstance(canvas, dict) and canvas.get("backdrop") not in kept:
        job["canvas"] = {name: value for name, value in canvas.items() if name != "backdrop"}
    if len(json.dumps(job.get("paths"))) > LARGEST:
        job["paths"] = []
    document = request.get("document")
    ours = document.get("options") if isinstance(document, dict) else None
    return {
        "job": job,
        "pictures": {name: base64.b64encode(data).decode("ascii") for name, data in kept.items()},
        "last_step": stopped_at,
        "inkscape": ours if isinstance(ours, dict) else {},
    }


def record_of_folder(folder: JobFolder) -> Dict[str, Any]:
    """What a document keeps of a job."""
    request, result = folder.request() or {}, folder.result() or {}
    named = [_part(request, "style").get("picture"), _part(request, "canvas").get("backdrop")]
    files = {}
    for name in named:
        data = folder.picture(name) if isinstance(name, str) else None
        if data is not None:
            files[str(name)] = data
    step = result.get("step")
    stopped = result.get("state") == "stopped" and isinstance(step, int)
    return record_of(request, files, step if stopped else None)


class Remembered(NamedTuple):
    """A request out of a document, which may come from anywhere."""

    job: Dict[str, Any]
    inkscape: Dict[str, Any]
    files: Dict[str, Any]  # pictures by name, in base64

    @property
    def sources(self) -> List[str]:
        """The ids of what was refined: paths, and clones of them."""
        named = self.inkscape.get("sources")
        if isinstance(named, list):
            return [name for name in named if isinstance(name, str)]
        return self.refined

    @property
    def refined(self) -> List[str]:
        """The ids of the paths that were free to move."""
        paths = self.job.get("paths")
        return [
            path["id"]
            for path in (paths if isinstance(paths, list) else [])
            if isinstance(path, dict) and isinstance(path.get("id"), str) and _moves(path)
        ]

    @property
    def box(self) -> Optional[Box]:
        """The part of the page that was drawn on, in its pixels; `None` for the page."""
        box = self.inkscape.get("box")
        if not isinstance(box, list) or len(box) != 4 or not all(map(_is_number, box)):
            return None
        x, y, width, height = (float(part) for part in box)
        if 0 < max(width, height) < 1e9 and min(width, height) >= 0:
            return (x, y, width, height)
        return None

    @property
    def clip(self) -> List[Dict[str, Any]]:
        """What new strokes were clipped to; checked where it is used."""
        clip = self.inkscape.get("clip")
        return clip if isinstance(clip, list) else []

    @property
    def longer_side(self) -> Optional[int]:
        """The canvas of the command line, which has no area of its own, in px."""
        canvas = _part(self.job, "canvas")
        said = (canvas.get("width"), canvas.get("height"))
        sides = [side for side in said if isinstance(side, int) and 0 < side <= LARGEST_SIDE]
        return None if self.inkscape or len(sides) < 2 else max(sides)

    @property
    def background(self) -> Optional[List[float]]:
        """The paper of the command line; Inkscape's is that of the page."""
        colour = _part(self.job, "canvas").get("background")
        if self.inkscape or not isinstance(colour, list) or len(colour) != 3:
            return None
        return [float(part) for part in colour] if all(map(_is_number, colour)) else None

    def picture(self) -> Optional[pictures.Picture]:
        """The style picture, when the document has it."""
        kept = self.files.get(str(_part(self.job, "style").get("picture")))
        return pictures.from_base64(kept) if isinstance(kept, str) else None

    def options(self) -> Options:
        """The options that give this request again; what does not fit is left out."""
        style, strokes = _part(self.job, "style"), _part(self.job, "strokes")
        guides = _part(self.job, "guides")
        count = strokes.get("count", 0)
        grows = isinstance(count, int) and count > 0
        said = {
            "prompt": ", ".join(prompt["text"] for prompt in self.prompts("prompts")),
            "negative": ", ".join(prompt["text"] for prompt in self.prompts("negative_prompts")),
            "strength": style.get("strength"),
            "strokes": count,
            "kind": strokes.get("kind"),
            "seed": self.job.get("seed"),
            "iterations": self.job.get("iterations"),
            "preset": self.job.get("preset"),
            "clip": guides.get("clip"),
            "style_judge": guides.get("style"),
            "device": self.job.get("device"),
            "work_on": "new" if not self.sources else "refine-add" if grows else "refine",
        }
        for name in ("put", "area", "background", "group_by_size", "inside"):
            said[name] = self.inkscape.get(name)
        if not self.inkscape:
            said["area"] = "page"
        return fitting(said)

    def prompts(self, name: str) -> List[Dict[str, Any]]:
        """The texts of `prompts` or `negative_prompts` with their weights."""
        said = self.job.get(name)
        return [
            {"text": prompt["text"], "weight": _weight(prompt.get("weight"))}
            for prompt in (said[:_MOST_PROMPTS] if isinstance(said, list) else [])
            if isinstance(prompt, dict) and isinstance(prompt.get("text"), str) and prompt["text"]
        ]


def read(record: Dict[str, Any]) -> Remembered:
    return Remembered(_part(record, "job"), _part(record, "inkscape"), _part(record, "pictures"))


def _part(value: Dict[str, Any], name: str) -> Dict[str, Any]:
    part = value.get(name)
    return part if isinstance(part, dict) else {}


def _moves(path: Dict[str, Any]) -> bool:
    moves = path.get("moves")
    return not isinstance(moves, dict) or any(moves.values())


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _weight(value: Any) -> float:
    if not _is_number(value):
        return 1.0
    return min(_LARGEST_WEIGHT, max(_SMALLEST_WEIGHT, float(value)))
