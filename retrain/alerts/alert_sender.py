"""Composition root of the alert sender: the topic ``alerts`` → planned messages in ClickHouse → one
sender per target.

A plan is saved before its offsets are committed and before the first attempt: what a kill
interrupts is read again, from the topic or from ClickHouse, and sent under the same id. One process
sends; a second would repeat messages under their ids.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from infra.kafka.commits import commit
from infra.kafka.config import consumer_config
from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.reader import received
from infra.retry import Retry, until_stopped
from infra.schema_registry import SchemaRegistry
from infra.settings import AlertSettings, KafkaSettings
from infra.warehouse import connect
from retrain.alerts.alert_queue import Store, endpoint
from retrain.alerts.core.delivery_outcomes import Patience
from retrain.alerts.core.message_planning import Target, plan
from retrain.alerts.core.rate_limit import Limit
from retrain.alerts.webhook_post import post
from retrain.alerts.webhook_sending import Sender
from retrain.runner.component import Component, Running, Step
from schemas.inputs import FindSchema, RawRecord
from schemas.records import Alert
from schemas.topics import ALERTS

AT_ONCE: Final = 500
FAREWELL_S: Final = 2.0
log = logging.getLogger("undertone.alerts")


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Planning of whatever alerts come, while a thread for each target sends what is planned."""
    settings, halt = running.settings, threading.Event()
    webhooks = settings.alerts.webhooks
    with ExitStack() as resources:
        stores = [
            Store(resources.enter_context(connect(settings.clickhouse)))
            for _ in range(len(webhooks) + 1)
        ]
        senders = _senders(settings.alerts, stores[1:], Retry(settings.retry, halt))
        threads = [
            threading.Thread(
                target=_run, args=(sender, halt), name=sender.webhook.name, daemon=True
            )
            for sender in senders
        ]
        for thread in threads:
            thread.start()
        try:
            with _consuming(running, stores[0], senders, threads) as step:
                yield step
        finally:
            halt.set()
            for sender in senders:
                sender.news.set()
            for thread in threads:
                thread.join(settings.alerts.timeout_s + FAREWELL_S)


COMPONENT = Component(
    "alerts",
    opened,
    interval_s=lambda settings: 0.0,  # the step waits for alerts
    reads=(ALERTS,),
    warehouse=True,
)


def _senders(alerts: AlertSettings, stores: Sequence[Store], retry: Retry) -> list[Sender]:
    patience = Patience(alerts.first_retry_s, alerts.max_retry_s, alerts.give_up_after_s)
    return [
        Sender(
            webhook, store, post, retry, patience, alerts.timeout_s, Limit(webhook.max_per_minute)
        )
        for webhook, store in zip(alerts.webhooks, stores, strict=True)
    ]


def _run(sender: Sender, stop: threading.Event) -> None:
    with until_stopped(stop, log):
        sender.run(stop)


@contextmanager
def _consuming(
    running: Running,
    store: Store,
    senders: Sequence[Sender],
    threads: Sequence[threading.Thread],
) -> Iterator[Step]:
    """The step raises ``RuntimeError`` where a sender has failed, so that all start anew."""
    settings, alerts = running.settings, running.settings.alerts
    # Waiting for a warehouse that is away is no reason to lose the partitions.
    consumer = Consumer(
        consumer_config(settings.kafka, "alerts") | {"max.poll.interval.ms": 86_400_000}
    )
    with closing(SchemaRegistry(settings.schema_registry)) as registry, closing(consumer):
        consumer.subscribe([ALERTS.name])

        def step(_: datetime) -> None:
            if not all(thread.is_alive() for thread in threads):
                raise RuntimeError("a sender of alerts has failed")
            records = _collect(consumer, settings.kafka, alerts.group_wait_s, running.stop)
            if records:
                _plan(records, alerts, store, senders, running.retry, registry.find)
                _commit(consumer, records)

        yield step


def _collect(
    consumer: Consumer, kafka: KafkaSettings, group_wait_s: float, stop: threading.Event
) -> list[RawRecord]:
    """What comes within ``group_wait_s`` of the first record, at most ``AT_ONCE``; nothing if
    nothing comes for half a second.
    """
    records: list[RawRecord] = []
    deadline = time.monotonic() + 0.5
    while (
        (left := deadline - time.monotonic()) > 0 and len(records) < AT_ONCE and not stop.is_set()
    ):
        message = consumer.poll(min(left, 0.5))
        if message is None:
            continue
        for record in received(consumer, [message], kafka, log):
            if not records:
                deadline = time.monotonic() + group_wait_s
            records.append(record)
    return records


def _plan(
    records: Sequence[RawRecord],
    alerts: AlertSettings,
    store: Store,
    senders: Sequence[Sender],
    retry: Retry,
    find: FindSchema,
) -> None:
    """Save a plan for every target that is enabled. Alerts older than the sender's patience are
    nobody's news.
    """
    now = datetime.now(UTC)
    oldest = now - timedelta(seconds=alerts.give_up_after_s)
    found = [
        alert
        for record in records
        if (alert := _alert(record, retry, find)) is not None and alert.created_at >= oldest
    ]
    for sender in senders:
        webhook = sender.webhook
        if not found or not retry(
            store.enabled, webhook.name, endpoint(webhook.url.get_secret_value())
        ):
            continue
        target = Target(webhook.name, webhook.body, webhook.min_severity)
        notified = retry(store.notified, webhook.name, found)
        deliveries = plan(found, target, notified, timedelta(seconds=alerts.repeat_after_s), now)
        if deliveries:
            retry(store.save, deliveries)
            sender.news.set()


def _alert(record: RawRecord, retry: Retry, find: FindSchema) -> Alert | None:
    """None where it is no alert; the sink makes a dead letter of it."""
    alert: Alert | None = retry(decoded_or_skipped, ALERTS, record, find)
    return alert


def _commit(consumer: Consumer, records: Sequence[RawRecord]) -> None:
    offsets: dict[int, int] = {}
    for record in records:
        offsets[record.origin.partition] = record.origin.offset + 1
    commit(consumer, [TopicPartition(ALERTS.name, *at) for at in offsets.items()], log)
