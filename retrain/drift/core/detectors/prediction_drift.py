"""Prediction drift: changes in the distribution of scores and labels, whether or not they are
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from retrain.drift.core.drift_statistics import Name, compare
from retrain.drift.core.finding import Detector, DriftReport, threshold
from retrain.drift.core.samples import Window
from schemas.records import DriftKind


@dataclass(frozen=True, slots=True)
class ScoreDrift:
    """The distribution of P(positive): Wasserstein distance in standard deviations,
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
    """The share of positive reviews: the difference, and the z-test of two proportions."""

    kind: ClassVar[DriftKind] = "prediction"
    min_label: float = threshold(
        0.1, "Minimum effect for label drift: change of the share of positive reviews."
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        before, after = reference.scored.scores >= 0.5, current.scored.scores >= 0.5
        if not len(before) or not len(after):
            return None
        shares = {
            "reference": round(float(np.mean(before)), 4),
            "current": round(float(np.mean(after)), 4),
        }
        effect = abs(float(np.mean(after) - np.mean(before)))
        alike = (
            np.ptp(before.astype(int)) == np.ptp(after.astype(int)) == 0 and before[0] == after[0]
        )
        p_value = 1.0 if alike else compare("z", before, after)
        return DriftReport(
            "labels", self.kind, effect, self.min_label, p_value, {"positive": shares}
        )


DETECTORS: tuple[type[Detector], ...] = (ScoreDrift, LabelDrift)
