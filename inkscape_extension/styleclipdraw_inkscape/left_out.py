"""Words for what is not drawn on, or stays as it is, each with the way out."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

from .messages import _
from .names import LABEL
from .svg_scene import Item, LeftOut

MOST_NAMES = 6


def _reasons() -> Dict[str, Tuple[str, str]]:
    """Why something was left out, and the way out."""
    return {
        "clone": (
            _("{names}: a clone of something that cannot be refined."),
            _("Choose Edit > Clone > Unlink Clone (Shift+Alt+D) first."),
        ),
        "text": (
            _("{names}: text."),
            _("Choose Path > Object to Path (Shift+Ctrl+C) first: its letters become paths."),
        ),
        "image": (_("{names}: a picture."), _("Select just one, as the style picture.")),
        "locked": (
            _("{names}: locked."),
            _("Unlock it or its layer (Object > Layers and Objects)."),
        ),
        "hidden": (_("{names}: hidden."), _("Show it first.")),
        "unpainted": (_("{names}: nothing to be seen."), _("Give it a fill or a stroke first.")),
        "effect on group": (
            _("{names}: shaped by its group."),
            _("Choose Path > Object to Path (Shift+Ctrl+C) first."),
        ),
        "switch": (_("{names}: shown in some languages only."), _("Ungroup its switch first.")),
        "too far": (_("{names}: too far outside, or too large."), _("Move it nearer first.")),
        "unknown": (_("{names}: not a shape."), _("Select paths or shapes.")),
    }


def _kept() -> Dict[str, Tuple[str, str]]:
    """What stays as it is, and what that means."""
    shape = _("Only the shape is refined.")
    unseen = _("The judges do not see it.")
    return {
        "gradient": (_("{names}: the gradient stays as it is."), shape),
        "pattern": (_("{names}: the pattern stays as it is."), shape),
        "context paint": (_("{names}: the paint stays as it is."), shape),
        "filter": (_("{names}: the filter stays."), unseen),
        "mask": (_("{names}: the mask stays."), unseen),
        "clip": (_("{names}: the clip stays."), unseen),
        "marker": (_("{names}: the markers stay."), _("The judges do not see them.")),
        "dashes": (_("{names}: the dashes stay."), _("The judges see a full line.")),
        "effect": (_("{names}: a path effect."), _("The result comes as a copy without it.")),
    }


def name_of(element: object) -> str:
    """What the person knows an element by."""
    attributes = element.attrib  # type: ignore[attr-defined]
    return str(attributes.get(LABEL) or attributes.get("id") or "?")


def sentence_of(left_out: Sequence[LeftOut]) -> str:
    """All reasons in one text, the most frequent first."""
    warnings = warnings_of(left_out, [])
    return " ".join(part for w in warnings for part in (w["sentence"], w["next_step"]))


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
            "sentence": texts[key][0].format(names=_list(who)),
            "next_step": texts[key][1],
        }
        for key, who in sorted(names.items(), key=lambda pair: -len(pair[1]))
    ]


def _list(names: List[str]) -> str:
    unique = list(dict.fromkeys(names))
    shown = ", ".join(unique[:MOST_NAMES])
    more = len(unique) - MOST_NAMES
    return shown if more <= 0 else _("{names} and {count} more").format(names=shown, count=more)
