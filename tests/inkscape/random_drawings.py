"""Random drawings that reach into every corner of painting; a seed and a kind name each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from styleclipdraw_core.drawing import Cap, Drawing, Fill, FillRule, Join, Path, Stroke, Subpath

SIZE = 128  # px, both ways
Random = np.random.Generator


def drawing(kind: str, seed: int) -> Drawing:
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    return Drawing.from_paths(KINDS[kind](random))


def _colour(random: Random) -> list[float]:
    """Every other one opaque; in steps of 8 bits, which is how Inkscape keeps colours."""
    rgb = random.integers(0, 256, 3) / 255
    return [*rgb, 1.0 if random.random() < 0.5 else float(random.uniform(0.1, 0.95))]


def _stroke(random: Random, low: float = 1.0, high: float = 14.0) -> Stroke:
    return Stroke(
        float(np.exp(random.uniform(np.log(low), np.log(high)))),
        _colour(random),
        Cap(int(random.integers(3))),
        Join(int(random.integers(3))),
        float(random.choice([1.0, 1.5, 4.0, 10.0])),
    )


def _fill(random: Random) -> Fill:
    return Fill(_colour(random), FillRule(int(random.integers(2))))


def _painted(random: Random, subpaths: list[Subpath], widest: float = 14.0) -> Path:
    kind = random.integers(3)
    stroke = _stroke(random, 1.0, widest) if kind != 1 else None
    return Path(subpaths, stroke, _fill(random) if kind != 0 else None)


def _polyline(points: np.ndarray, closed: bool) -> Subpath:
    """Straight segments through [n, 2] points."""
    ends = np.concatenate([points, points[:1]]) if closed else points
    a, b = ends[:-1], ends[1:]
    rows = np.stack([a, a + (b - a) / 3, b - (b - a) / 3], 1).reshape(-1, 2)
    return Subpath(rows if closed else np.concatenate([rows, ends[-1:]]), closed)


def _wild(random: Random) -> list[Path]:
    """Curves with control points anywhere: corners, loops and sharp turns.

    Turns are sharp without limit here, so the strokes are narrow, for the reason given in `_thick`.
    """
    paths = []
    for _ in range(5):
        subpaths = []
        for _ in range(int(random.integers(1, 3))):
            closed = bool(random.integers(2))
            count = 3 * int(random.integers(1, 4)) + (not closed)
            subpaths.append(Subpath(random.uniform(0, SIZE, (count, 2)), closed))
        paths.append(_painted(random, subpaths, widest=4.0))
    return paths


def _smooth(random: Random) -> list[Path]:
    """What a drawing is made of: gentle open curves with round caps."""
    paths = []
    for _ in range(12):
        start, heading = random.uniform(0, SIZE, 2), random.uniform(0, 2 * np.pi)
        rows = [start]
        for _ in range(int(random.integers(1, 4))):
            for _ in range(3):
                heading += random.uniform(-0.5, 0.5)
                step = random.uniform(4, 14)
                rows.append(rows[-1] + step * np.array([np.cos(heading), np.sin(heading)]))
        stroke = Stroke(float(random.uniform(1, 8)), _colour(random), Cap.ROUND, Join.ROUND)
        paths.append(Path([Subpath(np.array(rows))], stroke))
    return paths


def _corners(random: Random) -> list[Path]:
    """Straight lines meeting at every angle, with every join and miter limit."""
    paths = []
    for _ in range(4):
        points = random.uniform(10, SIZE - 10, (int(random.integers(3, 6)), 2))
        paths.append(Path([_polyline(points, bool(random.integers(2)))], _stroke(random, 2, 16)))
    return paths


def _holes(random: Random) -> list[Path]:
    """Closed outlines inside and across each other, either way round, with either rule."""
    paths = []
    for _ in range(3):
        subpaths = []
        centre = random.uniform(30, SIZE - 30, 2)
        for _ in range(int(random.integers(2, 4))):
            count = int(random.integers(3, 6))
            turn = np.linspace(0, 2 * np.pi, 3 * count, endpoint=False)
            radius = random.uniform(5, 35) * random.uniform(0.7, 1.3, 3 * count)
            ring = np.stack([np.cos(turn), np.sin(turn)], 1) * radius[:, None]
            ring = ring[::-1] if random.random() < 0.5 else ring
            subpaths.append(Subpath(centre + random.uniform(-12, 12, 2) + ring, closed=True))
        paths.append(_painted(random, subpaths))
    return paths


def _thin(random: Random) -> list[Path]:
    """Hairlines, narrower than a pixel."""
    paths = []
    for _ in range(12):
        count = 3 * int(random.integers(1, 3)) + 1
        points = random.uniform(0, SIZE, (count, 2))
        paths.append(Path([Subpath(points)], _stroke(random, 0.1, 1.2)))
    return paths


def _thick(random: Random) -> list[Path]:
    """Wide strokes along arcs and around short corners.

    No wider than twice the arc's radius: beyond, Inkscape leaves holes inside the stroke (Cairo
    winds the inner side of a turn the other way), which no specification asks for.
    """
    paths = []
    for _ in range(3):
        centre = random.uniform(25, SIZE - 25, 2)
        if random.random() < 0.5:
            radius, width = random.uniform(6, 25), random.uniform(0.5, 1.7)
            subpath = _arc(centre, radius, *random.uniform(0, 2 * np.pi, 2))
            paths.append(Path([subpath], replace(_stroke(random), width=width * radius)))
        else:
            points = centre + random.uniform(-16, 16, (3, 2))
            paths.append(Path([_polyline(points, False)], _stroke(random, 8, 30)))
    return paths


def _arc(centre: np.ndarray, radius: float, start: float, sweep: float) -> Subpath:
    """Part of a circle, in pieces of an eighth turn or less."""
    pieces = max(1, int(np.ceil(sweep / (np.pi / 4))))
    reach = 4 / 3 * np.tan(sweep / pieces / 4)
    rows = []
    for piece in range(pieces):
        a, b = (start + sweep * (piece + k) / pieces for k in (0, 1))
        first, last = (np.array([np.cos(t), np.sin(t)]) for t in (a, b))
        rows += [first, first + reach * first[::-1] * [-1, 1], last - reach * last[::-1] * [-1, 1]]
    return Subpath(centre + radius * np.array([*rows, last]))


CUSP = 5


def _cusp(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A curve that stops and turns back halfway; as wide as it is deep at least."""
    wide = abs(b[0] - a[0]) >= abs(b[1] - a[1])
    corners = [np.array([a[0], b[1]]), np.array([b[0], a[1]])]
    return np.array([a, b, *(corners if wide else corners[::-1])])


