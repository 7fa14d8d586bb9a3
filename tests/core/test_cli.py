"""The command line: files in, files out, and Ctrl-C on the way."""

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from cli_place import SMALL, draw, enter, paths_in, picture
from PIL import Image

from styleclipdraw_core import cli, cli_draw, cli_show, svg


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    return enter(tmp_path, monkeypatch)


def test_a_prompt_becomes_an_svg(capsys, place):
    picture("style.png")
    assert (
        cli.main(
            ["draw", "a", "red", "apple", "--style", "style.png", "--out", "apple.svg", *SMALL]
        )
        == 0
    )
    captured = capsys.readouterr()
    assert captured.out == "apple.svg\n"
    assert "words" in captured.err and "style" in captured.err
    root = ET.parse("apple.svg").getroot()
    assert (root.get("width"), root.get("height")) == ("40", "32")
    assert 1 <= len(paths_in("apple.svg")) <= 5
    for path in paths_in("apple.svg"):
        # Inkscape ignores alpha inside stroke
        assert re.fullmatch("#[0-9a-f]{6}", path.get("stroke")) and path.get("stroke-opacity")
    assert "a red apple" in open("apple.svg", encoding="utf-8").read()
    assert sorted(os.listdir(place)) == ["apple.svg", "style.png"]


def test_pictures_of_it_are_written_too():
    assert (
        draw(
            "a red apple",
            *SMALL,
            "--png",
            "apple.png",
            "--timelapse",
            "apple.gif",
            "--png-size",
            "200",
        )
        == 0
    )
    with Image.open("apple.png") as png, Image.open("apple.gif") as gif:
        assert png.size == (200, 160) and png.mode == "RGB"
        assert gif.size == (512, 410) and gif.n_frames >= 1
        assert len(set(png.convert("L").tobytes())) > 3  # something was drawn


def test_a_style_that_comes_with_the_program_has_a_name(place):
    assert draw("a red apple", "--style", "cut-paper", *SMALL) == 0
    mine = svg.read_svg(open("apple.svg", "rb").read()).metadata()["pictures"]
    Image.new("RGB", (9, 9)).save("cut-paper", "PNG")
    assert draw("a red apple", "--style", "cut-paper", *SMALL) == 0  # a file of that name wins
    assert svg.read_svg(open("apple.svg", "rb").read()).metadata()["pictures"] != mine


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    for name in ("one.svg", "two.svg"):
        draw("a red apple", *SMALL, out=name)
    draw("a red apple", *SMALL, "--seed", "1", out="three.svg")
    texts = [open(name, "rb").read() for name in ("one.svg", "two.svg", "three.svg")]
    assert texts[0] == texts[1] != texts[2]


def test_everything_asked_for_is_in_the_file():
    draw("a red apple::2", "--negative", "pear", "--seed", "7", "--kind", "fill", *SMALL)
    job = svg.read_svg(open("apple.svg", "rb").read()).metadata()["job"]
    assert job["prompts"] == [{"text": "a red apple", "weight": 2.0}]
    assert job["negative_prompts"] == [{"text": "pear", "weight": 0.3}]
    assert job["seed"] == 7 and job["strokes"]["kind"] == "fill" and job["iterations"] == 3
    assert all(path.get("fill") != "none" for path in paths_in("apple.svg"))


def test_without_a_name_it_is_named_after_the_prompt(place):
    for _ in range(2):
        assert cli.main(["draw", "A red apple!", *SMALL, "--quiet"]) == 0
    assert sorted(os.listdir(place)) == ["a-red-apple-2.svg", "a-red-apple.svg"]


def test_a_name_may_be_as_long_as_the_disk_allows():
    name = "a" * 251 + ".svg"
    assert draw("a red apple", *SMALL, out=name) == 0 and paths_in(name)


