"""Schemas and bytes of hostile Avro, and how a review is decoded from them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import fastavro
from fastavro.read import SchemaResolutionError
from hypothesis import strategies as st

from schemas import avro_files, wire
from schemas.errors import Origin
from schemas.inputs import RawRecord, decode_review
from schemas.records import Review

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ID = 7
NULLS = {"type": "array", "items": "null"}
NUMBERS = {"type": "array", "items": "double"}
REVIEW = json.loads(avro_files.versions("Review")[-1])
DAMAGED = (SchemaResolutionError, EOFError, ValueError, LookupError, TypeError, OverflowError)
FIRST = st.sampled_from([*range(-3, 4), 2**31, -(2**31), 2**62, -(2**63), 2_000_000_000])


def number(value: int) -> bytes:
    """A long as Avro writes it."""
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, {"type": "long"}, value)
    return buffer.getvalue()


def with_field(kind: Any, name: str = "x") -> str:
    """Our schema of a review with one more field before the others, or one of them of another
    type."""
    others = [field for field in REVIEW["fields"] if field["name"] != name]
    return json.dumps(REVIEW | {"fields": [{"name": name, "type": kind}, *others]})


def decode(text: str, body: bytes) -> Review:
    writer = avro_files.parse(text)
    value = wire.HEADER.pack(wire.MAGIC, ID) + body
    return decode_review(
        RawRecord(Origin("reviews.raw", 0, 1), None, value, NOW), lambda *_: writer
    )


def written(schema: str, /, **values: Any) -> bytes:
    buffer = io.BytesIO()
    review = {
        "review_id": "r",
        "text": "fine",
        "product_id": "p",
        "author_id": None,
        "rating": None,
        "language_hint": None,
    }
    fastavro.schemaless_writer(
        buffer, json.loads(schema), review | {"source": None, "created_at": NOW} | values
    )
    return buffer.getvalue()


def nested(depth: int, kind: Any = "long") -> Any:
    for level in range(depth):
        kind = {"type": "record", "name": f"Level{level}", "fields": [{"name": "x", "type": kind}]}
    return kind


def doubling(times: int, kind: Any) -> Any:
    """A record of two records of two records …: 2^times values of ``kind``, in a few lines."""
    for level in range(times):
        second = f"Level{level - 1}" if level else kind
        fields = [{"name": "a", "type": kind}, {"name": "b", "type": second}]
        kind = {"type": "record", "name": f"Level{level}", "fields": fields}
    return kind


TREE = {
    "type": "record",
    "name": "Tree",
    "fields": [{"name": "children", "type": {"type": "array", "items": "Tree"}}],
}
CHAIN = {"type": "record", "name": "Chain", "fields": [{"name": "next", "type": ["null", "Chain"]}]}
EMPTY = {"type": "record", "name": "Empty", "fields": []}
