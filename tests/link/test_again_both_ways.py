"""One request, two programs: what Inkscape's extension has kept in a document the command line draws
again, and Draw Again repeats what the command line has drawn.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
for folder in ("inkscape_extension", "tests/core", "tests/extension"):
    if str(REPOSITORY / folder) not in sys.path:
        sys.path.insert(0, str(REPOSITORY / folder))

import fake_judges  # noqa: E402
import zero_step  # noqa: E402
from documents import by_id, document, style_of  # noqa: E402
from styleclipdraw_inkscape import finished_jobs, provenance  # noqa: E402
from styleclipdraw_inkscape.again import request_again  # noqa: E402
from styleclipdraw_inkscape.job_folder import all_jobs  # noqa: E402
from styleclipdraw_inkscape.messages import Refusal  # noqa: E402

from styleclipdraw_core import cli, svg  # noqa: E402
from styleclipdraw_core.job_json import read_job  # noqa: E402

LEAF = '<path id="leaf" d="M20 20 C60 10 80 60 40 80 Z" style="fill:#c00000"/>'
FEW = ["--strokes", "4", "--iterations", "2", "--size", "40x32", "--device", "cpu"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    fake_judges.install(monkeypatch.setattr)
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def draw(*arguments):
    """The renderer that needs no compiling: which one draws is not what this is about."""
    assert cli.main(["draw", *arguments, "--renderer", "reference", "--quiet"]) == 0


def drawn_in_inkscape(inside, ids, state="done", **options):
    """A document after Draw and Insert Result, the drawing being the paths as they were."""
    root = document(inside)
    request = zero_step.request_of(root, ids, iterations=2, **options)
    job = request.write()
    paths = zero_step.result_of(request.body)["paths"]
    count = request.body.get("strokes", {}).get("count", 0)
    stroke = {"width": 2, "colour": [0, 0, 0, 1]}
    points = [[1, 1], [9, 1], [9, 9], [1, 9]]
    new = {"from": None, "subpaths": [{"points": points}], "stroke": stroke}
    paths += [dict(new, id=str(number)) for number in range(count)]
    result = {"schema": 1, "job": job.id, "state": state, "step": 1, "steps": 2, "paths": paths}
    Path(job.file("result.json")).write_text(json.dumps(result))
    finished_jobs.insert(root, finished_jobs.choose(root))
    return root, request


def saved(root, name="inkscape.svg"):
    Path(name).write_bytes(etree.tostring(root))
    return name


def request_in(name):
    return svg.read_svg(Path(name).read_bytes()).metadata()["job"]


def again_in_inkscape(name, *ids):
    root = etree.fromstring(Path(name).read_bytes())
    return root, request_again(root, ids)


def test_new_strokes_from_inkscape(place):
    Image.new("RGB", (20, 10), "teal").save("picture.png")
    options = {
        "prompt": "a green pear",
        "negative": "a pear",
        "seed": 5,
        "strokes": 6,
        "work_on": "new",
    }
    root, request = drawn_in_inkscape("", [], style=str(place / "picture.png"), **options)
    draw("--again", saved(root), "--out", "again.svg")
    job = request_in("again.svg")
    for name in ("prompts", "negative_prompts", "canvas", "strokes", "seed", "iterations", "style"):
        assert job[name] == read_back(request.body)[name], name
    assert len(list(etree.parse("again.svg").iter("{*}path"))) <= 6


def read_back(body):
    """A request with everything that the optimizer's reader fills in."""
    from styleclipdraw_core.job_json import write_job

    return json.loads(write_job(read_job(json.dumps(dict(body, schema=1, id=zero_step.JOB)))))


def test_refined_paths_from_inkscape():
    root, request = drawn_in_inkscape(LEAF, ["leaf"], prompt="a pear", state="stopped")
    draw("--again", saved(root), "--out", "again.svg")
    assert [path["id"] for path in request_in("again.svg")["paths"]] == ["leaf"]
    # a drawing that was stopped is repeated up to there
    assert svg.read_svg(etree.tostring(root)).metadata()["last_step"] == 1


def test_where_the_document_lies_stays_at_home(monkeypatch):
    monkeypatch.setenv("DOCUMENT_PATH", "/people/somebody/secret.svg")
    root, _ = drawn_in_inkscape("", [], prompt="a green pear", work_on="new")
    assert b"somebody" not in etree.tostring(root) and b"secret" not in etree.tostring(root)


def test_the_newest_of_several_is_drawn():
    root, _ = drawn_in_inkscape("", [], prompt="a red apple", work_on="new")
    text = etree.tostring(root).decode()
    request = zero_step.request_of(root, [], prompt="a green apple", work_on="new", iterations=2)
    later = "29990101-000001-000000"
    zero_step.put_back(root, request.body, {"paths": []}, job=later)
    assert text != etree.tostring(root).decode()
    draw("--again", saved(root), "--out", "again.svg")
    assert request_in("again.svg")["prompts"][0]["text"] == "a green apple"


