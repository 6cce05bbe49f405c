"""Topic catalogue: one object for each topic that Undertone owns, with everything that is fixed for
its records.

A new record is a class in ``schemas.records``, its schema in ``schemas/avro`` and one entry in
``CATALOGUE``: creation, encoding, decoding, ``undertone tail`` and the sink follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar

from schemas import avro_files
from schemas.errors import Origin
from schemas.inputs import FindSchema, RawRecord, decode_feedback, decode_review
from schemas.outputs import decode_output
from schemas.records import (
    Alert,
    DeadLetter,
    DriftDetected,
    Feedback,
    LabellingRequested,
    ModelEvent,
    RetrainingRequested,
    Review,
    ScoredReview,
)

R = TypeVar("R")
LONGEST_KEY: Final = 1024
"""Bytes. A dead letter whose record has a longer key is keyed by its origin: ids are 256 characters
at most, in UTF-8.
"""
STARS: Final = "stars"
"""Column with the rating on the scale of one to five stars, which the sink computes."""
QUALITY: Final = "data_quality/"
"""Before the name of the check, in the detector of an event about data quality."""


@dataclass(frozen=True, slots=True)
class Table:
    """The table in which the sink stores the records of a topic.

    It has a column for each field but those in ``without``, and those in ``computed``.
    """

    name: str
    without: frozenset[str] = frozenset()
    computed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Topic(Generic[R]):
    """A topic and its records. There is one object for each topic, compared by identity.

    ``key`` makes the key of a message from its record. ``retention`` None means compacted: the last
    value of each key stays. ``table`` None: not stored. ``decoder`` is for records that others
    write; without one, records are always Avro.
    """

    name: str
    record: type[R]
    key: Callable[[R], bytes]
    retention: timedelta | None
    table: Table | None = None
    max_bytes: int = 1_048_588
    decoder: Callable[[RawRecord, FindSchema], R] | None = None

    @property
    def subject(self) -> str:
        """The Schema Registry subject of the values."""
        return f"{self.name}-value"

    @property
    def schema(self) -> str:
        """The newest schema of the values, as JSON text."""
        return avro_files.versions(self.record.__name__)[-1]

    @property
    def compacted(self) -> bool:
        """Whether a message without value deletes those before it with the same key."""
        return self.retention is None

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

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of ``table``, in the order of the fields."""
        if self.table is None:
            return ()
        names = (field.name for field in fields(self.record))  # type: ignore[arg-type]
        return (*(n for n in names if n not in self.table.without), *self.table.computed)

    def decode(self, record: RawRecord, find_schema: FindSchema) -> R:
        """The record in a message of this topic. Raises ``Rejection`` where it holds none;
        ``RegistryUnavailable`` and ``RegistryRefused`` pass through.
        """
        if self.decoder is not None:
            return self.decoder(record, find_schema)
        return decode_output(self.record, record, find_schema)


def _of_review(record: Review | ScoredReview | Feedback | LabellingRequested) -> bytes:
    return record.review_id.encode()


def _of_language(record: ModelEvent | RetrainingRequested) -> bytes:
    return record.language.encode()


def _of_dead_letter(letter: DeadLetter) -> bytes:
    if letter.key is not None and len(letter.key) <= LONGEST_KEY:
        return letter.key
    return str(Origin(letter.topic, letter.partition, letter.offset)).encode()


def _of_drift(event: DriftDetected) -> bytes:
    """The segment, or the check where it is about the data themselves."""
    return (event.segment or event.detector.removeprefix(QUALITY)).encode()


def _of_condition(alert: Alert) -> bytes:
    """The messages about a condition stay in order."""
    return alert.fingerprint.encode()


CATALOGUE: Final[tuple[Topic[Any], ...]] = (
    REVIEWS_RAW := Topic(
        "reviews.raw", Review, _of_review, timedelta(days=3), decoder=decode_review
    ),
    REVIEWS_SCORED := Topic(
        "reviews.scored", ScoredReview, _of_review, timedelta(days=30),
        Table("predictions", computed=(STARS,)),
    ),
    # What shadows say: the same record, for comparing and never for acting on.
    REVIEWS_SHADOW := Topic(
        "reviews.shadow", ScoredReview, _of_review, timedelta(days=30),
        Table("shadow_predictions", computed=(STARS,)),
    ),
    # The bytes of a dead letter may hold personal data: they stay on the topic. It wraps a record
    # that may itself be of the largest size a broker takes.
    DEAD_LETTERS := Topic(
        "reviews.dead-letter", DeadLetter, _of_dead_letter, timedelta(days=30),
        Table("dead_letters", without=frozenset({"key", "value"})), max_bytes=2_097_152,
    ),
    FEEDBACK := Topic(
        "feedback", Feedback, _of_review, timedelta(days=30), Table("feedback"),
        decoder=decode_feedback,
    ),
    DRIFT_DETECTED := Topic("drift.detected", DriftDetected, _of_drift, timedelta(days=90)),
    RETRAINING_REQUESTED := Topic(
        "retraining.requested", RetrainingRequested, _of_language, timedelta(days=90),
        Table("retraining_requests"),
    ),
    MODELS_LIFECYCLE := Topic(
        "models.lifecycle", ModelEvent, _of_language, None, Table("model_events")
    ),
    ALERTS := Topic("alerts", Alert, _of_condition, timedelta(days=30), Table("alerts")),
    LABELLING_REQUESTED := Topic(
        "labelling.requested", LabellingRequested, _of_review, timedelta(days=30),
        Table("labelling_requests"),
    ),
)  # fmt: skip
"""Every topic: who goes through all of them goes through this."""
