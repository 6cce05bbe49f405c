"""``Scorer``: the interface that evaluation and explanation need, texts → scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt


class Scorer(Protocol):
    """A model, a lexicon, or anything else that judges texts."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    @property
    def version(self) -> str:
        """Version of the model."""
        ...

    def score(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """P(positive) of each text, float32 [len(texts)]."""
        ...
