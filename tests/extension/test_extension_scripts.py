"""The four menu entries as programs: nothing but SVG or silence comes out of them."""

import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from documents import NAMESPACES, PAGE
from lxml import etree
from scripts import EXTENSION, Desktop

SYSTEM = Path("/usr/share/inkscape/extensions")


def _has_inkex(python, pythonpath=""):
    probe = [python, "-W", "ignore", "-c", "import inkex; print(inkex.__version__)"]
    env = dict(os.environ, PYTHONPATH=pythonpath)
    done = subprocess.run(probe, capture_output=True, text=True, env=env, check=False)
    return done.returncode == 0


KINDS = {"ours": (sys.executable, ""), "Inkscape's": ("/usr/bin/python3", str(SYSTEM))}
with_every_inkex = pytest.mark.parametrize("desktop", sorted(KINDS), indirect=True)


@pytest.fixture
def desktop(request, tmp_path):
    kind = getattr(request, "param", "ours")
    python, pythonpath = KINDS[kind]
    if not Path(python).exists() or not _has_inkex(python, pythonpath):
        pytest.skip(f"{kind} inkex is not installed")
    desktop = Desktop(tmp_path, python, pythonpath)
    inside = '<path id="a" d="M10 10 L90 20 L50 80 Z" style="fill:#ff0000"/>'
    desktop.document.write_text(f"<svg {NAMESPACES} {PAGE}>{inside}</svg>")
    return desktop


def silent(done):
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@with_every_inkex
def test_draw_then_insert(desktop):
    silent(
        desktop.run("styleclipdraw_draw", "--id=a", "--tab=drawing", "--prompt=a fox", "--seed=3")
    )
    (job,) = desktop.jobs()
    request = json.loads((job / "job.json").read_text())
    assert request["id"] == job.name and request["seed"] == 3
    assert [path["id"] for path in request["paths"]] == ["a"]
    for path in [desktop.home / "jobs", job, *job.iterdir()]:
        assert path.stat().st_mode & 0o077 == 0, path
    desktop.draw()
    done = desktop.run("styleclipdraw_insert")
    assert done.stderr == ""
    root = etree.fromstring(done.stdout.encode())
    assert root.xpath("//*[@id='a-1']")
    assert (job / "inserted").exists()
    # a second time there is nothing to insert
    done = desktop.run("styleclipdraw_insert")
    assert done.stdout == "" and "No finished drawing" in done.stderr


def test_the_window_starts_isolated_and_detached(desktop):
    silent(desktop.run("styleclipdraw_draw", "--id=a", "--prompt=a fox"))
    (job,) = desktop.jobs()
    end = time.monotonic() + 20
    while not desktop.started.exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.2)
    arguments, names, folder = ast.literal_eval(desktop.started.read_text())
    assert arguments == ["-I", "-m", "styleclipdraw_core.window", "--job", job.name]
    assert not [n for n in names if n.startswith(("PYTHON", "INKSCAPE", "SELF_CALL", "DOCUMENT"))]
    assert folder == str(desktop.home)


@with_every_inkex
def test_drawings_opens_the_history(desktop):
    silent(desktop.run("styleclipdraw_drawings"))
    assert desktop.jobs() == []


@with_every_inkex
def test_waiting_returns_the_document(desktop):
    done = desktop.run(
        "styleclipdraw_draw",
        "--prompt=a fox",
        "--wait=true",
        "--strokes=4",
        STYLECLIPDRAW_FAKE_SHIFT="0",
    )
    assert done.stderr == ""
    layer = etree.fromstring(done.stdout.encode())[-1]
    assert len(layer) == 4 and layer.get("id") == "styleclipdraw-1"


def test_waiting_says_why_a_drawing_failed(desktop):
    done = desktop.run(
        "styleclipdraw_draw", "--prompt=a", "--wait=true", STYLECLIPDRAW_FAKE_SHIFT="fail"
    )
    assert done.stdout == ""
    assert done.stderr == "The fake worker was told to fail. Tell it not to.\n"


def test_messages_may_go_to_a_file(desktop, tmp_path):
    silent(desktop.run("styleclipdraw_insert", STYLECLIPDRAW_MESSAGES=str(tmp_path / "said")))
    assert "No finished drawing" in (tmp_path / "said").read_text()


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, "not installed"),
        ({}, "not installed"),
        ([], "not installed"),
        ({"python": 3}, "not installed"),
        ({"python": "/nowhere/python"}, "moved or deleted"),
    ],
)
def test_without_an_installation_nothing_is_begun(desktop, record, words):
    desktop.install(record)
    done = desktop.run("styleclipdraw_draw", "--id=a", "--prompt=a fox")
    assert done.stdout == "" and words in done.stderr and "install.py" in done.stderr
    assert done.stderr.count("\n") == 1
    assert desktop.jobs() == []


def test_an_inkscape_that_is_shut_in_says_so(desktop):
    desktop.install({})
    done = desktop.run("styleclipdraw_drawings", FLATPAK_ID="org.inkscape.Inkscape")
    assert "AppImage" in done.stderr and "install.py" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--id=a"], "nothing to draw toward"),
        (["--prompt=a", "--style=/nowhere.png"], "cannot be read"),
        (["--prompt=a", f"--style={__file__}"], "not a PNG"),
        (["--prompt=" + "a" * 2001], "longer than 2000"),
        (["--prompt=a", "--work_on=refine"], "Nothing that can be refined"),
    ],
)
def test_what_is_refused_says_so_in_a_sentence(desktop, arguments, words):
    done = desktop.run("styleclipdraw_draw", *arguments)
    assert done.stdout == "" and words in done.stderr and "Traceback" not in done.stderr
    assert desktop.jobs() == []


