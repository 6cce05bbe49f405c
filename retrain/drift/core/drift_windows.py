"""Event-time windows: which exist, and which are complete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From ``start`` until before ``end``."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """Window assignment: windows of ``length`` begin every ``step`` since 1970; tumbling if equal,
    else sliding.

    ``lateness``: how long after its end a window waits for reviews that were on their way.
    """

    length: timedelta
    step: timedelta
    lateness: timedelta

    def moment(self, number: int) -> datetime:
        """The start of a window, by its number since 1970."""
        return EPOCH + number * self.step

    def finished(self, since: datetime, now: datetime) -> list[Span]:
        """Those that begin at ``since`` or later and whose time for late reviews is over, in
        order."""
        first = -((EPOCH - since) // self.step)
        last = (now - self.lateness - self.length - EPOCH) // self.step
        starts = map(self.moment, range(first, last + 1))
        return [Span(start, start + self.length) for start in starts]
