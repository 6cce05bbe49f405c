"""The worker's Faust app: its connection to Kafka, and records as the pipeline takes them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from aiokafka import ConsumerRecord

from infra.settings import KafkaSettings, ScoringSettings
from schemas.topics import REVIEWS_RAW
from streams.worker.run_consumer import RunConsumer
from streams.worker.worker_app import build_app, raw_record


async def test_the_connection_waits_and_isolates_as_the_settings_say() -> None:
    processor: Any = SimpleNamespace(deliver=None)
    app = build_app(KafkaSettings(fetch_wait_ms=70), ScoringSettings(), processor=processor)
    consumer, transport = app.consumer, app.transport
    assert isinstance(consumer, RunConsumer)
    made = consumer._new_consumer_thread()._create_worker_consumer(transport)  # type: ignore[arg-type]
    await made.stop()
    assert made._fetch_max_wait_ms == 70
    assert made._isolation_level == KafkaSettings().isolation_level == "read_committed"


def test_a_record_keeps_its_coordinates_bytes_headers_and_time_to_the_millisecond() -> None:
    record: Any = ConsumerRecord(
        topic=REVIEWS_RAW.name, partition=1, offset=9, timestamp=1_700_000_000_123,
        timestamp_type=0,
        key=b"k", value=b"v", checksum=None, serialized_key_size=1, serialized_value_size=1,
        headers=(("traceparent", b"t"),),
    )  # fmt: skip
    raw = raw_record(record)
    assert (raw.origin, raw.key, raw.value) == ((REVIEWS_RAW.name, 1, 9), b"k", b"v")
    assert raw.headers == (("traceparent", b"t"),)
    assert raw.timestamp == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
