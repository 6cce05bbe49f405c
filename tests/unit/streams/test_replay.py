"""Dead letters back to their topics: which, how often, and what Kafka does not take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.kafka import topic_reader
from infra.kafka.publisher import Failure, Outgoing
from infra.kafka.topic_publisher import Encoder
from infra.settings import Settings
from schemas import avro_files, reasons
from schemas.errors import Origin, Rejected
from schemas.inputs import RawRecord
from schemas.topics import DEAD_LETTERS, REVIEWS_RAW
from streams import replay
from streams.output_messages import dead_letter_message, oversized
from streams.replay import Selection, replay_dead_letters

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALL = Selection(frozenset(), None, None)
UNFIT = Failure(
    0, DEAD_LETTERS.name, "MSG_SIZE_TOO_LARGE", unfit=True, too_large=True, passing=False
)


@dataclass
class Topic:
    """The dead letters there are, and what is sent; ``refuses`` a value for good."""

    letters: list[Outgoing] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    refuses: bytes = b""

    def read(self, *_: object, **__: object) -> list[RawRecord]:
        origins = (Origin(DEAD_LETTERS.name, 0, offset) for offset in range(len(self.letters)))
        return [
            RawRecord(at, each.key, each.value, NOW, tuple(each.headers))
            for at, each in zip(origins, self.letters, strict=True)
        ]

    def send(self, messages: Sequence[Outgoing]) -> list[Failure]:
        refused = [n for n, message in enumerate(messages) if message.value == self.refuses]
        self.sent += [message.value for message in messages if message.value != self.refuses]
        return [
            Failure(n, REVIEWS_RAW.name, "MSG_SIZE_TOO_LARGE", True, True, False) for n in refused
        ]

    def close(self) -> None:
        pass


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    """In place of Kafka and the registry."""

    class Registry:
        def __init__(self, _: object) -> None:
            self.find: Any = lambda *_: avro_files.current("DeadLetter")

        def close(self) -> None:
            pass

    found = Topic()
    monkeypatch.setattr(topic_reader, "SchemaRegistry", Registry)
    monkeypatch.setattr(replay, "Publisher", lambda _: found)
    monkeypatch.setattr(topic_reader, "read_topic", found.read)
    return found


def letter(offset: int, *, value: bytes | None = None, large: bool = False) -> Outgoing:
    record = RawRecord(
        Origin(REVIEWS_RAW.name, 0, offset), b"k", value or b"value %d" % offset, NOW
    )
    rejection = Rejected(reasons.BAD_SCHEMA, stage="decode", origin=record.origin)
    return dead_letter_message(
        record,
        oversized(record, rejection, UNFIT) if large else rejection,
        Encoder(lambda _: 1),
        NOW,
    )


def test_a_record_that_stands_twice_on_the_topic_is_sent_once(topic: Topic) -> None:
    topic.letters = [letter(1), letter(2), letter(1), letter(1)]
    assert list(replay_dead_letters(Settings(), ALL, dry_run=False)) == [
        (REVIEWS_RAW.name, reasons.BAD_SCHEMA, 2)
    ]
    assert topic.sent == [b"value 1", b"value 2"]


def test_a_letter_without_the_value_is_not_sent(topic: Topic) -> None:
    topic.letters = [letter(1, value=b"x" * 100, large=True), letter(2)]
    list(replay_dead_letters(Settings(), ALL, dry_run=False))
    assert topic.sent == [b"value 2"]


def test_what_kafka_does_not_take_back_is_not_counted_and_the_rest_is_sent(topic: Topic) -> None:
    topic.letters, topic.refuses = [letter(n) for n in range(5)], b"value 3"
    assert list(replay_dead_letters(Settings(), ALL, dry_run=False)) == [
        (REVIEWS_RAW.name, reasons.BAD_SCHEMA, 4)
    ]
    assert topic.sent == [b"value 0", b"value 1", b"value 2", b"value 4"]


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x00\x00\x01\xff", b"junk"])
def test_what_is_no_dead_letter_is_passed_over(topic: Topic, value: bytes) -> None:
    topic.letters = [Outgoing(DEAD_LETTERS.name, None, value), letter(1)]
    list(replay_dead_letters(Settings(), ALL, dry_run=False))
    assert topic.sent == [b"value 1"]
