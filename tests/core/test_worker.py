"""The optimizer and one job: wishes heeded within a step, reasons told, nothing lost."""

import errno
import os
from dataclasses import replace

import fake_judges
import pytest
from worker_jobs import WISH, at_step, draw, events_of, queued

from styleclipdraw_core import atomic, run, worker
from styleclipdraw_core.job import Prompt, Result, Style
from styleclipdraw_core.job_folder import JobFolder, create


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    fake_judges.install(monkeypatch.setattr)
    return tmp_path


def test_a_job_is_drawn_and_told(monkeypatch):
    monkeypatch.setattr(worker, "EVENT_SECONDS", 0.0)
    folder = queued()
    assert draw(folder) == "done"
    result = folder.read_result()
    assert (result.state, result.step, result.steps, result.error) == ("done", 6, 6, None)
    assert result.paths and result.scores["clip"] and result.device.startswith("cpu")
    assert folder.preview.read_bytes().startswith(b"\x89PNG")
    assert [event["step"] for event in events_of(folder, "step")] == [1, 2, 3, 4, 5, 6]
    assert events_of(folder, "step")[-1]["seconds_left"] == 0
    assert [event["phase"] for event in events_of(folder, "phase")][-1] == "drawing"
    assert sorted(os.listdir(folder.path)) == [
        "events.jsonl",
        "job.json",
        "preview.png",
        "result.json",
    ]


def test_the_result_is_written_at_every_step(monkeypatch):
    seen = []
    for number in range(1, 7):
        at_step(monkeypatch, number, lambda folder: seen.append(folder.read_result().step))
    draw(queued())
    assert sorted(seen) == [1, 2, 3, 4, 5, 6]


def test_stop_keeps_what_is_there(monkeypatch):
    at_step(monkeypatch, 3, JobFolder.ask_to_stop)
    folder = queued()
    assert draw(folder) == "stopped"
    result = folder.read_result()
    assert (result.state, result.step) == ("stopped", 3) and result.paths


def test_stop_at_the_last_step_is_too_late(monkeypatch):
    at_step(monkeypatch, 6, JobFolder.ask_to_stop)
    assert draw(queued()) == "done"


def test_cancel_ends_it_within_a_step(monkeypatch):
    at_step(monkeypatch, 2, JobFolder.ask_to_cancel)
    folder = queued()
    draw(folder)
    assert folder.state() == "cancelled" and folder.read_result().step == 2


@pytest.mark.parametrize("wish", ["stop", "cancel"])
def test_a_wish_before_the_first_step_costs_no_loading(monkeypatch, wish):
    monkeypatch.setattr(run.guides, "load_clip", pytest.fail)
    folder = queued()
    (folder.path / wish).touch()
    assert draw(folder) == "stopped"
    assert folder.read_result().paths == ()


def test_a_wish_while_models_are_fetched_ends_the_fetching(monkeypatch):
    folder = queued()

    def endless(name, listener):
        folder.ask_to_stop()
        for done in range(1000):
            listener.phase("fetching CLIP", done, 1000)
        pytest.fail("the wish was not heard")

    monkeypatch.setattr(run, "_fetch", endless)
    assert draw(folder) == "stopped"


def test_downloads_do_not_flood_the_events(monkeypatch):
    def quick(name, listener):
        for done in range(1001):
            listener.phase("fetching CLIP", done, 1000)

    monkeypatch.setattr(run, "_fetch", quick)
    folder = queued()
    draw(folder)
    fetching = [event for event in events_of(folder, "phase") if event.get("total")]
    assert 2 <= len(fetching) < 50 and fetching[-1]["done"] == 1000


FAILURES = [
    ("words that no model knows", {"prompts": (Prompt("zeppelin"),)}, "prompt.unknown"),
    ("a device that is not there", {"device": "cuda:99"}, "backend.device"),
]


