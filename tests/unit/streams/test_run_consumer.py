"""Runs of records as Faust's events: what becomes of them, and which offset is committed when part
of one is done.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
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
from streams.worker.run_consumer import Run, RunByRun, RunConsumer, acknowledge
from streams.worker.worker_app import build_app

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
async def consumer() -> RunConsumer:
    """That of a worker's app on the loop of the test, connected to nothing."""
    processor: Any = SimpleNamespace(deliver=None)
    app = build_app(KafkaSettings(fetch_wait_ms=70), ScoringSettings(), processor=processor)
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


def committable(consumer: RunConsumer) -> dict[TP, int]:
    """What Faust's next commit sends."""
    return consumer._filter_committable_offsets(list(consumer._filter_tps_with_pending_acks()))


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
    assert committable(consumer) == {FIRST: 16, SECOND: 6}
    assert not consumer._acked


def test_of_a_run_that_is_done_in_part_only_that_part_is_committed(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    acknowledge([event(consumer, FIRST, range(10, 14)), event(consumer, SECOND, range(4))], 6)
    assert committable(consumer) == {FIRST: 14, SECOND: 2}


def test_nothing_done_commits_nothing(consumer: RunConsumer) -> None:
    acknowledge([event(consumer, FIRST, range(10, 14))], 0)
    assert committable(consumer) == {}


def test_offsets_that_the_broker_left_out_do_not_hold_up_the_commit(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    acknowledge([event(consumer, FIRST, [10, 17])], 2)
    assert committable(consumer) == {FIRST: 18}
    consumer._committed_offset[FIRST] = 18
    acknowledge([event(consumer, FIRST, [25])], 1)
    assert committable(consumer) == {FIRST: 26}


def test_what_is_committed_already_is_not_taken_back(consumer: RunConsumer) -> None:
    started(consumer, first=40, second=0)
    acknowledge([event(consumer, FIRST, range(30, 35))], 5)
    assert committable(consumer) == {}


def test_a_run_that_was_fetched_and_not_delivered_is_not_passed_over(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    event(consumer, FIRST, range(10, 14))  # and dropped by a rebalance
    acknowledge([event(consumer, FIRST, range(14, 16))], 2)
    assert committable(consumer) == {}
    consumer._progress[FIRST].rewound(10)
    acknowledge([event(consumer, FIRST, range(10, 14))], 4)
    assert committable(consumer) == {FIRST: 16}


def test_a_run_done_in_part_is_not_passed_over_by_the_run_after_it(consumer: RunConsumer) -> None:
    started(consumer, first=10, second=0)
    part, after = event(consumer, FIRST, range(10, 14)), event(consumer, FIRST, range(14, 16))
    acknowledge([part], 2)
    acknowledge([after], 2)
    assert committable(consumer) == {FIRST: 12}


def test_what_is_delivered_again_after_a_rewind_is_committed_again(consumer: RunConsumer) -> None:
    for _ in range(2):  # the first commit was lost with the coordinator
        started(consumer, first=10, second=0)
        acknowledge([event(consumer, FIRST, range(10, 14))], 4)
        assert committable(consumer) == {FIRST: 14}


def test_a_message_has_the_coordinates_and_the_time_of_the_last_record_of_its_run(
    consumer: RunConsumer,
) -> None:
    consumer.app.consumer_generation_id = 4
    message = consumer._to_message(FIRST, run(FIRST, [10, 13]))
    assert (message.topic, message.partition, message.offset) == (*FIRST, 13)
    assert message.timestamp == 1_700_000_000.123
    assert message.generation_id == 4
    value: Any = message.value
    assert isinstance(value, Run)
    assert value.start == 10
    timeless = dataclasses.replace(record(FIRST, 14), timestamp=None)
    assert consumer._to_message(FIRST, [timeless]).timestamp == 0


class Thread:
    """What the consumer asks of the thread that has the connections."""

    def __init__(self, committed: dict[TopicPartition, int | None]) -> None:
        self.committed, self.to_beginning = committed, list[TopicPartition]()
        self.fetched: Callable[[], dict[TP, list[Any]]] = dict
        self.away = False
        self.assigned = {FIRST, SECOND}
        self.fetches = 0

    def assignment(self) -> set[TP]:
        return self.assigned

    def highwater(self, _: TP) -> int:
        return 100

    async def seek_to_committed(self) -> dict[TopicPartition, int | None]:
        if self.away:
            raise KafkaConnectionError
        return self.committed

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.to_beginning += partitions

    async def getmany(self, *_: Any) -> dict[TP, list[Any]]:
        self.fetches += 1
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
    consumer: RunConsumer, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread.fetched = lambda: {FIRST: run(FIRST, [7])}
    thread.away = True
    waited = list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(consumer, "sleep", sleep)
    await consumer.perform_seek()
    assert (await consumer._wait_next_records(0.1))[0] is None
    assert (thread.fetches, waited) == (0, [run_consumer.REWIND_AGAIN_S])
    thread.away = False
    assert (await consumer._wait_next_records(0.1))[0] is not None
    assert consumer._progress[FIRST].done_to == 7


async def test_without_partitions_there_is_nothing_to_rewind(
    consumer: RunConsumer, thread: Thread
) -> None:
    thread.away, thread.assigned = True, set()
    await consumer.perform_seek()
    assert (await consumer._wait_next_records(0.1))[0] == {}


async def test_partitions_are_rewound_once_for_a_rebalance(
    consumer: RunConsumer, thread: Thread
) -> None:
    await consumer._wait_next_records(0.1)
    assert thread.to_beginning == []
    await consumer.perform_seek()
    await consumer._wait_next_records(0.1)
    await consumer._wait_next_records(0.1)
    assert thread.to_beginning == [TopicPartition(*SECOND)]


async def test_during_a_rebalance_nothing_is_rewound_or_fetched(
    consumer: RunConsumer, thread: Thread
) -> None:
    consumer.stop_flow()
    fetching = asyncio.create_task(consumer._wait_next_records(0.1))
    for _ in range(10):
        await asyncio.sleep(0)
    assert (thread.fetches, thread.to_beginning, fetching.done()) == (0, [], False)
    consumer.resume_flow()
    assert (await asyncio.wait_for(fetching, 10))[0] == {}
    assert thread.to_beginning == [TopicPartition(*SECOND)]


@pytest.fixture
def rebalances(consumer: RunConsumer, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What Faust's app is called with when partitions come and go."""
    found = list[tuple[Any, ...]]()

    async def called(*arguments: Any) -> None:
        found.append(arguments)

    monkeypatch.setattr(consumer, "_on_partitions_revoked", called)
    monkeypatch.setattr(consumer, "_on_partitions_assigned", called)
    monkeypatch.setattr(consumer.app, "on_rebalance_return", lambda: None)
    return found


async def test_a_partition_that_was_revoked_commits_nothing_more(
    consumer: RunConsumer, rebalances: list[tuple[Any, ...]]
) -> None:
    started(consumer, first=10, second=0)
    late = [event(consumer, FIRST, range(10, 14)), event(consumer, SECOND, [0])]
    await consumer.on_partitions_revoked({FIRST})
    acknowledge(late, 5)
    assert committable(consumer) == {SECOND: 1}
    assert rebalances == [({FIRST},)]


async def test_partitions_that_are_assigned_are_rewound_before_they_are_read(
    consumer: RunConsumer, thread: Thread, rebalances: list[tuple[Any, ...]]
) -> None:
    await consumer.on_partitions_assigned({FIRST, SECOND}, 3)
    await consumer._wait_next_records(0.1)
    assert consumer._progress[FIRST].done_to == 7
    assert rebalances == [({FIRST, SECOND}, 3)]


async def test_records_below_the_last_ones_seen_are_delivered_again_after_a_rewind(
    consumer: RunConsumer, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets, fetcher = iter([[7, 8], [3, 4]]), SimpleNamespace(_stopped=asyncio.Event())
    delivered = list[list[int]]()

    async def callback(message: Any) -> None:
        delivered.append([each.offset for each in message.value])
        if len(delivered) == 2:
            fetcher._stopped.set()

    thread.fetched = lambda: {FIRST: run(FIRST, next(offsets))}
    monkeypatch.setattr(consumer, "callback", callback)
    await asyncio.wait_for(consumer._drain_messages(fetcher), 10)  # type: ignore[arg-type]
    assert delivered == [[7, 8], [3, 4]]


async def test_looks_at_the_broker_are_a_pause_apart(
    consumer: RunConsumer, thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, pauses = [50.0], list[float]()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += max(0.0, seconds) + 0.005

    monkeypatch.setattr(run_consumer, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(run_consumer, "asyncio", SimpleNamespace(sleep=sleep))
    for _ in range(3):
        assert [each async for each in consumer.getmany(0.1)] == []
    assert pauses[0] <= 0
    assert pauses[1:] == pytest.approx([run_consumer.BETWEEN_LOOKS_S] * 2)
