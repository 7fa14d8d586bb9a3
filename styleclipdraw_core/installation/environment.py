"""The Python environment of the program: made from the lock files, mended, recognised as whole.

Hides venv and in which order pip is asked. A note is written last of all, so that an environment
without it is one that was interrupted; pip goes on with what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from styleclipdraw_core.installation.machine import answers
from styleclipdraw_core.installation.pip import Pip
from styleclipdraw_core.installation.talk import InstallError, say

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CUDA_INDEX_WINDOWS = "https://download.pytorch.org/whl/cu130"  # elsewhere CUDA is the default
INKEX = "inkex==1.4.1"
_NOTE = "styleclipdraw.json"


@dataclass(frozen=True)
class Wanted:
    """What an environment is to hold."""

    checkout: Path
    device: str  # "cpu" or "cuda"
    tests: bool = False  # also what the tests need; the core is then used from the checkout

    @property
    def locks(self) -> list[Path]:
        locks = [self.checkout / "styleclipdraw_core" / "requirements.lock"]
        return [*locks, self.checkout / "tests" / "requirements.lock"] if self.tests else locks

    def packages_fingerprint(self) -> str:
        content = b"\0".join(lock.read_bytes() for lock in self.locks)
        return _sha256(content + self.device.encode() + sys.version.encode())

    def core_fingerprint(self) -> str:
        """Of the program's own code; of its place when it is used from there."""
        if self.tests:
            return str(self.checkout)
        digest = hashlib.sha256()
        for file in _core_files(self.checkout):
            digest.update(str(file.relative_to(self.checkout)).encode() + b"\0")
            digest.update(file.read_bytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Environment:
    """One environment, there or not yet."""

    folder: Path
    log: Path

    @property
    def python(self) -> Path:
        if sys.platform == "win32":
            return self.folder / "Scripts" / "python.exe"
        return self.folder / "bin" / "python"

    @property
    def program(self) -> Path:
        """The command line of the program."""
        return self.python.with_name(f"styleclipdraw{self.python.suffix}")

    def is_whole(self, wanted: Wanted) -> bool:
        """Whether nothing has to be done."""
        is_current = self._note().get("core") == wanted.core_fingerprint()
        return is_current and self.has_packages(wanted)

    def has_packages(self, wanted: Wanted) -> bool:
        """Whether nothing has to be fetched."""
        is_current = self._note().get("packages") == wanted.packages_fingerprint()
        return is_current and not self.damaged()

    def damaged(self) -> dict[str, Path]:
        """Packages of which a file is missing or has another length, and pip's notes on them."""
        answer = self._ask(_DAMAGED)
        found: dict[str, str] = json.loads(answer) if answer else {"pip": str(self.folder)}
        return {name: Path(notes) for name, notes in found.items()}

    def make(self, wanted: Wanted, *, anew: bool = False) -> None:
        """Make it, or mend it; raises `InstallError`, and then a second run goes on."""
        has_packages = not anew and self.has_packages(wanted)
        (self.folder / _NOTE).unlink(missing_ok=True)
        if anew or not self._ask("import pip") or "pip" in self.damaged():
            self._make_empty()
        self._forget_damaged()
        pip = Pip(self.python, self.log, self.folder.parent / "tmp")
        try:
            if not has_packages:
                self._install_packages(pip, wanted)
            if wanted.tests:
                self._use_checkout(wanted.checkout)
            else:
                self._install_core(pip, wanted.checkout)
        finally:
            shutil.rmtree(self.folder.parent / "tmp", ignore_errors=True)
        note = {"packages": wanted.packages_fingerprint(), "core": wanted.core_fingerprint()}
        (self.folder / _NOTE).write_text(json.dumps(note), "utf-8")

    def _make_empty(self) -> None:
        say(f"  Environment for Python {sys.version_info[0]}.{sys.version_info[1]} ...")
        shutil.rmtree(self.folder, ignore_errors=True)
        command = [sys.executable, "-I", "-m", "venv", str(self.folder)]
        made = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
        output = made.stdout + made.stderr
        if made.returncode == 0:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        if "ensurepip" in output:
            raise InstallError(
                "This Python cannot make environments: its ensurepip is not installed.",
                f"On Debian and Ubuntu: sudo apt install python{sys.version_info[0]}."
                f"{sys.version_info[1]}-venv; then run install.py again.",
                code="install.venv",
            )
        last = (output.strip().splitlines() or ["it said nothing"])[-1]
        raise InstallError(
            f"The environment could not be made in {self.folder}: {last[:200].rstrip('.')}.",
            "Check that there is space and that you may write there, then run it again.",
            code="install.venv",
        )

    def _forget_damaged(self) -> None:
        """Packages that have lost files, e.g. when the power went: pip is to fetch them again."""
        damaged = self.damaged()
        if damaged:
            say(f"  Mending {', '.join(list(damaged)[:5])} ...")
            for notes in damaged.values():
                if notes.name.endswith(".dist-info"):
                    shutil.rmtree(notes, ignore_errors=True)

    def _install_packages(self, pip: Pip, wanted: Wanted) -> None:
        say("  Packages ...")
        self._install_torch(pip, wanted)
        for lock in wanted.locks:
            pip.install("-r", str(lock))
        if wanted.tests:
            pip.install("--no-deps", INKEX)

    def _install_torch(self, pip: Pip, wanted: Wanted) -> None:
        """The build for the device, from PyTorch's own index when the default one has another."""
        lock = wanted.locks[0]
        pinned = re.search(r"^torch==\S+", lock.read_text("utf-8"), re.MULTILINE)
        assert pinned, "the lock pins torch"
        arguments = ["-c", str(lock), pinned[0]]
        index = torch_index(wanted.device)
        if index and answers(f"{index}/torch/"):
            try:
                pip.install("--extra-index-url", index, *arguments)
                return
            except InstallError as error:
                if "disk" in error.sentence:
                    raise
                say("    PyTorch's own index did not help; trying the default one")
        pip.install(*arguments)

    def _install_core(self, pip: Pip, checkout: Path) -> None:
        """From a copy, so that nothing is left in the checkout, which may be read-only."""
        say("  The program itself ...")
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix="core-") as name:
            copy = Path(name)
            for file in _core_files(checkout):
                place = copy / file.relative_to(checkout)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
            (copy / "README.md").touch()
            pip.install("--no-deps", "--no-build-isolation", "--force-reinstall", str(copy))

    def _use_checkout(self, checkout: Path) -> None:
        """The tests run the code that is being worked on, also where -I ignores PYTHONPATH."""
        answer = self._ask("import json, sysconfig; print(json.dumps(sysconfig.get_paths()))")
        place = Path(json.loads(answer)["purelib"]) / "styleclipdraw-checkout.pth"
        place.write_text(f"{checkout}\n", "utf-8")

    def _ask(self, code: str) -> str:
        """What the environment's Python prints; empty when it does not work."""
        if not os.path.exists(self.python):
            return ""
        try:
            answer = subprocess.run(
                [str(self.python), "-I", "-c", f"{code}\nprint()"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return answer.stdout if answer.returncode == 0 else ""

    def _note(self) -> dict[str, str]:
        try:
            note = json.loads((self.folder / _NOTE).read_text("utf-8"))
            return note if isinstance(note, dict) else {}
        except (OSError, ValueError):
            return {}


def torch_index(device: str) -> str:
    """PyTorch's own index, where the default index has a build for another device."""
    if sys.platform == "linux" and device == "cpu":
        return CPU_INDEX
    if sys.platform == "win32" and device == "cuda":
        return CUDA_INDEX_WINDOWS
    return ""


def _core_files(checkout: Path) -> list[Path]:
    names = [checkout / name for name in ("pyproject.toml", "README.md", "LICENSE")]
    core = [
        file
        for file in sorted((checkout / "styleclipdraw_core").rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    ]
    return [file for file in names if file.is_file()] + core


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_DAMAGED = """
import json, os
from importlib.metadata import distributions
bad = {}
for package in distributions():
    try:
        files = package.files or []
        whole = bool(files) and all(
            file.size is None or os.stat(package.locate_file(file)).st_size == file.size
            for file in files if not str(file).endswith(".pyc"))
    except OSError:
        whole = False
    if not whole:
        notes = str(package._path)
        bad[os.path.basename(notes).split("-")[0]] = notes
print(json.dumps(bad))
"""
