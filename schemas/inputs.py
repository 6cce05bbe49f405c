"""Codec of input records: Confluent Avro or JSON, distinguished by the first byte; a rejection has a stable reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from schemas import json_input, reasons, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import NOT_OF_ONE_RECORD, Origin, Rejection, SchemaError
from schemas.moments import EARLIEST, LATEST
from schemas.records import MAX_TEXT, Feedback, Review

STAGE = "decode"
LONGEST: Final[Mapping[str, int]] = {
    "review_id": 256, "product_id": 256, "author_id": 256, "feedback_id": 256, "source": 256, "language_hint": 35,
}  # fmt: skip
"""Field → most characters, on the topics as in the gateway. Ids become keys, and none of these is text that is masked."""
BOUNDED: Final = {kind: tuple(name for name in kind.__slots__ if name in LONGEST) for kind in (Review, Feedback)}

FindSchema = Callable[[int, str], ParsedSchema | None]
"""Schema id and topic → parsed schema, or None where the registry has none of that id for records of that topic.

Raises ``SchemaError`` for one that no record is decoded with, or ``RegistryUnavailable``.
"""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A Kafka record as it came. ``timestamp`` is the broker's, UTC."""

    origin: Origin
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    timestamp: datetime
    headers: tuple[tuple[str, bytes | None], ...] = ()


def decode_review(record: RawRecord, find_schema: FindSchema) -> Review:
    """The review in a record. Raises ``Rejection``; ``RegistryUnavailable`` passes through."""
    review: Review = _decode(Review, json_input.review, record, find_schema)
    if len(review.text) > MAX_TEXT:
        raise Rejection(reasons.TOO_LONG, stage=STAGE, origin=record.origin, detail=f"{len(review.text)} characters")
    return review


def decode_feedback(record: RawRecord, find_schema: FindSchema) -> Feedback:
    """The feedback in a record. Raises as ``decode_review`` does."""
    feedback: Feedback = _decode(Feedback, json_input.feedback, record, find_schema)
    return feedback


def _decode(kind: type[Any], from_json: Callable[..., Any], record: RawRecord, find_schema: FindSchema) -> Any:
    value = record.value
    if not value:
        raise _rejection(record, reasons.EMPTY_VALUE, "")
    try:
        if value[0] == wire.MAGIC:
            decoded = _from_avro(kind, value, record, find_schema)
        else:
            decoded = from_json(json_input.parse(value), default_id=str(record.origin), default_time=record.timestamp)
        _check(decoded)
    except json_input.NotJson as error:
        raise _rejection(record, reasons.NOT_JSON, str(error)) from None
    except (json_input.BadField, wire.BadWireFormat) as error:
        raise _rejection(record, reasons.BAD_SCHEMA, str(error)) from None
    except (Rejection, *NOT_OF_ONE_RECORD):
        raise
    except Exception as error:  # whatever a library does on one record must not stop those who read it
        raise _rejection(record, reasons.PROCESSING_ERROR, type(error).__name__) from None
    return decoded


def _check(decoded: Review | Feedback) -> None:
    """Raises ``BadField`` for what ClickHouse could not store, or Kafka not take as a key: it must not get that far."""
    time = decoded.created_at
    if not isinstance(time, datetime) or time.tzinfo is None or not EARLIEST <= time < LATEST:
        raise json_input.BadField("created_at is out of range")
    if isinstance(decoded, Review) and decoded.rating is not None and not math.isfinite(decoded.rating):
        raise json_input.BadField("rating is not a number")  # one would spoil a product's average for good
    for name in BOUNDED[type(decoded)]:
        value = getattr(decoded, name)
        if value is not None and len(value) > LONGEST[name]:
            raise json_input.BadField(f"{name} is longer than {LONGEST[name]} characters")


def _from_avro(kind: type[Any], value: bytes, record: RawRecord, find_schema: FindSchema) -> Any:
    try:
        schema_id, body = wire.split(value)
    except wire.BadWireFormat as error:
        raise _rejection(record, reasons.BAD_WIRE_FORMAT, str(error)) from None
    try:
        writer = find_schema(schema_id, record.origin.topic)
    except SchemaError as error:
        raise _rejection(record, reasons.BAD_SCHEMA, f"schema id {schema_id}: {error}") from None
    if writer is None:
        detail = f"schema id {schema_id} is not registered for topic {record.origin.topic}"
        raise _rejection(record, reasons.UNKNOWN_SCHEMA, detail)
    decoded = wire.decode(kind, body, writer)
    if not decoded.review_id:
        raise wire.BadWireFormat("review_id is empty")
    return decoded


def _rejection(record: RawRecord, reason: str, detail: str) -> Rejection:
    return Rejection(reason, stage=STAGE, origin=record.origin, detail=detail)
