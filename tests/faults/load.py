"""Reviews without end for a worker, and what it made of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

from infra.kafka.reader import partitions_of
from schemas.topics import REVIEWS_SCORED
from tests.harness import Stack, TopicReader, wait_for

BACKLOG, PACE_S = 2048, 0.02
"""Reviews that wait for the worker all the time."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = (
    "I watched this film with my family last night, and number {n} of us would gladly "
    "see it again.",
    (
        "The story goes nowhere for two hours, and the {n} jokes in it were old when my parents "
        "were "
        "young."
    ),
    (
        "Nothing in these {n} scenes is new, but the actors are good company and the music stays "
        "with "
        "you."
    ),
)


@dataclass
class Load:
    """Produces reviews in a thread, ``BACKLOG`` ahead of what ``scored`` has seen."""

    stack: Stack
    prefix: str
    scored: TopicReader
    produced: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        producer = Producer({"bootstrap.servers": self.stack.bootstrap, "linger.ms": 5})
        while not self.stop.is_set():
            if self.produced - len(self.scored.messages) < BACKLOG:
                key, text = (
                    f"{self.prefix}-{self.produced}",
                    TEXTS[self.produced % len(TEXTS)].format(n=self.produced),
                )
                producer.produce(
                    "reviews.raw", key=key, value=orjson.dumps({"review_id": key, "text": text})
                )
                self.produced += 1
            else:
                self.stop.wait(PACE_S)
            producer.poll(0)
        assert producer.flush(30) == 0

    def see(self, count: int, version: str = "", since: datetime = BEGINNING) -> None:
        """Go on until so many more reviews came out, of those that ``version`` (any) scored after
        ``since``.
        """
        start = len(self.scored.messages)

        def done(records: list[dict[str, Any]]) -> bool:
            new = (
                r
                for r in records[start:]
                if r["model_version"].startswith(version) and r["scored_at"] >= since
            )
            return (
                len([record for record in new if record["review_id"].startswith(f"{self.prefix}-")])
                >= count
            )

        self.scored.until(done)

    def events(self) -> list[dict[str, Any]]:
        """What was scored of it so far, in the order in which it was scored."""
        found = [
            record
            for _, record in self.scored.messages
            if record["review_id"].startswith(f"{self.prefix}-")
        ]
        return sorted(found, key=lambda record: (record["scored_at"], record["review_id"]))


@contextmanager
def reading(stack: Stack, topic: str) -> Iterator[TopicReader]:
    """Reads a topic from its end, outside any group: under this load Tansu forgets members that are
    there.
    """
    consumer = Consumer(
        {"bootstrap.servers": stack.bootstrap, "group.id": "unused", "enable.auto.commit": False}
    )
    partitions = [TopicPartition(topic, number) for number in partitions_of(consumer, topic)]
    ends = [consumer.get_watermark_offsets(partition, timeout=10)[1] for partition in partitions]
    consumer.assign(
        [TopicPartition(topic, at.partition, end) for at, end in zip(partitions, ends, strict=True)]
    )
    with SchemaRegistryClient({"url": stack.registry}) as client:
        try:
            yield TopicReader(topic, consumer, AvroDeserializer(client))
        finally:
            consumer.close()


@contextmanager
def under_load(stack: Stack, prefix: str) -> Iterator[Load]:
    """Reviews without end; at the end of the block all that were produced have come out."""
    with reading(stack, REVIEWS_SCORED.name) as reader:
        load = Load(stack, prefix, reader)
        thread = threading.Thread(target=load.run)
        thread.start()
        try:
            yield load
        finally:
            load.stop.set()
            thread.join()
        wanted = {f"{prefix}-{n}" for n in range(load.produced)}
        reader.until(lambda records: {record["review_id"] for record in records} >= wanted)


def expect_stored_once(stack: Stack, load: Load) -> None:
    counted = (
        "SELECT count(), uniqExact(review_id) FROM reviews WHERE startsWith(review_id, "
        f"'{load.prefix}-')"
    )
    wait_for("all in ClickHouse", lambda: stack.sql(counted)[0][0] >= load.produced)
    assert stack.sql(counted) == [(load.produced, load.produced)]
    assert stack.sql("SELECT count() FROM dead_letters") == [(0,)]
