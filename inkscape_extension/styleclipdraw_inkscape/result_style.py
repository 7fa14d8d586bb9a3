"""A result's fill and stroke as CSS declarations; hides how colours and opacities are written."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .colours import format_colour
from .path_data import format_number
from .result_reader import Fill, Stroke


def fill_style(fill: Optional[Fill]) -> Dict[str, str]:
    if fill is None:
        return {"fill": "none"}
    return dict(paint_style("fill", fill.colour, 1.0), **{"fill-rule": fill.rule})


def stroke_style(stroke: Optional[Stroke], expansion: float) -> Dict[str, str]:
    if stroke is None:
        return {"stroke": "none"}
    return dict(
        paint_style("stroke", stroke.colour, 1.0),
        **{
            "stroke-width": "{:.9g}".format(stroke.width * expansion),
            "stroke-linecap": stroke.cap,
            "stroke-linejoin": stroke.join,
            "stroke-miterlimit": "{:.6g}".format(stroke.miter_limit),
        },
    )


def paint_style(name: str, colour: Any, seen: float) -> Dict[str, str]:
    """`seen` is the share of alpha that opacities other than the paint's own already take."""
    return {name: format_colour(colour), name + "-opacity": opacity_text(colour[3] / seen)}


def opacity_text(value: float) -> str:
    return format_number(min(1.0, max(0.0, value)), 6)
