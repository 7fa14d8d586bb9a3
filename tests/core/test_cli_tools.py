"""The command line: models, doctor, worker."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from cli_place import enter

from styleclipdraw_core import cli


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    return enter(tmp_path, monkeypatch)


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


USELESS = [
    # what is wrong, the arguments, what the sentence must name
    ("a number that is none", ["worker", "--idle", "nan"], "--idle"),
    ("less than no time", ["worker", "--idle=-1"], "--idle"),
    ("a model that is always there", ["models", "remove", "built-in"], "come with the program"),
    ("a way out of the folder", ["models", "fetch", "../../etc"], "../../etc"),
    ("nothing to do with models", ["models"], "ACTION"),
    ("no command", [], "COMMAND"),
    ("a command that is none", ["paint"], "paint"),
    ("nothing to measure", ["bench", "render"], "FILE.npz"),
    ("a preset that is none", ["bench", "iteration", "--preset", "best"], "best"),
    ("a file that is not there", ["bench", "render", "no.npz"], "no.npz"),
    ("a folder", ["bench", "render", "."], ". is not a file"),
    ("a file of something else", ["bench", "render", "text.npz"], "text.npz"),
    ("a file without arrays", ["bench", "render", "empty.npz"], "no array 'kind'"),
    ("a file that runs code", ["bench", "render", "objects.npz"], "objects.npz"),
]


@pytest.mark.parametrize(
    ("arguments", "name"), [row[1:] for row in USELESS], ids=[row[0] for row in USELESS]
)
def test_bad_input_is_one_sentence(arguments, name, capsys):
    open("text.npz", "w").write("no arrays")
    np.savez("empty.npz")
    np.savez("objects.npz", kind=np.array([{}], dtype=object))
    try:
        status = cli.main(arguments)
    except SystemExit as exit:  # argparse's way
        status = exit.code
    error = capsys.readouterr().err
    assert status in (1, 2)
    assert error.count("\n") == 1 and name in error, error
    assert re.search(r"\. \S.*[.!)`]", error), f"no next step: {error}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
def test_a_pipe_is_not_waited_for(capsys):
    os.mkfifo("pipe.npz")
    assert cli.main(["bench", "render", "pipe.npz"]) == 1
    assert "pipe.npz is not a file" in capsys.readouterr().err
