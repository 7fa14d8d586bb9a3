"""The buttons of the window and the form of a changed job: what a person can do with a drawing."""

from __future__ import annotations

import shutil
from pathlib import Path

from opened_window import Opened, click, poll, shown_titles
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog
from window_jobs import (
    add_steps,
    apple,
    job_id,
    make_job,
    set_result,
    set_style,
)

from styleclipdraw_core.job_folder import JobFolder
from styleclipdraw_core.style_pictures import picture_file
from styleclipdraw_core.window.change_dialog import ChangeDialog
from styleclipdraw_core.window.main_window import MainWindow

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
