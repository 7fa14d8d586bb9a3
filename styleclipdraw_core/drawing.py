"""Drawing: paths of cubic Bezier segments in z-order, as flat tensors that an optimizer can move.

Hides the raggedness: paths have one or more subpaths, subpaths have any number of segments, and
all of it lies in a handful of flat arrays with offsets, so that a renderer walks memory and an
optimizer sees four tensors. Everything is in canvas pixels, x to the right and y down; the pixel in
column ``i`` and row ``j`` covers ``[i, i+1] x [j, j+1]``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from styleclipdraw_core.errors import DrawingError

IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


class Cap(IntEnum):
    """stroke-linecap (SVG 2, section 13.5.4)."""

    BUTT = 0
    ROUND = 1
    SQUARE = 2


class Join(IntEnum):
    """stroke-linejoin (SVG 2, section 13.5.5)."""

    MITER = 0
    ROUND = 1
    BEVEL = 2


class FillRule(IntEnum):
    """fill-rule (SVG 2, section 13.4.2)."""

    NONZERO = 0
    EVENODD = 1


@dataclass(frozen=True)
class Subpath:
    """One run of cubic segments.

    ``points`` is [3 n + 1, 2] px when open and [3 n, 2] px when closed: the last segment of a closed
    subpath ends where the first begins, and that point is not repeated.
    """

    points: Sequence[Sequence[float]] | npt.NDArray[np.float64] | Tensor
    closed: bool = False


@dataclass(frozen=True)
class Stroke:
    """How the line along a path is painted; ``width`` in px, ``colour`` straight RGBA in [0, 1]."""

    width: float
    colour: Sequence[float] = (0.0, 0.0, 0.0, 1.0)
    cap: Cap = Cap.ROUND
    join: Join = Join.ROUND
    miter_limit: float = 4.0


@dataclass(frozen=True)
class Fill:
    """How the inside of a path is painted; ``colour`` straight RGBA in [0, 1]."""

    colour: Sequence[float]
    rule: FillRule = FillRule.NONZERO


@dataclass(frozen=True)
class Path:
    """One path as a person would write it down: to build a `Drawing` from, or to read one back."""

    subpaths: Sequence[Subpath]
    stroke: Stroke | None = None
    fill: Fill | None = None
    id: str = ""
    moves: Moves | None = None


@dataclass(frozen=True)
class Moves:
    """What of a path the optimizer may change; a path with all four off is locked."""

    points: bool = True
    width: bool = True
    stroke: bool = True
    fill: bool = True


@dataclass(frozen=True)
class Structure:
    """All of a drawing that is not a number to optimise. P paths, S subpaths, C control points."""

    path_offsets: IntArray  # [P + 1] into subpaths
    subpath_offsets: IntArray  # [S + 1] into control points
    closed: BoolArray  # [S]
    has_stroke: BoolArray  # [P]
    has_fill: BoolArray  # [P]
    caps: IntArray  # [P] of Cap
    joins: IntArray  # [P] of Join
    miter_limits: npt.NDArray[np.float32]  # [P]
    fill_rules: IntArray  # [P] of FillRule
    moves_points: BoolArray  # [P]
    moves_width: BoolArray  # [P]
    moves_stroke: BoolArray  # [P]
    moves_fill: BoolArray  # [P]
    ids: tuple[str, ...]  # [P], "" where a path has none

    @property
    def path_count(self) -> int:
        return len(self.has_stroke)

    @property
    def subpath_count(self) -> int:
        return len(self.closed)

    @property
    def point_count(self) -> int:
        return int(self.subpath_offsets[-1])

    @cached_property
    def path_of_point(self) -> IntArray:
        """The path that each control point belongs to, [C]."""
        starts = self.subpath_offsets[self.path_offsets]  # [P + 1] into control points
        return np.repeat(np.arange(self.path_count, dtype=np.int32), np.diff(starts))

    @cached_property
    def segment_offsets(self) -> IntArray:
        """The cubic segments of each subpath, [S + 1] into `segments`."""
        counts = (np.diff(self.subpath_offsets) - ~self.closed) // 3
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)

    @cached_property
    def segments(self) -> IntArray:
        """The four control points of every cubic segment, [K, 4] into the points."""
        blocks = [np.zeros((0, 4), np.int32)]
        for subpath in range(self.subpath_count):
            begin, end = self.subpath_offsets[subpath : subpath + 2]
            count = self.segment_offsets[subpath + 1] - self.segment_offsets[subpath]
            block = begin + 3 * np.arange(count)[:, None] + np.arange(4)  # [n, 4]
            if self.closed[subpath]:
                block[-1, 3] = begin
            blocks.append(block.astype(np.int32))
            assert block[-1, 2] < end
        return np.concatenate(blocks)

    def name_of(self, path: int) -> str:
        """The path as an error message names it."""
        name = self.ids[path]
        return f"path {path + 1} ({name})" if name else f"path {path + 1}"


@dataclass(frozen=True)
class Drawing:
    """Paths in z-order, the first one at the back.

    Every tensor may have a leading batch dimension B (then all four have it): B drawings of one
    structure. Colours are straight (not premultiplied) RGBA in [0, 1]. The width of a path without
    stroke and the colours it does not use are there all the same and are ignored.
    """

    structure: Structure
    points: Tensor  # [..., C, 2] px
    widths: Tensor  # [..., P] px, full stroke width
    stroke_colours: Tensor  # [..., P, 4]
    fill_colours: Tensor  # [..., P, 4]

    @property
    def batched(self) -> bool:
        return self.points.dim() == 3

    @property
    def path_count(self) -> int:
        return self.structure.path_count

    def with_tensors(
        self,
        points: Tensor | None = None,
        widths: Tensor | None = None,
        stroke_colours: Tensor | None = None,
        fill_colours: Tensor | None = None,
    ) -> Drawing:
        """The same structure with other numbers."""
        return replace(
            self,
            points=self.points if points is None else points,
            widths=self.widths if widths is None else widths,
            stroke_colours=self.stroke_colours if stroke_colours is None else stroke_colours,
            fill_colours=self.fill_colours if fill_colours is None else fill_colours,
        )

    def detached(self) -> Drawing:
        """A copy that no gradient flows through and nothing else writes to."""
        return self.with_tensors(*(tensor.detach().clone() for tensor in self.tensors()))

    def to(self, device: torch.device | str) -> Drawing:
        return self.with_tensors(*(tensor.to(device) for tensor in self.tensors()))

    def tensors(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """points, widths, stroke_colours, fill_colours."""
        return self.points, self.widths, self.stroke_colours, self.fill_colours

    @classmethod
    def from_paths(
        cls,
        paths: Sequence[Path],
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> Drawing:
        """A drawing of these paths, the first at the back.

        Raises `DrawingError` naming the path when a subpath has a number of control points that
        makes no cubic segments.
        """
        path_offsets, subpath_offsets = [0], [0]
        closed: list[bool] = []
        blocks: list[Tensor] = []
        for index, path in enumerate(paths):
            for subpath in path.subpaths:
                block = torch.as_tensor(subpath.points, dtype=dtype, device="cpu")
                _check_subpath(block, subpath.closed, index, path.id)
                blocks.append(block)
                closed.append(subpath.closed)
                subpath_offsets.append(subpath_offsets[-1] + len(block))
            path_offsets.append(len(closed))
        unused = (0.0, 0.0, 0.0, 0.0)
        strokes = [path.stroke for path in paths]
        fills = [path.fill for path in paths]
        moves = [path.moves or Moves() for path in paths]
        structure = Structure(
            path_offsets=np.asarray(path_offsets, np.int32),
            subpath_offsets=np.asarray(subpath_offsets, np.int32),
            closed=np.asarray(closed, np.bool_),
            has_stroke=np.asarray([s is not None for s in strokes], np.bool_),
            has_fill=np.asarray([f is not None for f in fills], np.bool_),
            caps=np.asarray([s.cap if s else Cap.BUTT for s in strokes], np.int32),
            joins=np.asarray([s.join if s else Join.MITER for s in strokes], np.int32),
            miter_limits=np.asarray([s.miter_limit if s else 4.0 for s in strokes], np.float32),
            fill_rules=np.asarray([f.rule if f else FillRule.NONZERO for f in fills], np.int32),
            moves_points=np.asarray([m.points for m in moves], np.bool_),
            moves_width=np.asarray([m.width for m in moves], np.bool_),
            moves_stroke=np.asarray([m.stroke for m in moves], np.bool_),
            moves_fill=np.asarray([m.fill for m in moves], np.bool_),
            ids=tuple(path.id for path in paths),
        )
        count = len(paths)

        def rows(values: Sequence[Sequence[float]], width: int) -> Tensor:
            array = np.asarray(values, np.float64).reshape(count, width)
            return torch.from_numpy(array).to(device=device, dtype=dtype)

        return cls(
            structure,
            (torch.cat(blocks) if blocks else torch.zeros(0, 2, dtype=dtype)).to(device),
            torch.tensor([s.width if s else 0.0 for s in strokes], dtype=dtype).to(device),
            rows([s.colour if s else unused for s in strokes], 4),
            rows([f.colour if f else unused for f in fills], 4),
        )

    def to_paths(self) -> list[Path]:
        """The drawing (not a batch of them) as `Path` values, in z-order."""
        assert not self.batched, "to_paths reads one drawing; index the batch first"
        s = self.structure
        points = self.points.detach().cpu().double().numpy()  # [C, 2]
        widths = self.widths.detach().cpu().tolist()
        strokes = self.stroke_colours.detach().cpu().tolist()
        fills = self.fill_colours.detach().cpu().tolist()
        paths = []
        for p in range(s.path_count):
            subpaths = [
                Subpath(points[s.subpath_offsets[i] : s.subpath_offsets[i + 1]], bool(s.closed[i]))
                for i in range(s.path_offsets[p], s.path_offsets[p + 1])
            ]
            stroke = Stroke(
                widths[p], strokes[p], Cap(s.caps[p]), Join(s.joins[p]), float(s.miter_limits[p])
            )
            moves = Moves(
                bool(s.moves_points[p]),
                bool(s.moves_width[p]),
                bool(s.moves_stroke[p]),
                bool(s.moves_fill[p]),
            )
            paths.append(
                Path(
                    subpaths,
                    stroke if s.has_stroke[p] else None,
                    Fill(fills[p], FillRule(s.fill_rules[p])) if s.has_fill[p] else None,
                    s.ids[p],
                    moves,
                )
            )
        return paths


def _check_subpath(points: Tensor, closed: bool, index: int, name: str) -> None:
    where = f"path {index + 1}" + (f" ({name})" if name else "")
    if points.dim() != 2 or points.shape[1] != 2:
        raise DrawingError(
            f"The control points of {where} have shape {list(points.shape)} instead of [n, 2].",
            "Give x and y of every control point.",
            code="drawing.shape",
        )
    count = len(points)
    if closed and (count < 3 or count % 3 != 0):
        raise DrawingError(
            f"A closed subpath of {where} has {count} control points.",
            "Give 3 for every cubic segment, without repeating the first point at the end.",
            code="drawing.shape",
        )
    if not closed and (count < 4 or count % 3 != 1):
        raise DrawingError(
            f"An open subpath of {where} has {count} control points.",
            "Give 3 for every cubic segment and one more.",
            code="drawing.shape",
        )


def all_finite(tensor: Tensor) -> bool:
    """Whether a tensor holds no NaN and no infinity."""
    # A finite sum has finite terms; only another one asks for a look at each of them.
    return math.isfinite(float(tensor.detach().sum())) or bool(torch.isfinite(tensor).all())


def check_drawing(drawing: Drawing) -> None:
    """Raise `DrawingError`, naming the path, when the numbers cannot be rendered.

    Looks for wrong shapes, NaN, infinity and negative widths.
    """
    s = drawing.structure
    lead = drawing.points.shape[:-2]
    expected = {
        "points": (drawing.points, (*lead, s.point_count, 2)),
        "widths": (drawing.widths, (*lead, s.path_count)),
        "stroke_colours": (drawing.stroke_colours, (*lead, s.path_count, 4)),
        "fill_colours": (drawing.fill_colours, (*lead, s.path_count, 4)),
    }
    for name, (tensor, shape) in expected.items():
        if len(lead) > 1 or tuple(tensor.shape) != shape:
            raise DrawingError(
                f"The drawing's {name} have shape {list(tensor.shape)} instead of {list(shape)}.",
                "Give every tensor the shape that the drawing's structure asks for.",
                code="drawing.shape",
            )
        if not all_finite(tensor):
            bad = (~torch.isfinite(tensor)).reshape(-1, *tensor.shape[len(lead) :])
            row = (
                int(bad.flatten(2).any(2).any(0).nonzero()[0])
                if bad.dim() > 2
                else int(bad.any(0).nonzero()[0])
            )
            path = int(s.path_of_point[row]) if name == "points" else row
            raise DrawingError(
                f"The {name.replace('_', ' ')} of {s.name_of(path)} are not finite numbers.",
                "Remove that path, or give it numbers again.",
                code="drawing.not-finite",
            )
    if drawing.widths.numel() and float(drawing.widths.detach().min()) < 0:
        row = int((drawing.widths < 0).reshape(-1, s.path_count).any(0).nonzero()[0])
        raise DrawingError(
            f"The stroke width of {s.name_of(row)} is negative.",
            "Give it a width of zero or more.",
            code="drawing.negative-width",
        )
