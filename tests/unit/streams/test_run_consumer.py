"""Runs of records as Faust's events: what becomes of them, and which offset is committed when part
of one is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from infra.settings import KafkaSettings, ScoringSettings
from schemas.topics import REVIEWS_RAW
from streams.worker import run_consumer
from streams.worker.run_consumer import RunByRun, RunConsumer, acknowledge
from streams.worker.worker_app import build_app, raw_record

FIRST, SECOND = TP(REVIEWS_RAW.name, 0), TP(REVIEWS_RAW.name, 1)


def record(tp: TP, offset: int) -> Any:
    return ConsumerRecord(
        topic=tp.topic, partition=tp.partition, offset=offset, timestamp=1_700_000_000_123,
        timestamp_type=0,
        key=b"k", value=b"v", checksum=None, serialized_key_size=1, serialized_value_size=1,
        headers=(("traceparent", b"t"),),
    )  # fmt: skip


def run(tp: TP, offsets: Sequence[int]) -> list[Any]:
    return [record(tp, offset) for offset in offsets]


@pytest.fixture
def consumer() -> RunConsumer:
    """That of a worker's app, connected to nothing."""
    app = build_app(
        KafkaSettings(fetch_wait_ms=70), ScoringSettings(), processor=SimpleNamespace(deliver=None)
    )  # type: ignore[arg-type]
    app.topics.acking_topics.add(REVIEWS_RAW.name)
    assert isinstance(app.consumer, RunConsumer)
    assert app.transport.fetch_wait_ms == 70  # type: ignore[attr-defined]
    return app.consumer


def started(consumer: RunConsumer, **committed: int) -> None:
    """As after a rewind to the committed offsets of the partitions."""
    for tp, offset in ((FIRST, committed["first"]), (SECOND, committed["second"])):
        consumer._progress[tp].rewound(offset)
        consumer._committed_offset[tp] = offset or None


def event(consumer: RunConsumer, tp: TP, offsets: Sequence[int]) -> faust.EventT[Any]:
    """As Faust delivers it to the one agent."""
    message = consumer._to_message(tp, run(tp, offsets))
    message.incref()
    return faust.Event(consumer.app, None, message.value, {}, message)


def test_all_that_a_fetch_brought_of_a_partition_comes_at_once_and_in_order() -> None:
    fetched = {FIRST: run(FIRST, [3, 4]), SECOND: run(SECOND, [7])}
    # Faust's own is declared with an abstract __init__
    schedule = RunByRun()  # type: ignore[abstract]
    assert [(tp, [r.offset for r in records]) for tp, records in schedule.iterate(fetched)] == [
        (FIRST, [3, 4]),
        (SECOND, [7]),
    ]


def test_what_was_done_is_committed_for_each_partition(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=5)
    acknowledge(
        [
            event(consumer, FIRST, range(10, 14)),
            event(consumer, SECOND, [5]),
            event(consumer, FIRST, range(14, 16)),
        ],
        7,
    )
    assert consumer._filter_committable_offsets([FIRST, SECOND]) == {FIRST: 16, SECOND: 6}


