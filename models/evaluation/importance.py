"""Global token importance: contributions aggregated over a sample of reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.evaluation.explanation import Explanation

SAMPLE: Final = 100
FEWEST: Final = 5
"""Reviews that a token must be in: a word of one review says more of that review than of the model.
"""


@dataclass(frozen=True, slots=True)
class Importance:
    """``magnitude``: mean absolute contribution in log-odds; ``mean``: with its sign; ``reviews``
    that hold the token, ``positive`` of which it speaks for positive in."""

    token: str
    reviews: int
    positive: int
    magnitude: float
    mean: float


def importance(
    explained: Iterable[tuple[str, Explanation]], *, fewest: int = FEWEST
) -> list[Importance]:
    """The tokens, without regard to case, in order of ``magnitude``. A token that a review repeats
    counts there by its mean.

    Takes texts with their explanations, of window 1 and stride 1: wider ones are left out.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for text, explanation in explained:
        if explanation.window > 1:
            continue
        here: dict[str, list[float]] = defaultdict(list)
        for start, end, contribution in explanation.attributions:
            here[text[start:end].lower()].append(contribution)
        for token, contributions in here.items():
            found[token].append(float(np.mean(contributions)))
    rows = [
        Importance(
            token,
            len(means),
            int(np.sum(np.array(means) > 0)),
            float(np.mean(np.abs(means))),
            float(np.mean(means)),
        )
        for token, means in found.items()
        if len(means) >= fewest
    ]
    return sorted(rows, key=lambda row: (-row.magnitude, row.token))


def both_directions(
    rows: Sequence[Importance], top: int
) -> tuple[list[Importance], list[Importance]]:
    """The ``top`` that on the whole speak for positive, and those that speak against, the strongest
    first.

    By ``mean``: a word that now speaks for, now against, as "worth" does after "not", has a large
    ``magnitude`` and no direction.
    """
    ordered = sorted(rows, key=lambda row: (row.mean, row.token))
    return [row for row in reversed(ordered) if row.mean > 0][:top], [
        row for row in ordered if row.mean < 0
    ][:top]


def sample(count: int, size: int, seed: int) -> list[int]:
    """``size`` of the positions 0 … count-1, or all, in order."""
    return sorted(np.random.default_rng(seed).permutation(count)[:size].tolist())
