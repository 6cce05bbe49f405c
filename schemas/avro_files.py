"""The committed Avro schemas: ``avro/<record>.v<version>.avsc``; the highest version is the one written today."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import fastavro

from schemas.errors import SchemaError

NAMESPACE = "undertone.v1"
FOLDER = Path(__file__).parent / "avro"

ParsedSchema = dict[str, Any]
"""A schema as ``fastavro.parse_schema`` returns it."""


@cache
def versions(record: str) -> tuple[str, ...]:
    """Every committed version of a record's schema as JSON text, oldest first.

    ``record`` is the Avro name without namespace, such as ``ScoredReview``. Raises ``SchemaError`` if there is none.
    """
    stem = re.sub(r"(?<!^)(?=[A-Z])", "_", record).lower()
    paths = sorted(FOLDER.glob(f"{stem}.v*.avsc"), key=lambda path: int(path.name.split(".v")[1].removesuffix(".avsc")))
    if not paths:
        raise SchemaError(f"no Avro schema for record {record}")
    return tuple(path.read_text(encoding="utf8") for path in paths)


@cache
def current(record: str) -> ParsedSchema:
    """The newest version, parsed."""
    return parse(versions(record)[-1])


def parse(text: str) -> ParsedSchema:
    """Parse schema JSON. Raises ``SchemaError`` if it is not an Avro schema."""
    try:
        schema = fastavro.parse_schema(json.loads(text))
    except (ValueError, KeyError, TypeError, fastavro.schema.SchemaParseException, fastavro.schema.UnknownType) as error:
        raise SchemaError(f"not an Avro schema: {type(error).__name__}") from error
    return schema if isinstance(schema, dict) else {"type": schema}
