"""The documented format is enough: an optimizer of a few lines, written from the document alone,
is understood by everything that reads job folders, and a reader of a few lines understands ours.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from styleclipdraw_core.job import (
    Job,
    JobFill,
    JobPath,
    JobSubpath,
    NewStrokes,
    Prompt,
)
from styleclipdraw_core.job_folder import create, queue

FAKE = Path(__file__).parent / "fake_optimizer.py"
ID = "20260301-142233-a1b2c3"
BLOB = JobPath(
    "blob",
    (JobSubpath(((5.0, 5.0), (30.0, 5.0), (30.0, 25.0)), closed=True),),
    None,
    JobFill((1.0, 0.0, 0.0, 0.5), "evenodd"),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path))
    job = Job(ID, prompts=(Prompt("a red apple"),), paths=(BLOB,), strokes=NewStrokes(1))
    return create(job, {})


def draw(folder):
    home = folder.path.parents[1]
    subprocess.run([sys.executable, "-I", str(FAKE), str(home)], check=True, timeout=60)


def test_a_strangers_result_is_read(folder):
    assert [job.id for job in queue()] == [ID]
    draw(folder)
    result = folder.read_result()
    assert folder.state() == "done" and queue() == []
    assert [(path.id, path.origin) for path in result.paths] == [
        ("blob", "blob"),
        ("stroke-1", None),
    ]
    assert result.paths[0].subpaths == BLOB.subpaths
    assert folder.read_events()[0][0]["scores"] == {"clip": 0.5}


def test_the_window_reads_it_too(folder):
    from styleclipdraw_core.window.job_reader import JobReader

    reader = JobReader(folder.path)
    assert reader.read().stage.value == "waiting"
    draw(folder)
    seen = reader.read()
    assert (seen.stage.value, seen.step, seen.steps, seen.result_paths) == ("done", 1, 1, 2)


def test_the_example_of_the_document_is_what_we_write(folder):
    """Every field of our request is in the documented one, and the other way round."""
    text = (Path(__file__).parents[2] / "docs" / "job-folder.md").read_text("utf-8")
    documented = json.loads(text.split("```json\n")[1].split("```")[0])
    ours = json.loads((folder.path / "job.json").read_text("utf-8"))
    assert set(ours) == set(documented)
    assert set(ours["canvas"]) == set(documented["canvas"])
    assert set(ours["paths"][0]) <= set(documented["paths"][0])
