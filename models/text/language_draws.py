"""The arithmetic of langdetect as a compiled loop: probabilities of languages and drawn n-grams."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.text.hash_kernels import Places, compiled

Doubles = npt.NDArray[np.float64]


@compiled
def multiplied(probabilities: Doubles, rows: Doubles, drawn: Places, weight: float) -> float:
    """Multiply ``probabilities`` [languages] by those ``rows`` [n-grams, languages] that are
    ``drawn``, each plus ``weight``, scale them to a sum of 1, and return the largest.
    """
    for row in drawn:
        for language in range(len(probabilities)):
            probabilities[language] *= weight + rows[row, language]
    total = 0.0
    for probability in probabilities:
        total += probability
    largest = 0.0
    for language in range(len(probabilities)):
        probabilities[language] /= total
        largest = max(largest, probabilities[language])
    return largest


def warm_up() -> None:
    """Have it compiled."""
    multiplied(np.ones(2), np.ones((1, 2)), np.zeros(1, np.int64), 0.0)
