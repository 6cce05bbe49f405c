"""Detection: every detector on the windows of one moment, corrected for multiple testing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from retrain.drift.core import detectors as package
from retrain.drift.core.finding import Detect, Detector, DriftReport
from retrain.drift.core.multiple_testing import holm
from retrain.drift.core.samples import Window
from schemas.records import DriftKind

FAMILIES: tuple[DriftKind, ...] = ("input", "prediction", "concept")


def _found() -> list[type[Detector]]:
    names = sorted(module.name for module in iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    return [detector for module in modules for detector in module.DETECTORS]


DETECTORS: Final = tuple(sorted(_found(), key=lambda each: FAMILIES.index(each.kind)))
"""Those of every module of ``retrain/drift/core/detectors``, by family."""


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
    windows: Mapping[str, tuple[Window, Window]], detectors: Sequence[Detect], alpha: float
) -> list[Finding]:
    """Segment → (reference, current window), all of the same time, to findings.

    A family of detectors raises a false alarm about any segment of the time with a chance of
    ``alpha`` at most.
    """
    found = [
        (segment, report)
        for segment, (reference, current) in windows.items()
        for detector in detectors
        if (report := detector(reference, current)) is not None and report.p_value == report.p_value
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
