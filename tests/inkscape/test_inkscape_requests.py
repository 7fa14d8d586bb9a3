"""Requests in documents, as Inkscape loads and saves them: nothing lost, nothing said about them."""

import os
import subprocess

import pytest

pytestmark = pytest.mark.inkscape

PICTURE = "A" * 1_000_000  # base64 of as large a picture as travels along
WORDS = "a <red> apple & \u201cquotes\u201d \u05d0"


def through_inkscape(source, target, profile):
    """Load, change something, save; what was said on stderr."""
    actions = f"select-all:all;transform-translate:1,1;export-filename:{target};export-do"
    env = dict(os.environ, INKSCAPE_PROFILE_DIR=str(profile), LC_ALL="C.UTF-8")
    for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        env.pop(name, None)
    done = subprocess.run(
        ["inkscape", f"--actions={actions}", str(source)],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert target.exists(), done.stderr
    return done.stderr


def by_the_command_line():
    from styleclipdraw_core.drawing import Drawing, Path, Stroke, Subpath
    from styleclipdraw_core.svg import write_svg

    subpath = Subpath([[1.0, 1.0], [2.0, 3.0], [4.0, 3.0], [5.0, 1.0]], False)
    path = Path([subpath], stroke=Stroke(1.0, (0.0, 0.0, 0.0, 1.0)), id="a")
    record = {"job": {"prompts": [{"text": WORDS}]}, "pictures": {"style.png": PICTURE}}
    drawing = Drawing.from_paths([path])
    return write_svg(drawing, 20, 20, background=(1, 1, 1), metadata=record), record


def by_the_extension():
    from lxml import etree
    from zero_step import JOB, provenance

    root = etree.fromstring(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
        '<path id="a" d="M1 1L9 9"/></svg>'
    )
    record = {"job": {"prompts": [{"text": WORDS}]}, "inkscape": {"put": "copy"}}
    provenance.remember(root, JOB, record, "styleclipdraw-request-1")
    root[-1].set(provenance.JOB, JOB)
    return etree.tostring(root).decode(), record


@pytest.mark.parametrize("made", [by_the_command_line, by_the_extension])
def test_a_request_goes_through_inkscape(inkscape, tmp_path, made):
    from lxml import etree
    from styleclipdraw_inkscape import provenance

    from styleclipdraw_core.svg import read_svg

    text, record = made()
    source, target = tmp_path / "in.svg", tmp_path / "out.svg"
    source.write_text(text, "utf-8")
    assert "unknown type" not in through_inkscape(source, target, tmp_path / "profile")
    assert read_svg(target.read_bytes()).metadata() == record
    root = etree.fromstring(target.read_bytes(), etree.XMLParser(huge_tree=True))
    (path,) = (p for p in root.iter("{*}path") if p.get("id") == "a")
    job = provenance.job_of(path)
    assert job is not None and provenance.find(root, job) == record
    assert path.get("d") != "M1 1L9 9", "it was changed and saved"


def test_inkscape_complains_of_elements_it_does_not_know(inkscape, tmp_path):
    """The check above can fail."""
    source = tmp_path / "in.svg"
    source.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:scd="urn:styleclipdraw:1" width="9">'
        "<metadata><scd:request>{}</scd:request></metadata></svg>"
    )
    said = through_inkscape(source, tmp_path / "out.svg", tmp_path / "profile")
    assert "unknown type: scd:request" in said
