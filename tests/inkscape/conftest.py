"""What the tests with the real Inkscape share; without it they are skipped, and say so."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "extension", HERE.parents[1] / "inkscape_extension"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="session")
def inkscape():
    """The version of Inkscape."""
    from inkscape_shell import has_inkscape, version

    if not has_inkscape():
        pytest.skip("Inkscape is not installed")
    return version()


@pytest.fixture(scope="session")
def inkscape_gui(inkscape):
    """The version of Inkscape, on a computer where its windows can be driven."""
    from inkscape_window import missing

    reason = missing()
    if reason:
        pytest.skip(reason)
    return inkscape
