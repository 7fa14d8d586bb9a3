"""Makes the pictures of the window in docs/pictures, light and dark, without a screen.

    python docs/pictures/window_pictures.py                 those of the documentation
    python docs/pictures/window_pictures.py --all FOLDER    every state there is, to be looked at

What is drawn in them is drawn by the optimizer (some minutes); `--stand-ins` puts apples of strokes
in its place.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "core")]

from PySide6.QtCore import QSettings  # noqa: E402
from PySide6.QtGui import QColor, QPalette  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog  # noqa: E402
from window_jobs import (  # noqa: E402
    add_event,
    add_steps,
    apple,
    job_id,
    make_job,
    set_preview,
    set_result,
)

from styleclipdraw_core.job import Job, NewStrokes, Prompt, Style  # noqa: E402
from styleclipdraw_core.job_folder import JobFolder, all_jobs, create, now  # noqa: E402
from styleclipdraw_core.style_pictures import picture_file  # noqa: E402
from styleclipdraw_core.window.closing import Closing  # noqa: E402
from styleclipdraw_core.window.inkscape_link import InkscapeLink  # noqa: E402
from styleclipdraw_core.window.job_watch import JobWatch  # noqa: E402
from styleclipdraw_core.window.main_window import MainWindow  # noqa: E402
from styleclipdraw_core.window.worker_start import WorkerStart  # noqa: E402

LONG = (
    "a very long wish: an old lighthouse on a rocky coast at dusk, waves breaking, gulls above, "
    "a small boat coming home, painted with broad calm strokes, the lamp just lit"
)


class Bus(InkscapeLink):
    """A D-Bus on which Inkscape is, or is not."""

    def __init__(self, there: bool = True) -> None:
        super().__init__()
        self._there = there

    def can_insert(self) -> bool:
        return self._there

    def insert(self) -> None:
        pass


def palette(dark: bool) -> QPalette:
    """The usual greys of a desktop, light or dark."""
    window, base, text = (
        ("#2b2b2e", "#232326", "#ececee") if dark else ("#f5f5f6", "#ffffff", "#1d1d20")
    )
    made = QPalette(QColor(window))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.ToolTipText,
    ):
        made.setColor(role, QColor(text))
    made.setColor(QPalette.ColorRole.Window, QColor(window))
    made.setColor(QPalette.ColorRole.Base, QColor(base))
    made.setColor(QPalette.ColorRole.Highlight, QColor("#3b82f6"))
    made.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    made.setColor(QPalette.ColorRole.PlaceholderText, QColor("#8a8a90"))
    return made


# What the optimizer has drawn, by its words; empty with stand-ins.
DRAWN: dict[str, Path] = {}
WORDS = ("a sailboat", "a blue fish", "a sunflower", "a red apple")
HALF = 0.6  # of the steps: where the picture of a growing drawing is taken


def draw(home: Path) -> None:
    """Draw `WORDS` with the optimizer, the last with a style picture and only half of the way.

    What an earlier run has left in `home` is not drawn again.
    """
    folders = {
        JobFolder(f.path).read_job().prompts[0].text: f.path for f in all_jobs(home / "jobs")
    }
    for number, words in enumerate(WORDS):
        if words not in folders:
            folders[words] = _ask(home, words, number)
    last = folders[WORDS[-1]]
    environment = os.environ | {"STYLECLIPDRAW_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "styleclipdraw_core.worker", "--idle", "0"]
    worker = subprocess.Popen(command, env=environment)
    while worker.poll() is None and not (last / "half.json").exists():
        result = JobFolder(last).read_result()
        if result and result.step >= HALF * result.steps:
            shutil.copy(last / "preview.png", last / "half.png")
            shutil.copy(last / "result.json", last / "half.json")
        time.sleep(0.05)
    worker.terminate()
    worker.wait()
    for words in WORDS[:-1]:
        assert JobFolder(folders[words]).state() == "done", JobFolder(folders[words]).read_result()
    DRAWN.update(folders)


def _ask(home: Path, words: str, number: int) -> Path:
    """Queue one job; the ids keep them in order."""
    styled = words == WORDS[-1]
    pictures = {}
    if styled:
        pictures["style.png"] = picture_file("brush-strokes").read_bytes()
    job = Job(
        id=job_id(number),
        created=now(),
        prompts=(Prompt(words),),
        strokes=NewStrokes(160 if styled else 64),
        style=Style("style.png") if styled else None,
        seed=3,
    )
    return create(job, pictures, home / "jobs").path


def take_over(folder: Path, words: str, *, half: bool = False) -> bool:
    """Put what was drawn for these words into `folder`, with events of just now."""
    if words not in DRAWN:
        return False
    drawn = DRAWN[words]
    result, preview = ("half.json", "half.png") if half else ("result.json", "preview.png")
    shutil.copy(drawn / result, folder / "result.json")
    shutil.copy(drawn / preview, folder / "preview.png")
    last = json.loads((drawn / result).read_text())["step"]
    for event in JobFolder(drawn).read_events()[0]:
        if event["event"] == "step" and event["step"] <= last:
            add_event(folder, **{name: event[name] for name in event if name != "time"})
    return True


def finished(jobs: Path, number: int, words: str, hue: float, **fields: object) -> Path:
    folder = make_job(jobs, number, prompts=[{"text": words}], **fields)
    if take_over(folder, words):
        return folder
    paths = apple(90, hue=hue)
    add_steps(folder, 200, style=True)
    set_result(folder, "done", paths)
    set_preview(folder, paths)
    return folder


def some_history(jobs: Path) -> None:
    finished(jobs, 1, WORDS[0], 0.15)
    (finished(jobs, 2, WORDS[1], 0.62) / "inserted").touch()
    finished(jobs, 3, WORDS[2], 0.27)


def drawing(jobs: Path) -> str:
    some_history(jobs)
    style = {"picture": "style.png"}
    folder = make_job(jobs, 10, style=style, seed=3, strokes={"count": 160})
    shutil.copy(picture_file("brush-strokes"), folder / "style.png")
    if not take_over(folder, WORDS[3], half=True):
        add_steps(folder, 160, style=True)
        paths = apple(110, grown=0.85)
        set_result(folder, "drawing", paths)
        set_preview(folder, paths)
    make_job(jobs, 11, prompts=[{"text": "a green tree on a yellow background"}])
    return folder.name


def done(jobs: Path) -> str:
    some_history(jobs)
    return job_id(3)


def fetching(jobs: Path) -> str:
    some_history(jobs)
    folder = make_job(jobs, 12, prompts=[{"text": "a sailboat"}])
    add_event(folder, "phase", phase="fetching CLIP", done=120_000_000, total=338_000_000)
    return folder.name


def failed(jobs: Path) -> str:
    some_history(jobs)
    folder = make_job(jobs, 13, prompts=[{"text": "a rocket"}])
    add_event(
        folder,
        "warning",
        code="prompt.unknown-word",
        sentence="The built-in model does not know the word “Saturn”.",
        next_step="Use another word, or choose the real CLIP.",
    )
    set_result(
        folder,
        "failed",
        step=40,
        error={
            "code": "weights.offline",
            "sentence": "CLIP could not be fetched: the server did not answer.",
            "next_step": "Check the connection and try again, or choose the built-in model.",
        },
    )
    return folder.name


def long_prompt(jobs: Path) -> str:
    some_history(jobs)
    folder = finished(
        jobs,
        14,
        LONG,
        0.55,
        negative_prompts=[{"text": "text, letters, frames"}],
        preset="styleclipdraw-alternating",
    )
    add_event(
        folder,
        "warning",
        code="prompt.unknown-word",
        sentence="The built-in model does not know “lighthouse”, “dusk” and “gulls”.",
        next_step="Use other words, or choose the real CLIP.",
    )
    add_event(
        folder, "warning", code="x", sentence="Something else is worth knowing.", next_step=""
    )
    return folder.name


def wide(jobs: Path) -> str:
    some_history(jobs)
    size = (900, 240)
    folder = make_job(
        jobs,
        15,
        canvas={"width": 900, "height": 240},
        paths=[{}] * 12,
        prompts=[{"text": "a row of houses"}],
    )
    paths = apple(60, size=size)
    add_steps(folder, 200)
    set_result(folder, "stopped", paths, step=130)
    set_preview(folder, paths, size)
    return folder.name


def tall(jobs: Path) -> str:
    some_history(jobs)

    folder = make_job(
        jobs,
        16,
        canvas={"width": 200, "height": 800, "background": [0.1, 0.12, 0.2]},
        prompts=[{"text": "a giraffe"}],
    )
    add_event(folder, "phase", phase="warming up the renderer")
    return folder.name


def many(jobs: Path) -> str:
    names = ("a red apple", "a lemon on a plate", "two cats asleep", "an old oak tree", LONG)
    for number in range(200):
        folder = make_job(
            jobs, number, day=1 + number // 40, prompts=[{"text": f"{names[number % 5]} {number}"}]
        )
        if number % 10 == 0:
            paths = apple(40, hue=number / 200)
            set_preview(folder, paths)
        state = ("done", "done", "done", "stopped", "failed")[number % 5]
        set_result(folder, state, apple(40, hue=number / 200))
    return job_id(190, 5)


def empty(jobs: Path) -> str:
    jobs.mkdir(parents=True)
    return ""


SCENES: dict[str, tuple[Callable[[Path], str], tuple[int, int], bool]] = {
    "drawing": (drawing, (940, 700), True),
    "done": (done, (940, 700), True),
    "done-no-bus": (done, (940, 700), False),
    "fetching": (fetching, (940, 700), True),
    "failed": (failed, (940, 700), True),
    "long": (long_prompt, (940, 700), False),
    "wide": (wide, (940, 700), True),
    "tall": (tall, (940, 700), True),
    "many": (many, (940, 700), True),
    "empty": (empty, (940, 700), True),
    "deleted": (done, (940, 700), True),
    "small": (drawing, (1024, 560), True),
    "smallest": (long_prompt, (720, 480), False),
}
# In the documentation; the others are made to be looked at.
PUBLISHED = ("drawing", "done", "failed", "empty")


def open_window(data: Path, size: tuple[int, int], bus: bool) -> MainWindow:
    watch = JobWatch(data / "jobs")
    settings = QSettings(str(data / "window.ini"), QSettings.Format.IniFormat)
    worker = WorkerStart(lambda: True, ["true"])
    window = MainWindow(watch, worker, Bus(bus), settings)
    watch.setParent(window)
    window.resize(*size)
    window.show()
    return window


def settle(window: MainWindow) -> None:
    for _ in range(200):
        QTest.qWait(10)
        if window.watch.has_read_all and not window.history.model.busy:
            break
    window.grab()  # thumbnails are read once they have been asked for
    while window.history.model.busy:
        QTest.qWait(10)
    QTest.qWait(30)


def main(target: Path, everything: bool) -> None:
    app = QApplication.instance() or QApplication(["window", "-style", "fusion"])
    assert isinstance(app, QApplication)
    for dark in (False, True):
        app.setPalette(palette(dark))
        shade = "dark" if dark else "light"
        for name, (scene, size, bus) in SCENES.items():
            if not everything and name not in PUBLISHED:
                continue
            with tempfile.TemporaryDirectory() as folder:
                shown = scene(Path(folder) / "jobs")
                window = open_window(Path(folder), size, bus)
                window.start()
                if shown:
                    window.wish(shown)
                settle(window)
                if name == "deleted":
                    window.commands.act(shown, window.commands.discard)
                    QTest.qWait(30)
                picture = window.grab()
                file = target / f"window-{name}-{shade}.png"
                assert picture.save(str(file)), file
                print(file)
                if name == "done":
                    job = window.watch.job(shown)
                    assert job is not None
                    window.commands.change(job)
                    QTest.qWait(50)
                    dialog = window.findChild(QDialog)
                    assert dialog is not None
                    dialog.grab().save(str(target / f"window-change-{shade}.png"))
                    dialog.close()
                window.ask_closing = lambda *_: Closing.GO_ON
                window.close()
                window.deleteLater()
                QTest.qWait(20)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER")
    parser.add_argument("--stand-ins", action="store_true")
    parser.add_argument("--drawings", type=Path, metavar="FOLDER", help="keep the drawings there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        if not options.stand_ins:
            draw((options.drawings or Path(home)).absolute())
        if options.all:
            options.all.mkdir(parents=True, exist_ok=True)
        main(options.all or HERE, everything=options.all is not None)
