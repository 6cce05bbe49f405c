"""Trainer component: one request after another, each committed once it is answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from confluent_kafka import Consumer, TopicPartition

from infra import metrics
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
from retrain.runner.component import Component, Running, Step
from retrain.trainer.core import answer_events
from retrain.trainer.core.answer_events import TrainingAnswer, answer_id
from retrain.trainer.retraining import answer
from schemas.inputs import RawRecord
from schemas.records import ModelEvent, RetrainingRequested
from schemas.topics import MODELS_LIFECYCLE, RETRAINING_REQUESTED

GROUP = "trainer"
log = logging.getLogger("undertone.trainer")


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Answers to requests, one at a time. One that is being answered when the run stops is answered
    by the next trainer.
    """
    settings, stop, retry = running.settings, running.stop, running.retry
    # A training, or waiting for a promotion to end, is no reason to lose the partitions.
    consumer = Consumer(
        consumer_config(settings.kafka, GROUP) | {"max.poll.interval.ms": 86_400_000}
    )
    with closing(consumer), closing(SchemaRegistry(settings.schema_registry)) as registry:
        consumer.subscribe([RETRAINING_REQUESTED.name])

        def step(_: datetime) -> None:
            record = _next(consumer, settings.kafka)
            if record is None:
                return
            request = retry(decoded_or_skipped, RETRAINING_REQUESTED, record, registry.find)
            if request is not None:
                handle(settings, request, retry, stop)
            if not stop.is_set():
                commit(
                    consumer, [TopicPartition(*record.origin[:2], record.origin.offset + 1)], log
                )

        yield step


COMPONENT = Component(
    "trainer",
    opened,
    interval_s=lambda settings: 0.0,  # the step waits for a request
    reads=(RETRAINING_REQUESTED, MODELS_LIFECYCLE),
    publishes=(MODELS_LIFECYCLE,),
    warehouse=True,
)


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
    made = retry(answer, settings, request)
    event = retry(event_of, settings, request, made)
    retry(announcements.announce, settings, event)
    metrics.RETRAININGS.labels(event.action).inc()
    log.info("request %s: %s, %s", request.request_id, event.action, event.reason)


def event_of(settings: Settings, request: RetrainingRequested, made: TrainingAnswer) -> ModelEvent:
    """Publish the event with the current traffic, which may have changed while the model was
    trained.
    """
    served = announcements.serving(settings).get(request.language)
    return answer_events.event(request, made, served.announced if served else (), datetime.now(UTC))


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
