"""Second opinion on the polarity of a term: the answers of the judge of whole reviews.

The tagger learns from some thousand marked sentences of a language, the judge from far more texts
that have a label. It is asked about the text and about the phrase that a term stands in; weights
join its answers with the tagger's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

import numpy as np
import numpy.typing as npt

from models.artifact.array_storage import Array
from models.aspects.clauses import phrase
from models.student.languages import RELATED
from models.text.hash_kernels import Places

WEIGHTS, BIAS = "opinion/weights", "opinion/bias"
TILE: Final = 64
"""Texts that the judge is asked about at once, always as many: a matrix product of another shape
may add in another order, and what is said of a text must not depend on its company."""
TINY: Final = np.float32(1e-6)
FEATURES: Final = 9
"""Logits of three labels by the tagger, and by the judge of the text and of the phrase."""
Floats = npt.NDArray[np.float32]


class Judge(Protocol):
    """The student, for one."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Those that it knows."""

    def probabilities(self, texts: Sequence[str], languages: Sequence[str], /) -> Floats:
        """Of negative, neutral and positive, [texts, 3]."""


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """``weights`` [groups, FEATURES, 3], ``bias`` [groups, 3]; ``groups``: that of a language, and
    of all others under ``""``. In languages that the judge does not know the tagger's own answer
    stands for the judge's.
    """

    judge: Judge
    groups: Mapping[str, int]
    weights: Floats = field(repr=False)
    bias: Floats = field(repr=False)

    @classmethod
    def of(cls, judge: Judge, groups: Mapping[str, int], arrays: Mapping[str, Array]) -> Self:
        """Of an artifact's arrays. Raises ``KeyError``, ``TypeError`` or ``ValueError``."""
        weights, bias = (np.asarray(arrays[name], np.float32) for name in (WEIGHTS, BIAS))
        count = 1 + max(groups.values())
        if groups[""] < 0 or weights.shape != (count, FEATURES, 3) or bias.shape != (count, 3):
            raise ValueError("weights for every group")
        return cls(judge, dict(groups), weights, bias)

    def __call__(
        self, own: Floats, texts: Sequence[str], languages: Sequence[str], rows: Places,
        spans: Sequence[tuple[int, int]],
    ) -> Floats:  # fmt: skip
        """Logits of terms, [terms, 3]. ``own``: the tagger's; ``rows``: the text of each."""
        seen = features(self.judge, own, texts, languages, rows, spans)
        other = self.groups[""]
        group = np.array([self.groups.get(code, other) for code in languages], np.int64)[rows]
        found, weights = self.bias[group], self.weights[group]
        for at in range(FEATURES):
            found += seen[:, at, None] * weights[:, at]
        return found


def features(
    judge: Judge, own: Floats, texts: Sequence[str], languages: Sequence[str], rows: Places,
    spans: Sequence[tuple[int, int]],
) -> Floats:  # fmt: skip
    """[terms, FEATURES]: log probabilities less their mean, by the tagger, and by the judge of the
    text and of the phrase.
    """
    own = own - own.mean(1, keepdims=True)
    seen = np.concatenate([own, own, own], 1)
    known = {*judge.languages, *RELATED}
    asked = [at for at, row in enumerate(rows.tolist()) if languages[row] in known]
    if not asked:
        return seen
    of_text = np.unique(rows[asked])
    codes = [languages[row] for row in rows[asked]]
    whole = _asked(judge, [texts[row] for row in of_text], [languages[row] for row in of_text])
    phrases = [phrase(texts[row], *spans[at]) for at, row in zip(asked, rows[asked], strict=True)]
    seen[asked, 3:6] = whole[np.searchsorted(of_text, rows[asked])]
    seen[asked, 6:9] = _asked(judge, phrases, codes)
    return seen


def _asked(judge: Judge, texts: list[str], languages: list[str]) -> Any:
    """Logits of texts, in batches of one size."""
    blank = -len(texts) % TILE
    texts, languages = texts + [""] * blank, languages + languages[:1] * blank
    parts = [
        judge.probabilities(texts[at : at + TILE], languages[at : at + TILE])
        for at in range(0, len(texts), TILE)
    ]
    logits = np.log(np.maximum(np.concatenate(parts), TINY))
    return (logits - logits.mean(1, keepdims=True))[: len(texts) - blank]
