"""Records that are told on a topic: each once, whatever was told before and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.kafka import topic_publisher, topic_reader
from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.publisher import Outgoing, Publisher
from infra.kafka.reader import read_topic
from infra.settings import KafkaSettings, Settings
from retrain.shared.outbox import Outbox
from schemas import avro_files
from schemas.errors import BrokerUnavailable
from schemas.records import DriftDetected
from schemas.topics import DRIFT_DETECTED
from tests.servers import kafka_in_process

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Registry:
    """Knows one schema."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    def register(self, topic: Any) -> int:
        assert topic is DRIFT_DETECTED
        return 7

    def find(self, schema_id: int, topic: str) -> Any:
        return (
            avro_files.current("DriftDetected")
            if (schema_id, topic) == (7, DRIFT_DETECTED.name)
            else None
        )

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Those of a broker without a record."""
    monkeypatch.setattr(topic_reader, "SchemaRegistry", Registry)
    monkeypatch.setattr(topic_publisher, "SchemaRegistry", Registry)
    with kafka_in_process.running(DRIFT_DETECTED.name) as bootstrap:
        yield Settings(kafka=KafkaSettings(bootstrap_servers=bootstrap))


def opened(settings: Settings) -> Outbox[DriftDetected]:
    return Outbox(settings, DRIFT_DETECTED, lambda event: event.event_id)


def drift(*numbers: int) -> list[DriftDetected]:
    return [
        DriftDetected(
            f"drift-{n}",
            "vocabulary",
            "input",
            f"segment-{n}",
            NOW,
            NOW,
            500,
            "ref",
            "reviews-en",
            "1",
            0.4,
            0.2,
            NOW,
        )
        for n in numbers
    ]


def told(settings: Settings) -> list[tuple[bytes | None, str]]:
    """(key, id) of what the topic holds."""
    records = list(read_topic(settings.kafka, DRIFT_DETECTED.name, follow=False))
    events = [
        decoded_or_skipped(DRIFT_DETECTED, record, Registry(settings).find) for record in records
    ]
    return sorted(
        (record.key, event.event_id)
        for record, event in zip(records, events, strict=True)
        if event is not None
    )


def test_what_is_told_once_is_not_told_again_not_even_by_the_next_process(
    settings: Settings,
) -> None:
    with closing(opened(settings)) as first:
        assert first.tell(drift(1, 2)) == ["drift-1", "drift-2"]
        assert first.tell(drift(2, 3)) == ["drift-3"]
        assert first.tell(drift(1, 2, 3)) == []
    with closing(opened(settings)) as second:
        assert second.tell(drift(3, 4)) == ["drift-4"]
    assert told(settings) == [(b"segment-%d" % n, f"drift-{n}") for n in (1, 2, 3, 4)]


def test_what_the_broker_did_not_confirm_is_told_the_next_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(settings)) as box:

        def unconfirmed(*_: Any) -> None:
            raise BrokerUnavailable("away")

        with monkeypatch.context() as patched:
            patched.setattr(Publisher, "publish", unconfirmed)
            with pytest.raises(BrokerUnavailable):
                box.tell(drift(1))
        assert box.tell(drift(1)) == ["drift-1"]
    assert told(settings) == [(b"segment-1", "drift-1")]


def test_what_is_on_the_topic_and_cannot_be_decoded_is_passed_over(settings: Settings) -> None:
    with closing(Publisher(settings.kafka)) as publisher:
        publisher.publish(
            [
                Outgoing(DRIFT_DETECTED.name, b"k", value)
                for value in (b"", b"no record", b"\0\0\0\0\x08")
            ]
        )
    with closing(opened(settings)) as box:
        assert box.tell(drift(1)) == ["drift-1"]
