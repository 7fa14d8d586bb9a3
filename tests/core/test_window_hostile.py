"""Whatever lies in a job folder, the window reads it, words it and shows it without raising."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PySide6.QtWidgets import QApplication
from window_jobs import job_id

from styleclipdraw_core.window.drawing_page import DrawingPage, details_of, status_of
from styleclipdraw_core.window.history_model import search_text, state_line
from styleclipdraw_core.window.job_reader import JobReader
from styleclipdraw_core.window.report import report

FIELDS = some.sampled_from(
    "schema id created prompts text weight style picture strength canvas width height background "
    "backdrop paths subpaths points closed stroke fill colour rule cap join strokes count seed "
    "iterations preset guides clip document mark state step steps seconds scores device error code "
    "sentence next_step time event phase done total seconds_left".split()
)
VALUES = some.recursive(
    some.one_of(
        some.none(),
        some.booleans(),
        some.integers(-(2**70), 2**70),
        some.floats(),
        some.text(max_size=20),
        some.sampled_from(["drawing", "done", "failed", "step", "phase", "error", "../x", "\x00"]),
        some.just(1),
    ),
    lambda inner: some.one_of(
        some.lists(inner, max_size=4), some.dictionaries(FIELDS, inner, max_size=6)
    ),
    max_leaves=20,
)
RECORDS = some.dictionaries(FIELDS, VALUES, max_size=10).map(lambda record: {"schema": 1} | record)
FILES = some.one_of(
    RECORDS.map(json.dumps).map(str.encode),
    some.binary(max_size=60),
    RECORDS.map(json.dumps).map(lambda text: text[: len(text) // 2].encode()),
)


@pytest.fixture(scope="module")
def page(qapp: QApplication) -> DrawingPage:
    return DrawingPage()


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(job=FILES, result=FILES, events=some.lists(FILES, max_size=4), preview=FILES)
def test_any_folder_can_be_shown(
    page: DrawingPage, job: bytes, result: bytes, events: list[bytes], preview: bytes
) -> None:
    with tempfile.TemporaryDirectory() as jobs:
        folder = Path(jobs) / job_id(1)
        folder.mkdir()
        contents = {
            "job.json": job,
            "result.json": result,
            "events.jsonl": b"\n".join(events),
            "preview.png": preview,
        }
        for name, data in contents.items():
            (folder / name).write_bytes(data)
        snapshot = JobReader(folder).read()
        assert snapshot is not None
        assert 1 <= snapshot.request.width <= 8192 and 0 <= snapshot.request.seed < 2**63
        assert snapshot.fraction is None or 0 <= snapshot.fraction <= 1
        for points in snapshot.scores.values():
            assert all(math.isfinite(value) for _, value in points)
        texts: list[Any] = [
            snapshot.title,
            details_of(snapshot),
            status_of(snapshot, before=0, worker_runs=False),
            state_line(snapshot),
            search_text(snapshot),
            report(snapshot),
        ]
        assert all(isinstance(text, str) for text in texts)
        assert snapshot.title and "\x00" not in "".join(texts)
        page.show_job(snapshot, before=0, worker_runs=True)
        assert not page.grab().isNull()
