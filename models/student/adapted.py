"""The student with a domain adapter: a gated correction of the odds of positive to negative.

As in ``models.networks.adapted``, two sums over hashed n-grams say how far to shift, and whether
to. P(neutral) keeps its share of what the others have in the geometric mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from models.artifact.array_storage import Array
from models.artifact.artifact import (
    ADAPTER_BIAS,
    ADAPTER_GATE,
    ADAPTER_KNOWN,
    ADAPTER_SHIFT,
    Artifact,
    without_adapter,
)
from models.labels import HALVES, Floats, Judgement
from models.student.model import Student
from models.text.feature_index import KnownIds
from models.text.ngrams import Encoder, EncoderSettings
from schemas.errors import ModelIntegrityError


@dataclass(frozen=True, slots=True)
class AdaptedStudent:
    """``table`` [known n-grams + 1, 2] and ``bias`` [2]: shift and gate. ``languages``: the only
    ones whose texts are corrected; those of all if there are none.
    """

    student: Student
    encode: Encoder = field(repr=False)
    table: Floats = field(repr=False)
    bias: Array = field(repr=False)
    languages: frozenset[str]

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        """Of an artifact. Raises ``ModelIntegrityError`` where it lacks an array."""
        student = Student.of(without_adapter(artifact))
        try:
            known = KnownIds.of(artifact.arrays[ADAPTER_KNOWN])
            encode = Encoder(EncoderSettings(**artifact.network.config["encoder"]), known)
            table = np.column_stack([artifact.arrays[ADAPTER_SHIFT], artifact.arrays[ADAPTER_GATE]])
            if int(known.before[-1]) + int(known.words[-1]).bit_count() + 1 != len(table):
                raise ValueError("as many weights as known n-grams")
            languages = frozenset(artifact.network.config.get("languages", ()))
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise ModelIntegrityError(
                f"{artifact.name}: its arrays are not those of an adapter"
            ) from error
        return cls(student, encode, table, artifact.arrays[ADAPTER_BIAS], languages)

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Student.judge``; an n-gram of the adapter is evidence too."""
        judged = self.student.judge(texts, languages)
        mine = [
            at for at, code in enumerate(languages) if not self.languages or code in self.languages
        ]
        if not mine:
            return judged
        ids = self.encode([texts[at] for at in mine])
        sums = np.array([self.table[each].sum(0, dtype=np.float64) for each in ids]) + self.bias
        delta = sums[:, 0] / (1 + np.exp(-np.clip(sums[:, 1], -80, 80)))
        tilted = judged.probabilities[mine] * np.exp(delta[:, None] * HALVES)
        probabilities, evidence = judged.probabilities.copy(), judged.evidence.copy()
        probabilities[mine] = tilted / tilted.sum(1, keepdims=True)
        evidence[mine] |= [len(each) > 0 for each in ids]
        return Judgement(probabilities, evidence)
