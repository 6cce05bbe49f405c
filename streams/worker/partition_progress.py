"""Progress of a partition: the offset up to which it is done without a gap, however its records
arrive.
"""

from __future__ import annotations


class Progress:
    """The offset up to which every record of one partition is done. Offsets are half-open ranges,
    as Kafka commits them.

    Only what follows without a gap on what is committed counts, so a range that was never delivered
    is never passed over: the offset stays before it, and the group reads it again. Ranges may be
    done in any order and more than once.
    """

    __slots__ = ("_ahead", "done_to", "position")

    def __init__(self) -> None:
        self.done_to: int | None = None
        """The offset to commit; None until ``rewound`` says where this worker starts."""
        self.position: int | None = None
        """Where the next record to be delivered is expected."""
        self._ahead: dict[int, int] = {}

    def rewound(self, committed: int) -> None:
        """Delivery starts again at ``committed``, the group's offset, 0 where it has none."""
        self.position = committed
        self.done_to = committed if self.done_to is None else max(self.done_to, committed)
        self._absorb()

    def delivered(self, first: int, last: int) -> int:
        """Start of the range of a run of records, ``first`` to ``last`` inclusive.

        That is the end of the run before it: between them are offsets that hold no record
        (compaction, control records).
        """
        start = first if self.position is None else min(self.position, first)
        self.position = last + 1
        return start

    def done(self, start: int, end: int) -> None:
        """Every record from ``start`` to before ``end`` is done."""
        self._ahead[start] = max(end, self._ahead.get(start, end))
        self._absorb()

    def _absorb(self) -> None:
        if self.done_to is None:
            return
        for start in sorted(self._ahead):
            if start > self.done_to:
                return
            self.done_to = max(self.done_to, self._ahead.pop(start))
