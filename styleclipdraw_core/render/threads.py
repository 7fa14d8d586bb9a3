"""Runs compiled functions that release the interpreter lock on several threads; hides the pool.

Numba's own parallel loops are not used: their default scheduler on many machines ends the process when
two Python threads render at once, and its OpenMP threads spin beside torch's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import torch


def thread_count() -> int:
    """As many threads as torch uses, so that one setting serves both."""
    return max(1, min(torch.get_num_threads(), _cores()))


Result = TypeVar("Result")


def run_parts(work: Callable[[int], Result], parts: int) -> list[Result]:
    """``work(part)`` for every part, the first on this thread -> their results, in order."""
    others = [_pool().submit(work, part) for part in range(1, parts)]
    return [work(0), *(other.result() for other in others)]


@lru_cache(maxsize=1)
def _cores() -> int:
    return os.cpu_count() or 1


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=_cores(), thread_name_prefix="render")
