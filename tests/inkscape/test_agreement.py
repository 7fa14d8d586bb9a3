"""What is optimised is what Inkscape shows: our picture and Inkscape's of the SVG that we write."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as File

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from random_drawings import KINDS, SIZE, drawing

from styleclipdraw_core.drawing import Cap, Drawing, FillRule, Join, Path
from styleclipdraw_core.render import render
from styleclipdraw_core.svg import write_svg

pytestmark = [
    pytest.mark.inkscape,
    pytest.mark.skipif(shutil.which("inkscape") is None, reason="Inkscape is not installed"),
]

Picture = npt.NDArray[np.float64]  # [H, W, 3] or, premultiplied, [H, W, 4]; 0 to 1

# Cairo has 15 rows of samples to a pixel and Inkscape keeps 8 bits after every path. Measured:
# shifting a drawing by a hundredth of a pixel changes Inkscape's picture by 50 to 58 dB, drawing it
# at 16 times the size and averaging by 41 dB at worst, wrong joins by 26 to 40 dB.
AGREEMENT_DB = 40.0
SEEDS = range(8)


def inkscape_pictures(documents: Mapping[str, str], folder: File) -> dict[str, Picture]:
    """The page of each SVG as Inkscape exports it, [H, W, 4] premultiplied; one process for all."""
    for name, text in documents.items():
        (folder / f"{name}.svg").write_text(text, encoding="utf-8")
    environment = {**os.environ, "INKSCAPE_PROFILE_DIR": str(folder / "profile")}
    environment.pop("DISPLAY", None)
    command = [
        "inkscape",
        "--export-type=png",
        "--export-area-page",
        "--export-background-opacity=0",
    ]
    names = [f"{name}.svg" for name in documents]
    run = subprocess.run(
        [*command, *names], cwd=folder, env=environment, capture_output=True, timeout=300
    )
    pictures = {}
    for name in documents:
        exported = folder / f"{name}.png"
        assert exported.is_file(), f"Inkscape made no {name}.png: {run.stderr[-500:]!r}"
        with Image.open(exported) as image:
            straight = np.asarray(image.convert("RGBA"), np.float64) / 255
        alpha = straight[..., 3:]
        pictures[name] = np.concatenate([straight[..., :3] * alpha, alpha], -1)
    return pictures


def our_picture(shown: Drawing, background: tuple[float, ...] | None, backend: str) -> Picture:
    colour = None if background is None else torch.tensor(background)
    return render(shown, SIZE, SIZE, colour, backend=backend)[0].double().numpy()


def psnr(ours: Picture, theirs: Picture) -> float:
    error = float(np.mean((ours - theirs[..., : ours.shape[-1]]) ** 2))
    return -10 * np.log10(max(error, 1e-12))


WHITE = (1.0, 1.0, 1.0)


@pytest.mark.parametrize("background", [WHITE, None], ids=["white", "transparent"])
@pytest.mark.parametrize("kind", KINDS)
def test_random_drawings(kind: str, background: tuple[float, ...] | None, tmp_path: File) -> None:
    drawings = {f"seed-{seed}": drawing(kind, seed) for seed in SEEDS}
    theirs = inkscape_pictures(
        {
            name: write_svg(shown, SIZE, SIZE, background=background)
            for name, shown in drawings.items()
        },
        tmp_path,
    )
    agreement = {
        name: psnr(our_picture(shown, background, "auto"), theirs[name])
        for name, shown in drawings.items()
    }
    assert min(agreement.values()) >= AGREEMENT_DB, agreement


def _next(path: Path, what: str) -> Path:
    """The path with another cap, join, rule, width or alpha."""
    stroke, fill = path.stroke, path.fill
    if what == "rule" and fill is not None:
        return replace(path, fill=replace(fill, rule=FillRule(1 - fill.rule)))
    if stroke is None:
        return path
    if what == "cap":
        return replace(path, stroke=replace(stroke, cap=Cap((stroke.cap + 1) % 3)))
    if what == "join":
        return replace(path, stroke=replace(stroke, join=Join((stroke.join + 1) % 3)))
    if what == "width":
        return replace(path, stroke=replace(stroke, width=stroke.width * 1.15))
    if what == "alpha":
        colour = [*list(stroke.colour)[:3], 0.8 * list(stroke.colour)[3]]
        return replace(path, stroke=replace(stroke, colour=colour))
    return path


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("join", "corners"),
        ("cap", "thick"),
        ("rule", "holes"),
        ("width", "smooth"),
        ("alpha", "smooth"),
    ],
)
def test_the_comparison_can_fail(what: str, kind: str, tmp_path: File) -> None:
    """Inkscape is shown a drawing that is wrong in one thing."""
    drawings = {f"seed-{seed}": drawing(kind, seed) for seed in SEEDS}
    wrong = {
        name: Drawing.from_paths([_next(path, what) for path in shown.to_paths()])
        for name, shown in drawings.items()
    }
    theirs = inkscape_pictures(
        {name: write_svg(shown, SIZE, SIZE, background=WHITE) for name, shown in wrong.items()},
        tmp_path,
    )
    agreement = [
        psnr(our_picture(shown, WHITE, "auto"), theirs[name]) for name, shown in drawings.items()
    ]
    assert min(agreement) < AGREEMENT_DB - 5
