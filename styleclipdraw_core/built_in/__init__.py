"""A small CLIP of the project's own, so that the first drawing needs no download.

``load()`` gives the model; what it was trained on, by whom and under which licences is in
SOURCES.md beside this file. Importing this package loads neither torch nor weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from styleclipdraw_core.built_in.words import UnknownWord

if TYPE_CHECKING:
    import torch

    from styleclipdraw_core.built_in.clip import BuiltInClip

__all__ = ["BuiltInClip", "UnknownWord", "load", "warning"]


def __getattr__(name: str) -> object:
    if name in ("BuiltInClip", "warning"):
        from styleclipdraw_core.built_in import clip

        return getattr(clip, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(device: torch.device | str = "cpu") -> BuiltInClip:
    """The model that comes with the package, ready to use."""
    from styleclipdraw_core.built_in.clip import load as load_model

    return load_model(device)
