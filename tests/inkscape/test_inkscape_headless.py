"""Draw with "Wait for the drawing", as scripts use it: inkscape --batch-process draws and saves."""

import json
import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.inkscape

DOCUMENT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="40mm" viewBox="0 0 60 40">'
    '<g id="g1" transform="rotate(10)"><path id="a" d="M5 5 L30 8 L20 30 Z" fill="red"/></g>'
    '<rect id="b" x="35" y="5" width="20" height="10" fill="blue"/></svg>'
)


def batch(person, ids, actions, seconds=120, **more):
    """The document after Inkscape ran the actions and saved it."""
    source, target = person.folder / "drawing.svg", person.folder / "out.svg"
    source.write_text(DOCUMENT)
    select = f"select-by-id:{','.join(ids)};" if ids else ""
    done = subprocess.run(
        [
            "xvfb-run",
            "-a",
            "inkscape",
            "--batch-process",
            f"--actions={select}{actions};export-filename:{target};export-do",
            str(source),
        ],
        env=dict(
            os.environ,
            **person.inkscape_environment(),
            INKSCAPE_PROFILE_DIR=str(person.profile),
            STYLECLIPDRAW_MESSAGES=str(person.folder / "said"),
            LC_ALL="C.UTF-8",
            **more,
        ),
        capture_output=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert target.exists(), done.stderr[-2000:]
    from lxml import etree

    return etree.fromstring(target.read_bytes())


@pytest.fixture
def person_with(inkscape, tmp_path):
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb-run is not installed")
    from person import Person

    return lambda **parameters: Person(tmp_path, {"wait": True, "prompt": "a fox", **parameters})


def test_new_strokes(person_with):
    from styleclipdraw_inkscape.names import GROUP_MODE, LABEL

    person = person_with(strokes=6, seed=2)
    root = batch(person, [], "org.styleclipdraw.draw.noprefs")
    assert not (person.folder / "said").exists()
    layer = root.xpath("//*[@id='styleclipdraw-1']")[0]
    assert (layer.get(GROUP_MODE), layer.get(LABEL)) == ("layer", "a fox (seed 2)")
    assert len(layer) == 6


def test_refined_in_place(person_with):
    person = person_with(put="in-place")
    root = batch(
        person, ["g1", "b"], "org.styleclipdraw.draw.noprefs", STYLECLIPDRAW_FAKE_SHIFT="9"
    )
    a, b = (root.xpath(f"//*[@id='{name}']")[0] for name in "ab")
    assert a.get("d") != "M5 5 L30 8 L20 30 Z" and a.getparent().get("id") == "g1"
    assert b.tag.endswith("}path")
    job = "{urn:styleclipdraw:1}job"
    (metadata,) = [e for e in root.iter("{*}metadata") if job in e.attrib]
    assert json.loads(metadata.text)["job"]["prompts"], "the request travels in the document"


def test_with_the_real_optimizer(person_with):
    person = person_with(strokes=5, iterations=3)
    person.has_the_real_program()
    root = batch(person, [], "org.styleclipdraw.draw.noprefs", seconds=400)
    assert not (person.folder / "said").exists()
    (job,) = person.jobs()
    result = json.loads((job / "result.json").read_text())
    assert (result["state"], result["step"]) == ("done", 3)
    layer = root.xpath("//*[@id='styleclipdraw-1']")[0]
    assert len(layer) == len(result["paths"]) > 0
    assert (job / "inserted").exists()


def test_a_failure_is_said_and_changes_nothing(person_with):
    person = person_with()
    root = batch(person, ["b"], "org.styleclipdraw.draw.noprefs", STYLECLIPDRAW_FAKE_SHIFT="fail")
    assert root.xpath("//*[@id='b']")[0].tag.endswith("}rect")
    assert "told to fail" in (person.folder / "said").read_text()


def test_the_rest_of_the_drawing_is_the_background(person_with):
    import numpy as np
    from PIL import Image

    person = person_with(background=True, area="page", put="in-place")
    batch(person, ["a"], "org.styleclipdraw.draw.noprefs")
    (job,) = person.jobs()
    canvas = json.loads((job / "job.json").read_text())["canvas"]
    assert canvas["backdrop"] == "backdrop.png"
    assert not (job / "request.json").exists() and not (job / "backdrop.svg").exists()
    with Image.open(job / "backdrop.png") as picture:
        assert picture.size == (canvas["width"], canvas["height"]) == (448, 299)
        pixels = np.asarray(picture.convert("RGBA"))
    assert (pixels[..., 3] == 255).all()
    # 60 mm are 448 px: the blue rectangle is there, the red path that is refined is not
    assert tuple(pixels[int(10 * 448 / 60), int(45 * 448 / 60)]) == (0, 0, 255, 255)
    assert not ((pixels[..., 0] == 255) & (pixels[..., 1] == 0)).any()
