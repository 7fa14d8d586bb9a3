"""What the loop asks of a judge."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class Guide(Protocol):
    """A judge of pictures.

    Called with pictures [B, 3, H, W] in [0, 1] it returns a scalar, smaller when it likes them
    better. All chance comes from the generator. `progress` is the share of the run that is behind.
    The loop multiplies the scalar by `weight`; a person is shown the scalar itself, negated when
    `higher_is_better`.
    """

    @property
    def name(self) -> str: ...

    @property
    def weight(self) -> float: ...

    @property
    def higher_is_better(self) -> bool: ...

    def __call__(
        self, pictures: Tensor, *, generator: torch.Generator, progress: float = 0.0
    ) -> Tensor: ...
