"""The optimizer as a process: jobs in order, warm models, one for each person."""

import os
import subprocess
import sys
import threading
import time

import fake_judges
import pytest
from worker_jobs import IDS, queued

from styleclipdraw_core import job_folder, run, worker
from styleclipdraw_core.job import Result
from styleclipdraw_core.job_folder import JobFolder
from styleclipdraw_core.worker_lock import WorkerLock, worker_is_running


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    fake_judges.install(monkeypatch.setattr)
    return tmp_path


def work(lock=None, **options):
    lock = lock or WorkerLock()
    assert lock._handle is not None or lock.take()
    try:
        worker.work(lock, **options)
    finally:
        lock.release()


def test_jobs_are_drawn_in_order_whenever_they_come():
    order = []

    def draw_job(folder):
        order.append(folder.id)
        if folder.id == IDS[1]:
            queued(0)
            queued(3)
        folder.write_result(Result(folder.id, "done"))

    queued(2)
    queued(1)
    work(idle_seconds=0, draw_job=draw_job)
    assert order == [IDS[1], IDS[0], IDS[2], IDS[3]]


def test_a_long_history_is_not_looked_at_again_and_again(monkeypatch):
    jobs = worker.Queue()
    folder = queued(0)
    folder.write_result(Result(folder.id, "done"))
    long_ago = time.time() - 1000
    os.utime(job_folder.jobs_folder(), (long_ago, long_ago))
    assert jobs.next() is None
    looks = []
    real = worker.all_jobs
    monkeypatch.setattr(worker, "all_jobs", lambda **options: looks.append(1) or real(**options))
    assert [jobs.next() for _ in range(5)] == [None] * 5
    assert looks == []
    assert jobs.next(closely=True) is None and looks == [1]
    assert queued(1).id == jobs.next().id  # a new job changes the folder's time


def test_a_folder_that_becomes_a_job_is_seen():
    jobs = worker.Queue()
    folder = queued(0)
    (folder.path / "job.json").rename(folder.path / "later.json")
    assert jobs.next() is None
    (folder.path / "later.json").rename(folder.path / "job.json")
    assert jobs.next().id == folder.id


def test_a_job_whose_end_cannot_be_written_does_not_hold_up_the_others():
    order = []
    queued(0)
    queued(1)
    work(idle_seconds=0, draw_job=lambda folder: order.append(folder.id))
    assert order == IDS[:2]


def test_a_job_whose_cancelling_was_undone_is_drawn():
    order = []

    def draw_job(folder):
        order.append(folder.id)
        folder.write_result(Result(folder.id, "done"))
        (first.path / "cancel").unlink(missing_ok=True)

    first, _ = queued(0), queued(1)
    first.ask_to_cancel()
    work(idle_seconds=0, draw_job=draw_job)
    assert order == [IDS[1], IDS[0]]


def test_models_stay_warm_from_job_to_job(monkeypatch):
    loaded = []

    def load(name, device="cpu"):
        loaded.append(name)
        return fake_judges.FakeClip(name)

    monkeypatch.setattr(run.guides, "load_clip", load)
    for number in range(3):
        queued(number)
    work(idle_seconds=0)
    assert loaded == ["built-in"]
    assert [JobFolder(job_folder.jobs_folder() / name).state() for name in IDS[:3]] == ["done"] * 3


def test_a_job_that_comes_as_the_worker_leaves_is_not_forgotten(monkeypatch):
    """Its starter met the lock while the worker had already looked for the last time."""
    drawn = []
    lock = WorkerLock()
    assert lock.take()
    real = lock.release

    def release():
        if not drawn:
            queued(0)
            assert not WorkerLock().take()  # as a second worker would be told
        real()

    monkeypatch.setattr(lock, "release", release)
    work(lock, idle_seconds=0, draw_job=lambda folder: drawn.append(folder.id))
    assert drawn == [IDS[0]]


def test_it_leaves_after_being_idle():
    thread = threading.Thread(target=work, kwargs={"idle_seconds": 0.05})
    thread.start()
    thread.join(30)
    assert not thread.is_alive() and not worker_is_running()


def test_there_is_one_worker():
    assert not worker_is_running()
    with WorkerLock() as lock:
        assert lock.take() and worker_is_running()
        assert not WorkerLock().take()
        code = "import sys; from styleclipdraw_core import worker; sys.exit(worker.main([]))"
        # a second process finds the lock and leaves at once, without loading anything
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert not worker_is_running()
    assert WorkerLock().take()


def test_the_lock_of_a_killed_worker_is_free(home):
    code = (
        "import time; from styleclipdraw_core.worker_lock import WorkerLock\n"
        "lock = WorkerLock(); print(lock.take(), flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().strip() == "True"
        assert worker_is_running()
        assert (home / "worker.lock").read_text().strip() == str(process.pid)
    finally:
        process.kill()
        process.communicate()
    assert not worker_is_running()


def test_an_installation_that_is_broken_fails_the_job_with_its_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "styleclipdraw_core.run", None)
    folder = queued()
    work(idle_seconds=0)
    error = folder.read_result().error
    assert error.code == "worker.installation" and "install" in error.next_step


@pytest.mark.skipif(sys.platform == "win32", reason="priorities of POSIX")
def test_it_is_polite():
    code = (
        "import os; from styleclipdraw_core import worker; worker.be_polite()\n"
        "print(os.getpriority(os.PRIO_PROCESS, 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(done.stdout) >= worker.LOW_PRIORITY


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "file" / "home"))
    assert worker.main(["--idle", "0"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error


def test_the_log_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr(worker, "LARGEST_LOG", 500)
    for number in range(100):
        worker.log(f"line {number}")
        time.sleep(0)
    assert worker.log_file().stat().st_size < 600
    assert "line 99" in worker.log_file().read_text()
