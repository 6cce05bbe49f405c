"""Usefulness of a label: uncertainty, disagreement between models, and drift of its segment.

Settles 2009, Active Learning Literature Survey,
https://burrsettles.com/pub/settles.activelearning.pdf, §3.1 and §3.2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final

from schemas.records import LabellingReason, Sentiment
from schemas.text import MaskedText

Distribution = tuple[float, ...]
"""A probability for each label."""
NEXT_CONDITION: Final = re.compile(r",(?=\w+=)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """Unlabelled review. ``emitted``: P of each of ``models.labels.LABELS`` by the model whose
    ``score`` was emitted; ``by_model``: the same by each model that read it, shadows included.
    """

    review_id: str
    product_id: str
    language: str
    source: str
    text_masked: MaskedText = field(repr=False)
    sentiment: Sentiment
    score: float
    model_name: str
    model_version: str
    emitted: Distribution
    by_model: tuple[Distribution, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the other criteria, relative to uncertainty."""

    disagreement: float
    drift: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Usefulness:
    """The parts of the sum: ``uncertainty`` from 0 to 1 bit of two labels, 1.58 of three; the
    others from 0 to their weight, of two models.
    """

    uncertainty: float
    disagreement: float
    drift: float

    @property
    def total(self) -> float:
        """The higher, the more its label would help."""
        return self.uncertainty + self.disagreement + self.drift

    @property
    def reason(self) -> LabellingReason:
        """The largest part."""
        parts: dict[LabellingReason, float] = {
            "drift": self.drift,
            "disagreement": self.disagreement,
            "uncertainty": self.uncertainty,
        }
        return max(parts, key=parts.__getitem__)


def usefulness(candidate: Candidate, drifting: Sequence[str], weights: Weights) -> Usefulness:
    """``drifting``: segments such as ``language=en,product=p1``."""
    drifts = any(within(candidate, segment) for segment in drifting)
    return Usefulness(
        uncertainty=entropy(candidate.emitted),
        disagreement=weights.disagreement * divergence(candidate.by_model),
        drift=weights.drift * drifts,
    )


def entropy(shares: Sequence[float]) -> float:
    """Shannon entropy of a distribution, in bits: 0 where one label is certain, log2(n) where n are
    as likely.
    """
    return -sum(p * math.log2(p) for p in shares if p > 0)


def divergence(distributions: Sequence[Distribution]) -> float:
    """Jensen-Shannon divergence, in bits: 0 where all are the same, 1 where two are certain of
    different labels.

    McCallum & Nigam 1998, Employing EM and Pool-Based Active Learning for Text Classification.
    """
    if len(distributions) < 2:
        return 0.0
    mean = [fmean(shares) for shares in zip(*distributions, strict=True)]
    return max(0.0, entropy(mean) - fmean(map(entropy, distributions)))


def within(candidate: Candidate, segment: str) -> bool:
    """Whether the review belongs to a segment; one of something that reviews do not have holds
    none, an empty one all.
    """
    if not segment:
        return True
    has = {
        "language": candidate.language,
        "product": candidate.product_id,
        "source": candidate.source,
    }
    conditions = [condition.partition("=") for condition in NEXT_CONDITION.split(segment)]
    return all(has.get(name) == value for name, _, value in conditions)
