"""Models are fetched, checked, adopted from a folder, verified and removed."""

from __future__ import annotations

import hashlib
import io
import math
import random
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from styleclipdraw_core import vgg_weights, weights
from styleclipdraw_core.download import Patience, Piece
from styleclipdraw_core.errors import StorageError, WeightsError
from styleclipdraw_core.model_table import MODELS, Model, ModelFile
from styleclipdraw_core.vgg_weights import Landmark, fetch_convolutions
from tests.core.weights_server import Behaviour, serving

QUICK = Patience(stall_seconds=0.5, attempts=2, pause_seconds=0.01)
CONTENTS = {"config.json": b"{}", "model.safetensors": random.Random(3).randbytes(300_000)}


def toy(server: str) -> Model:
    files = tuple(
        ModelFile(name, f"{server}/{name}", len(data), hashlib.sha256(data).hexdigest())
        for name, data in CONTENTS.items()
    )
    total = sum(file.size for file in files)
    return Model("toy", "Toy", "none", files, "all of it", total, total, ("people/toy",))


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour(files={f"/{name}": data for name, data in CONTENTS.items()})


@pytest.fixture(autouse=True)
def toy_model(
    behaviour: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("STYLECLIPDRAW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STYLECLIPDRAW_MODELS", raising=False)
    monkeypatch.delenv("STYLECLIPDRAW_MODELS_MIRROR", raising=False)
    with serving(behaviour) as server:
        monkeypatch.setitem(MODELS, "toy", toy(server))
        yield


def test_the_table_is_complete_and_consistent() -> None:
    for name, model in MODELS.items():
        if name == "toy":
            continue
        assert model.name == name and model.licence and model.title and model.kept
        for file in model.files:
            assert file.address.startswith("https://") and file.address.endswith(file.name)
            assert len(bytes.fromhex(file.sha256)) == 32 and file.size > 0
            assert not file.name.endswith((".pkl", ".bin"))
    (vgg,) = MODELS["vgg16"].files
    assert vgg.name == f"vgg16-{vgg.sha256[:8]}.pth"
    kept = sum(4 * math.prod(shape) for shape in vgg_weights.shapes().values())
    assert kept < MODELS["vgg16"].kept_bytes < kept + 10_000
    assert kept < MODELS["vgg16"].fetched_bytes < kept + 2 * vgg_weights._HEAD_BYTES


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("clip-vit-b-32", "clip-vit-b-32"),
        # As transformers calls it.
        ("openai/clip-vit-base-patch32", "clip-vit-b-32"),
        ("VGG16", "vgg16"),
    ],
)
def test_names(asked: str, found: str) -> None:
    assert weights.find(asked).name == found


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(WeightsError) as caught:
        weights.find("clip-vit-b32")
    assert "clip-vit-b-32?" in caught.value.next_step


def test_fetch_use_verify_remove(behaviour: Behaviour, tmp_path: Path) -> None:
    assert weights.status("toy").state == "missing"
    with pytest.raises(WeightsError, match="not on this computer"):
        weights.verify("toy")
    seen: list[tuple[int, int]] = []
    folder = weights.ensure("toy", lambda *step: seen.append(step), patience=QUICK)
    assert folder == tmp_path / "home" / "models" / "toy" == weights.model_folder("toy")
    assert {file: (folder / file).read_bytes() for file in CONTENTS} == CONTENTS
    assert seen == sorted(seen) and seen[-1] == (300_002, 300_002)
    assert weights.status("toy").state == "ready"
    weights.verify("toy")
    asked = len(behaviour.requests)
    assert weights.ensure("people/toy") == folder
    assert len(behaviour.requests) == asked  # the second time nothing is fetched
    assert weights.remove("toy") > 300_000
    assert weights.status("toy").state == "missing" and not folder.exists()
    assert weights.remove("toy") == 0


def test_damage_is_found_and_only_the_damaged_file_fetched_again(behaviour: Behaviour) -> None:
    folder = weights.ensure("toy", patience=QUICK)
    data = bytearray(CONTENTS["model.safetensors"])
    data[1000] ^= 1
    (folder / "model.safetensors").write_bytes(data)
    assert weights.status("toy").state == "ready"  # a quick look does not see it
    with pytest.raises(WeightsError, match=r"model\.safetensors"):
        weights.verify("toy")
    behaviour.requests.clear()
    weights.ensure("toy", patience=QUICK)
    assert [path for path, _ in behaviour.requests] == ["/model.safetensors"]
    weights.verify("toy")


