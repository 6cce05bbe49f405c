"""Codec of input records: Confluent Avro or JSON, distinguished by the first byte; a rejection has
a stable reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from schemas import json_input, reasons, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import NOT_OF_ONE_RECORD, Origin, Rejection, SchemaError
from schemas.moments import EARLIEST, LATEST
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.records import MAX_TEXT, Feedback, Review

LONGEST: Final[Mapping[str, int]] = {
    "review_id": 256, "product_id": 256, "author_id": 256, "feedback_id": 256, "source": 256,
    "language_hint": 35,
}  # fmt: skip
"""Field → most characters, on the topics as in the gateway. Ids become keys, and none of these is
text that is masked.
"""
BOUNDED: Final = {
    kind: tuple(name for name in kind.__slots__ if name in LONGEST) for kind in (Review, Feedback)
}

FindSchema = Callable[[int, str], ParsedSchema | None]
"""Schema id and topic → parsed schema, or None where the registry has none of that id for records
of that topic.

Raises ``SchemaError`` for one that no record is decoded with, or ``RegistryUnavailable``.
"""


class Unread(bytes):
    """In place of a value that is too large to be read: no bytes, and in ``detail`` why."""

    def __new__(cls, detail: str) -> Unread:
        made = super().__new__(cls)
        made.detail = detail
        return made

    detail: str


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A Kafka record as it came. ``timestamp``: of the record, UTC. ``arrived``: when it was read;
    None: at ``timestamp``.
    """

    origin: Origin
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    timestamp: datetime
    headers: tuple[tuple[str, bytes | None], ...] = ()
    arrived: datetime | None = None


def decode_review(
    record: RawRecord, find_schema: FindSchema, scales: Scales = FIVE_STARS
) -> Review:
    """The review in a record. Raises ``Rejection``; ``RegistryUnavailable`` passes through."""
    review: Review = _decode(Review, partial(json_input.review, scales=scales), record, find_schema)
    if len(review.text) > MAX_TEXT:
        raise Rejection(reasons.TOO_LONG, f"{len(review.text)} characters")
    return review


def decode_feedback(record: RawRecord, find_schema: FindSchema) -> Feedback:
    """The feedback in a record, dated no later than it arrived: the latest counts, and what is
    dated in the future would be the latest for good. Raises as ``decode_review`` does.
    """
    feedback: Feedback = _decode(Feedback, json_input.feedback, record, find_schema)
    arrived = record.arrived or record.timestamp
    return feedback if feedback.created_at <= arrived else replace(feedback, created_at=arrived)


def _decode(
    kind: type[Any], decoder: Callable[..., Any], record: RawRecord, find_schema: FindSchema
) -> Any:
    value = record.value
    if isinstance(value, Unread):
        raise Rejection(reasons.TOO_LARGE, value.detail)
    if not value:
        raise Rejection(reasons.EMPTY_VALUE)
    try:
        avro = value[0] == wire.MAGIC
        document = _from_avro(kind, value, record, find_schema) if avro else json_input.parse(value)
        decoded = decoder(document, default_id=str(record.origin), default_time=record.timestamp)
        _check(decoded)
    except json_input.NotJson as error:
        raise Rejection(reasons.NOT_JSON, str(error)) from None
    except (json_input.BadField, wire.BadWireFormat) as error:
        raise Rejection(reasons.BAD_SCHEMA, str(error)) from None
    except (Rejection, *NOT_OF_ONE_RECORD):
        raise
    except (
        Exception
    ) as error:  # whatever a library does on one record must not stop those who read it
        raise Rejection(reasons.PROCESSING_ERROR, type(error).__name__) from None
    return decoded


def _check(decoded: Review | Feedback) -> None:
    """Raises ``BadField`` for what ClickHouse could not store, or Kafka not take as a key: it must
    not get that far.
    """
    time = decoded.created_at
    if not isinstance(time, datetime) or time.tzinfo is None or not EARLIEST <= time < LATEST:
        raise json_input.BadField("created_at is out of range")
    for name in BOUNDED[type(decoded)]:
        value = getattr(decoded, name)
        if value is not None and len(value) > LONGEST[name]:
            raise json_input.BadField(f"{name} is longer than {LONGEST[name]} characters")
    span = decoded.aspect if isinstance(decoded, Feedback) else None
    if span is not None and not 0 <= span.start < span.end:
        raise json_input.BadField("aspect is no part of a text")


def _from_avro(
    kind: type[Any], value: bytes, record: RawRecord, find_schema: FindSchema
) -> Mapping[str, Any]:
    try:
        schema_id, body = wire.split(value)
    except wire.BadWireFormat as error:
        raise Rejection(reasons.BAD_WIRE_FORMAT, str(error)) from None
    try:
        writer = find_schema(schema_id, record.origin.topic)
    except SchemaError as error:
        raise Rejection(reasons.BAD_SCHEMA, f"schema id {schema_id}: {error}") from None
    if writer is None:
        detail = f"schema id {schema_id} is not registered for topic {record.origin.topic}"
        raise Rejection(reasons.UNKNOWN_SCHEMA, detail)
    document = wire.document(kind.__name__, body, writer)
    known = ((name, document.get(name)) for name in kind.__slots__)
    return {
        name: _text(name, value) if isinstance(value, bytes) else value for name, value in known
    }


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise json_input.BadField(f"{name} is not UTF-8") from None
