"""Circuit breaker: a server that keeps failing is not asked for a while, and then probed.

Nygard 2018, "Release It!", 2nd edition, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CircuitBreaker:
    """Opens after ``failures`` failed calls in a row; then one call in ``rest_s`` seconds is
    allowed, as a probe, until one succeeds.

    Time is an argument: seconds on any monotonic clock. Not for use by two threads at once.
    """

    failures: int = 3
    rest_s: float = 60.0
    _failed: int = 0
    _probe_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether only probes are allowed."""
        return self._failed >= self.failures

    def allows(self, now: float) -> bool:
        """Whether to make a call now; say then whether it ``failed`` or ``succeeded``."""
        if not self.is_open:
            return True
        if now < self._probe_at:
            return False
        self._probe_at = now + self.rest_s
        return True

    def failed(self, now: float) -> bool:
        """A call failed; whether that opened it."""
        self._failed += 1
        self._probe_at = now + self.rest_s
        return self._failed == self.failures

    def succeeded(self) -> None:
        """A call succeeded: all are allowed again."""
        self._failed = 0
