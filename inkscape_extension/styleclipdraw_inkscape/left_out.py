"""Words for what is not drawn on, or stays as it is, each with the way out."""

from __future__ import annotations

from typing import Dict, List, Sequence

from .messages import _
from .names import LABEL
from .svg_scene import Item, LeftOut

MOST_NAMES = 6


def _reasons() -> Dict[str, str]:
    return {
        "clone": _("{names} is a clone: choose Edit > Clone > Unlink Clone first."),
        "text": _("{names} is text: choose Path > Object to Path first."),
        "image": _("{names} is a picture: select only one to use it as the style picture."),
        "locked": _("{names} is locked: unlock it, or its layer, in Object > Objects and Layers."),
        "hidden": _("{names} is hidden: show it first."),
        "unpainted": _("{names} shows nothing: give it a fill or a stroke first."),
        "effect on group": _("{names} is shaped by its group: choose Path > Object to Path first."),
        "switch": _("{names} is shown in some languages only: ungroup its switch first."),
        "too far": _("{names} is too far outside the area, or too large: move it nearer first."),
        "unknown": _("{names} is not a shape: select paths or shapes."),
    }


def _kept() -> Dict[str, str]:
    return {
        "gradient": _("{names}: the gradient stays as it is; only the shape is refined."),
        "pattern": _("{names}: the pattern stays as it is; only the shape is refined."),
        "context paint": _("{names}: the paint stays as it is; only the shape is refined."),
        "filter": _("{names}: the filter stays, and the judges do not see it."),
        "mask": _("{names}: the mask stays, and the judges do not see it."),
        "clip": _("{names}: the clip stays, and the judges do not see it."),
        "marker": _("{names}: the markers stay, and the judges do not see them."),
        "dashes": _("{names}: the dashes stay, and the judges see a full line."),
        "effect": _("{names} has a path effect: the result comes as a copy without it."),
    }


def name_of(element: object) -> str:
    """What the person knows an element by."""
    attributes = element.attrib  # type: ignore[attr-defined]
    return str(attributes.get(LABEL) or attributes.get("id") or "?")


def sentence_of(left_out: Sequence[LeftOut]) -> str:
    """All reasons in one text, the most frequent first."""
    return " ".join(warning["sentence"] for warning in warnings_of(left_out, []))


def warnings_of(left_out: Sequence[LeftOut], items: Sequence[Item]) -> List[Dict[str, str]]:
    """Events for the window: what was not taken, and what is kept of what was."""
    names: Dict[str, List[str]] = {}
    for left in left_out:
        names.setdefault("left-out " + left.reason, []).append(name_of(left.element))
    for item in items:
        for kind in item.kept + (["effect"] if item.has_path_effect else []):
            names.setdefault("kept " + kind, []).append(name_of(item.element))
    texts = {"left-out " + reason: text for reason, text in _reasons().items()}
    texts.update({"kept " + kind: text for kind, text in _kept().items()})
    return [
        {
            "code": "inkscape." + key.replace(" ", "-"),
            "sentence": texts[key].format(names=_list(who)),
            "next_step": "",
        }
        for key, who in sorted(names.items(), key=lambda pair: -len(pair[1]))
    ]


def _list(names: List[str]) -> str:
    unique = list(dict.fromkeys(names))
    shown = ", ".join(unique[:MOST_NAMES])
    more = len(unique) - MOST_NAMES
    return shown if more <= 0 else _("{names} and {count} more").format(names=shown, count=more)
