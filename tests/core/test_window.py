"""The window as a person uses it: what it shows at each stage, and what its buttons do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel
from pytestqt.qtbot import QtBot
from window_jobs import (
    add_event,
    add_steps,
    apple,
    job_id,
    make_job,
    set_preview,
    set_result,
    set_style,
)

from styleclipdraw_core.job_folder import JobFolder
from styleclipdraw_core.style_pictures import picture_file
from styleclipdraw_core.window import inserting, main_window
from styleclipdraw_core.window.change_dialog import ChangeDialog
from styleclipdraw_core.window.closing import Closing
from styleclipdraw_core.window.history_model import JOB
from styleclipdraw_core.window.inkscape_link import InkscapeLink
from styleclipdraw_core.window.job_watch import JobWatch
from styleclipdraw_core.window.main_window import MainWindow
from styleclipdraw_core.window.picture_view import MOST_LIVE_PATHS
from styleclipdraw_core.window.worker_start import WorkerStart


class FakeInkscape(InkscapeLink):
    """An Inkscape that notes what it is asked, and may not be there."""

    def __init__(self, there: bool = True) -> None:
        super().__init__()
        self.there, self.asked = there, 0

    def can_insert(self) -> bool:
        return self.there

    def insert(self) -> None:
        self.asked += 1


class FakeWorker(WorkerStart):
    def __init__(self) -> None:
        super().__init__(lambda: True)
        self.wanted: list[bool] = []

    def ensure(self, jobs_wait: bool) -> None:
        self.wanted.append(jobs_wait)


Opened = Callable[..., MainWindow]


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(qtbot: QtBot, jobs: Path) -> Iterator[Opened]:
    """Opens the window over `jobs`; polling is done by hand, so that nothing depends on time."""
    windows: list[MainWindow] = []

    def open_it(show: str = "", there: bool = True, whole: bool = True) -> MainWindow:
        settings = QSettings(str(jobs.parent / "window.ini"), QSettings.Format.IniFormat)
        watch = JobWatch(jobs)
        window = MainWindow(watch, FakeWorker(), FakeInkscape(there), settings)
        watch.setParent(window)
        window.ask_closing = lambda *_: Closing.GO_ON
        qtbot.addWidget(window)
        windows.append(window)
        window.show()
        window.start()
        window.watch.stop()
        window._tick.stop()
        while whole and not window.watch.has_read_all:  # a busy machine reads few in one poll
            window.watch.poll()
        if show:
            window.wish(show)
        return window

    yield open_it
    for window in windows:
        window.close()


def poll(window: MainWindow) -> None:
    for _ in range(8):  # finished jobs are looked at in every eighth poll
        window.watch.poll()
    window.tick()


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def shown_titles(window: MainWindow) -> list[str]:
    rows = window.history.filter
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


# ------------------------------------------------------------------------------- what is shown


def test_an_empty_history_says_where_to_begin(opened: Opened) -> None:
    window = opened()
    assert window.stack.currentWidget() is window.empty
    said = " ".join(label.text() for label in window.empty.findChildren(QLabel))
    assert "Extensions > StyleCLIPDraw > Draw" in said
    assert window.history.isHidden()


def test_the_first_job_replaces_the_empty_page(opened: Opened, jobs: Path) -> None:
    window = opened()
    make_job(jobs)
    poll(window)
    assert window.stack.currentWidget() is window.page
    assert window.page.title.whole() == "a red apple"


def test_the_phase_and_its_amount_are_told(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_event(folder, "phase", phase="fetching CLIP", done=120e6, total=338e6)
    window = opened(folder.name)
    assert window.page.status.whole() == "Fetching CLIP, 120 of 338 MB"
    assert window.page.bar.value() == round(1000 * 120 / 338)
    assert not window.page.actions_row.stop_button.isEnabled()


def test_progress_time_and_scores_are_shown(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs, style={"picture": "style.png"})
    set_style(folder)
    add_steps(folder, 125, style=True)
    window = opened(folder.name)
    page = window.page
    assert page.status.whole() == "Drawing, step 125 of 250"
    assert page.bar.value() == 500
    assert "left" in page.remaining.text()
    assert "50 %" in window.windowTitle() and "a red apple" in window.windowTitle()
    assert all(not chart.isHidden() for chart in page.charts.values())
    assert not page.style_picture.isHidden()
    add_event(folder, "step", step=150, steps=250, scores={"clip": 0.9, "style": 0.1})
    poll(window)
    assert page.status.whole() == "Drawing, step 150 of 250"
    assert page.charts["clip"].accessibleName().endswith("0.900")


def test_waiting_jobs_say_how_many_are_before_them(opened: Opened, jobs: Path) -> None:
    for number in range(3):
        make_job(jobs, number)
    window = opened(job_id(2))
    assert window.page.status.whole() == "Waiting for 2 drawings before it"
    set_result(jobs / job_id(0), "done", apple(3))
    poll(window)
    assert window.page.status.whole() == "Waiting for 1 drawing before it"


def test_the_picture_has_the_documents_aspect_and_colours(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs, canvas={"width": 300, "height": 100, "background": [0, 0, 1]})
    red = {
        "id": "a",
        "subpaths": [
            {
                "closed": True,
                "points": [
                    [0, 0],
                    [50, 0],
                    [100, 0],
                    [150, 0],
                    [150, 50],
                    [150, 100],
                    [150, 100],
                    [75, 100],
                    [0, 100],
                    [0, 100],
                    [0, 50],
                    [0, 0],
                ],
            }
        ],
        "fill": {"colour": [1, 0, 0, 1], "rule": "nonzero"},
    }
    set_result(folder, "done", [red])
    window = opened(folder.name)
    view = window.page.picture
    paper = view.paper()
    assert paper.width() / paper.height() == pytest.approx(3, abs=0.03)  # whole pixels
    seen = view.grab().toImage()
    middle = int(paper.center().y())
    assert seen.pixelColor(int(paper.left() + 0.25 * paper.width()), middle) == QColor("red")
    assert seen.pixelColor(int(paper.left() + 0.75 * paper.width()), middle) == QColor("blue")


def test_the_preview_is_shown_until_there_are_paths(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_event(folder, "step", step=1, steps=9, scores={})
    window = opened(folder.name)
    assert not window.page.picture.has_picture
    set_preview(folder, apple(30))
    poll(window)
    assert window.page.picture.has_picture
    (folder / "preview.png").write_bytes(b"half a picture")  # not ours, but it must not vanish
    poll(window)
    assert window.page.picture.has_picture


def test_a_large_drawing_is_painted_from_its_paths_only_when_it_is_over(
    opened: Opened, jobs: Path
) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    set_result(folder, "drawing", apple(MOST_LIVE_PATHS + 1))
    set_preview(folder, apple(5))
    window = opened(folder.name)
    assert window.page.picture._shapes is None and window.page.picture.has_picture
    set_result(folder, "done", apple(MOST_LIVE_PATHS + 1))
    poll(window)
    assert len(window.page.picture._shapes or ()) == MOST_LIVE_PATHS + 1


def test_errors_and_warnings_say_what_to_do(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_event(folder, "warning", code="w", sentence="One word is unknown.", next_step="Change it.")
    add_event(folder, "warning", code="v", sentence="A clone was left out.", next_step="")
    error = {"code": "e", "sentence": "The disk is full.", "next_step": "Free some space."}
    set_result(folder, "failed", error=error)
    page = opened(folder.name).page
    assert page.error.sentence.text() == "The disk is full."
    assert page.error.next_step.text() == "Free some space."
    assert page.warnings.words.text() == "A clone was left out."
    click(page.warnings.more)
    assert "One word is unknown. Change it." in page.warnings.words.text()
    assert page.actions_row.again_button.text() == "Try &again"


def test_words_are_never_taken_for_markup(opened: Opened, jobs: Path) -> None:
    words = "<img src='file:///etc/passwd'> <b>bold</b>"
    folder = make_job(jobs, prompts=[{"text": words}])
    sentence = "<h1>big</h1>"
    set_result(folder, "failed", error={"code": "e", "sentence": sentence, "next_step": words})
    window = opened(folder.name)
    for label in window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or "<" not in label.text()
    assert window.page.title.whole() == words
    assert "<img" not in window.page.title.toolTip()


def test_a_repeatedly_dying_optimizer_is_named(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    window = opened(folder.name)
    window.worker._failures = 99
    poll(window)
    assert "does not start" in window.page.error.sentence.text()
    assert "install.py" in window.page.error.next_step.text()


# ------------------------------------------------------------------------------- the buttons


def test_stop_and_keep(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    set_result(folder, "drawing", apple(5))
    window = opened(folder.name)
    click(window.page.actions_row.stop_button)
    assert (folder / "stop").exists() and not (folder / "cancel").exists()
    poll(window)
    assert window.page.status.whole() == "Stopping after this step"
    assert not window.page.actions_row.stop_button.isEnabled()


def test_discarding_can_be_undone(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    window = opened(folder.name)
    click(window.page.actions_row.discard_button)
    assert (folder / "cancel").exists()
    assert window.stack.currentWidget() is window.empty
    click(window.toast.undo)
    assert not (folder / "cancel").exists()
    assert window.page.job is not None and window.page.job.id == folder.name


def test_what_was_deleted_is_gone_once_it_cannot_be_undone(opened: Opened, jobs: Path) -> None:
    keep, drop = make_job(jobs, 1), make_job(jobs, 2)
    for folder in (keep, drop):
        set_result(folder, "done", apple(3))
    window = opened(drop.name)
    click(window.page.actions_row.discard_button)
    assert drop.exists()
    assert window.page.job is not None and window.page.job.id == keep.name
    window.toast.leave()
    assert not drop.exists() and keep.exists()


def test_a_second_deletion_settles_the_first(opened: Opened, jobs: Path) -> None:
    folders = [make_job(jobs, number) for number in range(3)]
    for folder in folders:
        set_result(folder, "done", apple(3))
    window = opened(folders[2].name)
    click(window.page.actions_row.discard_button)
    click(window.page.actions_row.discard_button)
    assert [folder.exists() for folder in folders] == [True, True, False]
    click(window.toast.undo)
    assert shown_titles(window) == ["a red apple"] * 2


def test_news_does_not_take_an_undo_away(opened: Opened, jobs: Path) -> None:
    folder, other = make_job(jobs, 1), make_job(jobs, 2)
    for job in (folder, other):
        set_result(job, "done", apple(3))
    window = opened(folder.name)
    click(window.page.actions_row.discard_button)
    window.inserting.told.emit("News.")
    assert folder.exists() and not window.toast.undo.isHidden()
    click(window.toast.undo)
    assert window.page.job is not None and window.page.job.id == folder.name
    assert window.toast.words.text() == "News." and window.toast.undo.isHidden()


def test_closing_the_window_clears_out_what_was_deleted(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    click(window.page.actions_row.discard_button)
    window.close()
    assert not folder.exists()


def test_draw_again_takes_the_next_seed_that_is_free(opened: Opened, jobs: Path) -> None:
    for number, seed in enumerate((7, 8)):
        set_result(make_job(jobs, number, seed=seed), "done", apple(3))
    window = opened(job_id(0))
    click(window.page.actions_row.again_button)
    new = [folder for folder in jobs.iterdir() if folder.name not in (job_id(0), job_id(1))]
    assert len(new) == 1
    job = JobFolder(new[0]).read_job()
    assert (job.seed, job.prompts[0].text, job.document) == (
        9,
        "a red apple",
        {"name": "drawing.svg", "replaces": [job_id(0)]},
    )
    assert window.page.job is not None and window.page.job.id == job.id
    assert window.worker.wanted[-1] is True


def test_trying_a_failed_job_again_keeps_its_seed(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs, seed=5)
    set_result(folder, "failed")
    window = opened(folder.name)
    click(window.page.actions_row.again_button)
    assert window.page.job is not None and window.page.job.request.seed == 5
    assert window.page.job.id != folder.name


def test_a_job_that_vanished_while_it_was_shown(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    shutil.rmtree(folder)
    click(window.page.actions_row.again_button)
    assert window.stack.currentWidget() is window.empty


def test_a_broken_request_cannot_be_drawn_again_and_says_so(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs, strokes={"count": -3})
    set_result(folder, "failed")
    window = opened(folder.name)
    click(window.page.actions_row.again_button)
    assert "strokes.count" in window.toast.words.text()
    assert len(list(jobs.iterdir())) == 1


def test_the_report_is_copied(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "failed", error={"code": "disk.full", "sentence": "Full.", "next_step": ""})
    window = opened(folder.name)
    click(window.page.error.copy)
    text = QGuiApplication.clipboard().text()
    assert "disk.full" in text and "apple" not in text


# ------------------------------------------------------------------------------- a changed job


def form(window: MainWindow) -> ChangeDialog:
    click(window.page.actions_row.change_button)
    dialog = window.findChild(QDialog)
    assert isinstance(dialog, ChangeDialog)
    return dialog


def test_a_new_job_from_an_old_one(opened: Opened, jobs: Path, tmp_path: Path) -> None:
    notes = {"mark": {}, "layer": "old", "options": {"put": "copy"}}
    folder = make_job(
        jobs,
        style={"picture": "style.png", "strength": 1.5},
        document=notes,
        negative_prompts=[{"text": "letters", "weight": 0.7}],
    )
    set_style(folder)
    set_result(folder, "done", apple(3))
    picture = tmp_path / "My Own Picture.JPEG"
    shutil.copy(folder / "style.png", picture)
    window = opened(folder.name)
    dialog = form(window)
    dialog.words.setPlainText("a blue plum")
    dialog.take_picture(picture)
    dialog.strength.setValue(0.5)
    dialog.strokes.setValue(33)
    dialog.seed.setText("9223372036854775807")
    dialog.iterations.setValue(40)
    dialog.preset.setCurrentIndex(dialog.preset.findData("clipdraw"))
    click(dialog.draw_button)
    assert window.page.job is not None and window.page.job.id != folder.name
    job = JobFolder(window.page.job.folder).read_job()
    assert [prompt.text for prompt in job.prompts] == ["a blue plum"]
    assert [(p.text, p.weight) for p in job.negative_prompts] == [("letters", 0.7)]
    assert job.style is not None and (job.style.picture, job.style.strength) == ("style.jpg", 0.5)
    assert (window.page.job.folder / "style.jpg").read_bytes() == picture.read_bytes()
    assert (job.strokes and job.strokes.count, job.seed) == (33, 2**63 - 1)
    assert (job.iterations, job.preset) == (40, "clipdraw")
    assert job.document["layer"] == "a blue plum (seed 9223372036854775807)"
    assert job.document["options"] == {"put": "copy"}
    assert "replaces" not in job.document, "another wish stands beside the old one"


def test_drawing_again_takes_the_place_of_the_drawing_it_repeats(
    opened: Opened, jobs: Path
) -> None:
    """As Draw Again in the menu does; of what was never inserted the one before is replaced too."""
    folder = make_job(jobs, document={"mark": {}, "layer": "old", "replaces": ["earlier"]})
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    click(window.page.actions_row.again_button)
    assert window.page.job is not None
    job = JobFolder(window.page.job.folder).read_job()
    assert job.document["replaces"] == ["earlier", folder.name]
    assert str(job.seed) in job.document["layer"]


def test_drawing_again_what_came_from_no_document(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs, document={})
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    click(window.page.actions_row.again_button)
    assert window.page.job is not None
    assert JobFolder(window.page.job.folder).read_job().document == {}


def test_an_unchanged_form_makes_the_same_request(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs, style={"picture": "style.png", "strength": 0.123})
    set_style(folder)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    click(form(window).draw_button)
    assert window.page.job is not None
    old, new = JobFolder(folder).read_job(), JobFolder(window.page.job.folder).read_job()
    assert old.id != new.id
    assert (old.prompts, old.style, old.strokes, old.seed) == (
        new.prompts,
        new.style,
        new.strokes,
        new.seed,
    )


def test_a_style_picture_that_comes_with_the_program(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    dialog = form(window)
    assert not dialog.strength.isEnabled()
    entries = {action.text(): action for action in dialog.choose.menu().actions()}
    entries["Ink hatching"].trigger()
    assert dialog.picture_name.text() == "Ink hatching" and dialog.strength.isEnabled()
    click(dialog.draw_button)
    assert window.page.job is not None
    drawn = window.page.job.folder / "style.png"
    assert drawn.read_bytes() == picture_file("ink-hatching").read_bytes()


def test_a_refused_change_keeps_the_form_open_and_says_why(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    dialog = form(window)
    dialog.words.clear()
    click(dialog.draw_button)
    assert dialog.isVisible() and "prompt" in dialog.problem.text()
    assert len(list(jobs.iterdir())) == 1


def test_escape_does_not_throw_away_what_was_typed(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    dialog = form(opened(folder.name))
    dialog.words.setPlainText("a week of thinking")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    dialog.words.setPlainText("a red apple")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_escape_discards_nothing(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    window = opened(folder.name)
    for widget in (window, window.page, window.history.list):
        QTest.keyClick(widget, Qt.Key.Key_Escape)
    assert window.isVisible() and not (folder / "cancel").exists()


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


# ------------------------------------------------------------------------------- the window


def test_the_window_follows_the_systems_colours(opened: Opened, qapp: QApplication) -> None:
    before = qapp.palette()
    window = opened()
    try:
        for ground, text in (("#202020", "#f0f0f0"), ("#f0f0f0", "#202020")):
            palette = QPalette(QColor(ground))
            palette.setColor(QPalette.ColorRole.Window, QColor(ground))
            palette.setColor(QPalette.ColorRole.WindowText, QColor(text))
            qapp.setPalette(palette)
            QTest.qWait(1)
            assert f"background: {ground}" in window.styleSheet()
            corner = window.grab().toImage().pixelColor(3, 3)
            assert corner == QColor(ground)
    finally:
        qapp.setPalette(before)


def test_closing_asks_while_something_is_drawn(opened: Opened, jobs: Path) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    window = opened(folder.name)
    window.ask_closing = lambda *_: Closing.STAY
    assert not window.close() and window.isVisible()
    window.ask_closing = lambda *_: Closing.STOP
    assert window.close()
    assert (folder / "stop").exists()


@pytest.mark.parametrize("size", [(720, 480), (1024, 560), (1600, 1000)])
def test_nothing_overlaps_or_is_cut_off(opened: Opened, jobs: Path, size: tuple[int, int]) -> None:
    folder = make_job(
        jobs,
        prompts=[{"text": "words " * 60}],
        style={"picture": "style.png"},
        negative_prompts=[{"text": "unbroken" * 60}],
    )
    set_style(folder)
    add_event(folder, "warning", code="w", sentence="A warning of some length. " * 4, next_step="")
    add_steps(folder, 50, style=True)
    set_result(folder, "drawing", apple(5))
    window = opened(folder.name, there=False)
    window.resize(*size)
    QTest.qWait(1)
    assert (window.width(), window.height()) == size
    page = window.page
    parts = [
        page.title,
        page.picture,
        page.status,
        page.bar,
        *page.charts.values(),
        page.warnings,
        page.actions_row,
    ]
    boxes = [
        (part, part.rect().translated(part.mapTo(page, part.rect().topLeft()))) for part in parts
    ]
    for i, (part, box) in enumerate(boxes):
        assert page.rect().contains(box), part
        for other, other_box in boxes[i + 1 :]:
            assert not box.intersects(other_box), (part, other)
    for button in (
        page.actions_row.insert_button,
        page.actions_row.stop_button,
        page.actions_row.discard_button,
    ):
        assert button.width() >= button.sizeHint().width(), button.text()
    assert page.picture.paper().height() >= 100


def test_the_tab_key_goes_through_the_buttons_from_left_to_right(
    opened: Opened, jobs: Path
) -> None:
    folder = make_job(jobs)
    add_steps(folder, 50)
    set_result(folder, "drawing", apple(5))
    window = opened(folder.name)
    row = window.page.actions_row
    window.activateWindow()
    window.history.search.setFocus()
    seen = []
    for _ in range(7):
        seen.append(window.focusWidget())
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    order = [
        window.history.search,
        window.history.list,
        row.insert_button,
        row.stop_button,
        row.when_done,
        row.discard_button,
        row.more,
    ]
    assert seen == order


def test_what_is_told_is_never_cut_off(opened: Opened, jobs: Path) -> None:
    """On a small screen the window is as small as it can be."""
    folder = make_job(jobs)
    set_result(folder, "done", apple(3))
    window = opened(folder.name)
    window.resize(*main_window.SMALLEST)
    for back in (None, lambda: None):
        window.toast.leave()
        window.toast.tell("It is in your document. One undo in Inkscape takes it out again.", back)
        words, room = window.toast.words, window._toast_place()
        needed = words.heightForWidth(words.width()) if words.wordWrap() else 0
        assert words.minimumHeight() >= needed
        assert words.wordWrap() or words.minimumWidth() == words.sizeHint().width()
        assert room.left() <= window.toast.x() and window.toast.geometry().right() <= room.right()
