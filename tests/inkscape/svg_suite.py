"""The zero-step round trip of many SVG files, as Inkscape renders them before and after.

Used by test_svg_suite.py and by make_suite_table.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zero_step
from inkscape_shell import Export, export_all
from lxml import etree
from PIL import Image
from styleclipdraw_inkscape.clones import view_of
from styleclipdraw_inkscape.messages import Refusal
from styleclipdraw_inkscape.svg_scene import Scene

SUITE = Path(__file__).resolve().parents[3] / "shared" / "svg-suite"

# cairo, which draws for Inkscape, has 15 rows of samples in a pixel. An outline that moves by a
# trifle may gain or lose one of them, 17 of 255 levels; a thin stroke has two outlines in a pixel.
# Only very flat arcs need this: all else comes back without any change.
TOLERANCE = 2 * 17  # levels of 255, in any channel of any pixel


@dataclass
class Verdict:
    """What became of one file."""

    name: str
    opened: bool = True
    shapes: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    error: str = ""
    differences: dict[str, int] = field(default_factory=dict)  # largest level difference, by mode


def files(suite: Path = SUITE) -> list[Path]:
    return sorted(suite.rglob("*.svg"))


def run(chosen: list[Path], folder: Path, modes: tuple[str, ...]) -> list[Verdict]:
    """`modes` are ways to put the result back, and "seen": the request's paths alone."""
    names = [f"{index:03}" for index in range(len(chosen))]
    first = []
    for name, path in zip(names, chosen, strict=True):
        source = folder / f"{name}.in.svg"
        source.write_bytes(path.read_bytes())
        first.append(Export(source, folder / f"{name}.svg", folder / f"{name}.before.png"))
    failed = {export.source for export in export_all(first, folder / "profile")}
    verdicts, second = [], []
    for name, path, export in zip(names, chosen, first, strict=True):
        shown = path.relative_to(SUITE) if path.is_relative_to(SUITE) else path.name
        verdict = Verdict(str(shown), opened=export.source not in failed)
        verdicts.append(verdict)
        if verdict.opened:
            second += _trips(verdict, folder, name, modes)
    export_all(second, folder / "profile")
    for name, verdict in zip(names, verdicts, strict=True):
        for mode in modes:
            after = folder / f"{name}.{mode}.png"
            if (folder / f"{name}.{mode}.svg").exists():
                verdict.differences[mode] = difference(folder / f"{name}.before.png", after)
    return verdicts


def _trips(verdict: Verdict, folder: Path, name: str, modes: tuple[str, ...]) -> list[Export]:
    text = (folder / f"{name}.svg").read_bytes()
    root = etree.fromstring(text, etree.XMLParser(huge_tree=True))
    found = Scene(view_of(root, zero_step.drawable_ids(root)).root).find()
    verdict.shapes = len(found.items)
    for left in found.left_out:
        verdict.left_out[left.reason] = verdict.left_out.get(left.reason, 0) + 1
    for item in found.items:
        for kind in item.kept:
            verdict.kept[kind] = verdict.kept.get(kind, 0) + 1
    exports = []
    for mode in modes:
        try:
            if mode == "seen":
                request = zero_step.request_of(root, area="page")
                result = zero_step.as_the_judges_see_it(request.body).encode()
            else:
                result, request = zero_step.trip(text, mode)
        except Refusal as refusal:
            verdict.refused = str(refusal)
            return []
        after = folder / f"{name}.{mode}.svg"
        after.write_bytes(result)
        exports.append(Export(after, folder / f"{name}.{mode}.png"))
    return exports


def difference(before: Path, after: Path) -> int:
    """The largest difference of any channel of any pixel, alpha premultiplied."""
    if not after.exists():
        return 255
    one, other = (_premultiplied(path) for path in (before, after))
    if one.shape != other.shape:
        return 255
    return int(np.abs(one - other).max())


def _premultiplied(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA"), dtype=np.float64)
    alpha = pixels[..., 3:]
    return np.concatenate([pixels[..., :3] * alpha / 255, alpha], axis=-1).round()
