"""Rule evaluation: which conditions begin and which end, from a rule's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from retrain.alerts.alert_labels import label
from retrain.rules.core.declared_rules import Rule
from schemas.alert_identity import alert_id, fingerprint
from schemas.errors import InputError
from schemas.records import Alert

Row = Mapping[str, Any]


def evaluate(
    rule: Rule, rows: Iterable[Row], firing: Mapping[str, Alert], at: datetime
) -> list[Alert]:
    """The messages after an evaluation at ``at``: the same evaluation makes the same messages.

    ``firing``: by fingerprint, what the rule told of and has not ended. Raises ``InputError`` where
    a row lacks a column.
    """
    met = {alert.fingerprint: alert for row in rows if (alert := _alert(rule, row, at)) is not None}
    begun = [alert for mark, alert in met.items() if mark not in firing]
    ended = [_ended(alert, at) for mark, alert in firing.items() if mark not in met]
    return [*begun, *ended]


def _alert(rule: Rule, row: Row, at: datetime) -> Alert | None:
    test = rule.test
    if missing := [column for column in (test.column, *rule.by) if column not in row]:
        raise InputError(f"rule {rule.name}: the query returns no column {', '.join(missing)}")
    value = _number(rule, row[test.column])
    if value is None or not test.holds(value):
        return None
    own = {column: label(str(row[column])) for column in rule.by}
    labels = {**rule.labels, **own}
    mark = fingerprint(rule.name, labels)
    about = ", ".join(f"{column} {value}" for column, value in own.items())
    return Alert(
        alert_id=alert_id(mark, "firing", at.isoformat()),
        fingerprint=mark,
        status="firing",
        name=rule.name,
        severity=rule.severity,
        summary=(rule.summary or rule.name) + (f" ({about})" if about else ""),
        description=(
            f"{test.column} is {value:g}; told while {rule.condition} in the last {rule.window}"
        ),
        labels=labels,
        evidence=orjson.dumps(
            {"value": value, "condition": rule.condition, "window": rule.window}
        ).decode(),
        started_at=at,
        created_at=at,
    )


def _number(rule: Rule, value: object) -> float | None:
    """ClickHouse writes large whole numbers as strings, and what is not a number as null."""
    if value is None:
        return None
    try:
        return float(str(value))
    except ValueError:
        raise InputError(f"rule {rule.name}: column {rule.test.column} holds no numbers") from None


def _ended(alert: Alert, at: datetime) -> Alert:
    identity = alert_id(alert.fingerprint, "resolved", alert.started_at.isoformat())
    return replace(alert, alert_id=identity, status="resolved", created_at=at, ended_at=at)
