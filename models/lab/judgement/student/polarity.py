"""The polarity of words in long texts: logistic regression on naive-Bayes log-count ratios.

Wang & Manning 2012, https://aclanthology.org/P12-2018. The wide side learns mostly from sentences
and divides its sums by the root of the number of n-grams; of long reviews this regression alone is
two points more accurate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from models.lab.judgement.student import weighing
from models.lab.judgement.student.prepared import WRITTEN, Chosen, Floats, Places, Prepared, Ragged
from models.labels import NEGATIVE, NEUTRAL, POSITIVE

LONG = 100
"""Pieces of a long text, at least."""
FEWEST = 5000
"""Long training texts of a language from which on its words have a polarity."""
COST, ROUNDS = 0.1, 40


@dataclass(frozen=True, slots=True)
class Polarity:
    """``weights`` [features + 1]: what each n-gram of words adds to the log odds of positive to
    negative.
    """

    weights: Floats = field(repr=False)

    def sums(self, which: Places, features: Ragged) -> Floats:
        """[which]."""
        return np.asarray(counted(which, features, len(self.weights)) @ self.weights, np.float32)


def fit(rows: Prepared, features: Ragged, size: int, pieces: Places) -> Polarity:
    """Of the training texts that are not neutral. ``pieces``: how many each text has."""
    chosen = trains(rows, pieces)
    weights = np.zeros(size + 1, np.float32)
    which = np.flatnonzero(chosen)
    if len(which):
        targets = weighing.targets(rows, rows.train, weighing.Weighing(hard=1.0))
        counts = counted(which, features, size + 1)
        used = np.unique(counts.indices)
        positive = (rows.label[which] == POSITIVE).astype(np.float32)
        weights[used] = regression(counts[:, used], positive, targets.weights[which])
    return Polarity(weights)


def trains(rows: Prepared, pieces: Places) -> Chosen:
    """Long texts of one side or the other, written by somebody, in languages with enough."""
    own = rows.train & (rows.original == np.arange(len(rows.original)))
    own &= rows.sets != rows.names["sets"].index(WRITTEN)
    chosen: Chosen = own & (pieces >= LONG) & (rows.label != NEUTRAL)
    for language in np.unique(rows.languages[chosen]):
        members = chosen & (rows.languages == language)
        if members.sum() < FEWEST or not _both(rows.label[members]):
            chosen &= ~members
    return chosen


def _both(labels: npt.NDArray[np.uint8]) -> bool:
    return bool((labels == NEGATIVE).any() and (labels == POSITIVE).any())


def counted(which: Places, features: Ragged, size: int) -> Any:
    """How often each n-gram of words occurs, a sparse float32 [which, size]."""
    starts, ends = features.ends[2 * which], features.ends[2 * which + 1]
    numbers = [
        features.values[start:end]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    found = np.concatenate([np.zeros(0, np.int32), *numbers])
    until = np.concatenate([[0], np.cumsum(ends - starts)])
    return csr_matrix((np.ones(len(found), np.float32), found, until), (len(which), size))


def regression(counts: Any, positive: Floats, weights: Floats) -> Floats:
    """The weight of each column, for labels [texts] in 0 and 1 and how much each text counts."""
    for_it = 1 + counts.T @ (weights * positive)
    against = 1 + counts.T @ (weights * (1 - positive))
    ratio = np.log((for_it / for_it.sum()) / (against / against.sum())).astype(np.float32)
    scaled = counts.copy()
    scaled.data *= ratio[scaled.indices]
    turned, signs = scaled.T.tocsr(), 2 * positive - 1

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, Any]:
        mine = flat[:-1].astype(np.float32)
        margins = signs * (scaled @ mine + np.float32(flat[-1]))
        wrong = 1 / (1 + np.exp(np.clip(margins, -50, 50)))
        value = COST * float((weights * np.logaddexp(0, -margins)).sum()) + float(mine @ mine) / 2
        slope = (-COST * weights * signs * wrong).astype(np.float32)
        return value, np.append(turned @ slope + mine, slope.sum()).astype(np.float64)

    start = np.zeros(scaled.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}).x
    return np.asarray(ratio * found[:-1], np.float32)
