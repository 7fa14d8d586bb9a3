"""The window as a person uses it: what it shows at each stage, and how it behaves as a window."""

from __future__ import annotations

from pathlib import Path

import pytest
from opened_window import Opened, click, poll
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
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

from styleclipdraw_core.window import main_window
from styleclipdraw_core.window.closing import Closing
from styleclipdraw_core.window.picture_view import MOST_LIVE_PATHS

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
