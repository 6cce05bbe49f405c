"""Accuracy by slice: by length and by language of the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.artifact.calibration import Labels
from models.evaluation.significance import Interval, wilson

SHORT: Final = 40
"""Words up to which a text is short: a sentence, a tweet."""
BANDS: Final = ((1, 10), (11, 20), (21, SHORT), (41, 80), (81, 160), (161, 320), (321, 640))
LONGER: Final = f"{BANDS[-1][1] + 1}+"
NAMES: Final = (*(f"{low}-{high}" for low, high in BANDS), LONGER)


@dataclass(frozen=True, slots=True)
class Slice:
    """Accuracy, with its 95% interval (Wilson), on the ``reviews`` that have in common what
    ``name`` says.
    """

    name: str
    reviews: int
    accuracy: float
    interval: Interval


def by_length(words: Sequence[int], right: Labels) -> tuple[Slice, ...]:
    """A slice for each band of length that has reviews, from the words of each and whether it was
    judged right; both [n].
    """
    bands = [length_band(count) for count in words]
    return tuple(_slice(name, bands, right) for name in NAMES if name in bands)


def by_language(languages: Sequence[str], right: Labels) -> tuple[Slice, ...]:
    """A slice for each language (ISO 639-1, or ``und``), the most frequent first."""
    return tuple(
        _slice(name, languages, right)
        for name in sorted(set(languages), key=lambda n: (-languages.count(n), n))
    )


def length_band(words: int) -> str:
    """The name of the band that a text of so many words is in; one without any is in the first."""
    return next(
        (name for (_, high), name in zip(BANDS, NAMES, strict=False) if words <= high), LONGER
    )


def _slice(name: str, names: Sequence[str], right: Labels) -> Slice:
    inside = right[np.array([other == name for other in names])]
    return Slice(name, len(inside), float(np.mean(inside)), wilson(inside))
