"""The command line: drawings that begin with a document, and what it gives to them."""

import io
import json
import os
import re
import xml.etree.ElementTree as ET

import pytest
from cli_place import SKETCH, SMALL, SVG, draw, enter, paths_in, picture
from PIL import Image

from styleclipdraw_core import cli, cli_document, svg


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    return enter(tmp_path, monkeypatch)


def test_it_is_drawn_again_from_the_file_alone():
    picture("style.png")
    draw(
        "a red apple::2",
        "--prompt",
        "green::0.5",
        "--negative",
        "pear",
        "--style",
        "style.png",
        "--style-strength",
        "1.5",
        "--seed",
        "7",
        "--background",
        "#ffeecc",
        *SMALL,
    )
    os.remove("style.png")
    assert draw("--again", "apple.svg", out="again.svg") == 0
    assert open("apple.svg", "rb").read() == open("again.svg", "rb").read()
    assert draw("--again", "apple.svg", "--seed", "8", out="other.svg") == 0
    assert open("apple.svg", "rb").read() != open("other.svg", "rb").read()


def test_a_refined_drawing_is_drawn_again_from_the_file_alone():
    open("in.svg", "w").write(SKETCH)
    draw("a red apple", "--init", "in.svg", "--select", "a", "--strokes", "2", "--iterations", "3")
    os.remove("in.svg")
    draw("--again", "apple.svg", out="again.svg")
    assert open("apple.svg", "rb").read() == open("again.svg", "rb").read()


def test_a_selection_is_refined_and_everything_else_stays_as_it_was():
    open("in.svg", "w").write(SKETCH)
    assert draw("a red apple", "--init", "in.svg", "--select", "a", "--iterations", "3") == 0
    text = open("apple.svg", encoding="utf-8").read()
    before, after = SKETCH.split("\n")[:-2], text.split("\n")  # up to the end of the root
    changed = [line.strip() for line, now in zip(before, after, strict=False) if line != now]
    assert [line[:12] for line in changed] == ['<path id="a"']
    assert len(paths_in("apple.svg")) == len(paths_in("in.svg"))


def test_a_document_without_paths_is_drawn_over_and_that_is_said(capsys):
    text = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text>hi</text></svg>'
    open("in.svg", "w").write(text)
    more = ("--strokes", "2", "--iterations", "1")
    assert cli.main(["draw", "a red apple", "--init", "in.svg", "--out", "apple.svg", *more]) == 0
    assert "in.svg has no path or shape" in capsys.readouterr().err
    assert 1 <= len(paths_in("apple.svg")) <= 2


def test_all_paths_are_refined_and_new_ones_come_on_top():
    open("in.svg", "w").write(SKETCH)
    assert draw("a red apple", "--init", "in.svg", "--strokes", "3", "--iterations", "3") == 0
    text = open("apple.svg", encoding="utf-8").read()
    for line in (line for line in SKETCH.split("\n") if "id=" in line and "text" not in line):
        assert line not in text
    assert '<text id="t" x="1" y="2">hello</text>' in text
    assert 'inkscape:label="a red apple"' in text


def test_the_background_of_a_drawing_of_ours_is_seen_when_it_is_refined():
    draw("a red apple", "--background", "#ffcc00", *SMALL)
    draw("a green pear", "--init", "apple.svg", "--iterations", "1", out="pear.svg")
    job = svg.read_svg(open("pear.svg", "rb").read()).metadata()["job"]
    assert job["canvas"]["background"] == [1.0, 0.8, 0.0]
    assert "background" not in [path["id"] for path in job["paths"]]


def test_refining_again_and_again_does_not_pile_up():
    open("0.svg", "w").write(SKETCH)
    for number in range(4):
        draw("a red apple", "--init", f"{number}.svg", "--iterations", "1", out=f"{number + 1}.svg")
    assert os.path.getsize("4.svg") < 1.1 * os.path.getsize("2.svg")


HOSTILE = [
    ("a request of the future", {"schema": 9}),
    ("no request at all", None),
    ("a request that is a number", 7),
]


@pytest.mark.parametrize("job", [row[1] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_metadata_that_somebody_else_wrote(job, capsys):
    draw("a red apple", *SMALL)
    text = open("apple.svg", encoding="utf-8").read()
    head, rest = text.split('{"job": {', 1)
    tail = rest[rest.index("</metadata>") :]
    open("bad.svg", "w").write(head + json.dumps({"job": job}) + tail)
    assert draw("--again", "bad.svg", out="new.svg") == 1
    assert "bad.svg" in capsys.readouterr().err and not os.path.exists("new.svg")


def test_a_document_that_unpacks_to_far_too_much_is_refused(monkeypatch, capsys):
    open("in.svg", "w").write(SKETCH)
    draw("a red apple", "--init", "in.svg", "--iterations", "1")
    monkeypatch.setattr(cli_document, "LARGEST_BYTES", 100)
    assert len(cli_document._unzipped(cli_document.zlib.compress(b"x" * 10**6))) == 101


def test_what_the_judges_do_not_see_is_named_in_one_warning(monkeypatch, capsys):
    open("in.svg", "w").write(SKETCH)
    assert draw("a red apple", "--init", "in.svg", "--iterations", "1") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert "1 text" in line and "Install Inkscape" in line
    monkeypatch.setattr(cli_document, "inkscape_program", lambda: "inkscape")
    draw("a red apple", "--init", "in.svg", "--iterations", "1")
    (line,) = capsys.readouterr().err.splitlines()
    assert "1 text" in line and "could not render" in line
    open("in.svg", "w").write(re.sub("<text.*</text>", "", SKETCH))
    draw("a red apple", "--init", "in.svg", "--iterations", "1")
    assert capsys.readouterr().err == ""


def test_the_rest_of_the_document_is_seen_behind_the_paths(monkeypatch, capsys):
    asked = []

    def export(document, width, background):
        asked.append((document, width, background))
        buffer = io.BytesIO()
        Image.new("RGB", (width, 32), (0, 90, 0)).save(buffer, "PNG")
        return buffer.getvalue()

    monkeypatch.setattr(cli_document, "export_png", export)
    open("in.svg", "w").write(SKETCH)
    chosen = ("--init", "in.svg", "--select", "b")
    assert (
        draw("a red apple", *chosen, "--iterations", "2", "--png", "a.png", "--png-size", "40") == 0
    )
    assert capsys.readouterr().err == ""
    ((document, width, background),) = asked
    assert width == 40 and background == (1, 1, 1)
    root = ET.fromstring(document)
    hidden = [g[0].get("id") for g in root.iter(f"{SVG}g") if g.get("style") == "display:none"]
    assert hidden == ["b", "c"]  # a is below b, and part of the picture
    metadata = svg.read_svg(open("apple.svg", "rb").read()).metadata()
    assert [path["id"] for path in metadata["job"]["paths"]] == ["b", "c"]
    assert metadata["job"]["canvas"]["backdrop"] in metadata["pictures"]
    with Image.open("a.png") as picture:
        assert picture.getpixel((39, 31)) == (0, 90, 0)
    # The document itself has nothing of it, and is drawn again without Inkscape.
    assert open("apple.svg").read().count("display:none") == 0
    draw("--again", "apple.svg", out="again.svg")
    assert len(asked) == 1 and open("apple.svg", "rb").read() == open("again.svg", "rb").read()