def test_a_missing_file_is_noticed_at_once(behaviour: Behaviour) -> None:
    folder = weights.ensure("toy", patience=QUICK)
    (folder / "config.json").unlink()
    assert weights.status("toy").state == "incomplete"
    weights.ensure("toy", patience=QUICK)
    weights.verify("toy")


def test_a_receipt_that_lies_does_not_lead_outside(tmp_path: Path) -> None:
    folder = weights.ensure("toy", patience=QUICK)
    (folder / "ready.json").write_text('{"files": {"../../x": {"size": 1, "sha256": ""}}}', "utf-8")
    assert weights.status("toy").state == "incomplete"
    (folder / "ready.json").write_text('{"files": 3}', "utf-8")
    assert weights.status("toy").state == "incomplete"


def test_offline_says_what_to_copy_where(behaviour: Behaviour) -> None:
    behaviour.breaks = 99
    with pytest.raises(WeightsError) as caught:
        weights.ensure("toy", patience=QUICK)
    assert caught.value.code == "weights.offline"
    assert "config.json, model.safetensors" in caught.value.next_step
    assert str(weights.model_folder("toy")) in caught.value.next_step


def test_files_copied_by_hand_are_adopted(behaviour: Behaviour) -> None:
    folder = weights.model_folder("toy")
    folder.mkdir(parents=True)
    for name, data in CONTENTS.items():
        (folder / name).write_bytes(data)
    assert weights.ensure("toy", patience=QUICK) == folder
    assert behaviour.requests == []
    assert weights.status("toy").state == "ready"


