"""Open-loop load schedule, fixed beforehand, so that a slow system cannot slow its own load down.

Tene, "How NOT to measure latency": a generator that waits leaves out the very requests that would
have waited (coordinated omission). So latency counts from when a review was due, not from when it
got away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds from the beginning at which reviews are due: independent of each other (Poisson),
    ``rate`` a second on average.

    There are ``rate * seconds`` of them, but at least one. The same seed gives the same times.
    """
    gaps = np.random.default_rng(seed).exponential(1 / rate, max(1, round(rate * seconds)))
    return [float(time) for time in np.cumsum(gaps)]


def latencies(due: Sequence[float], arrived: Sequence[float]) -> list[float]:
    """Seconds from when each was due until its output was read, both by the same clock."""
    return [end - begin for begin, end in zip(due, arrived, strict=True)]
