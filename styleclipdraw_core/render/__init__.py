"""One call that turns a `Drawing` into a picture, differentiably; hides which backend does it.

Painting is SVG's (SVG 2, chapter 13): of each path first the fill, then the stroke, straight alpha,
later paths on top. The coverage of a pixel is the exact area of the shape inside it (a box filter),
and a shape is composited with opacity times coverage, as Inkscape and every SVG viewer do.
"""

from styleclipdraw_core.render.api import available_backends, render, straight_alpha

__all__ = ["available_backends", "render", "straight_alpha"]
