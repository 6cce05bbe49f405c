"""Quality component: checks finished windows from ClickHouse, stores the results, publishes alerts
and events.

It keeps nothing: what was checked is in ``data_quality``, what was told on the topics.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import datetime, timedelta

from infra import metrics
from infra.settings import QualitySettings, Settings
from infra.warehouse import Warehouse, connect
from retrain.drift.core.drift_windows import Cut
from retrain.quality import quality_queries
from retrain.quality.core.checks import Limits, check
from retrain.quality.core.quality_rows import Row, after, alert, rows
from retrain.runner.component import Component, Running, Step
from retrain.shared.outbox import Outbox
from schemas.records import Alert, DriftDetected
from schemas.topics import ALERTS, DRIFT_DETECTED

log = logging.getLogger("undertone.quality")
PUBLISH_WITHIN = timedelta(days=2)
"""What could not be published for so long is dropped."""


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Checks of the windows that have finished since the last look."""
    settings, retry = running.settings, running.retry
    with (
        connect(settings.clickhouse) as warehouse,
        closing(retry(lambda: Outbox(settings, ALERTS, lambda record: record.alert_id))) as alerts,
        closing(
            retry(lambda: Outbox(settings, DRIFT_DETECTED, lambda record: record.event_id))
        ) as events,
    ):

        def step(now: datetime) -> None:
            retry(look, warehouse, settings, now)
            tell(warehouse, alerts, events, now)

        yield step


COMPONENT = Component(
    "quality",
    opened,
    interval_s=lambda settings: settings.quality.every_s,
    publishes=(ALERTS, DRIFT_DETECTED),
    warehouse=True,
)


def look(warehouse: Warehouse, settings: Settings, now: datetime) -> list[Row]:
    """Check the windows that have finished since the last one, and store what was found."""
    quality = settings.quality
    earliest = now - timedelta(seconds=quality.catch_up_s)
    state, done = quality_queries.state(warehouse, now - timedelta(days=quality.usual_days))
    since = max(done, earliest) if done else quality_queries.first(warehouse, earliest, now)
    if since is None:
        return []
    length = timedelta(seconds=quality.window_s)
    # A window that the first review is in the middle of is whole all the same: nothing came before
    # it.
    begin = since if done else since - length + timedelta(milliseconds=1)
    found: list[Row] = []
    for span in Cut(length, length, timedelta(seconds=quality.lateness_s)).finished(begin, now):
        facts = quality_queries.facts(warehouse, span, quality, settings.language.min_confidence)
        checked = rows(
            check(
                facts, quality_queries.usual(warehouse, span, quality.usual_days), limits(quality)
            ),
            span,
            state,
            now,
        )
        quality_queries.store(warehouse, checked)
        state = after(state, checked)
        found += checked
        metrics.QUALITY_WINDOWS.inc()
        for row in checked:
            metrics.QUALITY_FAILING.labels(row.name).set(row.failed)
    return found


def tell(
    warehouse: Warehouse, alerts: Outbox[Alert], events: Outbox[DriftDetected], now: datetime
) -> None:
    """Tell people what began or ceased to fail, and the policy what fails."""
    found = quality_queries.failed(warehouse, now - PUBLISH_WITHIN)
    messages = [message for message in map(alert, found) if message is not None]
    for identity in alerts.tell(messages):
        log.warning(next(message.summary for message in messages if message.alert_id == identity))
    events.tell(row.event() for row in found if row.failed)


def limits(settings: QualitySettings) -> Limits:
    """Those settings that checks need."""
    return Limits(**{each.name: getattr(settings, each.name) for each in fields(Limits)})
