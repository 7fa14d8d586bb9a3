"""Lets the tests on a GPU use what the core's tests are made of."""

import sys
from pathlib import Path

CORE = str(Path(__file__).parents[1] / "core")
if CORE not in sys.path:
    sys.path.insert(0, CORE)
