"""The renderer diffvg (Li et al. 2020), where it is installed; hides how a scene is told to it.

For comparing pictures and gradients with the field's own. What it has not, it is not asked for:
strokes are those of a round pen, so butt and square caps and miter and bevel joins are refused.
What it gets wrong stays wrong: cubics with evenly spaced control points on a line lose their body,
a second backward pass doubles the gradient, and more than 256 shapes over one sample end the
process.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from styleclipdraw_core.drawing import Cap, Drawing, FillRule, Join
from styleclipdraw_core.errors import BackendError

SAMPLES = 2  # a side, in every pixel: diffvg's default
SEED = 0


def composite(drawing: Drawing, canvas: Tensor) -> Tensor:
    """Paint a batch of drawings over ``canvas`` [B, H, W, 3 or 4] -> the same shape."""
    diffvg = _module()
    _check(drawing)
    device = torch.device(diffvg.get_device())
    drawing = drawing.with_tensors(
        *(tensor.to(device, torch.float32).contiguous() for tensor in drawing.tensors())
    )
    pictures = [
        _picture(diffvg, _one(drawing, b), page.to(device, torch.float32))
        for b, page in enumerate(canvas.unbind(0))
    ]
    # What is not painted still has a gradient: zero.
    untouched = 0 * sum(tensor.sum() for tensor in drawing.tensors())
    return (torch.stack(pictures) + untouched).to(canvas)


def _module() -> ModuleType:
    try:
        import pydiffvg
    except ImportError:
        raise BackendError(
            "The diffvg renderer needs the package pydiffvg, which is not installed.",
            "Install it from github.com/BachiLi/diffvg, or choose the renderer auto.",
            code="backend.no-diffvg",
        ) from None
    module: ModuleType = pydiffvg
    return module


def _one(drawing: Drawing, which: int) -> Drawing:
    return drawing.with_tensors(*(tensor[which] for tensor in drawing.tensors()))


def _check(drawing: Drawing) -> None:
    """Raise `BackendError` for a path that diffvg would paint with another pen."""
    s = drawing.structure
    for path in range(s.path_count):
        if not s.has_stroke[path]:
            continue
        subpaths = range(s.path_offsets[path], s.path_offsets[path + 1])
        has_ends = any(not s.closed[i] for i in subpaths)
        has_joins = any(
            s.closed[i] or s.segment_offsets[i + 1] - s.segment_offsets[i] > 1 for i in subpaths
        )
        wrong = ""
        if has_ends and s.caps[path] != Cap.ROUND:
            wrong = f"{Cap(s.caps[path]).name.lower()} caps"
        elif has_joins and s.joins[path] != Join.ROUND:
            wrong = f"{Join(s.joins[path]).name.lower()} joins"
        if wrong:
            raise BackendError(
                f"The diffvg renderer cannot paint the {wrong} of {s.name_of(path)}.",
                "Give that path round caps and joins, or choose the renderer auto.",
                code="backend.diffvg-stroke",
            )


def _picture(diffvg: ModuleType, drawing: Drawing, page: Tensor) -> Tensor:
    """One drawing over ``page`` [H, W, 3 or 4] -> the same shape.

    The page is handed over as a background image: without one, diffvg averages straight colours and
    darkens the edges beside empty page. An alpha channel is what black and white pages differ by.
    """
    shapes, groups = _scene(diffvg, drawing)
    if not groups:
        return page
    height, width, channels = page.shape
    scene = diffvg.RenderFunction.serialize_scene(width, height, shapes, groups)

    def over(background: Tensor) -> Tensor:
        """Over opaque [H, W, 3] -> [H, W, 3]."""
        opaque = torch.cat([background, torch.ones_like(background[..., :1])], 2).contiguous()
        picture: Tensor = diffvg.RenderFunction.apply(
            width, height, SAMPLES, SAMPLES, SEED, opaque, *scene
        )
        return picture[..., :3]

    if channels == 3:
        return over(page)
    black = torch.zeros_like(page[..., :3])
    on_black, on_white = over(black), over(black + 1)
    through = (on_white - on_black).mean(2, keepdim=True)
    # `page` is empty where this is called from; composited all the same, premultiplied.
    painted = torch.cat([on_black, 1 - through], 2)
    return painted + through * page


def _scene(diffvg: ModuleType, drawing: Drawing) -> tuple[list[Any], list[Any]]:
    """Shapes and shape groups: a group for each fill, then one for the stroke on top of it."""
    s = drawing.structure
    shapes: list[Any] = []
    groups: list[Any] = []
    for path in range(s.path_count):
        subpaths = range(s.path_offsets[path], s.path_offsets[path + 1])
        for stroked, painted in ((False, s.has_fill[path]), (True, s.has_stroke[path])):
            if not painted or len(subpaths) == 0:
                continue
            first = len(shapes)
            shapes += [_shape(diffvg, drawing, path, i, stroked) for i in subpaths]
            groups.append(
                diffvg.ShapeGroup(
                    shape_ids=torch.arange(first, len(shapes), dtype=torch.int32),
                    fill_color=None if stroked else drawing.fill_colours[path],
                    stroke_color=drawing.stroke_colours[path] if stroked else None,
                    use_even_odd_rule=bool(s.fill_rules[path] == FillRule.EVENODD),
                )
            )
    return shapes, groups


def _shape(diffvg: ModuleType, drawing: Drawing, path: int, subpath: int, stroked: bool) -> Any:
    s = drawing.structure
    begin, end = s.subpath_offsets[subpath : subpath + 2]
    inner = [2] * int(s.segment_offsets[subpath + 1] - s.segment_offsets[subpath])
    closed = bool(s.closed[subpath])
    if not stroked and not closed:
        # A fill closes what is open with a straight line (SVG 2, 13.4); diffvg leaves the gap.
        inner, closed = [*inner, 0], True
    return diffvg.Path(
        num_control_points=torch.tensor(inner, dtype=torch.int32),
        points=drawing.points[begin:end].contiguous(),
        is_closed=closed,
        # diffvg's unit is half the width.
        stroke_width=0.5 * drawing.widths[path] if stroked else drawing.widths.new_zeros(()),
    )
