"""Types of the pipeline's steps, so that mypy keeps unmasked text out of the scorer, the topic and
the store.

``RawRecord → Review → CleanReview → LocalizedReview → MaskedReview → ScoredReview``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.records import Aspect, Review
from schemas.text import MaskedText


@dataclass(frozen=True, slots=True)
class CleanReview:
    """A review and its text without markup, control characters and superfluous white space; not
    empty.
    """

    review: Review
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalizedReview:
    """A clean review and the language it is in. ``language_of_text``: the same without a hint, as
    no producer's mistake may leave names unmasked.
    """

    clean: CleanReview
    language: str
    language_confidence: float
    language_of_text: str


@dataclass(frozen=True, slots=True)
class MaskedReview:
    """What is left of a review once it is masked: the fields that the output needs. Neither its raw
    text nor the id of its author is in reach from here on; ``author_key`` is a pseudonym.
    ``aspects`` None: not asked for.
    """

    review_id: str
    product_id: str
    rating: float | None
    author_key: str | None
    source: str | None
    created_at: datetime
    language: str
    language_confidence: float
    text: MaskedText = field(repr=False)
    pii: Mapping[str, int]
    aspects: tuple[Aspect, ...] | None = None
