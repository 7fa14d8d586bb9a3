"""Runs the project's tests, and says whether those that need the real Inkscape could run.

The tests get a `<user data>` and an Inkscape profile of their own, with the extension in it, so
that they never touch the person's.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from styleclipdraw_core.installation import inkscape as inkscapes
from styleclipdraw_core.installation.inkscape import Inkscape
from styleclipdraw_core.installation.talk import say

INKSCAPE_TESTS = "tests.inkscape"  # the folder of the tests marked "inkscape", as JUnit names it
# Collections of files that some tests use where they lie about; they do not come with the project.
_NOT_OURS = ("svg-suite", "test suite")
INKSCAPE_DID_NOT_RUN = 20  # an exit status that pytest does not use


@dataclass(frozen=True)
class InkscapeTests:
    """What became of the tests that need the real Inkscape."""

    ran: int
    skipped: int  # for want of Inkscape or a program around it
    reason: str  # of the first that was skipped


def run_tests(
    python: Path, checkout: Path, arguments: Sequence[str], *, without_inkscape: bool
) -> int:
    """pytest's exit status; `INKSCAPE_DID_NOT_RUN` when all went well but those tests."""
    with tempfile.TemporaryDirectory(prefix="styleclipdraw-tests-") as name:
        folder = Path(name)
        report = folder / "report.xml"
        command = [str(python), "-m", "pytest", f"--junitxml={report}", *arguments]
        say(f"Testing: pytest {' '.join(arguments)}".rstrip())
        status = _pytest(command, checkout, _surroundings(folder, checkout))
        ran = read_report(report)
    if status != 0 or without_inkscape:
        return status
    if ran.skipped or not (ran.ran or arguments):
        say(
            f"{ran.skipped} tests with the real Inkscape could not run: {ran.reason}. "
            "Install what is missing (README.md names it), or add --without-inkscape."
        )
        return INKSCAPE_DID_NOT_RUN
    return status


def read_report(report: Path) -> InkscapeTests:
    """From pytest's own JUnit report; a missing one counts as no test at all."""
    try:
        cases = ElementTree.parse(report).iter("testcase")
        ours = [case for case in cases if case.get("classname", "").startswith(INKSCAPE_TESTS)]
    except (OSError, ElementTree.ParseError):
        ours = []
    reasons = [
        skip.get("message", "").rstrip(".")
        for case in ours
        if (skip := case.find("skipped")) is not None and skip.get("type") != "pytest.xfail"
    ]
    unable = [reason for reason in reasons if not any(word in reason for word in _NOT_OURS)]
    reason = unable[0] if unable else "there are none"
    return InkscapeTests(len(ours) - len(reasons), len(unable), reason)


def _surroundings(folder: Path, checkout: Path) -> dict[str, str]:
    profile, home = folder / "profile", folder / "home"
    home.mkdir(mode=0o700)
    inkscapes.put_in(Inkscape("for tests", profile), checkout / "inkscape_extension")
    surroundings = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    surroundings.update(
        STYLECLIPDRAW_HOME=str(home),
        INKSCAPE_PROFILE_DIR=str(profile),
        STYLECLIPDRAW_MODELS=str(folder / "models"),
    )
    surroundings.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Threads that wait by spinning take the processor from those they wait for: on two busy
    # processors a step of drawing then takes ten times as long.
    surroundings.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Many tests have a data folder of their own; the renderer need not be compiled for each.
    surroundings.setdefault("NUMBA_CACHE_DIR", str(home / "compiled"))
    return surroundings


def _pytest(command: list[str], checkout: Path, surroundings: dict[str, str]) -> int:
    process = subprocess.Popen(command, cwd=checkout, env=surroundings, stdin=subprocess.DEVNULL)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest got it as well, and says what it did
