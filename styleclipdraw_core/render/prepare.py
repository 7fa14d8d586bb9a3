"""Compiles the renderer once, after installing, so that the first drawing need not wait for it.

Where that has not happened, or the renderer is a newer one, the first drawing does it and says so.

Run as ``python -I -m styleclipdraw_core.render.prepare``; what was compiled stays on the disk.
"""

from __future__ import annotations

import torch

from styleclipdraw_core.drawing import Drawing, Fill, Path, Stroke, Subpath
from styleclipdraw_core.render import render


def needed(backend: str, device: torch.device) -> bool:
    """Whether the first picture will wait for the compiler, for up to a minute."""
    if device.type != "cpu" or backend not in ("auto", "cpu"):
        return False
    try:
        from styleclipdraw_core.render.compiled import is_prepared
    except ImportError:  # no numba: another backend
        return False
    return not is_prepared()


def main() -> None:
    """Forward and backward of one path with everything on it."""
    loop = Subpath([[2, 2], [14, 2], [2, 14], [14, 14], [9, 9], [5, 12]], closed=True)
    path = Path([loop], Stroke(2.0), Fill((1.0, 0.0, 0.0, 0.5)))
    drawing = Drawing.from_paths([path])
    for tensor in drawing.tensors():
        tensor.requires_grad_()
    torch.autograd.backward(render(drawing, 16, 16, torch.ones(3)).sum())


if __name__ == "__main__":
    main()
