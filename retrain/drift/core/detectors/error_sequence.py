"""Concept drift by ADWIN: a sequential test on the errors that feedback shows, across windows.

ADWIN: Bifet & Gavaldà 2007, https://doi.org/10.1137/1.9781611972771.42
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from models.artifact.calibration import Labels
from retrain.drift.core.finding import Detector, DriftReport
from retrain.drift.core.samples import Window
from schemas.records import DriftKind

DELTA = 1e-4
"""The chance of a false alarm that ADWIN is asked to stay below; far from it in practice."""


@dataclass(frozen=True, slots=True)
class ErrorDrift:
    """The rise of the error rate at the last point of change that ADWIN finds while it reads the
    window's feedback.
    """

    kind: ClassVar[DriftKind] = "concept"
    min_labels: int
    min_accuracy: float

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        before, now = current.before.right, current.judged.right
        if len(before) + len(now) < 2 * self.min_labels or not len(now):
            return None
        wrong = ~np.concatenate([before, now])
        change = last_change(wrong, len(before))
        evidence: dict[str, object] = {"read": len(wrong)}
        if change is None:
            return DriftReport("errors", self.kind, 0.0, self.min_accuracy, 1.0, evidence)
        start, cut, end = change
        rates = float(np.mean(wrong[start:cut])), float(np.mean(wrong[cut:end]))
        evidence |= {
            "before": round(rates[0], 4),
            "after": round(rates[1], 4),
            "reviews_since": end - cut,
        }
        return DriftReport(
            "errors", self.kind, rates[1] - rates[0], self.min_accuracy, DELTA, evidence
        )


def last_change(wrong: Labels, since: int) -> tuple[int, int, int] | None:
    """Of the last change noticed at position ``since`` or later: where what it is compared with
    begins, the cut, the end.
    """
    from river.drift import ADWIN

    detector: Any = ADWIN(delta=DELTA)  # type: ignore[no-untyped-call]
    start, found = 0, None
    for position, error in enumerate(wrong.tolist()):
        detector.update(error)
        if detector.drift_detected:
            cut = position + 1 - int(detector.width)
            if position >= since and cut > start:
                found = start, cut, position + 1
            start = cut
    return found


DETECTORS: tuple[type[Detector], ...] = (ErrorDrift,)
