"""Sink consumer: reads, buffers, inserts, and only then commits offsets."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from confluent_kafka import Consumer, TopicPartition

from infra import metrics
from infra.kafka.commits import commit
from infra.kafka.config import consumer_config
from infra.kafka.reader import received
from infra.settings import KafkaSettings, SinkSettings
from schemas.inputs import RawRecord
from streams.sink.core.sink_buffer import Buffer, next_offsets

log = logging.getLogger("undertone.sink")

READ_AT_ONCE = 500


class SinkConsumer:
    """Reads ``topics`` in one group and hands batches to ``write``, which may take as long as it
    needs.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        sink: SinkSettings,
        topics: Sequence[str],
        write: Callable[[Sequence[RawRecord]], None],
        *,
        assigned: Callable[[], None],
        progress: Callable[[], None],
    ) -> None:
        # Waiting for a warehouse that is away is no reason to lose the partitions: let the group
        # wait for up to a day.
        self._kafka = kafka
        self._consumer = Consumer(
            consumer_config(kafka, "sink") | {"max.poll.interval.ms": 86_400_000}
        )
        self._consumer.subscribe(list(topics), on_assign=lambda *_: assigned())
        self._buffer = Buffer(sink.max_rows, sink.max_wait_ms / 1000)
        self._write = write
        self._progress = progress

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set; what has been collected by then is stored if the warehouse is
        there.
        """
        while not stop.is_set():
            # An empty buffer waits for one record, not for all that may come: what is collected is
            # then at most max_wait old.
            most, wait = (READ_AT_ONCE, 0.1) if self._buffer.records else (1, 0.5)
            for record in received(
                self._consumer, self._consumer.consume(most, wait), self._kafka, log
            ):
                self._buffer.add(record, time.monotonic())
            if self._buffer.due(time.monotonic()):
                self._store()
            self._progress()
        if self._buffer.records:
            self._store()
        self._consumer.close()

    def _store(self) -> None:
        records = self._buffer.take()
        self._write(records)
        oldest = min(record.timestamp for record in records)
        metrics.SINK_FRESHNESS_SECONDS.observe((datetime.now(UTC) - oldest).total_seconds())
        offsets = [
            TopicPartition(topic, partition, offset)
            for (topic, partition), offset in next_offsets(records).items()
        ]
        commit(self._consumer, offsets, log)
