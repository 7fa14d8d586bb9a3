"""Where the tests of the command line work: an empty folder, fake judges, nobody's data, no Inkscape."""

import os
import xml.etree.ElementTree as ET

import fake_judges
from PIL import Image

from styleclipdraw_core import cli, cli_document

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


def enter(tmp_path, monkeypatch):
    """Make that place, and go there."""
    fake_judges.install(monkeypatch.setattr)
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cli_document, "inkscape_program", lambda: None)
    monkeypatch.setattr(cli_document, "export_png", lambda *_: None)
    place = tmp_path / "work"
    os.mkdir(place)
    monkeypatch.chdir(place)
    return place


def draw(*arguments, out="apple.svg"):
    return cli.main(["draw", *arguments, "--out", out, "--quiet"])


def paths_in(name):
    return ET.parse(name).getroot().findall(f".//{SVG}path")


def picture(name, colour=(200, 40, 40), size=(30, 20)):
    Image.new("RGB", size, colour).save(name)