def _degenerate(random: Random) -> list[Path]:
    """Coincident and collinear control points, dots, cusps, there and back again.

    Not among them: control points in line that reach beyond the ends, because Inkscape takes such
    a curve for the straight line between its ends. It also cuts the tips of cusps short, acute ones
    by several pixels: cusps are obtuse here, and their strokes narrow.
    """
    paths = []
    for _ in range(6):
        a, b = random.uniform(15, SIZE - 15, (2, 2))
        middle = a + (b - a) * random.uniform(0.2, 0.8)
        shapes = [
            np.array([a, a, a, a]),  # a dot
            np.array([a, a, b, b]),  # a line with its control points at the ends
            np.array([a, a, middle, b]),  # no tangent at the start
            np.array([a, middle, b, b]),  # none at the end
            np.array([a, b, a, b]),
            _cusp(a, b),
            np.array([a, middle, middle, b, b, a, a]),  # there and back
        ]
        choice = int(random.integers(len(shapes)))
        points = shapes[choice]
        closed = bool(random.integers(2)) and len(points) == 4
        stroke = _stroke(random, 3, 12)
        if choice == 0:
            # Where a dot has no direction Inkscape draws the round one only, the specification
            # (SVG 2, section 13.5.4) the square one too.
            stroke = replace(stroke, cap=Cap.ROUND)
        if choice == CUSP:
            stroke = replace(stroke, width=float(random.uniform(0.7, 1.5)))
        paths.append(Path([Subpath(points[: len(points) - closed], closed)], stroke))
    return paths


KINDS: dict[str, Callable[[Random], list[Path]]] = {
    "wild": _wild,
    "smooth": _smooth,
    "corners": _corners,
    "holes": _holes,
    "thin": _thin,
    "thick": _thick,
    "degenerate": _degenerate,
}
