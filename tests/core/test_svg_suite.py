"""Hundreds of SVG files that nobody here wrote: read, put back, moved, read again."""

from dataclasses import replace
from pathlib import Path as File

import numpy as np
import pytest

from styleclipdraw_core.drawing import Drawing, Path, Subpath
from styleclipdraw_core.errors import SvgError
from styleclipdraw_core.svg import read_svg
from styleclipdraw_core.svg_source import normalise

SUITE = File(__file__).parents[2].parent / "shared" / "svg-suite"
CHAPTERS = ("masking", "paint-servers", "painting", "shapes", "structure", "text")

# Refused by rule and not by accident.
REFUSED = {"elements-via-ENTITY-reference-2.svg": "svg.entities"}

# Coordinates go into the file with nine digits.
ROUNDING = 1e-4


def moved(path: Path) -> Path:
    return replace(
        path, subpaths=[Subpath(np.asarray(s.points) + 0.5, s.closed) for s in path.subpaths]
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_file_crashes_or_changes(chapter: str) -> None:
    if not SUITE.is_dir():
        pytest.skip(f"the resvg test suite is not at {SUITE}")
    files = sorted((SUITE / chapter).rglob("*.svg"))
    assert files
    drawable = 0
    for file in files:
        source = file.read_bytes()
        try:
            document = read_svg(source)
        except SvgError as error:
            assert REFUSED.get(file.name) == error.code, file
            continue
        unchanged = normalise(source).decode("utf-8")
        paths = document.paths_of(None)
        drawable += bool(paths)
        assert document.replaced(Drawing.from_paths(paths).to_paths()) == unchanged, file
        wanted = [moved(path) for path in paths]
        changed = document.replaced(wanted)
        assert (changed != unchanged) == bool(paths), file
        found = read_svg(changed).paths_of([path.id for path in paths])
        assert len(found) == len(paths), file
        for ours, theirs in zip(found, wanted, strict=True):
            assert (ours.stroke, ours.fill) == (theirs.stroke, theirs.fill), (file, ours.id)
            assert [s.closed for s in ours.subpaths] == [s.closed for s in theirs.subpaths]
            for a, b in zip(ours.subpaths, theirs.subpaths, strict=True):
                assert np.allclose(a.points, b.points, atol=ROUNDING), (file, ours.id)
    assert drawable > 0.95 * len(files)
