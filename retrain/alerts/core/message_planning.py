"""Message planning for one target: deduplication, grouping of a rule's alerts, deterministic
ids."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from retrain.alerts.core.webhook_bodies import Format, render
from schemas.records import Alert

State = Literal["pending", "delivered", "abandoned", "refused"]

SEVERITIES: Final = ("other", "info", "warning", "critical")
GROUP: Final = 20
"""Alerts in one message. Slack takes 50 blocks."""


@dataclass(frozen=True, slots=True)
class Target:
    """Webhook target without its address."""

    name: str
    body: Format = "generic"
    min_severity: str = "info"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a target. The first seven fields never change; ``webhook_id`` tells receivers
    that a message is a repeat.
    """

    target: str
    webhook_id: str
    alert_ids: tuple[str, ...]
    fingerprints: tuple[str, ...]
    statuses: tuple[str, ...]
    created_ms: tuple[int, ...]
    body: str = field(repr=False)
    planned_at: datetime
    next_attempt_at: datetime
    paused_until: datetime
    updated_at: datetime
    state: State = "pending"
    attempts: int = 0
    answer: str = ""

    @property
    def revision(self) -> int:
        """Grows with each attempt, and an end is later than any attempt."""
        return 2 * self.attempts + (self.state != "pending")


@dataclass(frozen=True, slots=True)
class Notified:
    """Messages to a target so far, sent or planned: ids, and fingerprint → status and creation of
    the last message about it.
    """

    alert_ids: Set[str] = frozenset()
    last: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def plan(
    alerts: Sequence[Alert],
    target: Target,
    notified: Notified,
    repeat_after: timedelta,
    now: datetime,
) -> list[Delivery]:
    """The messages for ``alerts``, which are in order for each fingerprint. Deterministic but for
    the grouping.
    """
    groups = _groups(_news(alerts, target, notified, repeat_after), target)
    return [_delivery(target, group, now, number) for number, group in enumerate(groups)]


def _news(
    alerts: Sequence[Alert], target: Target, notified: Notified, repeat_after: timedelta
) -> list[Alert]:
    """Without what is known: a message that came before, a condition that goes on and was notified
    lately, or the end of one that was never notified. An older message than the last does not
    undo it."""
    ids, last = set(notified.alert_ids), dict(notified.last)
    news = []
    for alert in alerts:
        status, at = last.get(alert.fingerprint, ("resolved", 0))
        created = milliseconds(alert.created_at)
        again = alert.status == status == "firing" and created - at >= repeat_after / timedelta(
            milliseconds=1
        )
        important = SEVERITIES.index(alert.severity) >= SEVERITIES.index(target.min_severity)
        if (
            important
            and alert.alert_id not in ids
            and created >= at
            and (alert.status != status or again)
        ):
            ids.add(alert.alert_id)
            last[alert.fingerprint] = (alert.status, created)
            news.append(alert)
    return news


def _groups(alerts: Sequence[Alert], target: Target) -> list[list[Alert]]:
    """By rule, each as early as it can be: a condition at most once in a message, and its end after
    its beginning.
    """
    if target.body == "generic":
        return [[alert] for alert in alerts]
    groups: list[list[Alert]] = []
    for alert in alerts:
        open_ones: list[list[Alert]] = []
        for group in groups:
            if any(other.fingerprint == alert.fingerprint for other in group):
                open_ones = []
            elif group[0].name == alert.name and len(group) < GROUP:
                open_ones.append(group)
        if open_ones:
            open_ones[0].append(alert)
        else:
            groups.append([alert])
    return groups


def _delivery(target: Target, alerts: Sequence[Alert], now: datetime, number: int) -> Delivery:
    return Delivery(
        target=target.name,
        webhook_id=_webhook_id([alert.alert_id for alert in alerts]),
        alert_ids=tuple(alert.alert_id for alert in alerts),
        fingerprints=tuple(alert.fingerprint for alert in alerts),
        statuses=tuple(alert.status for alert in alerts),
        created_ms=tuple(milliseconds(alert.created_at) for alert in alerts),
        body=render(target.body, alerts),
        planned_at=now + timedelta(microseconds=number),
        next_attempt_at=now,
        paused_until=now,
        updated_at=now,
    )


def _webhook_id(alert_ids: Sequence[str]) -> str:
    """An alert alone lends its own id. No full stop may be in it: the specification joins id, time
    and body with them.
    """
    if len(alert_ids) == 1 and "." not in alert_ids[0]:
        return alert_ids[0]
    return "group_" + hashlib.sha256("\n".join(alert_ids).encode()).hexdigest()[:32]


def milliseconds(moment: datetime) -> int:
    """Since 1970, UTC."""
    return round(moment.timestamp() * 1000)
