"""Draws with Bezier paths by optimisation: words and a style picture in, editable SVG out."""

__version__ = "0.1.0"
