"""Faust's Kafka transport, but with runs of records for events: what one fetch brought of one partition.

An event costs Faust several task switches, a queue, a lock and its sensors, together far more than all stages spend on a
review but masking and scoring. A run costs that once. Acks are of runs, too: those of a partition come in order, which
``InFlight`` sees to, so the last one stands for all before it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP, ConsumerMessage, Message

from streams.worker.header_names import tolerate_header_names

BETWEEN_LOOKS_S: Final = 0.02
"""At half load a worker that looks without a pause finds a record or two a partition, and is busy with looking for a quarter of
its time."""

Run = Sequence[Any]
"""``aiokafka.ConsumerRecord`` s of one partition in order, not empty."""


class RunByRun(DefaultSchedulingStrategy):
    """Faust's ``ConsumerScheduler``: which of the records that a fetch brought come first."""

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Any]]:
        """All of a partition at once. No partition has to wait for long: a fetch is one batch at most."""
        return iter(records.items())


class RunConsumer(driver.Consumer):
    """Delivers runs as messages: the value is the ``Run``, the offset that of its last record."""

    logger = driver.logger
    _next_look = 0.0

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109  # as Faust declares it
        """What has come since the last look, which is ``BETWEEN_LOOKS_S`` ago at least."""
        await asyncio.sleep(self._next_look - time.monotonic())
        self._next_look = time.monotonic() + BETWEEN_LOOKS_S
        async for each in super().getmany(timeout):
            yield each

    def _to_message(self, tp: TP, run: Run) -> ConsumerMessage:
        last = run[-1]
        value: Any = run
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, (last.timestamp or 0) / 1000, last.timestamp_type, None, None, value, None, 0, 0,
            tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """The offsets between the last records of two runs are not missing."""

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked.pop(tp, None)
        self._acked_index.pop(tp, None)
        return max(acked) + 1 if acked else None


class _Thread(driver.AIOKafkaConsumerThread):
    logger = driver.logger

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        tolerate_header_names()
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes the one at 1.5 s, and reads aborted transactions but in its exactly-once mode. Both are read at the start.
        consumer._fetch_max_wait_ms = transport.fetch_wait_ms
        consumer._isolation_level = transport.isolation_level
        return consumer


class RunTransport(driver.Transport):
    """Faust's ``App.transport``."""

    Consumer = RunConsumer

    def __init__(self, *arguments: Any, fetch_wait_ms: int, isolation_level: str, **options: Any) -> None:
        """``fetch_wait_ms``: how long the broker may keep a fetch waiting for records; ``isolation_level``: as Kafka names it."""
        super().__init__(*arguments, **options)
        self.fetch_wait_ms, self.isolation_level = fetch_wait_ms, isolation_level


def acknowledge(events: Sequence[faust.EventT[Run]], records: int) -> None:
    """Mark the first ``records`` of the events' runs as done. At most once an event."""
    for event in events:
        done: Run = event.value[:records]
        if done:
            event.message.offset = done[-1].offset
            event.ack()
        records -= len(done)
