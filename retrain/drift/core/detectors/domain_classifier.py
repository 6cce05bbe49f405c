"""Input drift by a domain classifier (two-sample test): whether it separates the window's reviews
from the reference.

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests", https://arxiv.org/abs/1610.06545
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from models.artifact.calibration import Floats
from retrain.drift.core.finding import Detector, DriftReport, threshold
from retrain.drift.core.samples import Sample, Window, together
from schemas.records import DriftKind

WORDS = 400
"""The commonest words of both sides are what the classifier looks at."""
RIDGE = 10.0
PERMUTATIONS = 50
"""For the mean and spread of what chance alone gives; the p-value is that of a normal with these.
"""
SEED = 0
LEAST = 20


@dataclass(frozen=True, slots=True)
class DomainDrift:
    """AUC of a linear classifier on hashed words, each review judged by one that has not seen it.

    Each text counts once, and not at all where both sides have it: a repeated text would be
    recognised. Permuted sides give the distribution of the AUC without drift.
    """

    kind: ClassVar[DriftKind] = "input"
    min_auc: float = threshold(
        0.54,
        "Minimum effect for domain drift: AUC of a classifier that separates window and reference.",
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        before, after = reference.scored.distinct, current.scored.distinct
        shared = np.intersect1d(before.digests, after.digests)
        before, after = (each.take(~np.isin(each.digests, shared)) for each in (before, after))
        if min(len(before), len(after)) < LEAST:
            return None
        sides = np.zeros((len(before) + len(after), 1 + PERMUTATIONS))
        sides[len(before) :, 0] = 1
        chance = np.random.default_rng(SEED)
        for column in range(1, 1 + PERMUTATIONS):
            sides[:, column] = chance.permutation(sides[:, 0])
        areas = aucs(held_out(features(together(before, after)), sides), sides)
        spread, mean = float(np.std(areas[1:], ddof=1)), float(np.mean(areas[1:]))
        p_value = float(stats.norm.sf((areas[0] - mean) / max(spread, 1e-9)))
        evidence = {
            "auc": round(float(areas[0]), 4),
            "permuted_mean": round(mean, 4),
            "permuted_spread": round(spread, 4),
        }
        return DriftReport("domain", self.kind, float(areas[0]), self.min_auc, p_value, evidence)


def features(sample: Sample) -> Floats:
    """Common words by inverse document frequency, rows of length 1, and a 1 for the offset:
    [reviews, words + 1].
    """
    counts = np.asarray(sample.words.sum(axis=0)).ravel()
    common = np.sort(np.argsort(-counts, kind="stable")[:WORDS])
    cells = sample.words[:, common].toarray().astype(np.float64) * np.log(
        (1 + len(sample)) / (1 + counts[common])
    )
    lengths = np.sqrt(np.square(cells).sum(axis=1, keepdims=True))
    return np.hstack([cells / np.maximum(lengths, 1e-9), np.ones((len(sample), 1))])


def held_out(cells: Floats, sides: Floats) -> Floats:
    """Leave-one-out predictions of ridge regression for the side of each review, for each column of
    ``sides``.

    Leave-one-out in closed form: Allen 1974, https://doi.org/10.1080/00401706.1974.10489157
    """
    penalty = np.full(cells.shape[1], RIDGE)
    penalty[-1] = 1e-6  # the offset is free
    projected = cells @ np.linalg.inv(cells.T @ cells + np.diag(penalty))
    leverage = (projected * cells).sum(axis=1, keepdims=True)
    fitted: Floats = (projected @ (cells.T @ sides) - leverage * sides) / (1 - leverage)
    return fitted


def aucs(scores: Floats, sides: Floats) -> Floats:
    """The AUC of each column, by the ranks of the scores (Mann & Whitney); both of shape [reviews,
    columns].
    """
    ranks = stats.rankdata(scores, axis=0)
    ones = sides.sum(axis=0)
    areas: Floats = ((ranks * sides).sum(axis=0) - ones * (ones + 1) / 2) / (
        ones * (len(sides) - ones)
    )
    return areas


DETECTORS: tuple[type[Detector], ...] = (DomainDrift,)
