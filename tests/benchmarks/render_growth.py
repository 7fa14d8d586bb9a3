"""How the renderer's cost grows with strokes and canvas: prints a Markdown table, asserts nothing.

OMP_WAIT_POLICY=PASSIVE PYTHONPATH=. python tests/benchmarks/render_growth.py
"""

from __future__ import annotations

from statistics import median

import numpy as np
import torch

from styleclipdraw_core.bench_render import Work, timed
from styleclipdraw_core.drawing import Drawing, Path, Stroke, Subpath
from styleclipdraw_core.render import render

STROKES = (64, 256, 1024, 4096, 8192)
SIDES = (224, 512, 1024, 2048)
RUNS = 5


def random_strokes(count: int, side: int, seed: int = 0) -> Drawing:
    """Open strokes of one or two segments, as CLIPDraw starts them: a tenth of 224 px, 1 to 4 px wide."""
    rng = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        points = 3 * int(rng.integers(1, 3)) + 1
        steps = rng.uniform(-11.2, 11.2, (points, 2))
        steps[0] = rng.uniform(0, side, 2)
        stroke = Stroke(float(rng.uniform(1, 4)), rng.uniform(0, 1, 4))
        paths.append(Path([Subpath(steps.cumsum(0))], stroke))
    return Drawing.from_paths(paths)


def main() -> None:
    """Strokes of one size everywhere, so that a column has the same ink from top to bottom."""
    print(f"Forward and backward, ms, {torch.get_num_threads()} threads, medians of {RUNS} runs.\n")
    print("| canvas | " + " | ".join(f"{count} strokes" for count in STROKES) + " |")
    print("|---|" + "---:|" * len(STROKES))
    for side in SIDES:
        row = [f"{side} x {side}"]
        for count in STROKES:
            weight = torch.randn(side, side, 3, generator=torch.Generator().manual_seed(0))
            work = Work(random_strokes(count, side), weight, True, np.eye(1))
            times = [_once(work) for _ in range(RUNS + 1)][1:]
            row.append(f"{median(times):.1f}")
        print("| " + " | ".join(row) + " |", flush=True)


def _once(work: Work) -> float:
    tensors = [tensor.detach().clone().requires_grad_() for tensor in work.drawing.tensors()]
    drawing, white = work.drawing.with_tensors(*tensors), torch.ones(3)
    return timed(
        lambda: torch.autograd.backward(render(drawing, *work.size, white)[0], work.weight)
    )


if __name__ == "__main__":
    main()
