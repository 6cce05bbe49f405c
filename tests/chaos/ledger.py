"""What was sent, and what came out for it: by id, by coordinates, and when."""

from __future__ import annotations

import bisect
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from infra.kafka.publisher import Headers
from tests.chaos.poison import GARBAGE, PRIVATE, Poison

SCORED, DEAD = "reviews.scored", "reviews.dead-letter"
Coordinates = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class SentPoison:
    """A record of the corpus that a broker took, and where it put it."""

    poison: Poison
    where: Coordinates


@dataclass(slots=True)
class Ledger:
    """Kept by the load (``sent``) and by the thread that reads the outputs. Times are seconds since
    the epoch; ``sent`` holds what was confirmed, with the time when it was handed to the producer.
    """

    bootstrap: str
    registry: str
    sent: dict[str, float] = field(default_factory=dict)
    poisons: list[SentPoison] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    aborted: set[str] = field(default_factory=set)
    scored: Counter[str] = field(default_factory=Counter)
    first_scored: dict[str, float] = field(default_factory=dict)
    leaks: int = 0
    _where: dict[Coordinates, str] = field(default_factory=dict)
    _times: list[float] = field(default_factory=list)
    _dead_values: list[bytes] = field(default_factory=list)
    _dead: Counter[Coordinates] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read the outputs, outside any group."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def dead_count(self) -> int:
        """Dead letters so far, repeats included."""
        return len(self._dead_values) + sum(self._dead.values())

    def dead(self) -> Counter[Coordinates]:
        """How many dead letters there are for each record, by its coordinates."""
        with SchemaRegistryClient({"url": self.registry}) as client:
            decode = AvroDeserializer(client)
            while self._dead_values:
                record = decode(
                    self._dead_values[0], SerializationContext(DEAD, MessageField.VALUE)
                )
                assert isinstance(record, dict)
                self._dead[(record["topic"], record["partition"], record["offset"])] += 1
                del self._dead_values[0]
        return self._dead

    def missing(self) -> list[str]:
        """Ids of good reviews that have not been scored."""
        return [review_id for review_id in list(self.sent) if review_id not in self.scored]

    def storable(self) -> set[str]:
        """Ids that SQL must hold: scored, and not every record of them a dead letter of the
        sink's."""
        dead = self.dead()
        return {review_id for where, review_id in list(self._where.items()) if where not in dead}

    def unaccounted(self, feedback: set[str]) -> list[str]:
        """Names of poisonous records that are neither scored, stored as feedback nor dead letters.

        A harmless one, odd in its timestamp only, must be scored.
        """
        dead = self.dead()
        return [
            sent.poison.name for sent in self.poisons if not self._settled(sent, dead, feedback)
        ]

    def _settled(self, sent: SentPoison, dead: Counter[Coordinates], feedback: set[str]) -> bool:
        names = {sent.poison.review_id, "-".join(map(str, sent.where))}
        scored = any(name in self.scored for name in names if name)
        if sent.poison.must_be_scored:
            return scored
        return scored or sent.where in dead or sent.poison.feedback_id in feedback

    def longest_gap(self, since: float, until: float) -> float:
        """Seconds for which nothing at all was scored between two moments; 0 where nothing was sent
        either.
        """
        if not any(since <= at < until for at in list(self.sent.values())):
            return 0.0
        times = sorted(self._times)
        inside = times[bisect.bisect_left(times, since) : bisect.bisect_right(times, until)]
        marks = [since, *inside, until]
        return max(later - earlier for earlier, later in pairwise(marks))

    def longest_delay(self, since: float, until: float) -> float:
        """The longest time from sent to scored of the reviews sent between two moments, so far."""
        delays = [
            self.first_scored.get(key, time.time()) - at
            for key, at in list(self.sent.items())
            if since <= at < until
        ]
        return max(delays, default=0.0)

    def delays(self) -> list[float]:
        """From sent to scored, of every review, sorted."""
        return sorted(
            at - self.sent[key] for key, at in self.first_scored.items() if key in self.sent
        )

    def _read(self) -> None:
        config = {
            "bootstrap.servers": self.bootstrap,
            "group.id": "chaos-ledger",
            "enable.auto.commit": False,
            "log_level": 0,
        }
        consumer = Consumer(
            config | {"isolation.level": "read_uncommitted", "fetch.message.max.bytes": 4_194_304}
        )
        partitions: list[TopicPartition] = []
        topics = consumer.list_topics(timeout=30).topics
        for topic in (SCORED, DEAD):
            partitions += [
                TopicPartition(topic, number, OFFSET_BEGINNING)
                for number in topics[topic].partitions
            ]
        consumer.assign(partitions)
        while not self._stop.is_set():
            for message in consumer.consume(500, 0.2):
                if message.error() is None:
                    self._take(message)
        consumer.close()

    def _take(self, message: Message) -> None:
        value = message.value() or b""
        headers = cast("Headers", message.headers() or ())
        # A dead letter keeps what came, headers included.
        if message.topic() == SCORED and any(
            PRIVATE in part for part in (value, *(data or b"" for _, data in headers))
        ):
            self.leaks += 1
        if message.topic() == DEAD:
            self._dead_values.append(bytes(value))
        elif message.key() != GARBAGE:
            key, at = (
                str(bytes(message.key() or b""), "utf8", "replace"),
                message.timestamp()[1] / 1000,
            )
            self.scored[key] += 1
            self._where[(SCORED, message.partition() or 0, message.offset() or 0)] = key
            self.first_scored.setdefault(key, at)
            self._times.append(at)
