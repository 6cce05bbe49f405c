"""Cost of scoring: time per review, latency of single reviews, and size. The clocks are
arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.inference.scorer import Scorer

Clock = Callable[[], float]
"""Seconds since whenever."""

BATCH: Final = 256
SINGLES: Final = 100
"""Reviews that are scored one by one."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Seconds by the wall clock and of processor time for each batch, its reviews, and wall seconds
    of each single review.
    """

    wall: Sequence[float]
    processor: Sequence[float]
    sizes: Sequence[int]
    singles: Sequence[float]


@dataclass(frozen=True, slots=True)
class Cost:
    """``microseconds``: a review's share of the median batch, tokenisation included;
    ``processor_microseconds``: the same in processor time, of all cores together, which does not
    grow where others keep the machine busy, and leaves out what a server or a GPU does;
    ``megabytes``: on disk (10^6 bytes); ``single_p50`` and ``single_p99``: milliseconds for one
    review alone."""

    microseconds: float
    processor_microseconds: float
    megabytes: float
    single_p50: float
    single_p99: float


def summarise(readings: Readings, size: int) -> Cost:
    """The cost of a model of ``size`` bytes. The median batch, because a neighbour on the machine
    slows some, never all.
    """
    wall, processor = (
        np.median(np.array(s) / np.array(readings.sizes))
        for s in (readings.wall, readings.processor)
    )
    p50, p99 = np.percentile(np.array(readings.singles), [50, 99])
    return Cost(
        float(wall) * 1e6, float(processor) * 1e6, size / 1e6, float(p50) * 1e3, float(p99) * 1e3
    )


def score_timed(
    scorer: Scorer,
    texts: Sequence[str],
    *,
    wall: Clock,
    processor: Clock,
    progress: Callable[[int], None],
    batch: int = BATCH,
) -> tuple[npt.NDArray[np.float32], Readings]:
    """Score every text in batches, then the first ``SINGLES`` alone, each after a warm-up; texts
    must not be empty.

    ``progress`` is told how many texts each batch had.
    """
    scorer.score(texts[:batch])
    scores, walls, processors, sizes = [], [], [], []
    for start in range(0, len(texts), batch):
        part = texts[start : start + batch]
        wall_before, processor_before = wall(), processor()
        scores.append(scorer.score(part))
        walls.append(wall() - wall_before)
        processors.append(processor() - processor_before)
        sizes.append(len(part))
        progress(len(part))
    singles = []
    for text in texts[:SINGLES]:
        scorer.score([text])  # engines do something once for each new shape
        before = wall()
        scorer.score([text])
        singles.append(wall() - before)
    return np.concatenate(scores), Readings(walls, processors, sizes, singles)


def size_of(folder: Path) -> int:
    """Bytes of all files of a model, or of a package without what Python compiled of it."""
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
