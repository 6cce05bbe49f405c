"""Outcomes → messages on the output topics, with CloudEvents attributes in their headers.

https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md (binary content mode)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from infra.kafka.publisher import Headers, Outgoing
from schemas import wire
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord
from schemas.records import DeadLetter, ScoredReview
from schemas.topics import DEAD_LETTERS, REVIEWS_SCORED, REVIEWS_SHADOW, Topic

PASSED_THROUGH = ("traceparent", "tracestate")
ORIGINAL = "original-"


def scored_message(
    record: RawRecord, review: ScoredReview, schema_ids: Mapping[Topic, int], topic: Topic = REVIEWS_SCORED
) -> Outgoing:
    """The event on ``topic``. Of the input's headers only the trace context goes on: others may hold anything."""
    passed = [(name, value) for name, value in record.headers if name in PASSED_THROUGH]
    value = wire.encode(review, schema_ids[topic])
    headers = [*passed, *_cloud_event(record.origin, "ScoredReview")]
    return Outgoing(topic.name, review.review_id.encode(), value, headers)


def shadow_message(record: RawRecord, review: ScoredReview, schema_ids: Mapping[Topic, int]) -> Outgoing:
    """The event on ``reviews.shadow``: what a shadow would have said."""
    return scored_message(record, review, schema_ids, REVIEWS_SHADOW)


def dead_letter_message(record: RawRecord, rejection: Rejection, schema_ids: Mapping[Topic, int], now: datetime) -> Outgoing:
    """The event on ``reviews.dead-letter``: the record as it came, its headers included.

    Headers that would be taken for ours are kept under another name; ``original_headers`` undoes that.
    """
    letter = DeadLetter(
        topic=record.origin.topic,
        partition=record.origin.partition,
        offset=record.origin.offset,
        key=record.key,
        value=record.value or b"",
        stage=rejection.stage,
        reason=rejection.reason,
        detail=rejection.detail,
        failed_at=now,
    )
    kept = [(ORIGINAL + name if name.startswith(("ce_", ORIGINAL)) else name, value) for name, value in record.headers]
    value = wire.encode(letter, schema_ids[DEAD_LETTERS])
    key = record.key if record.key is not None else str(record.origin).encode()
    return Outgoing(DEAD_LETTERS.name, key, value, [*kept, *_cloud_event(record.origin, "DeadLetter")])


def original_headers(headers: Headers) -> list[tuple[str, bytes | None]]:
    """The headers of the record that a dead letter came from."""
    return [(name.removeprefix(ORIGINAL), value) for name, value in headers if not name.startswith("ce_")]


def _cloud_event(origin: Origin, record: str) -> list[tuple[str, bytes | None]]:
    # Deterministic, so that a consumer can tell a repeated event from a new one.
    return [*_common_attributes(origin.topic, record), ("ce_id", str(origin).encode())]


@cache
def _common_attributes(topic: str, record: str) -> tuple[tuple[str, bytes | None], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", f"undertone.v1.{record}".encode()),
        ("ce_source", f"undertone/{topic}".encode()),
    )
