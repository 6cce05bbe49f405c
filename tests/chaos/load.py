"""Reviews at a steady pace through both doors, Kafka and HTTP; poison and transactions on
demand."""

from __future__ import annotations

import io
import json
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import Any

import fastavro
import httpx
from confluent_kafka import KafkaException, Message, Producer

from schemas import avro_files
from streams.demo.sample import load
from tests.chaos.ledger import Coordinates, Ledger, SentPoison
from tests.chaos.poison import REVIEWS, Poison, corpus
from tests.harness import wait_for

TEXTS = [review.text for review in load()]
SCHEMA = fastavro.parse_schema(json.loads(avro_files.versions("Review")[-1]))
TICK_S = 0.1
TO_THE_DOOR = 20
"""Each such review goes through the gateway."""
IN_AVRO = 4
"""Of as many, one is written in Avro, the others in JSON."""
JUDGED = 10
"""Each such review gets feedback."""


@dataclass(slots=True)
class Load:
    """Sends ``pace`` reviews a second, ``least`` of them and as many more as come until it is
    stopped or ``enough``.

    What is confirmed is on the ledger with the time of its confirmation.
    """

    bootstrap: str
    door: str
    ledger: Ledger
    schema_id: int
    least: int
    pace: float
    prefix: str = "chaos"
    produced: int = 0
    enough: threading.Event = field(default_factory=threading.Event)
    failures: list[str] = field(default_factory=list)
    _door_queue: Queue[dict[str, Any]] = field(default_factory=Queue)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        for target in (self._produce, self._knock):
            thread = threading.Thread(target=target, daemon=True)
            thread.start()
            self._threads.append(thread)

    @property
    def done(self) -> bool:
        """Whether everything has been sent and confirmed."""
        return not any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Send no more; what has been sent is confirmed."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _produce(self) -> None:
        producer = Producer(producer_config(self.bootstrap))
        began, number = time.monotonic(), 0
        while not self._stop.is_set() and not (self.enough.is_set() and number >= self.least):
            due = int((time.monotonic() - began) * self.pace)
            for following in range(number, due):
                self._send(producer, following)
            number = due
            producer.poll(0)
            self.produced = number
            self._stop.wait(TICK_S)
        if producer.flush(180):
            self.failures.append("reviews were not confirmed within three minutes")
        self._stop.set()

    def _send(self, producer: Producer, number: int) -> None:
        review_id = f"{self.prefix}-{number}"
        review = {
            "review_id": review_id,
            "text": TEXTS[number % len(TEXTS)],
            "product_id": f"product-{number % 50}",
        }
        if number % TO_THE_DOOR == 0:
            self._door_queue.put(review)
        else:
            value = self._avro(review) if number % IN_AVRO == 1 else json.dumps(review).encode()
            producer.produce(
                REVIEWS, key=review_id, value=value, on_delivery=self._confirmed(review_id)
            )
        if number % JUDGED == 0:
            feedback = {
                "feedback_id": f"feedback-{review_id}",
                "review_id": review_id,
                "label": "positive",
                "source": "user",
            }
            producer.produce(
                "feedback",
                key=review_id,
                value=json.dumps(feedback),
                on_delivery=self._confirmed(None),
            )

    def _avro(self, review: dict[str, Any]) -> bytes:
        body = io.BytesIO()
        fastavro.schemaless_writer(body, SCHEMA, review | {"created_at": datetime.now(UTC)})
        return struct.pack(">bI", 0, self.schema_id) + body.getvalue()

    def _confirmed(self, review_id: str | None) -> Callable[[Any, Message], None]:
        at = time.time()

        def report(error: Any, _: Message) -> None:
            if error is not None:
                self.failures.append(str(error))
            elif review_id is not None:
                self.ledger.sent[review_id] = at

        return report

    def _knock(self) -> None:
        """Post until it is accepted: a door that is away answers later, and the review has the same
        id then.
        """
        with httpx.Client(base_url=self.door, timeout=40) as client:
            while not (self._stop.is_set() and self._door_queue.empty()):
                try:
                    review = self._door_queue.get(timeout=0.2)
                except Empty:
                    continue
                wait_for(
                    "the gateway to accept a review",
                    lambda review=review: self._accepted(client, review),  # type: ignore[misc]
                    300,
                )

    def _accepted(self, client: httpx.Client, review: dict[str, Any]) -> bool:
        at = time.time()
        try:
            answer = client.post("/api/v1/reviews", json=review)
        except httpx.TransportError:
            return False
        if answer.status_code == 202:
            self.ledger.sent[review["review_id"]] = at
        elif answer.status_code < 500 and answer.status_code != 429:
            self.failures.append(f"the gateway answered {answer.status_code} to a good review")
            return True
        return answer.status_code == 202


def producer_config(bootstrap: str) -> dict[str, Any]:
    """A patient producer: the load must not lose anything itself."""
    return {
        "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "linger.ms": 5,
        "log_level": 0,
        "delivery.timeout.ms": 180_000, "socket.timeout.ms": 10_000,
    }  # fmt: skip


def send_poison(
    bootstrap: str, ledger: Ledger, round_: str, schema_id: int, foreign_schema_id: int, size: int
) -> int:
    """Send the corpus once, each record among others; return how many the brokers took."""
    config = producer_config(bootstrap) | {
        "compression.type": "zstd",
        "message.max.bytes": 10_000_000,
        "linger.ms": 0,
    }
    producer, before = Producer(config), len(ledger.poisons)
    for poison in corpus(round_, schema_id, foreign_schema_id, size):
        try:
            producer.produce(
                poison.topic, key=poison.key, value=poison.value, headers=list(poison.headers),
                timestamp=poison.timestamp,
                on_delivery=_taken(ledger, poison),
            )  # fmt: skip
        except (KafkaException, ValueError, OverflowError) as error:
            ledger.refused.append(f"{poison.name}: {error}")
        producer.flush(60)
    return len(ledger.poisons) - before


def _taken(ledger: Ledger, poison: Poison) -> Callable[[Any, Message], None]:
    def report(error: Any, message: Message) -> None:
        where = (message.topic(), message.partition(), message.offset())
        if error is not None or None in where:
            ledger.refused.append(f"{poison.name}: {error}")
        else:
            ledger.poisons.append(SentPoison(poison, _known(where)))

    return report


def _known(where: tuple[str | None, int | None, int | None]) -> Coordinates:
    topic, partition, offset = where
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return topic, partition, offset


def send_transactions(bootstrap: str, ledger: Ledger, round_: str, count: int = 20) -> None:
    """Send reviews in a transaction that is aborted once they are on the brokers, then others in
    one that is committed.
    """
    lasting = {"transactional.id": f"chaos-{round_}", "transaction.timeout.ms": 180_000}
    producer = Producer(producer_config(bootstrap) | lasting)
    producer.init_transactions(60)
    for fate in ("aborted", "committed"):
        ids = [f"{fate}-{round_}-{number}" for number in range(count)]
        producer.begin_transaction()
        for review_id in ids:
            producer.produce(
                REVIEWS, key=review_id, value=json.dumps({"review_id": review_id, "text": TEXTS[0]})
            )
        producer.flush(60)
        if fate == "aborted":
            producer.abort_transaction(60)
            ledger.aborted.update(ids)
        else:
            producer.commit_transaction(60)
            ledger.sent.update(dict.fromkeys(ids, time.time()))
