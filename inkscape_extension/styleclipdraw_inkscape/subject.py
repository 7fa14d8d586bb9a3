"""Decides from a selection what is drawn on: which paths, in which area, after which picture."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

from .canvas import MARGIN, box_of
from .left_out import sentence_of
from .messages import Refusal, _
from .names import local_name
from .options import Options
from .path_data import Pen, Subpath
from .svg_scene import Found, Item, LeftOut, Scene
from .viewports import Box


class Subject(NamedTuple):
    items: List[Item]  # to refine
    area: Box  # pixels of the page
    grows: bool  # new strokes are wanted
    picture: Optional[Any]  # the selected image
    left_out: List[LeftOut]
    frame: Tuple[Subpath, ...] = ()  # what new strokes are to stay inside, pixels of the page


def choose(
    scene: Scene, ids: Sequence[str], options: Options, even_hidden: bool = False
) -> Subject:
    """What the person means by the selection and by "work on"."""
    found = scene.find(ids, even_hidden) if ids else Found([], [])
    images = [left.element for left in found.left_out if left.reason == "image"]
    picture = images[0] if len(images) == 1 and not options.style else None
    left_out = [left for left in found.left_out if left.element is not picture]
    work_on = options.work_on
    if work_on == "auto":
        work_on = _meant(found.items, left_out)
    if work_on == "new":
        area = box_of(found.items)
        frame = _frame(found.items, area) if area is not None else ()
        return Subject([], area or _page(scene), True, picture, [], frame)
    if not found.items:
        raise Refusal(
            _("Nothing that can be refined is selected."),
            sentence_of(left_out) or _("Select paths or shapes, or choose New strokes."),
        )
    area = box_of(found.items, MARGIN)
    if options.area == "page" or area is None:
        area = _page(scene)
    return Subject(found.items, area, work_on == "refine-add", picture, left_out)


def _meant(items: List[Item], left_out: List[LeftOut]) -> str:
    if not items and not left_out:
        return "new"
    if _is_frame(items) and not left_out:
        return "new"
    return "refine"


def _is_frame(items: List[Item]) -> bool:
    return len(items) == 1 and local_name(items[0].element) == "rect"


def _frame(items: List[Item], area: Box) -> Tuple[Subpath, ...]:
    """One rectangle's own shape, turned and rounded as it is; else the box around everything."""
    if _is_frame(items):
        return tuple(subpath.through(items[0].to_page) for subpath in items[0].subpaths)
    x, y, width, height = area
    pen = Pen((x, y))
    for corner in ((x + width, y), (x + width, y + height), (x, y + height)):
        pen.line(corner)
    pen.close()
    return tuple(pen.done)


def _page(scene: Scene) -> Box:
    width, height = scene.page
    return (0.0, 0.0, width, height)
