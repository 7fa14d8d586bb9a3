"""Convolution towers whose layers carry texture, for the style judge; hides where they are from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

import torch
from torch import Tensor, nn

from styleclipdraw_core.errors import InputError, WeightsError

BUILT_IN = "built-in"
VGG16 = "vgg16"
IMAGENET_MEAN = (0.485, 0.456, 0.406)  # of the pictures torchvision's weights were trained on
IMAGENET_STD = (0.229, 0.224, 0.225)
VGG16_CHANNELS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512)
# Indices into torchvision's `vgg16().features`; StyleCLIPDraw's choice, after STROTSS.
VGG16_STYLE_LAYERS = (1, 3, 6, 8, 11, 13, 15, 22, 29)


class StyleTower(Protocol):
    """Anything that turns a picture into feature maps of several depths."""

    name: str

    @property
    def mean(self) -> Sequence[float] | Tensor:
        """Of the colours it was trained on, RGB."""

    @property
    def std(self) -> Sequence[float] | Tensor:
        """Likewise, their deviation."""

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        """[B, 3, H, W] normalised -> maps [B, C, h, w], the shallowest first."""


def load_style_tower(name: str, device: torch.device | str = "cpu") -> StyleTower:
    """``built-in`` or ``vgg16``. Nothing is fetched from here. Raises `WeightsError`."""
    if name == BUILT_IN:
        from styleclipdraw_core import built_in

        return cast(StyleTower, built_in.load(device))
    if name != VGG16:
        raise InputError(
            f"There is no style judge called {name!r}.",
            f"Choose {BUILT_IN} or {VGG16}.",
            code="style.unknown",
        )
    from styleclipdraw_core import weights

    return Vgg16.from_folder(Path(weights.model_folder(VGG16)), device)


class Vgg16:
    """VGG-16's convolution layers as a plain sequence, fed torchvision's published weights."""

    name = VGG16
    mean: Sequence[float] = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD

    def __init__(self, device: torch.device | str = "cpu") -> None:
        layers: list[nn.Module] = []
        channels = 3
        for wide in VGG16_CHANNELS:
            if wide == 0:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, wide, 3, padding=1), nn.ReLU()]
            channels = wide
        self.features = nn.Sequential(*layers).eval().requires_grad_(False)
        # Channels last: 0.29 against 0.36 s forward and backward at 224 px on two cores.
        self.features.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @classmethod
    def from_folder(cls, folder: Path, device: torch.device | str = "cpu") -> Vgg16:
        """Weights named as torchvision names them (``features.0.weight`` ...), in safetensors."""
        from safetensors.torch import load_file

        files = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
        if not files:
            raise WeightsError(
                "VGG-16 is not on this computer.",
                "Fetch it with: styleclipdraw models fetch vgg16",
                code="weights.missing",
            )
        try:
            return cls.from_state(load_file(files[0]), device)
        except WeightsError:
            raise
        except Exception as error:  # safetensors has an exception of its own for broken files
            raise WeightsError(
                f"The weights in {files[0]} cannot be read.",
                "Fetch them again with: styleclipdraw models fetch vgg16",
                code="weights.unreadable",
            ) from error

    @classmethod
    def from_state(cls, state: dict[str, Tensor], device: torch.device | str = "cpu") -> Vgg16:
        """From torchvision's state dict; classifier entries in it are left alone."""
        tower = cls(device)
        wanted = tower.features.state_dict()
        for name, place in wanted.items():
            given = state.get(f"features.{name}")
            if given is None or given.shape != place.shape:
                raise WeightsError(
                    f"The weights of VGG-16 lack a proper features.{name}.",
                    "Fetch them again with: styleclipdraw models fetch vgg16",
                    code="weights.unreadable",
                )
            place.copy_(given)
        return tower

    def feature_maps(self, pictures: Tensor) -> list[Tensor]:
        """The nine layers of VGG16_STYLE_LAYERS, 2176 channels together."""
        maps = []
        x = pictures.contiguous(memory_format=torch.channels_last)
        for index in range(VGG16_STYLE_LAYERS[-1] + 1):
            x = self.features[index](x)
            if index in VGG16_STYLE_LAYERS:
                maps.append(x)
        return maps
