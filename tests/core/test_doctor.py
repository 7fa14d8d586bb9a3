"""The doctor finds what is wrong, says what to do, and names nobody."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

import pytest

from styleclipdraw_core import doctor
from styleclipdraw_core.doctor import Check, redact
from styleclipdraw_core.errors import WeightsError
from styleclipdraw_core.installation import record


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INKSCAPE_PROFILE_DIR", str(tmp_path / "profile"))
    monkeypatch.delenv("STYLECLIPDRAW_MODELS", raising=False)


def test_every_check_has_a_name_and_a_sentence_and_advice_when_it_fails() -> None:
    checks = {check.name: check for check in doctor.report()}
    assert len(checks) == len(doctor._CHECKS)
    for check in checks.values():
        assert check.sentence.endswith((".", "...")), check
        assert check.ok or check.next_step, check
    # What the tests themselves run on is there; what only install.py makes is not.
    for name in ("program", "packages", "device", "renderer", "models", "folder"):
        assert checks[name].ok, checks[name]
    assert not checks["installation"].ok
    assert not checks["Inkscape"].ok


def test_a_failing_check_is_a_finding_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Check:
        raise RuntimeError("libGL.so.1: cannot open shared object file\nmore lines")

    def refused() -> Check:
        raise WeightsError("A sentence.", "A next step.")

    monkeypatch.setattr(doctor, "_CHECKS", (("one", broken), ("two", refused)))
    one, two = doctor.report()
    assert not one.ok and "libGL.so.1" in one.sentence and "more lines" not in one.sentence
    assert two == Check("two", False, "A sentence.", "A next step.")
    assert "NO  two: A sentence.\n    A next step." in doctor.report_text()


def test_the_installation_is_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_CHECKS", (("installation", doctor._installation),))
    python = tmp_path / "env" / "bin" / "python"
    (tmp_path / "home").mkdir()
    record.write(record.Record(python, "cpu"))
    assert "is gone" in doctor.report()[0].sentence
    python.parent.mkdir(parents=True)
    python.touch()
    assert doctor.report()[0].ok
    record.write(record.Record(python, "cpu", version="0.0.1"))
    assert "0.0.1" in doctor.report()[0].sentence


def test_redaction(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "maria")
    monkeypatch.setattr(getpass, "getuser", lambda: "maria")
    monkeypatch.setattr(socket, "gethostname", lambda: "marias-laptop")
    text = f"{tmp_path}/maria/.local/x of maria on marias-laptop; mariage stays"
    assert redact(text) == "~/.local/x of <person> on <computer>; mariage stays"


def test_no_check_names_the_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(doctor, "_CHECKS", (("folder", doctor._folder),))
    assert str(tmp_path) not in doctor.report_text()
    assert "~" in doctor.report_text()
