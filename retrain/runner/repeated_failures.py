"""Alerts about repeated failures: a component of the loop, or one of its steps, that fails the same
way again and again.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from schemas.alert_identity import alert_id, fingerprint
from schemas.errors import UndertoneError
from schemas.records import Alert

NAME: Final = "loop_part_failing"
REPEATED: Final = 3
"""Failures in a row that are told: one alone may be a moment's."""
Labels = Mapping[str, str]


@dataclass
class Failures:
    """Counts failures in a row, by labels. Not for use by two threads at once."""

    _rows: dict[str, int] = field(default_factory=dict)
    _firing: dict[str, Alert] = field(default_factory=dict)

    def failed(
        self, labels: Labels, problem: str, now: datetime, least: int = REPEATED
    ) -> list[Alert]:
        """One more failure; the alert, once there are ``least`` in a row. ``problem`` quotes no
        review.
        """
        mark = fingerprint(NAME, labels)
        self._rows[mark] = self._rows.get(mark, 0) + 1
        if self._rows[mark] < least or mark in self._firing:
            return []
        self._firing[mark] = _alert(mark, labels, problem, now)
        return [self._firing[mark]]

    def succeeded(self, labels: Labels, now: datetime) -> list[Alert]:
        """Record a success; returns the resolution of the alert, if one is firing."""
        mark = fingerprint(NAME, labels)
        self._rows.pop(mark, None)
        alert = self._firing.pop(mark, None)
        if alert is None:
            return []
        ended = alert_id(mark, "resolved", alert.started_at.isoformat())
        return [replace(alert, alert_id=ended, status="resolved", created_at=now, ended_at=now)]

    def firing(self, labels: Labels) -> bool:
        """Whether an alert was published and is not resolved."""
        return fingerprint(NAME, labels) in self._firing


def described(error: Exception) -> str:
    """Our own errors by what they say. Of others only where they came from: their messages may
    quote a review.
    """
    if isinstance(error, UndertoneError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in " + " ← ".join(
        f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[:-4:-1]
    )


def _alert(mark: str, labels: Labels, problem: str, now: datetime) -> Alert:
    about = ", ".join(f"{name} {labels[name]}" for name in sorted(labels))
    return Alert(
        alert_id=alert_id(mark, "firing", now.isoformat()),
        fingerprint=mark,
        status="firing",
        name=NAME,
        severity="critical",
        summary=f"{about} fails again and again",
        labels=dict(labels),
        started_at=now,
        created_at=now,
        description=problem,
    )
