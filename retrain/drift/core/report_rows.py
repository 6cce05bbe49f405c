"""Conversion of findings to rows of ``drift_reports`` and to events. Pure: the same windows give
the same ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from retrain.drift.core.debounce import fires
from retrain.drift.core.detection import FAMILIES, Finding, strongest
from retrain.drift.core.drift_windows import Span
from schemas.records import DriftDetected, DriftKind, Variant

History = Mapping[tuple[str, str], Sequence[bool]]
"""(segment, kind) → whether each of the windows before drifted, by time."""


@dataclass(frozen=True, slots=True)
class Row:
    """Row of ``drift_reports``."""

    report_id: str
    detector: str
    kind: DriftKind
    segment: str
    language: str
    window_start: datetime
    window_end: datetime
    reviews: int
    reference: str
    model_name: str
    model_version: str
    effect: float
    threshold: float
    p_value: float
    drifted: bool
    fires: bool
    evidence: str
    report: str
    created_at: datetime

    def event(self) -> DriftDetected:
        """Event for ``drift.detected``."""
        return DriftDetected(
            event_id=self.report_id,
            detector=self.detector,
            kind=self.kind,
            segment=self.segment,
            window_start=self.window_start,
            window_end=self.window_end,
            reviews=self.reviews,
            reference=self.reference,
            model_name=self.model_name,
            model_version=self.model_version,
            effect=self.effect,
            threshold=self.threshold,
            created_at=self.created_at,
            p_value=self.p_value,
            evidence=self.evidence,
            report=self.report,
        )


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class About:
    """Fields common to the findings of one language and window. ``sizes``: segment → reviews."""

    span: Span
    language: str
    model: Variant
    reference: str
    sizes: Mapping[str, int]
    now: datetime


def firing(findings: Sequence[Finding], history: History, needed: int, of: int) -> list[Finding]:
    """Of each kind that fires, the finding that speaks for it; of parts only where the whole
    language, the first, does not.
    """
    segments = list(dict.fromkeys(finding.segment for finding in findings))
    found = []
    for kind in FAMILIES:
        for segment in segments:
            family = [
                finding
                for finding in findings
                if (finding.segment, finding.report.kind) == (segment, kind)
            ]
            drifted = [
                *history.get((segment, kind), ()),
                any(finding.drifted for finding in family),
            ]
            if family and fires(drifted, needed, of):
                found.append(strongest(family))
                if segment == segments[0]:
                    break
    return found


def rows(
    findings: Sequence[Finding],
    firing: Collection[Finding],
    about: About,
    reports: Mapping[str, str],
) -> list[Row]:
    """A row for each finding. ``reports``: segment → where the report for people is.

    The evidence of a row that fires names every detector of its kind that drifted.
    """
    return [
        _row(finding, finding in firing, _evidence(finding, findings, firing), about, reports)
        for finding in findings
    ]


def _evidence(
    finding: Finding, findings: Sequence[Finding], firing: Collection[Finding]
) -> Mapping[str, Any]:
    if finding not in firing:
        return finding.report.evidence
    with_it = [
        each
        for each in findings
        if each.segment == finding.segment and each.report.kind == finding.report.kind
    ]
    others = {
        each.report.detector: {"effect": round(each.report.effect, 4), "p_value": each.p_value}
        for each in with_it
        if each.drifted and each is not finding
    }
    return {**finding.report.evidence, "also_drifted": others}


def _row(
    finding: Finding,
    fires: bool,
    evidence: Mapping[str, Any],
    about: About,
    reports: Mapping[str, str],
) -> Row:
    report = finding.report
    parts = (
        about.language, finding.segment, report.kind, report.detector.partition("/")[0],
        about.reference,
        about.span.start.isoformat(), about.span.end.isoformat(),
    )  # fmt: skip
    return Row(
        report_id=hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32],
        detector=report.detector,
        kind=report.kind,
        segment=finding.segment,
        language=about.language,
        window_start=about.span.start,
        window_end=about.span.end,
        reviews=about.sizes[finding.segment],
        reference=about.reference,
        model_name=about.model.model_name,
        model_version=about.model.model_version,
        effect=report.effect,
        threshold=report.threshold,
        p_value=finding.p_value,
        drifted=finding.drifted,
        fires=fires,
        evidence=json.dumps(evidence),
        report=reports.get(finding.segment, ""),
        created_at=about.now,
    )


def cells(row: Row) -> tuple[object, ...]:
    """In the order of ``COLUMNS``."""
    return tuple(asdict(row).values())
