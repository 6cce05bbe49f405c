"""Those who follow small topics while the Schema Registry is away, or refuses: only the record that
needs it waits.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest

from infra.kafka.reader import PartitionReader
from infra.retry import Retry
from infra.settings import KafkaSettings, RetrySettings
from retrain.runner import topic_follower
from retrain.runner.topic_follower import Followed
from schemas import avro_files, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import Origin, RegistryRefused, RegistryUnavailable
from schemas.inputs import FindSchema, RawRecord
from schemas.records import ModelEvent
from schemas.topics import DRIFT_DETECTED, MODELS_LIFECYCLE
from streams.router.lifecycle_consumer import LifecycleConsumer

KAFKA = KafkaSettings(bootstrap_servers="127.0.0.1:1")


def lifecycle(offset: int, language: str, value: bytes | None) -> RawRecord:
    return RawRecord(
        Origin(MODELS_LIFECYCLE.name, 0, offset),
        language.encode(),
        value,
        datetime(2026, 1, 2, tzinfo=UTC),
    )


def consumer(find: FindSchema) -> tuple[LifecycleConsumer, list[tuple[str, ModelEvent | None]]]:
    """A consumer that looks schemas up by ``find``, and the events that it has followed."""
    followed: list[tuple[str, ModelEvent | None]] = []
    router: Any = SimpleNamespace(follow=lambda *event: followed.append(event), away=lambda _: None)
    waits, stop = RetrySettings(first_s=1e-9, max_s=1e-9), threading.Event()
    made = LifecycleConsumer(
        KAFKA, find, router, Retry(waits, stop, lambda _: None), waits, stop, SimpleQueue()
    )
    made._reader.close()  # there is no broker
    return made, followed


def announced(language: str, schema_id: int) -> tuple[ModelEvent, bytes]:
    event = ModelEvent("id", language, "promoted", "m", "1", (), datetime(2026, 1, 1, tzinfo=UTC))
    return event, wire.encode(event, schema_id)


@pytest.mark.parametrize("error", [RegistryUnavailable("away"), RegistryRefused("no access")])
def test_a_model_event_whose_schema_cannot_be_had_waits_and_those_of_other_languages_are_followed(
    error: Exception,
) -> None:
    answers: dict[int, Exception] = {2: error}

    def find(schema_id: int, _: str) -> ParsedSchema:
        if schema_id in answers:
            raise answers[schema_id]
        return avro_files.current("ModelEvent")

    made, followed = consumer(find)
    english, chinese = announced("en", 2), announced("zh", 1)
    made._take(lifecycle(0, "en", english[1]))
    made._take(lifecycle(1, "zh", chinese[1]))
    made._decode_waiting()
    made._follow()
    assert followed == [("zh", chinese[0])]
    assert not made._caught_up.is_set()
    answers.clear()
    made._decode_waiting()
    made._follow()
    assert followed == [("zh", chinese[0]), ("en", english[0])]
    assert made._caught_up.is_set()


@pytest.mark.parametrize("later", [None, 1])
def test_a_model_event_that_waits_to_be_decoded_is_overtaken_by_a_later_one_of_its_language(
    later: int | None,
) -> None:
    def find(schema_id: int, _: str) -> ParsedSchema:
        if schema_id == 2:
            raise RegistryUnavailable("away")
        return avro_files.current("ModelEvent")

    made, followed = consumer(find)
    made._take(lifecycle(0, "en", announced("en", 2)[1]))
    event, value = announced("en", later) if later else (None, None)
    made._take(lifecycle(1, "en", value))
    made._decode_waiting()
    made._follow()
    assert followed == [("en", event)]
    assert made._caught_up.is_set()


def test_a_malformed_model_event_does_not_overtake_one_that_waits_to_be_decoded() -> None:
    def away(*_: object) -> ParsedSchema:
        raise RegistryUnavailable("away")

    made, _ = consumer(away)
    made._take(lifecycle(0, "en", announced("en", 2)[1]))
    made._take(lifecycle(1, "en", b"not Avro"))
    assert len(made._undecoded) == 1


def test_a_follower_goes_on_while_the_registry_refuses_a_record() -> None:
    def refused(*_: object) -> ParsedSchema:
        raise RegistryRefused("no access")

    made, _ = consumer(refused)
    ended = list[int]()
    made._reader._consumer = Delivering(b"\0\0\0\0\1avro")  # type: ignore[assignment]
    made._tick = made._stop.set
    made._run(failed=lambda: ended.append(1))
    assert ended == []
    assert len(made._undecoded) == 1


class Delivering:
    """A consumer that delivers one record."""

    def __init__(self, value: bytes) -> None:
        self._values = [value]

    def poll(self, _: float) -> Any:
        if not self._values:
            return None
        value = self._values.pop()
        return SimpleNamespace(
            error=lambda: None, topic=lambda: DRIFT_DETECTED.name, partition=lambda: 0,
            offset=lambda: 3, key=lambda: None,
            value=lambda: value, timestamp=lambda: (1, 1000), headers=lambda: None,
        )  # fmt: skip

    def list_topics(self, topic: str, **_: Any) -> Any:
        return SimpleNamespace(topics={topic: SimpleNamespace(error=None, partitions={0: None})})

    def assign(self, _: Any) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


def test_a_record_that_waits_for_the_registry_is_not_lost_to_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report, answers = object(), [RegistryUnavailable("away"), None]

    def decode(*_: Any) -> object:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return report

    monkeypatch.setattr(topic_follower, "decoded_or_skipped", decode)
    followed = Followed.__new__(Followed)
    followed._reader = PartitionReader(KAFKA, "loop", logging.getLogger())
    followed._reader.close()  # there is no broker
    followed._reader._consumer, followed._undecoded = Delivering(b"x"), None  # type: ignore[assignment]
    followed._topics, followed._records = (
        {DRIFT_DETECTED.name: DRIFT_DETECTED},
        {DRIFT_DETECTED.name: []},
    )
    followed._find_schema, followed._stop = lambda *_: None, threading.Event()
    with pytest.raises(RegistryUnavailable):
        followed.read()
    followed.read()
    assert followed._records[DRIFT_DETECTED.name] == [report]
