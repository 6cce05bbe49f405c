"""Bounded explanations of scores: each scores the text many times, with one part left out at a
time.

Of a cascade they are of the model that answers without its encoder: all texts that one explanation
compares are judged by the same model, and take nothing from the encoder's share of live traffic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from models.evaluation.explanation import Explanation, explain
from models.inference.scorer import Decided, Judge
from models.text.word_spans import tokens
from schemas.text import MaskedText
from streams.router.core.live_models import Scorer

OCCLUSIONS: Final = 128
CHARACTERS: Final = 400_000
"""What one explanation may have scored in all: beyond either, wider pieces are left out, so that a
long text waits no longer.
"""
FEWEST: Final = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, its language, and the model that judged it."""

    scorer: Scorer
    language: str
    text: MaskedText = field(repr=False)

    def limit(self) -> int:
        """Maximum number of pieces that are left out."""
        return max(FEWEST, min(OCCLUSIONS, CHARACTERS // max(1, len(self.text))))

    def pieces(self) -> int:
        """Number of pieces left out one after the other: the cost of an explanation in scored
        texts.
        """
        return min(self.limit(), len(tokens(self.text)))


def explained(judged: Sequence[Judged]) -> list[Explanation]:
    """One explanation for each. Raises ``EngineUnavailable``."""
    # What is left of a masked text is masked.
    return [
        explain(
            Decided(cast(Judge, item.scorer.without_encoder()), item.language),
            item.text,
            limit=item.limit(),
        )
        for item in judged
    ]
