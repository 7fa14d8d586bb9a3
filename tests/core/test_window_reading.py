"""What the window reads from job folders, which are half written, broken or a stranger's."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")

from window_jobs import add_event, add_steps, apple, make_job, set_preview, set_result

from styleclipdraw_core.window import job_reader
from styleclipdraw_core.window.job_reader import JobReader
from styleclipdraw_core.window.snapshot import MOST_POINTS, Snapshot, Stage
from styleclipdraw_core.window.text import amount, breakable, one_line, score, time_left, took, when


def read(folder: Path) -> Snapshot:
    snapshot = JobReader(folder).read()
    assert snapshot is not None
    return snapshot


def test_a_waiting_job(tmp_path: Path) -> None:
    job = read(make_job(tmp_path, negative_prompts=[{"text": "letters"}], preset="clipdraw"))
    assert job.stage is Stage.WAITING
    assert (job.request.prompt, job.request.negative) == ("a red apple", "letters")
    assert (job.request.seed, job.request.stroke_count, job.request.preset) == (7, 64, "clipdraw")
    assert job.fraction is None and not job.can_insert


def test_a_folder_without_a_request_is_no_job_yet(tmp_path: Path) -> None:
    folder = tmp_path / "20260301-100000-000000"
    folder.mkdir()
    assert JobReader(folder).read() is None


def test_the_stages_of_a_job(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    reader = JobReader(folder)

    def now() -> Snapshot:
        snapshot = reader.read()
        assert snapshot is not None
        return snapshot

    assert now().stage is Stage.WAITING
    # The extension writes warnings before anybody draws.
    add_event(folder, "warning", code="w", sentence="A clone was left out.", next_step="")
    assert now().stage is Stage.WAITING and len(now().warnings) == 1
    add_event(folder, "phase", phase="fetching CLIP", done=120e6, total=338e6)
    assert now().stage is Stage.STARTING
    assert now().fraction == pytest.approx(120 / 338)
    add_event(folder, "step", step=10, steps=40, scores={"clip": 0.2}, seconds_left=3)
    assert (now().stage, now().fraction, now().phase) == (Stage.DRAWING, 0.25, None)
    set_result(folder, "drawing", apple(3), step=11, steps=40)
    assert now().can_insert
    (folder / "stop").touch()
    assert now().stopping
    set_result(folder, "stopped", apple(3), step=12, steps=40)
    assert now().stage is Stage.STOPPED and not now().stopping
    assert (now().step, now().steps) == (12, 40)
    (folder / "inserted").touch()
    assert now().inserted


def test_events_are_read_as_they_come_and_half_lines_wait(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    reader = JobReader(folder)
    line = json.dumps({"event": "step", "step": 5, "steps": 10, "scores": {"clip": 0.5}})
    with (folder / "events.jsonl").open("w") as file:
        file.write(line[:20])
        file.flush()
        first = reader.read()
        file.write(line[20:])
        file.flush()
        second = reader.read()
        file.write("\n")
        file.flush()
        third = reader.read()
    assert first and second and third
    assert (first.step, second.step, third.step) == (0, 0, 5)
    assert third.scores == {"clip": ((5.0, 0.5),)}


def test_a_job_gone_on_with_goes_on_with_its_curves(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    for step, value in ((0, 0.0), (10, 0.1), (20, 0.2), (11, 0.5)):  # killed at 20
        add_event(folder, "step", step=step, steps=50, scores={"clip": value})
    job = read(folder)
    assert job.scores["clip"] == ((0.0, 0.0), (10.0, 0.1), (11.0, 0.5)) and job.step == 11


def test_a_job_drawn_anew_starts_its_curves_anew(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    reader = JobReader(folder)
    add_steps(folder, 100)
    reader.read()
    add_event(folder, "step", step=0, steps=250, scores={"clip": 0.1})
    job = reader.read()
    assert job and job.scores == {"clip": ((0.0, 0.1),)} and job.step == 0


def test_a_replaced_event_file_is_read_from_its_start(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    reader = JobReader(folder)
    add_steps(folder, 200)
    reader.read()
    (folder / "events.jsonl").unlink()
    add_event(folder, "step", step=3, steps=9, scores={})
    job = reader.read()
    assert job and (job.step, job.steps, dict(job.scores)) == (3, 9, {})


def test_long_curves_are_thinned_and_keep_their_ends(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    lines = [
        json.dumps({"event": "step", "step": i, "steps": 5000, "scores": {"clip": i / 5000}})
        for i in range(5001)
    ]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
    points = read(folder).scores["clip"]
    assert len(points) <= MOST_POINTS
    assert points[0] == (0.0, 0.0) and points[-1] == (5000.0, 1.0)


def test_a_result_that_is_slow_to_read_is_read_rarely_but_at_the_end_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    for name in ("monotonic", "thread_time"):
        monkeypatch.setattr(job_reader.time, name, lambda: clock[0])
    reads: list[float] = []

    def slow(path: Path) -> object:
        if path.name == "result.json":
            reads.append(clock[0])
            clock[0] += 0.1
        return json.loads(path.read_text())

    monkeypatch.setattr(job_reader, "read_json", slow)
    folder = make_job(tmp_path)
    reader = JobReader(folder)
    for step in range(1, 21):
        add_event(folder, "step", step=step, steps=21, scores={})
        set_result(folder, "drawing", apple(step), step=step, steps=21)
        clock[0] += 0.25
        reader.read()
    assert 2 <= len(reads) <= 4
    add_event(folder, "step", step=21, steps=21, scores={})
    set_result(folder, "done", apple(3), step=21, steps=21)
    job = reader.read()
    assert job and job.stage is Stage.DONE and job.result_paths == 3


def test_a_failure_says_why(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    error = {"code": "weights.missing", "sentence": "CLIP is missing.", "next_step": "Fetch it."}
    set_result(folder, "failed", error=error)
    job = read(folder)
    assert job.stage is Stage.FAILED and job.error is not None
    assert (job.error.sentence, job.error.next_step) == ("CLIP is missing.", "Fetch it.")


def test_a_failure_without_a_reason_still_says_something(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    set_result(folder, "failed")
    job = read(folder)
    assert job.error is not None and job.error.sentence and job.error.next_step


def test_an_unknown_schema_names_both_versions(tmp_path: Path) -> None:
    job = read(make_job(tmp_path, schema=99))
    assert job.stage is Stage.FAILED and job.error is not None
    assert "99" in job.error.sentence and "1" in job.error.sentence


DEEP = "[" * 100_000
# Each of these lay in a job.json, and the window is expected to go on showing a job.
BROKEN_REQUESTS = {
    # the power went while another program wrote without renaming
    "cut off": b'{"schema": 1, "prompts": [{"te',
    "empty": b"",
    "not JSON": b"\x89PNG\r\n\x1a\n",
    # Python's parser takes brackets recursively
    "deep": DEEP.encode(),
    # more digits than Python converts (sys.set_int_max_str_digits)
    "endless number": b'{"schema": 1, "seed": ' + b"9" * 5000 + b"}",
    "not an object": b"[1, 2, 3]",
    "not UTF-8": b'{"schema": 1, "prompts": [{"text": "\xff\xfe"}]}',
    "wrong types": json.dumps(
        {
            "schema": 1,
            "prompts": 5,
            "canvas": [],
            "style": "x",
            "strokes": {"count": "many"},
            "seed": "7",
            "paths": {},
            "document": [],
            "iterations": {},
            "guides": 1,
            "preset": None,
        }
    ).encode(),
    # JSON that Python reads and no other parser does
    "not finite": b'{"schema": 1, "canvas": {"width": NaN, "height": Infinity}}',
    "absurd canvas": b'{"schema": 1, "canvas": {"width": 1e30, "height": -4}}',
    # would leave the folder, were it opened
    "path out": b'{"schema": 1, "style": {"picture": "../../../etc/passwd"}}',
}


@pytest.mark.parametrize("name", BROKEN_REQUESTS)
def test_broken_requests_are_shown_and_crash_nothing(tmp_path: Path, name: str) -> None:
    folder = make_job(tmp_path)
    (folder / "job.json").write_bytes(BROKEN_REQUESTS[name])
    job = read(folder)
    assert 1 <= job.request.width <= 8192 and 1 <= job.request.height <= 8192
    assert job.request.style_picture == ""
    assert job.title


BROKEN_LINES = {
    "no JSON": "hello",
    "no object": "[1]",
    "deep": DEEP,
    "no finite score": '{"event": "step", "step": 1, "steps": 2, "scores": {"clip": NaN}}',
    "negative step": '{"event": "step", "step": -5, "steps": -9}',
    "huge": '{"event": "step", "step": 1e999, "steps": 1e999, "seconds_left": 1e999}',
    "strange time": '{"event": "step", "step": 1, "steps": 2, "time": "yesterday"}',
    "strange scores": '{"event": "step", "step": 1, "steps": 2, "scores": [1]}',
    "strange words": '{"event": "warning", "sentence": {"a": 1}}',
    "no name": '{"event": "phase", "phase": 7}',
}


@pytest.mark.parametrize("name", BROKEN_LINES)
def test_broken_events_are_skipped(tmp_path: Path, name: str) -> None:
    folder = make_job(tmp_path)
    (folder / "events.jsonl").write_text(BROKEN_LINES[name] + "\n")
    add_event(folder, "step", step=7, steps=9, scores={"clip": 0.5})
    job = read(folder)
    assert (job.step, job.steps) == (7, 9)
    assert job.scores["clip"][-1] == (7.0, 0.5)


def test_a_damaged_result_does_not_take_the_last_good_one_away(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    reader = JobReader(folder)
    set_result(folder, "drawing", apple(4))
    reader.read()
    (folder / "result.json").write_text('{"schema": 1, "state": "do')
    job = reader.read()
    assert job and job.result_paths == 4 and job.stage is Stage.DRAWING


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["job.json", "result.json", "events.jsonl", "preview.png"])
def test_a_pipe_in_place_of_a_file_does_not_hang_the_window(tmp_path: Path, name: str) -> None:
    folder = make_job(tmp_path)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    job = JobReader(folder).read()
    assert job is None if name == "job.json" else job is not None


def test_a_vanished_folder_is_no_job(tmp_path: Path) -> None:
    folder = make_job(tmp_path)
    reader = JobReader(folder)
    set_preview(folder, apple(2))
    assert reader.read()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert reader.read() is None


# Words come from strangers: what could break a line, hide text or be markup for the terminal.
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\n red\t apple ", "a red apple"),
        ("a\x1b[31mred", "a[31mred"),
        # a right-to-left override would show file names and words reversed
        ("abc\u202edef", "abcdef"),
        ("lone \ud800 surrogate", "lone surrogate"),
        (None, ""),
        (17, ""),
        ("x" * 50, "x" * 19 + "…"),
    ],
)
def test_words_are_made_harmless(given: object, shown: str) -> None:
    assert one_line(given, 20).replace("  ", " ") == shown


def test_endless_words_get_places_to_break() -> None:
    path = "/people/somebody/pictures/a very/long-name.png"
    parts = breakable(path).replace(" ", "\u200b").split("\u200b")
    assert max(map(len, parts)) <= 30 and breakable(path).replace("\u200b", "") == path
    assert max(map(len, breakable("x" * 200).split("\u200b"))) == 30
    assert breakable("and/or a word") == "and/or a word"


def test_numbers_as_a_person_says_them() -> None:
    assert amount(120e6, 338e6) == "120 of 338 MB"
    assert amount(1.25e6, 8.5e6) == "1.2 of 8.5 MB"
    assert amount(3, 7) == "3 of 7"
    assert amount(1.5e9, 2e9) == "1.5 of 2.0 GB"
    assert time_left(0.4) == "a moment left"
    assert time_left(7.6) == "about 8 s left"
    assert time_left(43) == "about 45 s left"
    assert time_left(119) == "about 2 min left"
    assert time_left(3700) == "about 1 h 2 min left"
    assert took(5.34) == "5.3 s" and took(75) == "1 min 15 s"
    assert score(-0.25) == "\u22120.250"
    noon = datetime(2026, 3, 5, 12, 0, tzinfo=timezone.utc)
    assert when(noon, noon) == "Today 12:00"
    assert when(noon.replace(day=4), noon) == "Yesterday 12:00"
    assert when(noon.replace(day=1), noon) == "2026-03-01"
