"""Trainer component: one request after another, each committed once it is answered."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from datetime import UTC, datetime

from confluent_kafka import Consumer, TopicPartition

from infra import metrics
from infra.kafka.admin import Admin
from infra.kafka.commits import commit
from infra.kafka.config import consumer_config
from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.reader import received
from infra.kafka.topic_reader import TopicReader
from infra.retry import Retry
from infra.schema_registry import SchemaRegistry
from infra.settings import KafkaSettings, Settings
from infra.warehouse import connect
from models.rollout import announcements
from retrain.trainer.core import answer_events
from retrain.trainer.core.answer_events import Told, answer_id
from retrain.trainer.retraining import answer
from schemas.errors import TransientError
from schemas.inputs import RawRecord
from schemas.records import ModelEvent, RetrainingRequested
from schemas.topics import CATALOGUE, MODELS_LIFECYCLE, RETRAINING_REQUESTED

GROUP = "trainer"
log = logging.getLogger("undertone.trainer")


def run(settings: Settings, stop: threading.Event) -> None:
    """Answer requests until ``stop`` is set; one that is being answered then is answered again by
    the next trainer.
    """
    retry = Retry(
        settings.retry, stop, lambda error: metrics.RETRIES.labels(type(error).__name__).inc()
    )
    # A training, or waiting for a promotion to end, is no reason to lose the partitions.
    consumer = Consumer(
        consumer_config(settings.kafka, GROUP) | {"max.poll.interval.ms": 86_400_000}
    )
    try:
        retry(Admin(settings.kafka).create_topics, CATALOGUE)
        consumer.subscribe([RETRAINING_REQUESTED.name])
        with closing(SchemaRegistry(settings.schema_registry)) as registry:
            while not stop.is_set():
                record = _next(consumer, settings.kafka)
                if record is None:
                    continue
                request = retry(decoded_or_skipped, RETRAINING_REQUESTED, record, registry.find)
                if request is not None:
                    handle(settings, request, retry, stop)
                if not stop.is_set():
                    commit(
                        consumer,
                        [TopicPartition(*record.origin[:2], record.origin.offset + 1)],
                        log,
                    )
    except TransientError as error:
        if not stop.is_set():
            raise
        log.warning(
            "stopped while waiting: %s; the request will be answered by the next trainer", error
        )
    finally:
        consumer.close()


def handle(
    settings: Settings, request: RetrainingRequested, retry: Retry, stop: threading.Event
) -> None:
    """Answer one request, unless it has been; waits while the challenger of an earlier one is on
    trial.
    """
    while not stop.is_set() and retry(on_trial, settings, request.language):
        stop.wait(settings.retraining.every_s)
    if stop.is_set() or retry(answered, settings, request.request_id):
        return
    log.info("request %s: training a model for %s", request.request_id, request.language)
    told = retry(answer, settings, request)
    event = retry(told_of, settings, request, told)
    retry(announcements.announce, settings, event)
    metrics.RETRAININGS.labels(event.action).inc()
    log.info("request %s: %s, %s", request.request_id, event.action, event.reason)


def told_of(settings: Settings, request: RetrainingRequested, told: Told) -> ModelEvent:
    """Publish the event with the current traffic, which may have changed while the model was
    trained.
    """
    served = announcements.serving(settings).get(request.language)
    return answer_events.event(request, told, served.announced if served else (), datetime.now(UTC))


def on_trial(settings: Settings, language: str) -> bool:
    """Whether a challenger is on trial in the language, is about to be, or the champion is being
    watched.
    """
    served = announcements.serving(settings).get(language)
    return served is not None and served.busy


def answered(settings: Settings, request_id: str) -> bool:
    """Whether there is an answer already, on the topic, or where that has been compacted, in the
    warehouse.
    """
    wanted = answer_id(request_id)
    if any(event.event_id == wanted for event in TopicReader(settings, MODELS_LIFECYCLE)):
        return True
    with connect(settings.clickhouse) as warehouse:
        rows = warehouse.query(
            "SELECT event_id FROM model_events WHERE event_id = %(id)s LIMIT 1", {"id": wanted}
        )
    return bool(rows)


def _next(consumer: Consumer, kafka: KafkaSettings) -> RawRecord | None:
    """A request, if one comes soon. Raises ``KafkaException`` where this consumer will read nothing
    any more.
    """
    message = consumer.poll(0.5)
    return next(received(consumer, [message], kafka, log), None) if message is not None else None
