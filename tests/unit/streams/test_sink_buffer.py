"""What waits to be stored."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Origin
from schemas.inputs import RawRecord
from streams.sink.core.sink_buffer import Buffer, deduplication_token, next_offsets

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def record(partition: int, offset: int, value: bytes | None = b"v") -> RawRecord:
    return RawRecord(Origin("t", partition, offset), None, value, NOW)


def test_an_empty_buffer_is_never_due() -> None:
    assert not Buffer(1, 0.0).due(1e9)


def test_it_is_due_by_number_by_age_and_by_size() -> None:
    by_number, by_age, by_size = Buffer(2, 60.0), Buffer(100, 1.0), Buffer(100, 60.0, max_bytes=10)
    for buffer in (by_number, by_age, by_size):
        buffer.add(record(0, 0), 5.0)
        assert not buffer.due(5.5)
    by_number.add(record(0, 1), 5.5)
    assert by_number.due(5.5)
    assert by_age.due(6.0)
    by_size.add(record(0, 1, b"x" * 8), 5.5)
    by_size.add(record(0, 2, None), 5.5)
    assert not by_size.due(5.5)
    by_size.add(record(0, 3), 5.5)
    assert by_size.due(5.5)


def test_a_batch_is_as_old_as_its_first_record_however_many_follow() -> None:
    buffer = Buffer(100, 1.0)
    for second in (5.0, 5.6, 5.9):
        buffer.add(record(0, 0), second)
    assert not buffer.due(5.9)
    assert buffer.due(6.0)
    buffer.take()
    buffer.add(record(0, 1), 6.0)
    assert not buffer.due(6.9)


def test_what_was_handed_over_counts_no_more() -> None:
    buffer = Buffer(100, 60.0, max_bytes=10)
    buffer.add(record(0, 0, b"x" * 9), 0.0)
    buffer.take()
    buffer.add(record(0, 1, b"x" * 9), 0.0)
    assert not buffer.due(0.0)
    buffer.add(record(0, 2), 0.0)
    assert buffer.due(0.0)


def test_a_batch_holds_64_mebibytes_and_no_more() -> None:
    buffer, mebibyte = Buffer(1000, 60.0), bytes(2**20)
    for offset in range(63):
        buffer.add(record(0, offset, mebibyte), 0.0)
    assert not buffer.due(0.0)
    buffer.add(record(0, 63, mebibyte), 0.0)
    assert buffer.due(0.0)


@given(st.lists(st.tuples(st.sampled_from("at"), st.integers(0, 3)), max_size=50))
def test_every_record_is_handed_over_once_and_in_order(steps: list[tuple[str, int]]) -> None:
    buffer, taken, added = Buffer(1000, 1.0), [], []
    for offset, (step, partition) in enumerate(steps):
        if step == "a":
            added.append(record(partition, offset))
            buffer.add(added[-1], 0.0)
        else:
            taken += buffer.take()
    assert taken + buffer.take() == added
    assert not buffer.due(1e9)


def test_what_is_committed_is_the_offset_after_the_last_of_each_partition() -> None:
    assert next_offsets([record(0, 5), record(1, 9), record(0, 6)]) == {("t", 0): 7, ("t", 1): 10}


def test_the_token_is_that_of_the_same_records_with_the_same_bytes() -> None:
    batch = [record(0, 5), record(1, 9)]
    assert deduplication_token(batch) == deduplication_token(list(batch))
    assert deduplication_token(batch) != deduplication_token(batch[:1])
    assert deduplication_token(batch) != deduplication_token([record(0, 5, b"w"), record(1, 9)])


records = st.lists(
    st.builds(
        record,
        st.integers(0, 3),
        st.integers(0, 3),
        st.none() | st.sampled_from([b"", b":", b"v", b"v:"]),
    )
)


@given(records, records)
def test_batches_have_one_token_only_if_they_are_the_same(
    one: list[RawRecord], other: list[RawRecord]
) -> None:
    def shape(batch: list[RawRecord]) -> list[tuple[Origin, bytes]]:
        return [(each.origin, each.value or b"") for each in batch]

    assert (deduplication_token(one) == deduplication_token(other)) == (shape(one) == shape(other))


@pytest.mark.parametrize("length", ["", "0", "1"])
def test_what_one_record_ends_with_is_not_taken_for_the_beginning_of_the_next(length: str) -> None:
    first = [record(0, 1, b"a"), record(0, 2, b"b")]
    swallowed = [record(0, 1, b"a" + f"{Origin('t', 0, 2)}:{length}:".encode() + b"b")]
    assert deduplication_token(first) != deduplication_token(swallowed)
