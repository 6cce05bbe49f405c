"""Hostile Avro: every record is decoded or rejected in work that its size bounds, whatever schema
it was written with.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import fastavro
import pytest
from fastavro import _read_py
from fastavro.read import SchemaResolutionError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas import avro_bounds, avro_files, reasons, wire
from schemas.avro_bounds import MOST_STEPS, STEPS_PER_BYTE
from schemas.errors import Origin, Rejection, SchemaError
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


@pytest.mark.parametrize(
    "kind",
    [
        NULLS,
        {"type": "array", "items": EMPTY},
        {"type": "array", "items": nested(3, "null")},
        {"type": "array", "items": {"type": "fixed", "name": "Nothing", "size": 0}},
        {"type": "array", "items": NULLS},
        {"type": "map", "values": nested(20, "null")},
        ["null", NULLS],
        TREE,
        CHAIN,
        nested(60),
        doubling(30, "null"),
        doubling(30, "double"),
        {"type": "array", "items": doubling(16, "null")},
        [{"type": "enum", "name": f"E{n}", "symbols": ["a"]} for n in range(3_000)],
        {"type": "fixed", "name": "Negative", "size": -1},
        "unheard_of",
        {
            "type": "record",
            "name": "Double",
            "fields": [{"name": "a", "type": "int"}, {"name": "a"}],
        },
    ],
)
def test_a_schema_whose_records_could_cost_much_is_refused_before_any_record_is_decoded(
    kind: Any,
) -> None:
    with pytest.raises(SchemaError):
        avro_files.parse(with_field(kind))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 100_000,
        "[" * 500 + "]" * 500,
        '{"type": ' * 900 + '"int"' + "}" * 900,
        "1",
        "null",
        '"long"x',
        json.dumps(REVIEW | {"doc": "x" * 200_000}),
        json.dumps(REVIEW | {"__fastavro_parsed": True, "__named_schemas": {}, "fields": 7}),
        with_field({"type": "array", "items": "null", "__fastavro_parsed": True}),
        json.dumps(REVIEW | {"fields": [{"name": f"f{n}", "type": "int"} for n in range(20_000)]}),
    ],
)
def test_a_document_that_is_no_schema_or_too_large_a_one_is_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        avro_files.parse(text)


@pytest.mark.parametrize(
    "items", ["boolean", "float", "double", {"type": "fixed", "name": "Digest", "size": 16}]
)
@pytest.mark.parametrize("count", [2_000_000_000, 2**62, -(2**62)])
def test_a_count_of_items_beyond_the_bytes_left_is_refused_before_decoding(
    items: Any, count: int
) -> None:
    body = number(count) + (number(5) if count < 0 else b"") + b"\0" * 40
    with pytest.raises(Rejection, match="Truncated"):
        decode(with_field({"type": "array", "items": items}), body)


def test_the_49_bytes_that_stopped_every_worker_are_a_dead_letter() -> None:
    with pytest.raises(SchemaError, match="array whose items take no bytes"):
        decode(
            with_field(NULLS),
            number(2_000_000_000) + number(0) + written(with_field("null"), x=None),
        )


@pytest.mark.parametrize(
    "record", sorted(path.name.split(".")[0] for path in avro_files.FOLDER.glob("*.avsc"))
)
def test_our_own_schemas_are_read_without_a_check_of_each_record_and_without_resolution(
    record: str,
) -> None:
    name = "".join(word.capitalize() for word in record.split("_"))
    parsed = avro_files.parse(avro_files.versions(name)[-1])
    assert avro_files.GUARD not in parsed
    assert name in avro_files.INPUTS or parsed == avro_files.current(name)


@pytest.mark.parametrize("length", [-1, -5, 2**31, 2**62, -(2**62)])
@pytest.mark.parametrize(
    "kind",
    ["string", "bytes", {"type": "array", "items": "string"}, {"type": "map", "values": "bytes"}],
)
def test_a_length_beyond_the_bytes_left_is_refused(kind: Any, length: int) -> None:
    with pytest.raises(Rejection, match=reasons.BAD_SCHEMA):
        decode(
            with_field(kind),
            (number(3) if isinstance(kind, dict) else b"") + number(length) + b"abc" * 20,
        )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (NUMBERS, [0.5, 1.5] * 100),
        ({"type": "array", "items": {"type": "array", "items": "float"}}, [[1.0], [], [2.0, 3.0]]),
        ({"type": "map", "values": ["null", "string"]}, {"a": None, "b": "c"}),
        ({"type": "array", "items": nested(2, ["null", "string"])}, [{"x": {"x": None}}] * 50),
        (nested(20), {"x": {}}),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, b"\x01"),
        (["null", {"type": "fixed", "name": "Digest", "size": 16}], b"0123456789abcdef"),
    ],
)
def test_ordinary_fields_that_undertone_does_not_know_are_passed_over(
    kind: Any, value: Any
) -> None:
    if kind == nested(20):
        value = 1
        for _ in range(20):
            value = {"x": value}
    text = with_field(kind)
    plain = text.replace('"logicalType": "decimal", ', "")
    assert decode(text, written(plain, x=value)) == Review("r", "fine", NOW, product_id="p")


@pytest.mark.parametrize(
    ("name", "kind", "value", "read"),
    [
        ("created_at", "long", 1_714_564_800_000, NOW),
        ("created_at", "int", 1_000_000, datetime(1970, 1, 12, 13, 46, 40, tzinfo=UTC)),
        ("created_at", {"type": "long", "logicalType": "timestamp-micros"}, NOW, NOW),
        (
            "created_at",
            {"type": "long", "logicalType": "local-timestamp-millis"},
            1_714_564_800_000,
            NOW,
        ),
        (
            "review_id",
            {"type": "string", "logicalType": "uuid"},
            "0b1f2a34-0000-4000-8000-000000000000",
            ...,
        ),
        ("text", {"type": "string", "avro.java.string": "String"}, "fine", ...),
        ("rating", ["null", {"type": "int", "logicalType": "date"}], 4, 4.0),
        ("product_id", "bytes", b"p", "p"),
    ],
)
def test_a_field_is_of_our_type_whatever_logical_type_its_writer_gave_it(
    name: str, kind: Any, value: Any, read: Any
) -> None:
    text = with_field(kind, name)
    plain = text if "timestamp-micros" in text else json.dumps(_plain(json.loads(text)))
    assert getattr(decode(text, written(plain, **{name: value})), name) == (
        value if read is ... else read
    )


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _plain(value)
        for name, value in part.items()
        if name != "logicalType" or value == "timestamp-millis"
    }


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 8 * 10**18, -1])
@pytest.mark.parametrize("kind", ["long", {"type": "long", "logicalType": "timestamp-millis"}])
def test_a_time_out_of_range_is_a_bad_field(kind: Any, value: int) -> None:
    with pytest.raises(Rejection, match=reasons.BAD_SCHEMA):
        decode(
            with_field(kind, "created_at"),
            written(with_field("long", "created_at"), created_at=value),
        )


primitives = st.sampled_from(
    ["null", "boolean", "int", "long", "float", "double", "string", "bytes"]
)
logical = st.sampled_from(
    [
        "uuid",
        "date",
        "time-millis",
        "timestamp-millis",
        "timestamp-micros",
        "decimal",
        "local-timestamp-micros",
    ]
)


@st.composite
def named(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Any:
    """A record, a fixed type or an enum under a name of its own, or the name of one that may be
    there.
    """
    name = f"N{draw(st.integers(0, 6))}"
    fields = draw(st.lists(inner, max_size=3))
    record = {
        "type": "record",
        "name": name,
        "fields": [{"name": f"f{n}", "type": kind} for n, kind in enumerate(fields)],
    }
    fixed = {"type": "fixed", "name": name, "size": draw(st.integers(0, 40))}
    return draw(
        st.sampled_from(
            [record, fixed, {"type": "enum", "name": name, "symbols": ["a", "b"]}, name]
        )
    )


types = st.recursive(
    primitives | st.builds(lambda kind, to: {"type": kind, "logicalType": to}, primitives, logical),
    lambda inner: (
        inner.map(lambda kind: {"type": "array", "items": kind})
        | inner.map(lambda kind: {"type": "map", "values": kind})
        | st.lists(inner, min_size=1, max_size=3)
        | named(inner)
    ),
    max_leaves=12,
)
bodies = st.lists(st.binary(max_size=20) | FIRST.map(number), max_size=6).map(b"".join)


@contextmanager
def counted(most: int) -> Iterator[None]:
    """Every value that fastavro's reader in Python reads or skips is a step; more than ``most`` are
    an error.
    """
    steps = 0
    before = _read_py.read_data, _read_py.skip_data

    def step(of: Any) -> Any:
        def one_more(*arguments: Any) -> Any:
            nonlocal steps
            steps += 1
            assert steps <= most
            return of(*arguments)

        return one_more

    _read_py.read_data, _read_py.skip_data = map(step, before)
    try:
        yield
    finally:
        _read_py.read_data, _read_py.skip_data = before


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(types, st.sampled_from(["x", *(field["name"] for field in REVIEW["fields"])]), bodies)
@example(NULLS, "x", number(2_000_000_000))
@example(NUMBERS, "x", number(2_000_000_000))
@example(CHAIN, "x", number(1) * 1_000)
@example(doubling(30, "double"), "x", b"")
@example(
    {"type": "string", "logicalType": "uuid"},
    "text",
    written(with_field("string", "text"), text="0" * 32),
)
def test_any_bytes_under_any_schema_are_decoded_in_bounded_work_or_rejected(
    kind: Any, name: str, body: bytes
) -> None:
    text = with_field(kind, name)
    for value in (body, body + written(with_field("null"), x=None)):
        try:
            writer = avro_files.parse(text)
            if (guard := writer.get(avro_files.GUARD)) is not None:
                guard(value, 0)
        except (SchemaError, avro_bounds.Truncated):
            continue
        with counted(MOST_STEPS + STEPS_PER_BYTE * len(value)), suppress(*DAMAGED):
            _read_py.schemaless_reader(io.BytesIO(value), writer, None)
        check_types(text, value)


def check_types(text: str, body: bytes) -> None:
    """Decode, and where that succeeds check the types of the fields. Raises whatever is no
    ``Rejection``.
    """
    try:
        review = decode(text, body)
    except Rejection:
        return
    assert isinstance(review.created_at, datetime)
    assert {type(review.review_id), type(review.text), type(review.product_id)} == {str}
    assert {type(review.author_id), type(review.source), type(review.language_hint)} <= {
        str,
        type(None),
    }
    assert isinstance(review.rating, float | None)
