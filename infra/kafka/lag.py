"""Consumer lag of a group: the number of records of a topic that it has not processed.

Asked by a consumer with the group's id that never joins it.
``AdminClient.list_consumer_group_offsets`` ends the process with a segmentation fault when the
group's coordinator moves (https://github.com/confluentinc/librdkafka/issues/5040).

The difference of end and commit is no lag where a topic is written in transactions: each ends with
a control record, which takes an offset and is never delivered, so a group that has read everything
stays one behind, or by a whole aborted transaction. So a partition that seems to be behind is read
from the commit on, up to the first record that the group itself would get. The alternative, that
every group commits its position beyond control records, would be known only to groups that do, and
only while they run. The end is the last stable offset under ``read_committed``: what is in an open
transaction does not count yet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.kafka.config import consumer_config
from infra.kafka.errors import NOT_UNPACKED, checked, error_of, is_fatal, translated
from infra.settings import KafkaSettings
from schemas.errors import BrokerUnavailable, ConfigurationError

TIMEOUT_S: Final = 10.0
POLL_S: Final = 0.5
AGAIN_S: Final = 0.2
LITTLE: Final = {
    "queued.min.messages": 1,
    "queued.max.messages.kbytes": 1024,
    "fetch.message.max.bytes": 262_144,
    "fetch.queue.backoff.ms": 10,
}
"""One record of a partition is looked at: little is fetched ahead. A larger record comes whole all
the same.
"""


class GroupLag:
    """Lag of one group, named without prefix. May be asked by several threads, which take turns."""

    def __init__(self, settings: KafkaSettings, group: str) -> None:
        self._consumer = Consumer(
            consumer_config(settings, group) | LITTLE | {"enable.partition.eof": True}
        )
        self._turn = threading.Lock()

    def __call__(self, topic: str) -> dict[int, int]:
        """Partition → records not committed yet.

        Raises ``BrokerUnavailable`` where that is not known within ``TIMEOUT_S``,
        ``ConfigurationError`` where it may not be.
        """
        deadline = Deadline(TIMEOUT_S)
        with self._turn:
            while True:
                try:
                    return self._lag(topic, deadline)
                except KafkaException as error:
                    failure = translated(error, f"lag on {topic}")
                    if error_of(error).code() == KafkaError.UNKNOWN_TOPIC_OR_PART or isinstance(
                        failure, ConfigurationError
                    ):
                        raise failure from error
                    if (
                        deadline.left() < AGAIN_S
                    ):  # most of what passes, such as a coordinator that moves, passes at once
                        raise failure from error
                time.sleep(AGAIN_S)

    def _lag(self, topic: str, deadline: Deadline) -> dict[int, int]:
        partitions = self._partitions(topic, deadline)
        committed = checked(self._consumer.committed(partitions, timeout=deadline.left()))
        starts, ends = dict[int, int](), dict[int, int]()
        for partition in committed:
            # No commit is a negative offset; what retention has deleted since the commit is lost,
            # not waiting.
            low, high = self._consumer.get_watermark_offsets(partition, timeout=deadline.left())
            starts[partition.partition], ends[partition.partition] = (
                max(partition.offset, low),
                high,
            )
        # An end below the commit is Tansu's: it answers with the beginning of the last batch, where
        # Kafka answers with its end.
        behind = {number: start for number, start in starts.items() if start < ends[number]}
        firsts = self._first_records(topic, behind, deadline)
        return {
            number: max(0, ends[number] - firsts[number]) if number in firsts else 0
            for number in starts
        }

    def _partitions(self, topic: str, deadline: Deadline) -> list[TopicPartition]:
        metadata = self._consumer.list_topics(topic, timeout=deadline.left()).topics[topic]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        if not metadata.partitions:
            raise BrokerUnavailable(
                f"Kafka: lag on {topic}: this broker knows no partitions of it yet"
            )
        return [TopicPartition(topic, number) for number in metadata.partitions]

    def _first_records(
        self, topic: str, starts: Mapping[int, int], deadline: Deadline
    ) -> dict[int, int]:
        """Partition → offset of the first record at or after its start; partitions that have none
        are missing.
        """
        firsts: dict[int, int] = {}
        waiting = set(starts)
        if waiting:
            self._consumer.assign(
                [TopicPartition(topic, number, start) for number, start in starts.items()]
            )
        try:
            while waiting:
                message = self._consumer.poll(min(POLL_S, deadline.left()))
                number = message.partition() if message is not None else None
                if message is None or number not in waiting:
                    continue
                error, offset = message.error(), message.offset()
                if (error is None or error.code() == NOT_UNPACKED) and offset is not None:
                    firsts[number] = max(
                        offset, starts[number]
                    )  # of a batch that is not unpacked, its beginning
                elif error is not None and error.code() != KafkaError._PARTITION_EOF:
                    if is_fatal(error):
                        raise KafkaException(error)
                    continue
                waiting.discard(number)
        finally:
            if starts:
                self._consumer.unassign()
        return firsts

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()


class Deadline:
    """A moment up to which several calls together may take."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then. Raises ``BrokerUnavailable`` where there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise BrokerUnavailable("Kafka did not answer in time")
        return left
