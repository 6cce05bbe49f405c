"""Labels: the only place that turns the probabilities of a model into a label.

``LABELS`` are the classes in the order of a model's columns. A binary model has two columns,
negative and positive, and no neutral.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import Sentiment

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

LABELS: Final[tuple[Sentiment, ...]] = ("negative", "neutral", "positive")
NEGATIVE, NEUTRAL, POSITIVE = range(3)
CLASSES: Final = len(LABELS)
BINARY: Final = 2
DOUBT: Final = (0.3, 0.4, 0.3)
"""Probabilities of a text without evidence: neutral, with low confidence."""
EVEN: Final = (0.5, 0.0, 0.5)
"""The same of a binary model, which has no neutral."""
HALVES: Final = np.array([-0.5, 0.0, 0.5], np.float32)
"""What log odds of positive to negative add to the logit of each class."""
SURE: Final = 0.8
SAID: Final = 0.1
"""A text is mixed where its sentences say both sides with a confidence of at least ``SURE``, and
each side in at least the share ``SAID`` of their characters.
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of texts: ``probabilities`` float32 [n, k], k = 2 or 3, and ``evidence``
    bool [n], whether a text holds anything that the model knows. ``degraded``: bool [n], whether a
    part of the model that should have judged a text was away; None where none was.
    """

    probabilities: Floats = field(repr=False)
    evidence: Flags = field(repr=False)
    degraded: Flags | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.evidence)

    @classmethod
    def joined(cls, parts: Sequence[Judgement]) -> Judgement:
        """Of the texts of all parts, one or more, which one model judged."""
        degraded = [
            np.zeros(len(part), np.bool_) if part.degraded is None else part.degraded
            for part in parts
        ]
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.evidence for part in parts]),
            np.concatenate(degraded) if any(map(np.any, degraded)) else None,
        )

    def of(self, which: npt.NDArray[np.int64] | Sequence[int] | slice) -> Judgement:
        """Of some of the texts."""
        degraded = None if self.degraded is None else self.degraded[which]
        return Judgement(self.probabilities[which], self.evidence[which], degraded)

    @property
    def scores(self) -> Floats:
        """``scores`` of the probabilities."""
        return scores(self.probabilities)

    @property
    def by_label(self) -> Floats:
        """``by_label`` of the probabilities [n, 3]; of a text without evidence see ``DOUBT``."""
        without = DOUBT if self.probabilities.shape[-1] == CLASSES else EVEN
        known = self.evidence[:, None]
        return np.where(known, by_label(self.probabilities), np.array(without, np.float32))


class Decision(NamedTuple):
    """``confidence`` is P(``label``); ``score`` is P(positive) + P(neutral) / 2.

    ``probabilities`` by label, None from a binary model; ``evidence`` False: the model abstained.
    """

    label: Sentiment
    confidence: float
    score: float
    probabilities: Mapping[Sentiment, float] | None
    evidence: bool


def both(positive: Floats) -> Floats:
    """Probabilities [n, 2] of a binary model, from its P(positive) [n]."""
    return np.stack([1 - positive, positive], axis=-1).astype(np.float32, copy=False)


def by_label(probabilities: Floats) -> Floats:
    """Probabilities [n, 3] by ``LABELS`` of those [n, k]: of a binary model P(neutral) is 0."""
    if probabilities.shape[-1] == CLASSES:
        return probabilities
    return np.insert(probabilities, NEUTRAL, 0, axis=-1)


def of_records(
    scores: Sequence[float], probabilities: Sequence[Mapping[Sentiment, float] | None]
) -> npt.NDArray[np.float64]:
    """Probabilities [n, 3] by ``LABELS`` of stored records: ``probabilities`` of each, none or
    empty from a binary model, whose ``score`` is P(positive).
    """
    rows = [
        [found[label] for label in LABELS] if found else [1 - score, 0.0, score]
        for score, found in zip(scores, probabilities, strict=True)
    ]
    return np.array(rows, np.float64).reshape(-1, CLASSES)


def sides(probabilities: Floats) -> Floats:
    """P(positive) [n] of texts that are known to be positive or negative, of probabilities [n, k]:
    P(positive) / (P(positive) + P(negative)).
    """
    negative, positive = probabilities[:, 0], probabilities[:, -1]
    either = negative + positive
    even = np.full_like(either, 0.5)
    return np.asarray(np.divide(positive, either, out=even, where=either > 0))


def scores(probabilities: Floats) -> Floats:
    """P(positive) + P(neutral) / 2 [n] of probabilities [n, k]: how favourable each text is."""
    if probabilities.shape[-1] == BINARY:
        return probabilities[:, 1]
    return np.asarray(probabilities[:, POSITIVE] + probabilities[:, NEUTRAL] / 2, np.float32)


def classes(probabilities: Floats) -> Positions:
    """Position in ``LABELS`` of the likeliest label [n]; of equally likely ones neutral, then
    positive.
    """
    if probabilities.shape[-1] == BINARY:
        return np.where(probabilities[:, 1] >= 0.5, POSITIVE, NEGATIVE)
    likeliest = probabilities >= probabilities.max(1, keepdims=True)
    return np.where(
        likeliest[:, NEUTRAL], NEUTRAL, np.where(likeliest[:, POSITIVE], POSITIVE, NEGATIVE)
    )


def positions(judgement: Judgement) -> Positions:
    """Position in ``LABELS`` of the label that ``decide`` gives each text [n]."""
    found = classes(judgement.probabilities)
    return np.where(judgement.evidence, found, NEUTRAL)


def confidences(judgement: Judgement) -> Floats:
    """The confidence that ``decide`` gives each text [n]."""
    likeliest = judgement.probabilities.max(1)
    return np.where(judgement.evidence, likeliest, np.float32(DOUBT[NEUTRAL]))


def decide(judgement: Judgement) -> list[Decision]:
    """A decision for each text. Without evidence the model abstains: see ``DOUBT``."""
    three = judgement.probabilities.shape[-1] == CLASSES
    found = []
    for row, which, score, evidence in zip(
        judgement.probabilities.astype(np.float64).tolist(),
        classes(judgement.probabilities).tolist(),
        judgement.scores.astype(np.float64).tolist(),
        judgement.evidence.tolist(),
        strict=True,
    ):
        if not evidence:
            found.append(_abstained(three=three))
        elif three:
            by_label = dict(zip(LABELS, row, strict=True))
            found.append(Decision(LABELS[which], row[which], score, by_label, True))
        else:
            found.append(Decision(LABELS[which], max(score, 1 - score), score, None, True))
    return found


def is_mixed(lengths: Sequence[int], decisions: Sequence[Decision]) -> bool:
    """Whether sentences of these lengths, so decided, say both sides: see ``SURE``."""
    said = {"negative": 0, "positive": 0}
    for length, decision in zip(lengths, decisions, strict=True):
        if decision.label in said and decision.confidence >= SURE:
            said[decision.label] += length
    return min(said.values()) >= max(1, SAID * sum(lengths))


def _abstained(*, three: bool) -> Decision:
    by_label = dict(zip(LABELS, DOUBT, strict=True)) if three else None
    return Decision("neutral", DOUBT[NEUTRAL], 0.5, by_label, False)
