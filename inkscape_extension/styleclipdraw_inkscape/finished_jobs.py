"""Which finished drawing goes into the document at hand.

Hides marks, states and what is told when none does.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple

from . import provenance
from .document_mark import is_same_document
from .insertion import Insertion
from .job_folder import JobFolder, all_jobs
from .messages import Refusal, _
from .new_ids import NewIds
from .remembered import record_of_folder
from .result_reader import read_paths

# The window makes this file when the person presses Insert on one drawing, finished or not.
WANTED = "insert"
INSERTED = "inserted"
MOST_LOOKED_AT = 200  # of the newest jobs


class Choice(NamedTuple):
    job: JobFolder
    document: Dict[str, Any]


def choose(root: Any) -> Choice:
    """The drawing asked for in the window, else the newest that is ready and not in yet."""
    choices = list(_choices())
    wanted = [choice for choice in choices if choice.job.has(WANTED) and _has_paths(choice.job)]
    wanted.sort(key=lambda choice: -choice.job.time_of(WANTED))
    ready = [choice for choice in choices if _is_ready(choice.job)]
    for choice in wanted[:1] or ready:
        if is_same_document(root, choice.document["mark"]):
            return choice
    for choice in wanted:
        choice.job.unmark(WANTED)  # answered: it is said below why not
    here = [choice for choice in choices if is_same_document(root, choice.document["mark"])]
    raise _nothing(wanted or ready, any(c.job.state in ("queued", "drawing") for c in here))


def _choices() -> Iterator[Choice]:
    """The newest jobs that came from a document, and were not cancelled."""
    for _number, job in zip(range(MOST_LOOKED_AT), all_jobs()):
        document = (job.request() or {}).get("document")
        if isinstance(document, dict) and "mark" in document and not job.has("cancel"):
            yield Choice(job, document)


def _has_paths(job: JobFolder) -> bool:
    return bool((job.result() or {}).get("paths"))


def _is_ready(job: JobFolder) -> bool:
    return job.state in ("done", "stopped") and not job.has(INSERTED) and _has_paths(job)


def _nothing(ready: List[Choice], drawing: bool) -> Refusal:
    if ready:
        mark = ready[0].document["mark"]
        name = str(mark.get("name", "")) if isinstance(mark, dict) else ""
        return Refusal(
            _("The drawing that is ready belongs to another document: {name}.").format(
                name=name or _("one that was not saved yet")
            ),
            _("Bring that document to the front and choose Insert Result there."),
        )
    if drawing:
        return Refusal(
            _("The drawing for this document is not finished yet."),
            _("Choose Insert Result again when it is, or press Stop and keep in its window."),
        )
    return Refusal(
        _("No finished drawing is waiting for this document."),
        _("Make one with Extensions > StyleCLIPDraw > Draw."),
    )


def insert(root: Any, choice: Choice) -> List[str]:
    """Put a job's paths into the document; returns what the person should know."""
    result = choice.job.result()
    paths = read_paths(result or {})
    if not paths:
        raise Refusal(
            _("This drawing has no paths."), _("Open StyleCLIPDraw > Drawings and draw it again.")
        )
    try:
        new_id = NewIds(root)
        said = Insertion(root, choice.job.id, choice.document, new_id).run(paths)
        record = record_of_folder(choice.job)
        provenance.remember(root, choice.job.id, record, new_id("styleclipdraw-request"))
        return said
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise Refusal(
            _("The request of this drawing is damaged, and it was not inserted."),
            _("Draw it again from the selection."),
        ) from error


def mark_inserted(job: JobFolder) -> None:
    job.unmark(WANTED)
    job.mark(INSERTED)
