"""Rate limit in messages per minute. Time is an argument: seconds on any clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

MINUTE_S: Final = 60.0


@dataclass(slots=True)
class Limit:
    """``per_minute`` in any sixty seconds."""

    per_minute: int
    _sent: deque[float] = field(default_factory=deque)

    def remember(self, moments: Iterable[float]) -> None:
        """Count messages sent by the previous process."""
        self._sent.extend(sorted(moments)[-self.per_minute :])

    def wait(self, now: float) -> float:
        """Seconds until one more may be sent; 0 if it may be now."""
        while self._sent and now - self._sent[0] >= MINUTE_S:
            self._sent.popleft()
        return MINUTE_S - (now - self._sent[0]) if len(self._sent) >= self.per_minute else 0.0

    def spend(self, now: float) -> None:
        """One was sent."""
        self._sent.append(now)
