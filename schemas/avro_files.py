"""The committed Avro schemas: ``avro/<record>.v<version>.avsc``; the highest version is the one
written today.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import fastavro

from schemas import avro_bounds
from schemas.errors import SchemaError

NAMESPACE = "undertone.v1"
FOLDER = Path(__file__).parent / "avro"

ParsedSchema = dict[str, Any]
"""A schema as ``fastavro.parse_schema`` returns it. Under ``GUARD``: what checks a record before it
is decoded, if anything.
"""
GUARD: Final = "__undertone_guard__"
TIMES: Final = ("timestamp-millis", "timestamp-micros")
INPUTS: Final = frozenset({"Review", "Feedback"})
"""Records that others write. Their values are read as they were written, and one decoder makes
sense of them.
"""


@cache
def versions(record: str) -> tuple[str, ...]:
    """Every committed version of a record's schema as JSON text, oldest first.

    ``record`` is the Avro name without namespace, such as ``ScoredReview``. Raises ``SchemaError``
    if there is none.
    """
    stem = re.sub(r"(?<!^)(?=[A-Z])", "_", record).lower()
    paths = sorted(
        FOLDER.glob(f"{stem}.v*.avsc"),
        key=lambda path: int(path.name.split(".v")[1].removesuffix(".avsc")),
    )
    if not paths:
        raise SchemaError(f"no Avro schema for record {record}")
    return tuple(path.read_text(encoding="utf8") for path in paths)


@cache
def current(record: str) -> ParsedSchema:
    """The newest version, parsed."""
    return _parsed(json.loads(versions(record)[-1]))


def parse(text: str) -> ParsedSchema:
    """Parse a writer's schema, and check it against the resource bounds.

    Raises ``SchemaError`` if it is not an Avro schema, or if decoding its records could cost more
    than their size explains.
    """
    try:
        document = json.loads(text) if len(text) <= avro_bounds.MAX_CHARACTERS else None
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"not an Avro schema: {type(error).__name__}") from error
    avro_bounds.check_document(text, document)
    schema = _parsed(_as_the_reader_has_it(document))
    avro_bounds.check(schema)
    guard = avro_bounds.guard(schema)
    # Nothing is added without need: where the writer's schema equals the reader's, fastavro
    # resolves nothing.
    return schema if guard is None else schema | {GUARD: guard}


def _parsed(document: object) -> ParsedSchema:
    try:
        # Whatever it is, fastavro says so
        schema = fastavro.parse_schema(document)  # type: ignore[arg-type]
    except (
        Exception
    ) as error:  # fastavro raises a dozen kinds on what is no schema, and promises none of them
        raise SchemaError(f"not an Avro schema: {type(error).__name__}") from error
    return schema if isinstance(schema, dict) else {"type": schema}


@cache
def _readers() -> dict[str, dict[str, Any]]:
    """Full name → our newest version, of every record there is."""
    newest = (
        json.loads(versions(json.loads(path.read_text(encoding="utf8"))["name"])[-1])
        for path in FOLDER.glob("*.avsc")
    )
    return {f"{document['namespace']}.{document['name']}": document for document in newest}


def _as_the_reader_has_it(document: Any) -> Any:
    """The writer's schema with times only where ours has times: fastavro converts by the writer's
    logical types alone.

    A whole number counts as a time where ours is one; other logical types, such as a UUID, are the
    plain types below them. Of input records, which match by the last part of their name, only a
    date stays one: their other times are told by magnitude, as many producers declare milliseconds
    and write seconds.
    """
    reader: dict[str, Any] = {}
    timed = _timed
    if isinstance(document, dict) and isinstance(document.get("name"), str):
        name, namespace = document["name"], document.get("namespace")
        full = name if "." in name else f"{namespace}.{name}"
        if unqualified(full) in INPUTS:
            full, timed = f"{NAMESPACE}.{unqualified(full)}", _dated
        reader = _readers().get(full, {})
    times = {
        field["name"]: "timestamp-millis" in json.dumps(field["type"])
        for field in reader.get("fields", ())
    }
    plain = _without_logical_types(document)
    fields = plain.get("fields") if isinstance(plain, dict) else None
    for field, original in (
        zip(fields, document["fields"], strict=True) if isinstance(fields, list) else ()
    ):
        if isinstance(field, dict) and "type" in field and times.get(str(field.get("name"))):
            field["type"] = timed(original["type"])
    return plain


def unqualified(name: str) -> str:
    """An Avro name without its namespace."""
    return name.rpartition(".")[2]


def _without_logical_types(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_logical_types(each) for each in part]
    if not isinstance(part, dict):
        return part
    nested = {
        name: _without_logical_types(part[name])
        for name in ("type", "items", "values", "fields")
        if name in part
    }
    return {name: value for name, value in part.items() if name != "logicalType"} | nested


def _timed(written: Any) -> Any:
    if isinstance(written, list):
        return [_timed(branch) for branch in written]
    kind, logical = (
        (written.get("type"), written.get("logicalType"))
        if isinstance(written, dict)
        else (written, None)
    )
    if kind not in {"int", "long"}:  # which are written alike
        return _without_logical_types(written)
    return {"type": "long", "logicalType": logical if logical in TIMES else TIMES[0]}


def _dated(written: Any) -> Any:
    if isinstance(written, list):
        return [_dated(branch) for branch in written]
    if isinstance(written, dict) and (written.get("type"), written.get("logicalType")) == (
        "int",
        "date",
    ):
        return {"type": "int", "logicalType": "date"}
    return _without_logical_types(written)
