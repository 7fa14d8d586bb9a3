"""The request of a selected result, made anew with the next seed; hides where it was remembered."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

from . import pictures, provenance, remembered
from .job_folder import all_jobs
from .messages import Refusal, _
from .remembered import Remembered
from .request import LARGEST_SEED, Again, Request, build


def request_again(root: Any, ids: Sequence[str]) -> Request:
    """The next request; the drawing that it repeats is hidden when its result comes."""
    job_id, asked = _selected(root, ids)
    options = asked.options()
    options = options._replace(seed=min(LARGEST_SEED, options.seed + 1))
    again = Again(job_id, _picture(asked, job_id), asked)
    sources = _sources(root, asked)
    if options.work_on != "new" and not sources:
        raise Refusal(
            _("The paths that this drawing was made of are not in the document any more."),
            _("Select other paths and choose Draw."),
        )
    return build(root, sources, options, again)


def _selected(root: Any, ids: Sequence[str]) -> Tuple[str, Remembered]:
    """The request of what is selected, and its job."""
    wanted = set(ids)
    jobs = {
        provenance.job_of(element)
        for element in root.iter()
        if isinstance(element.tag, str) and element.attrib.get("id") in wanted
    }
    jobs.discard(None)
    if len(jobs) > 1:
        raise Refusal(_("Parts of several drawings are selected."), _one_drawing())
    for job_id, record in provenance.records(root):
        asked = remembered.read(record)
        # What the command line has refined does not say so itself.
        if job_id in jobs or (not jobs and wanted & set(asked.refined)):
            return job_id, asked
    if jobs:
        raise Refusal(
            _("The request of this drawing is not in the document any more."),
            _("Choose StyleCLIPDraw > Drawings, or make a new one with Draw."),
        )
    raise Refusal(_("No drawing of StyleCLIPDraw is selected."), _one_drawing())


def _one_drawing() -> str:
    return _("Select one drawing, its layer, or a path of it.")


def _sources(root: Any, asked: Remembered) -> List[str]:
    """The paths to start from, hidden or not, in z-order; one replaced in place kept its id."""
    known = set(asked.sources)
    return [
        element.attrib["id"]
        for element in root.iter()
        if isinstance(element.tag, str) and element.attrib.get("id") in known
    ]


def _picture(asked: Remembered, job_id: str) -> Optional[pictures.Picture]:
    """The style picture: from the document, or from the job when it was drawn on this computer."""
    kept = asked.picture()
    if kept is not None:
        return kept
    style = asked.job.get("style")
    name = style.get("picture") if isinstance(style, dict) else None
    job = next((job for job in all_jobs() if job.id == job_id), None)
    if not isinstance(name, str):
        return None
    data = job.picture(name) if job is not None else None
    if data is None:
        raise Refusal(
            _("The style picture of this drawing was too large to travel in the document."),
            _("Choose Draw, and the style picture once more."),
        )
    return pictures.named(data, _("the remembered picture"))
