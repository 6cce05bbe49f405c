"""Any bytes under any schema are decoded in work that their size bounds, or rejected."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from fastavro import _read_py
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas import avro_bounds, avro_files
from schemas.avro_bounds import MOST_STEPS, STEPS_PER_BYTE
from schemas.errors import Rejection, SchemaError
from tests.unit.schemas.hostile_avro import (
    CHAIN,
    DAMAGED,
    FIRST,
    NULLS,
    NUMBERS,
    REVIEW,
    decode,
    doubling,
    number,
    with_field,
    written,
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
