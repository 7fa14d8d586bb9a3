"""numba's compiler with a cache on disk that never outlives the sources; hides where it lies.

numba notices that the file of a function has changed, not the files of the functions that it calls.
So the cache is kept by the content of all of this package, beside the person's other data or in
$NUMBA_CACHE_DIR when that is set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba

from styleclipdraw_core.job_folder import data_folder

Function = Callable[..., Any]
# numba's own types know neither its settings nor options that are passed on.
config: Any = numba.config
njit: Any = numba.njit


def compiled(**options: object) -> Callable[[Function], Any]:
    """`numba.njit` without the interpreter lock, with that cache, and with numpy's division by zero
    (infinity: no check before each division); ``options`` are numba's.
    """

    def compile_lazily(function: Function) -> Any:
        elsewhere = config.CACHE_DIR
        config.CACHE_DIR = str(_cache_folder())
        try:
            return njit(cache=True, nogil=True, error_model="numpy", **options)(function)
        finally:
            config.CACHE_DIR = elsewhere

    return compile_lazily


@lru_cache(maxsize=1)
def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = Path(config.CACHE_DIR) if config.CACHE_DIR else data_folder() / "compiled"
    return base / digest.hexdigest()[:16]


def is_prepared() -> bool:
    """Whether the renderer as it is now has been compiled here before."""
    return any(_cache_folder().rglob("*.nbi"))
