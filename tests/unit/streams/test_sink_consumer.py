"""What the sink reads at a time, when it stores it, and what it commits afterwards."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from infra.kafka.config import consumer_config
from infra.settings import KafkaSettings, SinkSettings
from schemas.errors import Origin, QueryError
from schemas.inputs import RawRecord
from schemas.topics import ALERTS, FEEDBACK
from streams.sink import sink_consumer as consumer_module
from streams.sink.sink_consumer import SinkConsumer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = SinkSettings(max_rows=3, max_wait_ms=2000)


def record(offset: int, partition: int = 0) -> RawRecord:
    return RawRecord(Origin(FEEDBACK.name, partition, offset), b"k", b"v", NOW)


@dataclass
class World:
    """A clock, what each look at the broker brings, and what the sink does of it, in order."""

    looks: Sequence[tuple[float, Sequence[RawRecord]]]
    now: float = 0.0
    asked: list[tuple[int, float]] = field(default_factory=list)
    steps: list[object] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    refused: bool = False
    progress: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def consumer(self, config: dict[str, Any]) -> World:
        self.config = config
        return self

    def subscribe(self, topics: list[str], on_assign: Any) -> None:
        self.topics = topics
        on_assign(self, [])

    def consume(self, most: int, wait: float) -> Sequence[RawRecord]:
        self.asked.append((most, wait))
        self.now, found = self.looks[len(self.asked) - 1]
        if len(self.asked) == len(self.looks):
            self.stop.set()
        return found

    def write(self, records: Sequence[RawRecord]) -> None:
        self.steps.append((self.now, [each.origin.offset for each in records]))
        if self.refused:
            raise QueryError("refused")

    def commit(self, offsets: Any, asynchronous: bool) -> None:
        assert not asynchronous
        self.steps.append({(each.topic, each.partition): each.offset for each in offsets})

    def close(self) -> None:
        self.steps.append("closed")

    def moved(self) -> None:
        self.progress += 1

    def run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consumer_module, "Consumer", self.consumer)
        monkeypatch.setattr(consumer_module, "received", lambda _, messages, *__: messages)
        clock = SimpleNamespace(monotonic=lambda: self.now)
        monkeypatch.setattr(consumer_module, "time", clock)
        SinkConsumer(
            KafkaSettings(),
            SETTINGS,
            [FEEDBACK.name, ALERTS.name],
            self.write,
            assigned=lambda: self.steps.append("assigned"),
            progress=self.moved,
        ).run(self.stop)


def test_what_is_stored_is_committed_up_to_the_offset_after_the_last_of_each_partition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World([(0.0, [record(4), record(9, partition=1), record(5)]), (1.0, [])])
    world.run(monkeypatch)
    assert world.steps == [
        "assigned",
        (0.0, [4, 9, 5]),
        {(FEEDBACK.name, 0): 6, (FEEDBACK.name, 1): 10},
        "closed",
    ]


def test_nothing_is_committed_that_could_not_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World([(0.0, [record(4)])], refused=True)
    with pytest.raises(QueryError):
        world.run(monkeypatch)
    assert world.steps == ["assigned", (0.0, [4])]


def test_a_batch_is_stored_when_it_is_full_or_old_enough_or_the_sink_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(
        [
            (10.0, [record(0)]),
            (11.9, [record(1)]),
            (12.0, []),
            (13.0, [record(2), record(3), record(4)]),
            (14.0, [record(5)]),
            (14.5, []),
        ]
    )
    world.run(monkeypatch)
    assert [step for step in world.steps if isinstance(step, tuple)] == [
        (12.0, [0, 1]),
        (13.0, [2, 3, 4]),
        (14.5, [5]),
    ]
    assert world.progress == len(world.looks)


def test_it_waits_for_one_record_and_only_then_for_as_many_as_come_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World([(0.0, []), (1.0, [record(0)]), (1.5, [record(1)]), (4.0, []), (5.0, [])])
    world.run(monkeypatch)
    few, many = (1, 0.5), (consumer_module.READ_AT_ONCE, 0.1)
    assert world.asked == [few, few, many, many, few]


def test_one_group_reads_all_topics_and_keeps_them_while_the_warehouse_is_away_for_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World([(0.0, [])])
    world.run(monkeypatch)
    assert world.topics == [FEEDBACK.name, ALERTS.name]
    a_day = {"max.poll.interval.ms": 24 * 60 * 60 * 1000}
    assert world.config == consumer_config(KafkaSettings(), "sink") | a_day
