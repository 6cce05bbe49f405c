"""How far a partition is done: nothing undone is ever passed over, and in the end all of it is
done.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.worker.partition_progress import Progress

END = 40
steps = st.lists(
    st.sampled_from(
        ["fetch", "fetch and drop", "done", "rewind", "commit", "lost and assigned again"]
    ),
    max_size=80,
)


class Partition:
    """A log with holes, the group's offset, and a worker that fetches it and finishes runs in the
    order of their delivery.
    """

    def __init__(self, offsets: list[int]) -> None:
        self.offsets, self.committed, self.at = offsets, 0, 0
        self.progress = Progress()
        self.progress.rewound(0)
        self.in_flight: list[tuple[int, list[int]]] = []
        self.processed: set[int] = set()

    def fetch(self, deliver: bool = True) -> None:
        run = [offset for offset in self.offsets if offset >= self.at][:3]
        if run:
            self.at = run[-1] + 1
            start = self.progress.delivered(run[0], run[-1])
            if deliver:
                self.in_flight.append((start, run))

    def done(self) -> None:
        if self.in_flight:
            start, run = self.in_flight.pop(0)
            self.processed |= set(run)
            self.progress.done(start, run[-1] + 1)

    def rewind(self) -> None:
        self.at = self.committed
        self.progress.rewound(self.committed)

    def commit(self) -> None:
        self.committed = max(self.committed, self.progress.done_to or 0)

    def lost(self) -> None:
        """Another worker does some of it meanwhile."""
        for offset in [offset for offset in self.offsets if offset >= self.committed][:2]:
            self.processed.add(offset)
            self.committed = offset + 1
        self.progress = Progress()

    def step(self, name: str) -> None:
        if name == "fetch and drop":
            self.fetch(deliver=False)
        elif name == "lost and assigned again":
            self.lost()
            self.done()  # of what was in flight, before the partition is rewound
            self.rewind()
        else:
            getattr(self, name)()


@settings(max_examples=500, deadline=None)
@given(st.sets(st.integers(0, END), min_size=1), steps)
def test_nothing_undone_is_ever_passed_over_and_a_rewind_brings_the_rest(
    offsets: set[int], given_steps: list[str]
) -> None:
    partition = Partition(sorted(offsets))
    for name in given_steps:
        partition.step(name)
        done_to = partition.progress.done_to or 0
        assert {
            offset for offset in offsets if offset < max(done_to, partition.committed)
        } <= partition.processed
    partition.commit()
    partition.rewind()
    for _ in range(2 * END):
        partition.fetch()
        partition.done()
    assert partition.progress.done_to == max(offsets) + 1
    assert partition.processed == offsets


def test_what_is_done_is_not_forgotten_by_a_rewind_to_before_it() -> None:
    progress = Progress()
    progress.rewound(10)
    progress.done(progress.delivered(10, 14), 15)
    progress.rewound(10)
    assert progress.done_to == 15


def test_what_is_done_before_the_committed_offset_is_known_counts_as_soon_as_it_is() -> None:
    progress = Progress()
    progress.done(progress.delivered(10, 14), 15)
    assert progress.done_to is None
    progress.rewound(10)
    assert progress.done_to == 15


@pytest.mark.parametrize("end", range(11, 15))
def test_a_run_that_is_done_in_part_holds_up_the_runs_after_it(end: int) -> None:
    progress = Progress()
    progress.rewound(10)
    first, second = progress.delivered(10, 14), progress.delivered(15, 19)
    progress.done(first, end)
    progress.done(second, 20)
    assert progress.done_to == end


def test_a_run_done_again_in_part_takes_nothing_back_of_what_was_done() -> None:
    progress = Progress()
    progress.rewound(5)
    before, run = progress.delivered(5, 9), progress.delivered(10, 14)
    progress.done(run, 15)
    progress.done(run, 13)
    progress.done(before, 10)
    assert progress.done_to == 15
