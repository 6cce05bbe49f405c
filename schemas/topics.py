"""Topic catalogue: every topic that Undertone owns, with its record, retention and cleanup
policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Topic:
    """``record`` names the Avro record of the values; ``retention`` None means compacted: the last
    value of a key stays.
    """

    name: str
    record: str
    retention: timedelta | None
    max_bytes: int = 1_048_588

    @property
    def subject(self) -> str:
        """The Schema Registry subject of the values."""
        return f"{self.name}-value"

    @property
    def config(self) -> dict[str, str]:
        """Kafka topic configuration."""
        size = {"max.message.bytes": str(self.max_bytes)}
        if self.retention is None:
            return {"cleanup.policy": "compact", **size}
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(int(self.retention / timedelta(milliseconds=1))),
            **size,
        }


REVIEWS_RAW: Final = Topic("reviews.raw", "Review", timedelta(days=3))
REVIEWS_SCORED: Final = Topic("reviews.scored", "ScoredReview", timedelta(days=30))
# What shadows say: the same record, for comparing and never for acting on.
REVIEWS_SHADOW: Final = Topic("reviews.shadow", "ScoredReview", timedelta(days=30))
# A dead letter wraps a record that may itself be of the largest size a broker takes.
DEAD_LETTERS: Final = Topic(
    "reviews.dead-letter", "DeadLetter", timedelta(days=30), max_bytes=2_097_152
)
FEEDBACK: Final = Topic("feedback", "Feedback", timedelta(days=30))
DRIFT_DETECTED: Final = Topic("drift.detected", "DriftDetected", timedelta(days=90))
RETRAINING_REQUESTED: Final = Topic(
    "retraining.requested", "RetrainingRequested", timedelta(days=90)
)
MODELS_LIFECYCLE: Final = Topic("models.lifecycle", "ModelEvent", None)
LABELLING_REQUESTED: Final = Topic("labelling.requested", "LabellingRequested", timedelta(days=30))
ALERTS: Final = Topic("alerts", "Alert", timedelta(days=30))

CATALOGUE: Final = (
    REVIEWS_RAW, REVIEWS_SCORED, REVIEWS_SHADOW, DEAD_LETTERS, FEEDBACK, DRIFT_DETECTED,
    RETRAINING_REQUESTED,
    MODELS_LIFECYCLE, ALERTS, LABELLING_REQUESTED,
)  # fmt: skip
