"""Times 2048 open curves at 2040 x 1344 on a GPU, forward and backward.

Run as ``PYTHONPATH=. python tests/benchmarks/render_on_gpu.py``. The best published is 4.5 + 4.7 ms on an
RTX 4090 (diffvg 141 + 701).
"""

from __future__ import annotations

import statistics
import sys
import time

import torch

from styleclipdraw_core.drawing import Cap, Drawing, Join, Path, Stroke, Subpath
from styleclipdraw_core.render import available_backends, render

CURVES, WIDTH, HEIGHT = 2048, 2040, 1344
WARM_UP, RUNS = 5, 15


def drawing(device: torch.device) -> Drawing:
    """Curves of three segments with control points up to 120 px apart, 1 to 9 px wide."""
    generator = torch.Generator().manual_seed(0)
    paths = []
    for _ in range(CURVES):
        start = torch.rand(2, generator=generator) * torch.tensor([WIDTH, HEIGHT])
        steps = (torch.rand(9, 2, generator=generator) - 0.5) * 120
        points = torch.cat([start[None], start + steps.cumsum(0)])
        colour = tuple(torch.rand(4, generator=generator).tolist())
        width = 1 + 8 * float(torch.rand((), generator=generator))
        paths.append(Path([Subpath(points)], Stroke(width, colour, Cap.ROUND, Join.ROUND)))  # type: ignore[arg-type]
    return Drawing.from_paths(paths, device=device)


def main() -> int:
    reason = available_backends()["cuda"]
    if reason:
        print(f"Nothing was measured: {reason}. It needs an NVIDIA GPU and triton.")
        return 1
    device = torch.device("cuda")
    curves = drawing(device)
    weight = torch.randn(1, HEIGHT, WIDTH, 3, device=device)
    white = torch.ones(3, device=device)
    forward, backward = [], []
    for run in range(WARM_UP + RUNS):
        tensors = [tensor.detach().clone().requires_grad_() for tensor in curves.tensors()]
        torch.cuda.synchronize()
        start = time.perf_counter()
        picture = render(curves.with_tensors(*tensors), WIDTH, HEIGHT, white, backend="cuda")
        torch.cuda.synchronize()
        middle = time.perf_counter()
        torch.autograd.backward(picture, weight)
        torch.cuda.synchronize()
        if run >= WARM_UP:
            forward.append(1e3 * (middle - start))
            backward.append(1e3 * (time.perf_counter() - middle))
    print(torch.cuda.get_device_name(device))
    print(
        f"forward {statistics.median(forward):.2f} ms, backward {statistics.median(backward):.2f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
