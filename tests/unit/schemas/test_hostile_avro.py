"""Hostile Avro: every record is decoded or rejected in work that its size bounds, whatever schema
it was written with.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import avro_files, reasons
from schemas.errors import Rejection, SchemaError
from schemas.records import Review
from tests.unit.schemas.hostile_avro import (
    CHAIN,
    EMPTY,
    NOW,
    NULLS,
    NUMBERS,
    REVIEW,
    TREE,
    decode,
    doubling,
    nested,
    number,
    with_field,
    written,
)


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
