"""The job folder: where it is, that no reader ever sees half a file, and what state a job is in."""

import errno
import json
import os
import stat
import sys
import threading

import pytest

from styleclipdraw_core import atomic, job_folder
from styleclipdraw_core.errors import JobError, StorageError
from styleclipdraw_core.job import Job, NewStrokes, Prompt, Result, Style
from styleclipdraw_core.job_folder import (
    JobFolder,
    all_jobs,
    create,
    make_private_folder,
    new_id,
    queue,
)

IDS = ["20260301-142233-a1b2c3", "20260301-142233-b00000", "20260302-000000-000000"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def a_job(name=IDS[0], **fields):
    return Job(name, prompts=(Prompt("a red apple"),), strokes=NewStrokes(2), **fields)


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux")
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STYLECLIPDRAW_HOME": "/a/b", "XDG_DATA_HOME": "/x"}, "/a/b"),
        ({"XDG_DATA_HOME": "/x"}, "/x/styleclipdraw"),
        # the XDG specification: a relative path is to be ignored
        ({"XDG_DATA_HOME": "x"}, "/people/someone/.local/share/styleclipdraw"),
        ({"XDG_DATA_HOME": ""}, "/people/someone/.local/share/styleclipdraw"),
        ({"STYLECLIPDRAW_HOME": ""}, "/people/someone/.local/share/styleclipdraw"),
    ],
)
def test_where_the_data_lie(monkeypatch, environment, expected):
    for name in ("STYLECLIPDRAW_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/people/someone")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(job_folder.data_folder()) == expected