def test_new_strokes_from_the_command_line():
    Image.new("RGB", (20, 10), "teal").save("picture.png")
    words = ["a red apple", "--prompt", "on the table::0.5", "--negative", "a pear"]
    draw(*words, "--style", "picture.png", "--style-strength", "2", *FEW, "--out", "cli.svg")
    root = etree.parse("cli.svg").getroot()
    layer = next(g for g in root.iter("{*}g") if provenance.JOB in g.attrib)
    root, request = again_in_inkscape("cli.svg", layer[0].get("id"))
    first, body = request_in("cli.svg"), request.body
    for name in ("prompts", "negative_prompts", "style", "canvas", "iterations"):
        assert read_back(body)[name] == first[name], name
    assert (body["strokes"]["count"], body["strokes"]["kind"]) == (4, "stroke")
    assert body["seed"] == first["seed"] + 1
    assert request.picture is not None and request.picture.data.startswith(b"\x89PNG")
    zero_step.put_back(root, body, {"paths": []})
    assert style_of(by_id(root, layer.get("id")))["display"] == "none", "it is replaced"


@pytest.mark.parametrize("selected", ["leaf", "layer"])
def test_refined_paths_from_the_command_line(selected):
    saved(document(LEAF + '<rect id="other" width="9" height="9"/>'), "in.svg")
    few = ["--strokes", "3", "--iterations", "2", "--device", "cpu"]
    draw("a pear", "--init", "in.svg", "--select", "leaf", *few, "--out", "cli.svg")
    names = {"leaf": "leaf"}
    for group in etree.parse("cli.svg").getroot().iter("{*}g"):
        names["layer"] = group.get("id")
    _, request = again_in_inkscape("cli.svg", names[selected])
    assert [path["id"] for path in request.body["paths"]] == ["leaf"]
    assert request.body["strokes"]["count"] == 3


def test_what_was_not_drawn_by_either():
    draw("a pear", *FEW, "--out", "cli.svg")
    with pytest.raises(Refusal, match="No drawing"):
        again_in_inkscape("cli.svg", "background")


def test_both_in_one_document():
    """The command line refines a document with a layer of Inkscape's: both can be drawn again."""
    root, _ = drawn_in_inkscape(LEAF, [], prompt="a green pear", work_on="new", strokes=2)
    draw("a pear", "--init", saved(root), "--select", "leaf", *FEW[2:4], "--out", "both.svg")
    assert request_in("both.svg")["prompts"][0]["text"] == "a pear"
    _, request = again_in_inkscape("both.svg", "stroke-1")
    assert request.body["prompts"][0]["text"] == "a green pear"
    _, request = again_in_inkscape("both.svg", "leaf")
    assert request.body["prompts"][0]["text"] == "a pear"
    draw("--again", "both.svg", "--out", "twice.svg")
    assert Path("twice.svg").read_bytes() == Path("both.svg").read_bytes()


def test_too_large_a_picture_is_looked_for_at_home(place, monkeypatch):
    from styleclipdraw_inkscape import remembered

    Image.new("RGB", (20, 10), "teal").save("picture.png")
    monkeypatch.setattr(remembered, "LARGEST", 10)
    root, _ = drawn_in_inkscape("", [], style=str(place / "picture.png"), work_on="new")
    (job,) = all_jobs()
    layer = root[-1].get("id")
    assert request_again(root, [layer]).picture is not None
    Path(job.file("style.png")).unlink()
    with pytest.raises(Refusal, match="too large to travel"):
        request_again(root, [layer])


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"job": None, "inkscape": 3, "pictures": []},
        {"job": {"prompts": [3, {"text": 4}], "paths": [{"id": 3}, 4], "canvas": [1]}},
        {"job": {"prompts": [{"text": "x", "weight": "y"}], "canvas": {"width": "a"}}},
        {"job": {"prompts": [{"text": "x", "weight": 1e999}], "canvas": {"background": [9]}}},
        {"inkscape": {"box": [1, 2, "x", 3], "sources": [3], "clip": 7}, "job": {"seed": "z"}},
        {"job": {"style": {"picture": "x.png"}, "paths": 7}, "pictures": {"x.png": "AAAA"}},
    ],
)
def test_a_record_from_a_stranger_is_refused_in_words_or_drawn(record):
    root = document('<g id="x"/>')
    root[0].set(provenance.JOB, zero_step.JOB)
    provenance.remember(root, zero_step.JOB, {}, "r")
    root[0].text = None
    kept = next(e for e in root.iter("{*}metadata"))
    kept.text = json.dumps(record)
    try:
        body = request_again(root, ["x"]).body
    except Refusal:
        return
    assert read_job(json.dumps(dict(body, schema=1, id=zero_step.JOB)))
