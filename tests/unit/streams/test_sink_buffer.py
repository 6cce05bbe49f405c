"""What waits to be stored."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Origin
from schemas.inputs import RawRecord
from streams.sink.core.sink_buffer import Buffer, deduplication_token, next_offsets

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def record(partition: int, offset: int, value: bytes = b"v") -> RawRecord:
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
    by_size.add(record(0, 1, b"x" * 9), 5.5)
    assert by_size.due(5.5)


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