def test_json_lines_are_for_programs(capsys):
    assert cli.main(["draw", "a red zeppelin", *SMALL, "--out", "a.svg", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds[0] == "phase" and kinds[-1] == "done" and "step" in kinds
    assert lines[kinds.index("warning")]["code"] == "prompt.unknown-word"
    assert lines[-1]["files"] == ["a.svg"] and lines[-1]["step"] == 3
    assert cli.main(["draw", "zeppelin", *SMALL, "--out", "a.svg", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == "prompt.unknown"


def test_help_answers_without_loading_anything_heavy():
    code = (
        "import sys\nfrom styleclipdraw_core import cli\n"
        "try: cli.main(['draw', '--help'])\nexcept SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'PIL', 'rich', 'lxml')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--timelapse" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_name_that_is_no_text_is_a_name(place, capsys):
    name = os.fsdecode(b"\xff apple.svg")
    assert draw("a red apple", *SMALL, out=name) == 0
    assert os.listdir(os.fsencode(place)) == [b"\xff apple.svg"]
    assert draw(os.fsdecode(b"\xff"), *SMALL) == 1  # but as a prompt it says nothing
    assert "a prompt" in capsys.readouterr().err.lower()


def test_a_terminal_of_another_encoding_is_no_fault():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    code = "from styleclipdraw_core import cli; import sys; sys.exit(cli.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "draw", "apple", "--style", "ä.png"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1 and done.stderr.startswith(b"styleclipdraw: There is no file ")


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_the_files_are_as_private_as_the_person_wants(monkeypatch):
    before = os.umask(0o022)
    try:
        draw("a red apple", *SMALL)
        assert os.stat("apple.svg").st_mode & 0o777 == 0o644
        os.chmod("apple.svg", 0o600)
        os.symlink("apple.svg", "link.svg")
        old = open("apple.svg", "rb").read()
        draw("a green pear", *SMALL, out="link.svg")
    finally:
        os.umask(before)
    assert os.path.islink("link.svg") and open("apple.svg", "rb").read() != old
    assert os.stat("apple.svg").st_mode & 0o777 == 0o600


# ------------------------------------------------------------------------------- Ctrl-C


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A process that was started in the background by a shell ignores it, and so would these tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ctrl_c_at(monkeypatch, number, times=1):
    """As if a person pressed it while that step was shown."""
    real = cli_show.QuietShow.step

    def step(self, drawn):
        real(self, drawn)
        if drawn.step == number:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cli_show.QuietShow, "step", step)


def test_ctrl_c_keeps_what_is_there_and_it_can_be_repeated(monkeypatch):
    more = [*SMALL, "--iterations", "9"]
    with monkeypatch.context() as patch:
        ctrl_c_at(patch, 4)
        assert draw("a red apple", *more) == 130
    assert paths_in("apple.svg")
    draw("a red apple", *more, out="whole.svg")
    assert open("apple.svg", "rb").read() != open("whole.svg", "rb").read()
    assert draw("--again", "apple.svg", out="again.svg") == 0
    assert open("apple.svg", "rb").read() == open("again.svg", "rb").read()


def test_the_second_ctrl_c_ends_the_step_and_loses_nothing(monkeypatch, capsys):
    ctrl_c_at(monkeypatch, 2, times=2)
    assert draw("a red apple", *SMALL) == 130
    printed = capsys.readouterr()
    assert paths_in("apple.svg") and "apple.svg" in printed.out
    assert "Traceback" not in printed.err


def test_ctrl_c_while_the_drawing_is_written_loses_nothing(monkeypatch, capsys):
    ctrl_c_at(monkeypatch, 2)
    write = cli_draw.write_atomically

    def pressed_again(*arguments, **options):
        signal.raise_signal(signal.SIGINT)
        write(*arguments, **options)

    monkeypatch.setattr(cli_draw, "write_atomically", pressed_again)
    assert draw("a red apple", *SMALL, "--png", "apple.png") == 130
    assert paths_in("apple.svg") and os.path.getsize("apple.png") > 100
    assert capsys.readouterr().out.split() == ["apple.svg", "apple.png"]


def test_ctrl_c_before_the_first_step_leaves_nothing(monkeypatch, capsys, place):
    monkeypatch.setattr(
        "styleclipdraw_core.guides.load_clip", lambda *_: signal.raise_signal(signal.SIGINT)
    )
    assert draw("a red apple", *SMALL) == 130
    assert os.listdir(place) == []
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error


def test_afterwards_ctrl_c_is_what_it_was_before():
    before = signal.getsignal(signal.SIGINT)
    draw("a red apple", *SMALL)
    assert signal.getsignal(signal.SIGINT) is before
