"""Confluent wire format: byte 0, four bytes of schema id (big-endian), Avro body.

https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from operator import attrgetter
from typing import Any, Final, TypeVar, get_args, get_type_hints

import fastavro

from schemas import avro_files
from schemas.upgrades import upgraded

MAGIC = 0
HEADER = struct.Struct(">bI")
R = TypeVar("R")


class BadWireFormat(ValueError):
    """The bytes do not hold what their header promises; the message is a short reason without
    content.
    """


@dataclass(frozen=True, slots=True)
class _Codec:
    """What coding needs to know of a record class. ``values`` reads all its fields at once;
    ``nested`` are those that hold a record, or several, with their class.
    """

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    nested: Mapping[str, Callable[..., Any]]
    schema: avro_files.ParsedSchema


class _Codecs(dict[type[Any], _Codec]):
    """Record class → its codec, made when it is first asked for."""

    def __missing__(self, kind: type[Any]) -> _Codec:
        names: tuple[str, ...] = kind.__slots__
        nested: dict[str, Callable[..., Any]] = {
            name: part
            for name, annotation in get_type_hints(kind).items()
            for part in _parts(annotation)
            if isinstance(part, type) and is_dataclass(part)
        }
        schema = avro_files.current(kind.__name__)
        self[kind] = _Codec(names, attrgetter(*names), nested, schema)
        return self[kind]


_CODECS: Final = _Codecs()


def _parts(annotation: Any) -> Iterator[Any]:
    """The type, or those in it where it is a union or a tuple."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def encode(record: object, schema_id: int) -> bytes:
    """One record, framed. ``schema_id`` is the id under which the current schema of its class is
    registered.
    """
    buffer = io.BytesIO()
    buffer.write(HEADER.pack(MAGIC, schema_id))
    codec = _CODECS[type(record)]
    values = dict(zip(codec.names, codec.values(record), strict=True))
    for name in codec.nested:
        values[name] = _plain(values[name])
    fastavro.schemaless_writer(buffer, codec.schema, values)
    return buffer.getvalue()


def split(value: bytes) -> tuple[int, bytes]:
    """Schema id and body. Raises ``BadWireFormat`` if the header is not whole."""
    if len(value) < HEADER.size or value[0] != MAGIC:
        raise BadWireFormat(f"{len(value)} bytes without a whole header")
    return HEADER.unpack_from(value)[1], value[HEADER.size :]


def decode(kind: type[R], body: bytes, writer: avro_files.ParsedSchema) -> R:
    """Read a body written with ``writer`` as a record of ``kind``, by Avro schema resolution, and
    upgrade it (see ``upgrades``).

    Raises ``BadWireFormat`` whatever is wrong with the bytes or between the schemas.
    """
    codec = _CODECS[kind]
    reader = codec.schema
    if writer.get("name") != reader["name"]:
        raise BadWireFormat(f"schema is not {reader['name']}")
    values = _values(body, writer, reader)
    for name, item in codec.nested.items():
        values[name] = _typed(item, values[name])
    return upgraded(kind(**values), writer)


def document(record: str, body: bytes, writer: avro_files.ParsedSchema) -> Mapping[str, Any]:
    """The values of a record that somebody else wrote, as they were written. ``record``: its name,
    in any namespace.

    Raises ``BadWireFormat`` where the record has another name, or its bytes do not fit its schema.
    """
    if avro_files.unqualified(str(writer.get("name", ""))) != record:
        raise BadWireFormat(f"schema is not of a record {record}")
    values: Mapping[str, Any] = _values(body, writer, None)
    return values


def _values(
    body: bytes, writer: avro_files.ParsedSchema, reader: avro_files.ParsedSchema | None
) -> Any:
    guard = writer.get(avro_files.GUARD)
    buffer = io.BytesIO(body)
    try:
        if guard is not None:
            guard(body, 0)
        values = fastavro.schemaless_reader(buffer, writer, reader)
    except (
        Exception
    ) as error:  # fastavro raises a dozen kinds on damaged bytes, and promises none of them
        raise BadWireFormat(f"body does not fit its schema: {type(error).__name__}") from None
    if buffer.tell() != len(body):
        raise BadWireFormat("the record does not end where its bytes end")
    return values


def _plain(nested: Any) -> Any:
    if isinstance(nested, tuple):
        return [_fields(item) for item in nested]
    return None if nested is None else _fields(nested)


def _fields(item: Any) -> dict[str, Any]:
    """Those of a record within a record, which holds none itself; ``asdict`` takes ten times as
    long, as it copies them.
    """
    return {name: getattr(item, name) for name in item.__slots__}


def _typed(item: Callable[..., Any], nested: Any) -> Any:
    if isinstance(nested, list):
        return tuple(item(**fields) for fields in nested)
    return None if nested is None else item(**nested)
