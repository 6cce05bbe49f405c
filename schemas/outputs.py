"""Decoder of the records that Undertone writes: Avro in Confluent wire format. Called by
``Topic.decode``.
"""

from __future__ import annotations

from typing import TypeVar

from schemas import reasons, wire
from schemas.errors import NOT_OF_ONE_RECORD, Rejection, SchemaError
from schemas.inputs import FindSchema, RawRecord, Unread

R = TypeVar("R")


def decode_output(kind: type[R], record: RawRecord, find_schema: FindSchema) -> R:
    """Decode a record that Undertone wrote, always Avro. Raises ``Rejection`` for anything else."""
    if isinstance(record.value, Unread):
        raise Rejection(reasons.TOO_LARGE, record.value.detail)
    try:
        schema_id, body = wire.split(record.value or b"")
        writer = find_schema(schema_id, record.origin.topic)
        if writer is None:
            raise wire.BadWireFormat(
                f"schema id {schema_id} is not registered for topic {record.origin.topic}"
            )
        return wire.decode(kind, body, writer)
    except (wire.BadWireFormat, SchemaError) as error:
        raise Rejection(reasons.BAD_SCHEMA, str(error)) from None
    except NOT_OF_ONE_RECORD:
        raise
    except (
        Exception
    ) as error:  # whatever a library does on one record must not stop those who read it
        raise Rejection(reasons.PROCESSING_ERROR, type(error).__name__) from None
