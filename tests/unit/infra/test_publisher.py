"""Which failures of a message are waited for, which are of the message, and which end the
process."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.publisher import Failure, Outgoing, Publisher, _failure, check
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable, MessageRefused
from schemas.topics import CATALOGUE
from streams.delivery import Delivery
from tests.servers import kafka_in_process

MESSAGE = Outgoing("t", b"k", b"v")


@pytest.mark.parametrize(
    ("code", "unfit", "passing"),
    [
        (KafkaError.MSG_SIZE_TOO_LARGE, True, False),
        (KafkaError.INVALID_MSG, True, False),
        (KafkaError.INVALID_RECORD, True, False),
        (KafkaError.INVALID_TIMESTAMP, True, False),
        (KafkaError._INVALID_ARG, True, False),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, False, False),
        (KafkaError.CLUSTER_AUTHORIZATION_FAILED, False, False),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, False, False),
        (KafkaError._UNKNOWN_TOPIC, False, False),
        (KafkaError.POLICY_VIOLATION, False, False),
        (KafkaError._FATAL, False, False),
        (KafkaError._MSG_TIMED_OUT, False, True),
        (KafkaError._TRANSPORT, False, True),
        (KafkaError.NOT_ENOUGH_REPLICAS, False, True),
        (KafkaError.NOT_LEADER_FOR_PARTITION, False, True),
        (KafkaError.KAFKA_STORAGE_ERROR, False, True),
    ],
)
def test_an_error_is_of_the_message_or_passes_or_is_of_all_messages(
    code: int, unfit: bool, passing: bool
) -> None:
    failure = _failure(0, "t", KafkaError(code))
    assert (failure.unfit, failure.passing) == (unfit, passing)
    assert failure.too_large == (code == KafkaError.MSG_SIZE_TOO_LARGE)


def test_an_error_that_is_fatal_to_the_producer_is_never_waited_for() -> None:
    assert not _failure(0, "t", KafkaError(KafkaError._MSG_TIMED_OUT, fatal=True)).passing


def failed(position: int, *, unfit: bool = False, passing: bool = False) -> Failure:
    return Failure(position, "t", "SOMETHING", unfit, unfit, passing)


def test_what_concerns_all_messages_comes_before_what_may_pass() -> None:
    with pytest.raises(MessageRefused):
        check([failed(0, passing=True), failed(1)])
    with pytest.raises(BrokerUnavailable):
        check([failed(0, unfit=True), failed(1, passing=True)])
    check([failed(0, unfit=True)])


def test_messages_that_nobody_confirms_are_not_taken_for_published() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        publisher = Publisher(KafkaSettings(bootstrap_servers=address, delivery_timeout_s=0.1))
        with pytest.raises(BrokerUnavailable, match="2 messages"):
            publisher.publish([MESSAGE, MESSAGE])


@pytest.fixture
def bootstrap() -> Iterator[str]:
    with kafka_in_process.running() as bootstrap:
        yield bootstrap


def arrived(bootstrap: str, count: int) -> list[tuple[Any, Any, Any]]:
    """(key, value, headers) of what is on the one partition of the topic."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "g", "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition("t", number, 0) for number in range(4)])
    found, ended = list[tuple[Any, Any, Any]](), 0
    while ended < 4 or len(found) < count:
        message = consumer.poll(10)
        assert message is not None
        error = message.error()
        if error is None:
            found.append((message.key(), message.value(), message.headers()))
        else:
            assert error.code() == KafkaError._PARTITION_EOF
            ended += 1
    consumer.close()
    return found


def test_what_is_published_arrives_with_its_key_its_value_and_its_headers(bootstrap: str) -> None:
    Publisher(KafkaSettings(bootstrap_servers=bootstrap)).publish(
        [Outgoing("t", b"k", b"v", [("näme", b"x"), ("none", None)])]
    )
    assert arrived(bootstrap, 1) == [(b"k", b"v", [("näme", b"x"), ("none", None)])]


def test_messages_that_no_client_can_hold_fail_in_their_places_and_the_others_arrive_once(
    bootstrap: str,
) -> None:
    messages = [
        Outgoing("t", b"0", b"0"),
        Outgoing("t", b"1", b"x" * 3_000_000),
        Outgoing("t", b"2", b"2"),
        Outgoing("t", b"3", b"3", [("\ud800", b"x")]),
        Outgoing("t", b"4", b"4"),
    ]
    publisher = Publisher(KafkaSettings(bootstrap_servers=bootstrap))
    failures = publisher.send(messages)
    assert [(failure.position, failure.unfit, failure.too_large) for failure in failures] == [
        (1, True, True),
        (3, True, False),
    ]
    assert sorted(value for _, value, _ in arrived(bootstrap, 3)) == [b"0", b"2", b"4"]
    with pytest.raises(MessageRefused, match="MSG_SIZE_TOO_LARGE"):
        publisher.publish(messages[1:2])


def test_a_message_of_the_largest_size_that_any_topic_takes_is_sent_and_one_above_it_is_too_large(
    bootstrap: str,
) -> None:
    largest = max(topic.max_bytes for topic in CATALOGUE)
    publisher = Publisher(KafkaSettings(bootstrap_servers=bootstrap))
    assert publisher.send([Outgoing("t", None, bytes(largest - 500))]) == []
    [failure] = publisher.send([Outgoing("t", None, bytes(largest + 1))])
    assert failure.too_large


