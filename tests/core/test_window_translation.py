"""Every text of the window goes through its catalogue, also the ones that are put together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from opened_window import Opened, click, poll
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QLabel, QLineEdit, QWidget
from window_jobs import add_event, add_steps, apple, make_job, set_result

from styleclipdraw_core.window import text

WORD = re.compile(r"[^\W\d_]{2}")
# What is no text of the window's: of the request, of the optimizer, and a program's name.
DATA = ("a red apple", "STAGES", "MB", "StyleCLIPDraw", "px")


class Bracketed:
    """A language in which every text has brackets around it."""

    def gettext(self, words: str) -> str:
        return f"[{words}]"

    def ngettext(self, one: str, many: str, count: int) -> str:
        return f"[{one if count == 1 else many}]"


@pytest.fixture(autouse=True)
def another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_translation", Bracketed)


def texts(widget: QWidget) -> Iterator[str]:
    for child in [widget, *widget.findChildren(QWidget)]:
        if not child.isVisibleTo(widget) and child is not widget:
            continue
        yield child.toolTip()
        yield child.accessibleName()
        if isinstance(child, QLineEdit):
            yield child.placeholderText()
        elif isinstance(child, (QAbstractButton, QLabel)):
            yield child.text()
        elif isinstance(child, QComboBox):
            yield from (child.itemText(index) for index in range(child.count()))


def without_a_mark(widget: QWidget) -> list[str]:
    """What stands outside of brackets and is a word."""
    left = []
    for words in texts(widget):
        for data in DATA:
            words = words.replace(data, "")
        while "[" in words and "]" in words:
            inner = re.sub(r"\[[^\[\]]*\]", "", words)
            if inner == words:
                break
            words = inner
        if WORD.search(re.sub(r"<[^>]*>|&\w+;", "", words)):
            left.append(words)
    return left


def test_the_first_page(opened: Opened) -> None:
    assert without_a_mark(opened()) == []


@pytest.mark.parametrize("stage", ["waiting", "drawing", "done", "stopped"])
def test_a_drawing(opened: Opened, jobs: Path, stage: str) -> None:
    folder = make_job(jobs)
    if stage == "drawing":
        add_steps(folder, 30)
        add_event(folder, "phase", phase="STAGES", done=120e6, total=338e6)
    if stage != "waiting":
        set_result(folder, stage, apple(3))
    window = opened(folder.name)
    poll(window)
    assert without_a_mark(window) == []


def test_the_form(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    click(window.page.actions_row.change_button)
    dialog = window.findChild(QDialog)
    assert dialog is not None and without_a_mark(dialog) == []


def test_a_text_without_a_mark_is_found(opened: Opened) -> None:
    """The check can fail."""
    window = opened()
    window.empty.findChildren(QLabel)[0].setText("Draw something")
    assert without_a_mark(window) == ["Draw something"]
