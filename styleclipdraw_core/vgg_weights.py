"""VGG-16's convolution layers, a ninth of torchvision's published file, fetched alone.

Hides the file's format and the way back to the whole file when the server hands out no parts. The
published SHA-256 is of the whole file; a part is checked by the file's size, the tensors' shapes
and by values of the first and of the last layers that are publicly known.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from styleclipdraw_core.atomic import storage_error, write_atomically
from styleclipdraw_core.download import NoRangesError, Patience, Piece, Progress, fetch
from styleclipdraw_core.errors import WeightsError
from styleclipdraw_core.torch_file import NotThisFormatError, Tensor, find_tensors

Array = NDArray[np.float32]

_HEAD_BYTES = 1 << 16  # the five pickles of the published file are under 4 kB
_WORTH_SKIPPING = 1 << 16  # bytes between two tensors; fewer are fetched with them

# Index of each convolution in torchvision's `features`, with its input and output channels.
CONVOLUTIONS = (
    *((0, 3, 64), (2, 64, 64)),
    *((5, 64, 128), (7, 128, 128)),
    *((10, 128, 256), (12, 256, 256), (14, 256, 256)),
    *((17, 256, 512), (19, 512, 512), (21, 512, 512)),
    *((24, 512, 512), (26, 512, 512), (28, 512, 512)),
)


def shapes() -> dict[str, tuple[int, ...]]:
    """The tensors that are kept, by their name in torchvision."""
    return {
        name: shape
        for index, inputs, outputs in CONVOLUTIONS
        for name, shape in (
            (f"features.{index}.weight", (outputs, inputs, 3, 3)),
            (f"features.{index}.bias", (outputs,)),
        )
    }


@dataclass(frozen=True)
class Landmark:
    """Values of a tensor that are publicly known, from ``first`` on in its flat order."""

    name: str
    first: int
    values: tuple[float, ...]


# As torch prints them: four decimals, or five significant digits.
LANDMARKS = (
    Landmark("features.0.bias", 0, (0.4034, 0.3778, 0.4644, -0.3228, 0.3940, -0.3953)),
    Landmark("features.0.bias", 60, (-0.2182, 0.0117, -0.5516, 0.2108)),
    Landmark("features.2.weight", 0, (-3.0606e-02, -9.8520e-02, -1.3260e-01)),
    Landmark("features.26.bias", 0, (-0.0019, 0.0571, 0.2934, -0.0418)),
    Landmark("features.26.bias", 511, (-1.4974,)),
    Landmark("features.28.weight", 0, (2.7768e-02, 1.5296e-02, 2.1911e-02)),
)
PRINTED_PRECISION = 5.1e-5  # half a unit of the fourth decimal, and a little for float32


def fetch_convolutions(
    whole: Piece,
    target: Path,
    progress: Progress | None,
    *,
    patience: Patience,
    parts: bool = True,
    landmarks: Sequence[Landmark] = LANDMARKS,
) -> None:
    """Write the convolution layers of the file ``whole`` to ``target``, as safetensors.

    ``parts`` allows to fetch only what is kept. Raises `WeightsError`, `StorageError`.
    """
    beside = target.with_name("fetching")
    report = progress or (lambda done, total: None)
    tensors: dict[str, Array] | None = None
    if parts:
        try:
            tensors = _from_parts(whole, beside, report, patience)
        except (NoRangesError, NotThisFormatError):
            tensors = None
    if tensors is None:
        tensors = _from_whole(whole, beside, report, patience)
    _check(tensors, landmarks)
    import safetensors.numpy

    write_atomically(target, safetensors.numpy.save(dict(tensors)), durable=True)
    shutil.rmtree(beside, ignore_errors=True)


def _from_parts(
    whole: Piece, beside: Path, report: Progress, patience: Patience
) -> dict[str, Array]:
    head = beside / "head"
    size = min(_HEAD_BYTES, whole.size)
    fetch(Piece(whole.address, size, start=0, whole=whole.size), head, patience=patience)
    places = _wanted(_read(head, 0, size))
    stretches = _stretches(places)
    total = size + sum(end - start for start, end in stretches)
    done = size
    for start, end in stretches:
        report(done, total)
        fetch(
            Piece(whole.address, end - start, start=start, whole=whole.size),
            beside / f"from-{start}",
            _shifted(report, done, total),
            patience=patience,
        )
        done += end - start

    def read(start: int, count: int) -> bytes:
        first = max(first for first, _ in stretches if first <= start)
        return _read(beside / f"from-{first}", start - first, count)

    return _arrays(places, read)


def _from_whole(
    whole: Piece, beside: Path, report: Progress, patience: Patience
) -> dict[str, Array]:
    file = beside / "whole"
    fetch(whole, file, report, patience=patience)
    places = _wanted(_read(file, 0, min(_HEAD_BYTES, whole.size)))
    return _arrays(places, lambda start, count: _read(file, start, count))


def _wanted(head: bytes) -> dict[str, Tensor]:
    found = find_tensors(head)
    for name, shape in shapes().items():
        if name not in found or found[name].shape != shape:
            raise NotThisFormatError(
                f"The file of weights is not VGG-16's: {name} is missing or of another shape.",
                "Remove it and fetch it again.",
            )
    return {name: found[name] for name in shapes()}


def _stretches(places: dict[str, Tensor]) -> list[tuple[int, int]]:
    """The parts of the file to fetch, neighbours joined: (first byte, byte after the last)."""
    joined: list[tuple[int, int]] = []
    for place in sorted(places.values(), key=lambda place: place.start):
        start, end = place.start, place.start + place.size
        if joined and start - joined[-1][1] <= _WORTH_SKIPPING:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _arrays(places: dict[str, Tensor], read: Callable[[int, int], bytes]) -> dict[str, Array]:
    arrays = {}
    for name, place in places.items():
        content = read(place.start, place.size)
        if len(content) != place.size:
            raise _not_vgg()
        arrays[name] = np.frombuffer(content, "<f4").astype(np.float32).reshape(place.shape)
    return arrays


def _check(tensors: dict[str, Array], landmarks: Sequence[Landmark]) -> None:
    """Refuse what is not VGG-16 as torchvision publishes it."""
    for name, tensor in tensors.items():
        # A layer of the real model has a deviation of 0.009 to 0.5; torn bytes have not.
        if not np.isfinite(tensor).all() or not 1e-4 < float(np.sqrt(np.mean(tensor**2))) < 10:
            raise _not_vgg(name)
    for mark in landmarks:
        there = tensors[mark.name].reshape(-1)[mark.first : mark.first + len(mark.values)]
        if not all(
            math.isclose(a, b, rel_tol=0, abs_tol=PRINTED_PRECISION)
            for a, b in zip(there.tolist(), mark.values, strict=True)
        ):
            raise _not_vgg(mark.name)


def _not_vgg(name: str = "") -> WeightsError:
    where = f": {name} has other values" if name else ""
    return WeightsError(
        f"What was fetched is not VGG-16 as torchvision publishes it{where}.",
        "Try again, or fetch the whole file, whose SHA-256 is known: "
        "`styleclipdraw models fetch vgg16 --whole`.",
        code="weights.damaged",
    )


def _read(file: Path, start: int, count: int) -> bytes:
    try:
        with file.open("rb") as handle:
            handle.seek(start)
            return handle.read(count)
    except OSError as error:
        raise storage_error(error, file) from error


def _shifted(report: Progress, before: int, total: int) -> Progress:
    return lambda done, _: report(before + done, total)
