"""The installer: its plan, what it says when something is in the way, and its environment."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_in_program import nobodys_folders, program

from styleclipdraw_core.installation import (
    environment,
    machine,
    pip,
    plan,
)
from styleclipdraw_core.installation.environment import Environment, Wanted
from styleclipdraw_core.installation.talk import InstallError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return nobodys_folders(tmp_path, monkeypatch)


def run_script(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "install.py"), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **extra},
        timeout=120,
    )


# The script


def test_an_old_python_can_read_the_script_and_is_told() -> None:
    source = (ROOT / "install.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 6))
    guard = source.index("sys.version_info <")
    assert "import argparse" not in source[:guard]
    assert "styleclipdraw_core" not in source[:guard]


def test_nothing_but_the_standard_library_is_imported() -> None:
    code = "import sys, install\nfrom styleclipdraw_core.installation import commands\n"
    code += "print(*{name.split('.')[0] for name in sys.modules})"
    answer = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    loaded = set(answer.stdout.split()) - {"install", "styleclipdraw_core"}
    assert {name for name in loaded if name not in sys.stdlib_module_names} <= {"__main__"}


def test_a_dry_run_shows_the_plan_and_changes_nothing(own_folders: Path, tmp_path: Path) -> None:
    for command in ((), ("test",), ("demo",)):
        answer = run_script(*command, "--dry-run", "--device", "cuda")
        assert answer.returncode == 0, answer.stderr
        assert re.search(r"about \d\.\d GB to fetch, \d\.\d GB on the disk", answer.stdout)
        assert "CUDA" in answer.stdout
        assert answer.stderr == ""
    assert not own_folders.exists()
    assert not (tmp_path / "profile").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        # A folder below a file cannot be made.
        (("--yes",), "STYLECLIPDRAW_HOME"),
        (("demo",), "STYLECLIPDRAW_HOME"),
        # The extension is to start a program that is there.
        (("extension", "--python", "/no/such/python"), "/no/such/python"),
        # What is not understood.
        (("paint",), "paint"),
        (("--device", "tpu"), "tpu"),
    ],
)
def test_one_sentence_and_no_traceback(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    answer = run_script(*arguments, STYLECLIPDRAW_HOME=str(tmp_path / "file" / "home"))
    assert answer.returncode in (1, 2)
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
    assert words in answer.stderr


# The computer


@pytest.mark.parametrize(
    ("version", "fine"),
    [((3, 9, 1), False), ((3, 10, 0), True), ((3, 14, 2), True), ((3, 15, 0), False)],
)
def test_versions_of_python(
    version: tuple[int, ...], fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.sys, "version_info", version)
    if fine:
        machine.check_python()
    else:
        with pytest.raises(InstallError, match="3.10 to 3.14"):
            machine.check_python()


def test_a_python_without_venv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InstallError) as caught:
        machine.check_python()
    assert "apt install python3." in caught.value.next_step


def test_devices(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine.sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.choose_device("auto") == "cpu"
    assert machine.choose_device("cuda") == "cuda"
    program(tmp_path / "nvidia-smi", "echo 'NVIDIA H100'")
    assert machine.choose_device("auto") == "cuda"
    assert machine.nvidia_card() == "NVIDIA H100"
    program(tmp_path / "nvidia-smi", "echo 'no devices were found'; exit 6")
    assert machine.choose_device("auto") == "cpu"
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    with pytest.raises(InstallError):
        machine.choose_device("cuda")


def test_too_little_space(monkeypatch: pytest.MonkeyPatch, own_folders: Path) -> None:
    monkeypatch.setattr(plan, "free_space", lambda folder: 10**9)
    with pytest.raises(InstallError, match=r"1\.0 GB left"):
        a_plan(own_folders).check_room()
    monkeypatch.setattr(plan, "free_space", lambda folder: 10**11)
    a_plan(own_folders).check_room()


def test_an_unreachable_server_is_noticed_quickly() -> None:
    assert not machine.answers("http://127.0.0.1:9/torch/", seconds=2.0)
    assert not machine.answers("nonsense")


# pip


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left", "full"),
        ("WARNING: Retrying ... NewConnectionError: Failed\nERROR: No matching", "be reached"),
        # The index answered: there is no such wheel.
        ("ERROR: No matching distribution found for torch==2.13.0", "no torch==2.13.0 for"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "permission denied"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "certificate"),
        ("error: Failed building wheel for lxml", "wheel"),
        # Whatever nobody foresaw: pip's own last word.
        ("blah\nERROR: something odd.\nblah", "pip failed: something odd."),
        ("", "nothing"),
    ],
)
def test_what_pip_says_in_one_sentence(output: str, words: str, tmp_path: Path) -> None:
    error = pip._explained(output, tmp_path / "install.log")
    assert words in error.sentence
    assert error.next_step.endswith(".")


def test_pip_runs_with_the_persons_configuration(tmp_path: Path) -> None:
    """A stand-in for Python writes down how it was called."""
    python = program(
        tmp_path / "python",
        'echo "$@" > called; echo "$PIP_FIND_LINKS" >> called; echo "Downloading '
        'x/torch-2.13.0-cp311.whl (190.6 MB)"; exit 1',
    )
    here = os.getcwd()
    os.chdir(tmp_path)
    os.environ["PIP_FIND_LINKS"] = "/somewhere"
    try:
        with pytest.raises(InstallError):
            pip.Pip(python, tmp_path / "log", tmp_path / "tmp").install("torch==2.13.0")
    finally:
        os.chdir(here)
        del os.environ["PIP_FIND_LINKS"]
    called = (tmp_path / "called").read_text("utf-8")
    assert "torch==2.13.0" in called and "/somewhere" in called
    assert "--index-url" not in called and "--isolated" not in called
    assert "190.6 MB" in (tmp_path / "log").read_text("utf-8")


class FakePip:
    """Notes what it was asked for; fails for the packages named in ``broken``."""

    calls: list[tuple[str, ...]] = []
    broken: tuple[str, ...] = ()
    interrupted = False

    def __init__(self, *_: object) -> None:
        pass

    def install(self, *arguments: str) -> None:
        type(self).calls.append(arguments)
        if self.interrupted:
            raise KeyboardInterrupt
        if any(word in " ".join(arguments) for word in self.broken):
            raise InstallError("No.", "Next.")


@pytest.fixture
def fake_pip(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakePip]]:
    FakePip.calls, FakePip.broken, FakePip.interrupted = [], (), False
    monkeypatch.setattr(environment, "Pip", FakePip)
    monkeypatch.setattr(environment.Environment, "_make_empty", lambda self: None)
    monkeypatch.setattr(environment.Environment, "_ask", lambda self, code: "{}")
    monkeypatch.setattr(environment.Environment, "_use_checkout", lambda self, checkout: None)
    monkeypatch.setattr(environment.sys, "platform", "linux")
    yield FakePip


def an_environment(home: Path) -> Environment:
    (home / "env").mkdir(parents=True, exist_ok=True)
    return Environment(home / "env", home / "install.log")


def a_plan(home: Path, tests: bool = False) -> plan.Plan:
    return plan.Plan(an_environment(home), Wanted(ROOT, "cpu", tests), (), False)


@pytest.mark.parametrize(
    ("reachable", "broken", "torch_calls"),
    [
        # PyTorch's index answers: the processor's build comes from there.
        (True, (), [True]),
        # It answers but has not got the wheel: the default index is asked.
        (True, ("--extra-index-url",), [True, False]),
        # It does not answer: pip is not even sent there.
        (False, (), [False]),
    ],
)
def test_where_torch_comes_from(
    fake_pip: type[FakePip],
    own_folders: Path,
    monkeypatch: pytest.MonkeyPatch,
    reachable: bool,
    broken: tuple[str, ...],
    torch_calls: list[bool],
) -> None:
    monkeypatch.setattr(environment, "answers", lambda address: reachable)
    fake_pip.broken = broken
    made = an_environment(own_folders)
    wanted = Wanted(ROOT, "cpu")
    made.make(wanted)
    torch = [call for call in fake_pip.calls if "torch==2.13.0" in call]
    assert ["--extra-index-url" in call for call in torch] == torch_calls
    assert not any("--index-url" in call for call in fake_pip.calls)
    assert made.is_whole(wanted)


def test_an_interrupted_environment_is_not_whole_and_a_second_run_mends_it(
    fake_pip: type[FakePip], own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "answers", lambda address: False)
    made, wanted = an_environment(own_folders), Wanted(ROOT, "cpu", tests=True)
    fake_pip.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        made.make(wanted)
    assert not made.is_whole(wanted)
    assert not (own_folders / "tmp").exists()
    fake_pip.interrupted = False
    made.make(wanted)
    assert made.is_whole(wanted)
    assert ("--no-deps", "inkex==1.4.1") in fake_pip.calls


def test_a_change_of_the_lock_or_the_program_is_noticed(
    fake_pip: type[FakePip], own_folders: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "answers", lambda address: False)
    core = tmp_path / "checkout" / "styleclipdraw_core"
    core.mkdir(parents=True)
    (core / "requirements.lock").write_text("torch==2.13.0\n", "utf-8")
    (core / "module.py").write_text("one = 1\n", "utf-8")
    made, wanted = an_environment(own_folders), Wanted(tmp_path / "checkout", "cpu")
    made.make(wanted)
    assert made.is_whole(wanted)
    (core / "module.py").write_text("one = 2\n", "utf-8")
    assert not made.is_whole(wanted)
    fake_pip.calls.clear()
    made.make(wanted)
    assert len(fake_pip.calls) == 1  # only the program itself
    (core / "requirements.lock").write_text("torch==2.13.0\nnumpy==2.4.6\n", "utf-8")
    assert not made.is_whole(wanted)


def test_damage_is_found(own_folders: Path) -> None:
    """In a real environment with one package that has lost a file, and one that is whole."""
    made = an_environment(own_folders)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)], check=True)
    site = [*made.folder.glob("lib/python*/site-packages"), made.folder / "Lib/site-packages"][0]
    for name in ("whole", "torn"):
        (site / f"{name}-1.dist-info").mkdir()
        (site / f"{name}-1.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
        (site / f"{name}.py").write_text("x = 1\n")
        (site / f"{name}-1.dist-info" / "RECORD").write_text(f"{name}.py,sha256=x,6\n")
    (site / "torn.py").write_text("x")
    assert list(made.damaged()) == ["torn"]
    made._forget_damaged()
    assert not (site / "torn-1.dist-info").exists()
    assert (site / "whole-1.dist-info").exists()


# The locks


def lock_names(file: Path) -> list[str]:
    lines = [line.split("#")[0].strip() for line in file.read_text("utf-8").splitlines()]
    for line in filter(None, lines):
        assert re.fullmatch(r"[\w.-]+==[\w.]+(; .+)?", line), f"{line} is not pinned"
    return [_plain(line.split("==")[0]) for line in lines if line]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_pyproject_asks_for_is_pinned() -> None:
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 cannot read TOML")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = lock_names(ROOT / "styleclipdraw_core" / "requirements.lock")
    for_tests = lock_names(ROOT / "tests" / "requirements.lock")
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *extras["window"]]:
        assert _plain(re.split(r"[<>=;~ ]", text)[0]) in pinned, text
    for text in extras["test"]:
        assert _plain(re.split(r"[<>=;~ ]", text)[0]) in for_tests, text
    assert not set(pinned) & set(for_tests)
    assert "inkex" not in pinned


def test_the_locks_are_what_is_installed_here() -> None:
    from importlib import metadata

    tokens = re.compile(r'python_version (<|>=) "3\.11"')
    old = sys.version_info < (3, 11)
    for line in (ROOT / "styleclipdraw_core" / "requirements.lock").read_text().splitlines():
        name, _, rest = line.partition("==")
        version, _, marker = rest.partition(";")
        other = tokens.search(marker)
        if not rest or "sys_platform" in marker or (other and (other[1] == "<") != old):
            continue
        there = metadata.version(name).split("+")[0]
        if there != version.strip():
            pytest.skip(f"this environment is not install.py's: {name} is {there}")
