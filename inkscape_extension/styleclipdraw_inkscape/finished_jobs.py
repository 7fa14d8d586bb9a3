"""Which finished drawing goes into the document at hand.

Hides marks, states and what is told when none does.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple

from .document_mark import is_same_document
from .insertion import Insertion
from .job_folder import JobFolder, all_jobs
from .messages import Refusal, _
from .new_ids import NewIds
from .result_reader import read_paths

# The window makes this file when the person presses Insert on one drawing, finished or not.
WANTED = "insert"
INSERTED = "inserted"
MOST_LOOKED_AT = 200  # of the newest jobs


class Choice(NamedTuple):
    job: JobFolder
    document: Dict[str, Any]


def choose(root: Any) -> Choice:
    """The drawing that the person asked for, else the newest that is ready and not in yet."""
    ready: List[Choice] = []
    drawing = False
    for job in list(_newest()):
        document = (job.request() or {}).get("document")
        if not isinstance(document, dict) or "mark" not in document:
            continue  # made on the command line or in the window: it belongs to no document
        state = job.state
        wanted = job.has(WANTED)
        if wanted and (job.result() or {}).get("paths"):
            ready.insert(0, Choice(job, document))
        elif state in ("done", "stopped") and not job.has(INSERTED):
            ready.append(Choice(job, document))
        drawing = drawing or (
            state in ("queued", "drawing") and is_same_document(root, document["mark"])
        )
    ready.sort(key=lambda choice: not choice.job.has(WANTED))
    for choice in ready:
        if is_same_document(root, choice.document["mark"]):
            return choice
    raise _nothing(ready, drawing)


def _newest() -> List[JobFolder]:
    return [job for _number, job in zip(range(MOST_LOOKED_AT), all_jobs())]


def _nothing(ready: List[Choice], drawing: bool) -> Refusal:
    if ready:
        name = str(ready[0].document["mark"].get("name") or _("an unsaved document"))
        return Refusal(
            _("The drawing that is ready belongs to another document: {name}.").format(name=name),
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
        return Insertion(root, choice.job.id, choice.document, NewIds(root)).run(paths)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise Refusal(
            _("The request of this drawing is damaged, and it was not inserted."),
            _("Draw it again from the selection."),
        ) from error


def mark_inserted(job: JobFolder) -> None:
    job.mark(INSERTED)
    job.unmark(WANTED)
