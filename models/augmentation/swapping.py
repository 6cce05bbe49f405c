"""Random swap of pairs of words (EDA)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.artifact.calibration import Labels
from models.augmentation.tokens import rewritten, some


def swap(
    texts: Sequence[str], positive: Labels, rng: np.random.Generator
) -> tuple[list[str], Labels]:
    """A copy of each text of two words or more, a tenth of its words each in another's place; see
    ``Augmentation``.
    """
    return rewritten(texts, positive, rng, _swapped)


def _swapped(tokens: list[str], places: list[int], rng: np.random.Generator) -> list[str]:
    changed = list(tokens)
    for at in some(places, rng):
        other = int(rng.choice(places))
        changed[at], changed[other] = changed[other], changed[at]
    return changed
