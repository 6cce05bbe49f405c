"""Significance: bootstrap confidence intervals of one model, McNemar's test between two models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from models.artifact.calibration import Floats, Labels

Counts = npt.NDArray[np.float64]

RESAMPLES: Final = 1000
CONFIDENCE: Final = 0.95
# Cells of one block of resamples: what bounds memory when a file is long.
MAX_CELLS: Final = 1 << 21
FEW_DISCORDANT: Final = 25
"""Below it the chi-squared approximation is poor (McNemar 1947; Dietterich 1998,
https://doi.org/10.1162/089976698300017197).
"""


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of a confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Of the figures that a bootstrap leaves about unbiased (it makes ECE larger). ``auc`` is None
    for one class.
    """

    accuracy: Interval
    f1: Interval
    auc: Interval | None
    brier: Interval


@dataclass(frozen=True, slots=True)
class McNemar:
    """``only_first`` and ``only_second``: reviews that just that model judged right; ``p_value`` is
    two-sided.
    """

    only_first: int
    only_second: int
    p_value: float
    method: Literal["exact binomial", "chi-squared, continuity-corrected"]


def bootstrap(
    scores: Floats, positive: Labels, *, seed: int = 0, resamples: int = RESAMPLES
) -> Intervals:
    """Percentile intervals over ``resamples`` draws of n reviews with replacement; both arguments
    of shape [n], n > 0.

    Efron 1979, https://doi.org/10.1214/aos/1176344552
    """
    order = np.lexsort((positive, scores))  # so that the order of the file does not matter
    scores, positive = scores[order], positive[order]
    predicted = scores >= 0.5
    # Columns: true and false positives, false and true negatives, squared errors. All figures but
    # AUC are made of their sums.
    terms = np.column_stack(
        [
            predicted & positive,
            predicted & ~positive,
            ~predicted & positive,
            ~predicted & ~positive,
            np.square(scores - positive),
        ]
    ).astype(np.float64)
    ties = np.flatnonzero(np.diff(scores, prepend=-np.inf))
    sums, areas = [], []
    for counts in _draws(len(scores), resamples, np.random.default_rng(seed)):
        sums.append(counts @ terms)
        areas.append(_areas(counts, positive, ties))
    tp, fp, fn, tn, squares = np.concatenate(sums).T
    area = np.concatenate(areas)
    return Intervals(
        accuracy=percentiles((tp + tn) / len(scores)),
        f1=percentiles(_macro_f1(tp, fp, fn, tn)),
        auc=None if np.isnan(area).all() else percentiles(area[~np.isnan(area)]),
        brier=percentiles(squares / len(scores)),
    )


def wilson(right: Labels) -> Interval:
    """The interval of a share of few: that of the true values in ``right`` [n], n > 0. A bootstrap
    of few shrinks to a point.

    Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
    """
    return Interval(
        *map(
            float,
            stats.binomtest(int(np.sum(right)), len(right)).proportion_ci(CONFIDENCE, "wilson"),
        )
    )


def mcnemar(first_right: Labels, second_right: Labels) -> McNemar:
    """Whether two models err alike, from which of the same n reviews each judged right; both of
    shape [n].

    Exact where fewer than ``FEW_DISCORDANT`` reviews tell the models apart, else chi-squared with
    Edwards' correction.
    """
    first, second = (
        int(np.sum(first_right & ~second_right)),
        int(np.sum(second_right & ~first_right)),
    )
    discordant = first + second
    if discordant < FEW_DISCORDANT:
        p_value = float(stats.binomtest(first, discordant, 0.5).pvalue) if discordant else 1.0
        return McNemar(first, second, p_value, "exact binomial")
    statistic = max(0, abs(first - second) - 1) ** 2 / discordant
    return McNemar(
        first, second, float(stats.chi2.sf(statistic, df=1)), "chi-squared, continuity-corrected"
    )


def gain(
    first_right: Labels,
    second_right: Labels,
    labels: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | None = None,
) -> tuple[float, Interval]:
    """By how much the second of two models is more accurate on the same n reviews, and the interval
    of it; all of shape [n].

    With ``labels``: balanced accuracy, the mean over them; one that does not occur counts nothing.
    Agresti & Min 2005, https://doi.org/10.1002/sim.1781: half a review more in each cell,
    so that few reviews make a wide interval.
    """
    each = np.zeros(len(first_right), np.bool_) if labels is None else labels
    parts = [each == label for label in np.unique(each)]
    values, centres, variances = [], [], []
    for part in parts:
        count, total = int(np.sum(part)), int(np.sum(part)) + 2
        won, lost = (
            int(np.sum(part & a & ~b))
            for a, b in ((second_right, first_right), (first_right, second_right))
        )
        values.append((won - lost) / count)
        centres.append((won - lost) / total)
        variances.append(((won + lost + 1) - (won - lost) ** 2 / total) / total**2)
    reach = (
        float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * float(np.sqrt(sum(variances))) / len(parts)
    )
    centre = float(np.mean(centres))
    return float(np.mean(values)), Interval(centre - reach, centre + reach)


def _draws(count: int, resamples: int, rng: np.random.Generator) -> Iterator[Counts]:
    """How often each of ``count`` reviews is in each resample, in blocks [resamples of the block,
    count].
    """
    block = max(1, MAX_CELLS // count)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = rng.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
        yield (
            np.bincount(drawn.ravel(), minlength=rows * count)
            .reshape(rows, count)
            .astype(np.float64)
        )


def _areas(counts: Counts, positive: Labels, ties: npt.NDArray[np.intp]) -> Counts:
    """AUC of each row of ``counts``, its columns in order of score: the share of pairs in order,
    ties by half (Mann & Whitney).

    NaN where a resample holds one class only.
    """
    positives = np.add.reduceat(counts * positive, ties, axis=1)
    negatives = np.add.reduceat(counts * ~positive, ties, axis=1)
    in_order = np.sum(positives * (np.cumsum(negatives, axis=1) - negatives / 2), axis=1)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    areas: Counts = np.divide(in_order, pairs, out=np.full(len(counts), np.nan), where=pairs > 0)
    return areas


def _macro_f1(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    """The mean over the classes that occur among labels or predictions."""
    total, classes = np.zeros_like(tp), np.zeros_like(tp)
    for hits in (tp, tn):
        weight = 2 * hits + fp + fn
        total += np.divide(2 * hits, weight, out=np.zeros_like(tp), where=weight > 0)
        classes += weight > 0
    return total / classes


def percentiles(values: npt.NDArray[np.floating]) -> Interval:
    """The interval that holds ``CONFIDENCE`` of resampled values."""
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))
