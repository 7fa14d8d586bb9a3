"""The CLIP guide and the models behind it, with tiny random ones of the real kinds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleclipdraw_core.augment import random_views, warp
from styleclipdraw_core.errors import PromptError, WeightsError
from styleclipdraw_core.guides import clip_guide, load_clip
from styleclipdraw_core.guides.models import CLIP_MEAN, CLIP_STD, TransformersClip
from styleclipdraw_core.presets import PRESETS

EXACT = 1e-5  # float32 sums in another order
PLAIN = replace(PRESETS["clipdraw"], clip_weight=1.0)


class ColourModel:
    """Pictures are their mean colour, texts are colours: a model to compute by hand."""

    name = "colours"
    resolution = 8
    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)
    words = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}

    def __init__(self) -> None:
        self.texts_encoded = 0

    def encode_image(self, pictures: Tensor) -> Tensor:
        assert pictures.shape[1:] == (3, 8, 8)
        return F.normalize(pictures.mean((2, 3)), dim=-1)

    def encode_text(self, texts: list[str]) -> Tensor:
        self.texts_encoded += len(texts)
        return torch.tensor([self.words[text] for text in texts])

    def text_direction(self, text: str) -> Tensor:
        return -self.encode_text([text])[0]  # to be told apart from the bare text

    def imagine(self, text: str) -> None:
        return None

    def check_prompt(self, text: str) -> list[str]:
        if text not in self.words:
            raise PromptError("No known word.", code="prompt.unknown")
        return []


def judge(
    prompts: list[tuple[str, float]],
    negatives: list[tuple[str, float]],
    picture: Tensor,
    seed: int = 0,
) -> float:
    guide = clip_guide(ColourModel(), prompts, negatives, PLAIN)
    return float(guide(picture, generator=torch.Generator().manual_seed(seed)))


def flat(colour: tuple[float, float, float]) -> Tensor:
    return torch.tensor(colour, dtype=torch.float32).view(1, 3, 1, 1).expand(1, 3, 16, 16)


def test_the_verdict_is_the_negated_mean_cosine_over_the_views() -> None:
    picture = torch.rand(1, 3, 20, 12, generator=torch.Generator().manual_seed(1))
    matrices = random_views(PLAIN.views, 20, 12, torch.Generator().manual_seed(7))
    model = ColourModel()
    seen = warp(picture, matrices, 8, mean=model.mean, std=model.std)
    expected = -model.encode_image(seen)[:, 0].mean()
    assert judge([("red", 1.0)], [], picture, seed=7) == pytest.approx(float(expected), abs=EXACT)
    assert judge([("blue", 1.0)], [], picture, seed=7) != pytest.approx(float(expected), abs=EXACT)


def test_several_weighted_prompts_and_negatives_add_up() -> None:
    picture = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    red, green, blue = (judge([(word, 1.0)], [], picture) for word in ("red", "green", "blue"))
    together = judge([("red", 1.0), ("green", 0.5)], [("blue", 0.3)], picture)
    assert together == pytest.approx(red + 0.5 * green - 0.3 * blue, abs=EXACT)


def test_it_prefers_what_the_prompt_says_and_a_negative_turns_that_round() -> None:
    # The page around a tilted view is white: all three channels alike, so it favours no colour.
    assert judge([("red", 1.0)], [], flat((1, 0, 0))) < judge([("red", 1.0)], [], flat((0, 0, 1)))
    assert judge([], [("red", 1.0)], flat((1, 0, 0))) > judge([], [("red", 1.0)], flat((0, 0, 1)))


def test_texts_are_encoded_once_a_job() -> None:
    model = ColourModel()
    guide = clip_guide(model, [("red", 1.0)], [("green", 0.3)], PLAIN)
    assert model.texts_encoded == 2
    for _ in range(3):
        guide(flat((0, 1, 0)), generator=torch.Generator().manual_seed(0))
    assert model.texts_encoded == 2


def test_the_default_preset_goes_toward_the_models_clean_direction() -> None:
    bare = clip_guide(ColourModel(), [("red", 1.0)], [], PRESETS["clipdraw"])
    clean = clip_guide(ColourModel(), [("red", 1.0)], [], PRESETS["default"])
    assert torch.equal(bare.direction, torch.tensor([1.0, 0.0, 0.0]))
    assert torch.equal(clean.direction, torch.tensor([-1.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("prompts", "negatives", "code"),
    [
        ([], [], "prompt.none"),
        ([("", 1.0)], [], "prompt.empty"),
        ([("red", 1.0)], [("  ", 1.0)], "prompt.empty"),
        # The model itself says which words it does not know.
        ([("mauve", 1.0)], [], "prompt.unknown"),
    ],
)
def test_prompts_that_say_nothing(
    prompts: list[tuple[str, float]], negatives: list[tuple[str, float]], code: str
) -> None:
    with pytest.raises(PromptError) as caught:
        clip_guide(ColourModel(), prompts, negatives, PLAIN)
    assert caught.value.code == code


def test_a_batch_of_pictures_is_judged_as_their_mean() -> None:
    a, b = flat((1, 0, 0)), flat((0, 0, 1))
    both = judge([("red", 1.0)], [], torch.cat([a, b]))
    generator = torch.Generator().manual_seed(0)
    guide = clip_guide(ColourModel(), [("red", 1.0)], [], PLAIN)
    first, second = (float(guide(p, generator=generator)) for p in (a, b))
    assert both == pytest.approx((first + second) / 2, abs=EXACT)


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `CLIPModel` of a few thousand random weights, as transformers saves one."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("tiny-clip")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = [*letters, *(letter + "</w>" for letter in letters)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: number for number, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2}
    tower |= {"num_attention_heads": 2}
    end = vocabulary["<|endoftext|>"]
    text = {**tower, "vocab_size": len(words), "max_position_embeddings": 16}
    text |= {"eos_token_id": end, "bos_token_id": end - 1, "pad_token_id": end}
    config = transformers.CLIPConfig(
        text_config=text,
        vision_config={**tower, "image_size": 32, "patch_size": 8},
        projection_dim=12,
    )
    torch.manual_seed(0)
    transformers.CLIPModel(config).save_pretrained(folder, safe_serialization=True)
    tokenizer = {"bos_token": words[-2], "eos_token": words[-1], "unk_token": words[-1]}
    tokenizer |= {"pad_token": words[-1], "tokenizer_class": "CLIPTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    return folder


def test_a_folder_of_transformers_is_a_model(model_folder: Path) -> None:
    model = load_clip(str(model_folder), "cpu")
    assert model.resolution == 32
    assert tuple(model.mean) == CLIP_MEAN and tuple(model.std) == CLIP_STD
    texts = model.encode_text(["a red apple", "fish"])
    pictures = model.encode_image(torch.rand(3, 3, 32, 32))
    assert texts.shape == (2, 12) and pictures.shape == (3, 12)
    for vectors in (texts, pictures):
        assert torch.allclose(vectors.norm(dim=-1), torch.ones(len(vectors)), atol=EXACT)
    assert torch.allclose(model.text_direction("fish"), texts[1], atol=1e-4)
    assert model.check_prompt("anything at all") == []


def test_its_embeddings_are_transformers_own(model_folder: Path) -> None:
    from transformers import CLIPModel, CLIPTokenizerFast

    reference = CLIPModel.from_pretrained(model_folder).eval()
    tokens = CLIPTokenizerFast.from_pretrained(model_folder)(["red apple"], return_tensors="pt")
    picture = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        output = reference(pixel_values=picture, **tokens)
    model = load_clip(str(model_folder), "cpu")
    assert torch.allclose(model.encode_image(picture), output.image_embeds, atol=EXACT)
    assert torch.allclose(model.encode_text(["red apple"]), output.text_embeds, atol=EXACT)
    assert not torch.allclose(model.encode_text(["apple red"]), output.text_embeds, atol=EXACT)


def test_its_gradient_reaches_the_picture_and_not_the_weights(model_folder: Path) -> None:
    model = load_clip(str(model_folder), "cpu")
    guide = clip_guide(model, [("fish", 1.0)], [], PRESETS["default"])
    picture = torch.rand(1, 3, 24, 24, requires_grad=True)
    guide(picture, generator=torch.Generator().manual_seed(0)).backward()
    assert picture.grad is not None and float(picture.grad.abs().sum()) > 0
    assert isinstance(model, TransformersClip)
    assert all(weight.grad is None for weight in model._model.parameters())


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "vocab.json"])
def test_a_damaged_folder_is_said_to_be_damaged(
    file: str, model_folder: Path, tmp_path: Path
) -> None:
    for source in model_folder.iterdir():
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "tokenizer.json").unlink(missing_ok=True)
    (tmp_path / file).write_bytes(b"\x00broken")
    with pytest.raises(WeightsError) as caught:
        load_clip(str(tmp_path), "cpu")
    assert caught.value.code == "weights.unreadable"
    assert caught.value.next_step


def test_pickled_weights_are_not_read(model_folder: Path, tmp_path: Path) -> None:
    for source in model_folder.iterdir():
        if source.suffix != ".safetensors":
            (tmp_path / source.name).write_bytes(source.read_bytes())
    torch.save({"anything": torch.zeros(1)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsError):
        load_clip(str(tmp_path), "cpu")


def test_openai_clip_and_transformers_give_the_same_embedding() -> None:
    try:
        import clip  # noqa: F401
    except Exception as error:  # whatever an old package makes of a new installation
        pytest.skip(f"the package openai-clip cannot be imported here: {error}")
    try:
        theirs = load_clip("openai-clip:ViT-B/32")
        ours = load_clip("openai/clip-vit-base-patch32")
    except Exception as error:
        pytest.skip(f"the weights of ViT-B/32 are not on this computer: {error}")
    picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(theirs.encode_image(picture), ours.encode_image(picture), atol=1e-3)
    texts = ["a red apple", "a sailboat"]
    assert torch.allclose(theirs.encode_text(texts), ours.encode_text(texts), atol=1e-3)
