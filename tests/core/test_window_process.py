"""The window's own process: starts without torch, may be killed, and is one per person."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")

from window_jobs import add_steps, apple, make_job, set_result

ROOT = Path(__file__).resolve().parents[2]
MODULE = [sys.executable, "-m", "styleclipdraw_core.window"]
PATIENCE = 60.0  # seconds; a busy test machine


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    # Without a screen no message box can appear on the desktop of whoever runs the tests.
    inherited = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "STYLECLIPDRAW_HOME": str(tmp_path),
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    }


Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def started(environment: dict[str, str]) -> Iterator[Started]:
    children: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [*MODULE, *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_the_window_needs_neither_torch_nor_numpy(environment: dict[str, str]) -> None:
    script = (
        "import sys, styleclipdraw_core.window.application as a\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([]); window = a.build_window(); window.show()\n"
        "slow = {'torch', 'numpy', 'numba', 'PIL', 'lxml', 'inkex', 'transformers'}\n"
        "print(sorted(slow & {name.split('.')[0] for name in sys.modules}))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, timeout=PATIENCE
    )
    assert said.stdout.strip() == b"[]", said.stderr


@pytest.mark.parametrize("arguments", [["--job", "../x"], ["--job"], ["--nonsense"]])
def test_bad_arguments_are_refused_without_a_traceback(
    environment: dict[str, str], arguments: list[str]
) -> None:
    said = subprocess.run(
        [*MODULE, *arguments], env=environment, capture_output=True, timeout=PATIENCE
    )
    assert said.returncode == 2 and b"Traceback" not in said.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_killed_and_started_again(tmp_path: Path, started: Started) -> None:
    jobs = tmp_path / "jobs"
    folder = make_job(jobs)
    add_steps(folder, 50)
    set_result(folder, "done", apple(3))
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    first = started("--job", folder.name)
    until((tmp_path / "window.socket").exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    second = started("--history")  # the dead one's lock and socket are in its way
    third: list[subprocess.Popen[bytes]] = []

    def answered() -> bool:
        if not third or third[-1].poll() is not None:
            if third and third[-1].returncode == 0 and second.poll() is None:
                return True
            third.append(started("--job", folder.name))
        return False

    until(lambda: (tmp_path / "window.socket").exists() and json_pid(tmp_path) == second.pid)
    until(answered)
    assert second.poll() is None


def json_pid(home: Path) -> int:
    """Who holds the window's lock, as QLockFile writes it."""
    try:
        first = (home / "window.lock").read_text().split("\n")[0]
        return int(json.loads(first))
    except (OSError, ValueError):
        return 0


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_what_the_window_writes_is_its_owners_alone(tmp_path: Path, started: Started) -> None:
    started("--history")
    until((tmp_path / "window.socket").exists)
    for file in tmp_path.rglob("*"):
        assert file.lstat().st_mode & 0o077 == 0, file


def test_without_qt_it_says_so_and_draws_all_the_same(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    make_job(tmp_path / "jobs")
    script = (
        "import sys; sys.modules['PySide6'] = None\n"
        "from styleclipdraw_core.window import __main__, worker_start\n"
        "worker_start.start_detached = lambda command: print(*command[1:])\n"
        "sys.exit(__main__.main([]))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, timeout=PATIENCE
    )
    assert said.returncode == 1 and b"Traceback" not in said.stderr
    assert b"needs Qt for Python" in said.stderr and b"install.py" in said.stderr
    assert said.stdout.strip() == b"-I -m styleclipdraw_core.worker"


@pytest.mark.parametrize("where", ["start", "slot"])
def test_a_fault_of_the_program_is_logged_and_told(
    tmp_path: Path, environment: dict[str, str], where: str
) -> None:
    script = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from styleclipdraw_core.window import __main__, application, main_window\n"
        "def fault(*_): raise KeyError('a fault')\n"
        "def later(window):\n"
        "    QTimer.singleShot(0, fault); QTimer.singleShot(50, window.close)\n"
        "if sys.argv[1] == 'start': application.build_window = fault\n"
        "else: main_window.MainWindow.start = later\n"
        "sys.exit(__main__.main(['--history']))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, where],
        env=environment,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert said.returncode == (1 if where == "start" else 0), said.stderr
    assert b"Traceback" not in said.stderr
    assert "KeyError" in (tmp_path / "window.log").read_text()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a screen is always there")
def test_without_a_screen_it_says_so_and_leaves(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    del environment["QT_QPA_PLATFORM"]
    said = subprocess.run([*MODULE], env=environment, capture_output=True, timeout=PATIENCE)
    assert said.returncode == 1
    assert b"There is no screen" in said.stderr and b"Traceback" not in said.stderr
    assert "no screen" in (tmp_path / "window.log").read_text()
