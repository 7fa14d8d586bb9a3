"""The command line: one sentence with a next step for everything that can be wrong."""

import errno
import os
import re

import pytest
from cli_place import SKETCH, SMALL, draw, enter, paths_in, picture

from styleclipdraw_core import atomic, cli, cli_draw, cli_request
from styleclipdraw_core.errors import StorageError


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    return enter(tmp_path, monkeypatch)


BAD = [
    # what is wrong, the arguments, what the sentence must name
    ("nothing to draw", [], "prompt"),
    ("an empty prompt", ["  "], "prompt"),
    ("an empty second prompt", ["apple", "--prompt", ""], "prompt"),
    ("a prompt of 3000 letters", ["a" * 3000], "prompt"),
    ("a weight that is none", ["apple::heavy"], "heavy"),
    ("a negative weight", ["apple::-1"], "-1"),
    ("no word is known", ["zeppelin"], "zeppelin"),
    ("no strokes", ["apple", "--strokes", "0"], "--strokes"),
    ("fewer than none", ["apple", "--strokes=-3"], "--strokes"),
    ("a million strokes", ["apple", "--strokes", "1000000"], "--strokes"),
    ("a number that is none", ["apple", "--strokes", "many"], "--strokes"),
    ("no steps", ["apple", "--iterations", "0"], "--iterations"),
    ("a negative seed", ["apple", "--seed=-1"], "--seed"),
    ("a seed too large", ["apple", "--seed", str(2**63)], "--seed"),
    ("a huge canvas", ["apple", "--size", "99999"], "--size"),
    ("no canvas", ["apple", "--size", "0x10"], "--size"),
    ("a size that is none", ["apple", "--size", "big"], "--size"),
    ("a size of a thousand digits", ["apple", "--size", "9" * 1000], "--size"),
    ("a colour that is none", ["apple", "--background", "blurple"], "--background"),
    ("a colour that shows what is below", ["apple", "--background", "#ff000080"], "--background"),
    ("a preset that is none", ["apple", "--preset", "best"], "--preset"),
    ("an unknown model", ["apple", "--clip", "no/such-model"], "no/such-model"),
    ("an unknown judge", ["apple", "--style-judge", "vgg99"], "--style-judge"),
    ("an unknown renderer", ["apple", "--renderer", "magic"], "--renderer"),
    ("an unknown device", ["apple", "--device", "gpu"], "--device"),
    ("a device that is not there", ["apple", "--device", "cuda:99"], "cuda:99"),
    ("a style that is not there", ["apple", "--style", "no.png"], "no.png"),
    ("a style that is no picture", ["apple", "--style", "text.txt"], "text.txt"),
    ("a style that is a folder", ["apple", "--style", "."], "."),
    ("an address of no server", ["apple", "--style", "http://127.0.0.1:9/x.png"], "127.0.0.1"),
    ("strength of no style", ["apple", "--style-strength", "2"], "--style"),
    (
        "a strength that is no number",
        ["apple", "--style", "ok.png", "--style-strength", "nan"],
        "number",
    ),
    (
        "a strength below none",
        ["apple", "--style", "ok.png", "--style-strength=-1"],
        "--style-strength",
    ),
    ("a drawing that is not there", ["apple", "--init", "no.svg"], "no.svg"),
    ("a drawing that is no SVG", ["apple", "--init", "text.txt"], ""),
    ("a drawing that is a folder", ["apple", "--init", "."], "."),
    ("an id that is not there", ["apple", "--init", "in.svg", "--select", "zzz"], "zzz"),
    ("an id that is text", ["apple", "--init", "in.svg", "--select", "t"], "'t'"),
    ("a selection from nothing", ["apple", "--select", "a"], "--init"),
    ("a selection of nothing", ["apple", "--init", "in.svg", "--select", ""], "--select"),
    ("the sketch itself as target", ["apple", "--init", "in.svg", "--out", "in.svg"], "in.svg"),
    ("a size for a document", ["apple", "--init", "in.svg", "--size", "9"], "--size"),
    ("nothing to repeat", ["--again", "in.svg"], "in.svg"),
    ("two starts", ["--again", "in.svg", "--init", "in.svg"], "--again"),
    ("a target that is no SVG", ["apple", "--out", "apple.txt"], "--out"),
    ("a folder that is not there", ["apple", "--out", "no/apple.svg"], "no"),
    ("a picture's folder that is not there", ["apple", "--png", "no/apple.png"], "no"),
    ("a target that is a folder", ["apple", "--out", "folder.svg"], "folder.svg"),
    ("a name of 300 letters", ["apple", "--out", "a" * 300 + ".svg"], "aaa"),
    ("a name with a zero byte", ["apple", "--out", "a\0.svg"], "--out"),
    ("a picture's name with one", ["apple", "--png", "a\0/b.png"], "--png"),
    ("a picture of no size", ["apple", "--png", "a.png", "--png-size", "0"], "--png-size"),
    ("an option that is none", ["apple", "--colour", "red"], "--colour"),
]


