"""``styleclipdraw bench render``: how fast and how right the renderer is, on drawings in .npz files.

A file holds ``points`` [C, 2] px, ``point_offsets`` [P + 1], ``ncp`` [segments] (inner control points of
each segment: 0 a line, 1 quadratic, 2 cubic), ``seg_offsets`` [P + 1], ``widths`` [P] px, ``rgba`` [P, 4]
straight, ``canvas`` (w, h), ``kind`` stroke or fill, ``closed``, and ``weight`` [h, w, 3]: the loss is the
sum of picture times weight. Strokes have round caps and joins, the page is white. Beside ``X.npz`` there
may be ``X_diffvg.npz`` with diffvg's picture and gradients, which ours are then held against.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from styleclipdraw_core.drawing import Drawing, Fill, Path, Stroke, Subpath
from styleclipdraw_core.errors import InputError
from styleclipdraw_core.named_file import read_named_file
from styleclipdraw_core.render import render

Array = npt.NDArray[Any]
RUNS = 15
LARGEST_FILE = 1 << 30  # bytes
WARM_UP = 3
# How much finer the picture is that we hold our own against with ``finer``.
FINER = 12


@dataclass(frozen=True)
class Work:
    """One file: what to draw and the loss that is taken of it."""

    drawing: Drawing
    weight: Tensor  # [h, w, 3]
    stroked: bool
    elevation: Array  # [control points of cubics, those of the file]: how they follow them

    @property
    def size(self) -> tuple[int, int]:
        """Canvas width and height in px."""
        return self.weight.shape[1], self.weight.shape[0]


@dataclass(frozen=True)
class Outcome:
    """A picture and the loss's gradients, in the terms of the file."""

    picture: Array  # [h, w, 3]
    points: Array  # [C, 2]
    widths: Array  # [P] in the full width
    colours: Array  # [P, 4]


def measure(
    files: Sequence[str | FilePath], *, renderer: str = "auto", finer: bool = False
) -> list[dict[str, Any]]:
    """One object a file: file, renderer, forward_ms, forward_backward_ms, calib_ms; medians.

    With diffvg's results beside the file also psnr_db, cosine_points, cosine_widths (strokes only) and
    cosine_colours against its best ones. With ``finer`` the same, named ``finer_*``, against our own
    picture rendered `FINER` times as large and averaged, which is right to 60 dB.
    """
    return [_measure_file(FilePath(file), renderer, finer) for file in files]


def _measure_file(file: FilePath, renderer: str, finer: bool) -> dict[str, Any]:
    work = read_work(file)
    forward, both, calibrations = [], [], []
    for run in range(WARM_UP + RUNS):
        calibration = timed(_calibrate)
        forward_ms, both_ms = _time_once(work, renderer)
        if run >= WARM_UP:
            calibrations.append(calibration)
            forward.append(forward_ms)
            both.append(both_ms)
    result: dict[str, Any] = {
        "file": file.name,
        "renderer": renderer,
        "forward_ms": round(median(forward), 3),
        "forward_backward_ms": round(median(both), 3),
        "calib_ms": round(median(calibrations), 3),
    }
    ours = outcome(work, renderer)
    beside = file.with_name(f"{file.stem}_diffvg.npz")
    if beside.exists():
        result |= agreement(ours, read_diffvg(beside), work.stroked)
    if finer:
        best = outcome(work, renderer, FINER)
        result |= {f"finer_{k}": v for k, v in agreement(ours, best, work.stroked).items()}
    return result


def read_work(file: FilePath) -> Work:
    """Reads a file of the format above; `InputError` when it is not one."""
    data = _read_arrays(file)
    try:
        stroked = str(data["kind"]) == "stroke"
        rows = _elevation(data)
        points = rows @ data["points"].astype(np.float64)
        cubic = _cubic_offsets(data)
        closed = bool(data["closed"])
        paths = []
        for p, colour in enumerate(data["rgba"].astype(np.float64)):
            subpath = Subpath(points[cubic[p] : cubic[p + 1]], closed)
            stroke = Stroke(float(data["widths"][p]), colour) if stroked else None
            paths.append(Path([subpath], stroke, None if stroked else Fill(colour)))
        width, height = (int(side) for side in data["canvas"])
        weight = torch.from_numpy(data["weight"].astype(np.float32))
        assert weight.shape == (height, width, 3)
    except (KeyError, ValueError, IndexError, TypeError, AssertionError) as error:
        raise InputError(
            f"{file.name} is not a benchmark drawing: {_lack(error)}.",
            "Give a file with the arrays that `styleclipdraw bench render --help` names.",
            code="bench.format",
        ) from error
    return Work(Drawing.from_paths(paths), weight, stroked, rows)


