"""Which failures of a message are waited for, which are of the message, and which end the process."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

import pytest
from confluent_kafka import KafkaError

from infra.kafka.publisher import Failure, Outgoing, Publisher, _failure, check
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable, MessageRefused
from streams.delivery import Delivery

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
def test_an_error_is_of_the_message_or_passes_or_is_of_all_messages(code: int, unfit: bool, passing: bool) -> None:
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
    flaky: Any = Flaky([[failed(1, passing=True), failed(3, passing=True)], [failed(1, passing=True)], []])
    delivery = Delivery(flaky, messages, lambda *_: None)
    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            delivery()
    delivery()
    delivery()
    assert flaky.sent == [[b"0", b"1", b"2", b"3", b"4"], [b"1", b"3"], [b"3"]]


def test_what_does_not_fit_is_replaced_while_the_rest_waits() -> None:
    messages = [Outgoing("t", None, b"%d" % n) for n in range(3)]
    flaky: Any = Flaky([[failed(0, unfit=True), failed(2, passing=True)], [failed(0, unfit=True)], []])
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
