"""Chunk size: how many records are processed between two checks for shutdown, adapted to their
cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.inputs import RawRecord

FEWEST: Final = 32
LONGEST_S: Final = 0.25
"""What a slice may take: little of the seconds that a worker has to stop in."""


LONGEST_BYTES: Final = 200_000
"""Of the records of a slice: what a slice costs at worst goes by their length, and was not seen in
the slices before it.
"""


class ChunkSize:
    """Grows while slices are quick, to twice as many records at a time, and shrinks at once where
    they are not.
    """

    def __init__(self) -> None:
        self.records = FEWEST

    def slice_of(self, records: Sequence[RawRecord], start: int) -> Sequence[RawRecord]:
        """The next slice of a batch, from ``start`` on: at most ``records`` of ``LONGEST_BYTES``
        together, and at least one.
        """
        end, size = start, 0
        while end < min(start + self.records, len(records)):
            size += len(records[end].value or b"")
            if end > start and size > LONGEST_BYTES:
                break
            end += 1
        return records[start:end]

    def worked(self, records: int, seconds: float) -> None:
        """A slice of so many ``records`` took so long. One that was not full says nothing of a
        larger one.
        """
        fitting = int(records * LONGEST_S / seconds) if seconds else 2 * self.records
        if records >= self.records or fitting < self.records:
            self.records = max(FEWEST, min(2 * self.records, fitting))
