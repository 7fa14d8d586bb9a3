"""Turns rendered pictures into PNG and GIF files; hides colour depth and how a GIF keeps time."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image
from torch import Tensor

_FRAME_MS, _LAST_FRAME_MS = 80, 2000
PREVIEW_SIDE = 512  # px, longer side, of previews and frames


def image_of(picture: Tensor) -> Image.Image:
    """[H, W, 3] in [0, 1] -> RGB of 8 bits."""
    values = picture.detach().float().clamp(0, 1).mul(255).round().byte().cpu().numpy()
    return Image.fromarray(np.ascontiguousarray(values))


def preview_png(picture: Tensor) -> bytes:
    """[H, W, 3] in [0, 1]; packed lightly, since it is written several times a second."""
    return png_bytes(image_of(picture), compression=1)


def png_bytes(image: Image.Image, compression: int = 9) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=compression)
    return buffer.getvalue()


def gif_bytes(frames: Sequence[Image.Image]) -> bytes:
    """An endless animation that rests on its last frame."""
    palettes = [frame.quantize(255, method=Image.Quantize.MEDIANCUT) for frame in frames]
    durations = [_FRAME_MS] * (len(frames) - 1) + [_LAST_FRAME_MS]
    buffer = io.BytesIO()
    palettes[0].save(
        buffer, "GIF", save_all=True, append_images=palettes[1:], duration=durations, loop=0
    )
    return buffer.getvalue()


class Timelapse:
    """Keeps an even choice of frames, however many steps there are, and never very many."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._every = 1
        self._seen = 0
        self._frames: list[Image.Image] = []
        self._last: Callable[[], Tensor] | None = None

    def add(self, picture: Callable[[], Tensor]) -> None:
        """``picture`` gives [H, W, 3] in [0, 1]; it is called only for frames that are kept."""
        self._last = picture
        if self._seen % self._every == 0:
            self._frames.append(image_of(picture()))
            self._last = None
            if len(self._frames) >= self._most:
                self._frames = self._frames[::2]
                self._every *= 2
                self._last = picture
        self._seen += 1

    def gif(self) -> bytes:
        frames = [*self._frames, image_of(self._last())] if self._last else self._frames
        assert frames, "a time-lapse of no step"
        return gif_bytes(frames)
