"""Conversion of checks to rows of ``data_quality``, alerts and events. Pure: the same windows give
the same ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from retrain.drift.core.drift_windows import Span
from retrain.quality.core.checks import Check
from schemas.records import Alert, AlertStatus, DriftDetected
from schemas.topics import QUALITY

ALERT = "data_quality"
State = Mapping[str, datetime | None]
"""Check → beginning of the first window of those in a row that failed until now; None where the
last one passed.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """Row of ``data_quality``."""

    check_id: str
    name: str
    window_start: datetime
    window_end: datetime
    records: int
    value: float
    expected: float
    failed: bool
    alert: str
    failing_since: datetime | None
    evidence: str
    created_at: datetime

    @property
    def summary(self) -> str:
        """One line for people."""
        at = f"{self.window_start:%Y-%m-%d %H:%M:%S}"
        return (
            f"data quality: {self.name} is {self.value:.3g} (limit {self.expected:.3g}) in the "
            f"window from {at}"
        )

    def event(self) -> DriftDetected:
        """Event for ``drift.detected``, where the check holds retraining back."""
        return DriftDetected(
            event_id=self.check_id,
            detector=QUALITY + self.name,
            kind="quality",
            segment="",
            window_start=self.window_start,
            window_end=self.window_end,
            reviews=self.records,
            reference="settings",
            model_name="",
            model_version="",
            effect=self.value,
            threshold=self.expected,
            created_at=self.created_at,
            evidence=self.evidence,
        )


COLUMNS = tuple(field.name for field in fields(Row))


def rows(checks: Sequence[Check], span: Span, state: State, now: datetime) -> list[Row]:
    """A row for each check; ``alert`` where it begins or ceases to fail."""
    return [_row(check, span, state.get(check.name), now) for check in checks]


def after(state: State, rows: Sequence[Row]) -> State:
    """The state once a window has been checked; what was not checked stays as it was."""
    return {**state, **{row.name: row.failing_since if row.failed else None for row in rows}}


def alert(row: Row) -> Alert | None:
    """Alert of a row."""
    if not row.alert:
        return None
    fingerprint = _digest(ALERT, row.name)
    began = row.failing_since or row.window_start
    status: AlertStatus = "firing" if row.alert == "firing" else "resolved"
    return Alert(
        alert_id=_digest(fingerprint, status, began.isoformat()),
        fingerprint=fingerprint,
        status=status,
        name=ALERT,
        severity="warning",
        summary=row.summary,
        labels={"check": row.name},
        started_at=began,
        created_at=row.created_at,
        description="Nothing is retrained while the data is not sound.",
        evidence=row.evidence,
        ended_at=row.window_start if status == "resolved" else None,
    )


def _row(check: Check, span: Span, failing_since: datetime | None, now: datetime) -> Row:
    changed = check.failed != (failing_since is not None)
    return Row(
        check_id=_digest(check.name, span.start.isoformat(), span.end.isoformat()),
        name=check.name,
        window_start=span.start,
        window_end=span.end,
        records=check.records,
        value=check.value,
        expected=check.limit,
        failed=check.failed,
        alert=("firing" if check.failed else "resolved") if changed else "",
        failing_since=failing_since or (span.start if check.failed else None),
        evidence=json.dumps(check.evidence),
        created_at=now,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
