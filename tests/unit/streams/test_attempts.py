"""Finding the record that takes its worker down, and nothing else: what the marks say to the next
worker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BrokerUnavailable, Origin
from schemas.inputs import RawRecord
from streams.worker.attempts import SLICE, Attempts, Piece

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = 400


@dataclass
class Kept:
    """Marks that outlive the workers."""

    numbers: dict[int, int] = field(default_factory=dict)
    writes: int = 0
    away: bool = False

    def read(self, partitions: Collection[int]) -> dict[int, int]:
        return {number: self.numbers[number] for number in partitions if number in self.numbers}

    def write(self, numbers: Mapping[int, int]) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        self.writes += 1
        self.numbers.update(numbers)


def records(offsets: Collection[int], partition: int = 0) -> list[RawRecord]:
    return [
        RawRecord(Origin("reviews.raw", partition, offset), None, b"", NOW) for offset in offsets
    ]


class Died(Exception):
    """A worker is no more."""


@dataclass
class World:
    """Records of one partition, some deadly. Workers come one after the other; each begins where
    the last commit was.
    """

    count: int
    deadly: frozenset[int]
    batch: int
    marks: Kept = field(default_factory=Kept)
    committed: int = 0
    delivered: list[int] = field(default_factory=list)
    condemned: list[int] = field(default_factory=list)
    deaths: int = 0

    def live(self, batches_before_commit: int) -> None:
        """One worker, until it dies or everything is done. It commits only after so many
        batches."""
        attempts = Attempts(self.marks, SPAN)
        done, batches = self.committed, 0
        while done < self.count:
            batch = records(range(done, min(done + self.batch, self.count)))
            if attempts.begin(batch):
                for piece in attempts.pieces(batch):
                    self._careful(attempts, piece)
            else:
                self._work([record.origin.offset for record in batch])
            done += len(batch)
            batches += 1
            if batches % batches_before_commit == 0:
                self.committed = done
        self.committed = done
        attempts.release()

    def _careful(self, attempts: Attempts, piece: Piece) -> None:
        offsets = [record.origin.offset for record in piece.records]
        if piece.condemned:
            self.condemned += offsets
        elif not piece.delivered:
            attempts.working_on(piece)
            self._work(offsets)
            attempts.paused(piece)

    def _work(self, offsets: list[int]) -> None:
        if not self.deadly.isdisjoint(offsets):
            self.deaths += 1
            raise Died
        self.delivered += offsets

    def run(self, batches_before_commit: int = 1) -> None:
        for _ in range(1000):
            try:
                self.live(batches_before_commit)
            except Died:
                continue
            return
        raise AssertionError("it never ends")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_records_are_deadly_they_are_set_aside_and_every_other_is_delivered(
    data: st.DataObject,
) -> None:
    count = data.draw(st.integers(1, 300))
    deadly = data.draw(st.frozensets(st.integers(0, count - 1), max_size=6))
    world = World(count, deadly, batch=data.draw(st.integers(1, 100)))
    world.run(data.draw(st.integers(1, 4)))
    assert set(world.condemned) == deadly
    assert set(world.delivered) == set(range(count)) - deadly
    assert world.deaths <= 4 * len(deadly)
    assert world.marks.numbers.get(0, 0) == 0


def test_one_deadly_record_costs_four_deaths_at_most() -> None:
    world = World(300, frozenset({150}), batch=50)
    world.run()
    assert (world.condemned, world.deaths) == ([150], 4)


def test_a_worker_that_meets_no_mark_writes_one_for_its_partitions_and_goes_on_as_ever() -> None:
    marks = Kept()
    attempts = Attempts(marks, SPAN)
    assert not attempts.begin([*records(range(5, 9)), *records([3], partition=1)])
    assert not attempts.begin(records(range(9, 200)))
    assert marks.writes == 1


def test_partitions_that_are_given_back_leave_no_mark() -> None:
    marks = Kept()
    first = Attempts(marks, SPAN)
    first.begin(records(range(5, 9)))
    first.release([0])
    assert not Attempts(marks, SPAN).begin(records(range(5, 9)))


def test_a_worker_that_died_after_it_had_committed_is_no_reason_for_care() -> None:
    marks = Kept()
    Attempts(marks, SPAN).begin(records(range(5, 9)))
    assert not Attempts(marks, SPAN).begin(records(range(9, 20)))


def _alone(marks: Kept, offsets: range) -> Iterator[tuple[Attempts, Piece]]:
    """A worker that takes these one at a time: the two before it died."""
    Attempts(marks, SPAN).begin(records(offsets))
    second = Attempts(marks, SPAN)
    assert second.begin(records(offsets))
    second.working_on(next(second.pieces(records(offsets))))
    third = Attempts(marks, SPAN)
    assert third.begin(records(offsets))
    for piece in third.pieces(records(offsets)):
        assert len(piece.records) == 1
        yield third, piece


def test_a_worker_that_is_stopped_while_it_waits_for_a_server_condemns_nothing() -> None:
    marks = Kept()
    attempts, piece = next(_alone(marks, range(10, 20)))
    attempts.working_on(piece)
    attempts.paused(piece)
    last = Attempts(marks, SPAN)
    assert last.begin(records(range(10, 20)))
    assert not any(each.condemned for each in last.pieces(records(range(10, 20))))


def test_a_worker_that_lost_the_partition_meanwhile_marks_nothing_more() -> None:
    marks = Kept()
    attempts, piece = next(_alone(marks, range(10, 20)))
    attempts.release([0])
    attempts.working_on(piece)
    assert not Attempts(marks, SPAN).begin(records(range(10, 20)))


def test_a_mark_far_from_where_work_begins_is_of_another_life_of_the_topic() -> None:
    marks = Kept()
    for attempts, piece in _alone(marks, range(5000, 5010)):
        attempts.working_on(piece)
    assert not Attempts(marks, SPAN).begin(records(range(10)))


def test_care_ends_after_its_span() -> None:
    marks = Kept()
    offsets = range(SPAN + 3 * SLICE)
    Attempts(marks, SPAN).begin(records(offsets))
    second = Attempts(marks, SPAN)
    assert second.begin(records(offsets))
    sizes = [len(piece.records) for piece in second.pieces(records(offsets))]
    assert sum(sizes) == len(offsets)
    assert not second.begin(records(range(len(offsets), len(offsets) + 10)))
    assert not Attempts(marks, SPAN).begin(records(offsets))


def test_a_broker_that_is_away_lets_the_caller_wait() -> None:
    with pytest.raises(BrokerUnavailable):
        Attempts(Kept(away=True), SPAN).begin(records([1]))
