"""The programs that the window starts or talks to: the optimizer, Inkscape, another window."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from pytestqt.qtbot import QtBot

from styleclipdraw_core.window import worker_start
from styleclipdraw_core.window.inkscape_link import ACTION, InkscapeLink
from styleclipdraw_core.window.one_window import OneWindow, socket_name, wish_of
from styleclipdraw_core.window.worker_start import WorkerStart, clean_environment


def test_a_persons_own_wait_policy_is_kept() -> None:
    assert clean_environment({"OMP_WAIT_POLICY": "ACTIVE"}) == {"OMP_WAIT_POLICY": "ACTIVE"}


def test_the_optimizer_gets_a_clean_environment() -> None:
    given = {
        "HOME": "/people/x",
        "PATH": "/bin",
        "PYTHONPATH": "/inkscape",
        "LD_PRELOAD": "x.so",
        "INKSCAPE_PROFILE_DIR": "/p",
        "DISPLAY": ":0",
        "STYLECLIPDRAW_HOME": "/d",
        "https_proxy": "http://proxy",
        "PYTHONSTARTUP": "/evil.py",
    }
    clean = clean_environment(given)
    assert clean.pop("OMP_WAIT_POLICY") == "PASSIVE"
    assert set(clean) == {"HOME", "PATH", "STYLECLIPDRAW_HOME", "https_proxy"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


SHOW = """
import os, sys
with open(sys.argv[1] + ".new", "w") as file:
    print(os.getsid(0) == os.getpid(), os.nice(0), os.environ.get("PYTHONPATH"),
          os.fstat(0).st_rdev == os.stat("/dev/null").st_rdev, os.getcwd(), file=file)
os.replace(sys.argv[1] + ".new", sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sessions and niceness are POSIX")
def test_the_optimizer_is_detached_and_polite(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/inkscapes/own")
    said = tmp_path / "said"
    child = worker_start.start_detached([sys.executable, "-c", SHOW, str(said)])
    assert child.wait(30) == 0
    session, niceness, path, null, folder = said.read_text().split()
    assert (session, path, null) == ("True", "None", "True")
    assert int(niceness) >= worker_start.LOW_PRIORITY or int(niceness) == 0  # set from outside
    assert Path(folder) == home.resolve()
    assert home.stat().st_mode & 0o777 == 0o700


def test_an_optimizer_is_started_only_when_jobs_wait_and_none_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    class Child:
        def poll(self) -> int | None:
            return None

    monkeypatch.setattr(worker_start, "start_detached", lambda c: started.append(c) or Child())
    WorkerStart(lambda: True).ensure(True)
    WorkerStart(lambda: False).ensure(False)
    assert started == []
    worker = WorkerStart(lambda: False)
    worker.ensure(True)
    worker.ensure(True)
    assert len(started) == 1
    assert started[0][1:] == ["-I", "-m", "styleclipdraw_core.worker"]


def test_an_optimizer_that_dies_at_once_is_given_up_and_can_be_tried_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(worker_start.time, "monotonic", lambda: clock[0])
    starts: list[int] = []

    class Child:
        def poll(self) -> int | None:
            return 1

    monkeypatch.setattr(worker_start, "start_detached", lambda c: starts.append(1) or Child())
    worker = WorkerStart(lambda: False)
    for _ in range(20):
        worker.ensure(True)
        clock[0] += 2
    assert worker.gave_up and len(starts) == worker_start.ATTEMPTS
    worker.try_again()
    worker.ensure(True)
    assert len(starts) == worker_start.ATTEMPTS + 1


# Which messages a window takes: anybody who can open its socket may write anything.
@pytest.mark.parametrize(
    ("line", "wish"),
    [
        (b'{"show": ""}\n', ""),
        (b'{"show": "20260301-142233-a1b2c3"}\n', "20260301-142233-a1b2c3"),
        (b'{"show": "../../../etc"}\n', None),
        (b'{"show": "20260301-142233-a1b2c3\\n"}\n', None),
        (b'{"show": 7}\n', None),
        (b"[]\n", None),
        (b"\xff\xff\n", None),
        (b"[" * 200, None),
    ],
)
def test_only_messages_of_ours_are_taken(line: bytes, wish: str | None) -> None:
    assert wish_of(line) == wish


def test_a_second_window_hands_its_wish_to_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    first = OneWindow(tmp_path)
    assert first.be_first()
    heard: list[str] = []
    first.asked.connect(heard.append)
    # In another process: in this one the first window could not answer while the second waits.
    script = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "from styleclipdraw_core.window.one_window import OneWindow\n"
        "app = QCoreApplication([]); second = OneWindow(Path(sys.argv[1]))\n"
        "assert not second.be_first(); sys.exit(not second.hand_over(sys.argv[2]))\n"
    )
    root = Path(__file__).resolve().parents[2]
    wish = "20260301-142233-a1b2c3"
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), wish],
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    qtbot.waitUntil(lambda: child.poll() is not None, timeout=60_000)
    assert child.returncode == 0 and heard == [wish]
    first.close()
    third = OneWindow(tmp_path)
    assert third.be_first()  # the lock went with its holder
    third.close()


def test_a_first_window_that_hangs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    monkeypatch.setattr("styleclipdraw_core.window.one_window.ANSWER_MS", 50)
    first, second = OneWindow(tmp_path), OneWindow(tmp_path)
    assert first.be_first() and not second.be_first()
    assert not second.hand_over("")  # nobody runs the first one's event loop
    first.close()


def test_the_socket_lies_in_the_persons_own_folder(tmp_path: Path) -> None:
    if sys.platform != "win32":
        assert socket_name(Path("/people/a/data")) == "/people/a/data/window.socket"
    deep = Path("/home") / ("d" * 200)
    assert len(socket_name(deep)) < 40 and socket_name(deep) != socket_name(deep / "e")


def test_the_action_is_the_insert_extensions() -> None:
    """Inkscape makes the action's name of the id in the .inx."""
    inx = Path(__file__).resolve().parents[2] / "inkscape_extension" / "styleclipdraw_insert.inx"
    if not inx.exists():
        pytest.skip("the extension is not in this tree")
    assert f"<id>{ACTION.removesuffix('.noprefs')}</id>" in inx.read_text(encoding="utf-8")


def test_without_a_bus_nothing_can_be_inserted(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    link = InkscapeLink()
    monkeypatch.setattr(link, "_connected", lambda: None)
    assert not link.can_insert()
    with qtbot.waitSignal(link.failed):
        link.insert()
