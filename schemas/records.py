"""Typed records of the topics. Field by field they mirror ``schemas/avro/*.avsc``; times are aware
datetimes in UTC.

Text never shows in a ``repr``, so that no log line or traceback can carry it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from schemas.text import MaskedText

Sentiment = Literal["negative", "neutral", "positive"]
FeedbackSource = Literal["user", "moderator", "labeler"]
ModelAction = Literal[
    "other", "registered", "promoted", "rolled_back", "traffic", "rejected", "retired"
]
TrialStage = Literal[
    "none", "registered", "shadow", "canary", "champion", "settled", "rejected", "rolled_back"
]
DriftKind = Literal["other", "input", "prediction", "concept", "quality"]
RetrainingReason = Literal["other", "drift", "performance", "schedule", "manual"]
LabellingReason = Literal["other", "uncertainty", "disagreement", "drift", "chance"]
AlertStatus = Literal["other", "firing", "resolved"]
AlertSeverity = Literal["other", "info", "warning", "critical"]

MAX_TEXT: Final = 100_000
"""Longest review text in characters."""


@dataclass(frozen=True, slots=True)
class Review:
    """A customer review as its producer sent it."""

    review_id: str
    text: str = field(repr=False)
    created_at: datetime
    product_id: str = ""
    author_id: str | None = field(default=None, repr=False)
    rating: float | None = None
    language_hint: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a review: ``text_masked[start:end]``, and its sentiment and score by itself."""

    start: int
    end: int
    label: Sentiment
    score: float


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something that a review says something of: ``term`` is ``text_masked[start:end]``, what is
    said of it ``sentiment`` and ``score`` (P(positive) + P(neutral) / 2).

    ``category`` is empty where only terms were asked for.
    """

    term: str = field(repr=False)
    category: str
    sentiment: Sentiment
    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ScoredReview:
    """A review masked and scored. ``score`` is P(positive) + P(neutral) / 2, of a binary model
    P(positive); ``confidence`` is P(``sentiment``).

    ``probabilities`` by sentiment, None from a binary model; ``evidence`` False: nothing in the
    text that the model knows; ``language_served`` False: no model declares the language, or it
    could not be told.

    ``sentences``: the first ones, None where they were not judged; ``mixed``: they say both sides.
    ``aspects``: the first ones, None where they were not asked for.
    """

    review_id: str
    product_id: str
    sentiment: Sentiment
    score: float
    confidence: float
    text_masked: MaskedText = field(repr=False)
    language: str
    language_confidence: float
    pii: Mapping[str, int]
    rating: float | None
    author_key: str | None
    source: str | None
    model_name: str
    model_version: str
    variant: str
    created_at: datetime
    scored_at: datetime
    probabilities: Mapping[Sentiment, float] | None = None
    evidence: bool = True
    language_served: bool = True
    sentences: tuple[Sentence, ...] | None = None
    mixed: bool = False
    aspects: tuple[Aspect, ...] | None = None


@dataclass(frozen=True, slots=True)
class AspectSpan:
    """Where the aspect that feedback is about stands in ``text_masked``; see ``Aspect``. It holds
    no words: what people send is not masked.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """Feedback: the correct sentiment of a review, from a user, moderator or labeler; with
    ``aspect`` that of one of its aspects, and nothing about the review as a whole.
    """

    feedback_id: str
    review_id: str
    label: Sentiment
    source: FeedbackSource
    created_at: datetime
    aspect: AspectSpan | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be processed: where it came from, why it failed, and its bytes as
    they came.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None = field(repr=False)
    value: bytes = field(repr=False)
    stage: str
    reason: str
    detail: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """A model version in traffic. ``weight`` is relative to the sum of all; a ``shadow`` scores
    everything and emits nothing.
    """

    variant: str
    model_name: str
    model_version: str
    uri: str
    weight: float
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class CandidateModel:
    """A model version on trial. ``uri`` is empty where an event older than this record did not name
    it.
    """

    name: str
    version: str
    uri: str


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """A step in the life of a model version, and the whole traffic of ``language`` after it.

    The topic is compacted by language, so the last event of each says what serves it; ``*`` is for
    all others. ``request_id``, ``stage`` and ``candidate`` are of the trial it is part of, if any;
    ``evidence`` is JSON, for people.
    """

    event_id: str
    language: str
    action: ModelAction
    model_name: str
    model_version: str
    traffic: tuple[Variant, ...]
    created_at: datetime
    reason: str = ""
    evidence: str = "{}"
    actor: str = ""
    request_id: str = ""
    stage: TrialStage = "none"
    candidate: CandidateModel | None = None


@dataclass(frozen=True, slots=True)
class DriftDetected:
    """A detector that fired. ``effect`` and ``threshold`` are in the detector's unit; ``evidence``
    is JSON.
    """

    event_id: str
    detector: str
    kind: DriftKind
    segment: str
    window_start: datetime
    window_end: datetime
    reviews: int
    reference: str
    model_name: str
    model_version: str
    effect: float
    threshold: float
    created_at: datetime
    p_value: float | None = None
    evidence: str = "{}"
    report: str = ""


@dataclass(frozen=True, slots=True)
class RetrainingRequested:
    """A better model is wanted for the reviews of ``language``, or ``candidate``, a reference, is
    to be judged.

    ``evidence`` is JSON, for people.
    """

    request_id: str
    language: str
    reason: RetrainingReason
    model_name: str
    model_version: str
    created_at: datetime
    evidence: str = "{}"
    actor: str = ""
    candidate: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that people should know of. ``alert_id`` is of this message, ``fingerprint`` of
    the condition.
    """

    alert_id: str
    fingerprint: str
    status: AlertStatus
    name: str
    severity: AlertSeverity
    summary: str
    labels: Mapping[str, str]
    started_at: datetime
    created_at: datetime
    description: str = ""
    evidence: str = "{}"
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabellingRequested:
    """A review whose label would help. ``sentiment`` and ``score`` (see ``ScoredReview``) are
    what was emitted; ``evidence`` is JSON.
    """

    request_id: str
    review_id: str
    product_id: str
    language: str
    text_masked: MaskedText = field(repr=False)
    sentiment: Sentiment
    score: float
    model_name: str
    model_version: str
    reason: LabellingReason
    priority: float
    created_at: datetime
    evidence: str = "{}"
