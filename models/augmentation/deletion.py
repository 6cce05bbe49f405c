"""Random deletion of words (EDA)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.artifact.calibration import Labels
from models.augmentation.tokens import rewritten, some


def delete(
    texts: Sequence[str], positive: Labels, rng: np.random.Generator
) -> tuple[list[str], Labels]:
    """A copy of each text of two words or more, without a tenth of its words; see
    ``Augmentation``."""
    return rewritten(texts, positive, rng, _without)


def _without(tokens: list[str], places: list[int], rng: np.random.Generator) -> list[str]:
    if len(places) < 2:
        return tokens
    gone = set(some(places, rng))
    return [token for at, token in enumerate(tokens) if at not in gone]
