"""Waiting for a drawing, for scripts.

Keeps  an optimizer running and says when it cannot be done.
"""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Optional

from .job_folder import JobFolder
from .launch import start
from .messages import Refusal, _

POLL = 0.1  # seconds
# An optimizer that finds another one at work leaves at once; then the other one is waited for.
START_AGAIN = 10.0  # seconds without any sign of life
GIVE_UP = 120.0  # seconds without any sign of life and without an optimizer of our own


def wait_for(job: JobFolder, clock: Callable[[], float] = time.monotonic) -> None:
    """Return when the job has ended; raises `Refusal` when it failed or nobody draws it."""
    child: Optional[Any] = None
    started = seen = clock()
    sign = _sign(job)
    while job.state not in ("done", "stopped"):
        if job.state in ("failed", "cancelled"):
            raise _failure(job)
        now = clock()
        if _sign(job) != sign:
            sign, seen = _sign(job), now
        running = child is not None and child.poll() is None
        if not running and (child is None or now - max(seen, started) > START_AGAIN):
            child, started = start("worker"), now
        if not running and now - seen > GIVE_UP:
            raise Refusal(
                _("The drawing program does not answer."),
                _("Open StyleCLIPDraw > Drawings to see why, or run its install.py again."),
            )
        time.sleep(POLL)


def _sign(job: JobFolder) -> Any:
    """Changes whenever the optimizer writes something."""

    def state(name: str) -> Any:
        try:
            status = os.stat(job.file(name))
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    return state("events.jsonl"), state("result.json")


def _failure(job: JobFolder) -> Refusal:
    error = (job.result() or {}).get("error")
    if not isinstance(error, dict):
        return Refusal(_("The drawing was cancelled."))
    return Refusal(str(error.get("sentence", ""))[:2000], str(error.get("next_step", ""))[:2000])
