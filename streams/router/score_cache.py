"""Score cache of a model: the same masked text in the same language gets the same probabilities
without being judged again.

Each loaded model has a memory of its own, which goes when the model goes: no score outlives the
version that gave it. What it gave while a part of it was away is not remembered.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

import numpy as np
from cachetools import LRUCache

from infra import metrics
from models.labels import Floats, Judgement
from schemas.text import MaskedText
from streams.router.core.live_models import Scorer


class CachedScorer:
    """A ``Scorer`` over another. It keeps hashes of texts and languages, no text. Safe in many
    threads as far as the other is; they do not wait for one another while it judges.
    """

    def __init__(self, scorer: Scorer, size: int) -> None:
        """``size``: judgements to remember; those not asked for the longest go first."""
        self._scorer = scorer
        self._judged: LRUCache[bytes, tuple[Floats, bool]] = LRUCache(size)
        self._lock = threading.Lock()
        self.name, self.version, self.languages = scorer.name, scorer.version, scorer.languages
        self.any_language = scorer.any_language

    def without_encoder(self) -> Scorer:
        """See ``Scorer``; remembers nothing."""
        return self._scorer.without_encoder()

    def judge(self, texts: Sequence[MaskedText], languages: Sequence[str]) -> Judgement:
        """See ``Scorer``. A text that is new in its language is judged once, however often it is
        among ``texts``."""
        if not texts:
            return self._scorer.judge(texts, languages)
        keys = [
            hashlib.blake2b(
                f"{language}\0{text}".encode("utf8", "surrogatepass"), digest_size=16
            ).digest()
            for text, language in zip(texts, languages, strict=True)
        ]
        with self._lock:
            judged = {key: self._judged[key] for key in keys if key in self._judged}
        new = {
            key: (text, language)
            for key, text, language in zip(keys, texts, languages, strict=True)
            if key not in judged
        }
        if new:
            found = self._scorer.judge(
                [text for text, _ in new.values()], [language for _, language in new.values()]
            )
            # Copies: one row would keep the probabilities of the whole batch.
            rows = (row.copy() for row in found.probabilities)
            judged |= zip(new, zip(rows, found.evidence.tolist(), strict=True), strict=True)
            degraded = dict.fromkeys(new, False)
            if found.degraded is not None:
                degraded = dict(zip(new, found.degraded.tolist(), strict=True))
            with self._lock:
                self._judged.update((key, judged[key]) for key in new if not degraded[key])
        metrics.RESULT_CACHE.labels("miss").inc(len(new))
        metrics.RESULT_CACHE.labels("hit").inc(len(texts) - len(new))
        return Judgement(
            np.stack([judged[key][0] for key in keys]),
            np.array([judged[key][1] for key in keys], np.bool_),
        )
