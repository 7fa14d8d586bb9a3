"""A drawing's numbers as the flat float32 arrays that outlines are planned from; hides batches."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from styleclipdraw_core.drawing import Drawing, Structure
from styleclipdraw_core.render.outline import Geometry


def geometry_of(drawing: Drawing) -> Geometry:
    """A batch of B drawings (points [B, C, 2]) as one run of B * P paths."""
    repeated = _Repeated.of(drawing.structure, drawing.points.shape[0])
    return Geometry(
        _float_array(drawing.points).reshape(-1, 2),
        _float_array(drawing.widths).reshape(-1),
        *repeated,
    )


def _float_array(tensor: Tensor) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(tensor.detach().cpu().numpy(), np.float32)


class _Repeated:
    """The structure's arrays for a batch, kept for the steps to come: they never change."""

    @staticmethod
    def of(structure: Structure, batch: int) -> tuple[npt.NDArray[Any], ...]:
        return _repeat(_ById(structure), batch)


class _ById:
    """A structure as a key: the same object is the same structure."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure

    def __hash__(self) -> int:
        return id(self.structure)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.structure is self.structure


@lru_cache(maxsize=8)
def _repeat(key: _ById, batch: int) -> tuple[npt.NDArray[Any], ...]:
    s = key.structure

    def offsets(one: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        steps = np.tile(np.diff(one), batch)
        return np.concatenate([[0], np.cumsum(steps)]).astype(np.int32)

    shift = (s.point_count * np.arange(batch, dtype=np.int32))[:, None, None]
    return (
        (s.segments[None] + shift).reshape(-1, 4).astype(np.int32),
        offsets(s.segment_offsets),
        offsets(s.path_offsets),
        np.tile(s.closed, batch),
        np.tile(s.has_stroke, batch),
        np.tile(s.has_fill, batch),
        np.tile(s.caps, batch),
        np.tile(s.joins, batch),
        np.tile(s.miter_limits, batch),
        np.tile(s.fill_rules, batch),
    )
