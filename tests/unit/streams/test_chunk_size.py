"""Slices grow while they are quick and shrink at once where they are not."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.errors import Origin
from schemas.inputs import RawRecord
from streams.worker.chunk_size import FEWEST, LONGEST_BYTES, LONGEST_S, Pace


def test_quick_slices_grow_twofold() -> None:
    pace = Pace()
    assert pace.records == FEWEST
    pace.worked(FEWEST, 0.001)
    assert pace.records == 2 * FEWEST
    pace.worked(2 * FEWEST, 0.0)
    assert pace.records == 4 * FEWEST


def test_they_end_where_one_takes_as_long_as_it_may() -> None:
    pace = Pace()
    for _ in range(20):
        pace.worked(pace.records, pace.records * LONGEST_S / 300)
    assert 299 <= pace.records <= 300


def test_a_slow_slice_shrinks_the_next_at_once_but_never_to_nothing() -> None:
    pace = Pace()
    for _ in range(5):
        pace.worked(pace.records, 0.001)
    pace.worked(pace.records, 100 * LONGEST_S)
    assert pace.records == FEWEST


def test_the_rest_of_a_batch_says_nothing_of_larger_slices() -> None:
    pace = Pace()
    pace.worked(FEWEST, 0.001)
    pace.worked(3, 0.001)
    assert pace.records == 2 * FEWEST


def test_a_slice_is_bounded_by_the_size_of_its_records_and_holds_one_at_least() -> None:
    def records(*sizes: int) -> list[RawRecord]:
        return [
            RawRecord(Origin("t", 0, i), None, b"x" * size, datetime.now(UTC))
            for i, size in enumerate(sizes)
        ]

    pace = Pace()
    long = records(*[LONGEST_BYTES // 2] * 5, 3 * LONGEST_BYTES, 1)
    taken, start = [], 0
    while start < len(long):
        taken.append(len(pace.slice_of(long, start)))
        start += taken[-1]
    assert taken == [2, 2, 1, 1, 1]
    assert len(pace.slice_of(records(*[1] * 500), 0)) == FEWEST
