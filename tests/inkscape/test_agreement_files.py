"""Files that nobody here wrote: our picture of what `read_svg` makes of them beside Inkscape's of
the file itself, and Inkscape's before and after the paths were put back.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path as File

import numpy as np
import pytest
from test_agreement import AGREEMENT_DB, inkscape_pictures, psnr

from styleclipdraw_core.drawing import Drawing, Path, Subpath
from styleclipdraw_core.errors import SvgError
from styleclipdraw_core.render import render
from styleclipdraw_core.svg import read_svg

SUITE = File(__file__).parents[2].parent / "shared" / "svg-suite"
CHAPTERS = ("painting", "shapes", "structure")

pytestmark = [
    pytest.mark.inkscape,
    pytest.mark.skipif(shutil.which("inkscape") is None, reason="Inkscape is not installed"),
    pytest.mark.skipif(not SUITE.is_dir(), reason=f"the resvg test suite is not at {SUITE}"),
]

# What no Drawing holds: such files are for another comparison.
MORE_THAN_PATHS = re.compile(
    rb"<(text|use|image|symbol|marker|foreignObject)\b|url\(|dasharray|marker|clip-path|mask|filter"
    rb"|mix-blend|isolation|paint-order|context-|<!ENTITY"
)
LARGEST_SIDE = 1000  # px; the two or three larger ones only cost time

# Files that Inkscape 1.2 and we show differently, each for a reason. Nothing else may differ.
PERCENT_OPACITY = "fill-opacity in per cent is SVG 2; Inkscape 1.2 takes it for a number"
CSS_COLOURS = "this spelling of a colour is CSS Color 4; Inkscape 1.2 does not know it"
ONE_RADIUS = "SVG 2 takes the other radius; Inkscape 1.2 draws nothing"
LANGUAGE = "depends on the language Inkscape runs in; ours is English"
ODD_POINTS = "an error leaves a polygon open in Inkscape 1.2"
DIFFERENT = {
    "fill-opacity/50percent": PERCENT_OPACITY,
    "fill-opacity/with-opacity": "opacity of fill and stroke together is multiplied into each",
    "fill/#RRGGBBAA": CSS_COLOURS,
    "fill/hsl-120-200percent-25percent": CSS_COLOURS,
    "fill/hsl-999-100percent-25percent": CSS_COLOURS,
    "fill/hsla-with-percentage-s-and-l-values": CSS_COLOURS,
    "fill/rgb-0-127-0-0.5": CSS_COLOURS,
    "fill/rgb-int-int-int": CSS_COLOURS,
    "fill/rgba-0-127-0-0.5": CSS_COLOURS,
    "fill/rgba-0-127-0-1": CSS_COLOURS,
    "fill/rgba-0-127-0-50percent": CSS_COLOURS,
    "fill/rgba-0percent-50percent-0percent-0.5": CSS_COLOURS,
    "fill/uppercase-rgb-color": CSS_COLOURS,
    "opacity/invalid-value-2": "a length is no opacity; Inkscape 1.2 reads its number",
    "stroke/control-points-clamping-1": "Inkscape leaves parts of the strokes out, but not at 8x",
    "stroke-linecap/zero-length-path-with-square": "Inkscape paints no square dots",
    "stroke-miterlimit/value-with-percent": "per cent is no limit; Inkscape 1.2 reads its number",
    "visibility/hidden-on-group": "Inkscape 1.2 shows what a hidden group holds",
    "ellipse/missing-ry-attribute": ONE_RADIUS,
    "ellipse/negative-rx-attribute": ONE_RADIUS,
    "ellipse/percent-values-missing-ry": ONE_RADIUS,
    "line/with-transform": "a stroke that its transform slants is as wide as its mean",
    "polygon/ignore-odd-points": ODD_POINTS,
    "polygon/stop-processing-on-invalid-data": ODD_POINTS,
    "rect/q-values": "the unit Q is CSS Values 3; Inkscape 1.2 does not know it",
    "rect/zero-ry-attribute-resolving": "a radius of zero is one; Inkscape 1.2 takes the other",
    "style/current-color-fill-before-color": "currentColor is looked up where it is used",
    "switch/systemLanguage=en-GB": LANGUAGE,
    "switch/systemLanguage=en": LANGUAGE,
    "switch/systemLanguage=ru-en": LANGUAGE,
    "systemLanguage/en-US": LANGUAGE,
    "systemLanguage/ru-en": LANGUAGE,
}

# Markers stand on a path's own vertices, of which these have more than they draw.
MARKED = {"marker/orient=auto-on-M-L-L-Z-Z-Z", "marker/recursive-4"}


def _nudged(path: Path) -> Path:
    """Moved by so little that nobody sees it, and enough to be written anew."""
    subpaths = [Subpath(np.asarray(s.points) + 0.004, s.closed) for s in path.subpaths]
    return replace(path, subpaths=subpaths)


@pytest.mark.parametrize("chapter", ["painting", "shapes"])
def test_a_page_looks_the_same_with_every_path_written_anew(chapter: str, tmp_path: File) -> None:
    """Gradients, dashes, markers and whatever else we do not draw included."""
    documents, names = {}, {}
    for file in sorted((SUITE / chapter).rglob("*.svg")):
        name = f"{file.parent.name}/{file.stem}"
        document = read_svg(file.read_bytes())
        small = max(document.canvas_size) <= LARGEST_SIDE
        if small and name not in DIFFERENT and name not in MARKED:
            changed = document.replaced([_nudged(path) for path in document.paths_of(None)])
            names[len(names)] = name
            documents[f"{len(names)}-before"] = file.read_text(encoding="utf-8")
            documents[f"{len(names)}-after"] = changed
    pictures = inkscape_pictures(documents, tmp_path)
    agreements = {
        name: psnr(pictures[f"{number}-before"], pictures[f"{number}-after"])
        for number, name in enumerate(names.values(), start=1)
    }
    assert len(agreements) > 50
    assert {n: round(v, 1) for n, v in agreements.items() if v < AGREEMENT_DB} == {}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_our_picture_is_inkscapes(chapter: str, tmp_path: File) -> None:
    documents, pages = {}, {}
    for file in sorted((SUITE / chapter).rglob("*.svg")):
        name = f"{file.parent.name}/{file.stem}"
        source = file.read_bytes()
        if MORE_THAN_PATHS.search(source) or name in DIFFERENT:
            continue
        document = read_svg(source)
        if max(document.canvas_size) <= LARGEST_SIDE:
            pages[str(len(pages))] = (name, document)
            documents[str(len(documents))] = source.decode("utf-8")
    assert len(pages) > 10
    theirs = inkscape_pictures(documents, tmp_path)
    wrong = {}
    for number, (name, document) in pages.items():
        width, height = document.canvas_size
        picture = theirs[number]
        assert picture.shape == (height, width, 4), name
        shown = Drawing.from_paths(document.paths_of(None))
        agreement = psnr(render(shown, width, height)[0].double().numpy(), picture)
        if agreement < AGREEMENT_DB:
            wrong[name] = round(agreement, 1)
    assert not wrong


def test_every_difference_listed_is_one_still(tmp_path: File) -> None:
    """The list is no hiding place, and the comparison can fail."""
    documents, pictures = {}, {}
    for chapter in CHAPTERS:
        for file in sorted((SUITE / chapter).rglob("*.svg")):
            name = f"{file.parent.name}/{file.stem}"
            if name not in DIFFERENT or DIFFERENT[name] is LANGUAGE:
                continue
            try:
                document = read_svg(file.read_bytes())
            except SvgError as error:
                raise AssertionError(name) from error
            shown = Drawing.from_paths(document.paths_of(None))
            documents[str(len(documents))] = file.read_text(encoding="utf-8")
            pictures[name] = render(shown, *document.canvas_size)[0].double().numpy()
    theirs = inkscape_pictures(documents, tmp_path)
    agreements = {
        name: psnr(picture, theirs[str(number)])
        for number, (name, picture) in enumerate(pictures.items())
        if picture.shape == theirs[str(number)].shape
    }
    assert agreements
    assert {name for name, value in agreements.items() if value >= AGREEMENT_DB} == set()
