"""A batch that expands to more than a client unpacks stops no reader: one record without a value
stands for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from hypothesis import given
from hypothesis import strategies as st

from infra import metrics
from infra.kafka.config import consumer_config
from infra.kafka.lag import GroupLag
from infra.kafka.reader import PartitionReader, read_topic
from infra.kafka.unpacking import _last
from infra.settings import KafkaSettings, SinkSettings
from retrain.alerts import alert_sender as alerts
from retrain.runner.topic_follower import Followed
from retrain.trainer import trainer_component as trainer
from schemas import reasons
from schemas.errors import BrokerUnavailable, Rejection
from schemas.inputs import RawRecord, Unread
from schemas.topics import MODELS_LIFECYCLE
from streams.router.lifecycle_consumer import LifecycleConsumer
from streams.sink.core.sink_rows import TABLES
from streams.sink.sink_consumer import SinkConsumer
from tests.bombs import bomb
from tests.raw_produce import produce

NUMBERS = count()
EXPECTED = [0, 1, 14, 15, 21]
"""Two records, thirteen in a batch that is not unpacked, one record, six in another such batch,
which is the last.
"""
STANDS_FOR = {14, 21}
END = 22


@pytest.fixture(scope="module")
def topic(kafka: KafkaSettings) -> str:
    name = f"bomb-{next(NUMBERS)}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(10)
    send(kafka, name, 2)
    assert produce(kafka.bootstrap_servers, name, 0, bomb()) == 0
    send(kafka, name, 1)
    assert produce(kafka.bootstrap_servers, name, 0, bomb(0, 0)) == 0
    return name


def send(kafka: KafkaSettings, topic: str, records: int) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    for _ in range(records):
        producer.produce(topic, b"a record", partition=0)
    assert producer.flush(10) == 0


def check(records: Sequence[RawRecord]) -> None:
    assert [record.origin.offset for record in records] == EXPECTED
    assert {
        record.origin.offset for record in records if isinstance(record.value, Unread)
    } == STANDS_FOR


def test_a_topic_is_read_past_a_batch_that_cannot_be_unpacked(
    kafka: KafkaSettings, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = metrics.NOT_UNPACKED.labels(topic)._value.get()
    check(list(read_topic(kafka, topic, follow=False)))
    assert metrics.NOT_UNPACKED.labels(topic)._value.get() == before + 2
    assert f"{topic}/0, offsets 2 to 14" in caplog.text
    assert f"{topic}/0, offsets 16 to 21" in caplog.text


def test_the_sink_gets_one_record_for_it_and_commits_past_it(
    kafka: KafkaSettings, topic: str
) -> None:
    stored: list[RawRecord] = []
    stop = threading.Event()

    def write(records: Sequence[RawRecord]) -> None:
        stored.extend(records)
        if stored[-1].origin.offset == EXPECTED[-1]:
            stop.set()

    group = kafka.model_copy(update={"group_prefix": topic})
    sink = SinkConsumer(
        group,
        SinkSettings(max_wait_ms=10),
        [topic],
        write,
        assigned=lambda: None,
        progress=lambda: None,
    )
    thread = threading.Thread(target=sink.run, args=(stop,))
    thread.start()
    thread.join(60)
    stop.set()
    thread.join()
    check(stored)
    with closing(Consumer(consumer_config(group, "sink"))) as consumer:
        [place] = consumer.committed([TopicPartition(topic, 0)], 10)
    assert place.offset == END
    with closing(GroupLag(group, "sink")) as lag:
        assert lag(topic) == {0: 0}


def test_the_lag_of_a_group_that_stands_before_it_is_known(
    kafka: KafkaSettings, topic: str
) -> None:
    with closing(Consumer(consumer_config(kafka, topic))) as consumer:
        consumer.commit(offsets=[TopicPartition(topic, 0, 2)], asynchronous=False)
    with closing(GroupLag(kafka, topic)) as lag:
        assert lag(topic)[0] > 0


def looped(kafka: KafkaSettings, topic: str) -> None:
    events = replace(MODELS_LIFECYCLE, name=topic)
    stop = threading.Event()
    with closing(Followed(kafka, [events], lambda *_: None, stop)) as followed:
        followed.read()
        assert followed.of(events) == []
    stop.set()
    with (
        closing(Followed(kafka, [events], lambda *_: None, stop)) as followed,
        pytest.raises(BrokerUnavailable, match="not read to the end"),
    ):
        followed.read()


def followed(kafka: KafkaSettings, topic: str) -> None:
    taken: list[RawRecord] = []
    lifecycle = LifecycleConsumer.__new__(LifecycleConsumer)
    lifecycle._take = taken.append  # type: ignore[method-assign, assignment]
    with closing(PartitionReader(kafka, "reader", logging.getLogger())) as lifecycle._reader:
        lifecycle._reader.assign([topic])
        while not lifecycle._reader.at_end:
            lifecycle._read(0.5)
    check(taken)


def alerted(kafka: KafkaSettings, topic: str) -> None:
    found: list[RawRecord] = []
    with assigned(kafka, topic) as consumer:
        while len(found) < len(EXPECTED):
            found += alerts._collect(consumer, kafka, 0.5, threading.Event())
    check(found)


def trained(kafka: KafkaSettings, topic: str) -> None:
    found: list[RawRecord] = []
    with assigned(kafka, topic) as consumer:
        while len(found) < len(EXPECTED):
            found += filter(None, [trainer._next(consumer, kafka)])
    check(found)


@contextmanager
def assigned(kafka: KafkaSettings, topic: str) -> Iterator[Consumer]:
    with closing(
        Consumer(consumer_config(kafka, "reader") | {"enable.partition.eof": True})
    ) as consumer:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        yield consumer


@pytest.mark.parametrize("reads", [looped, followed, alerted, trained])
def test_every_other_reader_gets_past_it(
    kafka: KafkaSettings, topic: str, reads: Callable[[KafkaSettings, str], None]
) -> None:
    reads(kafka, topic)


def test_every_stored_topic_has_a_dead_letter_for_it(kafka: KafkaSettings, topic: str) -> None:
    [_, _, record, *_] = read_topic(kafka, topic, follow=False)
    for table in TABLES.values():
        with pytest.raises(Rejection) as rejected:
            table.decode(record, lambda *_: None)
        assert rejected.value.reason == reasons.TOO_LARGE


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 10**9))
def test_the_end_of_a_batch_is_found_in_few_fetches(first: int, more: int, behind: int) -> None:
    last, asked = first + more, list[int]()

    def within(offset: int) -> bool:
        assert offset < last + behind, "an offset that the broker does not have"
        asked.append(offset)
        return offset <= last

    assert _last(within, first, last + behind) == last
    assert len(asked) <= 2 * (more + 1).bit_length() + 1