@pytest.mark.parametrize(("arguments", "name"), [r[1:] for r in BAD], ids=[r[0] for r in BAD])
def test_bad_input_is_one_sentence_and_loses_nothing(arguments, name, place, capsys):
    open("text.txt", "w").write("no picture, no drawing")
    open("in.svg", "w").write(SKETCH)
    picture("ok.png")
    os.mkdir("folder.svg")
    open("apple.svg", "w").write("good")
    before = sorted(os.listdir(place))
    quick = [] if "--size" in arguments or "--init" in arguments else SMALL[4:6]
    strokes = ["--strokes", "2"] if "--strokes" not in str(arguments) else []
    iterations = [] if "--iterations" in arguments else ["--iterations", "2"]
    target = [] if "--out" in arguments else ["--out", "apple.svg"]
    try:
        status = cli.main(["draw", *quick, *strokes, *iterations, *target, *arguments])
    except SystemExit as exit:  # argparse's way
        status = exit.code
    error = capsys.readouterr().err
    assert status in (1, 2)
    lines = [line for line in error.splitlines() if not line.endswith("...")]
    assert len(lines) == 1 and "Traceback" not in error, error
    assert name in lines[0]
    assert re.search(r"\. \S.*[.!)`]", lines[0]), f"no next step: {lines[0]}"
    assert sorted(os.listdir(place)) == before
    assert open("apple.svg").read() == "good"


def test_a_good_command_is_none_of_those(place):
    """The check above can fail: what is right makes no complaint."""
    assert draw("apple", *SMALL) == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_is_read_only(place, capsys):
    os.chmod(place, 0o500)
    try:
        assert draw("a red apple", *SMALL) == 1
    finally:
        os.chmod(place, 0o700)
    assert "cannot be written" in capsys.readouterr().err


def test_a_disk_that_fills_up_while_drawing_loses_nothing(monkeypatch, place, capsys, tmp_path):
    open("apple.svg", "w").write("good")
    real = atomic.replace

    def full(source, target):
        if target.parent == place:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(atomic, "replace", full)
    assert draw("a red apple", *SMALL) == 1
    error = capsys.readouterr().err
    assert "disk is full" in error and "kept as" in error
    kept = re.search(r"kept as (\S+\.svg)", error)[1]
    assert paths_in(kept) and kept.startswith(str(tmp_path / "home"))
    assert open("apple.svg").read() == "good" and os.listdir(place) == ["apple.svg"]


def test_nowhere_to_keep_it_is_still_one_sentence(monkeypatch, capsys):
    real = cli_draw.write_atomically

    def full(path, data, **options):
        if path.suffix == ".svg":
            raise StorageError("The disk is full.", "Free some space.", code="storage.full")
        real(path, data, **options)

    monkeypatch.setattr(cli_draw, "write_atomically", full)
    assert draw("a red apple", *SMALL) == 1
    assert capsys.readouterr().err == "styleclipdraw: The disk is full. Free some space.\n"


def test_a_fault_in_the_middle_keeps_what_is_there(monkeypatch, capsys):
    real = cli_draw.engine.draw

    def breaks(*arguments):
        for drawn in real(*arguments):
            if drawn.step == 3:
                raise RuntimeError("CUDA error: something\nwith many lines")
            yield drawn

    monkeypatch.setattr(cli_draw.engine, "draw", breaks)
    assert draw("a red apple", *SMALL) == 1
    assert paths_in("apple.svg")
    error = capsys.readouterr().err
    assert "CUDA error: something" in error and "Traceback" not in error and "many" not in error


def test_a_fault_is_a_sentence_and_for_its_finder_a_traceback(monkeypatch, capsys):
    monkeypatch.setattr(cli_request, "_size", lambda text: 1 / 0)
    assert draw("a red apple", *SMALL) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "fault in the program" in error and "report" in error
    monkeypatch.setenv("STYLECLIPDRAW_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        draw("a red apple", *SMALL)


def test_control_characters_do_not_reach_the_terminal(capsys):
    assert draw("apple", "--style", "\x1b[2Jevil\n.png") == 1
    error = capsys.readouterr().err
    assert "\x1b" not in error and error.count("\n") == 1 and "evil" in error
