"""How many records are worked on between two looks at whether to stop: few would waste time, many would make a shutdown late."""

from __future__ import annotations

from typing import Final

FEWEST: Final = 32
LONGEST_S: Final = 0.25
"""What a slice may take: little of the seconds that a worker has to stop in."""


class Pace:
    """Grows while slices are quick, to twice as many records at a time, and shrinks at once where they are not."""

    def __init__(self) -> None:
        self.records = FEWEST

    def worked(self, records: int, seconds: float) -> None:
        """A slice of so many ``records`` took so long. One that was not full says nothing of a larger one."""
        fitting = int(records * LONGEST_S / seconds) if seconds else 2 * self.records
        if records >= self.records or fitting < self.records:
            self.records = max(FEWEST, min(2 * self.records, fitting))
