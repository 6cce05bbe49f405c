"""Time windows of analytics: whole steps since 1970 that cover the requested span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from schemas.moments import EARLIEST, LATEST

Step = Literal["1m", "5m", "15m", "1h", "6h", "1d", "1w"]
STEPS: Final[dict[Step, timedelta]] = {
    "1m": timedelta(minutes=1), "5m": timedelta(minutes=5), "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6), "1d": timedelta(days=1), "1w": timedelta(weeks=1),
}  # fmt: skip
MOST: Final = 1000
DEFAULT: Final = 24


class BadWindows(ValueError):
    """The times asked for make no sense; the message says why."""


@dataclass(frozen=True, slots=True)
class Windows:
    """``count`` windows of ``step``, the first from ``start``."""

    start: datetime
    step: timedelta
    count: int

    @property
    def end(self) -> datetime:
        """End of the last window."""
        return self.start + self.step * self.count

    def starts(self) -> list[datetime]:
        """The beginning of each."""
        return [self.start + self.step * i for i in range(self.count)]


def windows(begin: datetime | None, end: datetime | None, step: Step, now: datetime) -> Windows:
    """The windows that cover ``begin`` to ``end``; by default the latest ``DEFAULT``. Naive times
    are UTC.

    Raises ``BadWindows`` for times out of order or range, or more than ``MOST`` windows.
    """
    length = STEPS[step]
    last = _in_range(end, "to") if end else now
    first = _in_range(begin, "from") if begin else max(EARLIEST, last - length * DEFAULT)
    if first >= last:
        raise BadWindows("from is not before to")
    start = EARLIEST + (first - EARLIEST) // length * length
    count = -((start - last) // length)
    if count > MOST:
        raise BadWindows(
            f"that is {count} windows; at most {MOST}: take a longer step or a shorter time"
        )
    return Windows(start, length, count)


def _in_range(time: datetime, name: str) -> datetime:
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    if not EARLIEST <= aware < LATEST:
        raise BadWindows(f"{name} is not between {EARLIEST:%Y} and {LATEST:%Y}")
    return aware.astimezone(UTC)
