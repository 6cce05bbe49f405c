"""Slices grow while they are quick and shrink at once where they are not."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.errors import Origin
from schemas.inputs import RawRecord
from streams.worker.chunk_size import FEWEST, LONGEST_BYTES, LONGEST_S, ChunkSize


def test_quick_slices_grow_twofold() -> None:
    size = ChunkSize()
    assert size.records == FEWEST
    size.worked(FEWEST, 0.001)
    assert size.records == 2 * FEWEST
    size.worked(2 * FEWEST, 0.0)
    assert size.records == 4 * FEWEST


def test_they_end_where_one_takes_as_long_as_it_may() -> None:
    size = ChunkSize()
    for _ in range(20):
        size.worked(size.records, size.records * LONGEST_S / 300)
    assert 299 <= size.records <= 300


def test_a_slow_slice_shrinks_the_next_at_once_but_never_to_nothing() -> None:
    size = ChunkSize()
    for _ in range(5):
        size.worked(size.records, 0.001)
    size.worked(size.records, 100 * LONGEST_S)
    assert size.records == FEWEST


def test_the_rest_of_a_batch_says_nothing_of_larger_slices() -> None:
    size = ChunkSize()
    size.worked(FEWEST, 0.001)
    size.worked(3, 0.001)
    assert size.records == 2 * FEWEST


def test_a_slice_is_bounded_by_the_size_of_its_records_and_holds_one_at_least() -> None:
    def records(*sizes: int) -> list[RawRecord]:
        return [
            RawRecord(Origin("t", 0, i), None, b"x" * size, datetime.now(UTC))
            for i, size in enumerate(sizes)
        ]

    size = ChunkSize()
    long = records(*[LONGEST_BYTES // 2] * 5, 3 * LONGEST_BYTES, 1)
    taken, start = [], 0
    while start < len(long):
        taken.append(len(size.slice_of(long, start)))
        start += taken[-1]
    assert taken == [2, 2, 1, 1, 1]
    assert len(size.slice_of(records(*[1] * 500), 0)) == FEWEST
