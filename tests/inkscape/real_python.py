"""Stands in for an installed environment's Python: `-I -m module ...`, with this checkout."""

import os
import runpy
import sys
from pathlib import Path

wrapper, flag, dash_m, module, *arguments = sys.argv[1:]
assert (flag, dash_m) == ("-I", "-m"), sys.argv
sys.executable = wrapper  # the window starts the optimizer with it
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
if module.endswith(".worker"):
    # It is not to outlive the tests.
    arguments += ["--idle", os.environ.get("STYLECLIPDRAW_TEST_IDLE", "5")]
sys.argv = [module, *arguments]
runpy.run_module(module, run_name="__main__", alter_sys=True)
