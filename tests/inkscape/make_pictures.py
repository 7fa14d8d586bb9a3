"""Takes the pictures of docs/pictures that show Inkscape: the menu, the dialog and a drawing.

python tests/inkscape/make_pictures.py [menu] [dialog] [drawing]
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "extension", HERE.parents[1] / "inkscape_extension"):
    sys.path.insert(0, str(folder))

from inkscape_window import InkscapeWindow, wait_for  # noqa: E402
from person import DRAW, INSERT, Person  # noqa: E402

PICTURES = HERE.parents[1] / "docs" / "pictures"
TITLE = "Draw"
GROWN = 100  # steps of a drawing that is shown as it grows
WINDOW = "StyleCLIPDraw"
PAGES = {"Drawing": "dialog.png", "More": "dialog-more.png", "Help": "dialog-help.png"}
EMPTY = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="100mm" viewBox="0 0 100 100"'
    ' id="page"/>'
)


def dialog(person: Person, window: InkscapeWindow) -> None:
    window.action(DRAW, wait=False)
    window.dialog(TITLE)
    for page, name in PAGES.items():
        window.press(TITLE, page)
        time.sleep(1.5)
        window.screenshot(PICTURES / name, TITLE)
    window.press(TITLE, "Close")


def menu(person: Person, window: InkscapeWindow) -> None:
    window.menu("Extensions", "StyleCLIPDraw")
    time.sleep(1.5)
    window.screenshot(PICTURES / "menu.png")


def drawing(person: Person, window: InkscapeWindow) -> None:
    """A whole drawing, with the real optimizer and the window beside Inkscape."""
    person.has_the_real_program()
    window.action(f"{DRAW}.noprefs")
    wait_for(lambda: person.jobs() and (person.jobs()[0] / "job.json").exists(), 60, "the job")
    job = person.jobs()[0]
    wait_for(lambda: any(WINDOW in title for title in window.titles().values()), 120, WINDOW)
    window.place(WINDOW, 620, 60, 760, 840)
    wait_for(lambda: _steps(job) >= GROWN, 1800, f"{GROWN} steps")
    window.screenshot(PICTURES / "drawing-grows.png")
    wait_for(lambda: '"state": "done"' in _text(job / "result.json"), 3600, "the end")
    if not wait_for_insertion(job):
        window.action(f"{INSERT}.noprefs")
    window.minimise(WINDOW)
    window.action("canvas-zoom-page", at="/window/1")
    time.sleep(3)
    window.screenshot(PICTURES / "inkscape.png")


def wait_for_insertion(job: Path) -> bool:
    """The window inserts by itself."""
    try:
        return bool(wait_for((job / "inserted").exists, 30, "the insertion"))
    except TimeoutError:
        return False


def _steps(job: Path) -> int:
    """How many steps of a drawing its events tell of; not every one has an event."""
    return max(
        (int(step) for step in re.findall(r'"step": (\d+)', _text(job / "events.jsonl"))), default=0
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def main() -> int:
    wanted = sys.argv[1:] or ["menu", "dialog", "drawing"]
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            person = Person(Path(folder) / name, {"prompt": "a red apple"})
            document = person.folder / "apple.svg"
            document.write_text(EMPTY)
            environment = person.inkscape_environment()
            screen = "1400x920" if name == "drawing" else "1100x760"
            with InkscapeWindow(person.profile, document, environment, screen) as window:
                {"menu": menu, "dialog": dialog, "drawing": drawing}[name](person, window)
    return 0


if __name__ == "__main__":
    sys.exit(main())
