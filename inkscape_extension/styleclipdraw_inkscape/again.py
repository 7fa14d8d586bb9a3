"""The request of a selected result, made anew with the next seed; hides where it was remembered."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from . import pictures, provenance
from .job_folder import JobFolder, all_jobs
from .messages import Refusal, _
from .options import from_remembered
from .request import LARGEST_SEED, Again, Request, build
from .viewports import Box


def request_again(root: Any, ids: Sequence[str]) -> Request:
    """The next request; the drawing that it repeats is hidden when its result comes."""
    job_id = _selected_job(root, ids)
    remembered = provenance.find(root, job_id)
    if remembered is None:
        raise Refusal(
            _("The request of this drawing is not in the document any more."),
            _("Choose StyleCLIPDraw > Drawings, or make a new one with Draw."),
        )
    options = from_remembered(remembered)
    options = options._replace(seed=min(LARGEST_SEED, options.seed + 1))
    again = Again(job_id, _picture(remembered, job_id), _area(remembered))
    sources = _sources(root, remembered)
    if options.work_on != "new" and not sources:
        raise Refusal(
            _("The paths that this drawing was made of are not in the document any more."),
            _("Select other paths and choose Draw."),
        )
    return build(root, sources, options, again)


def _selected_job(root: Any, ids: Sequence[str]) -> str:
    wanted = set(ids)
    jobs = {
        provenance.job_of(element)
        for element in root.iter()
        if isinstance(element.tag, str) and element.attrib.get("id") in wanted
    }
    jobs.discard(None)
    if len(jobs) != 1:
        raise Refusal(
            _("No drawing of StyleCLIPDraw is selected.")
            if not jobs
            else _("Parts of several drawings are selected."),
            _("Select one drawing, its layer, or a path of it."),
        )
    return str(jobs.pop())


def _sources(root: Any, remembered: Dict[str, Any]) -> List[str]:
    """The paths to start from, hidden or not, in z-order; one replaced in place kept its id."""
    named = remembered.get("sources")
    known = {str(name) for name in named} if isinstance(named, list) else set()
    return [
        element.attrib["id"]
        for element in root.iter()
        if isinstance(element.tag, str) and element.attrib.get("id") in known
    ]


def _picture(remembered: Dict[str, Any], job_id: str) -> Optional[pictures.Picture]:
    """The style picture: from the document, or from the job when it was drawn on this computer."""
    text = remembered.get("picture")
    if isinstance(text, str):
        return pictures.from_base64(text)
    for job in all_jobs():
        if job.id == job_id:
            return _picture_of(job)
    return None


def _picture_of(job: JobFolder) -> Optional[pictures.Picture]:
    style = (job.request() or {}).get("style")
    name = style.get("picture") if isinstance(style, dict) else None
    if not isinstance(name, str) or name not in (
        "style.png",
        "style.jpg",
        "style.gif",
        "style.bmp",
        "style.webp",
    ):
        return None
    return pictures.from_file(job.file(name))


def _area(remembered: Dict[str, Any]) -> Optional[Box]:
    box = remembered.get("box")
    if (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(part, (int, float)) for part in box)
    ):
        x, y, width, height = (float(part) for part in box)
        if 0 < max(width, height) < 1e9 and min(width, height) >= 0:
            return (x, y, width, height)
    return None
