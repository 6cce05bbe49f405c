"""The publisher, the marks and the worker's reader on each broker."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import aiokafka
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from infra.kafka.marks import Marks
from infra.kafka.publisher import Outgoing, Publisher
from infra.kafka.reader import read_topic
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable, MessageRefused
from streams.delivery import Delivery
from streams.worker.header_names import tolerate_header_names
from tests.harness import wait_for
from tests.raw_produce import odd_batch, produce
from tests.servers import local_stack

SMALL = b"small"


@pytest.fixture(scope="module", params=["tansu", "apache"])
def kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KafkaSettings]:
    """A broker."""
    if request.param == "apache":
        yield KafkaSettings(bootstrap_servers=request.getfixturevalue("apache_kafka"))
        return
    with local_stack.broker_alone(tmp_path_factory.mktemp("tansu")) as bootstrap:
        yield KafkaSettings(bootstrap_servers=bootstrap)


def new_topic(kafka: KafkaSettings, **config: str) -> str:
    name = f"t-{uuid4().hex[:8]}"
    wanted = NewTopic(
        name,
        num_partitions=1,
        replication_factor=1,
        config={k.replace("_", "."): v for k, v in config.items()},
    )
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    for future in admin.create_topics([wanted]).values():
        future.result(10)
    return name


def held(kafka: KafkaSettings, topic: str) -> list[bytes | None]:
    return [record.value for record in read_topic(kafka, topic, follow=False)]


def test_a_message_that_fits_nowhere_is_found_in_its_batch_and_the_others_are_there_once(
    kafka: KafkaSettings,
) -> None:
    topic = new_topic(kafka)
    messages = [Outgoing(topic, None, SMALL) for _ in range(60)]
    messages[30] = Outgoing(topic, None, os.urandom(3_000_000))
    failures = Publisher(kafka).send(messages)
    assert [(failure.position, failure.unfit, failure.too_large) for failure in failures] == [
        (30, True, True)
    ]
    assert held(kafka, topic) == [SMALL] * 59


def test_a_message_that_only_the_broker_finds_too_large_is_found_as_well(
    kafka: KafkaSettings,
) -> None:
    topic = new_topic(kafka, max_message_bytes="20000")
    messages = [Outgoing(topic, None, SMALL) for _ in range(60)]
    large = os.urandom(50_000)
    messages[30] = Outgoing(topic, None, large)
    failures = Publisher(kafka).send(messages)
    counts = Counter(held(kafka, topic))
    assert counts[SMALL] == 59
    # Tansu keeps no limit of a topic.
    assert [failure.position for failure in failures] == ([] if counts[large] else [30])


def test_headers_and_keys_that_librdkafka_cannot_hold_are_of_their_message_alone(
    kafka: KafkaSettings,
) -> None:
    topic = new_topic(kafka)
    odd: list[tuple[str, bytes | None]] = [("\ud800", b"x")]
    failures = Publisher(kafka).send(
        [
            Outgoing(topic, None, SMALL),
            Outgoing(topic, None, SMALL, odd),
            Outgoing(topic, None, SMALL),
        ]
    )
    assert [(failure.position, failure.unfit) for failure in failures] == [(1, True)]
    assert held(kafka, topic) == [SMALL] * 2


def test_a_delivery_replaces_what_does_not_fit_and_sends_nothing_twice(
    kafka: KafkaSettings,
) -> None:
    topic = new_topic(kafka)
    messages = [Outgoing(topic, None, b"%d" % n) for n in range(20)]
    messages[7] = Outgoing(topic, None, b"x" * 3_000_000)
    Delivery(
        Publisher(kafka),
        messages,
        lambda position, failure: Outgoing(topic, None, b"instead of %d" % position),
    )()
    assert Counter(held(kafka, topic)) == Counter(
        [b"%d" % n for n in range(20) if n != 7] + [b"instead of 7"]
    )


def test_a_batch_with_a_message_that_fits_nowhere_is_refused_for_good(kafka: KafkaSettings) -> None:
    with pytest.raises(MessageRefused):
        Publisher(kafka).publish([Outgoing(new_topic(kafka), None, b"x" * 3_000_000)])


def test_marks_outlive_the_process_that_made_them(kafka: KafkaSettings) -> None:
    topic, group = new_topic(kafka), f"marks-{uuid4().hex[:8]}"
    first, second = Marks(kafka, group, topic), Marks(kafka, group, topic)

    def once_there(marks: Marks) -> dict[int, int] | None:
        try:
            return {**marks.read([0]), -1: 0}
        except BrokerUnavailable:  # a broker that is new looks for its coordinator
            return None

    assert wait_for("a coordinator", lambda: once_there(first)) == {-1: 0}
    first.write({0: 4711 << 2 | 3})
    first.close()
    assert second.read([0]) == {0: 4711 << 2 | 3}
    second.write({0: 0})
    assert second.read([0]) == {0: 0}
    second.close()


def test_a_header_name_that_is_not_utf8_stops_no_reader(kafka: KafkaSettings) -> None:
    topic = new_topic(kafka)
    now = 1_755_933_141_855
    batch = odd_batch(
        [(b"0", b"a", None), (b"1", b"b", b"caf\xe9-bar"), (b"2", b"c", b"fine-one")], now
    )
    assert produce(kafka.bootstrap_servers, topic, 0, batch) == 0
    assert held(kafka, topic) == [b"a", b"b", b"c"]

    async def consumed() -> list[tuple[bytes, object]]:
        tolerate_header_names()
        consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)
        await consumer.start()
        try:
            place = aiokafka.TopicPartition(topic, 0)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            return [
                (record.value, record.headers)
                for record in [await consumer.getone() for _ in range(3)]
            ]
        finally:
            await consumer.stop()

    assert asyncio.run(consumed()) == [
        (b"a", ()),
        (b"b", (("caf\\xe9-bar", b"x"),)),
        (b"c", (("fine-one", b"x"),)),
    ]
