"""The command line: files in, files out, and one sentence with a next step for everything else."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import fake_judges
import pytest
from PIL import Image

from styleclipdraw_core import atomic, cli, cli_draw, cli_request, cli_show, svg
from styleclipdraw_core.errors import StorageError

SVG = "{http://www.w3.org/2000/svg}"
SMALL = ["--strokes", "5", "--iterations", "3", "--size", "40x32", "--device", "cpu"]
SKETCH = """<?xml version="1.0"?>
<!-- mine -->
<svg xmlns="http://www.w3.org/2000/svg" width="40" height="32" viewBox="0 0 20 16">
  <text id="t" x="1" y="2">hello</text>
  <g transform="translate(1 1)" opacity="0.5">
    <path id="a" style="fill:none;stroke:#336699;stroke-width:1" d="M2 2 C 6 3,10 9,14 10"/>
    <rect id="b"   x="5" y="4" width="6" height="7" fill="#cc2222" />
  </g>
  <path id="c" d="M1,1 L9,3" stroke="black"/>
</svg>
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder to work in, judges that need no weights, and no data folder of anybody's."""
    fake_judges.install(monkeypatch.setattr)
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def draw(*arguments, out="apple.svg"):
    return cli.main(["draw", *arguments, "--out", out, "--quiet"])


def paths_in(name):
    return ET.parse(name).getroot().findall(f".//{SVG}path")


def picture(name, colour=(200, 40, 40), size=(30, 20)):
    Image.new("RGB", size, colour).save(name)


# ------------------------------------------------------------------------------- what it does


def test_a_prompt_becomes_an_svg(capsys, place):
    picture("style.png")
    assert cli.main(
        ["draw", "a", "red", "apple", "--style", "style.png", "--out", "apple.svg", *SMALL]
    ) == 0
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
    assert draw("a red apple", *SMALL, "--png", "apple.png", "--timelapse", "apple.gif",
                "--png-size", "200") == 0
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


def test_it_is_drawn_again_from_the_file_alone():
    picture("style.png")
    draw("a red apple::2", "--prompt", "green::0.5", "--negative", "pear", "--style", "style.png",
         "--style-strength", "1.5", "--seed", "7", "--background", "#ffeecc", *SMALL)
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


def test_everything_asked_for_is_in_the_file():
    draw("a red apple::2", "--negative", "pear", "--seed", "7", "--kind", "fill", *SMALL)
    job = svg.read_svg(open("apple.svg", "rb").read()).metadata()["job"]
    assert job["prompts"] == [{"text": "a red apple", "weight": 2.0}]
    assert job["negative_prompts"] == [{"text": "pear", "weight": 0.3}]
    assert job["seed"] == 7 and job["strokes"]["kind"] == "fill" and job["iterations"] == 3
    assert all(path.get("fill") != "none" for path in paths_in("apple.svg"))


def test_a_selection_is_refined_and_everything_else_stays_as_it_was():
    open("in.svg", "w").write(SKETCH)
    assert draw("a red apple", "--init", "in.svg", "--select", "a", "--iterations", "3") == 0
    text = open("apple.svg", encoding="utf-8").read()
    before, after = SKETCH.split("\n")[:-2], text.split("\n")  # up to the end of the root
    changed = [line.strip() for line, now in zip(before, after, strict=False) if line != now]
    assert [line[:12] for line in changed] == ['<path id="a"']
    assert len(paths_in("apple.svg")) == len(paths_in("in.svg"))


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
        env=environment, capture_output=True, check=False,
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


def test_the_second_ctrl_c_is_heeded_at_once(monkeypatch, capsys, place):
    ctrl_c_at(monkeypatch, 2, times=2)
    assert draw("a red apple", *SMALL) == 130
    assert os.listdir(place) == []
    assert "Traceback" not in capsys.readouterr().err


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


# ------------------------------------------------------------------------------- bad input


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
    ("a colour that is none", ["apple", "--background", "red"], "--background"),
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
    ("a strength that is no number", ["apple", "--style", "ok.png", "--style-strength", "nan"],
     "number"),
    ("a strength below none", ["apple", "--style", "ok.png", "--style-strength=-1"],
     "--style-strength"),
    ("a drawing that is not there", ["apple", "--init", "no.svg"], "no.svg"),
    ("a drawing that is no SVG", ["apple", "--init", "text.txt"], ""),
    ("a drawing that is a folder", ["apple", "--init", "."], "."),
    ("an id that is not there", ["apple", "--init", "in.svg", "--select", "zzz"], "zzz"),
    ("an id that is text", ["apple", "--init", "in.svg", "--select", "t"], "'t'"),
    ("a selection from nothing", ["apple", "--select", "a"], "--init"),
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
    monkeypatch.setattr(cli_request, "LARGEST_BYTES", 100)
    assert len(cli_request._unzipped(cli_request.zlib.compress(b"x" * 10**6))) == 101


# ------------------------------------------------------------------------------- the other tools


def test_models_are_listed(capsys):
    assert cli.main(["models", "list"]) == 0
    shown = capsys.readouterr().out
    assert "vgg16" in shown and "built-in" in shown and "MB" in shown
    assert cli.main(["models", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"name", "state", "licence", "fetched_bytes"} <= set(rows[0])
    assert {row["state"] for row in rows} == {"missing"}


@pytest.mark.parametrize("action", ["fetch", "verify", "remove"])
def test_an_unknown_model_is_said(action, capsys):
    assert cli.main(["models", action, "vgg61"]) == 1
    assert "vgg16" in capsys.readouterr().err


def test_models_that_are_not_there_are_not_verified_or_removed(capsys):
    assert cli.main(["models", "verify"]) == 0
    assert cli.main(["models", "remove", "vgg16"]) == 0
    assert "not here" in capsys.readouterr().out
    assert cli.main(["models", "verify", "vgg16"]) == 1


def test_the_doctor_reports(monkeypatch, capsys):
    from styleclipdraw_core import doctor

    checks = [("renderer", True, "It draws.", ""), ("Inkscape", False, "None [here].", "Get it.")]
    monkeypatch.setattr(doctor, "report", lambda: checks)
    assert cli.main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "None [here]." in shown and "Get it." in shown
    monkeypatch.setattr(doctor, "report", lambda: checks[:1])
    assert cli.main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "renderer"


def test_the_worker_leaves_when_there_is_nothing_to_do():
    assert cli.main(["worker", "--idle", "0"]) == 0


def test_a_reader_that_goes_away_is_no_fault():
    code = "from styleclipdraw_core import cli; import sys; sys.exit(cli.main(['models', 'list']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    error = process.stderr.read()
    process.wait()
    process.stderr.close()
    assert b"Traceback" not in error and b"Exception" not in error
