"""Follows one job folder: reads again only what has changed, and events only from where it was.

Hides stamps, offsets and half-written lines; `JobReader.read` gives a `Snapshot`, or None when the
folder has vanished.
"""

from __future__ import annotations

import math
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from styleclipdraw_core.job import SCHEMA
from styleclipdraw_core.job_folder import JobFolder
from styleclipdraw_core.window.snapshot import (
    MOST_POINTS,
    MOST_WARNINGS,
    Notice,
    Phase,
    Snapshot,
    Stage,
    mapping,
    moment_of,
    notice_of,
    number,
    read_json,
    request_of,
    stamp_of,
    time_in_id,
    unreadable,
)
from styleclipdraw_core.window.text import one_line, tr

_STATES = {
    "drawing": Stage.DRAWING,
    "stopped": Stage.STOPPED,
    "done": Stage.DONE,
    "failed": Stage.FAILED,
}


# Reading takes at most this share of the time: the optimizer and Inkscape want the processor too.
REST = 15
CHEAP = 0.005  # seconds


class JobReader:
    """Reads one folder again and again, cheaply."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshot = Snapshot(folder.name, folder, created=time_in_id(folder.name))
        self._job_stamp = 0
        self._readable = False
        self._events = _Events(JobFolder(folder))
        self._read_at = 0.0  # seconds, of the monotonic clock
        self._read_cost = 0.0  # seconds of processor time

    def read(self) -> Snapshot | None:
        """What the folder says now; None when it is gone or is not a job yet."""
        job_stamp = stamp_of(self.folder / "job.json")
        if not job_stamp:
            return None
        if job_stamp != self._job_stamp:
            self._job_stamp = job_stamp
            self._read_request()
        now = self._snapshot
        if self._readable:
            self._events.read()
            now = self._with_result(now)
        now = replace(
            now,
            inserted_stamp=stamp_of(self.folder / "inserted"),
            stopping=self._has("stop") and not now.stage.over,
            discarded=self._has("cancel"),
            preview_stamp=stamp_of(self.folder / "preview.png"),
        )
        self._snapshot = now
        return now

    def _has(self, marker: str) -> bool:
        try:
            return (self.folder / marker).exists()
        except OSError:
            return False

    def _is_worth_reading(self) -> bool:
        """The result changes with every step; a large one is read as rarely as it is slow to read.

        Not at the end: nobody is to wait for a drawing that is done.
        """
        if self._read_cost < CHEAP or self._snapshot.stopping:
            return True
        rested = time.monotonic() - self._read_at >= REST * self._read_cost
        return rested or 0 < self._events.steps <= self._events.step

    def _read_request(self) -> None:
        data = read_json(self.folder / "job.json")
        self._readable = isinstance(data, dict) and data.get("schema") == SCHEMA
        if not self._readable:
            self._snapshot = unreadable(self._snapshot, data)
            return
        self._snapshot = replace(
            self._snapshot,
            request=request_of(data),
            created=moment_of(data.get("created")) or self._snapshot.created,
            error=None,
            stage=Stage.WAITING,
        )

    def _with_result(self, now: Snapshot) -> Snapshot:
        events = self._events
        stamp = stamp_of(self.folder / "result.json")
        if stamp and stamp != now.result_stamp and self._is_worth_reading():
            began = time.thread_time()  # not the clock's: others may have had the processor
            data = read_json(self.folder / "result.json")
            self._read_cost = time.thread_time() - began
            self._read_at = time.monotonic()
            if isinstance(data, dict) and data.get("schema") == SCHEMA:
                now = _result_into(now, data, stamp)
        if not stamp or not now.result_stamp:
            heard = events.phase is not None or events.step >= 0
            stage = Stage.STARTING if heard else Stage.WAITING
            now = replace(now, stage=stage, result_stamp=0, result_paths=0, error=None)
        if now.stage.over:
            error = now.error
            if now.stage is Stage.FAILED and error is None:
                error = events.error or _unnamed()
            return replace(now, error=error, phase=None, ends_at=None, **events.told())
        if events.error:
            now = replace(now, stage=Stage.FAILED, error=events.error)
        elif events.step >= 0 and not events.phase:
            now = replace(now, stage=Stage.DRAWING)
        return replace(
            now,
            step=events.step if events.step >= 0 else now.step,
            steps=events.steps or now.steps,
            ends_at=events.ends_at,
            phase=events.phase,
            **events.told(),
        )


def _unnamed() -> Notice:
    return Notice(
        "failed",
        tr("The drawing failed and left no reason."),
        tr("Draw it again, and report it if it recurs."),
    )


def _result_into(now: Snapshot, data: dict[str, Any], stamp: int) -> Snapshot:
    paths = data.get("paths")
    return replace(
        now,
        stage=_STATES.get(str(data.get("state")), Stage.DRAWING),
        step=int(number(data.get("step"), 0, 1e9, now.step)),
        steps=int(number(data.get("steps"), 0, 1e9, now.steps)),
        seconds=number(data.get("seconds"), 0, 1e9, now.seconds),
        device=one_line(data.get("device"), 80),
        result_paths=len(paths) if isinstance(paths, list) else 0,
        error=notice_of(data.get("error")),
        result_stamp=stamp,
    )


class _Events:
    """events.jsonl, followed from where it was left; starts over when the file was replaced."""

    def __init__(self, job: JobFolder) -> None:
        self._job = job
        self._file = 0
        self._forget()

    def _forget(self) -> None:
        self._offset = self._size = 0
        self.step, self.steps = -1, 0
        self.ends_at: float | None = None
        self.phase: Phase | None = None
        self.error: Notice | None = None
        self.warnings: list[Notice] = []
        self._scores: dict[str, list[tuple[float, float]]] = {}
        self._told: dict[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        """Scores and warnings, as fields of a snapshot; the same object until they change."""
        if self._told is None:
            scores = {name: tuple(points) for name, points in self._scores.items() if points}
            self._told = {"scores": scores, "warnings": tuple(self.warnings)}
        return self._told

    def read(self) -> None:
        try:
            info = self._job.path.joinpath("events.jsonl").lstat()
            if not stat.S_ISREG(info.st_mode):
                return
            if info.st_ino != self._file or info.st_size < self._offset:
                self._forget()
                self._file = info.st_ino
            if info.st_size == self._size:
                return
            self._size = info.st_size
            events, self._offset = self._job.read_events(self._offset)
        except OSError:
            return
        for event in events:
            self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        kind = event.get("event")
        if kind == "step":
            self._take_step(event)
        elif kind == "phase":
            name = one_line(event.get("phase"), 200)
            total = number(event.get("total"), 0, 1e15, 0)
            done = min(number(event.get("done"), 0, 1e15, 0), total)
            self.phase = Phase(name, done, total) if name else None
            self.error = None
        elif kind in ("warning", "error"):
            notice = notice_of(event)
            if notice and kind == "error":
                self.error = notice
            elif notice and notice not in self.warnings:
                self.warnings = [*self.warnings, notice][-MOST_WARNINGS:]
                self._told = None

    def _take_step(self, event: dict[str, Any]) -> None:
        step = int(number(event.get("step"), 0, 1e9, -1))
        if step < 0:
            return
        if step <= self.step:  # gone on with after a crash, from the last result or the start
            self._scores = {
                name: [point for point in points if point[0] < step]
                for name, points in self._scores.items()
            }
        self.step = step
        self.steps = int(number(event.get("steps"), 0, 1e9, self.steps))
        self.phase = self.error = None
        left = number(event.get("seconds_left"), 0, 1e7, math.inf)
        moment = moment_of(event.get("time"))
        self.ends_at = moment.timestamp() + left if moment and math.isfinite(left) else None
        for name, value in list(mapping(event.get("scores")).items())[:4]:
            real = number(value, -1e9, 1e9, math.nan)
            if math.isfinite(real):
                points = self._scores.setdefault(one_line(name, 40), [])
                points.append((float(step), real))
                if len(points) > MOST_POINTS:
                    del points[1:-1:2]
        self._told = None
