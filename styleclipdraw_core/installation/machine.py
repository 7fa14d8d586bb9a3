"""What this computer is: its Python, its graphics card, its free space. Changes nothing."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from styleclipdraw_core.installation.talk import InstallError

OLDEST_PYTHON, NEWEST_PYTHON = (3, 10), (3, 14)  # torch 2.13 and numba 0.68 have wheels for these


def check_python() -> None:
    """Refuse a Python that torch has no packages for, or that cannot make environments."""
    version = sys.version_info[:2]
    if not OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        raise InstallError(
            f"This Python is {platform.python_version()}; the packages exist for 3.10 to 3.14.",
            _another_python(),
            code="install.python",
        )
    if sys.maxsize < 2**32:
        raise InstallError(
            "This is a 32-bit Python, for which there is no torch.",
            "Install a 64-bit Python and run install.py with it.",
            code="install.python",
        )
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise InstallError(
            "There is no torch for Macs with an Intel processor any more.",
            "On a Mac with an Apple processor, run install.py with a Python made for it.",
            code="install.python",
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        major, minor = version
        raise InstallError(
            "This Python cannot make environments: its venv module is not installed.",
            f"On Debian and Ubuntu: sudo apt install python{major}.{minor}-venv; then run "
            "install.py again.",
            code="install.venv",
        )


def _another_python() -> str:
    for minor in (12, 13, 11, 14, 10):
        found = shutil.which(f"python3.{minor}")
        if found:
            return f"Run it with another one: {found} install.py"
    return "Install Python 3.12 from python.org or your distribution, and run install.py with it."


def choose_device(wanted: str) -> str:
    """``cuda`` or ``cpu``: for which torch is fetched. On a Mac there is one torch for all."""
    if wanted != "auto":
        if wanted == "cuda" and sys.platform == "darwin":
            raise InstallError(
                "There is no CUDA on a Mac.", "Leave --device away.", code="install.device"
            )
        return wanted
    return "cuda" if sys.platform != "darwin" and nvidia_card() else "cpu"


def nvidia_card() -> str:
    """The name of the graphics card, when NVIDIA's driver works; else empty."""
    program = shutil.which("nvidia-smi")
    if not program:
        return ""
    try:
        answer = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = answer.stdout.strip().splitlines()
    return lines[0].strip() if answer.returncode == 0 and lines else ""


def answers(address: str, seconds: float = 5.0) -> bool:
    """Whether a server can be reached, found out quickly: pip would try for minutes."""
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "styleclipdraw"})
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def free_space(folder: Path) -> int:
    """Bytes left on the disk where ``folder`` is or will be."""
    while not os.path.exists(folder) and folder != folder.parent:  # never raises
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def check_writable(folder: Path) -> None:
    """Make ``folder``, private, and try to write in it."""
    trial = folder / ".writable"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        reason = (os.strerror(error.errno) if error.errno else str(error)).lower()
        raise InstallError(
            f"{folder} cannot be written: {reason}.",
            "Name a folder that you may write to in the environment variable STYLECLIPDRAW_HOME.",
            code="install.folder",
        ) from None
