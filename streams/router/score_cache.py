"""Score cache of a model: the same masked text gets the same score without being scored again.

Each loaded model has a memory of its own, which goes when the model goes: no score outlives the
version that gave it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from infra import metrics
from schemas.text import MaskedText
from streams.router.core.live_models import Scorer


class CachedScorer:
    """A ``Scorer`` over another. It keeps hashes of texts, no text. Not for use by two threads at
    once.
    """

    def __init__(self, scorer: Scorer, size: int) -> None:
        """``size``: scores to remember; those not asked for the longest go first."""
        self._scorer = scorer
        self._scores: LRUCache[bytes, np.float32] = LRUCache(size)
        self.name, self.version, self.languages = scorer.name, scorer.version, scorer.languages

    def score(self, texts: Sequence[MaskedText]) -> npt.NDArray[np.float32]:
        """See ``Scorer``. A text that is new is judged once, however often it is among
        ``texts``."""
        keys = [
            hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=16).digest()
            for text in texts
        ]
        scores = {key: self._scores[key] for key in keys if key in self._scores}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in scores}
        if new:
            scores |= zip(new, self._scorer.score(list(new.values())), strict=True)
            self._scores.update((key, scores[key]) for key in new)
        metrics.RESULT_CACHE.labels("miss").inc(len(new))
        metrics.RESULT_CACHE.labels("hit").inc(len(texts) - len(new))
        return np.array([scores[key] for key in keys], np.float32)
