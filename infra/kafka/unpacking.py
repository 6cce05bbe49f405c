"""Search for the end of a batch that librdkafka cannot unpack.

A megabyte of zstd may stand for gigabytes, and a batch may be damaged.
librdkafka reports such a batch with its first offset, fetches it again, and reports it again, for
good. The error does not say where the batch ends
(https://github.com/confluentinc/librdkafka/pull/5581), but a fetch from any offset within the batch
reports the same first offset. So the end is found by search.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.kafka.config import consumer_config
from infra.kafka.errors import NOT_UNPACKED, is_fatal
from infra.kafka.lag import LITTLE, TIMEOUT_S, Deadline
from infra.settings import KafkaSettings

SEARCHING: Final = LITTLE | {
    "enable.partition.eof": True,
    "auto.offset.reset": "latest",
    "fetch.error.backoff.ms": 10,
}
"""An offset that the broker does not know lies beyond the batch: the end of the partition is the
answer, never its beginning.
"""


def last_offset(kafka: KafkaSettings, topic: str, partition: int, first: int) -> int | None:
    """The last offset of the batch that begins at ``first``; None where it can be unpacked: it was
    damaged on the way.

    Raises ``BrokerUnavailable``, or ``KafkaException`` where that is fatal.
    """
    with closing(Consumer(consumer_config(kafka, "reader") | SEARCHING)) as consumer:
        within = partial(_is_within, consumer, topic, partition, first)
        if not within(first):
            return None
        # The broker's answer to the fetch, because Tansu's list of offsets names the beginning of
        # the last batch.
        _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
        return _last(within, first, max(end, first + 1))


def _last(within: Callable[[int], bool], inside: int, beyond: int) -> int:
    """The last offset that is ``within``, at least ``inside`` and below ``beyond``. Most batches
    are short.
    """
    step = 1
    while inside + step < beyond:
        if not within(inside + step):
            beyond = inside + step
            break
        inside, step = inside + step, step * 2
    while beyond - inside > 1:
        middle = (inside + beyond) // 2
        inside, beyond = (middle, beyond) if within(middle) else (inside, middle)
    return inside


def _is_within(consumer: Consumer, topic: str, partition: int, first: int, offset: int) -> bool:
    """Whether the batch that begins at ``first`` and cannot be unpacked is what a fetch from
    ``offset`` brings.
    """
    deadline = Deadline(TIMEOUT_S)
    consumer.assign([TopicPartition(topic, partition, offset)])
    while True:
        message = consumer.poll(min(0.5, deadline.left()))
        if message is None:
            continue
        error = message.error()
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            return False
        if error.code() == NOT_UNPACKED:
            return message.offset() == first
        if is_fatal(error):
            raise KafkaException(error)
