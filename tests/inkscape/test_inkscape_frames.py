"""Strokes drawn in a frame, as Inkscape shows them: nothing outside it, and the clip can be released."""

import pytest

pytestmark = pytest.mark.inkscape

# turned, in millimetres, inside a scaled group
PAGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" id="page" width="60mm" height="40mm"'
    ' viewBox="0 0 60 40"><g transform="translate(2,1) scale(1.2)">{}</g></svg>'
)
FRAME = '<rect id="f" x="10" y="5" width="20" height="15" transform="rotate(15)" style="fill:{}"/>'
STROKE = {
    "id": "n",
    "from": None,
    "subpaths": [{"points": [[-900, 100], [100, 50], [200, 300], [1300, 200]]}],
    "stroke": {"width": 40, "colour": [1, 0, 0, 1]},
}


def drawn(inside):
    from lxml import etree
    from zero_step import put_back, request_of

    root = etree.fromstring(PAGE.format(FRAME.format("none;stroke:none;fill:white")))
    request = request_of(root, ["f"], work_on="new", strokes=1, inside=inside)
    put_back(root, request.body, {"paths": [STROKE]})
    return etree.tostring(root)


def coloured(path):
    """Where something red shows."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA")).astype(int)
    return (pixels[..., 3] > 0) & (pixels[..., 1] < 250)


def exported(tmp_path, documents):
    from inkscape_shell import Export, export_all

    exports = []
    for name, text in documents.items():
        source = tmp_path / f"{name}.svg"
        source.write_bytes(text)
        exports.append(Export(source, tmp_path / f"{name}.png"))
    assert export_all(exports, tmp_path / "profile") == []
    return {name: coloured(tmp_path / f"{name}.png") for name in documents}


def test_nothing_shows_outside_the_frame(inkscape, tmp_path):
    frame = PAGE.format(FRAME.format("black")).encode()
    shown = exported(tmp_path, {"frame": frame, "clipped": drawn(True), "free": drawn(False)})
    inside = shown["frame"]
    assert shown["clipped"].any() and not (shown["clipped"] & ~inside).any()
    # without the clip it spills, and inside the frame both are the same
    spilled = shown["free"] & ~inside
    assert spilled.sum() > 0.2 * shown["free"].sum()


def test_the_clip_can_be_released(inkscape, tmp_path):
    """As a person does: a click on a stroke selects the clipped group, then Release Clip."""
    from inkscape_shell import Export, export_all
    from lxml import etree

    source, target = tmp_path / "in.svg", tmp_path / "out.svg"
    source.write_bytes(drawn(True))
    root = etree.fromstring(source.read_bytes())
    (group,) = (g for g in root.iter("{*}g") if "clip-path" in g.attrib)
    export = Export(source, target)
    release = f"file-open:{source};select-by-id:{group.get('id')};object-release-clip"
    export.line = lambda: f"{release};export-filename:{target};export-do;file-close\n"
    assert export_all([export], tmp_path / "profile") == []
    after = etree.fromstring(target.read_bytes())
    assert {g.get("clip-path", "none") for g in after.iter("{*}g")} == {"none"}
    released = [p for p in after.iter("{*}path") if "frame" in p.get("id", "")]
    assert len(released) == 1 and released[0].getparent().tag.endswith("}g")
