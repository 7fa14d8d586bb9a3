"""Makes a job of a document, a selection and the options.

Hides which field of job.json comes from where.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import backdrop, pictures
from .canvas import LONGER_SIDE, Canvas, canvas_of, job_path, width_scale
from .clones import View, view_of
from .colours import parse_colour
from .document_mark import fingerprint, mark_of
from .job_folder import JobFolder
from .left_out import sentence_of, warnings_of
from .messages import Refusal, _
from .names import SODIPODI
from .options import NEGATIVE_WEIGHT, Options
from .remembered import Remembered
from .subject import Subject, choose
from .svg_scene import Item, LeftOut, Scene

LARGEST_SEED = 2**63 - 1
MOST_PATHS = 20000
LONGEST_PROMPT = 2000
LONGEST_NAME = 60  # characters of the prompt in a layer's name


class Request(NamedTuple):
    """A job that is ready to be written."""

    body: Dict[str, Any]
    picture: Optional[pictures.Picture]
    warnings: List[Dict[str, str]]
    background: Optional[bytes] = None  # the rest of the document, when the judges are to see it

    def write(self) -> JobFolder:
        """Make a new job of it; with a background it becomes one when that is rendered."""
        folder = JobFolder.create()
        if self.picture is not None:
            folder.add_picture(self.picture.name, self.picture.data)
        if self.background is None:
            folder.write_request(self.body, self.warnings)
        else:
            backdrop.put_aside(folder, self.background, self.body, self.warnings)
        return folder


class Again(NamedTuple):
    """What a request repeats: the job, its picture, and what the document remembers of it."""

    job: str
    picture: Optional[pictures.Picture]
    asked: Remembered


def build(
    root: Any, ids: Sequence[str], options: Options, again: Optional[Again] = None
) -> Request:
    """The request; raises `Refusal` when nothing can be drawn."""
    view = view_of(root, ids)
    scene = Scene(view.root)
    subject = choose(scene, view.ids, options, even_hidden=again is not None)
    picture = _picture(scene, subject, options, again)
    if not options.prompt and picture is None:
        raise Refusal(
            _("There is nothing to draw toward."),
            _("Type a prompt, choose a style picture, or select an image as the style picture."),
        )
    if len(options.prompt) > LONGEST_PROMPT or len(options.negative) > LONGEST_PROMPT:
        raise Refusal(_("The prompt is longer than 2000 characters."), _("Shorten it."))
    area = (again.asked.box if again is not None else None) or subject.area
    side = again.asked.longer_side if again is not None else None
    canvas = canvas_of(area, side or LONGER_SIDE)
    items, paths, left_out = _paths(subject, canvas)
    if not paths and not (subject.grows and options.strokes > 0):
        raise Refusal(
            _("Nothing that can be refined is selected."),
            sentence_of(left_out),
        )
    parts = _Parts(view, scene, subject._replace(area=area, items=items), canvas, paths)
    body = _body(parts, options, again)
    body["document"] = dict(_document(parts, options, again), mark=mark_of(root))
    if picture is not None:
        body["style"] = {"picture": picture.name, "strength": options.strength}
    background = None
    if options.background:
        background = backdrop.without(view.root, items, canvas, scene.root_to_page)
    return Request(body, picture, warnings_of(left_out, items), background)


class _Parts(NamedTuple):
    """What a request is made of."""

    view: View
    scene: Scene
    subject: Subject  # with the items that are drawn on
    canvas: Canvas
    paths: List[Dict[str, Any]]  # of job.json, one for each item


def _body(parts: _Parts, options: Options, again: Optional[Again]) -> Dict[str, Any]:
    """What the optimizer reads."""
    canvas = parts.canvas
    body: Dict[str, Any] = {
        "prompts": [{"text": options.prompt, "weight": 1.0}] if options.prompt else [],
        "negative_prompts": [{"text": options.negative, "weight": NEGATIVE_WEIGHT}]
        if options.negative
        else [],
        "canvas": {
            "width": canvas.width,
            "height": canvas.height,
            "background": _page_colour(parts.view.root),
        },
        "paths": parts.paths,
        "seed": min(LARGEST_SEED, max(0, options.seed)),
        "iterations": options.steps,
        "preset": options.preset,
        "guides": {"clip": options.clip, "style": options.style_judge},
        "device": options.device,
    }
    if parts.subject.grows and options.strokes > 0:
        body["strokes"] = {
            "count": options.strokes,
            "kind": options.kind,
            "region": [0, 0, canvas.width, canvas.height],
        }
    if again is not None:
        for name in ("prompts", "negative_prompts"):  # with the weights that they had
            body[name] = again.asked.prompts(name)
        body["canvas"]["background"] = again.asked.background or body["canvas"]["background"]
    return body


def _document(parts: _Parts, options: Options, again: Optional[Again]) -> Dict[str, Any]:
    """What Insert Result reads; `options` also travels in the document."""
    items, canvas = parts.subject.items, parts.canvas
    to_page = parts.scene.root_to_page
    shapes = {name: [s.attrib["id"] for s in parts.view.shapes(name)] for name in parts.view.shown}
    owners = {shape: name for name, ids in shapes.items() for shape in ids}
    sources = dict.fromkeys(owners.get(item.name, item.name) for item in items)
    clip = [subpath.through(to_page.inverse()).json() for subpath in parts.subject.frame]
    if again is not None:
        clip = again.asked.clip
    return {
        "to_root": list((canvas.from_page @ to_page).inverse()),
        "paths": {i.name: noted(i, canvas, p["moves"]) for i, p in zip(items, parts.paths)},
        "clones": {name: ids for name, ids in shapes.items() if name in sources},
        "put": options.put,
        "group_by_size": options.group_by_size,
        "layer": _layer_name(options),
        "replaces": [again.job] if again is not None else [],
        "options": {
            "put": options.put,
            "area": options.area,
            "background": options.background,
            "group_by_size": options.group_by_size,
            "inside": options.inside,
            "box": list(parts.subject.area),
            "sources": list(sources),
            "clip": clip if options.inside else [],
        },
    }


def _picture(
    scene: Scene,
    subject: Subject,
    options: Options,
    again: Optional[Again],
) -> Optional[pictures.Picture]:
    if again is not None and again.picture is not None:
        return again.picture
    if options.style:
        return pictures.from_file(options.style)
    if subject.picture is not None:
        return pictures.from_address(scene.picture(subject.picture))
    return None


def _paths(
    subject: Subject, canvas: Canvas
) -> Tuple[List[Item], List[Dict[str, Any]], List[LeftOut]]:
    items: List[Item] = []
    paths: List[Dict[str, Any]] = []
    left_out = list(subject.left_out)
    for item in subject.items:
        path = job_path(item, canvas)
        if path is None or len(paths) >= MOST_PATHS:
            left_out.append(LeftOut(item.element, "too far"))
        else:
            items.append(item)
            paths.append(path)
    return items, paths, left_out


def noted(item: Item, canvas: Canvas, moves: Dict[str, bool]) -> Dict[str, Any]:
    """What is needed to put a refined path back (see `insertion.Kept`)."""
    return {
        "to_canvas": list(canvas.from_page @ item.to_page),
        "width_scale": width_scale(item, canvas),
        "opacity": [item.own_opacity, item.opacity_above],
        "fingerprint": fingerprint(item.element),
        "moves": moves,
    }


def _layer_name(options: Options) -> str:
    prompt = options.prompt or _("Style only")
    if len(prompt) > LONGEST_NAME:
        prompt = prompt[: LONGEST_NAME - 1] + "\u2026"
    return _("{prompt} (seed {seed})").format(prompt=prompt, seed=options.seed)


def _page_colour(root: Any) -> List[float]:
    for view in root.iter(SODIPODI + "namedview"):
        colour = parse_colour(view.attrib.get("pagecolor", ""))
        if colour is not None:
            return list(colour)
    return [1.0, 1.0, 1.0]
