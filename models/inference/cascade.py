"""Cascade: a fast model answers most texts alone; of a bounded share, those where it pays most, a
slower and more accurate one is asked too.

Viola and Jones 2001, https://doi.org/10.1109/CVPR.2001.990517; for classifiers of text, Li et al.
2021, https://arxiv.org/abs/2012.14682.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from infra.metrics import CASCADE
from models.inference.encoder_tier import EncoderTier
from models.inference.routing import Routing
from models.inference.scorer import Reader
from models.labels import Judgement, Positions

BURST: Final = 32
"""Texts that may be asked about at once after a time in which few needed it."""


@dataclass(slots=True)
class Cascade:
    """``Reader`` of three classes that asks an encoder too, about at most ``share`` of all texts.

    Where the encoder does not answer, or one of the two sees no evidence, the other's answer
    stands. What it should have been asked about then is ``degraded``; all texts are while it is not
    loaded.
    """

    fast: Reader
    encoder: EncoderTier
    share: float
    _allowed: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Classifier.judge``."""
        first = self.fast.judge(texts, languages)
        if self.encoder.loaded is None:
            return _alone(first, np.arange(len(texts)))
        routing = self.encoder.loaded.routing
        asked = self._asked(routing, texts, languages, first)
        CASCADE.labels("fast").inc(len(texts) - len(asked))
        if not len(asked):
            return first
        second = self.encoder.ask([texts[at] for at in asked], [languages[at] for at in asked])
        if second is None:
            return _alone(first, asked)
        CASCADE.labels("slow").inc(len(asked))
        probabilities, evidence = first.probabilities.copy(), first.evidence.copy()
        both = first.evidence[asked] & second.evidence
        alone = second.evidence & ~both
        combined = routing.combined(first.probabilities[asked], second.probabilities)
        probabilities[asked[both]] = combined[both]
        probabilities[asked[alone]] = second.probabilities[alone]
        evidence[asked] |= second.evidence
        return Judgement(probabilities, evidence)

    def _asked(
        self,
        routing: Routing,
        texts: Sequence[str],
        languages: Sequence[str],
        first: Judgement,
    ) -> Positions:
        """Positions of the texts to ask about: where not all may be, those where it pays most."""
        lengths = np.array([len(text) for text in texts], np.float32)
        gains = routing.gains(first.probabilities, languages, lengths)
        worth = np.flatnonzero(gains > routing.threshold(self.share))
        with self._lock:
            allowed = self._allowed + self.share * len(texts)
            asked = worth[np.argsort(-gains[worth], kind="stable")[: int(allowed)]]
            self._allowed = min(allowed - len(asked), float(BURST))
        return asked


def _alone(first: Judgement, unasked: Positions) -> Judgement:
    """The fast model's answers, of which those ``unasked`` are degraded."""
    CASCADE.labels("unavailable").inc(len(unasked))
    degraded = np.zeros(len(first), np.bool_)
    degraded[unasked] = True
    return replace(first, degraded=degraded)
