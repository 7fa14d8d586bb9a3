"""A real worker process, killed at any moment: what it had drawn is there, and the next goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from styleclipdraw_core.job import Canvas, Job, NewStrokes, Prompt
from styleclipdraw_core.job_folder import create
from styleclipdraw_core.job_json import read_result
from styleclipdraw_core.worker_lock import worker_is_running

SLOW = Path(__file__).parent / "slow_worker.py"
IDS = ["20260301-142233-a1b2c3", "20260301-142234-a1b2c3"]
PATIENCE = 120  # seconds; a busy machine takes long to import torch
STEPS = 14
PAUSE = 0.15  # seconds a step


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    return tmp_path


def a_job(name=IDS[0]):
    job = Job(
        name,
        prompts=(Prompt("a red apple"),),
        canvas=Canvas(32, 32),
        strokes=NewStrokes(4),
        iterations=STEPS,
        device="cpu",
    )
    return create(job, {})


def start(pause=PAUSE, idle="0"):
    return subprocess.Popen(
        [sys.executable, str(SLOW), str(pause), "--idle", idle],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def step_of(folder):
    result = folder.read_result()
    return result.step if result else 0


def finish(worker):
    _, error = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0, error.decode()


def test_a_killed_worker_loses_at_most_the_step_under_way(home):
    folder = a_job()
    worker = start()
    try:
        wait_for(lambda: step_of(folder) >= 5, "the fifth step")
        before = step_of(folder)
    finally:
        worker.kill()
        worker.communicate()
    # whole files, the step that was seen or the one after it, and nothing half written
    kept = read_result((folder.path / "result.json").read_bytes())
    assert kept.state == "drawing" and kept.step >= before and kept.paths
    assert not worker_is_running()

    worker = start(pause=0)
    finish(worker)
    assert folder.read_result().state == "done" and step_of(folder) == STEPS
    starts = [e for e in folder.read_events()[0] if e["event"] == "start"]
    assert [event["step"] for event in starts] == [0, kept.step]
    shown = [e["step"] for e in folder.read_events()[0] if e["event"] == "step"]
    assert shown == sorted(shown)  # no step was drawn twice


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process only one way")
@pytest.mark.parametrize("delay", [0.0, 0.07])
def test_whenever_it_is_killed_every_file_is_whole(home, delay):
    """At random places of a step; files that are replaced must never be found half written."""
    folder = a_job()
    worker = start(pause=0.02)
    try:
        wait_for(lambda: step_of(folder) >= 1, "the first step")
        time.sleep(delay)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
    assert read_result((folder.path / "result.json").read_bytes()).paths
    json.loads((folder.path / "job.json").read_text("utf-8"))
    if folder.preview.exists():
        assert folder.preview.read_bytes().endswith(b"IEND\xaeB`\x82")


def test_the_wishes_of_a_person_reach_a_running_worker(home):
    first, second = a_job(IDS[0]), a_job(IDS[1])
    worker = start()
    try:
        wait_for(lambda: step_of(first) >= 2, "the second step")
        first.ask_to_stop()
        asked_at = step_of(first)
        wait_for(lambda: first.state() == "stopped", "the stop")
        # the step under way is finished, and one may have been between our look and our wish
        assert step_of(first) <= asked_at + 2
        wait_for(lambda: step_of(second) >= 1, "the next job")
        second.ask_to_cancel()
        finish(worker)
    finally:
        worker.kill()
        worker.communicate()
    assert first.read_result().paths
    assert second.state() == "cancelled" and step_of(second) < STEPS
