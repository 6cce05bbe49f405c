"""Output of a topic's records, as text or as JSON."""

from __future__ import annotations

import base64
import sys
from dataclasses import fields
from typing import Any, Final

import orjson
from rich.console import Console

from infra.kafka.reader import read_topic
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas import reasons
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord
from schemas.topics import CATALOGUE

TOPICS: Final = {topic.name: topic for topic in CATALOGUE}


def tail_topic(
    settings: Settings, topic: str, *, maximum: int | None, as_json: bool, live: bool, follow: bool
) -> None:
    """Print records as they come, at most ``maximum``."""
    find_schema = SchemaRegistry(settings.schema_registry).find
    console = Console(highlight=False)
    for shown, record in enumerate(read_topic(settings.kafka, topic, live=live, follow=follow), 1):
        values = describe(record, find_schema)
        if as_json:
            sys.stdout.buffer.write(as_line(values, record))
            sys.stdout.buffer.flush()
        else:
            console.print(
                f"[bold]{record.origin}[/bold] [dim]{record.timestamp:%Y-%m-%d %H:%M:%S}[/dim]"
            )
            for name, value in values.items():
                console.print(f"  {name:20} {value}", markup=False, soft_wrap=True)
        if shown == maximum:
            return


def as_line(values: dict[str, Any], record: RawRecord) -> bytes:
    """A line of JSON; where JSON cannot hold a value, the reason and the bytes."""
    try:
        return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
    except TypeError:
        values = {
            "undecodable": reasons.PROCESSING_ERROR,
            "detail": "no JSON",
            "value": printable(record.value),
        }
        return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def describe(record: RawRecord, find_schema: FindSchema) -> dict[str, Any]:
    """The record's fields, or why it cannot be decoded and its bytes."""
    topic = TOPICS.get(record.origin.topic)
    if topic is None:
        return {"value": printable(record.value)}
    try:
        decoded = topic.decode(record, find_schema)
    except Rejection as rejection:
        return {
            "undecodable": rejection.reason,
            "detail": rejection.detail,
            "value": printable(record.value),
        }
    values = {field.name: getattr(decoded, field.name) for field in fields(decoded)}
    return {
        name: printable(value) if isinstance(value, bytes) else value
        for name, value in values.items()
    }


def printable(value: bytes | None) -> str | None:
    """Text where the bytes are text, else base64 marked as such."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(value).decode()
