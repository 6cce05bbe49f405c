"""What an error of Kafka ends: a client, and with it a process or a part, only where librdkafka
calls it fatal.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.kafka import admin, reader
from infra.kafka.admin import Admin
from infra.kafka.errors import NOT_UNPACKED, PASSING, REFUSED, UNFIT, tolerate, translated
from infra.kafka.marks import Marks
from infra.kafka.reader import PartitionReader
from infra.settings import KafkaSettings
from retrain.alerts import alert_sender as alerts
from retrain.runner.topic_follower import Followed
from retrain.trainer import trainer_component as trainer
from schemas.errors import BrokerUnavailable, ConfigurationError, InputError, Origin
from schemas.inputs import RawRecord
from schemas.topics import CATALOGUE
from streams.router.lifecycle_consumer import LifecycleConsumer
from streams.sink.core.sink_buffer import Buffer
from streams.sink.sink_consumer import SinkConsumer

KAFKA = KafkaSettings(bootstrap_servers="127.0.0.1:1")
ORDINARY = {KafkaError.NO_ERROR, KafkaError._PARTITION_EOF}
CODES = sorted({code for code in vars(KafkaError).values() if isinstance(code, int)} - ORDINARY)
RECORD = RawRecord(Origin("alerts", 0, 7), None, b"{}", datetime(2026, 1, 2, tzinfo=UTC))


class Broken:
    """A consumer whose every answer is one error."""

    def __init__(self, code: int) -> None:
        self.error, self.answers = KafkaError(code), 1
        self.stop = threading.Event()

    def poll(self, _: float) -> Any:
        self.answers -= 1
        self.stop.set()
        if self.answers < 0:
            return None
        return SimpleNamespace(
            error=lambda: self.error, topic=lambda: "t", partition=lambda: 0, offset=lambda: 7
        )

    def consume(self, _: int, wait: float) -> list[Any]:
        return [self.poll(wait)]

    def commit(self, *_: Any, **__: Any) -> Any:
        raise KafkaException(self.error)

    committed = commit

    def assign(self, _: Any) -> None:
        """Nothing to do."""

    unassign = assign

    def close(self) -> None:
        """Nothing to do."""


class BrokenInPart(Broken):
    """The same, where requests as a whole succeed: the error is that of one partition."""

    def commit(self, *_: Any, **__: Any) -> Any:
        return [
            SimpleNamespace(error=None, partition=0, offset=1),
            SimpleNamespace(error=self.error, partition=1, offset=-1001),
        ]

    committed = commit


def sink_commits(consumer: Broken) -> None:
    sink = SinkConsumer.__new__(SinkConsumer)
    sink._consumer, sink._buffer, sink._write = consumer, Buffer(1, 1.0), lambda _: None  # type: ignore[assignment]
    sink._buffer.add(RECORD, 0.0)
    sink._store()


def sink_reads(consumer: Broken) -> None:
    sink = SinkConsumer.__new__(SinkConsumer)
    sink._consumer, sink._buffer, sink._kafka = consumer, Buffer(1, 1.0), KAFKA  # type: ignore[assignment]
    sink._progress = lambda: None
    consumer.stop.clear()
    sink.run(consumer.stop)


def reader_of(consumer: Broken) -> PartitionReader:
    made = PartitionReader.__new__(PartitionReader)
    made._consumer, made._kafka, made._unread = consumer, KAFKA, set()  # type: ignore[assignment]
    made._log = logging.getLogger("undertone.reader")
    made._failed = partial(tolerate, log=made._log)
    return made


def follower_reads(consumer: Broken) -> None:
    lifecycle = LifecycleConsumer.__new__(LifecycleConsumer)
    lifecycle._reader = reader_of(consumer)
    lifecycle._read(0.0)


def loop_reads(consumer: Broken) -> None:
    followed = Followed.__new__(Followed)
    followed._reader, followed._undecoded = reader_of(consumer), None
    followed._stop = threading.Event()
    followed.read()


PLACES: Mapping[str, Callable[[Any], object]] = {
    "sink commits": sink_commits,
    "sink reads": sink_reads,
    "lifecycle reads": follower_reads,
    "loop reads": loop_reads,
    "alerts read": lambda consumer: alerts._collect(consumer, KAFKA, 0.0, consumer.stop),
    "alerts commit": lambda consumer: alerts._commit(consumer, [RECORD]),
    "trainer reads": lambda consumer: trainer._next(consumer, KAFKA),
}


def unreachable(*_: object) -> int | None:
    raise BrokerUnavailable("Kafka did not answer in time")


@pytest.mark.parametrize("kind", [Broken, BrokenInPart])
@pytest.mark.parametrize("place", PLACES)
def test_only_a_fatal_error_ends_a_reader_whatever_the_broker_says(
    place: str,
    kind: type[Broken],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "last_offset", unreachable)
    ends = set()
    for code in CODES:
        caplog.clear()
        try:
            PLACES[place](kind(code))
            passed_over = code == NOT_UNPACKED and "commit" not in place
            assert ("nor passed over yet" if passed_over else KafkaError(code).str()) in caplog.text
        except KafkaException:
            ends.add(code)
    assert ends == {KafkaError._FATAL}


@pytest.mark.parametrize("code", CODES)
def test_an_administrative_call_is_repeated_unless_only_somebody_else_can_change_the_answer(
    code: int,
) -> None:
    error = translated(KafkaException(KafkaError(code)), "creating t")
    assert isinstance(error, ConfigurationError) == (code in REFUSED)
    assert isinstance(error, BrokerUnavailable) == (code not in REFUSED)
    assert "creating t" in str(error)


@pytest.mark.parametrize("kind", [Broken, BrokenInPart])
@pytest.mark.parametrize(
    "call", [lambda marks: marks.read([0, 1]), lambda marks: marks.write({0: 1, 1: 2})]
)
def test_marks_fail_as_any_administrative_call_also_where_only_one_partition_does(
    kind: type[Broken], call: Callable[[Marks], object]
) -> None:
    refused = set()
    for code in CODES:
        marks = Marks.__new__(Marks)
        marks._consumer, marks._topic = kind(code), "reviews.raw"  # type: ignore[assignment]
        with pytest.raises(
            (BrokerUnavailable, ConfigurationError), match=r"reviews\.raw"
        ) as caught:
            call(marks)
        if isinstance(caught.value, ConfigurationError):
            refused.add(code)
    assert refused == REFUSED


def test_no_error_is_waited_for_in_one_place_and_refused_in_another() -> None:
    assert REFUSED.isdisjoint(PASSING)
    assert UNFIT.isdisjoint(PASSING)


def test_too_few_brokers_for_the_replicas_are_waited_for() -> None:
    assert KafkaError.INVALID_REPLICATION_FACTOR not in REFUSED


class NoAnswer:
    """A cluster that lists its topics, and gives ``answer`` to who would create one."""

    def __init__(self, answer: Future[None]) -> None:
        self._answer = answer

    def list_topics(self, timeout: float) -> Any:
        return SimpleNamespace(topics={})

    def create_topics(self, topics: Any) -> Any:
        return {topic.topic: self._answer for topic in topics}


@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (None, BrokerUnavailable),
        (TimeoutError(), BrokerUnavailable),
        (KafkaException(KafkaError(KafkaError.NOT_CONTROLLER)), BrokerUnavailable),
        *((KafkaException(KafkaError(code)), ConfigurationError) for code in sorted(REFUSED)),
    ],
)
def test_topics_that_cannot_be_created_are_one_of_our_own_errors(
    monkeypatch: pytest.MonkeyPatch, failure: Exception | None, raised: type[Exception]
) -> None:
    monkeypatch.setattr(admin, "TIMEOUT_S", 0.01)
    answer: Future[None] = Future()
    if failure is not None:
        answer.set_exception(failure)
    made = Admin(KAFKA)
    made._client = NoAnswer(answer)  # type: ignore[assignment]
    with pytest.raises(raised, match=r"reviews\.raw"):
        made.create_topics(CATALOGUE)


class Metadata:
    """A consumer to whom a broker says of every topic what ``error`` says."""

    def __init__(self, code: int | None) -> None:
        self._error = KafkaError(code) if code is not None else None

    def list_topics(self, topic: str, timeout: float) -> Any:
        return SimpleNamespace(
            topics={
                topic: SimpleNamespace(
                    error=self._error, partitions={} if self._error else {1: 1, 0: 0}
                )
            }
        )


def test_a_topic_without_a_leader_is_not_a_topic_that_does_not_exist() -> None:
    ask: Any = reader.partitions_of
    assert ask(Metadata(None), "t") == [0, 1]
    with pytest.raises(BrokerUnavailable):
        ask(Metadata(KafkaError.LEADER_NOT_AVAILABLE), "t")
    with pytest.raises(InputError, match="no topic t"):
        ask(Metadata(KafkaError.UNKNOWN_TOPIC_OR_PART), "t")


def test_a_process_waits_for_a_topic_that_it_has_created_and_a_broker_does_not_know_yet() -> None:
    ask: Any = reader.partitions_created
    with pytest.raises(BrokerUnavailable):
        ask(Metadata(KafkaError.UNKNOWN_TOPIC_OR_PART), "t")
