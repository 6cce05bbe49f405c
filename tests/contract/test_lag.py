"""Consumer lag, and what transactions make of it, on the brokers themselves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from infra.kafka.admin import Admin
from infra.kafka.config import consumer_config
from infra.kafka.errors import is_fatal
from infra.kafka.lag import GroupLag
from infra.kafka.reader import read_topic
from infra.local.ports import free_port
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable
from tests.harness import wait_for
from tests.servers import local_stack

NUMBERS = count()
ABORTED = 2_000
"""More than the lag reads at once."""


@pytest.fixture
def apache(apache_kafka: str) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=apache_kafka)


def new_topic(kafka: KafkaSettings) -> str:
    """A topic of the test's own with two partitions."""
    name = f"lag-{next(NUMBERS)}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.create_topics([NewTopic(name, 2, 1)])[name].result(10)
    return name


def produce(kafka: KafkaSettings, topic: str, partition: int, records: int) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    for _ in range(records):
        producer.produce(topic, b"a record", partition=partition)
        assert (
            producer.flush(10) == 0
        )  # a batch each: Tansu's latest offset is that of the last batch


def commit(kafka: KafkaSettings, topic: str, *offsets: int) -> None:
    """As a group does that has read all records below these offsets, of one partition after
    another.
    """
    with closing(Consumer(consumer_config(kafka, "reading"))) as consumer:
        places = [
            TopicPartition(topic, partition, offset) for partition, offset in enumerate(offsets)
        ]
        wait_for("the coordinator", lambda: consumer.committed(places, 10) is not None)
        consumer.commit(offsets=places, asynchronous=False)


def transactional(kafka: KafkaSettings) -> Producer:
    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap_servers, "transactional.id": f"lag-{next(NUMBERS)}"}
    )
    producer.init_transactions(30)
    return producer


def test_lag_is_what_the_group_has_not_committed_on_each_partition(kafka: KafkaSettings) -> None:
    topic = new_topic(kafka)
    with closing(GroupLag(kafka, "reading")) as lag:
        assert lag(topic) == {0: 0, 1: 0}
        produce(kafka, topic, 0, 5)
        produce(kafka, topic, 1, 3)
        last_is_missing = 5 - lag(topic)[0]
        assert last_is_missing in {0, 1}
        commit(kafka, topic, 2, 0)
        assert lag(topic) == {0: 3 - last_is_missing, 1: 3 - last_is_missing}
        commit(kafka, topic, 5, 3)
        assert lag(topic) == {0: 0, 1: 0}


def test_asking_joins_no_group_and_commits_nothing(kafka: KafkaSettings) -> None:
    topic = new_topic(kafka)
    produce(kafka, topic, 0, 3)
    with (
        closing(GroupLag(kafka, "unread")) as lag,
        closing(Consumer(consumer_config(kafka, "unread"))) as consumer,
    ):
        lag(topic)
        [committed] = consumer.committed([TopicPartition(topic, 0)], 10)
        assert committed.offset < 0
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
        assert "undertone-unread" not in {
            group.group_id for group in admin.list_consumer_groups().result(10).valid
        }


def test_a_topic_that_is_not_there_has_no_known_lag(kafka: KafkaSettings) -> None:
    with (
        closing(GroupLag(kafka, "reading")) as lag,
        pytest.raises(BrokerUnavailable, match="lag on nowhere"),
    ):
        lag("nowhere")


@pytest.mark.parametrize("end", ["commit", "abort"])
def test_a_group_that_has_read_everything_has_no_lag_whatever_ended_the_last_transaction(
    apache: KafkaSettings, end: str
) -> None:
    topic, producer = new_topic(apache), transactional(apache)
    with closing(GroupLag(apache, "reading")) as lag:
        producer.begin_transaction()
        producer.produce(topic, b"a record", partition=0)
        producer.commit_transaction(30)
        wait_for("the marker", lambda: sum(lag(topic).values()) > 0)
        commit(apache, topic, 1, 0)
        assert lag(topic) == {0: 0, 1: 0}
        producer.begin_transaction()
        for _ in range(ABORTED):
            producer.produce(topic, bytes(500), partition=0)
        assert producer.flush(30) == 0
        assert lag(topic) == {0: 0, 1: 0}  # the transaction is open: nobody gets these records yet
        if end == "abort":
            producer.abort_transaction(30)
            produce(apache, topic, 0, 1)  # behind the marker: once it is seen, so is the marker
            wait_for("the record after it", lambda: lag(topic) == {0: 1, 1: 0})
        else:
            producer.commit_transaction(30)
            wait_for("the records", lambda: sum(lag(topic).values()) > ABORTED)
            commit(
                apache, topic, ABORTED + 2, 0
            )  # the marker of the first transaction stands between
            assert lag(topic) == {0: 0, 1: 0}


def test_what_was_aborted_is_read_by_nobody_unless_the_settings_say_so(
    apache: KafkaSettings,
) -> None:
    topic, producer = new_topic(apache), transactional(apache)
    for value, end in (
        (b"kept", producer.commit_transaction),
        (b"aborted", producer.abort_transaction),
    ):
        producer.begin_transaction()
        producer.produce(topic, value, partition=0)
        assert producer.flush(30) == 0
        end(30)
    produce(apache, topic, 0, 1)

    def values(kafka: KafkaSettings) -> list[bytes | None]:
        return [record.value for record in read_topic(kafka, topic, follow=False)]

    wait_for("the markers", lambda: values(apache) == [b"kept", b"a record"])
    uncommitted = apache.model_copy(update={"isolation_level": "read_uncommitted"})
    assert values(uncommitted) == [b"kept", b"aborted", b"a record"]


def test_a_client_that_is_fenced_reports_a_fatal_error(apache: KafkaSettings) -> None:
    # What librdkafka calls fatal, made for real: KafkaError.fatal() is False on it.
    topic = new_topic(apache)
    member = consumer_config(apache, "fenced") | {
        "group.instance.id": "only-one",
        "partition.assignment.strategy": "range",
    }
    with closing(Consumer(member)) as first, closing(Consumer(member)) as second:
        errors: list[KafkaError] = []

        def polled(consumers: Sequence[Consumer], done: Callable[[], bool]) -> bool:
            for consumer in consumers:
                message: Message | None = consumer.poll(0.2)
                if message is not None and (error := message.error()) is not None:
                    errors.append(error)
            return done()

        first.subscribe([topic])
        wait_for("the first member", lambda: polled([first], lambda: bool(first.assignment())))
        second.subscribe([topic])
        wait_for(
            "the first one to be fenced",
            lambda: polled([first, second], lambda: any(map(is_fatal, errors))),
        )
        assert not any(error.fatal() for error in errors)


def test_a_broker_that_hangs_is_unavailable_to_every_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("admin", "lag"):
        monkeypatch.setattr(f"infra.kafka.{module}.TIMEOUT_S", 1.0)
    port = free_port()
    broker = local_stack.broker(tmp_path, port, port)
    broker.start()
    settings = KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}")
    try:
        with closing(Admin(settings)) as admin:
            topic = new_topic(settings)
            assert admin.lag("reading", topic) == {0: 0, 1: 0}
            broker.send(signal.SIGSTOP)
            with pytest.raises(BrokerUnavailable):
                admin.lag("reading", topic)
            with pytest.raises(BrokerUnavailable):
                admin.create_topics(())
            broker.send(signal.SIGCONT)
    finally:
        broker.stop(signal.SIGKILL)