def test_a_job_is_written_with_its_pictures(home):
    job = a_job(style=Style("style.png"))
    folder = create(job, {"style.png": b"picture"})
    assert folder.path == home / "jobs" / IDS[0]
    assert folder.read_job() == job
    assert (folder.path / "style.png").read_bytes() == b"picture"
    assert sorted(os.listdir(folder.path)) == ["job.json", "style.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_can_read_a_job(home):
    folder = create(a_job(style=Style("style.png")), {"style.png": b"x"})
    folder.add_event("phase", phase="x")
    folder.write_result(Result(folder.id, "drawing"))
    folder.ask_to_stop()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o700
    modes = {
        name: stat.S_IMODE((folder.path / name).stat().st_mode) for name in os.listdir(folder.path)
    }
    assert set(modes.values()) == {0o600}, modes


def test_two_jobs_of_one_name_are_refused(home):
    create(a_job(), {})
    with pytest.raises(StorageError):
        create(a_job(seed=1), {})
    assert JobFolder(home / "jobs" / IDS[0]).read_job().seed == 0


def test_a_job_that_cannot_be_written_leaves_nothing(home, monkeypatch):
    real = job_folder.write_atomically

    def full_at_last(path, data, *, durable=False):
        if path.name == "job.json":
            raise StorageError("The disk is full.", "Free some space.", code="storage.full")
        real(path, data, durable=durable)

    monkeypatch.setattr(job_folder, "write_atomically", full_at_last)
    with pytest.raises(StorageError):
        create(a_job(style=Style("style.png")), {"style.png": b"x"})
    assert os.listdir(home / "jobs") == []


def test_new_ids_are_ids_and_differ():
    ids = {new_id() for _ in range(50)}
    assert len(ids) == 50
    for name in ids:
        Job(name)
        assert name[8] == name[15] == "-" and len(name) == 22


def test_the_queue_is_in_order_and_leaves_out_what_is_finished(home):
    for name in reversed(IDS):
        create(a_job(name), {})
    (home / "jobs" / "20260303-000000-000000").mkdir()  # no job.json: not a job yet
    (home / "jobs" / "notes").mkdir()
    assert [job.id for job in queue()] == IDS
    JobFolder(home / "jobs" / IDS[1]).write_result(Result(IDS[1], "done"))
    assert [job.id for job in queue()] == [IDS[0], IDS[2]]
    assert [job.id for job in all_jobs()] == IDS


def test_without_any_folder_there_are_no_jobs(home):
    assert queue() == []
    assert not home.exists()  # looking makes nothing


STATES = [
    # what lies in the folder, the state
    ({}, "queued"),
    ({"result.json": "drawing"}, "drawing"),
    ({"result.json": "done"}, "done"),
    ({"result.json": "stopped"}, "stopped"),
    ({"result.json": "failed"}, "failed"),
    # nobody wants it, however far it came
    ({"result.json": "done", "cancel": ""}, "cancelled"),
    ({"cancel": ""}, "cancelled"),
    # a wish to stop is not yet a stop
    ({"stop": ""}, "queued"),
    # damaged: it is drawn again from the request
    ({"result.json": None}, "queued"),
]


@pytest.mark.parametrize(("files", "state"), STATES)
def test_states(home, files, state):
    folder = create(a_job(), {})
    for name, content in files.items():
        if name == "result.json" and content is not None:
            folder.write_result(Result(folder.id, content))
        else:
            (folder.path / name).write_text("{" if content is None else "")
    assert folder.state() == state


def test_the_request_of_another_folder_is_refused(home):
    folder = create(a_job(), {})
    other = folder.path.with_name(IDS[1])
    folder.path.rename(other)
    with pytest.raises(JobError, match=f"{IDS[1]}.*{IDS[0]}"):
        JobFolder(other).read_job()


def test_a_deleted_job_is_unwanted(home):
    folder = create(a_job(), {})
    assert not folder.wants_stop()
    folder.remove()
    assert folder.wants_stop() and folder.wants_cancel()


def test_events_are_read_once_and_only_when_whole(home):
    folder = create(a_job(), {})
    assert folder.read_events() == ([], 0)
    folder.add_event("phase", phase="loading “CLIP”")
    folder.add_event("step", step=1)
    events, place = folder.read_events()
    assert [event["event"] for event in events] == ["phase", "step"]
    assert events[0]["phase"] == "loading “CLIP”" and events[0]["time"].endswith("Z")
    with open(folder.path / "events.jsonl", "ab") as file:
        file.write(b'{"event": "step", "st')
    assert folder.read_events(place) == ([], place)
    with open(folder.path / "events.jsonl", "ab") as file:
        file.write(b'ep": 2}\n')
    events, end = folder.read_events(place)
    assert events == [{"event": "step", "step": 2}]
    assert end == (folder.path / "events.jsonl").stat().st_size


def test_broken_lines_are_left_out(home):
    folder = create(a_job(), {})
    lines = [b"\xff\xfe", b"[1]", b'{"event": 7}', b"", b"[" * 10_000, b'{"event": "step"}']
    (folder.path / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    assert folder.read_events()[0] == [{"event": "step"}]


def test_a_reader_never_sees_half_a_file(tmp_path):
    """Two whole versions, replaced over and over under a reader's eyes."""
    path = tmp_path / "result.json"
    versions = {b"a" * 300_000, b"b" * 300_000}
    atomic.write_atomically(path, min(versions))
    done = threading.Event()
    seen = set()

    def read():
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(40):
        for version in versions:
            atomic.write_atomically(path, version)
    done.set()
    reader.join()
    assert seen <= versions
    assert os.listdir(tmp_path) == ["result.json"]


def test_a_good_file_survives_a_full_disk(tmp_path, monkeypatch):
    path = tmp_path / "apple.svg"
    path.write_text("good")

    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic.os, "replace", full)
    with pytest.raises(StorageError, match="disk is full") as caught:
        atomic.write_atomically(path, "new")
    assert caught.value.code == "storage.full"
    monkeypatch.undo()
    assert path.read_text() == "good"
    assert os.listdir(tmp_path) == ["apple.svg"]  # and nothing is left lying about


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_what_a_full_disk_really_raises_is_recognised(tmp_path):
    with pytest.raises(OSError) as caught, open("/dev/full", "wb") as file:
        file.write(b"x")
        file.flush()
    assert atomic.storage_error(caught.value, tmp_path / "x").code == "storage.full"


REFUSALS = [
    (errno.EACCES, "storage.denied"),
    (errno.EROFS, "storage.denied"),
    (errno.ENOENT, "storage"),  # the folder is there
    (errno.ENAMETOOLONG, "storage.name"),
    (errno.EIO, "storage"),
]


@pytest.mark.parametrize(("number", "code"), REFUSALS)
def test_each_refusal_has_a_sentence_and_a_next_step(tmp_path, number, code):
    error = atomic.storage_error(OSError(number, os.strerror(number)), tmp_path / "x.svg")
    assert error.code == code
    assert error.sentence.endswith(".") and error.next_step.endswith(".")


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"file is not a folder, so .*x\.svg cannot"):
        atomic.write_atomically(tmp_path / "file" / "x.svg", "x")
    with pytest.raises(StorageError, match="file is not a folder"):
        make_private_folder(tmp_path / "file" / "jobs")
    with pytest.raises(StorageError, match="file is not a folder"):
        make_private_folder(tmp_path / "file")


def test_a_real_missing_folder_is_named(tmp_path):
    with pytest.raises(StorageError, match="nowhere does not exist"):
        atomic.write_atomically(tmp_path / "nowhere" / "x.svg", "x")


def test_a_result_is_json_that_an_editor_can_show(home):
    folder = create(a_job(), {})
    folder.write_result(Result(folder.id, "drawing", step=3, scores={"clip": 0.5}))
    record = json.loads((folder.path / "result.json").read_text("utf-8"))
    assert record["state"] == "drawing" and record["step"] == 3 and "error" not in record
