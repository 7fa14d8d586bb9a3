"""How a drawing goes from the window into its document, and how old ones are found again."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened_window import FakeInkscape, Opened, click, poll, shown_titles
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from window_jobs import (
    add_steps,
    apple,
    job_id,
    make_job,
    set_preview,
    set_result,
)

from styleclipdraw_core.window import inserting, main_window
from styleclipdraw_core.window.history_model import JOB
from styleclipdraw_core.window.main_window import MainWindow

# ------------------------------------------------------------------------------- insertion


def asked(window: MainWindow) -> int:
    assert isinstance(window.link, FakeInkscape)
    return window.link.asked


def test_insert_now_asks_inkscape_for_this_drawing(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    set_result(folder, "drawing", apple(5))
    window = opened(folder.name)
    click(window.page.actions_row.insert_button)
    assert asked(window) == 1 and (folder / "insert").exists()
    (folder / "insert").rename(folder / "inserted")  # as the extension does
    poll(window)
    assert "in your document" in window.toast.words.text()


def test_without_dbus_the_menu_entry_is_named(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(5))
    window = opened(folder.name, there=False)
    assert "Extensions > StyleCLIPDraw > Insert Result" in window.page.hint.text()
    click(window.page.actions_row.insert_button)
    assert asked(window) == 0 and (folder / "insert").exists()
    assert "Now go to Inkscape" in window.page.hint.text()


def test_an_inkscape_that_does_not_take_it(
    opened: Opened, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inserting, "PATIENCE", -1.0)
    folder = make_job(jobs)
    set_result(folder, "done", apple(5))
    window = opened(folder.name)
    click(window.page.actions_row.insert_button)
    poll(window)
    assert "has not taken it" in window.page.hint.text()
    assert "Insert Result" in window.page.hint.text()


@pytest.mark.parametrize(
    ("document", "checked", "there", "times"),
    [
        ({"mark": {}}, True, True, 1),
        ({"mark": {}}, False, True, 0),  # the person does not want it
        ({"mark": {}}, True, False, 0),  # no D-Bus
        ({}, True, True, 0),  # from the command line: there is no document to put it into
    ],
)
def test_a_finished_drawing_goes_into_its_document_by_itself(
    opened: Opened,
    jobs: Path,
    qtbot: QtBot,
    document: dict[str, object],
    checked: bool,
    there: bool,
    times: int,
) -> None:
    folder = make_job(jobs, document=document)
    add_steps(folder, 50)
    window = opened(folder.name, there=there)
    window.page.actions_row.when_done.setChecked(checked)
    set_result(folder, "done", apple(5))
    poll(window)
    qtbot.wait(20)
    assert asked(window) == times


@pytest.mark.parametrize("waited_for", [False, True])
def test_a_drawing_that_an_extension_waits_for_is_not_inserted_twice(
    opened: Opened, jobs: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, waited_for: bool
) -> None:
    monkeypatch.setattr(main_window, "STRANGER_MS", 30)
    folder = make_job(jobs, document={"mark": {}})
    add_steps(folder, 50)
    window = opened()  # nobody handed the job to this window
    set_result(folder, "done", apple(5))
    poll(window)
    assert asked(window) == 0
    if waited_for:
        (folder / "inserted").touch()
        qtbot.wait(100)
        assert asked(window) == 0
    else:
        qtbot.waitUntil(lambda: asked(window) == 1)


def test_finished_drawings_of_old_are_not_inserted_at_the_start(
    opened: Opened, jobs: Path, qtbot: QtBot
) -> None:
    set_result(make_job(jobs, document={"mark": {}}), "done", apple(5))
    window = opened()
    poll(window)
    qtbot.wait(20)
    assert asked(window) == 0


# ------------------------------------------------------------------------------- the history


def test_the_history_is_sorted_searched_and_counted(opened: Opened, jobs: Path) -> None:
    for number, words in enumerate(("a red apple", "Ein grüner Apfel", "a rocket")):
        set_result(make_job(jobs, number, prompts=[{"text": words}]), "done", apple(3))
    window = opened()
    poll(window)
    assert shown_titles(window) == ["a rocket", "Ein grüner Apfel", "a red apple"]
    assert window.page.title.whole() == "a rocket"
    QTest.keyClicks(window.history.search, "GRÜNER apfel")
    assert shown_titles(window) == ["Ein grüner Apfel"]
    assert window.history.count.text() == "1 of 3"
    window.history.search.setText("nothing like it")
    assert not window.history.nothing.isHidden()
    QTest.keyClick(window.history.search, Qt.Key.Key_Escape)
    assert window.history.count.text() == "3 drawings"


def test_the_delete_key_deletes_the_chosen_one(opened: Opened, jobs: Path) -> None:
    for number in range(2):
        set_result(make_job(jobs, number), "done", apple(3))
    window = opened(job_id(0))
    QTest.keyClick(window.history.list, Qt.Key.Key_Delete)
    assert window.history.count.text() == "1 drawing"
    assert (jobs / job_id(0) / "cancel").exists()
    assert not (jobs / job_id(1) / "cancel").exists()


def test_thumbnails_come_after_the_list(opened: Opened, jobs: Path, qtbot: QtBot) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(20))
    set_preview(folder, apple(20))
    window = opened(folder.name)
    index = window.history.filter.index(0, 0)
    window.history.grab()
    qtbot.waitUntil(lambda: index.data(Qt.ItemDataRole.DecorationRole) is not None)
    assert index.data(JOB).id == folder.name


def test_a_new_job_does_not_take_the_page_away(opened: Opened, jobs: Path) -> None:
    first = make_job(jobs, 1)
    window = opened(first.name)
    make_job(jobs, 2)
    poll(window)
    assert window.page.job is not None and window.page.job.id == first.name
    assert window.history.model.rowCount() == 2


def test_the_drawing_asked_for_stays_while_the_history_is_still_read(
    opened: Opened, jobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("styleclipdraw_core.window.job_watch.BUDGET_MS", 0)  # none in the first
    for number in range(3):
        set_result(make_job(jobs, number), "done", apple(3))
    window = opened(job_id(0), whole=False)
    monkeypatch.undo()
    poll(window)
    assert window.page.job is not None and window.page.job.id == job_id(0)
    assert window.history.model.rowCount() == 3


def test_a_job_that_is_handed_over_before_it_is_there(opened: Opened, jobs: Path) -> None:
    make_job(jobs, 1)
    window = opened(job_id(2))
    assert window.page.job is not None and window.page.job.id == job_id(1)
    make_job(jobs, 2)
    poll(window)
    assert window.page.job.id == job_id(2)
