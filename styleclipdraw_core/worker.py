"""The optimizer: one resident process that draws the queued jobs in order and keeps its models.

Run as ``python -I -m styleclipdraw_core.worker``. Whatever it knows lies in the job folders, so it
may be killed at any moment: the next one goes on from the last result. Hides that from `run`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from styleclipdraw_core.atomic import remove_leftovers
from styleclipdraw_core.errors import StorageError, StyleClipDrawError
from styleclipdraw_core.job import Failure, Job, Result
from styleclipdraw_core.job_folder import FINISHED, JobFolder, all_jobs, data_folder, jobs_folder
from styleclipdraw_core.process import prepare_for_drawing
from styleclipdraw_core.worker_lock import WorkerLock

if TYPE_CHECKING:
    from styleclipdraw_core.run import Models, Progress

IDLE_SECONDS = 600.0
POLL_SECONDS = 0.1
PREVIEW_SECONDS = 0.25
EVENT_SECONDS = 0.1
PHASE_SECONDS = 0.2  # a download reports every few kilobytes
LOW_PRIORITY = 10  # as the window gives it
# A job that ends the whole process (out of memory, a broken driver) is not tried for ever.
ATTEMPTS_AT_ONE_STEP = 3
LARGEST_LOG = 1_000_000  # bytes


class Ended(Exception):
    """Raised between two steps when a person wants no more of this job."""


@dataclass
class Desk:
    """One job being drawn: what it tells the folder, and what the folder tells it."""

    folder: JobFolder
    preview_of: Callable[[Progress], bytes]
    _last_preview: float = 0.0
    _last_event: float = 0.0
    _last_phase: tuple[str, float] = ("", 0.0)

    def phase(self, name: str, done: int = 0, total: int = 0) -> None:
        self.check_wishes()
        now = time.monotonic()
        last, when = self._last_phase
        if name == last and now - when < PHASE_SECONDS and done < total:
            return
        self._last_phase = name, now
        known = {"done": done, "total": total} if total else {}
        self.folder.add_event("phase", phase=name, **known)

    def warning(self, code: str, sentence: str, next_step: str) -> None:
        self.folder.add_event("warning", code=code, sentence=sentence, next_step=next_step)

    def check_wishes(self) -> None:
        if self.folder.wants_stop():
            raise Ended

    def show(self, progress: Progress, result: Result) -> None:
        """Everything the folder gets after a step; the result at every one of them."""
        self.folder.write_result(result)
        now = time.monotonic()
        last = progress.step == progress.steps
        if now - self._last_preview >= PREVIEW_SECONDS:
            self.folder.write_preview(self.preview_of(progress))
            self._last_preview = now
        if last or now - self._last_event >= EVENT_SECONDS:
            self._last_event = now
            left = progress.seconds_left
            self.folder.add_event(
                "step",
                step=progress.step,
                steps=progress.steps,
                scores=result.scores,
                **({} if left is None else {"seconds_left": round(left, 2)}),
            )


def draw_one(folder: JobFolder, models: Models) -> str:
    """Draw one job to its end and return its state; nothing that goes wrong in it gets out."""
    last: Result | None = None
    try:
        if folder.wants_stop():
            raise Ended
        job = folder.read_job()
        remove_leftovers(folder.path)
        last = _earlier(folder)
        _count_attempt(folder, last)
        return _draw(folder, job, models, last)
    except Ended:
        return _finish(folder, "stopped")
    except StyleClipDrawError as error:
        return _finish(folder, "failed", Failure(error.code, error.sentence, error.next_step))
    except MemoryError:
        return _finish(folder, "failed", _OUT_OF_MEMORY)
    except Exception as error:  # a fault of ours: it costs this job, not the ones behind it
        if folder.wants_cancel():
            return "cancelled"  # its folder went away under our hands
        log(traceback.format_exc())
        return _finish(folder, "failed", _failure_of(error))


def _draw(folder: JobFolder, job: Job, models: Models, earlier: Result | None) -> str:
    from styleclipdraw_core import run
    from styleclipdraw_core.preview import PREVIEW_SIDE, preview_png

    desk = Desk(folder, lambda progress: preview_png(progress.picture(job, PREVIEW_SIDE)))
    progress: Progress | None = None
    ended = False
    for progress in run.draw(job, folder.path, models, desk, earlier):
        desk.show(progress, progress.result(job, "drawing"))
        if folder.wants_stop():
            ended = True
            break
    if progress is None:
        raise Ended
    state = "stopped" if ended and progress.step < progress.steps else "done"
    if folder.wants_cancel():
        return _finish(folder, "stopped")
    folder.write_preview(desk.preview_of(progress))
    folder.write_result(progress.result(job, state), durable=True)
    return state


def _earlier(folder: JobFolder) -> Result | None:
    """The result that a killed worker left; a damaged one is worth nothing, the request all."""
    try:
        return folder.read_result()
    except (StyleClipDrawError, OSError):
        return None


def _count_attempt(folder: JobFolder, earlier: Result | None) -> None:
    """Note the attempt; refuse when the last ones ended the process without getting any further."""
    step = earlier.step if earlier else 0
    events, _ = folder.read_events()
    starts = [event for event in events if event["event"] == "start"]
    in_vain = sum(1 for event in starts if event.get("step") == step)
    if in_vain >= ATTEMPTS_AT_ONE_STEP:
        raise StyleClipDrawError(
            f"The optimizer ended unexpectedly {in_vain} times at step {step} of this drawing.",
            "Try fewer strokes, a smaller canvas or the device cpu; "
            "`styleclipdraw doctor` says what works here.",
            code="worker.crashed",
        )
    folder.add_event("start", step=step, attempt=in_vain + 1)


def _finish(folder: JobFolder, state: str, failure: Failure | None = None) -> str:
    """Write the end of a job, with the paths of its last good step."""
    if not (folder.path / "job.json").exists():
        return "cancelled"
    last = _earlier(folder) or Result(job=folder.id, state=state)
    end = replace(last, state=state, error=failure)
    for make_room in (False, True):
        if make_room:
            folder.preview.unlink(missing_ok=True)  # the next look at the drawing makes it anew
        try:
            if failure is not None:
                folder.add_event("error", **vars(failure))
            folder.write_result(end, durable=True)
            break
        except StorageError as error:
            # The disk is full, or the folder has become read-only. The last result is still there.
            log(str(error))
    return state


_OUT_OF_MEMORY = Failure(
    "worker.memory",
    "There is not enough memory for this drawing.",
    "Try fewer strokes, a smaller canvas or a smaller model.",
)


def _failure_of(error: Exception) -> Failure:
    if "out of memory" in str(error).lower():  # torch.OutOfMemoryError, without importing torch
        return _OUT_OF_MEMORY
    return Failure(
        "worker.fault",
        f"The drawing failed because of a fault in the program ({type(error).__name__}).",
        f"Please report it, with the end of {log_file()}.",
    )


# ------------------------------------------------------------------------------- the process


def work(
    lock: WorkerLock,
    *,
    idle_seconds: float = IDLE_SECONDS,
    draw_job: Callable[[JobFolder], str] | None = None,
) -> None:
    """Draw whatever is queued, until nothing has come for ``idle_seconds``. The lock is held."""
    draw_job = draw_job or _drawing_with_warm_models()
    jobs = Queue()
    idle_since = time.monotonic()
    while True:
        job = jobs.next()
        if job is not None:
            draw_job(job)
            # Also when its end could not be written: one round of the queue, not an endless one.
            jobs.finished.add(job.id)
            idle_since = time.monotonic()
            continue
        if time.monotonic() - idle_since >= idle_seconds:
            lock.release()
            # A job may have come after the last look, and its starter have met our lock.
            if jobs.next(closely=True) is None or not lock.take():
                return
            continue
        time.sleep(min(POLL_SECONDS, idle_seconds))


def _drawing_with_warm_models() -> Callable[[JobFolder], str]:
    try:
        from styleclipdraw_core.run import Models
    except (ImportError, OSError) as error:  # OSError: a library of torch that cannot be loaded
        log(traceback.format_exc())
        failure = Failure(
            "worker.installation",
            f"A part of the program could not be loaded: {str(error).splitlines()[0]}.",
            "Repair the installation: run install.py again.",
        )
        return lambda folder: _finish(folder, "failed", failure)
    models = Models()
    return lambda folder: draw_one(folder, models)


class Queue:
    """Finds the next job; looks closely only when something has changed in the folder of jobs."""

    # A job gets its job.json after its folder, which the time of the folder above does not show;
    # and some file systems keep times in steps of two seconds.
    _CLOSER_LOOKS_SECONDS = 10.0
    _LONGEST_SHORTCUT_SECONDS = 2.0

    def __init__(self) -> None:
        self.finished: set[str] = set()
        self._stamp = 0.0
        self._looked = 0.0

    def next(self, *, closely: bool = False) -> JobFolder | None:
        """The first job that is not finished."""
        try:
            stamp = os.stat(jobs_folder()).st_mtime
        except OSError:
            return None
        quiet = stamp == self._stamp and time.time() - stamp > self._CLOSER_LOOKS_SECONDS
        recent = time.monotonic() - self._looked < self._LONGEST_SHORTCUT_SECONDS
        if quiet and recent and not closely:
            return None
        self._stamp, self._looked = stamp, time.monotonic()
        for job in all_jobs(without=self.finished):
            state = job.state()
            if state not in FINISHED:
                return job
            if state != "cancelled":  # the window can take that back
                self.finished.add(job.id)
        return None


def be_polite() -> None:
    """Let everything else on the computer go first."""
    try:
        if sys.platform == "win32":
            import ctypes

            below_normal = 0x4000
            kernel = ctypes.windll.kernel32
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
        elif os.getpriority(os.PRIO_PROCESS, 0) < LOW_PRIORITY:
            os.setpriority(os.PRIO_PROCESS, 0, LOW_PRIORITY)
    except OSError:
        pass  # it only draws less politely


def log_file() -> Path:
    return data_folder() / "worker.log"


def log(text: str) -> None:
    """For whoever looks into a fault: nothing of it is ever shown."""
    try:
        with open(log_file(), "ab" if _log_is_short() else "wb") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text.rstrip()}\n".encode())
    except OSError:
        pass


def _log_is_short() -> bool:
    path = log_file()
    return path.exists() and path.stat().st_size < LARGEST_LOG


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it has drawn, or when another optimizer is there to draw."""
    prepare_for_drawing()
    parser = argparse.ArgumentParser(
        prog="styleclipdraw worker",
        description="Draw the queued jobs in order, keep the models warm, and leave when idle.",
    )
    parser.add_argument(
        "--idle",
        type=float,
        default=IDLE_SECONDS,
        metavar="SECONDS",
        help="leave after so long without a job (default: %(default)g; 0: when the queue is empty)",
    )
    options = parser.parse_args(arguments)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of libraries, for their programmers
    try:
        with WorkerLock() as lock:
            if lock.take():
                be_polite()
                work(lock, idle_seconds=options.idle if options.idle > 0 else 0.0)
    except KeyboardInterrupt:
        return 130
    except StyleClipDrawError as error:
        log(error.for_person())
        print(error.for_person(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
