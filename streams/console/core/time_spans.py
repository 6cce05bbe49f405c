"""Time spans of the console, each divided into a number of windows that fits on a screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from streams.gateway.core.analytics_windows import Windows

Span = Literal["15m", "1h", "24h", "7d", "30d"]
SPANS: Final[dict[Span, tuple[timedelta, int]]] = {
    "15m": (timedelta(seconds=15), 60),
    "1h": (timedelta(minutes=1), 60),
    "24h": (timedelta(minutes=30), 48),
    "7d": (timedelta(hours=3), 56),
    "30d": (timedelta(hours=12), 60),
}
"""Length of a window, and how many."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A span that ends now, and the one product that is looked at, or all."""

    span: Span
    product_id: str | None = None

    def windows(self, now: datetime) -> Windows:
        """The last windows, that of ``now`` included."""
        step, count = SPANS[self.span]
        last = EPOCH + (now - EPOCH) // step * step
        return Windows(last - step * (count - 1), step, count)
