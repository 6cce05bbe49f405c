"""Prediction drift: changes in the distribution of scores and labels, whether or not they are
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from models.labels import LABELS
from retrain.drift.core.drift_statistics import Name, compare
from retrain.drift.core.finding import Detector, DriftReport, threshold
from retrain.drift.core.samples import Window
from schemas.records import DriftKind


@dataclass(frozen=True, slots=True)
class ScoreDrift:
    """The distribution of the score: Wasserstein distance in standard deviations,
    Kolmogorov-Smirnov.
    """

    kind: ClassVar[DriftKind] = "prediction"
    min_score: float = threshold(
        0.1,
        "Minimum effect for score drift: Wasserstein distance of the scores, in standard "
        "deviations.",
        most=None,
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        before, after = reference.scored.scores, current.scored.scores
        if not len(before) or not len(after):
            return None
        others: tuple[Name, ...] = ("jensenshannon", "psi")
        evidence: dict[str, object] = {
            name: round(compare(name, before, after), 4) for name in others
        }
        effect, p_value = compare("wasserstein", before, after), compare("ks", before, after)
        return DriftReport("scores", self.kind, effect, self.min_score, p_value, evidence)


@dataclass(frozen=True, slots=True)
class LabelDrift:
    """The share of each label: the largest difference, and the chi-squared test of homogeneity, of
    two labels the z-test of two proportions.
    """

    kind: ClassVar[DriftKind] = "prediction"
    min_label: float = threshold(
        0.1, "Minimum effect for label drift: largest change of the share of a label."
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        counts = np.array(
            [
                np.bincount(window.scored.labels, minlength=len(LABELS))
                for window in (reference, current)
            ]
        )
        if not counts.sum(axis=1).all():
            return None
        before, after = counts / counts.sum(axis=1, keepdims=True)
        evidence: dict[str, object] = {
            label: {"reference": round(float(old), 4), "current": round(float(new), 4)}
            for label, old, new in zip(LABELS, before, after, strict=True)
        }
        occurring = counts[:, counts.any(axis=0)]
        p_value = (
            float(stats.chi2_contingency(occurring, correction=False).pvalue)
            if occurring.shape[1] > 1
            else 1.0
        )
        effect = float(np.max(np.abs(after - before)))
        return DriftReport("labels", self.kind, effect, self.min_label, p_value, evidence)


DETECTORS: tuple[type[Detector], ...] = (ScoreDrift, LabelDrift)