def test_a_shared_folder_may_be_read_only(
    behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = weights.model_folder("toy")
    folder.mkdir(parents=True)
    for name, data in CONTENTS.items():
        (folder / name).write_bytes(data)

    def refused(path: Path, *_: object, **__: object) -> None:
        raise StorageError("It cannot be written.", "Choose another.", code="storage.denied")

    monkeypatch.setattr(weights, "write_atomically", refused)
    assert weights.ensure("toy", patience=QUICK) == folder
    (folder / "config.json").write_bytes(b"[]")
    behaviour.files.clear()
    with pytest.raises(WeightsError):  # what is wrong in it is still found
        weights.ensure("toy", patience=QUICK)


def test_mirror_and_folder_by_environment(
    behaviour: Behaviour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror" / "toy"
    mirror.mkdir(parents=True)
    for name, data in CONTENTS.items():
        (mirror / name).write_bytes(data)
    monkeypatch.setenv("STYLECLIPDRAW_MODELS_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("STYLECLIPDRAW_MODELS", str(tmp_path / "shared"))
    assert weights.ensure("toy", patience=QUICK) == tmp_path / "shared" / "toy"
    assert behaviour.requests == []
    weights.verify("toy")


# VGG-16, a tenth as wide, in torch's old format with its classifier between the convolutions


@pytest.fixture
def vgg(monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, OrderedDict[str, torch.Tensor]]:
    monkeypatch.setattr(vgg_weights, "CONVOLUTIONS", ((0, 3, 8), (2, 8, 16)))
    monkeypatch.setattr(vgg_weights, "_HEAD_BYTES", 4096)
    monkeypatch.setattr(vgg_weights, "_WORTH_SKIPPING", 1000)
    generator = torch.Generator().manual_seed(5)
    state = OrderedDict(
        (name, torch.randn(shape, generator=generator) * 0.1)
        for name, shape in (*vgg_weights.shapes().items(), ("classifier.0.weight", (300, 400)))
    )
    file = io.BytesIO()
    torch.save(state, file, _use_new_zipfile_serialization=False)
    return file.getvalue(), state


def piece_of(server: str, content: bytes) -> Piece:
    return Piece(f"{server}/vgg.pth", len(content), hashlib.sha256(content).hexdigest())


def marks(state: OrderedDict[str, torch.Tensor], nudge: float = 0.0) -> list[Landmark]:
    values = state["features.2.bias"][:3].tolist()
    return [Landmark("features.2.bias", 0, tuple(round(v, 4) + nudge for v in values))]


@pytest.mark.parametrize(
    ("ranges", "parts", "share"),
    [
        # Only what is kept crosses the line.
        (True, True, 0.1),
        # The server knows no ranges: the whole file, checked by its SHA-256; the first answer
        # may have been in flight when it was refused.
        (False, True, 2.0),
        # The person asked for the whole file.
        (True, False, 1.0),
    ],
)
def test_vgg_convolutions(
    vgg: tuple[bytes, OrderedDict[str, torch.Tensor]],
    tmp_path: Path,
    ranges: bool,
    parts: bool,
    share: float,
) -> None:
    content, state = vgg
    behaviour = Behaviour(files={"/vgg.pth": content}, ranges=ranges)
    target = tmp_path / "vgg" / "vgg.safetensors"
    seen: list[tuple[int, int]] = []
    with serving(behaviour) as server:
        fetch_convolutions(
            piece_of(server, content),
            target,
            lambda *step: seen.append(step),
            patience=QUICK,
            parts=parts,
            landmarks=marks(state),
        )
    loaded = safetensors.torch.load_file(target)
    assert set(loaded) == set(vgg_weights.shapes())
    assert all(torch.equal(loaded[name], state[name]) for name in loaded)
    assert behaviour.bytes_sent <= share * len(content)
    assert [file.name for file in target.parent.iterdir()] == ["vgg.safetensors"]
    assert seen[-1][0] == seen[-1][1]


def test_vgg_goes_on_after_a_break(
    vgg: tuple[bytes, OrderedDict[str, torch.Tensor]], tmp_path: Path
) -> None:
    content, state = vgg
    behaviour = Behaviour(files={"/vgg.pth": content})
    target = tmp_path / "vgg.safetensors"
    with serving(behaviour) as server:
        behaviour.break_after, behaviour.breaks = 2000, 3
        fetch_convolutions(
            piece_of(server, content), target, None, patience=QUICK, landmarks=marks(state)
        )
    assert torch.equal(
        safetensors.torch.load_file(target)["features.2.weight"], state["features.2.weight"]
    )


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("other values", "weights of another training"),
        ("not finite", "bytes of something else"),
        ("another network", "VGG-16 of another width"),
    ],
)
def test_what_is_not_vgg_is_refused(
    vgg: tuple[bytes, OrderedDict[str, torch.Tensor]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    reason: str,
) -> None:
    content, state = vgg
    expected = marks(state, nudge=0.01 if what == "other values" else 0.0)
    if what == "not finite":
        start = content.index(state["features.2.weight"].numpy().tobytes())
        content = content[:start] + b"\xff" * 400 + content[start + 400 :]
    if what == "another network":
        monkeypatch.setattr(vgg_weights, "CONVOLUTIONS", ((0, 3, 8), (2, 8, 17)))
    with serving(Behaviour(files={"/vgg.pth": content})) as server, pytest.raises(WeightsError):
        fetch_convolutions(
            piece_of(server, content),
            tmp_path / "vgg.safetensors",
            None,
            patience=QUICK,
            landmarks=expected,
        )
    assert not (tmp_path / "vgg.safetensors").exists(), reason


def test_the_published_landmarks_name_real_layers() -> None:
    for mark in vgg_weights.LANDMARKS:
        assert 0 <= mark.first <= math.prod(vgg_weights.shapes()[mark.name]) - len(mark.values)


def test_ensure_vgg_from_a_copied_file(
    vgg: tuple[bytes, OrderedDict[str, torch.Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    content, state = vgg
    file = ModelFile("vgg.pth", "https://example.invalid/vgg.pth", len(content), "")
    file = replace(file, sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(MODELS, "vgg16", replace(MODELS["vgg16"], files=(file,)))
    monkeypatch.setattr(
        vgg_weights.fetch_convolutions,
        "__kwdefaults__",
        {**(vgg_weights.fetch_convolutions.__kwdefaults__ or {}), "landmarks": marks(state)},
    )
    folder = weights.model_folder("vgg16")
    folder.mkdir(parents=True)
    (folder / "vgg.pth").write_bytes(content)
    path = weights.ensure("vgg16")
    assert path == folder / "vgg16-convolutions.safetensors"
    weights.verify("vgg16")
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(WeightsError):
        weights.verify("vgg16")
