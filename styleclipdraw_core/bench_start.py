"""Measures how long a person waits for the first step: cold, in a fresh process, and warm, from a
resident optimizer that has drawn before. Both with a prompt and a style picture, built-in judges.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from styleclipdraw_core import job_folder
from styleclipdraw_core.errors import StyleClipDrawError
from styleclipdraw_core.job import Job, NewStrokes, Prompt, Style
from styleclipdraw_core.pictures import png_of

PROMPT = "a red apple"
STROKES = 64
COLD_RUNS, WARM_RUNS = 3, 5
LONGEST_WAIT = 300.0  # seconds
_POLL = 0.002  # seconds

Command = Sequence[str]
_DRAW: Command = (sys.executable, "-m", "styleclipdraw_core.cli")
_WORKER: Command = (sys.executable, "-m", "styleclipdraw_core.worker")


def measure(*, draw: Command = _DRAW, worker: Command = _WORKER) -> dict[str, object]:
    """Medians in seconds, and every run."""
    with tempfile.TemporaryDirectory(prefix="styleclipdraw-bench-") as name:
        home = Path(name)
        picture = png_of(_stripes())
        (home / "style.png").write_bytes(picture)
        cold = [_cold(draw, home) for _ in range(COLD_RUNS)]
        warm = _warm(worker, home, picture)
    return {
        "cold_s": round(statistics.median(cold), 3),
        "warm_s": round(statistics.median(warm), 3),
        "cold_runs_s": [round(seconds, 3) for seconds in cold],
        "warm_runs_s": [round(seconds, 3) for seconds in warm],
    }


def _cold(draw: Command, home: Path) -> float:
    """From starting ``styleclipdraw draw`` to its first step."""
    arguments = [PROMPT, "--style", str(home / "style.png"), "--strokes", str(STROKES)]
    arguments += ["--iterations", "1", "--json", "--out", str(home / "cold.svg")]
    start = time.monotonic()
    with subprocess.Popen(
        [*draw, "draw", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "step":
                seconds = time.monotonic() - start
                process.communicate(timeout=LONGEST_WAIT)
                return seconds
        raise _no_step(process.stderr.read())


def _warm(worker: Command, home: Path, picture: bytes) -> list[float]:
    """From writing a job to its first step, when the optimizer has drawn one before."""
    environment = {**os.environ, "STYLECLIPDRAW_HOME": str(home)}
    process = subprocess.Popen(
        [*worker, "--idle", "60"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return [_first_step(home, picture) for _ in range(WARM_RUNS + 1)][1:]
    finally:
        process.terminate()
        process.wait()


def _first_step(home: Path, picture: bytes) -> float:
    job = Job(
        job_folder.new_id(),
        prompts=(Prompt(PROMPT),),
        style=Style("style.png"),
        strokes=NewStrokes(STROKES),
        iterations=1,
    )
    start = time.monotonic()
    folder = job_folder.create(job, {"style.png": picture}, home / "jobs")
    while time.monotonic() - start < LONGEST_WAIT:
        result = folder.read_result()
        if result is not None and result.error is not None:
            raise _no_step(result.error.sentence)
        if result is not None and result.step >= 1:
            seconds = time.monotonic() - start
            _wait_for_end(folder)
            return seconds
        time.sleep(_POLL)
    raise _no_step("it took too long")


def _wait_for_end(folder: job_folder.JobFolder) -> None:
    while folder.state() not in job_folder.FINISHED:
        time.sleep(_POLL)


def _no_step(reason: str) -> StyleClipDrawError:
    lines = reason.strip().splitlines() or ["no reason was given"]
    return StyleClipDrawError(
        f"The drawing that was to be measured has failed: {lines[-1].rstrip('.')}.",
        "Run `styleclipdraw doctor`.",
        code="bench.failed",
    )


def _stripes() -> Image.Image:
    """A style picture of the usual size."""
    picture = Image.new("RGB", (224, 224))
    picture.putdata(
        [((x * 8) % 256, (y * 5) % 256, (x + y) % 256) for y in range(224) for x in range(224)]
    )
    return picture