def outcome(work: Work, renderer: str = "auto", finer: int = 1) -> Outcome:
    """Picture and gradients, rendered ``finer`` times as large and averaged."""
    tensors = [tensor.detach().clone().requires_grad_() for tensor in work.drawing.tensors()]
    width, height = work.size
    drawing = work.drawing.with_tensors(finer * tensors[0], finer * tensors[1], *tensors[2:])
    large = render(drawing, finer * width, finer * height, torch.ones(3), backend=renderer)[0]
    picture = large.reshape(height, finer, width, finer, 3).mean((1, 3))
    (picture * work.weight).sum().backward()  # type: ignore[no-untyped-call]
    points, widths, strokes, fills = (
        np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.double().numpy()
        for tensor in tensors
    )
    return Outcome(
        picture.detach().numpy(),
        work.elevation.T @ points,
        widths,
        strokes if work.stroked else fills,
    )


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def _calibrate() -> int:
    """A fixed load in plain Python, to compare machines by."""
    x = 0
    for i in range(400000):
        x += i * i & 7
    return x


def _time_once(work: Work, renderer: str) -> tuple[float, float]:
    """Forward alone, and forward with backward, ms."""
    tensors = [tensor.detach().clone().requires_grad_() for tensor in work.drawing.tensors()]
    drawing, white = work.drawing.with_tensors(*tensors), torch.ones(3)
    start = time.perf_counter()
    picture = render(drawing, *work.size, white, backend=renderer)
    middle = time.perf_counter()
    torch.autograd.backward(picture, work.weight[None])
    return 1e3 * (middle - start), 1e3 * (time.perf_counter() - start)


def agreement(ours: Outcome, best: Outcome, stroked: bool) -> dict[str, float]:
    """psnr_db, cosine_points, cosine_widths (strokes only) and cosine_colours of one against the other."""
    error = float(((ours.picture - best.picture) ** 2).mean())
    result = {
        "psnr_db": round(-10 * float(np.log10(max(error, 1e-20))), 2),
        "cosine_points": round(_cosine(ours.points, best.points), 4),
    }
    if stroked:
        result["cosine_widths"] = round(_cosine(ours.widths, best.widths), 4)
    return result | {"cosine_colours": round(_cosine(ours.colours, best.colours), 4)}


def _cosine(a: Array, b: Array) -> float:
    scale = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / scale if scale > 0 else 0.0


def read_diffvg(file: FilePath) -> Outcome:
    """diffvg's results, the most exact that the file has; `InputError` when it lacks them."""
    data = _read_arrays(file)
    kind = next((p for p in ("bg_hq_", "bg_", "hq_") if f"{p}image" in data), "")
    try:
        half_widths = data.get(f"{kind}grad_half_widths", np.zeros(0))
        return Outcome(
            data[f"{kind}image"], data[f"{kind}grad_points"], half_widths, data[f"{kind}grad_rgba"]
        )
    except KeyError as error:
        raise InputError(
            f"{file.name} lacks the array {error}.", "Remove the file, or make it again.",
            code="bench.format",
        ) from error  # fmt: skip


def _lack(error: Exception) -> str:
    return (
        f"it has no array {error}"
        if isinstance(error, KeyError)
        else str(error) or "sizes disagree"
    )


def _read_arrays(file: FilePath) -> dict[str, Array]:
    packed = read_named_file(
        file, LARGEST_FILE, error=InputError, code="bench", wanted="the name of an .npz file"
    )
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise InputError(
            f"{file} cannot be read as an .npz file of plain arrays.",
            "Give another one, or make it again.",
            code="bench.file",
        ) from error


def _cubic_offsets(data: dict[str, Array]) -> list[int]:
    """Where each path's cubic control points begin, [P + 1]."""
    extra = 0 if bool(data["closed"]) else 1
    counts = 3 * np.diff(data["seg_offsets"]) + extra
    return [0, *np.cumsum(counts).tolist()]


def _elevation(data: dict[str, Array]) -> Array:
    """Lines and quadratics as cubics: the matrix from the file's points to cubic control points."""
    offsets, closed = data["point_offsets"].tolist(), bool(data["closed"])
    matrix = np.zeros((_cubic_offsets(data)[-1], len(data["points"])))
    row = 0
    for p in range(len(offsets) - 1):
        start = offsets[p]
        for segment in range(data["seg_offsets"][p], data["seg_offsets"][p + 1]):
            inner = int(data["ncp"][segment])
            end = start + inner + 1
            if end == offsets[p + 1] and closed:
                end = offsets[p]
            ways = {
                0: ({start: 2 / 3, end: 1 / 3}, {start: 1 / 3, end: 2 / 3}),
                1: ({start: 1 / 3, start + 1: 2 / 3}, {start + 1: 2 / 3, end: 1 / 3}),
                2: ({start + 1: 1.0}, {start + 2: 1.0}),
            }[inner]
            for weights in ({start: 1.0}, *ways):
                for column, share in weights.items():
                    matrix[row, column] += share
                row += 1
            start = end
        if not closed:
            matrix[row, start] = 1.0
            row += 1
    return matrix
