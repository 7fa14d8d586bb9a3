"""What diffvg's gradients of strokes differ in from ours: prints a Markdown table, asserts nothing.

    PYTHONPATH=. python tests/benchmarks/diffvg_bias.py FILE.npz ...

FILE is a drawing of strokes as `styleclipdraw bench render` takes them, with diffvg's results beside it
(``FILE_diffvg.npz``). diffvg takes samples along a stroke's edges evenly by the length of the curve in the
middle; the edges are shorter than that on the inside of a bend and longer on the outside. So we weigh
each edge of our outline by how long the curve beside it is, over its own length, and see whether we come
nearer to diffvg's best gradient. Caps, beside which there is no curve, stay as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import torch

from styleclipdraw_core.bench_render import Outcome, agreement, outcome, read_diffvg, read_work
from styleclipdraw_core.render import cpu, raster
from styleclipdraw_core.render.outline import Geometry, Outline
from styleclipdraw_core.render.vertices import vertex_positions

FINER = 6  # rendered so many times as large, too: there hardly a pixel is covered twice
SHORTEST = 1e-6  # px: an edge of no length has no gradient


def centre_over_edge(geometry: Geometry, outline: Outline) -> npt.NDArray[np.float32]:
    """For each vertex: how long the curve beside its edge is, over the edge's own length, [V]."""
    widthless = torch.zeros(len(geometry.widths), dtype=torch.float64)
    centre = vertex_positions(
        outline, geometry, torch.from_numpy(geometry.points).double(), widthless
    )
    beside, edge = (
        np.linalg.norm(at[outline.following] - at, axis=1)
        for at in (centre.numpy(), outline.positions().astype(np.float64))
    )
    cap = (beside < SHORTEST) | (edge < SHORTEST)
    ratio: npt.NDArray[np.float64] = np.where(cap, 1.0, beside / np.maximum(edge, SHORTEST))
    return ratio.astype(np.float32)


def weighed(render: Callable[[], Outcome]) -> Outcome:
    """What ``render`` renders, with the gradients of edges weighed as diffvg does."""
    seen: list[npt.NDArray[np.float32]] = []
    outlines_of, add_up = cpu._outlines, raster.add_up

    def outlines(geometry: Geometry) -> list[Outline]:
        (found,) = outlines_of(geometry)  # of the only thread
        seen.append(centre_over_edge(geometry, found))
        return [found]

    def add_weighed(scene: Any, bands: Any, edge_gradient: Any, *others: Any) -> None:
        add_up(scene, bands, edge_gradient * seen[-1][bands.edge][:, None], *others)

    with patch.object(cpu, "_outlines", outlines), patch.object(raster, "add_up", add_weighed):
        return render()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    torch.set_num_threads(1)
    print("| cosine with diffvg's best gradient | points | widths |\n|---|---:|---:|")
    for file in parser.parse_args().files:
        work, best = read_work(file), read_diffvg(file.with_name(f"{file.stem}_diffvg.npz"))
        for finer in (1, FINER):
            size = f", {finer} times finer" if finer > 1 else ""
            render = partial(outcome, work, "cpu", finer)
            for way, ours in (("as it is", render()), ("as diffvg weighs", weighed(render))):
                found = agreement(ours, best, stroked=True)
                points, widths = found["cosine_points"], found["cosine_widths"]
                print(f"| {file.stem}{size}, {way} | {points:.3f} | {widths:.3f} |")


if __name__ == "__main__":
    main()
