"""Records unlike the usual ones: too large, at impossible times, with odd headers, in transactions,
in Confluent's Avro.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from schemas import avro_files
from tests.contract.stream import review
from tests.raw_produce import odd_batch
from tests.raw_produce import produce as send_batch

LONG_ID = orjson.dumps({"review_id": "i" * 600_000, "text": "A fine film."})
HUGE = b"x" * 3_000_000
IMPOSSIBLE_TIMES = (1_755_933_141_855_875, 1_755_933_141_855_875_000, 2**62, 1, 1_755_933_141)


def large_producer(bootstrap: str) -> Producer:
    config = {
        "bootstrap.servers": bootstrap,
        "compression.type": "zstd",
        "message.max.bytes": 4_000_000,
    }
    return Producer(config)


def produce_with_misfits(bootstrap: str) -> None:
    """Sixty reviews ``fits``, and among them two records that fit nowhere."""
    producer = large_producer(bootstrap)
    for number in range(60):
        key, value = review("fits", number)
        producer.produce("reviews.raw", key=key, value=value)
        if number == 20:
            producer.produce("reviews.raw", key="huge-0", value=HUGE)
        if number == 30:
            producer.produce("reviews.raw", key="long-0", value=LONG_ID)
    assert producer.flush(60) == 0


def produce_at_impossible_times(bootstrap: str) -> int:
    """A review ``time`` at each of them; how many the broker took."""
    producer, refused = large_producer(bootstrap), list[Any]()
    for number, timestamp in enumerate(IMPOSSIBLE_TIMES):
        key, value = review("time", number)
        # Apache Kafka 4 takes no times that lie an hour ahead; older brokers and Tansu do.
        producer.produce(
            "reviews.raw",
            key=key,
            value=value,
            timestamp=timestamp,
            on_delivery=lambda e, _: refused.append(e) if e else None,
        )
    assert producer.flush(60) == 0
    return len(IMPOSSIBLE_TIMES) - len(refused)


def produce_with_an_odd_header(bootstrap: str) -> None:
    """Two reviews ``odd`` in one batch, the first with a header whose name is not UTF-8."""
    odd = odd_batch(
        [(b"odd-0", review("odd", 0)[1], b"caf\xe9-bar"), (b"odd-1", review("odd", 1)[1], None)],
        1_755_933_141_855,
    )
    assert send_batch(bootstrap, "reviews.raw", 0, odd) == 0


def produce_in_transactions(bootstrap: str) -> None:
    """Twenty reviews in each of three transactions, ``kept``, ``aborted`` and ``last``."""
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "a-shop"})
    producer.init_transactions(30)
    for prefix, end in (
        ("kept", producer.commit_transaction),
        ("aborted", producer.abort_transaction),
        ("last", producer.commit_transaction),
    ):
        producer.begin_transaction()
        for number in range(20):
            producer.produce(
                "reviews.raw", key=f"{prefix}-{number}", value=review(prefix, number)[1]
            )
        assert producer.flush(30) == 0
        end(30)


def as_confluent_writes(registry: str, document: Mapping[str, object]) -> bytes:
    """A review as Confluent's serializer writes it, by the newest schema."""
    with SchemaRegistryClient({"url": registry}) as client:
        serialize = AvroSerializer(client, avro_files.versions("Review")[-1])
        context = SerializationContext("reviews.raw", MessageField.VALUE)
        value: bytes | None = serialize(document, context)
    assert value is not None
    return value
