"""Output messages: outcomes → messages on the output topics, with CloudEvents attributes in their
headers.

https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md (binary
content mode)
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from typing import Final

from infra.kafka.publisher import Failure, Headers, Outgoing
from infra.kafka.topic_publisher import Encoder
from schemas import reasons
from schemas.errors import MessageRefused, Origin, Rejected
from schemas.inputs import RawRecord
from schemas.records import DeadLetter, ScoredReview
from schemas.topics import DEAD_LETTERS, LONGEST_KEY, REVIEWS_SCORED, REVIEWS_SHADOW, Topic
from streams.trace import trace_context

ORIGINAL: Final = "original-"
MOST_HEADERS: Final = 128
MOST_HEADER_BYTES: Final = 2**16
WITHOUT_VALUE: Final = "bytes, SHA-256"
"""In the detail of a dead letter without the value: between its size and its digest."""


class Oversized(Rejected):
    """A rejection whose record Kafka does not take inside a dead letter: the letter carries neither
    value nor headers.
    """

    __slots__ = ()


def oversized(record: RawRecord, rejection: Rejected, failure: Failure) -> Oversized:
    """``rejection`` for a dead letter without the value. Raises ``MessageRefused`` where it was for
    one already.
    """
    if isinstance(rejection, Oversized):
        raise MessageRefused(
            f"Kafka refuses the dead letter of {record.origin}: {failure.reason}", failure.reason
        )
    value = record.value or b""
    return Oversized(
        reasons.TOO_LARGE if failure.too_large else reasons.PROCESSING_ERROR,
        stage=rejection.stage,
        origin=record.origin,
        detail=(
            f"{rejection.reason}; {len(value)} {WITHOUT_VALUE} {hashlib.sha256(value).hexdigest()}"
        ),
    )


def unpublished(record: RawRecord, failure: Failure) -> Rejected:
    """The rejection of a record whose result Kafka does not take."""
    reason = reasons.TOO_LARGE if failure.too_large else reasons.PROCESSING_ERROR
    return Rejected(reason, stage="publish", origin=record.origin, detail=failure.reason)


def scored_message(
    record: RawRecord,
    review: ScoredReview,
    encode: Encoder,
    topic: Topic[ScoredReview] = REVIEWS_SCORED,
) -> Outgoing:
    """The event on ``topic``. Of the input's headers only a valid trace context goes on: others may
    hold anything.
    """
    headers = [
        *(trace_context(record.headers) if record.headers else ()),
        *_cloud_event(record.origin, "ScoredReview"),
    ]
    return encode(topic, review, headers)


def shadow_message(record: RawRecord, review: ScoredReview, encode: Encoder) -> Outgoing:
    """The event on ``reviews.shadow``: what a shadow would have said."""
    return scored_message(record, review, encode, REVIEWS_SHADOW)


def dead_letter_message(
    record: RawRecord, rejection: Rejected, encode: Encoder, now: datetime
) -> Outgoing:
    """The event on ``reviews.dead-letter``: the record as it came, its headers included up to
    ``MOST_HEADERS`` and ``MOST_HEADER_BYTES``; of an ``Oversized`` one, only where it came from and
    why.

    Headers that would be taken for ours are kept under another name; ``original_headers`` undoes
    that.
    """
    whole = not isinstance(rejection, Oversized)
    fitting = record.key is None or len(record.key) <= LONGEST_KEY
    letter = DeadLetter(
        topic=record.origin.topic,
        partition=record.origin.partition,
        offset=record.origin.offset,
        key=record.key if whole or fitting else None,
        value=(record.value or b"") if whole else b"",
        stage=rejection.stage,
        reason=rejection.reason,
        detail=rejection.detail,
        failed_at=now,
    )
    kept = _kept(record.headers) if whole and record.headers else ()
    return encode(DEAD_LETTERS, letter, [*kept, *_cloud_event(record.origin, "DeadLetter")])


def is_without_value(letter: DeadLetter) -> bool:
    """Whether a dead letter lacks the value that its record had: see ``oversized``, and
    ``schemas.inputs.Unread``.
    """
    return not letter.value and (
        letter.reason == reasons.TOO_LARGE or WITHOUT_VALUE in letter.detail
    )


def original_headers(headers: Headers) -> list[tuple[str, bytes | None]]:
    """The headers of the record that a dead letter came from."""
    return [
        (name.removeprefix(ORIGINAL), value)
        for name, value in headers
        if not name.startswith("ce_")
    ]


def _kept(headers: Headers) -> list[tuple[str, bytes | None]]:
    kept: list[tuple[str, bytes | None]] = []
    left = MOST_HEADER_BYTES
    for name, value in headers[:MOST_HEADERS]:
        left -= len(name) + len(value or b"")
        if left >= 0:
            kept.append((ORIGINAL + name if name.startswith(("ce_", ORIGINAL)) else name, value))
    return kept


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