def test_a_result_goes_into_no_other_document(desktop):
    silent(desktop.run("styleclipdraw_draw", "--id=a", "--prompt=a fox"))
    desktop.draw()
    other = f'<svg {NAMESPACES} width="10" height="10"><path id="z" d="M0 0"/></svg>'
    desktop.document.write_text(other)
    done = desktop.run("styleclipdraw_insert", DOCUMENT_PATH=str(desktop.folder / "other.svg"))
    assert done.stdout == "" and "belongs to another document: drawing.svg" in done.stderr
    assert not (desktop.jobs()[0] / "inserted").exists()


def test_the_drawing_that_was_asked_for_comes_first(desktop):
    for prompt in ("first", "second"):
        silent(desktop.run("styleclipdraw_draw", f"--prompt={prompt}", "--strokes=1"))
        time.sleep(1.1)  # ids have the time in seconds
    desktop.draw()
    first, second = desktop.jobs()
    (first / "insert").touch()
    done = desktop.run("styleclipdraw_insert")
    assert "first (seed 0)" in done.stdout and "second" not in done.stdout
    assert not (first / "insert").exists() and not (second / "inserted").exists()


def test_a_wish_for_another_document_is_answered_once(desktop):
    silent(desktop.run("styleclipdraw_draw", "--prompt=elsewhere", "--strokes=1"))
    desktop.draw()
    (job,) = desktop.jobs()
    (job / "insert").touch()
    elsewhere = {"DOCUMENT_PATH": str(desktop.folder / "other.svg")}
    desktop.document.write_text(f'<svg {NAMESPACES} width="10" height="10"/>')
    done = desktop.run("styleclipdraw_insert", **elsewhere)
    assert done.stdout == "" and "belongs to another document" in done.stderr
    assert not (job / "insert").exists() and not (job / "inserted").exists()


def test_a_drawing_that_goes_on_may_be_inserted_early(desktop):
    silent(desktop.run("styleclipdraw_draw", "--prompt=a", "--strokes=2"))
    desktop.draw()
    (job,) = desktop.jobs()
    result = json.loads((job / "result.json").read_text())
    (job / "result.json").write_text(json.dumps(dict(result, state="drawing")))
    assert "not finished yet" in desktop.run("styleclipdraw_insert").stderr
    (job / "insert").touch()
    assert "a (seed 0)" in desktop.run("styleclipdraw_insert").stdout
    # nobody wants a cancelled one
    (job / "insert").touch()
    (job / "cancel").touch()
    assert "No finished drawing" in desktop.run("styleclipdraw_insert").stderr


def test_a_folder_that_cannot_be_written_is_named(desktop):
    (desktop.home / "jobs").write_text("a file where a folder should be")
    done = desktop.run("styleclipdraw_draw", "--id=a", "--prompt=a fox")
    assert done.stdout == "" and "jobs" in done.stderr and done.stderr.count("\n") == 1


def test_an_error_of_our_own_is_a_sentence_and_a_file(desktop):
    code = (
        "from styleclipdraw_inkscape.entry import Entry\n"
        "class Broken(Entry):\n"
        "    def work(self):\n"
        "        self.svg.set('id', 'changed')\n"
        "        return 1 / 0\n"
        f"Broken().run([{str(desktop.document)!r}])\n"
    )
    done = subprocess.run(
        [desktop.python, "-c", code],
        cwd=EXTENSION,
        env=desktop.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert "extension-error.txt" in done.stderr
    assert "ZeroDivisionError" in (desktop.home / "extension-error.txt").read_text()


def test_a_style_picture_on_the_page_is_copied(desktop):
    png = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
        "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    image = f'<image id="i" width="5" height="5" xlink:href="data:image/png;base64,{png}"/>'
    desktop.document.write_text(f"<svg {NAMESPACES} {PAGE}>{image}</svg>")
    silent(desktop.run("styleclipdraw_draw", "--id=i", "--strokes=3"))
    (job,) = desktop.jobs()
    request = json.loads((job / "job.json").read_text())
    assert request["style"] == {"picture": "style.png", "strength": 1.0}
    assert (job / "style.png").read_bytes().startswith(b"\x89PNG")
    assert request["strokes"]["count"] == 3 and request["prompts"] == []


def test_every_menu_entry_is_valid():
    command = [sys.executable, "-W", "ignore", "-m", "inkex.tester.test_inx_file"]
    names = sorted(path.name for path in EXTENSION.glob("*.inx"))
    assert len(names) == 4
    if not _has_inkex(sys.executable):
        pytest.skip("inkex is not installed")
    done = subprocess.run(
        command + names, cwd=EXTENSION, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_python_3_8_can_read_every_module():
    modules = sorted(EXTENSION.rglob("*.py"))
    assert len(modules) > 30
    for module in modules:
        ast.parse(module.read_text("utf-8"), str(module), feature_version=(3, 8))
    with pytest.raises(SyntaxError):
        ast.parse("match x:\n    case 1: pass", feature_version=(3, 8))


def test_nothing_but_the_standard_library_inkex_and_lxml_is_imported():
    allowed = set(sys.stdlib_module_names) | {"inkex", "lxml", "styleclipdraw_inkscape"}
    for module in EXTENSION.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= allowed, module
