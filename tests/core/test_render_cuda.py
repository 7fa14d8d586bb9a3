"""The renderer for GPUs, in triton's interpreter where there is none; and what it says without one."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from styleclipdraw_core.drawing import Drawing
from styleclipdraw_core.errors import BackendError
from styleclipdraw_core.render import render

without_triton = importlib.util.find_spec("triton") is None
ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(without_triton, reason="the package triton is not installed")
def test_the_kernels_agree_with_the_reference_in_the_interpreter() -> None:
    program = Path(__file__).with_name("cuda_in_interpreter.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(program)],
        env={**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None and int(passed[1]) >= 25 and "skipped" not in run.stdout


@pytest.mark.skipif(without_triton, reason="the package triton is not installed")
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so() -> None:
    with pytest.raises(BackendError) as caught:
        render(Drawing.from_paths([]), 4, 4, backend="cuda")
    assert "GPU" in str(caught.value) and "cpu" in caught.value.next_step


def test_without_triton_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "triton", None)
    with pytest.raises(BackendError) as caught:
        render(Drawing.from_paths([]), 4, 4, backend="cuda")
    assert "triton" in str(caught.value)
