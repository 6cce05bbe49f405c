"""What an error of Kafka ends: a client, and with it a process or a part, only where librdkafka calls it fatal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.kafka import admin, reader
from infra.kafka.admin import Admin
from infra.kafka.errors import REFUSED, translated
from infra.retry import Retry
from infra.settings import KafkaSettings, RetrySettings
from retrain.alerts import alert_sender as alerts
from retrain.runner import topic_follower
from retrain.runner.topic_follower import Followed
from retrain.trainer import trainer_component as trainer
from schemas.errors import BrokerUnavailable, ConfigurationError, InputError, Origin, RegistryUnavailable
from schemas.inputs import RawRecord
from schemas.records import DriftDetected
from schemas.topics import CATALOGUE, DRIFT_DETECTED
from streams.router.lifecycle_consumer import Follower
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
        return SimpleNamespace(error=lambda: self.error, topic=lambda: "t", partition=lambda: 0) if self.answers >= 0 else None

    def commit(self, **_: Any) -> None:
        raise KafkaException(self.error)

    def assign(self, _: Any) -> None:
        """Nothing to do."""

    unassign = close = assign


def sink_commits(consumer: Broken) -> None:
    sink = SinkConsumer.__new__(SinkConsumer)
    sink._consumer, sink._buffer, sink._write = consumer, Buffer(1, 1.0), lambda _: None  # type: ignore[assignment]
    sink._buffer.add(RECORD, 0.0)
    sink._store()


def follower_reads(consumer: Broken) -> None:
    follower = Follower.__new__(Follower)
    follower._consumer = consumer  # type: ignore[assignment]
    follower._read(0.0)


def loop_reads(consumer: Broken) -> None:
    followed = Followed.__new__(Followed)
    followed._consumer, followed._unread, followed._undecoded = consumer, set(), None  # type: ignore[assignment]
    followed.read()


PLACES: Mapping[str, Callable[[Any], object]] = {
    "sink commits": sink_commits,
    "sink reads": lambda consumer: SinkConsumer._record(consumer.poll(0)),
    "follower reads": follower_reads,
    "loop reads": loop_reads,
    "alerts read": lambda consumer: alerts._collect(consumer, 0.0, consumer.stop),
    "alerts commit": lambda consumer: alerts._commit(consumer, [RECORD]),
    "trainer reads": trainer._next,
    "trainer commits": lambda consumer: trainer._commit(consumer, consumer.poll(0)),
}


@pytest.mark.parametrize("place", PLACES)
def test_only_a_fatal_error_ends_a_reader_whatever_the_broker_says(place: str) -> None:
    ends = set()
    for code in CODES:
        try:
            PLACES[place](Broken(code))
        except KafkaException:
            ends.add(code)
    assert ends == {KafkaError._FATAL}


@pytest.mark.parametrize("code", CODES)
def test_an_administrative_call_is_repeated_unless_only_somebody_else_can_change_the_answer(code: int) -> None:
    error = translated(KafkaException(KafkaError(code)), "creating t")
    assert isinstance(error, ConfigurationError) == (code in REFUSED)
    assert isinstance(error, BrokerUnavailable) == (code not in REFUSED)
    assert "creating t" in str(error)


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
        (KafkaException(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED)), ConfigurationError),
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
        return SimpleNamespace(topics={topic: SimpleNamespace(error=self._error, partitions={} if self._error else {1: 1, 0: 0})})


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


def test_a_follower_that_waits_for_the_registry_does_not_end_the_process_when_it_is_asked_to_stop() -> None:
    waits, stop, ended = RetrySettings(first_s=0.001, max_s=0.001), threading.Event(), list[int]()

    def away(*_: object) -> None:
        stop.set()
        raise RegistryUnavailable("away")

    parts: Any = (None, Retry(waits, stop, lambda _: None), waits, stop, SimpleQueue(), lambda: None)
    follower = Follower(KAFKA, away, *parts)
    follower._consumer = Delivering(b"\0\0\0\0\1avro")  # type: ignore[assignment]
    follower._run(failed=lambda: ended.append(1))
    assert ended == []


class Delivering:
    """A consumer that delivers one record."""

    def __init__(self, value: bytes) -> None:
        self._values = [value]

    def poll(self, _: float) -> Any:
        if not self._values:
            return None
        value = self._values.pop()
        return SimpleNamespace(
            error=lambda: None, topic=lambda: DRIFT_DETECTED.name, partition=lambda: 0, offset=lambda: 3, key=lambda: None,
            value=lambda: value, timestamp=lambda: (1, 1000), headers=lambda: None,
        )  # fmt: skip

    def list_topics(self, topic: str, **_: Any) -> Any:
        return SimpleNamespace(topics={topic: SimpleNamespace(error=None, partitions={0: None})})

    def assign(self, _: Any) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


def test_a_record_that_waits_for_the_registry_is_not_lost_to_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    report, answers = object(), [RegistryUnavailable("away"), None]

    def decode(*_: Any) -> object:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return report

    monkeypatch.setattr(topic_follower, "decoded_or_skipped", decode)
    followed = Followed.__new__(Followed)
    followed._consumer, followed._unread, followed._undecoded = Delivering(b"x"), set(), None  # type: ignore[assignment]
    followed._topics, followed._records = {DRIFT_DETECTED.name: DriftDetected}, {DRIFT_DETECTED.name: []}
    followed._find_schema = lambda *_: None
    with pytest.raises(RegistryUnavailable):
        followed.read()
    followed.read()
    assert followed._records[DRIFT_DETECTED.name] == [report]
