"""Concept drift: accuracy and calibration on feedback, and accuracy estimated from confidence where
there is none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from models.artifact.calibration import Floats
from models.evaluation.classification_metrics import expected_calibration_error
from models.evaluation.significance import wilson
from retrain.drift.core.finding import Detector, DriftReport, threshold
from retrain.drift.core.samples import Window
from schemas.records import DriftKind

SIMULATIONS = 200
SEED = 0


@dataclass(frozen=True, slots=True)
class AccuracyDrift:
    """Fall of the accuracy on feedback since the model's first feedback. One-sided Fisher's exact
    test.
    """

    kind: ClassVar[DriftKind] = "concept"
    min_labels: int
    min_accuracy: float = threshold(
        0.05, "Minimum effect for concept drift: fall of the accuracy on feedback."
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        before, after = reference.judged.right, current.judged.right
        if min(len(before), len(after)) < self.min_labels:
            return None
        table = [[int(np.sum(right)), int(np.sum(~right))] for right in (before, after)]
        p_value = float(stats.fisher_exact(table, alternative="greater").pvalue)
        evidence = {
            name: {
                "accuracy": round(float(np.mean(right)), 4),
                "judged": len(right),
                "interval": asdict(wilson(right)),
            }
            for name, right in (("reference", before), ("current", after))
        }
        return DriftReport(
            "accuracy",
            self.kind,
            float(np.mean(before) - np.mean(after)),
            self.min_accuracy,
            p_value,
            evidence,
        )


@dataclass(frozen=True, slots=True)
class CalibrationDrift:
    """Calibration error on feedback, of P(label) against correctness, in excess of that of a
    perfectly calibrated model.

    Which errors chance alone gives such a model on as many reviews is simulated (Bröcker & Smith
    2007, https://doi.org/10.1175/WAF993.1): few reviews make the error large. Needs no reference.
    """

    kind: ClassVar[DriftKind] = "concept"
    min_labels: int
    min_calibration: float = threshold(
        0.05,
        "Minimum effect for calibration drift: calibration error on feedback in excess of chance.",
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        judged = current.judged
        if len(judged) < self.min_labels:
            return None
        sure = judged.confidence
        error = expected_calibration_error(sure, judged.right)
        draws = np.random.default_rng(SEED).random((SIMULATIONS, len(judged))) < sure
        chance = np.array([expected_calibration_error(sure, draw) for draw in draws])
        spread = float(np.std(chance, ddof=1))
        effect = error - float(np.mean(chance))
        evidence = {
            "ece": round(error, 4),
            "by_chance": [round(float(end), 4) for end in np.quantile(chance, [0.025, 0.975])],
            "judged": len(judged),
        }
        p_value = float(stats.norm.sf(effect / max(spread, 1e-9)))
        return DriftReport(
            "calibration", self.kind, effect, self.min_calibration, p_value, evidence
        )


@dataclass(frozen=True, slots=True)
class EstimatedAccuracyDrift:
    """Fall of the accuracy estimated from the model's calibrated confidence, without feedback.
    One-sided Welch's test.

    Confidence-based performance estimation: the mean P(label) is the accuracy to be expected, for
    as long as the probabilities are calibrated.
    https://nannyml.readthedocs.io/en/stable/how_it_works/performance_estimation.html
    """

    kind: ClassVar[DriftKind] = "concept"
    min_confidence: float = threshold(
        0.02,
        "Minimum effect for estimated concept drift: fall of the accuracy estimated from the "
        "model's confidence.",
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        before, after = reference.scored.confidence, current.scored.confidence
        if min(len(before), len(after)) < 2 or np.ptp(before) == np.ptp(after) == 0:
            return None
        p_value = float(stats.ttest_ind(after, before, equal_var=False, alternative="less").pvalue)
        evidence = {"reference": _interval(before), "current": _interval(after)}
        effect = float(np.mean(before) - np.mean(after))
        return DriftReport(
            "estimated_accuracy", self.kind, effect, self.min_confidence, p_value, evidence
        )


def _interval(confidence: Floats) -> dict[str, float]:
    mean, error = (
        float(np.mean(confidence)),
        1.96 * float(np.std(confidence)) / max(1, len(confidence)) ** 0.5,
    )
    return {
        "estimate": round(mean, 4),
        "low": round(mean - error, 4),
        "high": round(min(1.0, mean + error), 4),
    }


DETECTORS: tuple[type[Detector], ...] = (AccuracyDrift, CalibrationDrift, EstimatedAccuracyDrift)
