"""Starts the optimizer when a job waits and none runs; hides how a child outlives its parent.

The child gets an isolated Python, a clean environment, its own session, no stream of ours and low
priority, so that closing or killing the window does nothing to a drawing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from styleclipdraw_core.job_folder import data_folder, make_private_folder, queue
from styleclipdraw_core.worker_lock import worker_is_running

COMMAND = ("-I", "-m", "styleclipdraw_core.worker")
# A child that is gone this soon, jobs still waiting, did not work.
SOON = 20.0  # seconds
ATTEMPTS = 3
LOW_PRIORITY = 10

# What the optimizer may need of the environment: where things are, how to reach the network and
# which devices to use. Nothing of Python's, nothing of Inkscape's.
_KEPT = (
    "HOME USER LOGNAME USERPROFILE PATH SYSTEMROOT WINDIR COMSPEC TEMP TMP TMPDIR LANG LANGUAGE"
    " LOCALAPPDATA APPDATA PROGRAMDATA NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE"
    " HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy"
    " SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE"
    " CUDA_VISIBLE_DEVICES CUDA_HOME LD_LIBRARY_PATH"
    " OMP_NUM_THREADS OMP_WAIT_POLICY NUMBA_NUM_THREADS NUMBA_CACHE_DIR"
).split()
# Threads of OpenMP that have nothing to do spin by default. Beside other busy programs (18 of them
# on two cores) 12 steps took 82 s that way, and 11 s when they sleep.
_POLITE = {"OMP_WAIT_POLICY": "PASSIVE"}
_KEPT_PREFIXES = ("STYLECLIPDRAW_", "XDG_", "LC_", "HF_")


def clean_environment(environment: dict[str, str]) -> dict[str, str]:
    """The part of an environment that the optimizer gets."""
    kept = {name.upper() for name in _KEPT} if sys.platform == "win32" else set(_KEPT)
    return _POLITE | {
        name: value
        for name, value in environment.items()
        if (name.upper() if sys.platform == "win32" else name) in kept
        or name.startswith(_KEPT_PREFIXES)
    }


class WorkerStart:
    """Keeps an optimizer running while jobs wait; gives up after some that die at once."""

    def __init__(
        self, is_running: Callable[[], bool], command: Sequence[str] | None = None
    ) -> None:
        self._is_running = is_running
        self._command = list(command or (sys.executable, *COMMAND))
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._failures = 0

    @property
    def gave_up(self) -> bool:
        return self._failures >= ATTEMPTS

    def runs(self) -> bool:
        """Whether an optimizer is there, ours or another's."""
        return self._is_running()

    def try_again(self) -> None:
        """Forget earlier failures: the person asks for another attempt."""
        self._failures = 0

    def ensure(self, jobs_wait: bool) -> None:
        """Start an optimizer when jobs wait and none is running."""
        now = time.monotonic()
        if self._child is not None:
            code = self._child.poll()
            if code is None:
                return  # ours runs, or is about to take the lock
            # Code 0 is an optimizer that found another one running, or nothing to do.
            quick = code != 0 and now - self._started < SOON
            self._failures = self._failures + 1 if quick and jobs_wait else 0
            self._child = None
        if not jobs_wait or self.gave_up or self._is_running():
            return
        if now - self._started < 1.0:
            return
        self._started = now
        try:
            self._child = start_detached(self._command)
        except OSError:
            self._failures += 1


def draw_what_waits() -> None:
    """For a window that cannot be shown: what was asked for is drawn all the same."""
    WorkerStart(worker_is_running).ensure(bool(queue()))


def start_detached(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Run `command` in its own session with nothing of ours; raises OSError."""
    folder = data_folder()
    make_private_folder(folder)
    if sys.platform == "win32":
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=clean_environment(dict(os.environ)),
            creationflags=subprocess.CREATE_NO_WINDOW
            | subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.BELOW_NORMAL_PRIORITY_CLASS,
        )
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=clean_environment(dict(os.environ)),
        start_new_session=True,
    )
    try:
        # From here and not in the child: code between fork and exec is unsafe beside threads.
        os.setpriority(os.PRIO_PROCESS, child.pid, LOW_PRIORITY)
    except OSError:
        pass  # it has ended already, or the system forbids it; it only draws less politely
    return child
