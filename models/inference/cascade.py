"""Cascade: a fast model answers most texts alone; of a bounded share, those where it pays most, a
slower and more accurate one is asked too.

Viola and Jones 2001, https://doi.org/10.1109/CVPR.2001.990517; for classifiers of text, Li et al.
2021, https://arxiv.org/abs/2012.14682.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from infra.metrics import CASCADE
from models.inference.routing import Routing
from models.inference.scorer import Reader
from models.labels import Judgement, Positions
from schemas.errors import EngineUnavailable

BURST: Final = 32
"""Texts that may be asked about at once after a time in which few needed it."""
log = logging.getLogger("undertone.models")


@dataclass(slots=True)
class Cascade:
    """``Reader`` of three classes whose ``slow`` model is asked about at most ``share`` of all
    texts.

    Where ``slow`` is a server and away, or one of the two sees no evidence, the other's answer
    stands.
    """

    fast: Reader
    slow: Reader
    routing: Routing
    share: float
    _threshold: float = field(init=False)
    _allowed: float = field(default=0.0, init=False)
    _away: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self._threshold = self.routing.threshold(self.share)

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        """See ``Classifier.judge``."""
        first = self.fast.judge(texts, languages)
        asked = self._asked(texts, languages, first)
        second = self._second([texts[at] for at in asked], [languages[at] for at in asked])
        CASCADE.labels("fast").inc(len(texts) - len(asked))
        CASCADE.labels("unavailable" if second is None else "slow").inc(len(asked))
        if second is None:
            return first
        probabilities, evidence = first.probabilities.copy(), first.evidence.copy()
        both = first.evidence[asked] & second.evidence
        alone = second.evidence & ~both
        combined = self.routing.combined(first.probabilities[asked], second.probabilities)
        probabilities[asked[both]] = combined[both]
        probabilities[asked[alone]] = second.probabilities[alone]
        evidence[asked] |= second.evidence
        return Judgement(probabilities, evidence)

    def _asked(self, texts: Sequence[str], languages: Sequence[str], first: Judgement) -> Positions:
        """Positions of the texts to ask about: where not all may be, those where it pays most."""
        lengths = np.array([len(text) for text in texts], np.float32)
        gains = self.routing.gains(first.probabilities, languages, lengths)
        worth = np.flatnonzero(gains > self._threshold)
        with self._lock:
            allowed = self._allowed + self.share * len(texts)
            asked = worth[np.argsort(-gains[worth], kind="stable")[: int(allowed)]]
            self._allowed = min(allowed - len(asked), float(BURST))
        return asked

    def _second(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement | None:
        """None where nothing was asked, or the slow model is away."""
        if not texts:
            return None
        try:
            judged = self.slow.judge(texts, languages)
        except EngineUnavailable as error:
            if not self._away:
                log.warning("the fast model answers alone: %s", error)
            self._away = True
            return None
        self._away = False
        return judged
