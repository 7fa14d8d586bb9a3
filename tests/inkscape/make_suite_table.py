"""Writes docs/svg-suite.md: what becomes of every file of the SVG suite, with this Inkscape.

python tests/inkscape/make_suite_table.py
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "extension", HERE.parents[1] / "inkscape_extension"):
    sys.path.insert(0, str(folder))

import svg_suite  # noqa: E402
from inkscape_shell import version  # noqa: E402
from svg_suite import TOLERANCE, Verdict  # noqa: E402

TABLE = HERE.parents[1] / "docs" / "svg-suite.md"
MODES = ("in-place", "copy")

REASONS = {
    "clone": "a clone of nothing, of an svg element, with paint of its own (context-fill), or by a"
    " plain href",
    "text": "text; Object to Path first",
    "image": "a picture, not a shape (one alone is the style picture)",
    "hidden": "hidden",
    "unpainted": "shows nothing: no paint, no size, or broken",
    "switch": "shown in some languages only",
    "effect on group": "in a group with a path effect",
    "unknown": "not a shape (tref, foreignObject ...)",
    "locked": "locked",
}

HEAD = """# The SVG suite, there and back

{files} files of the [resvg test suite](https://github.com/linebender/resvg) (commit 08c79a3,
Apache-2.0 OR MIT; every second file of its shapes, structure, painting, masking, paint-servers
and text tests) through the extension: opened by Inkscape {version}, every shape selected, sent to
an optimizer that takes zero steps, and put back, once in place and once as copies above hidden
originals. Inkscape draws the page before and after at 96 dpi; the figure is the largest
difference of any channel of any pixel, in levels of 255. Made by `python
tests/inkscape/make_suite_table.py`; every third file is compared in the tests.

| | files |
|---|---|
{summary}

The tolerance is {tolerance} levels: cairo, which draws for Inkscape, has 15 rows of samples in a
pixel. An outline that moves by a trifle may gain or lose one of them (17 levels), and a thin
stroke has two outlines in a pixel. Only very flat elliptical arcs need it, which Inkscape and we
turn into cubics at slightly different places.

Every path is written back in full, even though nothing has changed: points, stroke width, colours
and opacities. A shape becomes a path, and a clone a copy of its original.

## What is not taken

{left_out}

What is selected together with others is left out by name, and the rest is refined; nothing else
selected, the extension says so and does nothing.

## What stays as it is while the shape is refined

{kept}

## Every file

`shapes` is how many were sent there and back. A dash: nothing in it can be refined.

| file | shapes | in place | copy | left out | stays |
|---|---|---|---|---|---|
{rows}
"""


def main() -> int:
    files = svg_suite.files()
    if not files:
        print("The SVG suite is not beside the repository (../shared/svg-suite).", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        verdicts = svg_suite.run(files, Path(folder), MODES)
    TABLE.write_text(page(verdicts), encoding="utf-8")
    print(summary(verdicts))
    return 0


def page(verdicts: list[Verdict]) -> str:
    left_out, kept = Counter[str](), Counter[str]()
    for verdict in verdicts:
        left_out.update(verdict.left_out)
        kept.update(verdict.kept)
    reasons = [f"- {count} x {REASONS[name]}" for name, count in left_out.most_common()]
    return HEAD.format(
        files=len(verdicts),
        version=version(),
        summary=summary(verdicts),
        tolerance=TOLERANCE,
        left_out="\n".join(reasons),
        kept="\n".join(f"- {count} x {name}" for name, count in kept.most_common()),
        rows="\n".join(map(row, verdicts)),
    )


def summary(verdicts: list[Verdict]) -> str:
    worst = [max(v.differences.values()) for v in verdicts if v.differences]
    rows = {
        "all": len(verdicts),
        "Inkscape crashes when it opens it": sum(not v.opened for v in verdicts),
        "nothing in it can be refined (see below)": sum(bool(v.refused) for v in verdicts),
        "there and back": len(worst),
        "... with not one level of difference": sum(w == 0 for w in worst),
        "... within the tolerance": sum(0 < w <= TOLERANCE for w in worst),
        "... beyond the tolerance": sum(w > TOLERANCE for w in worst),
    }
    return "\n".join(f"| {name} | {count} |" for name, count in rows.items())


def row(verdict: Verdict) -> str:
    if not verdict.opened:
        return f"| {verdict.name} | Inkscape crashes | | | | |"
    figures = [str(verdict.differences.get(mode, "-")) for mode in MODES]
    cells = [verdict.name.replace("|", "\\|"), str(verdict.shapes), *figures]
    cells += [_list(verdict.left_out) or verdict.refused, _list(verdict.kept)]
    return "| " + " | ".join(cells) + " |"


def _list(counted: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))


if __name__ == "__main__":
    sys.exit(main())
