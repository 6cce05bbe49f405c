"""Token buckets for rate limiting. Time is an argument: seconds on any monotonic clock."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allowance:
    """Result of taking tokens: ``wait_s`` is 0 if granted; ``left`` tokens remain; the bucket is
    full in ``full_s``.
    """

    wait_s: float
    left: int
    full_s: float


@dataclass(slots=True)
class Buckets:
    """One bucket a caller, full at first: ``burst`` tokens, of which ``rate`` come back each
    second.

    At most ``size`` are remembered, those of the latest callers: one that is forgotten begins full
    again.
    """

    rate: float
    burst: int
    size: int = 10_000
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)

    def take(self, caller: str, tokens: int, now: float) -> Allowance:
        """Take that many, or none. More than ``burst`` are never granted, whatever ``wait_s``
        says."""
        level, since = self._levels.pop(caller, (float(self.burst), now))
        level = min(self.burst, level + max(0.0, now - since) * self.rate)
        granted = tokens <= level
        level -= tokens if granted else 0
        self._levels[caller] = (level, now)
        if len(self._levels) > self.size:
            self._levels.popitem(last=False)
        wait_s = 0.0 if granted else (min(tokens, self.burst) - level) / self.rate
        return Allowance(wait_s, math.floor(level), (self.burst - level) / self.rate)

    def headers(self, allowance: Allowance) -> dict[str, str]:
        """``RateLimit`` fields, and ``Retry-After`` where nothing was granted.

        https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
        """
        headers = {
            "RateLimit-Policy": f'"reviews";q={self.burst};w={math.ceil(self.burst / self.rate)}',
            "RateLimit": f'"reviews";r={allowance.left};t={math.ceil(allowance.full_s)}',
        }
        return (
            headers | {"Retry-After": str(math.ceil(allowance.wait_s))}
            if allowance.wait_s
            else headers
        )