def test_of_a_run_that_is_done_in_part_only_that_part_is_committed(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    acknowledge([event(consumer, FIRST, range(10, 14)), event(consumer, SECOND, range(4))], 6)
    assert consumer._filter_committable_offsets([FIRST, SECOND]) == {FIRST: 14, SECOND: 2}


def test_nothing_done_commits_nothing(consumer: RunConsumer) -> None:
    acknowledge([event(consumer, FIRST, range(10, 14))], 0)
    assert consumer._filter_committable_offsets(list(consumer._acked)) == {}


def test_offsets_that_the_broker_left_out_do_not_hold_up_the_commit(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    acknowledge([event(consumer, FIRST, [10, 17])], 2)
    assert consumer._filter_committable_offsets([FIRST]) == {FIRST: 18}
    consumer._committed_offset[FIRST] = 18
    acknowledge([event(consumer, FIRST, [25])], 1)
    assert consumer._filter_committable_offsets([FIRST]) == {FIRST: 26}


def test_what_is_committed_already_is_not_taken_back(consumer: RunConsumer) -> None:
    started(consumer, first=40, second=0)
    acknowledge([event(consumer, FIRST, range(30, 35))], 5)
    assert consumer._filter_committable_offsets([FIRST]) == {}


def test_a_run_that_was_fetched_and_not_delivered_is_not_passed_over(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    event(consumer, FIRST, range(10, 14))  # and dropped by a rebalance
    acknowledge([event(consumer, FIRST, range(14, 16))], 2)
    assert consumer._filter_committable_offsets([FIRST]) == {}
    consumer._progress[FIRST].rewound(10)
    acknowledge([event(consumer, FIRST, range(10, 14))], 4)
    assert consumer._filter_committable_offsets([FIRST]) == {FIRST: 16}


class Thread:
    """What the consumer asks of the thread that has the connections."""

    def __init__(self, committed: dict[TopicPartition, int | None]) -> None:
        self.committed, self.to_beginning = committed, list[TopicPartition]()
        self.fetched: Callable[[], dict[TP, list[Any]]] = dict
        self.away = False

    def assignment(self) -> set[TP]:
        return {FIRST, SECOND}

    async def seek_to_committed(self) -> dict[TopicPartition, int | None]:
        if self.away:
            raise KafkaConnectionError
        return self.committed

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.to_beginning += partitions

    async def getmany(self, *_: Any) -> dict[TP, list[Any]]:
        return self.fetched()


@pytest.fixture
def thread(consumer: RunConsumer, monkeypatch: pytest.MonkeyPatch) -> Thread:
    found = Thread({TopicPartition(*FIRST): 7, TopicPartition(*SECOND): None})
    monkeypatch.setattr(consumer, "_thread", found)
    monkeypatch.setattr(run_consumer, "REWIND_AGAIN_S", 0.0)
    consumer._set_active_tps({FIRST, SECOND})
    consumer.resume_flow()
    return found


async def test_after_a_rebalance_partitions_are_rewound_before_the_next_fetch(
    consumer: RunConsumer, thread: Thread
) -> None:
    thread.fetched = lambda: {FIRST: run(FIRST, [7])}
    await consumer.perform_seek()
    records, _ = await consumer._wait_next_records(0.1)
    assert [r.offset for r in records[FIRST]] == [7]
    assert thread.to_beginning == [TopicPartition(*SECOND)]
    assert (consumer._progress[FIRST].done_to, consumer._progress[SECOND].done_to) == (7, 0)


async def test_what_was_fetched_while_a_rebalance_began_is_dropped_and_read_again(
    consumer: RunConsumer, thread: Thread
) -> None:
    def rebalanced() -> dict[TP, list[Any]]:
        consumer.stop_flow()
        return {FIRST: run(FIRST, [90])}

    thread.fetched = rebalanced
    assert (await consumer._wait_next_records(0.1))[0] is None
    thread.fetched = lambda: {FIRST: run(FIRST, [7])}
    consumer.resume_flow()
    records, _ = await consumer._wait_next_records(0.1)
    assert [r.offset for r in records[FIRST]] == [7]


async def test_nothing_is_fetched_until_the_partitions_could_be_rewound(
    consumer: RunConsumer, thread: Thread
) -> None:
    thread.fetched = lambda: {FIRST: run(FIRST, [7])}
    thread.away = True
    await consumer.perform_seek()
    assert (await consumer._wait_next_records(0.1))[0] is None
    thread.away = False
    assert (await consumer._wait_next_records(0.1))[0] is not None


def test_a_record_keeps_its_coordinates_bytes_headers_and_time_to_the_millisecond() -> None:
    raw = raw_record(record(SECOND, 9))
    assert (raw.origin, raw.key, raw.value) == ((REVIEWS_RAW.name, 1, 9), b"k", b"v")
    assert raw.headers == (("traceparent", b"t"),)
    assert raw.timestamp == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
