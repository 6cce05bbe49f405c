"""Faust transport that emits runs of records as events: all records of one partition from one
fetch.

An event costs Faust several task switches, a queue, a lock and its sensors, together far more than
all stages spend on a review but masking and scoring. A run costs that once. Acks are of runs, too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver
from faust.transport.utils import DefaultSchedulingStrategy
from faust.types import TP, ConsumerMessage, Message

from streams.worker.header_names import tolerate_header_names
from streams.worker.partition_progress import Progress

REWIND_AGAIN_S: Final = 0.5
BETWEEN_LOOKS_S: Final = 0.02
"""At half load a worker that looks without a pause finds a record or two a partition, and is busy
with looking for a quarter of its time."""
log = logging.getLogger("undertone.worker")


class Run(list[Any]):
    """``aiokafka.ConsumerRecord`` s of one partition in order, not empty.

    ``start``: the offset from which on it stands for the partition, see ``Progress.delivered``.
    """

    __slots__ = ("start",)

    def __init__(self, records: Iterable[Any], start: int) -> None:
        super().__init__(records)
        self.start = start


class RunByRun(DefaultSchedulingStrategy):
    """Faust's ``ConsumerScheduler``: which of the records that a fetch brought come first."""

    def iterate(self, records: Mapping[TP, list[Any]]) -> Iterator[tuple[TP, Any]]:
        """All of a partition at once. No partition has to wait for long: a fetch is one batch at
        most.
        """
        return iter(records.items())


class RunConsumer(driver.Consumer):
    """Delivers runs as messages: the value is the ``Run``, the offset that of its last record.

    What a rebalance does to Faust's own book-keeping loses records. It drops what it has fetched
    and not delivered, rewinds to the committed offsets while a fetch may be under way, does not
    rewind where nothing is committed, and afterwards passes over offsets below the last that it has
    seen. Here one task alone moves positions: the one that fetches, before it fetches, and what was
    fetched for an earlier assignment is dropped. What may be committed is for ``Progress`` to say.
    """

    logger = driver.logger
    _next_look = 0.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._progress: defaultdict[TP, Progress] = defaultdict(Progress)
        self._rewind_due = False
        self._read_offset = _NothingPassedOver()

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    # As Faust declares it
    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109
        """Records fetched since the last call, at least ``BETWEEN_LOOKS_S`` ago."""
        await asyncio.sleep(self._next_look - time.monotonic())
        self._next_look = time.monotonic() + BETWEEN_LOOKS_S
        async for each in super().getmany(timeout):
            yield each

    # As Faust declares it
    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:  # noqa: ASYNC109
        if not self.flow_active:
            # Anything that can be waited for
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
        if self._rewind_due and not await self._rewind():
            return None, None
        records, active = await super()._wait_next_records(timeout)
        return (None if self._rewind_due else records), active

    async def _rewind(self) -> bool:
        """Move every partition to its committed offset. False where that failed, or is due
        again."""
        self._rewind_due = False
        if not self.assignment():
            return True
        try:
            committed = await self._thread.seek_to_committed()
            if new := [tp for tp, offset in committed.items() if not offset]:
                await self._thread.seek_to_beginning(*new)
        except (
            Exception
        ) as error:  # the coordinator may be away, or the partitions were taken away meanwhile
            self._rewind_due = True
            log.warning("partitions are not rewound yet: %s", type(error).__name__)
            await self.sleep(REWIND_AGAIN_S)
            return False
        for partition, offset in committed.items():
            tp = TP(partition.topic, partition.partition)
            self._committed_offset[tp] = offset or None
            self._progress[tp].rewound(offset or 0)
        return not self._rewind_due

    async def perform_seek(self) -> None:
        """Have the positions moved before the next fetch."""
        self._rewind_due = True

    def stop_flow(self) -> None:
        """As in Faust; what is fetched until then is not delivered."""
        self._rewind_due = True
        super().stop_flow()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """As in Faust; another worker may go on from here."""
        for tp in revoked:
            self._progress.pop(tp, None)
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """As in Faust."""
        self._rewind_due = True
        await super().on_partitions_assigned(assigned, generation_id)

    def _to_message(self, tp: TP, run: Any) -> ConsumerMessage:
        last = run[-1]
        value: Any = Run(run, self._progress[tp].delivered(run[0].offset, last.offset))
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, (last.timestamp or 0) / 1000, last.timestamp_type,
            None, None, value, None, 0, 0,
            tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    def ack(self, message: Message) -> bool:
        """The run is done up to the offset of its message."""
        run: Any = message.value
        if not message.acked:
            self._progress[message.tp].done(run.start, message.offset + 1)
        return super().ack(message)

    def _new_offset(self, tp: TP) -> int | None:
        self._acked.pop(tp, None)
        self._acked_index.pop(tp, None)
        return self._progress[tp].done_to or None


class _NothingPassedOver(dict[TP, int | None]):
    """In place of Faust's last offsets seen, below which it delivers nothing: after a rewind there
    is something below them.
    """

    def __getitem__(self, tp: TP) -> int | None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        """Not remembered."""


class _Thread(driver.AIOKafkaConsumerThread):
    logger = driver.logger

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        tolerate_header_names()
        consumer = super()._create_worker_consumer(transport)
        # Faust fixes the one at 1.5 s, and reads aborted transactions but in its exactly-once mode.
        # Both are read at the start.
        consumer._fetch_max_wait_ms = transport.fetch_wait_ms
        consumer._isolation_level = transport.isolation_level
        return consumer


class RunTransport(driver.Transport):
    """Faust's ``App.transport``."""

    Consumer = RunConsumer

    def __init__(
        self, *arguments: Any, fetch_wait_ms: int, isolation_level: str, **options: Any
    ) -> None:
        """``fetch_wait_ms``: how long the broker may keep a fetch waiting for records;
        ``isolation_level``: as Kafka names it.
        """
        super().__init__(*arguments, **options)
        self.fetch_wait_ms, self.isolation_level = fetch_wait_ms, isolation_level


def acknowledge(events: Sequence[faust.EventT[Run]], records: int) -> None:
    """Mark the first ``records`` of the events' runs as done. At most once an event."""
    for event in events:
        run: Any = event.value
        done = run[:records]
        if done:
            event.message.offset = done[-1].offset
            event.ack()
        records -= len(done)
