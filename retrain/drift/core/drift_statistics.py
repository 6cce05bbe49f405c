"""Statistical tests and distances of drift, as functions of arrays without NaN.

Their definitions are those of Evidently (https://docs.evidentlyai.com), whose reports people
compare the figures with: the same bins, the same floor for empty ones, the same scale.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.spatial import distance

Values = npt.NDArray[np.floating] | npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]
Name = Literal["ks", "wasserstein", "psi", "jensenshannon", "z"]

LEAST_DEVIATION = 0.001
"""The least standard deviation that a distance is divided by."""
FEW_VALUES = 20
"""A reference of at most so many different values is counted value by value, not in bins."""
LEAST_SHARE = 1e-4
"""The share that an empty bin counts as in PSI, where no filled bin has less."""


class Statistic(Protocol):
    """Reference and current values → p-value or distance."""

    def __call__(self, reference: Values, current: Values, /) -> float: ...


def compare(name: Name, reference: Values, current: Values) -> float:
    """Drift score: of ``ks`` and ``z`` (of two kinds of values) the p-value, of the others a
    distance.

    ``wasserstein`` is in standard deviations of the reference. NaN stands for no answer.
    """
    return STATISTICS[name](reference, current)


def _kolmogorov_smirnov(reference: Values, current: Values) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an exact p-value was not to be had
        return float(stats.ks_2samp(reference, current).pvalue)


def _wasserstein(reference: Values, current: Values) -> float:
    deviation = max(float(np.std(reference)), LEAST_DEVIATION)
    return float(stats.wasserstein_distance(reference, current)) / deviation


def _population_stability(reference: Values, current: Values) -> float:
    before, after = (_without_zeros(shares) for shares in _shares(reference, current))
    return float(np.sum((before - after) * np.log(before / after)))


def _jensen_shannon(reference: Values, current: Values) -> float:
    return float(distance.jensenshannon(*_shares(reference, current)))


def _z(reference: Values, current: Values) -> float:
    """Z-test of two proportions: the share of the larger of two values."""
    kinds = np.union1d(reference, current)
    if len(kinds) == 1:
        return 1.0
    sizes = len(reference), len(current)
    counts = (
        int(np.count_nonzero(reference != kinds[0])),
        int(np.count_nonzero(current != kinds[0])),
    )
    shares = counts[0] / sizes[0], counts[1] / sizes[1]
    pooled = (shares[0] * sizes[0] + shares[1] * sizes[1]) / (sizes[0] + sizes[1])
    error = np.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    return float(2 * (1 - stats.norm.cdf(abs((shares[0] - shares[1]) / error))))


def _shares(reference: Values, current: Values) -> tuple[Shares, Shares]:
    """Shares of both in the bins that Sturges' rule makes of all values, or value by value."""
    if len(np.unique(reference)) > FEW_VALUES:
        edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
        return (
            np.histogram(reference, edges)[0] / len(reference),
            np.histogram(current, edges)[0] / len(current),
        )
    kinds = np.union1d(reference, current)
    return _counts(reference, kinds) / len(reference), _counts(current, kinds) / len(current)


def _counts(values: Values, kinds: Values) -> Shares:
    """How often each of ``kinds``, in ascending order, is among the values."""
    return np.bincount(np.searchsorted(kinds, values), minlength=len(kinds)).astype(float)


def _without_zeros(shares: Shares) -> Shares:
    least = float(np.min(shares[shares > 0]))
    return np.where(shares == 0, least / 10**6 if least <= LEAST_SHARE else LEAST_SHARE, shares)


STATISTICS: Mapping[Name, Statistic] = {
    "ks": _kolmogorov_smirnov,
    "wasserstein": _wasserstein,
    "psi": _population_stability,
    "jensenshannon": _jensen_shannon,
    "z": _z,
}
