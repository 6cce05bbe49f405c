"""Topic reader outside any consumer group: decodes records from the beginning of a topic or from
now on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from infra import metrics
from infra.kafka.config import consumer_config
from infra.kafka.errors import NOT_UNPACKED, REFUSED, error_of, is_fatal, tolerate, translated
from infra.kafka.publisher import Headers
from infra.kafka.unpacking import last_offset
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable, InputError, Origin
from schemas.inputs import RawRecord, Unread
from schemas.moments import moment

TIMEOUT_S = 10.0
log = logging.getLogger("undertone.reader")
NO_TOPIC = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_EXCEPTION}
"""The broker knows no such topic, or it could not have that name."""


class PartitionReader:
    """Reads every partition of some topics outside any consumer group, and knows when it has read
    what was there. Nothing is committed.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        group: str,
        log: logging.Logger,
        failed: Callable[[KafkaError], None] | None = None,
    ) -> None:
        """``failed`` is called with errors; without it they are logged, and fatal ones raised as
        ``KafkaException``.
        """
        self._consumer = Consumer(consumer_config(kafka, group) | {"enable.partition.eof": True})
        self._kafka, self._log = kafka, log
        self._failed = failed or partial(tolerate, log=log)
        self._unread: set[tuple[str, int]] = set()

    def assign(
        self,
        topics: Iterable[str],
        partitions: Callable[[Consumer, str], list[int]] | None = None,
        offset: int = OFFSET_BEGINNING,
    ) -> None:
        """Read ``topics`` from ``offset`` on. Raises as ``partitions`` does, by default
        ``BrokerUnavailable`` also while a broker does not know one of the topics yet.
        """
        find = partitions or partitions_created
        self._unread = {(topic, at) for topic in topics for at in find(self._consumer, topic)}
        self._consumer.assign([TopicPartition(*place, offset) for place in sorted(self._unread)])

    @property
    def at_end(self) -> bool:
        """Whether each partition has been read up to where it ended at that time."""
        return not self._unread

    def take(self, timeout_s: float) -> list[RawRecord] | None:
        """The next record, if it comes in time, else None. Empty where something else came: the end
        of a partition, or an error.
        """
        message = self._consumer.poll(timeout_s)
        if message is None:
            return None
        error = message.error()
        if error is None or error.code() == NOT_UNPACKED:
            return list(received(self._consumer, [message], self._kafka, self._log))
        if error.code() == KafkaError._PARTITION_EOF:
            self._unread.discard((message.topic() or "", message.partition() or 0))
        else:
            self._failed(error)
        return []

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()


def read_topic(
    kafka: KafkaSettings, topic: str, *, live: bool = False, follow: bool = True
) -> Iterator[RawRecord]:
    """Every record of a topic. Ends at the end of each partition unless ``follow``. Nothing is
    committed.

    Raises ``InputError`` if there is no such topic, ``BrokerUnavailable`` if there is no broker,
    ``ConfigurationError`` if the topic may not be read.
    """

    def failed(error: KafkaError) -> None:
        if not follow or is_fatal(error) or error.code() in REFUSED:
            raise translated(KafkaException(error), topic)

    with closing(PartitionReader(kafka, "reader", log, failed)) as reader:
        reader.assign([topic], partitions_of, OFFSET_END if live else OFFSET_BEGINNING)
        while follow or not reader.at_end:
            yield from reader.take(0.2) or ()


def received(
    consumer: Consumer, messages: Iterable[Message], kafka: KafkaSettings, log: logging.Logger
) -> Iterator[RawRecord]:
    """The records among what ``consumer`` got at once; errors are logged.

    A batch that cannot be unpacked is passed over: one record, at its last offset and without a
    value, stands for it. Raises ``KafkaException`` where an error is fatal.
    """
    passed: set[tuple[str | None, int | None]] = (
        set()
    )  # librdkafka reports it again until the consumer has moved on
    for message in messages:
        error, place = message.error(), (message.topic(), message.partition())
        if error is None:
            yield to_record(message)
        elif error.code() != NOT_UNPACKED:
            tolerate(error, log)
        elif place not in passed and (record := _passed(consumer, message, kafka, log)) is not None:
            passed.add(place)
            yield record


def _passed(
    consumer: Consumer, message: Message, kafka: KafkaSettings, log: logging.Logger
) -> RawRecord | None:
    """What stands for the batch of an error, which ``consumer`` is past; None where it is not, and
    will be told again.
    """
    topic, partition, first = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert first is not None
    try:
        last = last_offset(kafka, topic, partition, first)
        if last is None:
            return None
        consumer.seek(TopicPartition(topic, partition, last + 1))
    except (BrokerUnavailable, KafkaException) as error:
        if isinstance(error, KafkaException) and is_fatal(error_of(error)):
            raise
        log.warning(
            "a batch at %s/%d/%d cannot be unpacked, nor passed over yet: %s",
            topic,
            partition,
            first,
            error,
        )
        return None
    metrics.NOT_UNPACKED.labels(topic).inc()
    log.error(
        "passed over a batch that cannot be unpacked: %s/%d, offsets %d to %d",
        topic,
        partition,
        first,
        last,
    )
    now = datetime.now(UTC)
    return RawRecord(
        Origin(topic, partition, last),
        None,
        Unread(f"its batch, from offset {first}, cannot be unpacked"),
        now,
        (),
        now,
    )


def to_record(message: Message) -> RawRecord:
    """A librdkafka message, not an error, as the record the rest of Undertone knows. Never
    raises."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    now = datetime.now(UTC)
    return RawRecord(
        origin=Origin(topic, partition, offset),
        key=_bytes(message.key()),
        value=_bytes(message.value()),
        timestamp=moment(message.timestamp()[1], now),
        headers=_headers(message),
        arrived=now,
    )


def partitions_of(consumer: Consumer, topic: str) -> list[int]:
    """The topic's partitions. Raises ``InputError`` if there is no such topic,
    ``BrokerUnavailable`` if there is no broker.
    """
    try:
        metadata = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        if metadata.error is not None and metadata.error.code() not in NO_TOPIC:
            raise KafkaException(metadata.error)  # no leader just now, for example
    except KafkaException as error:
        raise translated(error, topic) from error
    if metadata.error is not None or not metadata.partitions:
        raise InputError(f"there is no topic {topic}")
    return sorted(metadata.partitions)


def partitions_created(consumer: Consumer, topic: str) -> list[int]:
    """The partitions of a topic that this process has created: a broker that does not know it yet
    is behind.

    Raises ``BrokerUnavailable``.
    """
    try:
        return partitions_of(consumer, topic)
    except InputError as error:
        raise BrokerUnavailable(f"Kafka: {error}") from error


def _headers(message: Message) -> tuple[tuple[str, bytes | None], ...]:
    """None where a name is not UTF-8, which Kafka does not check: confluent-kafka then raises
    ``SystemError``.
    """
    try:
        # A list of pairs, whatever the stub says
        headers: Headers | None = message.headers()  # type: ignore[assignment]
        return tuple((name, _bytes(value)) for name, value in headers or ())
    except Exception:  # of a record that is otherwise sound
        return ()


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
