"""Routing of a cascade: which texts a slower model is asked about, and how both answers are
combined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from models.artifact.array_storage import Array
from models.labels import Floats

PREFIX: Final = "routing/"
SMALLEST: Final = 1e-4
"""Probability from which on a smaller one is as small."""
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Routing:
    """A linear estimate of how much likelier the right label is once the slow model is asked.

    ``weights`` [features], see ``features``; ``by_language`` [languages + 1], the last of others;
    ``quantiles``: of the estimate on the texts that it was fitted to, from the smallest to the
    largest; ``own``: weight of the fast model's log probabilities beside the slow model's.
    """

    languages: tuple[str, ...]
    weights: Doubles = field(repr=False)
    by_language: Doubles = field(repr=False)
    quantiles: Doubles = field(repr=False)
    own: float

    @classmethod
    def of(cls, arrays: Mapping[str, Array], languages: tuple[str, ...]) -> Routing:
        """Of an artifact's arrays. Raises ``KeyError`` where one is missing."""
        weights, by_language, quantiles, own = (
            np.asarray(arrays[f"{PREFIX}{name}"], np.float64)
            for name in ("weights", "by_language", "quantiles", "own")
        )
        return cls(languages, weights, by_language, quantiles, float(own))

    def arrays(self) -> dict[str, Array]:
        """By name, for an artifact."""
        return {
            f"{PREFIX}{name}": np.asarray(getattr(self, name), np.float32)
            for name in ("weights", "by_language", "quantiles", "own")
        }

    def gains(self, probabilities: Floats, languages: Sequence[str], lengths: Floats) -> Doubles:
        """The estimate for each text, of the fast model's ``probabilities`` [texts, 3], and of
        ``lengths`` in characters.
        """
        known = {code: number for number, code in enumerate(self.languages)}
        numbers = [known.get(code, len(known)) for code in languages]
        found = features(probabilities, lengths) @ self.weights + self.by_language[numbers]
        return np.asarray(found, np.float64)

    def threshold(self, share: float) -> float:
        """The estimate that ``share`` of the texts exceed that it was fitted to; all exceed that
        of a share of 1.
        """
        return float(np.quantile(self.quantiles, 1 - share)) if share < 1 else -np.inf

    def combined(self, fast: Floats, slow: Floats) -> Floats:
        """Probabilities [texts, 3] of both models' ones."""
        logs = self.own * logarithms(fast) + (1 - self.own) * logarithms(slow)
        found = np.exp(logs - logs.max(1, keepdims=True))
        return np.asarray(found / found.sum(1, keepdims=True), np.float32)


def features(probabilities: Floats, lengths: Floats) -> Doubles:
    """[texts, features]: the classes' probabilities and their logarithms, the largest one, its
    distance to the second, the entropy, and the logarithm of the text's length.
    """
    logs, ordered = logarithms(probabilities), np.sort(probabilities, 1)
    columns = [
        probabilities,
        logs,
        ordered[:, 2:],
        ordered[:, 2:] - ordered[:, 1:2],
        -(probabilities * logs).sum(1, keepdims=True),
        np.log(np.maximum(lengths, 1))[:, None],
    ]
    return np.concatenate(columns, 1).astype(np.float64)


def logarithms(probabilities: Floats) -> Doubles:
    """Finite ones."""
    return np.asarray(np.log(np.maximum(probabilities, SMALLEST)), np.float64)
