"""Resource bounds on decoding Avro with a writer's schema: checked once per schema, before any of
its records is decoded.

fastavro decodes in C and holds the interpreter's lock. A record of 49 bytes whose array of nulls
claims 2·10⁹ items would stop the whole process for minutes. ``check`` refuses schemas under which a
short record could cost much work; ``guard`` makes the check of single records that some of the
other schemas need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from schemas.errors import SchemaError

Schema = Any
"""A schema as ``fastavro.parse_schema`` returns it: a name, a list (union) or a dict."""
Skip = Callable[[bytes, int], int]
"""Body and position of a value → the position after it. Raises ``Truncated``."""

STEPS_PER_BYTE: Final = 6
MOST_STEPS: Final = 10_000
"""Decoding takes at most ``MOST_STEPS`` + ``STEPS_PER_BYTE`` times its bytes steps; a step is one
value, or one part of it.
"""
MAX_CHARACTERS: Final = 100_000
MAX_JSON_DEPTH: Final = 200
MAX_DEPTH: Final = 32
MAX_TYPES: Final = 5_000
LONGEST_VARINT: Final = 10
WIDTHS: Final[Mapping[str, int]] = {"null": 0, "boolean": 1, "float": 4, "double": 8}
VARINTS: Final = frozenset({"int", "long", "enum"})
LENGTH_FIRST: Final = frozenset({"string", "bytes"})
RECORDS: Final = frozenset({"record", "error"})


class Truncated(ValueError):
    """A count or a length promises more than the bytes that are left."""


def check_document(text: str, document: object) -> None:
    """Bound what parsing the schema may cost. ``document`` is ``text``, parsed as JSON. Raises
    ``SchemaError``.
    """
    if len(text) > MAX_CHARACTERS:
        raise SchemaError(f"a schema of {len(text)} characters; the limit is {MAX_CHARACTERS}")
    level: list[object] = [document]
    for _ in range(MAX_JSON_DEPTH):
        if not level:
            return
        for part in level:
            # fastavro takes a schema that says it is parsed already as it is, without looking at
            # it.
            if isinstance(part, dict) and any(name.startswith("__") for name in part):
                raise SchemaError("a schema with a reserved name")
        dicts = (child for part in level if isinstance(part, dict) for child in part.values())
        lists = (child for part in level if isinstance(part, list) for child in part)
        level = [child for child in (*dicts, *lists) if isinstance(child, dict | list)]
    raise SchemaError(f"a schema nested deeper than {MAX_JSON_DEPTH} levels of JSON")


def check(schema: Schema) -> None:
    """Bound what decoding any record of ``schema`` may cost.

    Raises ``SchemaError`` for recursive types, types nested too deeply, arrays and maps whose items
    take no bytes, or too few for the work they are, and records that expand into too many values.
    """
    _Costs(_names(schema)).of(schema)


def guard(schema: Schema) -> Skip | None:
    """The check that a single record needs before fastavro may decode it; None where it needs none.

    fastavro passes over values of a fixed width without noticing the end of the body. Arrays of
    nothing else are therefore measured here first; whatever else is in an array makes fastavro
    notice.
    """
    names = _names(schema)
    measured = _Measured(names)
    skip = measured.skip(schema)
    return skip if measured.needed else None


class _Cost(NamedTuple):
    """``steps``: the most that one value takes, arrays and maps in it left empty.

    ``unpaid``: the most that one value takes beyond ``STEPS_PER_BYTE`` for each of its bytes.
    """

    steps: int
    unpaid: int


@dataclass
class _Costs:
    """What values of a type may cost.

    The fields of a record add up, and a union is as dear as its dearest branch. Arrays and maps may
    repeat their items as often as they like, so that every item must pay for itself.
    """

    names: Mapping[str, Schema]
    _known: dict[str, _Cost] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _types: int = 0

    def of(self, schema: Schema, depth: int = 0) -> _Cost:
        self._types += 1
        if depth > MAX_DEPTH:
            raise SchemaError(f"types nested deeper than {MAX_DEPTH} levels")
        if self._types > MAX_TYPES:
            raise SchemaError(f"a schema of more than {MAX_TYPES} types")
        kind, name = _kind(schema, self.names)
        if name is None:
            return self._cost(schema, kind, depth)
        if name in self._open:
            raise SchemaError("a recursive type")
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self._cost(self.names.get(name, schema), kind, depth)
            self._open.discard(name)
        return self._known[name]

    def _cost(self, schema: Schema, kind: str, depth: int) -> _Cost:
        if kind == "union":
            branches = [self.of(branch, depth + 1) for branch in schema]
            steps, unpaid = (
                max(values, default=0)
                for values in (zip(*branches, strict=True) if branches else ((), ()))
            )
            cost = _Cost(1 + steps, 1 - STEPS_PER_BYTE + unpaid)
        elif kind in RECORDS:
            fields = [self.of(each["type"], depth + 1) for each in schema["fields"]]
            cost = _Cost(
                1 + sum(each.steps for each in fields), 1 + sum(each.unpaid for each in fields)
            )
        elif kind in {"array", "map"}:
            item = self.of(schema["items" if kind == "array" else "values"], depth + 1)
            if item.unpaid + (1 - STEPS_PER_BYTE if kind == "map" else 0) > 0:
                raise SchemaError(f"{kind} whose items take no bytes, or too few")
            cost = _Cost(1, 1 - STEPS_PER_BYTE)
        else:
            cost = _Cost(1, 1 - STEPS_PER_BYTE * _width(schema, kind, least=1))
        if cost.steps > MOST_STEPS:
            raise SchemaError(f"a record of more than {MOST_STEPS} values")
        return cost


@dataclass
class _Measured:
    """Skips values without decoding them. ``needed``: one of the arrays holds nothing but values of
    a fixed width.
    """

    names: Mapping[str, Schema]
    needed: bool = False
    _known: dict[str, Skip] = field(default_factory=dict)
    _widths: dict[str | None, int | None] = field(default_factory=dict)

    def skip(self, schema: Schema) -> Skip:
        kind, name = _kind(schema, self.names)
        if name is None:
            return self._made(schema, kind)
        if name not in self._known:
            self._known[name] = self._made(self.names.get(name, schema), kind)
        return self._known[name]

    def _made(self, schema: Schema, kind: str) -> Skip:
        if kind == "union":
            return _union([self.skip(branch) for branch in schema])
        if kind in RECORDS:
            return _record([self.skip(each["type"]) for each in schema["fields"]])
        if kind == "map":
            return _blocks(_record([_counted, self.skip(schema["values"])]))
        if kind == "array":
            width = self._fixed_width(schema["items"])
            self.needed |= width is not None
            return (
                _blocks(self.skip(schema["items"]))
                if width is None
                else _blocks(_fixed(width), width)
            )
        if kind in LENGTH_FIRST:
            return _counted
        return _varint if kind in VARINTS else _fixed(_width(schema, kind, least=0))

    def _fixed_width(self, schema: Schema) -> int | None:
        """Bytes of every value of ``schema``; None where they differ."""
        kind, name = _kind(schema, self.names)
        if name not in self._widths:
            width = self._width(schema if name is None else self.names.get(name, schema), kind)
            if name is None:
                return width
            self._widths[name] = width
        return self._widths[name]

    def _width(self, schema: Schema, kind: str) -> int | None:
        if kind in RECORDS:
            widths = [self._fixed_width(each["type"]) for each in schema["fields"]]
            return None if None in widths else sum(filter(None, widths))
        return _width(schema, kind, least=0) if kind in WIDTHS or kind == "fixed" else None


def _names(schema: Schema) -> Mapping[str, Schema]:
    names: Mapping[str, Schema] = (
        schema.get("__named_schemas", {}) if isinstance(schema, dict) else {}
    )
    return names


def _kind(schema: Schema, names: Mapping[str, Schema]) -> tuple[str, str | None]:
    """The kind of a type, and its full name if it has one."""
    if isinstance(schema, list):
        return "union", None
    if isinstance(schema, dict) and schema["type"] not in names:
        return str(schema["type"]), schema.get("name")
    name = schema["type"] if isinstance(schema, dict) else schema
    return (str(names[name]["type"]), name) if name in names else (name, None)


def _width(schema: Schema, kind: str, *, least: int) -> int:
    """Bytes of a value of no parts; ``least`` where that depends on the value."""
    if kind == "fixed":
        if (
            isinstance(schema["size"], bool)
            or not isinstance(schema["size"], int)
            or schema["size"] < 0
        ):
            raise SchemaError("a fixed type without a size")
        return int(schema["size"])
    return WIDTHS.get(kind, least)


def _varint(body: bytes, at: int) -> int:
    return _number(body, at)[1]


def _number(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for place in range(at, min(at + LONGEST_VARINT, len(body))):
        value |= (body[place] & 0x7F) << shift
        shift += 7
        if body[place] < 0x80:
            return (value >> 1) ^ -(value & 1), place + 1
    raise Truncated("a number without an end")


def _counted(body: bytes, at: int) -> int:
    length, at = _number(body, at)
    return _inside(body, at, length)


def _fixed(width: int) -> Skip:
    return lambda body, at: _inside(body, at, width)


def _inside(body: bytes, at: int, length: int) -> int:
    if not 0 <= length <= len(body) - at:
        raise Truncated("a length beyond the bytes that are left")
    return at + length


def _record(fields: Sequence[Skip]) -> Skip:
    def skip(body: bytes, at: int) -> int:
        for each in fields:
            at = each(body, at)
        return at

    return skip


def _union(branches: Sequence[Skip]) -> Skip:
    def skip(body: bytes, at: int) -> int:
        branch, at = _number(body, at)
        if not 0 <= branch < len(branches):
            raise Truncated("a branch that the union does not have")
        return branches[branch](body, at)

    return skip


def _blocks(item: Skip, width: int | None = None) -> Skip:
    """Blocks of items up to an empty one. ``width``: of each item, where all have the same; then
    they need not be looked at.
    """

    def skip(body: bytes, at: int) -> int:
        while True:
            count, at = _number(body, at)
            if count == 0:
                return at
            if count < 0:
                size, at = _number(body, at)
                _inside(body, at, size)
                count = -count
            if width is not None:
                at = _inside(body, at, count * width)
                continue
            if count > (len(body) - at) * STEPS_PER_BYTE:
                raise Truncated("more items than bytes")
            for _ in range(count):
                at = item(body, at)

    return skip
