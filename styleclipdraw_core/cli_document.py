"""``--init`` and ``--again``: what a document gives to a request.

Hides which parts of it are drawn by us, seen by the judges as paths that stay, or seen behind
everything as a picture that Inkscape makes.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from styleclipdraw_core import pictures, svg
from styleclipdraw_core.errors import InputError, JobError, PictureError, SvgError
from styleclipdraw_core.inkscape_export import export_png, inkscape_program
from styleclipdraw_core.job import LARGEST_SIDE, Job, JobMoves, JobPath
from styleclipdraw_core.job_drawing import job_paths
from styleclipdraw_core.job_json import read_job, write_job
from styleclipdraw_core.named_file import read_named_file
from styleclipdraw_core.svg_source import LARGEST_BYTES

if TYPE_CHECKING:
    from styleclipdraw_core.svg import SvgDocument

LOCKED = JobMoves(points=False, width=False, stroke=False, fill=False)
BACKDROP_FILE = "backdrop.png"
BACKDROP_SIDE = 1024  # px, longer side; the judges look at 224


class Notice(NamedTuple):
    """Something that a person should know before the drawing begins."""

    code: str
    sentence: str
    next_step: str


@dataclass(frozen=True)
class Request:
    """A checked job, the pictures it names, and the document its paths go back into, if any."""

    job: Job
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    source: bytes | None = None  # the document that the paths come from and go back into
    last_step: int | None = None  # of a drawing that was stopped, and is to be repeated as it was
    notices: tuple[Notice, ...] = ()

    @property
    def title(self) -> str:
        """What the drawing is called: its first prompt."""
        return self.job.prompts[0].text if self.job.prompts else "drawing"

    def document(self) -> SvgDocument | None:
        return None if self.source is None else svg.read_svg(self.source)

    def metadata(self, step: int, steps: int) -> dict[str, Any]:
        """Everything that `--again` needs, as JSON; the drawing was ended after ``step``."""
        record: dict[str, Any] = {
            "job": json.loads(write_job(self.job)),
            "pictures": {name: _packed(data) for name, data in self.pictures.items()},
            "last_step": step if step < steps else None,
        }
        if self.source is not None:
            record["document"] = _packed(zlib.compress(self.source, 9))
        return record


def with_init(request: Request, name: str, select: str | None) -> Request:
    """The request with the paths of that document; ``select`` names those that may move (all)."""
    source = _without_old_request(_read(Path(name)))
    document = svg.read_svg(source)
    width, height = document.canvas_size
    if max(width, height) > LARGEST_SIDE:
        raise InputError(
            f"{name} is {width:,} x {height:,} px; at most {LARGEST_SIDE:,} are possible.",
            "Make the document smaller (in Inkscape: File > Document Properties).",
            code="cli.size",
        )
    chosen = None
    if select is not None:
        chosen = [part.strip() for part in select.split(",") if part.strip()]
    if chosen == []:
        raise InputError(
            "--select names no path.",
            "Give ids of the SVG, e.g. path12,path15, or leave --select away to draw on all paths.",
            code="cli.select",
        )
    selected = {path.id for path in document.paths_of(chosen)}
    background = document.background() or request.job.canvas.background
    canvas = replace(request.job.canvas, width=width, height=height, background=background)
    job = replace(request.job, canvas=canvas)
    missing = document.unseen()
    if not selected:
        request = replace(request, notices=(*request.notices, _nothing_notice(name)))
    if missing:
        with_picture = _with_backdrop(replace(request, job=job, source=source), name, selected)
        if with_picture is not None:
            return with_picture
    request = replace(request, job=replace(job, paths=_paths_of(document, selected)), source=source)
    if not missing:
        return request
    return replace(request, notices=(*request.notices, _unseen_notice(missing)))


def _nothing_notice(name: str) -> Notice:
    return Notice(
        "init.nothing",
        f"{name} has no path or shape that could be drawn on; new strokes are drawn over it.",
        "Text becomes paths in Inkscape with Path > Object to Path.",
    )


def _unseen_notice(missing: str) -> Notice:
    have = inkscape_program() is not None
    return Notice(
        "init.unseen",
        f"The judges do not see {missing} of the document: "
        + ("Inkscape could not render it." if have else "that takes Inkscape, which is not here."),
        "They stay in the document as they are. "
        + (
            "Open it in Inkscape and save it again."
            if have
            else "Install Inkscape, or turn them into paths."
        ),
    )


def _with_backdrop(request: Request, name: str, selected: Collection[str]) -> Request | None:
    """The request with everything below the lowest path that moves, and all that is no path, as a
    picture behind the rest; None when there is no such picture."""
    document = request.document()
    assert document is not None, "there is one to take paths from"
    paths = _paths_of(document, selected)
    lowest = next((k for k, path in enumerate(paths) if path.id in selected), len(paths))
    above = paths[lowest:]
    canvas = request.job.canvas
    scale = min(1.0, BACKDROP_SIDE / max(canvas.width, canvas.height))
    rest = document.for_backdrop([path.id for path in above], Path(name).absolute().parent)
    red, green, blue = canvas.background
    data = export_png(rest, max(1, round(canvas.width * scale)), (red, green, blue))
    if data is None:
        return None
    try:
        picture = pictures.png_of(pictures.decode(data, "Inkscape's picture"), BACKDROP_SIDE)
    except PictureError:
        return None
    return replace(
        request,
        job=replace(request.job, paths=above, canvas=replace(canvas, backdrop=BACKDROP_FILE)),
        pictures={**request.pictures, BACKDROP_FILE: picture},
    )


def _without_old_request(source: bytes) -> bytes:
    """An SVG of ours holds what it was drawn with; kept in the next one it would grow for ever."""
    document = svg.read_svg(source)
    if document.metadata() is None:
        return source
    return document.replaced([], metadata={}).encode("utf-8")


def _paths_of(document: SvgDocument, selected: Collection[str]) -> tuple[JobPath, ...]:
    """All paths of the document, those that were not selected locked: the judges see them."""
    return tuple(
        path if path.id in selected else replace(path, moves=LOCKED)
        for path in job_paths(document.paths_of())
    )


def _read(path: Path) -> bytes:
    """The bytes of an SVG file; raises `SvgError`."""
    return read_named_file(
        path, LARGEST_BYTES, error=SvgError, code="svg", wanted="the name of an SVG file"
    )


def again(name: str) -> Request:
    """The request in the metadata of an SVG that was drawn by this program."""
    record = svg.read_svg(_read(Path(name))).metadata()
    broken = SvgError(
        f"{name} does not say how it was drawn.",
        "Only an SVG that styleclipdraw has written can be drawn again.",
        code="svg.no-request",
    )
    if record is None:
        raise broken
    try:
        job = read_job(json.dumps(record["job"]))
        kept = {file: _unpacked(record["pictures"][file]) for file in job.pictures}
        source = _unzipped(_unpacked(record["document"])) if "document" in record else None
        last = record.get("last_step")
        last_step = None if last is None else int(last)
    except (KeyError, TypeError, ValueError, JobError, zlib.error):
        raise broken from None
    return Request(job, kept, source, last_step)


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text, validate=True)  # binascii.Error is a ValueError


def _unzipped(data: bytes) -> bytes:
    """At most as much as an SVG may have, however little it was packed into."""
    return zlib.decompressobj().decompress(data, LARGEST_BYTES + 1)
