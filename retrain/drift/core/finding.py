"""Interface of the drift detectors: ``Detector``, its ``Thresholds`` and its ``DriftReport``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from retrain.drift.core.samples import Window
from schemas.records import DriftKind


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which effect on a difference counts, and how much there must be to look at; see
    ``DriftSettings``.
    """

    min_descriptor: float
    min_unknown: float
    min_auc: float
    min_score: float
    min_label: float
    min_accuracy: float
    min_calibration: float
    min_confidence: float
    min_labels: int


@dataclass(frozen=True, slots=True)
class DriftReport:
    """One detector on one window. ``effect``: the difference, in the detector's own unit;
    ``threshold``: from which it counts.

    ``p_value``: the chance of such a difference, or a larger one, without drift.
    """

    detector: str
    kind: DriftKind
    effect: float
    threshold: float
    p_value: float
    evidence: Mapping[str, object] = field(default_factory=dict)

    @property
    def large(self) -> bool:
        """Whether the difference counts, be it chance or not."""
        return self.effect >= self.threshold


Detector = Callable[[Window, Window, Thresholds], DriftReport | None]
"""Reference and current window → a report, or None where there is too little to look at."""
