"""A finished drawing without the strokes that nobody would miss.

The loop leaves some that are nearly the page's colour, nearly transparent, hidden by others or
beside the page: in an editor they are litter.
"""

from __future__ import annotations

import torch

from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.render import render
from styleclipdraw_core.sketch import page_behind
from styleclipdraw_core.strokes import is_new

EDGE = 224  # px of the longer side at which ink is measured
MOST = 100_000  # paths rendered in all: of many only those with the least paint are looked at


@torch.no_grad()
def tidied(
    drawing: Drawing, canvas: tuple[int, int], page: torch.Tensor, least_ink: float, renderer: str
) -> Drawing:
    """The drawing without the new paths that change its picture by less than `least_ink`.

    Parameters
    ----------
    canvas: width and height, px.
    page: colour [3] or picture [H, W, 3].
    least_ink: area times change of colour (the largest channel's, 0 to 1), in px of a canvas whose
        longer side has `EDGE` of them.
    """
    new = [row for row, fresh in enumerate(is_new(drawing)) if fresh]
    if least_ink <= 0 or not new:
        return drawing
    scale = EDGE / max(canvas)
    width, height = (max(1, round(side * scale)) for side in canvas)
    behind = page_behind(page, (height, width)).permute(1, 2, 0) if page.dim() == 3 else page
    small = drawing.with_tensors(drawing.points * scale, drawing.widths * scale)
    strokes, fills = drawing.stroke_colours.clone(), drawing.fill_colours.clone()

    def picture() -> torch.Tensor:
        shown = small.with_tensors(small.points, small.widths, strokes, fills)
        return render(shown, width, height, behind, backend=renderer)[0]  # [h, w, 3]

    paint = torch.maximum(drawing.widths * strokes[:, 3], fills[:, 3])
    now, dropped = picture(), set()
    for row in sorted(new, key=lambda row: float(paint[row]))[: MOST // drawing.path_count]:
        kept = strokes[row, 3].clone(), fills[row, 3].clone()
        strokes[row, 3] = fills[row, 3] = 0.0
        without = picture()
        if float((without - now).abs().amax(2).sum()) < least_ink:
            dropped.add(row)
            now = without
        else:
            strokes[row, 3], fills[row, 3] = kept
    if not dropped or len(dropped) == drawing.path_count:
        return drawing
    paths = [path for row, path in enumerate(drawing.to_paths()) if row not in dropped]
    return Drawing.from_paths(paths, dtype=drawing.points.dtype, device=drawing.points.device)
