"""Detection: every detector on the windows of one moment, corrected for multiple testing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrain.drift.core.detectors.concept_drift import accuracy, calibration, estimated_accuracy
from retrain.drift.core.detectors.covariate_drift import descriptors
from retrain.drift.core.detectors.domain_classifier import domain
from retrain.drift.core.detectors.error_sequence import errors
from retrain.drift.core.detectors.prediction_drift import labels, scores
from retrain.drift.core.detectors.vocabulary_drift import vocabulary
from retrain.drift.core.finding import Detector, DriftReport, Thresholds
from retrain.drift.core.multiple_testing import holm
from retrain.drift.core.samples import Window
from schemas.records import DriftKind

DETECTORS: tuple[Detector, ...] = (
    descriptors, vocabulary, domain,
    scores, labels,
    accuracy, calibration, estimated_accuracy, errors,
)  # fmt: skip
FAMILIES: tuple[DriftKind, ...] = ("input", "prediction", "concept")


@dataclass(frozen=True, slots=True)
class Finding:
    """A report on a segment. ``p_value`` is corrected for every detector of its family in every
    segment.
    """

    segment: str
    report: DriftReport
    p_value: float
    drifted: bool


def judge(
    windows: Mapping[str, tuple[Window, Window]],
    thresholds: Thresholds,
    alpha: float,
    detectors: Sequence[Detector] = DETECTORS,
) -> list[Finding]:
    """Segment → (reference, current window), all of the same time, to findings.

    A family of detectors raises a false alarm about any segment of the time with a chance of
    ``alpha`` at most.
    """
    found = [
        (segment, report)
        for segment, (reference, current) in windows.items()
        for detector in detectors
        if (report := detector(reference, current, thresholds)) is not None
        and report.p_value == report.p_value
    ]
    findings = []
    for family in FAMILIES:
        mine = [(segment, report) for segment, report in found if report.kind == family]
        for (segment, report), p_value in zip(
            mine, holm([report.p_value for _, report in mine]), strict=True
        ):
            findings.append(Finding(segment, report, p_value, report.large and p_value < alpha))
    return findings


def strongest(findings: Sequence[Finding]) -> Finding:
    """The one that speaks for its family: drifted, surest, then largest for what counts."""

    def rank(each: Finding) -> tuple[bool, float, float]:
        return (
            not each.drifted,
            each.p_value,
            -each.report.effect / max(each.report.threshold, 1e-9),
        )

    return min(findings, key=rank)