@pytest.mark.parametrize(
    ("fields", "code"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_a_job_that_cannot_be_drawn_says_why(fields, code):
    folder = queued(**fields)
    assert draw(folder) == "failed"
    error = folder.read_result().error
    assert error.code == code and error.sentence and error.next_step
    assert events_of(folder, "error")[0]["code"] == code


def test_a_request_that_is_none_fails_alone(home):
    folder = queued()
    (folder.path / "job.json").write_text('{"schema": 99}')
    assert draw(folder) == "failed"
    assert folder.read_result().error.code == "job.schema"


def test_a_style_picture_that_is_gone_is_said():
    folder = create(replace(WISH, style=Style("style.png")), {"style.png": b"no picture"})
    assert draw(folder) == "failed"
    assert folder.read_result().error.code == "picture.unreadable"


def test_a_fault_of_ours_costs_one_job_and_keeps_its_last_step(monkeypatch, home):
    def fault(folder):
        raise ZeroDivisionError("secret")

    at_step(monkeypatch, 3, fault)
    folder = queued()
    assert draw(folder) == "failed"
    result = folder.read_result()
    assert result.step == 3 and result.paths and result.error.code == "worker.fault"
    assert "Traceback" not in result.error.sentence and "secret" not in result.error.sentence
    assert "ZeroDivisionError" in worker.log_file().read_text()


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried ...")])
def test_too_little_memory_is_said(monkeypatch, error):
    def too_much(folder):
        raise error

    at_step(monkeypatch, 2, too_much)
    folder = queued()
    assert draw(folder) == "failed"
    assert folder.read_result().error.code == "worker.memory"


def test_a_full_disk_fails_the_job_and_leaves_the_last_result(monkeypatch):
    folder = queued()
    real = atomic.replace

    def fill(_):
        def full(source, target):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(atomic, "replace", full)

    at_step(monkeypatch, 3, fill)
    assert draw(folder) == "failed"
    monkeypatch.setattr(atomic, "replace", real)
    result = folder.read_result()
    assert result.state == "drawing" and result.step == 3 and result.paths


def test_on_a_full_disk_the_preview_makes_room_for_the_reason(monkeypatch):
    folder = queued()
    real = atomic.replace

    def fill(_):
        def full(source, target):
            if folder.preview.exists():
                raise OSError(errno.ENOSPC, "No space left on device")
            real(source, target)

        monkeypatch.setattr(atomic, "replace", full)

    at_step(monkeypatch, 3, fill)
    assert draw(folder) == "failed"
    result = folder.read_result()
    assert result.error.code == "storage.full" and result.step == 3 and result.paths


def test_a_deleted_folder_is_left_alone(monkeypatch):
    at_step(monkeypatch, 2, JobFolder.remove)
    folder = queued()
    assert draw(folder) == "cancelled"
    assert not folder.path.exists()


def test_the_next_worker_goes_on_where_the_last_one_was_killed(monkeypatch):
    class Killed(BaseException):
        pass

    def kill(folder):
        raise Killed

    folder = queued()
    with monkeypatch.context() as patch:
        at_step(patch, 4, kill)
        with pytest.raises(Killed):
            draw(folder)
    assert folder.state() == "drawing"
    before = folder.read_result()
    steps = []
    for number in (5, 6):
        at_step(monkeypatch, number, lambda folder: steps.append(folder.read_result()))
    assert draw(folder) == "done"
    assert sorted(result.step for result in steps) == [5, 6]
    after = folder.read_result()
    assert after.seconds > before.seconds and len(after.paths) <= len(before.paths)


def test_what_a_killed_worker_was_writing_is_cleared_away(monkeypatch):
    class Killed(BaseException):
        pass

    def killed(source, target):
        raise Killed

    folder = queued()
    with monkeypatch.context() as patch:
        patch.setattr(atomic, "replace", killed)
        # a killed process tidies nothing
        patch.setattr(atomic.Path, "unlink", lambda *_, **__: None)
        with pytest.raises(Killed):
            draw(folder)
    assert any(name.endswith(".tmp") for name in os.listdir(folder.path))
    assert draw(folder) == "done"
    assert not any(name.endswith(".tmp") for name in os.listdir(folder.path))


def test_a_job_that_ends_every_worker_is_given_up():
    folder = queued()
    for _ in range(worker.ATTEMPTS_AT_ONE_STEP):
        worker._count_attempt(folder, None)
    assert draw(folder) == "failed"
    assert folder.read_result().error.code == "worker.crashed"
    # but one that got further each time is not
    other = queued(1)
    for step in range(5):
        worker._count_attempt(other, Result(other.id, "drawing", step=step))
    assert draw(other) == "done"


def test_a_damaged_result_is_drawn_again():
    folder = queued()
    (folder.path / "result.json").write_text("{")
    assert draw(folder) == "done" and folder.read_result().step == 6
