"""Tensors are found in torch's old file format, and nothing that a pickle asks for is done."""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from styleclipdraw_core.torch_file import NotThisFormatError, find_tensors

STATE = OrderedDict(
    (name, torch.arange(1, 1 + int(np.prod(shape)), dtype=torch.float32).reshape(shape))
    for name, shape in (("a.weight", (4, 3, 3, 3)), ("a.bias", (4,)), ("b.weight", (2, 4)))
)


def saved(objects: object, *, old: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(objects, file, _use_new_zipfile_serialization=not old)
    return file.getvalue()


def test_every_tensor_lies_where_it_says() -> None:
    content = saved(STATE)
    places = find_tensors(content[:2048])
    assert list(places) == list(STATE)
    for name, place in places.items():
        there = np.frombuffer(content[place.start : place.start + place.size], "<f4")
        assert place.shape == tuple(STATE[name].shape)
        assert np.array_equal(there.reshape(place.shape), STATE[name].numpy())


def test_tensors_that_share_a_storage_and_parameters() -> None:
    base = torch.arange(10, dtype=torch.float32)
    state = OrderedDict(
        whole=base, tail=base[4:], parameter=torch.nn.Parameter(torch.full((3,), 7.0))
    )
    content = saved(state)
    places = find_tensors(content)
    tail = places["tail"]
    assert np.frombuffer(content[tail.start : tail.start + tail.size], "<f4")[0] == 4.0
    own = places["parameter"]
    assert np.frombuffer(content[own.start : own.start + own.size], "<f4").tolist() == [7, 7, 7]


class Trap:
    """Would write a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize(
    "which", ["magic", "objects", "keys"]
)  # every one of the five pickles is read with the same care
def test_nothing_is_executed(which: str, tmp_path: Path) -> None:
    trap = Trap(tmp_path / "sprung")
    parts: dict[str, object] = {
        "magic": 0x1950A86A20F9469CFC6C,
        "version": 1001,
        "machine": {"little_endian": True},
        "objects": OrderedDict(),
        "keys": [],
    }
    parts[which] = trap
    head = b"".join(pickle.dumps(part, 2) for part in parts.values())
    with pytest.raises(NotThisFormatError):
        find_tensors(head)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(head if which == "magic" else pickle.dumps(trap)).close()
    assert (tmp_path / "sprung").exists()  # the trap does work


GOOD = saved(STATE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (GOOD[:100], "the pickles are cut off"),
        (saved(STATE, old=False), "the format of today, a zip"),
        (b"<html>Not found</html>", "a page of a proxy"),
        (saved([1, 2]), "no state dictionary"),
        (saved(OrderedDict(a=torch.zeros(2, dtype=torch.int64))), "not 32-bit floats"),
        (saved(OrderedDict(a=torch.zeros(3, 2).t())), "not contiguous"),
        (saved(OrderedDict(a="text")), "something that is no tensor"),
        (GOOD.replace(b"FloatStorage", b"CharlStorage"), "an unknown kind of storage"),
        (GOOD.replace(b"OrderedDict", b"defaultdict"), "another class of the same module"),
    ],
)
def test_anything_else_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(NotThisFormatError):
        find_tensors(content)
