"""`render` and the choice of backend; hides devices, batches and backgrounds from the backends."""

from __future__ import annotations

from functools import lru_cache
from numbers import Integral

import torch
from torch import Tensor

from styleclipdraw_core.drawing import Drawing, all_finite, check_drawing
from styleclipdraw_core.errors import BackendError, DrawingError

BACKENDS = ("reference", "cpu", "cuda", "diffvg")
LARGEST_SIDE = 16384


def render(
    drawing: Drawing,
    width: int,
    height: int,
    background: Tensor | None = None,
    *,
    backend: str = "auto",
) -> Tensor:
    """The drawing's picture, differentiable in points, widths and colours.

    Parameters
    ----------
    drawing: one drawing, or a batch of B of one structure.
    width, height: canvas in px.
    background: opaque RGB in [0, 1]: a colour [3] or a picture [height, width, 3] or
        [B, height, width, 3]. With none the picture has an alpha channel.
    backend: ``auto``, ``reference``, ``cpu``, ``cuda`` or ``diffvg``.

    Returns
    -------
    [B, height, width, 3] in the background's colours; B is 1 for a single drawing. Without a
    background [B, height, width, 4], premultiplied: averaging, scaling and compositing it are right
    as they stand, and its gradient exists where nothing was painted. `straight_alpha` turns it into
    what a PNG holds.

    Raises
    ------
    DrawingError: wrong shapes, NaN or infinity (names the path), a canvas of zero size.
    BackendError: that renderer is not available here.
    """
    _check_canvas(width, height)
    check_drawing(drawing)
    if not drawing.batched:
        drawing = drawing.with_tensors(*(tensor[None] for tensor in drawing.tensors()))
    canvas = _canvas(drawing, width, height, background)  # [B, H, W, 3 or 4]
    name = _auto_backend(drawing.points.device.type) if backend == "auto" else backend
    if name == "reference":
        import styleclipdraw_core.render.reference as reference

        return reference.composite(drawing, canvas)
    if name == "cpu":
        import styleclipdraw_core.render.cpu as cpu

        return cpu.composite(drawing, canvas)
    if name == "cuda":
        import styleclipdraw_core.render.cuda as cuda

        return cuda.composite(drawing, canvas)
    if name == "diffvg":
        import styleclipdraw_core.render.diffvg as diffvg

        return diffvg.composite(drawing, canvas)
    raise BackendError(
        f"There is no renderer called {backend!r}.",
        f"Choose one of auto, {', '.join(BACKENDS)}.",
        code="backend.unknown",
    )


def available_backends() -> dict[str, str]:
    """Each backend's name, with "" when it can be used here and else the reason why not."""
    reasons = {"reference": "", "cpu": "", "cuda": "", "diffvg": ""}
    try:
        import numba  # noqa: F401
    except ImportError:
        reasons["cpu"] = "the package numba is not installed"
    if not torch.cuda.is_available():
        reasons["cuda"] = "no CUDA device"
    else:
        try:
            import triton  # noqa: F401
        except ImportError:
            reasons["cuda"] = "the package triton is not installed"
    try:
        import pydiffvg  # noqa: F401
    except ImportError:
        reasons["diffvg"] = "the package pydiffvg is not installed"
    return reasons


def straight_alpha(picture: Tensor) -> Tensor:
    """[..., 4] premultiplied -> [..., 4] straight, with black where nothing was painted."""
    colour, alpha = picture[..., :3], picture[..., 3:]
    safe = torch.where(alpha > 0, alpha, torch.ones_like(alpha))
    return torch.cat([torch.where(alpha > 0, colour / safe, torch.zeros_like(colour)), alpha], -1)


@lru_cache  # what cannot be imported is looked for anew each time, for longer than a small drawing takes
def _auto_backend(device: str) -> str:
    return device if available_backends().get(device) == "" else "reference"


def _check_canvas(width: int, height: int) -> None:
    whole = isinstance(width, Integral) and isinstance(height, Integral)
    if not (whole and 1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise DrawingError(
            f"A canvas of {width} x {height} pixels cannot be rendered.",
            f"Choose a width and a height that are whole numbers from 1 to {LARGEST_SIDE}.",
            code="drawing.canvas",
        )


def _canvas(drawing: Drawing, width: int, height: int, background: Tensor | None) -> Tensor:
    """What the paths are painted over, [B, height, width, 3 or 4]."""
    points = drawing.points
    batch = points.shape[0]
    if background is None:
        return points.new_zeros(batch, height, width, 4)
    if not isinstance(background, Tensor):
        raise DrawingError(
            f"The background is a {type(background).__name__} and not a tensor.",
            "Give a colour as torch.tensor([red, green, blue]), or a picture.",
            code="drawing.background",
        )
    background = background.to(points)
    shape = tuple(background.shape)
    if shape not in {(3,), (height, width, 3), (batch, height, width, 3)}:
        raise DrawingError(
            f"A background of shape {list(shape)} does not fit a canvas of {height} x {width}.",
            "Give a colour of shape [3] or a picture of shape [height, width, 3].",
            code="drawing.background",
        )
    if not all_finite(background):
        raise DrawingError(
            "The background holds numbers that are not finite.",
            "Give it numbers from 0 to 1.",
            code="drawing.background",
        )
    return background.expand(batch, height, width, 3)
