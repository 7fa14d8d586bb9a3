"""The installer and Inkscape: finding it, the extension, taking all off, and which tests ran with it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import pytest
from stand_in_program import nobodys_folders, program

from styleclipdraw_core.atomic import write_atomically
from styleclipdraw_core.installation import (
    command_link,
    commands,
    inkscape,
    record,
    test_report,
)
from styleclipdraw_core.installation.talk import InstallError

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = argparse.Namespace(dry_run=False, yes=True, device="cpu", repair=False)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return nobodys_folders(tmp_path, monkeypatch)


# Inkscape


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    ("body", "title"),
    [
        # As Inkscape answers, with a warning before it.
        (
            '[ "$1" = --version ] && echo "Inkscape 1.4 (x)" || printf "warning\\nPROFILE\\n"',
            "Inkscape 1.4",
        ),
        # Something else of that name.
        ("echo hello", None),
        ("exit 1", None),
    ],
)
def test_asking_inkscape(
    body: str, title: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "config" / "inkscape"
    program(tmp_path / "inkscape", body.replace("PROFILE", str(profile)))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.delenv("INKSCAPE_PROFILE_DIR")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    found = inkscape.find_inkscapes()
    assert [one.title for one in found] == ([title] if title else [])
    if title:
        assert found[0].extension == profile / "extensions" / "styleclipdraw"


@pytest.mark.skipif(sys.platform != "linux", reason="a flatpak and an AppImage are on Linux only")
def test_other_kinds_of_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("INKSCAPE_PROFILE_DIR")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert inkscape.find_inkscapes() == []
    (tmp_path / ".config" / "inkscape").mkdir(parents=True)
    (tmp_path / ".var" / "app" / "org.inkscape.Inkscape").mkdir(parents=True)
    flatpak, app_image = inkscape.find_inkscapes()
    assert flatpak.warning and ".var/app" in str(flatpak.extension)
    assert app_image.extension == tmp_path / ".config/inkscape/extensions/styleclipdraw"


def test_the_extension_is_exchanged_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "__pycache__").mkdir(parents=True)
    (source / "__pycache__" / "x.pyc").touch()
    (source / "draw.inx").write_text("new", "utf-8")
    target = inkscape.Inkscape("Inkscape", tmp_path / "profile")
    target.extension.mkdir(parents=True)
    (target.extension / "obsolete.inx").touch()
    inkscape.put_in(target, source)
    assert [file.name for file in target.extension.iterdir()] == ["draw.inx"]
    assert [folder.name for folder in target.profile.iterdir()] == ["extensions"]
    with pytest.raises(InstallError):
        inkscape.put_in(target, tmp_path / "nothing")
    assert (target.extension / "draw.inx").read_text("utf-8") == "new"
    assert inkscape.take_out(target.extension)
    assert not inkscape.take_out(target.extension)
    assert not inkscape.take_out(tmp_path)  # only ever a folder of that name
    assert tmp_path.exists()


# What was installed, and taking it off again


def test_the_record(own_folders: Path) -> None:
    assert record.read() is None
    own_folders.mkdir()
    noted = record.Record(own_folders / "env" / "bin" / "python", "cpu", "/x", (own_folders,))
    record.write(noted)
    assert record.read() == noted
    content = json.loads(record.place().read_text("utf-8"))
    assert content["python"] == str(noted.python) and content["version"] == noted.version
    for damage in ("", "[]", "{}", '{"python": 3, "version": null}', '{"python": "x'):
        write_atomically(record.place(), damage)
        assert record.read() is None


def installed(home: Path) -> None:
    for name in ("env/bin", "test-env", "compiled", "models/vgg16", "jobs/20260101-000000-aaaaaa"):
        (home / name).mkdir(parents=True)
    for name in ("install.log", "worker.log", "worker.lock", "window.ini"):
        (home / name).touch()
    found = inkscape.find_inkscapes()
    inkscape.put_in(found[0], ROOT / "inkscape_extension")
    record.write(record.Record(home / "env/bin/python", "cpu", "", (found[0].extension,)))


@pytest.mark.parametrize(("drawings", "left"), [(False, ["jobs"]), (True, None)])
def test_uninstall(
    own_folders: Path, tmp_path: Path, drawings: bool, left: list[str] | None
) -> None:
    installed(own_folders)
    options = argparse.Namespace(**{**vars(OPTIONS), "drawings": drawings})
    dry = argparse.Namespace(**{**vars(options), "dry_run": True})
    assert commands.uninstall(dry) == 0
    assert (own_folders / "env").exists()
    assert commands.uninstall(options) == 0
    assert not (tmp_path / "profile" / "extensions" / "styleclipdraw").exists()
    if left is None:
        assert not own_folders.exists()
    else:
        assert sorted(file.name for file in own_folders.iterdir()) == left
    assert commands.uninstall(options) == 0  # a second time there is nothing to do


def test_uninstall_leaves_alone_what_is_not_ours(own_folders: Path) -> None:
    installed(own_folders)
    (own_folders / "letters.txt").touch()
    commands.uninstall(argparse.Namespace(**{**vars(OPTIONS), "drawings": True}))
    assert [file.name for file in own_folders.iterdir()] == ["letters.txt"]


def test_uninstall_does_not_touch_a_folder_that_is_not_ours(own_folders: Path) -> None:
    (own_folders / "tmp").mkdir(parents=True)
    (own_folders / "models").mkdir()
    (own_folders / "letters.txt").touch()
    options = argparse.Namespace(**{**vars(OPTIONS), "drawings": True})
    assert commands.uninstall(options) == 0
    assert len(list(own_folders.iterdir())) == 3
    (own_folders / "install.log").touch()  # here it was installed
    commands.uninstall(options)
    assert [file.name for file in own_folders.iterdir()] == ["letters.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such folder")
def test_the_command_where_the_shell_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program_there = tmp_path / "data" / "env" / "bin" / "styleclipdraw"
    folder = tmp_path / ".local" / "bin"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin")
    assert command_link.put(program_there) is None  # the shell would not look there
    assert not folder.exists()
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}{folder}")
    link = command_link.put(program_there)
    assert link and os.readlink(link) == str(program_there)
    assert command_link.put(program_there) == link  # renewed
    command_link.remove(tmp_path / "other" / "env" / "bin" / "styleclipdraw")
    assert os.path.lexists(link)  # another installation's
    command_link.remove(program_there)
    assert not os.path.lexists(link)
    link.write_text("a program of somebody else", "utf-8")
    assert command_link.put(program_there) is None
    command_link.remove(program_there)
    assert link.read_text("utf-8") == "a program of somebody else"


# The test command


CASE = '<testcase classname="tests.{}" name="x">{}</testcase>'
SKIPPED = '<skipped message="Inkscape is not installed"/>'


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        ([CASE.format("inkscape.test_menu", "")], (1, 0)),
        ([CASE.format("inkscape.test_menu", SKIPPED)], (0, 1)),
        # A skipped GPU test is no matter.
        ([CASE.format("gpu.test_cuda", SKIPPED), CASE.format("inkscape.test_menu", "")], (1, 0)),
        # Nor is a collection of files that does not come with the project.
        (
            [
                CASE.format("inkscape.test_suite", '<skipped message="there is no svg-suite"/>'),
                CASE.format("inkscape.test_menu", '<skipped type="pytest.xfail" message=""/>'),
            ],
            (1, 0),
        ),
        ([], (0, 0)),
    ],
)
def test_which_inkscape_tests_ran(
    cases: list[str], expected: tuple[int, int], tmp_path: Path
) -> None:
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>", "utf-8")
    found = test_report.read_report(report)
    assert (found.ran, found.skipped) == expected
    assert test_report.read_report(tmp_path / "nothing").ran == 0


@pytest.mark.parametrize(
    ("case", "arguments", "without", "status"),
    [
        # All went well.
        (CASE.format("inkscape.test_menu", ""), (), False, 0),
        # The Inkscape tests were skipped: that is a failure, unless it was agreed to.
        (CASE.format("inkscape.test_menu", SKIPPED), (), False, test_report.INKSCAPE_DID_NOT_RUN),
        (CASE.format("inkscape.test_menu", SKIPPED), (), True, 0),
        # None was there at all: the same, unless the person chose which tests to run.
        (CASE.format("core.test_job", ""), (), False, test_report.INKSCAPE_DID_NOT_RUN),
        (CASE.format("core.test_job", ""), ("tests/core",), False, 0),
    ],
)
def test_exit_status_of_the_test_command(
    case: str,
    arguments: tuple[str, ...],
    without: bool,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def pretend(command: list[str], checkout: Path, surroundings: dict[str, str]) -> int:
        report = Path(command[3].partition("=")[2])
        report.write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>", "utf-8")
        assert Path(surroundings["STYLECLIPDRAW_HOME"]).is_dir()
        profile = Path(surroundings["INKSCAPE_PROFILE_DIR"])
        assert list(profile.glob("extensions/styleclipdraw/*.inx"))
        return 0

    monkeypatch.setattr(test_report, "_pytest", pretend)
    python = Path(sys.executable)
    assert test_report.run_tests(python, ROOT, arguments, without_inkscape=without) == status
    assert ("could not run" in capsys.readouterr().out) == bool(status)
