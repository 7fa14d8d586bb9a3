"""Image-text models behind one small interface, wherever they come from.

Hides the libraries: the built-in model, any `CLIPModel` of transformers, and OpenAI's own package
all give unit vectors for normalised pictures and for texts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.errors import WeightsError

BUILT_IN = "built-in"
OPENAI_PACKAGE = "openai-clip:"  # e.g. openai-clip:ViT-B/32
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)  # of the pictures OpenAI trained on
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class ImageTextModel(Protocol):
    """Pictures and texts as unit vectors of one space."""

    name: str
    resolution: int  # side of the square pictures it takes, px

    @property
    def mean(self) -> Sequence[float] | Tensor:
        """Of the colours it was trained on, RGB."""

    @property
    def std(self) -> Sequence[float] | Tensor:
        """Likewise, their deviation."""

    def encode_image(self, pictures: Tensor) -> Tensor:
        """[B, 3, R, R] normalised -> [B, D] unit vectors."""

    def encode_text(self, texts: list[str]) -> Tensor:
        """T texts -> [T, D] unit vectors."""

    def text_direction(self, text: str) -> Tensor:
        """[D]: what a clean drawing of the text should go toward."""

    def imagine(self, text: str) -> Tensor | None:
        """[4, h, w] premultiplied RGBA in [0, 1]: what the text brings to mind; None when it cannot."""

    def check_prompt(self, text: str) -> list[str]:
        """The words the model does not know; raises `PromptError` when it knows none."""


def load_clip(name: str, device: torch.device | str = "cpu") -> ImageTextModel:
    """The model called ``built-in``, one of transformers by name or folder, or ``openai-clip:...``.

    Nothing is fetched from here: a name that is not a folder must be among the downloaded models.
    Raises `WeightsError`.
    """
    if name == BUILT_IN:
        from styleclipdraw_core import built_in

        return cast(ImageTextModel, built_in.load(device))
    if name.startswith(OPENAI_PACKAGE):
        return OpenAiClip(name.removeprefix(OPENAI_PACKAGE), device)
    folder = Path(name)
    if not folder.is_dir():
        from styleclipdraw_core import weights

        folder = Path(weights.model_folder(name))
    if not folder.is_dir():
        raise WeightsError(
            f"The model {name!r} is not on this computer.",
            f"Fetch it with: styleclipdraw models fetch {name}",
            code="weights.missing",
        )
    return TransformersClip(name, folder, device)


class TransformersClip:
    """A `CLIPModel` of transformers, read from a folder with safetensors weights."""

    def __init__(self, name: str, folder: Path, device: torch.device | str) -> None:
        self.name = name
        self.device = torch.device(device)
        model, tokenizer, processor = _read_transformers(name, folder)
        self._model = model.to(self.device).eval().requires_grad_(False)
        self._tokenizer = tokenizer
        self.resolution = int(model.config.vision_config.image_size)
        self.mean: Sequence[float] = processor.get("image_mean", CLIP_MEAN)
        self.std: Sequence[float] = processor.get("image_std", CLIP_STD)

    def encode_image(self, pictures: Tensor) -> Tensor:
        features = self._model.vision_model(pixel_values=pictures.to(self.device)).pooler_output
        return F.normalize(self._model.visual_projection(features), dim=-1)

    def encode_text(self, texts: list[str]) -> Tensor:
        tokens = self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            features = self._model.text_model(**tokens.to(self.device)).pooler_output
            return F.normalize(self._model.text_projection(features), dim=-1)

    def text_direction(self, text: str) -> Tensor:
        return self.encode_text([text])[0]

    def imagine(self, text: str) -> Tensor | None:
        return None

    def check_prompt(self, text: str) -> list[str]:
        return []  # its tokenizer spells out any word


class OpenAiClip:
    """The same through OpenAI's own package, for those who have it working."""

    def __init__(self, name: str, device: torch.device | str) -> None:
        try:
            import clip  # type: ignore[import-not-found, unused-ignore]
        except Exception as error:  # an old package: more than ImportError goes wrong in it
            raise WeightsError(
                f"The package openai-clip cannot be used here: {error}.",
                "Leave the prefix away to read the same model through transformers.",
                code="weights.openai-clip",
            ) from error
        self.name = OPENAI_PACKAGE + name
        self._clip = clip
        self.device = torch.device(device)
        model, _ = clip.load(name, device=str(device), jit=False)
        self._model = model.float().eval().requires_grad_(False)
        self.resolution = int(model.visual.input_resolution)
        self.mean: Sequence[float] = CLIP_MEAN
        self.std: Sequence[float] = CLIP_STD

    def encode_image(self, pictures: Tensor) -> Tensor:
        return F.normalize(self._model.encode_image(pictures.to(self.device)), dim=-1)

    def encode_text(self, texts: list[str]) -> Tensor:
        tokens = self._clip.tokenize(texts, truncate=True).to(self.device)
        with torch.no_grad():
            return F.normalize(self._model.encode_text(tokens), dim=-1)

    def text_direction(self, text: str) -> Tensor:
        return self.encode_text([text])[0]

    def imagine(self, text: str) -> Tensor | None:
        return None

    def check_prompt(self, text: str) -> list[str]:
        return []


def _read_transformers(name: str, folder: Path) -> tuple[Any, Any, dict[str, Any]]:
    """Model, tokenizer and the processor's settings, from safetensors and JSON alone."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    import json

    # Not among the names that transformers 5 exports to type checkers, but there in 4 and 5.
    from transformers import CLIPModel, CLIPTokenizerFast  # type: ignore[attr-defined, unused-ignore]

    try:
        model = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        tokenizer = CLIPTokenizerFast.from_pretrained(folder, local_files_only=True)
        settings_file = folder / "preprocessor_config.json"
        settings = json.loads(settings_file.read_text("utf-8")) if settings_file.exists() else {}
    except Exception as error:  # whatever a broken folder makes the library raise
        raise WeightsError(
            f"The model {name!r} in {folder} cannot be read: {_first_line(error)}",
            "Fetch it again, or name a folder with a CLIPModel of transformers in safetensors.",
            code="weights.unreadable",
        ) from error
    return model, tokenizer, settings if isinstance(settings, dict) else {}


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines() or [type(error).__name__]
    return text[0].rstrip(".") + "."
