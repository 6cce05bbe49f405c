"""From raw records to scored reviews: the stages, in reading order."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from schemas import reasons
from schemas.errors import Origin, Rejection
from schemas.inputs import FindSchema, RawRecord, decode_review
from schemas.records import Review, ScoredReview
from schemas.text import MaskedText
from streams.batch import Batch, Timer
from streams.stages.cleaning import clean
from streams.stages.language import LanguageIdentifier
from streams.stages.masking import Masker
from streams.steps import CleanReview, LocalizedReview, MaskedReview

Outcome = ScoredReview | Rejection
VARIANT = "champion"


class Scorer(Protocol):
    """What the pipeline needs of a model."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def version(self) -> str:
        """Its version."""
        ...

    def score(self, texts: Sequence[MaskedText]) -> npt.NDArray[np.float32]:
        """P(positive) of each text, shape [len(texts)]. Raises ``EngineUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Holds what the stages need. Calling it is free of side effects but for the registry look-up of unknown schema ids."""

    find_schema: FindSchema
    languages: LanguageIdentifier
    mask: Masker
    scorer: Scorer
    author_secret: bytes
    timer: Timer

    def __call__(self, records: Sequence[RawRecord], clock: Callable[[], datetime]) -> list[Outcome]:
        """An outcome for each record, in order.

        Raises a ``TransientError`` where the registry or the engine is away; then the whole batch can be tried again.
        """
        raw = Batch.of(records, [record.origin for record in records], self.timer)
        reviews = raw.each("decode", lambda record: (record.origin, decode_review(record, self.find_schema)))
        clean_reviews = reviews.each("clean", _clean)
        localized = clean_reviews.each("language", self._localize)
        masked = localized.together("mask", self._mask)
        scored = masked.together("score", lambda batch: self._score(batch, clock()))
        return [scored.items[i] if i in scored.items else scored.rejections[i] for i in range(len(records))]

    def _localize(self, item: tuple[Origin, CleanReview]) -> LocalizedReview:
        origin, review = item
        language = self.languages.identify(review.text, review.review.language_hint)
        if self.languages.rejects(language):
            raise Rejection(reasons.UNSUPPORTED_LANGUAGE, stage="language", origin=origin, detail=language.code)
        return LocalizedReview(review, language.code, language.confidence)

    def _mask(self, batch: Sequence[LocalizedReview]) -> list[MaskedReview]:
        masked = self.mask([item.clean.text for item in batch])
        return [
            MaskedReview(
                review=item.clean.review,
                language=item.language,
                language_confidence=item.language_confidence,
                text=result.text,
                pii=Counter(entity.type for entity in result.entities),
            )
            for item, result in zip(batch, masked, strict=True)
        ]

    def _score(self, batch: Sequence[MaskedReview], now: datetime) -> list[ScoredReview]:
        scores = self.scorer.score([item.text for item in batch])
        return [self._scored(item, float(score), now) for item, score in zip(batch, scores, strict=True)]

    def _scored(self, item: MaskedReview, score: float, now: datetime) -> ScoredReview:
        review = item.review
        return ScoredReview(
            review_id=review.review_id,
            product_id=review.product_id,
            sentiment="positive" if score >= 0.5 else "negative",
            score=score,
            confidence=max(score, 1 - score),
            text_masked=item.text,
            language=item.language,
            language_confidence=item.language_confidence,
            pii=item.pii,
            rating=review.rating,
            author_key=self._author_key(review),
            source=review.source,
            model_name=self.scorer.name,
            model_version=self.scorer.version,
            variant=VARIANT,
            created_at=review.created_at,
            scored_at=now,
        )

    def _author_key(self, review: Review) -> str | None:
        if review.author_id is None:
            return None
        return hmac.digest(self.author_secret, review.author_id.encode(), "sha256").hex()[:32]


def _clean(item: tuple[Origin, Review]) -> tuple[Origin, CleanReview]:
    origin, review = item
    text = clean(review.text)
    if not text:
        raise Rejection(reasons.EMPTY_TEXT, stage="clean", origin=origin)
    return origin, CleanReview(review, text)
