"""Makes the modules that run inside Inkscape importable, as Inkscape does: by their folder."""

import sys
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[2] / "inkscape_extension"
for folder in (EXTENSION, Path(__file__).resolve().parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