@dataclass
class Broker:
    """In place of librdkafka's producer: refuses a batch in which one message is ``unfit``, as
    Kafka does.

    It does not confirm those that are ``away``. The queue holds ``room`` messages, and one call of
    ``flush`` reports on ``reports`` of them, the last first.
    """

    unfit: frozenset[bytes]
    away: frozenset[bytes] = frozenset()
    room: int = 1000
    reports: int = 1000
    offered: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    _queue: list[tuple[bytes, Any]] = field(default_factory=list)
    _due: list[Callable[[], None]] = field(default_factory=list)

    def produce(
        self, topic: str, *, key: Any, value: bytes, headers: Any, on_delivery: Any
    ) -> None:
        if len(self._queue) >= self.room:
            raise BufferError
        self.offered.append(value)
        self._queue.append((value, on_delivery))

    def poll(self, _: float) -> None:
        while self.flush(0):
            pass

    def flush(self, _: float) -> int:
        self._deliver()
        for _ in range(min(self.reports, len(self._due))):
            self._due.pop()()
        return len(self._due)

    def _deliver(self) -> None:
        refused = any(value in self.unfit for value, _ in self._queue)
        for value, report in self._queue:
            code = (
                KafkaError._MSG_TIMED_OUT
                if value in self.away
                else KafkaError.RECORD_LIST_TOO_LARGE
                if refused
                else None
            )
            if code is None:
                self.taken.append(value)
            else:
                self._due.append(lambda report=report, code=code: report(KafkaError(code), None))  # type: ignore[misc]
        self._queue.clear()


def publisher_of(broker: Broker) -> Publisher:
    made, producer = Publisher.__new__(Publisher), cast("Any", broker)
    made._sending, made._producer = threading.Lock(), producer
    return made


@given(
    st.integers(1, 12),
    st.frozensets(st.integers(0, 11)),
    st.frozensets(st.integers(0, 11)),
    st.integers(1, 12),
    st.integers(1, 12),
)
def test_in_whatever_company_just_the_unfit_are_unfit_and_all_others_are_sent_once(
    count: int, unfit: frozenset[int], away: frozenset[int], room: int, reports: int
) -> None:
    broker = Broker(
        frozenset(b"%d" % n for n in unfit), frozenset(b"%d" % n for n in away), room, reports
    )
    failures = publisher_of(broker).send([Outgoing("t", None, b"%d" % n) for n in range(count)])
    expected = [(n, n not in away, n in away) for n in range(count) if n in unfit | away]
    assert [(failure.position, failure.unfit, failure.passing) for failure in failures] == expected
    assert sorted(broker.taken) == sorted(b"%d" % n for n in range(count) if n not in unfit | away)


def test_only_what_is_refused_in_company_is_sent_once_more() -> None:
    broker = Broker(frozenset({b"v"}))
    publisher = publisher_of(broker)
    publisher.send([MESSAGE])
    assert broker.offered == [b"v"]
    publisher.send([replace(MESSAGE, value=b"w")])
    assert broker.offered == [b"v", b"w"]
    publisher.send([MESSAGE, replace(MESSAGE, value=b"w")])
    assert Counter(broker.offered) == {b"v": 3, b"w": 3}


@dataclass
class Flaky:
    """Confirms what is not in the failures of this attempt."""

    attempts: list[list[Failure]]
    sent: list[list[bytes]] = field(default_factory=list)

    def send(self, messages: list[Outgoing]) -> list[Failure]:
        self.sent.append([message.value for message in messages])
        return self.attempts.pop(0)


def test_a_retry_sends_only_what_failed() -> None:
    messages = [Outgoing("t", None, b"%d" % n) for n in range(5)]
    flaky: Any = Flaky(
        [[failed(1, passing=True), failed(3, passing=True)], [failed(1, passing=True)], []]
    )
    delivery = Delivery(flaky, messages, lambda *_: None)
    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            delivery()
    delivery()
    delivery()
    assert flaky.sent == [[b"0", b"1", b"2", b"3", b"4"], [b"1", b"3"], [b"3"]]


def test_what_does_not_fit_is_replaced_while_the_rest_waits() -> None:
    messages = [Outgoing("t", None, b"%d" % n) for n in range(3)]
    flaky: Any = Flaky(
        [[failed(0, unfit=True), failed(2, passing=True)], [failed(0, unfit=True)], []]
    )
    asked: list[int] = []

    def instead(position: int, failure: Failure) -> Outgoing:
        asked.append(position)
        return Outgoing("t", None, b"instead")

    delivery = Delivery(flaky, messages, instead)
    with pytest.raises(BrokerUnavailable):
        delivery()
    delivery()
    assert flaky.sent == [[b"0", b"1", b"2"], [b"instead", b"2"], [b"instead"]]
    assert asked == [0, 0]


def test_a_refusal_that_concerns_all_messages_ends_the_delivery() -> None:
    flaky: Any = Flaky([[failed(0)]])
    with pytest.raises(MessageRefused):
        Delivery(flaky, [MESSAGE], lambda *_: None)()


def test_what_is_given_up_is_not_sent_again() -> None:
    flaky: Any = Flaky([[failed(0, unfit=True), failed(1, passing=True)], []])
    delivery = Delivery(flaky, [Outgoing("t", None, b"%d" % n) for n in range(2)], lambda *_: None)
    with pytest.raises(BrokerUnavailable):
        delivery()
    delivery()
    assert flaky.sent == [[b"0", b"1"], [b"1"]]
