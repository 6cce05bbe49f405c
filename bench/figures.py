"""Summary statistics of measurements: percentiles, ratios with their spread, cost."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PERCENTILES = (50, 95, 99)
MILLION = 1_000_000
WARM_UP = 0.02
"""Of the time between first and last output: outputs come in batches, and the first batch took
longer than it shows.
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing: their median, and the lowest and highest of them."""

    median: float
    lowest: float
    highest: float
    each: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises ``ValueError`` where there are none."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(statistics.median(values), min(values), max(values), tuple(values))


@dataclass(frozen=True, slots=True)
class Pace:
    """``rate``: outputs a second; ``span``: seconds from the first to the last; ``whole``: seconds
    since the input came.
    """

    rate: float
    span: float
    whole: float


def pace(begin: float, arrived: Sequence[float]) -> Pace:
    """Of outputs that ``arrived``, in any order, of inputs that all came at ``begin``.

    Counted between first and last output but for ``WARM_UP``, so that it does not matter how long
    the first had to wait; where that is less than half of it all, as with a single batch, from
    ``begin`` on. Raises ``ValueError`` where there are none.
    """
    first, last = min(arrived), max(arrived)
    span, whole = last - first, last - begin
    if span < whole / 2:
        return Pace(len(arrived) / whole, span, whole)
    since = first + WARM_UP * span
    return Pace(sum(time > since for time in arrived) / (last - since), span, whole)


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Of two that took turns, round by round: what slows a whole round down slows both. Raises
    ``ValueError``.
    """
    return Spread.of([a / b for a, b in zip(above, below, strict=True)])


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """``p50``, ``p95`` and ``p99``, each a value that was measured, never one between two. Raises
    ``ValueError``.
    """
    if not values:
        raise ValueError("nothing was measured")
    found = np.percentile(np.asarray(values, np.float64), PERCENTILES, method="higher")
    return {f"p{share}": float(value) for share, value in zip(PERCENTILES, found, strict=True)}


def cost_per_million(rate: float, price: float) -> float:
    """What a million reviews cost at ``rate`` reviews a second on one core that costs ``price`` an
    hour.
    """
    return price * MILLION / rate / 3600
