"""The window's parts by themselves: colours, painting, reports, putting away, watching, the screen."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the window needs PySide6-Essentials")
pytest.importorskip("pytestqt", reason="the window's tests need pytest-qt")

from PySide6.QtCore import QRectF, QSettings
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from pytestqt.qtbot import QtBot
from window_jobs import add_event, apple, make_job, set_result

from styleclipdraw_core.errors import BackendError
from styleclipdraw_core.window import put_away, report, screen
from styleclipdraw_core.window.elided_label import two_lines
from styleclipdraw_core.window.job_reader import JobReader
from styleclipdraw_core.window.job_watch import JobWatch
from styleclipdraw_core.window.picture_view import read_picture
from styleclipdraw_core.window.score_chart import ScoreChart, smoothed
from styleclipdraw_core.window.sharp_picture import MOST_POINTS, paint_shapes, shapes_of
from styleclipdraw_core.window.theme import contrast, style_sheet, theme_from

# ------------------------------------------------------------------------------- colours

# Window, text and highlight of desktops: light and dark greys, tinted ones, and full contrast.
PALETTES = {
    "light": ("#f5f5f6", "#1d1d20", "#3b82f6"),
    "dark": ("#2b2b2e", "#ececee", "#3b82f6"),
    "breeze": ("#eff0f1", "#232629", "#3daee9"),
    "pale highlight": ("#ffffff", "#000000", "#ffe9a8"),
    "dark highlight on dark": ("#1e1e1e", "#dddddd", "#303060"),
    "solarized": ("#fdf6e3", "#586e75", "#b58900"),
    "full contrast": ("#000000", "#ffffff", "#ffff00"),
}


def palette(name: str) -> QPalette:
    window, text, highlight = PALETTES[name]
    made = QPalette(QColor(window))
    made.setColor(QPalette.ColorRole.Window, QColor(window))
    made.setColor(QPalette.ColorRole.WindowText, QColor(text))
    made.setColor(QPalette.ColorRole.Highlight, QColor(highlight))
    return made


@pytest.mark.parametrize("name", PALETTES)
def test_every_colour_can_be_read(name: str, qapp: object) -> None:
    theme = theme_from(palette(name))
    for colour in (theme.quiet, theme.good, theme.warn, theme.bad):
        assert contrast(colour, theme.window) >= 4.4  # 4.5 before rounding to 8 bits
    assert contrast(theme.accent, theme.window) >= 2.95
    assert contrast(theme.on_accent, theme.accent) >= 3.6  # bold words on a button
    assert theme.dark == (name in ("dark", "dark highlight on dark", "full contrast"))
    assert "None" not in style_sheet(theme)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(QColor("white"), QColor("black")) == pytest.approx(21)
    # a well-known pair that just fails 4.5
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.478, abs=0.001)


# ------------------------------------------------------------------------------- painting


def painted(paths: object, side: int = 40) -> QImage:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_shapes(painter, shapes_of(paths) or ())
    painter.end()
    return image


def square(low: float, high: float) -> list[list[float]]:
    """A closed square as four cubic segments."""
    corners = [(low, low), (high, low), (high, high), (low, high)]
    points = []
    for i, (x, y) in enumerate(corners):
        u, v = corners[(i + 1) % 4]
        points += [
            [x, y],
            [x + (u - x) / 3, y + (v - y) / 3],
            [x + (u - x) / 1.5, y + (v - y) / 1.5],
        ]
    return points


def test_fill_rules_and_fill_below_stroke(qapp: object) -> None:
    both = [{"closed": True, "points": square(5, 35)}, {"closed": True, "points": square(15, 25)}]
    fill = {"colour": [1, 0, 0, 1], "rule": "nonzero"}
    stroke = {"colour": [0, 0, 1, 1], "width": 4, "join": "miter"}
    whole = painted([{"id": "a", "subpaths": both, "fill": fill, "stroke": stroke}])
    assert whole.pixelColor(20, 20) == QColor("red")
    assert whole.pixelColor(5, 20) == QColor("blue")  # half of the stroke lies over the fill
    assert whole.pixelColor(3, 3) == QColor("blue")  # a mitred corner
    holed = painted([{"id": "a", "subpaths": both, "fill": fill | {"rule": "evenodd"}}])
    assert holed.pixelColor(20, 20) == QColor("white")
    assert holed.pixelColor(10, 10) == QColor("red")


def test_a_stroke_that_crosses_itself_is_covered_once(qapp: object) -> None:
    eight = [[5, 5], [60, 40], [-20, 40], [35, 5]]
    stroke = {"colour": [0, 0, 0, 0.5], "width": 6, "cap": "round", "join": "round"}
    image = painted([{"id": "a", "subpaths": [{"points": eight}], "stroke": stroke}])
    darkest = min(image.pixelColor(x, y).red() for x in range(40) for y in range(40))
    assert darkest == pytest.approx(127, abs=2)  # twice covered it would be 64


# What a stranger may put into a result; nothing may be painted and nothing may be raised.
BROKEN_PATHS = {
    "no list": {"a": 1},
    "no object": [1, None, "x"],
    "too few points": [
        {"subpaths": [{"points": [[0, 0], [1, 1]]}], "fill": {"colour": [0, 0, 0, 1]}}
    ],
    "not finite": [
        {
            "subpaths": [{"points": [[0, 0], [float("nan"), 1], [2, 2], [3, 3]]}],
            "stroke": {"colour": [0, 0, 0, 1], "width": 5},
        }
    ],
    "no colour": [
        {"subpaths": [{"closed": True, "points": square(5, 35)}], "fill": {"colour": "red"}}
    ],
    "negative width": [
        {
            "subpaths": [{"points": [[0, 0], [9, 9], [20, 20], [30, 30]]}],
            "stroke": {"colour": [0, 0, 0, 1], "width": -5},
        }
    ],
}


@pytest.mark.parametrize("name", BROKEN_PATHS)
def test_broken_paths_are_left_out(name: str, qapp: object) -> None:
    blank = painted([])
    assert painted(BROKEN_PATHS[name]) == blank
    assert painted(apple(3, size=(40, 40))) != blank


def test_more_points_than_can_be_painted_quickly_are_refused(qapp: object) -> None:
    points = [[0, 0]] * (MOST_POINTS + 1)
    assert shapes_of([{"subpaths": [{"points": points}]}]) is None


def test_a_huge_picture_is_scaled_down_while_it_is_read(tmp_path: Path, qapp: object) -> None:
    image = QImage(3000, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("green"))
    image.save(str(tmp_path / "wide.png"))
    small = read_picture(tmp_path / "wide.png", 100)
    assert small is not None and (small.width(), small.height()) == (100, 1)
    (tmp_path / "no.png").write_bytes(b"nothing")
    assert read_picture(tmp_path / "no.png") is None
    assert read_picture(tmp_path / "missing.png") is None


def test_the_curve_spans_the_steps_and_rises_with_the_score(qtbot: QtBot) -> None:
    chart = ScoreChart("Match", "")
    qtbot.addWidget(chart)
    area = QRectF(0, 0, 100, 20)
    chart.show_points([(0, 0.1), (50, 0.5)], 100)
    curve = chart.curve(area)
    assert curve.elementAt(0).x == 0 and curve.currentPosition().x() == pytest.approx(50)
    assert curve.elementAt(0).y == pytest.approx(20) and curve.currentPosition().y() == 0
    chart.show_points([(0, 0.3), (100, 0.3)], 100)
    assert {chart.curve(area).elementAt(i).y for i in range(2)} == {10.0}
    chart.show_points([(0, 0.3)], 100)
    assert chart.curve(area).elementCount() == 0
    assert [v for _, v in smoothed([(0, 0.0), (1, 1.0), (2, 2.0)], 2)] == [0.0, 0.5, 1.5]


def test_words_are_broken_once() -> None:
    assert two_lines("a red apple", len, 20) == ("a red apple", "")
    assert two_lines("a red apple on a table", len, 12) == ("a red apple", "on a table")
    assert two_lines("unbreakablewordoflength", len, 5) == ("unbreakablewordoflength", "")


# ------------------------------------------------------------------------------- the report


def test_a_report_holds_what_helps_and_nothing_of_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "private_words", lambda: {"agatha", "kontor-3"})
    folder = make_job(
        tmp_path,
        prompts=[{"text": "portrait of Beatrice"}],
        preset="clipdraw",
        guides={"clip": "/people/agatha/models/secret-clip", "style": "vgg16"},
        document={"mark": {"path": "/people/agatha/letters/will.svg"}},
    )
    add_event(
        folder,
        "warning",
        code="prompt.unknown-word",
        sentence="The model does not know “Beatrice”.",
        next_step="",
    )
    set_result(
        folder,
        "failed",
        step=3,
        device="cuda:0",
        error={
            "code": "storage.full",
            "sentence": "Ups: "
            r"C:\Users\agatha\x.png, /people/agatha/a/b.svg on kontor-3 cannot be written.",
            "next_step": "Fetch https://user:secret@models.example.org/private/file?key=1 again.",
        },
    )
    job = JobReader(folder).read()
    assert job is not None
    text = report.report(job)
    for private in (
        "agatha",
        "Beatrice",
        "portrait",
        "kontor",
        "will.svg",
        "secret",
        "b.svg",
        "key=1",
    ):
        assert private.lower() not in text.lower(), private
    for useful in (
        "storage.full",
        "prompt.unknown-word",
        "cuda:0",
        "clipdraw",
        "vgg16",
        "224 x 224",
        "https://models.example.org",
        "Seed: 7",
        "cannot be written",
    ):
        assert useful in text, useful


# ------------------------------------------------------------------------------- putting away


def test_only_what_was_put_away_long_ago_is_cleared_out(tmp_path: Path) -> None:
    old, fresh, kept = (make_job(tmp_path, number) for number in range(3))
    put_away.put_away(old)
    put_away.put_away(fresh)
    hours_ago = time.time() - 2 * put_away.KEPT
    os.utime(old / "cancel", (hours_ago, hours_ago))
    put_away.clear_out_old(tmp_path)
    put_away.clear_out(kept)  # never put away: stays
    assert [folder.exists() for folder in (old, fresh, kept)] == [False, True, True]
    put_away.clear_out_old(tmp_path / "missing")


# ------------------------------------------------------------------------------- watching


def test_a_jobs_folder_that_comes_and_goes(tmp_path: Path, qapp: object) -> None:
    jobs = tmp_path / "jobs"
    watch = JobWatch(jobs)
    seen: list[str] = []
    watch.appeared.connect(lambda job: seen.append("+" + job.id[-1]))
    watch.vanished.connect(lambda name: seen.append("-" + name[-1]))
    watch.poll()
    first = make_job(jobs, 1)
    (jobs / "notes.txt").write_text("not a job")
    (jobs / "20260301-999999-zzzzzz").mkdir()
    watch.poll()
    assert seen == ["+1"]
    (first / "cancel").touch()
    watch.poll()
    (first / "cancel").unlink()
    watch.poll()
    first.rename(tmp_path / "elsewhere")
    watch.poll()
    assert seen == ["+1", "-1", "+1", "-1"]


# ------------------------------------------------------------------------------- the screen


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="only X11 and Wayland need this")
@pytest.mark.parametrize(
    ("environment", "loadable", "platform"),
    [
        ({"DISPLAY": ":0"}, ("libqxcb.so",), ""),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, ("libqxcb.so", "libqwayland.so"), ""),
        # Qt would try X11 first on some desktops, and abort
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, ("libqwayland.so",), "wayland"),
        ({"WAYLAND_DISPLAY": "w"}, ("libqwayland.so",), ""),
        # somebody knows better
        ({"QT_QPA_PLATFORM": "vnc"}, (), ""),
    ],
)
def test_a_platform_that_loads_is_chosen(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    loadable: tuple[str, ...],
    platform: str,
) -> None:
    monkeypatch.setattr(screen, "plugin_loads", lambda name: name in loadable)
    assert screen.choose_platform(environment) == platform


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="only X11 and Wayland need this")
def test_missing_libraries_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = ("libxcb-cursor.so.0", "libxcb-icccm.so.4")
    monkeypatch.setattr(screen, "plugin_loads", lambda name: False)
    monkeypatch.setattr(screen, "loads", lambda name: name not in gone)
    with pytest.raises(BackendError) as raised:
        screen.choose_platform({"DISPLAY": ":0"})
    assert all(name in raised.value.sentence for name in gone)
    assert "apt install libxcb-cursor0 libxcb-icccm4" in raised.value.next_step
    with pytest.raises(BackendError, match="no screen"):
        screen.choose_platform({})


def test_settings_survive_a_kill_between_two_windows(tmp_path: Path) -> None:
    """The settings file is replaced atomically by Qt; a damaged one is ignored."""
    file = tmp_path / "window.ini"
    file.write_bytes(b"\x00\xff[[[")
    settings = QSettings(str(file), QSettings.Format.IniFormat)
    assert settings.value("insert-when-done", True, type=bool) is True
