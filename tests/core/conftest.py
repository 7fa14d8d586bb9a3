"""What the tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from opened_window import Opened
    from pytestqt.qtbot import QtBot


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(qtbot: QtBot, jobs: Path) -> Iterator[Opened]:
    from opened_window import windows_over  # it needs PySide6, which other tests here do not

    yield from windows_over(jobs, qtbot)
