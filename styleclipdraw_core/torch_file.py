"""Finds the tensors in a file of torch's format of before 2020, without unpickling what it says.

Such a file is five pickles (a magic number, the format's version, facts about the machine, the
objects, the names of the storages), then each storage: its number of elements as eight bytes, and
the elements. So the first few kilobytes tell where every tensor lies, and a tensor can be fetched
alone. Hides the pickles: of what they may ask for, only tensors are made, and those only noted.
Format: ``_legacy_save`` in torch/serialization.py. Only the standard library.
"""

from __future__ import annotations

import io
import math
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from styleclipdraw_core.errors import WeightsError

_MAGIC = 0x1950A86A20F9469CFC6C
_VERSION = 1001
_COUNT_BYTES = 8  # in front of each storage
_ELEMENT_BYTES = {"FloatStorage": 4, "HalfStorage": 2, "DoubleStorage": 8, "LongStorage": 8}


@dataclass(frozen=True)
class Tensor:
    """Where a contiguous tensor of 32-bit floats lies in the file."""

    shape: tuple[int, ...]
    start: int  # bytes from the beginning of the file
    size: int  # bytes


class NotThisFormatError(WeightsError):
    """The file is of another format, or of this one and not understood."""

    code = "weights.format"


@dataclass(frozen=True)
class _Storage:
    key: str
    count: int
    element_bytes: int


@dataclass(frozen=True)
class _Noted:
    """A tensor as the pickle describes it."""

    storage: _Storage
    offset: int  # elements
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def find_tensors(head: bytes) -> dict[str, Tensor]:
    """The named tensors of a state dictionary, from the file's first bytes (all five pickles).

    Raises `NotThisFormatError` for anything else, be it broken or hostile.
    """
    stream = io.BytesIO(head)
    try:
        magic, version, machine, objects, keys = (_Notes(stream).load() for _ in range(5))
        if magic != _MAGIC or version != _VERSION or machine["little_endian"] is not True:
            raise ValueError("another format")
        return _places(objects, keys, stream.tell())
    except NotThisFormatError:
        raise
    except Exception as error:  # a pickle can fail in any way at all
        raise _not_understood() from error


def _places(objects: Any, keys: Any, first: int) -> dict[str, Tensor]:
    if not isinstance(objects, OrderedDict) or not isinstance(keys, list):
        raise _not_understood()
    named = {name: noted for name, noted in objects.items() if isinstance(noted, _Noted)}
    storages = {noted.storage.key: noted.storage for noted in named.values()}
    if len(named) != len(objects) or sorted(keys) != sorted(storages):
        raise _not_understood()
    starts, position = {}, first
    for key in keys:
        starts[key] = position + _COUNT_BYTES
        position = starts[key] + storages[key].count * storages[key].element_bytes
    return {str(name): _place(noted, starts) for name, noted in named.items()}


def _place(noted: _Noted, starts: dict[str, int]) -> Tensor:
    storage, count = noted.storage, math.prod(noted.shape)
    in_order = tuple(math.prod(noted.shape[i + 1 :]) for i in range(len(noted.shape)))
    if (
        storage.element_bytes != 4
        or noted.stride != in_order
        or min(noted.shape, default=1) < 1
        or not 0 <= noted.offset <= storage.count - count
    ):
        raise _not_understood()
    return Tensor(noted.shape, starts[storage.key] + 4 * noted.offset, 4 * count)


class _Notes(pickle.Unpickler):
    """Makes nothing but dictionaries and `_Noted`; any other name in the pickle is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor", "_rebuild_tensor_v2"):
            return _note_tensor
        if module == "torch._utils" and name == "_rebuild_parameter":
            return _note_parameter
        if module == "torch" and name in _ELEMENT_BYTES:
            return _ELEMENT_BYTES[name]
        raise _not_understood()

    def persistent_load(self, pid: Any) -> _Storage:
        _, element_bytes, key, _, count, view = pid
        if view is not None or not isinstance(element_bytes, int) or int(count) < 0:
            raise _not_understood()
        return _Storage(str(key), int(count), element_bytes)


def _note_tensor(storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> _Noted:
    if not isinstance(storage, _Storage):
        raise _not_understood()
    return _Noted(storage, int(offset), tuple(int(n) for n in shape), tuple(int(n) for n in stride))


def _note_parameter(data: Any, *_: Any) -> Any:
    return data


def _not_understood() -> NotThisFormatError:
    return NotThisFormatError(
        "The file of weights is not of the expected format.",
        "Remove it and fetch it again.",
    )
