"""The way of a person: dialog, Apply, going on working, the result, one undo, redo, Draw Again."""

import json
import time

import pytest
from lxml import etree

pytestmark = pytest.mark.inkscape

DOCUMENT = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' width="120mm" height="80mm" viewBox="0 0 120 80">'
    '<g id="g1" transform="rotate(5)"><path id="a" d="M15 15 L60 8 L40 60 Z" fill="red"/></g>'
    '<rect id="b" x="70" y="15" width="40" height="20" fill="blue"/>'
    '<use id="u" xlink:href="#b" y="30"/><use id="v" xlink:href="#a" x="50" y="20"/>'
    '<text id="t" x="5" y="75">words</text></svg>'
)
TITLE = "Draw"


@pytest.fixture
def scene(inkscape_gui, tmp_path):
    from inkscape_window import InkscapeWindow
    from person import Person

    person = Person(tmp_path)
    drawing = tmp_path / "drawing.svg"
    drawing.write_text(DOCUMENT)
    with InkscapeWindow(person.profile, drawing, person.inkscape_environment()) as window:
        yield person, window


def find(svg, name):
    found = etree.fromstring(svg).xpath("//*[@id=$name]", name=name)
    return found[0] if found else None


def insert(window):
    from person import INSERT

    window.action(f"{INSERT}.noprefs")


def test_from_the_dialog_to_undo_and_redo(scene):
    from inkscape_window import canonical, wait_for
    from person import AGAIN

    person, window = scene
    window.select("a")
    window.menu("Extensions", "StyleCLIPDraw", "Draw...")
    window.dialog(TITLE)
    window.ask("set_text", title=TITLE, label="Prompt:", text="a fox in snow")
    window.ask("set_number", title=TITLE, label="New strokes:", value=9)
    window.press(TITLE, "Apply")
    wait_for(lambda: person.jobs() and (person.jobs()[0] / "job.json").exists(), 30, "the job")
    assert window.answers(5), "Inkscape is usable again"
    assert window.alert(0.5) == ""
    window.press(TITLE, "Close")
    request = json.loads((person.jobs()[0] / "job.json").read_text())
    assert request["prompts"][0]["text"] == "a fox in snow"
    assert [path["id"] for path in request["paths"]] == ["a"]

    # meanwhile the person goes on: the rectangle moves, and stays where it was moved to
    window.select("b")
    window.action("transform-translate", "5,0")
    edited = canonical(window.document())
    person.worker(STYLECLIPDRAW_FAKE_SHIFT="20")
    insert(window)
    wait_for(lambda: find(window.document(), "a-1") is not None, 30, "the result")
    assert window.alert(0.5) == ""
    inserted = canonical(window.document())
    window.undo()
    assert canonical(window.document()) == edited, "one undo takes the whole result out"
    window.redo()
    assert canonical(window.document()) == inserted

    window.select("a-1")
    window.action(f"{AGAIN}.noprefs")
    wait_for(lambda: len(person.jobs()) == 2, 30, "the second job")
    again = json.loads((person.jobs()[1] / "job.json").read_text())
    assert again["seed"] == 1 and [path["id"] for path in again["paths"]] == ["a"]


def test_a_path_edited_meanwhile_is_kept_and_said(scene):
    from inkscape_window import wait_for
    from person import DRAW

    person, window = scene
    window.select("a", "b")
    window.action(f"{DRAW}.noprefs")
    wait_for(lambda: person.jobs() and (person.jobs()[0] / "job.json").exists(), 30, "the job")
    window.select("a")
    window.action("object-flip-horizontal", at="")
    flipped = window.document()
    person.worker()
    insert_without_waiting(window)
    said = window.alert(20)
    assert "You changed a while it was being drawn" in said
    window.key("Escape")
    wait_for(lambda: find(window.document(), "a-1") is not None, 30, "the result")
    now = window.document()
    a = find(now, "a")
    assert a.get("d") == find(flipped, "a").get("d")
    assert "display:none" not in a.get("style", "")
    assert "display:none" in find(now, "b").getparent().get("style", "") + find(now, "b").get(
        "style", ""
    )


def insert_without_waiting(window):
    from person import INSERT

    window.action(f"{INSERT}.noprefs", wait=False)


def test_a_clone_is_refined_above_itself(scene):
    from inkscape_window import canonical, wait_for
    from person import DRAW

    person, window = scene
    before = canonical(window.document())
    window.select("v")
    window.action(f"{DRAW}.noprefs")
    person.worker(STYLECLIPDRAW_FAKE_SHIFT="20")
    insert(window)
    wait_for(lambda: find(window.document(), "v-1") is not None, 30, "the result")
    assert window.alert(0.5) == ""
    drawn, hidden = find(window.document(), "v-1"), find(window.document(), "v")
    assert drawn.tag.endswith("}path") and drawn.getprevious() is not None
    assert drawn.getprevious().get("id") == "v" and "display:none" in hidden.get("style")
    window.undo()
    assert canonical(window.document()) == before, "one undo takes the whole result out"


def test_a_refusal_is_a_sentence(scene):
    from person import DRAW

    person, window = scene
    window.select("t")
    window.action(f"{DRAW}.noprefs", wait=False)
    said = window.alert(20)
    assert "t: text." in said and "Object to Path" in said
    window.key("Escape")
    time.sleep(0.5)
    assert person.jobs() == []


def test_the_whole_program(inkscape_gui, tmp_path):
    """Draw; the window opens, the optimizer draws, the window has the result inserted; one undo."""
    pytest.importorskip("PySide6", reason="Qt (PySide6-Essentials) is not installed")
    from styleclipdraw_core.window.screen import missing_libraries

    if missing_libraries():
        pytest.skip(f"Qt lacks {', '.join(missing_libraries())} on this computer")
    from inkscape_window import InkscapeWindow, canonical, wait_for
    from person import DRAW, Person

    person = Person(tmp_path, {"prompt": "a red apple", "strokes": 5, "iterations": 3})
    person.has_the_real_program()
    drawing = tmp_path / "apple.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" id="s"/>')
    with InkscapeWindow(person.profile, drawing, person.inkscape_environment()) as window:
        before = canonical(window.document())
        window.action(f"{DRAW}.noprefs")
        wait_for(
            lambda: any("StyleCLIPDraw" in title for title in window.titles().values()),
            180,
            "the window",
        )
        assert window.answers(10), "Inkscape is usable while it draws"
        (job,) = person.jobs()
        # Compiling the renderer takes a minute, and at low priority beside other programs many.
        wait_for((job / "inserted").exists, 600, "the note that it is handed to Inkscape")
        wait_for(lambda: find(window.document(), "styleclipdraw-1") is not None, 60, "the result")
        drawn = json.loads((job / "result.json").read_text())["paths"]
        assert len(find(window.document(), "styleclipdraw-1")) == len(drawn) > 0
        window.undo()
        assert canonical(window.document()) == before
