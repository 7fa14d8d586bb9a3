"""What the judges would miss of a document, and the document that a picture of it is made from."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from styleclipdraw_core import inkscape_export, svg

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="40" height="32">'
)
A_PATH = '<path id="a" d="M0 0h40v32h-40z" fill="#ff0000"/>'

UNSEEN = [
    # Paths are ours.
    (A_PATH, ""),
    ("<text>hello</text>", "1 text"),
    # Nobody sees these.
    ("<text> </text>", ""),
    ('<text style="display:none">hello</text>', ""),
    ('<g opacity="0"><text>hello</text></g>', ""),
    ('<text visibility="hidden">hello</text>', ""),
    ("<defs><text>hello</text></defs>", ""),
    ('<symbol><image href="x.png"/></symbol>', ""),
    # Each kind by its name, and how many.
    ('<image href="x.png"/><text>a</text><text>b</text>', "1 picture and 2 texts"),
    (f'<defs>{A_PATH}</defs><use href="#a"/>', "1 clone"),
    # A mean colour stands for a gradient; nothing does for a pattern.
    ('<pattern id="p"/><rect width="9" height="9" fill="url(#p)"/>', "1 shape with a pattern"),
    ('<rect width="9" height="9" fill="none"/>', ""),
]


@pytest.mark.parametrize(("inside", "words"), UNSEEN)
def test_what_is_no_path_and_visible_is_named(inside: str, words: str) -> None:
    assert svg.read_svg(f"{HEAD}{inside}</svg>").unseen() == words


def test_hidden_paths_are_in_a_group_and_their_clones_are_not() -> None:
    document = svg.read_svg(f'{HEAD}<g>{A_PATH}<rect id="b" width="1" height="1"></rect></g></svg>')
    root = etree.fromstring(document.for_backdrop(["a", "b"], Path("/")))
    for name in ("a", "b"):
        (group,) = root.xpath(f"//*[@id='{name}']/..")
        assert group.get("style") == "display:none" and len(group) == 1
    assert document.for_backdrop([], Path("/")) == f"{HEAD}<g>{A_PATH}".encode() + (
        b'<rect id="b" width="1" height="1"></rect></g></svg>'
    )


def test_a_prefix_is_kept() -> None:
    text = '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:path id="a" d="M0 0h9v9z"/></s:svg>'
    root = etree.fromstring(svg.read_svg(text).for_backdrop(["a"], Path("/")))
    assert root[0].tag == "{http://www.w3.org/2000/svg}g"


LINKS = [
    # Relative ones are found from the document's folder, all others as they are.
    ("x.png", "{folder}/x.png"),
    ("a/x.png", "{folder}/a/x.png"),
    ("/x.png", "/x.png"),
    ("data:image/png;base64,AAAA", "data:image/png;base64,AAAA"),
    ("https://example.org/x.png", "https://example.org/x.png"),
]


@pytest.mark.parametrize(("address", "expected"), LINKS)
@pytest.mark.parametrize("name", ["href", "xlink:href"])
def test_links_are_found_from_anywhere(
    name: str, address: str, expected: str, tmp_path: Path
) -> None:
    document = svg.read_svg(f'{HEAD}<image width="9" {name}="{address}"/></svg>')
    (image,) = etree.fromstring(document.for_backdrop([], tmp_path))
    (found,) = (value for key, value in image.attrib.items() if str(key).endswith("href"))
    assert found.replace("\\", "/") == expected.format(folder=str(tmp_path).replace("\\", "/"))


@pytest.mark.inkscape
def test_inkscape_renders_the_rest(tmp_path: Path) -> None:
    if inkscape_export.inkscape_program() is None:
        pytest.skip("Inkscape is not installed")
    Image.new("RGB", (8, 8), (0, 0, 255)).save(tmp_path / "blue.png")
    document = svg.read_svg(
        f"{HEAD}<style>path {{display:inline!important}}</style>{A_PATH}"
        '<image xlink:href="blue.png" width="20" height="32" preserveAspectRatio="none"/></svg>'
    )
    png = inkscape_export.export_png(document.for_backdrop(["a"], tmp_path), 80, (0.0, 1.0, 0.0))
    assert png is not None
    with Image.open(io.BytesIO(png)) as picture:
        seen = picture.convert("RGB")
    assert seen.size == (80, 64)
    assert seen.getpixel((20, 30)) == (0, 0, 255) and seen.getpixel((60, 30)) == (0, 255, 0)


def test_without_inkscape_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKSCAPE_COMMAND", "no-such-program-anywhere")
    assert inkscape_export.export_png(b"<svg/>", 8, (1.0, 1.0, 1.0)) is None
    monkeypatch.delenv("INKSCAPE_COMMAND")
    monkeypatch.setattr(inkscape_export, "programs", lambda: [])
    assert inkscape_export.export_png(b"<svg/>", 8, (1.0, 1.0, 1.0)) is None
