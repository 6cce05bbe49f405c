"""Messages → rows: pure functions, one for each topic that is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import orjson

from schemas import reasons, wire
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord, decode_feedback
from schemas.records import DeadLetter, Feedback, ModelEvent, ScoredReview
from schemas.topics import DEAD_LETTERS, FEEDBACK, MODELS_LIFECYCLE, REVIEWS_SCORED, REVIEWS_SHADOW

STAGE = "store"
R = TypeVar("R", ScoredReview, DeadLetter, ModelEvent)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the columns that are written, and how a record of its topic is decoded (raises ``Rejection``)."""

    name: str
    columns: tuple[str, ...]
    decode: Callable[[RawRecord, FindSchema], Any]

    compacted: bool = False

    def row(self, record: RawRecord, find_schema: FindSchema) -> Sequence[object] | None:
        """The row of one record, None where it only marks a deletion from a compacted topic.

        Raises ``Rejection``; ``RegistryUnavailable`` passes through.
        """
        if self.compacted and record.value is None:
            return None
        decoded = self.decode(record, find_schema)
        return [_cell(getattr(decoded, column)) for column in self.columns]


def decode_output(kind: type[R], record: RawRecord, find_schema: FindSchema) -> R:
    """A record that Undertone itself wrote: always Avro. Raises ``Rejection`` if somebody else wrote something there."""
    try:
        schema_id, body = wire.split(record.value or b"")
        writer = find_schema(schema_id)
        if writer is None:
            raise wire.BadWireFormat(f"unknown schema id {schema_id}")
        return wire.decode(kind, body, writer)
    except wire.BadWireFormat as error:
        raise Rejection(reasons.BAD_SCHEMA, stage=STAGE, origin=record.origin, detail=str(error)) from None


def _cell(value: object) -> object:
    """Records within a record are kept as JSON."""
    return orjson.dumps(value).decode() if isinstance(value, tuple) else value


def _columns(kind: type[Any], *, without: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in without)


TABLES = {
    REVIEWS_SCORED.name: Table("predictions", _columns(ScoredReview), lambda r, find: decode_output(ScoredReview, r, find)),
    REVIEWS_SHADOW.name: Table(
        "shadow_predictions", _columns(ScoredReview), lambda r, find: decode_output(ScoredReview, r, find)
    ),
    MODELS_LIFECYCLE.name: Table(
        "model_events", _columns(ModelEvent), lambda r, find: decode_output(ModelEvent, r, find), compacted=True
    ),
    FEEDBACK.name: Table("feedback", _columns(Feedback), decode_feedback),
    # The bytes of a dead letter may hold personal data: they stay on the topic.
    DEAD_LETTERS.name: Table(
        "dead_letters",
        _columns(DeadLetter, without=frozenset({"key", "value"})),
        lambda r, find: decode_output(DeadLetter, r, find),
    ),
}
"""Topic name → where its records go."""
