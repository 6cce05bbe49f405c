"""Avro schema compatibility: whether data written with one schema can be read with another, by the
``avro`` package.
"""

from __future__ import annotations

import avro.errors
import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas.errors import SchemaError


def backward_problems(reader: str, writer: str) -> list[str]:
    """Incompatibilities that keep a consumer with schema ``reader`` from reading data of
    ``writer``; empty if there are none.

    Raises ``SchemaError`` if either is no Avro schema.
    """
    result = ReaderWriterCompatibilityChecker().get_compatibility(parse(reader), parse(writer))  # type: ignore[no-untyped-call]
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    kinds = ", ".join(sorted({kind.value for kind in result.incompatibilities}))
    return [f"{kinds}: {message}" for message in sorted(map(str, result.messages))] or [kinds]


def parse(text: str) -> avro.schema.Schema:
    """The schema in a JSON text. Raises ``SchemaError``."""
    try:
        return avro.schema.parse(text)
    except (
        avro.errors.AvroException,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
    ) as error:
        raise SchemaError(f"not an Avro schema: {type(error).__name__}") from error
