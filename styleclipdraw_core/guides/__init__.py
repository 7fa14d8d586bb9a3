"""The judges: each turns pictures into one number to be made smaller, and knows nothing of strokes.

Hides the models behind them. `load_clip` and `load_style_tower` find the models, `clip_guide`,
`sketch_guide` and `style_guide` make judges of them for one request, with everything that does not
depend on the drawing computed once.
"""

from styleclipdraw_core.guides.clip import clip_guide
from styleclipdraw_core.guides.guide import Guide
from styleclipdraw_core.guides.models import ImageTextModel, load_clip
from styleclipdraw_core.guides.sketch import sketch_guide
from styleclipdraw_core.guides.style import style_guide
from styleclipdraw_core.guides.towers import StyleTower, load_style_tower

__all__ = [
    "Guide",
    "ImageTextModel",
    "StyleTower",
    "clip_guide",
    "load_clip",
    "load_style_tower",
    "sketch_guide",
    "style_guide",
]
