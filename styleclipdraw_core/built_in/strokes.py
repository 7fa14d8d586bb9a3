"""Pictures made of strokes for training: scribbles that spoil a drawing, and things painted stroke
by stroke.

Written with Pillow alone, so that training needs no differentiable renderer; only the look of
strokes matters here.
"""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from styleclipdraw_core.built_in.art import PICTURE_SIDE, Pictures

SUPERSAMPLING = 2
BRUSHES = (6.0, 3.2, 1.8)  # stroke radii in px of the three passes of a painting, coarse to fine


def stroke(
    canvas: Image.Image, line: list[tuple[float, float]], radius: float, colour: tuple[int, ...]
) -> None:
    """One round-capped stroke over an RGBA canvas; coordinates and radius in canvas pixels."""
    layer = Image.new("RGBA", canvas.size, (*colour[:3], 0))
    draw = ImageDraw.Draw(layer)
    draw.line(line, fill=colour, width=max(1, round(2 * radius)), joint="curve")
    for x, y in (line[0], line[-1]):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    canvas.alpha_composite(layer)


def reduced(canvas: Image.Image) -> Pictures:
    """A supersampled canvas at picture size, straight RGBA."""
    small = canvas.convert("RGBa").resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BOX)
    return np.asarray(small.convert("RGBA"))


def scribble(rng: np.random.Generator) -> Pictures:
    """Two to twelve random strokes on transparency; half of the time they keep to the border."""
    side = PICTURE_SIDE * SUPERSAMPLING
    canvas = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    at_border = rng.random() < 0.5
    for _ in range(rng.integers(2, 13)):
        start = rng.random(2) * 1.1 - 0.05
        if at_border:
            start[rng.integers(2)] = rng.choice([rng.random() * 0.2, 1 - rng.random() * 0.2])
        control = start + np.cumsum(np.vstack([np.zeros(2), (rng.random((3, 2)) - 0.5) * 0.45]), 0)
        t = np.linspace(0, 1, 10)[:, None]
        weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
        line = [(float(x) * side, float(y) * side) for x, y in weights @ control]
        colour = (*(int(v) for v in rng.integers(0, 256, 3)), int(rng.integers(70, 256)))
        stroke(canvas, line, (0.008 + rng.random() ** 2 * 0.06) * side, colour)
    return reduced(canvas)


def painting(picture: Pictures, rng: np.random.Generator, sloppy: bool) -> Pictures:
    """A picture painted with strokes along its contours, coarse to fine (after Hertzmann 1998).

    A sloppy painting stops early, runs over the edges and misses its places: what an unfinished
    drawing looks like.
    """
    side = PICTURE_SIDE * SUPERSAMPLING
    canvas = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    alpha = picture[..., 3].astype(np.float32) / np.float32(255)
    rgb = picture[..., :3].astype(np.float32)
    light = (rgb.mean(-1) * alpha + 255 * (1 - alpha)) / 255
    slopes: Any = np.gradient(blurred(light))  # along rows and along columns
    down, right = slopes
    inked = np.argwhere(alpha > 0.6)
    if not len(inked):
        return picture
    brushes = BRUSHES[: 2 if sloppy and rng.random() < 0.6 else 3]
    for brush in brushes:
        radius = brush * (0.8 + 0.4 * rng.random())
        wanted = int(min(90, 1.4 * len(inked) / (radius * radius * 8)))
        painted = np.asarray(
            canvas.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BOX)
        ).astype(np.float32)
        wrong = (
            np.abs(painted[..., :3] - rgb).sum(-1) * alpha
            + 255 * np.abs(painted[..., 3] / 255 - alpha) * alpha
        )
        chances = wrong[inked[:, 0], inked[:, 1]] + 2.0
        starts = inked[rng.choice(len(inked), wanted, p=chances / chances.sum())]
        for start in starts:
            line = contour(start, rgb, alpha, down, right, radius, rng, sloppy)
            shade = rgb[start[0], start[1]] + rng.normal(0, 22 if sloppy else 7, 3)
            opacity = int(rng.integers(120, 230) if sloppy else rng.integers(200, 256))
            shift = rng.normal(0, 2.5, 2) if sloppy else np.zeros(2)
            scaled = [
                (float(x + shift[0]) * SUPERSAMPLING, float(y + shift[1]) * SUPERSAMPLING)
                for x, y in line
            ]
            colour = (*(int(v) for v in np.clip(shade, 0, 255)), opacity)
            stroke(canvas, scaled, radius * SUPERSAMPLING * (1.25 if sloppy else 0.8), colour)
    return reduced(canvas)


def blurred(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A 5 px box blur [H, W], so that contours are followed and not pixels."""
    for axis in (0, 1):
        values = sum(np.roll(values, k, axis) for k in range(-2, 3)) / np.float32(5)  # type: ignore[assignment]
    return values


def contour(
    start: npt.NDArray[np.int64],
    rgb: npt.NDArray[np.float32],
    alpha: npt.NDArray[np.float32],
    down: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    radius: float,
    rng: np.random.Generator,
    sloppy: bool,
) -> list[tuple[float, float]]:
    """Points (x, y) of a stroke from a start (row, column), across the gradient, while the colour
    holds.
    """
    y, x = float(start[0]), float(start[1])
    colour = rgb[start[0], start[1]]
    heading = rng.random() * 2 * math.pi
    line = [(x, y)]
    for _ in range(rng.integers(3, 9)):
        row, column = int(y), int(x)
        slope = math.hypot(down[row, column], right[row, column])
        if slope > 0.01:
            across = math.atan2(right[row, column], -down[row, column])
            heading = across if math.cos(across - heading) > 0 else across + math.pi
        x, y = x + math.cos(heading) * radius, y + math.sin(heading) * radius
        row, column = int(y), int(x)
        if not (0 <= row < PICTURE_SIDE and 0 <= column < PICTURE_SIDE):
            break
        if not sloppy and (
            alpha[row, column] < 0.6 or np.abs(rgb[row, column] - colour).sum() > 90
        ):
            break
        line.append((x, y))
    return line if len(line) > 1 else [(x, y), (x + 0.5, y)]


def _painted(task: tuple[Pictures, int]) -> Pictures:
    picture, seed = task
    rng = np.random.default_rng(seed)
    return np.stack([painting(picture, rng, sloppy=False), painting(picture, rng, sloppy=True)])


def stroke_bank(
    pictures: Pictures, scribbles: int, seed: int, workers: int, cache: Path | None
) -> tuple[Pictures, ...]:
    """Scribbles [K, S, S, 4], and each picture painted carefully [P, S, S, 4] and sloppily [P, S,
    S, 4].
    """
    if cache is not None and cache.is_file():
        with np.load(cache) as kept:
            return kept["scribbles"], kept["careful"], kept["sloppy"]
    rng = np.random.default_rng(seed)
    drawn = np.stack([scribble(rng) for _ in range(scribbles)])
    with ProcessPoolExecutor(workers) as pool:
        both = np.stack(
            list(pool.map(_painted, [(p, seed + i) for i, p in enumerate(pictures)], chunksize=64))
        )
    if cache is not None:
        np.savez(cache, scribbles=drawn, careful=both[:, 0], sloppy=both[:, 1])
    return drawn, both[:, 0], both[:, 1]
