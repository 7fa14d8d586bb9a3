"""The models that can be fetched: one row each, with address, size, SHA-256 and licence.

CLIP's files are the ones at the pinned revisions of the publisher's own repositories. For ViT-B/32
the main branch has no safetensors; the pinned revision is the conversion in the same repository
(refs/pr/15), whose tensors are those of ``pytorch_model.bin``. ViT-B/16 is not in the table because
its repository holds pickled weights only.
"""

from __future__ import annotations

from dataclasses import dataclass

MIT = "MIT (github.com/openai/CLIP)"
BSD = "BSD-3-Clause (github.com/pytorch/vision); trained on ImageNet"


@dataclass(frozen=True)
class ModelFile:
    """One file to fetch."""

    name: str
    address: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Model:
    """One model: what is fetched, what is kept of it, and under which licence."""

    name: str
    title: str
    licence: str
    files: tuple[ModelFile, ...]
    kept: str  # in words
    fetched_bytes: int
    kept_bytes: int
    also: tuple[str, ...] = ()  # other names that people know it by
    loads: str = ""  # the file to load; empty: the folder


def _files(repository: str, rows: tuple[tuple[str, str, int, str], ...]) -> tuple[ModelFile, ...]:
    return tuple(
        ModelFile(
            name, f"https://huggingface.co/{repository}/resolve/{revision}/{name}", size, sha256
        )
        for name, revision, size, sha256 in rows
    )


_B32_MAIN = "3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268"
_B32_SAFETENSORS = "b33cedfd0df4e43b8238760678fcc89e1a0d38b3"
_L14_MAIN = "32bd64288804d66eefd0ccbe215aa642df71cc41"

_B32_FILES = _files(
    "openai/clip-vit-base-patch32",
    (
        (
            "config.json",
            _B32_MAIN,
            4_186,
            "b575ef3c36f2a057fa19e221650105052d61cc9c1a972ec15019c6261ec98770",
        ),
        (
            "vocab.json",
            _B32_MAIN,
            862_328,
            "5047b556ce86ccaf6aa22b3ffccfc52d391ea4accdab9c2f2407da5b742d4363",
        ),
        (
            "merges.txt",
            _B32_MAIN,
            524_657,
            "f526393189112391ce6f9795d4695f704121ce452c3aad1f5335cc41337eba85",
        ),
        (
            "tokenizer.json",
            _B32_MAIN,
            2_224_041,
            "b556ac8c99757ffb677208af34bc8c6721572114111a6e0aaf5fa69ff0b8d842",
        ),
        (
            "tokenizer_config.json",
            _B32_MAIN,
            592,
            "34b7336e4bee12e0a9730eaf5189f582ef3c3eea5027f65730e5717256755aad",
        ),
        (
            "special_tokens_map.json",
            _B32_MAIN,
            389,
            "f8c0d6c39aee3f8431078ef6646567b0aba7f2246e9c54b8b99d55c22b707cbf",
        ),
        (
            "model.safetensors",
            _B32_SAFETENSORS,
            605_157_884,
            "99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d",
        ),
    ),
)

_L14_FILES = _files(
    "openai/clip-vit-large-patch14",
    (
        (
            "config.json",
            _L14_MAIN,
            4_519,
            "8a09b467700c58138c29d53c605b34ebc69beaadd13274a8a2af8ad2c2f4032a",
        ),
        (
            "vocab.json",
            _L14_MAIN,
            961_143,
            "3f0c4f7d2086b61b38487075278ea9ed04edb53a03cbb045b86c27190fa8fb69",
        ),
        (
            "merges.txt",
            _L14_MAIN,
            524_619,
            "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a",
        ),
        (
            "tokenizer.json",
            _L14_MAIN,
            2_224_003,
            "a83e0809aa4c3af7208b2df632a7a69668c6d48775b3c3fe4e1b1199d1f8b8f4",
        ),
        (
            "tokenizer_config.json",
            _L14_MAIN,
            905,
            "deef455e52fa5e8151e339add0582e4235f066009601360999d3a9cda83b1129",
        ),
        (
            "special_tokens_map.json",
            _L14_MAIN,
            389,
            "f8c0d6c39aee3f8431078ef6646567b0aba7f2246e9c54b8b99d55c22b707cbf",
        ),
        (
            "model.safetensors",
            _L14_MAIN,
            1_710_540_580,
            "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb",
        ),
    ),
)

_VGG_FILE = ModelFile(
    "vgg16-397923af.pth",
    "https://download.pytorch.org/models/vgg16-397923af.pth",
    553_433_881,
    "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
)


def _clip(name: str, title: str, also: str, files: tuple[ModelFile, ...]) -> Model:
    total = sum(file.size for file in files)
    return Model(name, title, MIT, files, "all of it", total, total, (also,))


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        _clip("clip-vit-b-32", "CLIP ViT-B/32", "openai/clip-vit-base-patch32", _B32_FILES),
        _clip("clip-vit-l-14", "CLIP ViT-L/14", "openai/clip-vit-large-patch14", _L14_FILES),
        Model(
            "vgg16",
            "VGG-16",
            BSD,
            (_VGG_FILE,),
            "the convolution layers; the rest is not fetched where the server hands out parts",
            fetched_bytes=58_924_288,
            kept_bytes=58_862_000,
            also=("vgg-16",),
            loads="vgg16-convolutions.safetensors",
        ),
    )
}
