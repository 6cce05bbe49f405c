"""Finding the record that takes its worker down, and nothing else: what the marks say to the next
worker.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    reads: int = 0
    writes: int = 0
    away: bool = False

    def read(self, partitions: Collection[int]) -> dict[int, int]:
        self.reads += 1
        return {number: self.numbers[number] for number in partitions if number in self.numbers}

    def write(self, numbers: Mapping[int, int]) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        assert numbers, "a request for nothing"
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
    partition: int = 3
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
            batch = records(range(done, min(done + self.batch, self.count)), self.partition)
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
    assert world.marks.numbers.get(world.partition, 0) == 0


def test_one_deadly_record_costs_four_deaths_at_most() -> None:
    world = World(300, frozenset({150}), batch=50)
    world.run()
    assert (world.condemned, world.deaths) == ([150], 4)


def test_a_worker_that_meets_no_mark_writes_one_for_its_partitions_and_goes_on_as_ever() -> None:
    marks = Kept()
    attempts = Attempts(marks, SPAN)
    assert not attempts.begin([*records(range(5, 9)), *records([3], partition=1)])
    assert not attempts.begin(records(range(9, 200)))
    assert (marks.reads, marks.writes) == (1, 1)


def test_partitions_that_are_given_back_leave_no_mark() -> None:
    marks = Kept()
    first = Attempts(marks, SPAN)
    first.begin(records(range(5, 9)))
    first.release([0])
    assert not Attempts(marks, SPAN).begin(records(range(5, 9)))


def test_giving_partitions_back_leaves_the_marks_of_all_others() -> None:
    marks = Kept()
    first, other = Attempts(marks, SPAN), Attempts(marks, SPAN)
    first.begin([*records(range(5, 9)), *records(range(3, 7), partition=1)])
    other.begin(records(range(8, 9), partition=2))
    first.release([0, 2])
    first.release([9])
    assert Attempts(marks, SPAN).begin(records(range(3, 7), partition=1))
    assert Attempts(marks, SPAN).begin(records(range(8, 9), partition=2))


def test_a_partition_that_comes_back_is_marked_again() -> None:
    marks = Kept()
    first = Attempts(marks, SPAN)
    first.begin(records(range(5, 9)))
    first.release([0])
    first.begin(records(range(5, 9)))
    assert Attempts(marks, SPAN).begin(records(range(5, 9)))


def test_a_worker_that_died_after_it_had_committed_is_no_reason_for_care() -> None:
    marks = Kept()
    Attempts(marks, SPAN).begin(records(range(5, 9)))
    assert not Attempts(marks, SPAN).begin(records(range(9, 20)))


def _second_death(marks: Kept, offsets: range) -> tuple[Attempts, list[Piece]]:
    """The worker after two that died with their first records, and how it takes these."""
    Attempts(marks, SPAN).begin(records(offsets))
    second = Attempts(marks, SPAN)
    second.begin(records(offsets))
    second.working_on(next(second.pieces(records(offsets))))
    third = Attempts(marks, SPAN)
    third.begin(records(offsets))
    return third, list(third.pieces(records(offsets)))


def test_only_the_suspected_slice_is_worked_on_one_at_a_time() -> None:
    marks, offsets = Kept(), range(10, 10 + 3 * SLICE)
    sizes = [*[1] * SLICE, SLICE, SLICE]
    worker, pieces = _second_death(marks, offsets)
    assert [len(piece.records) for piece in pieces] == sizes
    worker.begin(records(offsets))
    worker.working_on(pieces[0])
    last = Attempts(marks, SPAN)
    last.begin(records(offsets))
    found = list(last.pieces(records(offsets)))
    assert [piece.condemned for piece in found] == [True, *[False] * (SLICE + 1)]
    assert [len(piece.records) for piece in found] == sizes


def test_a_record_that_comes_by_itself_is_not_condemned_after_two_deaths() -> None:
    marks = Kept()
    _, [piece] = _second_death(marks, range(10, 11))
    assert not piece.condemned


def test_care_for_a_partition_leaves_the_others_as_they_are() -> None:
    marks, offsets = Kept(), range(50, 60)
    worker, _ = _second_death(marks, offsets)
    later, others = records(range(40, 60)), records(range(20, 30), partition=1)
    assert not worker.begin(others)
    assert worker.begin([*later, *others])
    for batch in ([*later, *others], [*others, *later]):
        pieces = list(worker.pieces(batch))
        assert [record for piece in pieces for record in piece.records] == batch
        assert all(
            len({record.origin.partition for record in piece.records}) == 1 for piece in pieces
        )
        assert [
            record.origin.offset for piece in pieces if piece.delivered for record in piece.records
        ] == list(range(40, 50))


def test_a_worker_that_is_stopped_while_it_waits_for_a_server_condemns_nothing() -> None:
    marks = Kept()
    attempts, [piece, *_] = _second_death(marks, range(10, 20))
    attempts.working_on(piece)
    attempts.paused(piece)
    last = Attempts(marks, SPAN)
    assert last.begin(records(range(10, 20)))
    assert not any(each.condemned for each in last.pieces(records(range(10, 20))))


def test_a_worker_that_lost_the_partition_meanwhile_marks_nothing_more() -> None:
    marks = Kept()
    attempts, [piece, *_] = _second_death(marks, range(10, 20))
    attempts.release([0])
    attempts.working_on(piece)
    assert not Attempts(marks, SPAN).begin(records(range(10, 20)))


def test_a_mark_far_from_where_work_begins_is_of_another_life_of_the_topic() -> None:
    marks = Kept()
    attempts, pieces = _second_death(marks, range(5000, 5010))
    for piece in pieces:
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
