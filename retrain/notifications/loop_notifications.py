"""Notifications of the loop as alerts: drift and its outcome, rejected candidates, promotions and
roll-backs.

Alerts are made of the events on the topics alone, and the same events make the same alerts: a
restart tells what was not told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from infra.schema_registry import SchemaRegistry
from models.rollout.traffic import PREVIOUS, named_champion
from models.rollout.trial import defect
from retrain.runner.component import Component, Running, Step
from retrain.runner.topic_follower import Followed
from retrain.shared.outbox import Outbox
from schemas.records import Alert, AlertSeverity, DriftDetected, ModelEvent
from schemas.topics import ALERTS, DRIFT_DETECTED, MODELS_LIFECYCLE

TOPICS = (DRIFT_DETECTED, MODELS_LIFECYCLE)
NEWS_FOR = timedelta(days=2)
"""What is older is nobody's news, such as what happened before this part first ran."""
LASTS = timedelta(hours=1)
"""Something that happened is no condition that ends: Alertmanager may forget it after so long."""
STAGES: Mapping[str, tuple[str, AlertSeverity]] = {
    "rejected": ("candidate_rejected", "info"),
    "champion": ("model_promoted", "info"),
    "rolled_back": ("model_rolled_back", "critical"),
}
"""Stage of a version → the name of the alert, and how much it matters."""


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Publication of the notifications that are outstanding."""
    settings, retry = running.settings, running.retry
    with (
        closing(SchemaRegistry(settings.schema_registry)) as registry,
        closing(
            retry(lambda: Followed(settings.kafka, TOPICS, registry.find, running.stop))
        ) as followed,
        closing(retry(lambda: Outbox(settings, ALERTS, lambda alert: alert.alert_id))) as outbox,
    ):
        yield partial(look, followed, outbox)


COMPONENT = Component(
    "notices",
    opened,
    interval_s=lambda settings: settings.retraining.every_s,
    reads=TOPICS,
    publishes=(ALERTS,),
)


def look(followed: Followed, outbox: Outbox[Alert], now: datetime) -> list[str]:
    """Publish the outstanding notifications; returns their ids."""
    followed.read()
    drift, events = followed.of(DRIFT_DETECTED), followed.of(MODELS_LIFECYCLE)
    news = [alert for alert in notices(drift, events) if now - alert.created_at < NEWS_FOR]
    return outbox.tell(news)


def notices(drift: Sequence[DriftDetected], events: Sequence[ModelEvent]) -> list[Alert]:
    """Notifications of these events, by time. Pure."""
    story = _Story()
    happened: list[DriftDetected | ModelEvent] = [*drift, *events]
    for each in sorted(happened, key=lambda each: (each.created_at, each.event_id)):
        story.drifted(each) if isinstance(each, DriftDetected) else story.stepped(each)
    return sorted(story.told, key=lambda alert: (alert.created_at, alert.alert_id))


@dataclass(slots=True)
class _Story:
    """Events in the order of time. Drift is a condition of the champion that was found to suffer
    from it.

    ``served``: versions that did and do not any more; what is found out about them afterwards is
    nobody's news.
    """

    told: list[Alert] = field(default_factory=list)
    open: dict[str, Alert] = field(default_factory=dict)
    champions: dict[str, str] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)

    def drifted(self, report: DriftDetected) -> None:
        if report.kind == "quality" or report.model_version in self.served:
            return
        alert = _drifting(report)
        self.open[alert.fingerprint] = alert
        self.told.append(alert)

    def stepped(self, event: ModelEvent) -> None:
        self.told += _happened(event)
        serving = named_champion(event.traffic)
        if serving is None:
            return
        champion = serving.model_version
        before = self.champions.get(event.language, _before(event))
        self.champions[event.language] = champion
        if before in {None, champion}:
            return
        self.served = (self.served | {before}) - {champion}
        for alert in [alert for alert in self.open.values() if alert.labels["version"] == before]:
            self.told.append(_resolved(self.open.pop(alert.fingerprint), champion, event))


def _drifting(report: DriftDetected) -> Alert:
    """One condition for each kind of drift in a segment, for as long as the same champion
    serves."""
    found = f"{report.detector} is {report.effect:.3g} (limit {report.threshold:.3g})"
    labels = {
        "kind": report.kind,
        "segment": report.segment,
        "model": report.model_name,
        "version": report.model_version,
    }
    return Alert(
        alert_id=_digest("drift", report.event_id),
        fingerprint=_digest("drift", *labels.values()),
        status="firing",
        name="drift",
        severity="warning",
        summary=f"{report.kind} drift in {report.segment}: {found}",
        labels=labels,
        started_at=report.window_start,
        created_at=report.created_at,
        description=(
            f"In {report.reviews} reviews, compared with {report.reference}. {report.report}"
        ).strip(),
        evidence=report.evidence,
    )


def _before(event: ModelEvent) -> str | None:
    """The champion that a step of a trial replaced, as the event alone tells; None where it does
    not.
    """
    if event.stage == "rolled_back":
        return event.candidate.version if event.candidate else None
    return next((each.model_version for each in event.traffic if each.variant == PREVIOUS), None)


def _happened(event: ModelEvent) -> Iterator[Alert]:
    stage = event.action if event.stage == "none" else event.stage
    wrong = defect(event)
    if wrong is not None:
        yield _about(
            event,
            "model_event_malformed",
            "warning",
            f"The event cannot be followed: {wrong}. {event.reason}".strip(),
        )
    elif stage in STAGES:
        yield _about(event, *STAGES[stage], event.reason)


def _about(event: ModelEvent, name: str, severity: AlertSeverity, description: str) -> Alert:
    return Alert(
        alert_id=_digest(name, event.event_id),
        fingerprint=_digest(name, event.event_id),
        status="firing",
        name=name,
        severity=severity,
        summary=(
            f"{name.replace('_', ' ')}: {event.model_name} {event.model_version} for "
            f"{event.language}"
        ),
        labels={
            "language": event.language,
            "model": event.model_name,
            "version": event.model_version,
        },
        started_at=event.created_at,
        created_at=event.created_at,
        description=description,
        evidence=event.evidence,
        ended_at=event.created_at + LASTS,
    )


def _resolved(alert: Alert, champion: str, event: ModelEvent) -> Alert:
    """A condition that is over because another version is ``champion`` now."""
    return replace(
        alert,
        alert_id=_digest("resolved", alert.fingerprint, event.event_id),
        status="resolved",
        summary=f"{alert.labels['kind']} drift in {alert.labels['segment']}: {champion} serves now",
        created_at=event.created_at,
        description=event.reason,
        evidence="{}",
        ended_at=event.created_at,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
