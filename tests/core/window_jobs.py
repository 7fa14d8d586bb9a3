"""Job folders as the extension and the optimizer would leave them, for looking at in the window."""

from __future__ import annotations

import json
import math
import random
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from styleclipdraw_core.window.sharp_picture import paint_shapes, shapes_of


def job_id(number: int, day: int = 1) -> str:
    """Ids in the order of their numbers."""
    minutes, seconds = divmod(number, 60)
    return f"202603{day:02d}-10{minutes:02d}{seconds:02d}-{number:06x}"


def make_job(jobs: Path, number: int = 0, *, day: int = 1, **fields: Any) -> Path:
    """A job that waits; `fields` replace those of its job.json."""
    name = job_id(number, day)
    folder = jobs / name
    folder.mkdir(parents=True, mode=0o700)
    request: dict[str, Any] = {
        "schema": 1,
        "id": name,
        "created": f"2026-03-{day:02d}T14:22:33Z",
        "prompts": [{"text": "a red apple", "weight": 1.0}],
        "canvas": {"width": 224, "height": 224},
        "strokes": {"count": 64},
        "seed": 7,
        "document": {"name": "drawing.svg"},
    }
    request.update(fields)
    (folder / "job.json").write_text(json.dumps(request))
    return folder


def add_event(folder: Path, event: str, **fields: Any) -> None:
    line = json.dumps({"time": f"{datetime.now(timezone.utc):%FT%TZ}", "event": event, **fields})
    with (folder / "events.jsonl").open("a") as file:
        file.write(line + "\n")


def add_steps(folder: Path, last: int, steps: int = 250, *, style: bool = False) -> None:
    """Scores as they come: noisy, the words' rising, the style's falling."""
    chance = random.Random(folder.name)
    for step in range(0, last + 1, 5):
        share = step / steps
        scores = {"clip": 0.16 + 0.2 * (1 - math.exp(-4 * share)) + chance.gauss(0, 0.008)}
        if style:
            scores["style"] = 0.9 * math.exp(-2.5 * share) + 0.25 + chance.gauss(0, 0.01)
        left = 9.4 * (1 - share)
        add_event(folder, "step", step=step, steps=steps, scores=scores, seconds_left=left)


def set_result(
    folder: Path, state: str, paths: list[dict[str, Any]] | None = None, **fields: Any
) -> None:
    record = {"schema": 1, "job": folder.name, "state": state, "step": 250, "steps": 250}
    record |= {"seconds": 5.3, "device": "cpu", "paths": paths or [], **fields}
    beside = folder / "result.new"
    beside.write_text(json.dumps(record))
    beside.replace(folder / "result.json")


def set_preview(
    folder: Path, paths: list[dict[str, Any]], size: tuple[int, int] = (224, 224)
) -> None:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paint_shapes(painter, shapes_of(paths) or ())
    painter.end()
    assert image.save(str(folder / "preview.png"))


def set_style(folder: Path) -> None:
    """A style picture: bands of warm and cold colours."""
    image = QImage(96, 64, QImage.Format.Format_RGB32)
    for y in range(64):
        for x in range(96):
            wave = 0.5 + 0.5 * math.sin(x / 7 + 2.5 * math.sin(y / 11))
            image.setPixelColor(x, y, QColor.fromHsvF(0.58 - 0.48 * wave, 0.75, 0.55 + 0.4 * wave))
    assert image.save(str(folder / "style.png"))


def stroke(points: list[tuple[float, float]], width: float, colour: list[float]) -> dict[str, Any]:
    return {
        "id": "",
        "from": None,
        "subpaths": [{"closed": False, "points": [list(point) for point in points]}],
        "stroke": {"width": width, "colour": colour, "cap": "round", "join": "round"},
    }


def apple(
    count: int = 64, *, grown: float = 1.0, size: tuple[int, int] = (224, 224), hue: float = 0.0
) -> list[dict[str, Any]]:
    """Strokes that make an apple when `grown` is 1, and a scatter when it is 0."""
    chance = random.Random(5)
    w, h = size
    r = 0.3 * min(w, h)
    paths = []
    for i in range(count):
        share = i / count
        if share < 0.1:  # the leaf and the stem
            home, turn, reach = (w / 2 + r * 0.25, h / 2 - r * 1.25), -0.7, 0.5
            colour = QColor.fromHsvF(0.30 + 0.04 * chance.random(), 0.75, 0.55, 0.8)
        else:
            angle, far = chance.random() * math.tau, math.sqrt(chance.random())
            home = (
                w / 2 + r * far * math.cos(angle) * 1.05,
                h / 2 + r * 0.1 + r * far * math.sin(angle) * (0.95 - 0.1 * math.cos(2 * angle)),
            )
            turn, reach = angle + math.pi / 2, 0.5 + 0.3 * chance.random()
            shine = max(0.0, math.cos(angle + 2.2)) * far
            value = 0.62 + 0.3 * shine + 0.08 * chance.random()
            colour = QColor.fromHsvF(
                (hue + 0.985 + 0.03 * chance.random()) % 1, 0.88 - 0.35 * shine, value, 0.75
            )
        lost = (chance.random() * w, chance.random() * h)
        x, y = (a * grown + b * (1 - grown) for a, b in zip(home, lost, strict=True))
        length = r * reach
        points = []
        for k in (-1.0, -0.33, 0.33, 1.0):
            bend = (1 - k * k) * 0.18 * length
            points.append(
                (
                    x + k * length / 2 * math.cos(turn) + bend * math.cos(turn - math.pi / 2),
                    y + k * length / 2 * math.sin(turn) + bend * math.sin(turn - math.pi / 2),
                )
            )
        rgba = [colour.redF(), colour.greenF(), colour.blueF(), colour.alphaF()]
        paths.append(stroke(points, (0.04 + 0.05 * chance.random()) * min(w, h), rgba))
    return paths
