"""Style pictures that come with the project, all of our own making; `paint` makes them anew."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("brush-strokes", "ink-hatching", "cut-paper", "dusk-dots")


def picture_file(name: str) -> Path:
    """Where the picture of that name lies."""
    return FOLDER / f"{name}.png"
