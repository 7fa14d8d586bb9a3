"""The renderer for GPUs where there is none: interpreted, compiled, and refused in words."""

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
from styleclipdraw_core.render.cuda_tiles import Tiles

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
    assert passed is not None and int(passed[1]) == 13 and "skipped" not in run.stdout


KERNELS = ("measure", "paint", "unpaint", "move_edges", "sum_vertices", "sum_shapes")
CONSTANTS = {"SIZE": 16, "LINES": 4, "LANES": 8, "KEEP": True, "CHANNELS": 4, "BLOCK": 128}
SCALARS = {"first_tile", "first_pair", "across", "down", "width", "height", "count"}
LISTS = {*Tiles._fields, "rules"}


@pytest.mark.skipif(without_triton, reason="the package triton is not installed")
@pytest.mark.filterwarnings("ignore:TRITON_DEFAULT_FP_FUSION")  # it is said at each launch
@pytest.mark.parametrize("name", KERNELS)
def test_the_kernels_compile_to_machine_code(name: str) -> None:
    # For an A100; what the interpreter lets pass, the compiler may not. Needs no GPU.
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from styleclipdraw_core.render import cuda_kernels

    kernel = getattr(cuda_kernels, name)
    signature, constants = {}, {}
    for place, argument in enumerate(kernel.arg_names):
        if argument in CONSTANTS:
            signature[argument] = "constexpr"
            constants[(place,)] = CONSTANTS[argument]
        elif argument in SCALARS:
            signature[argument] = "i32"
        else:
            signature[argument] = "*i32" if argument in LISTS else "*fp32"
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants)
    compiled = triton.compile(source, target=GPUTarget("cuda", 80, 32))
    assert len(compiled.asm["cubin"]) > 1000
    assert compiled.metadata.shared < 40_000


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
