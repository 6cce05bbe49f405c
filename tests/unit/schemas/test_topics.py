"""The topic catalogue: what each topic owns, and what follows from one entry."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.topic_publisher import Encoder
from schemas import avro_files
from schemas.errors import Origin
from schemas.inputs import RawRecord
from schemas.topics import CATALOGUE, DEAD_LETTERS, DRIFT_DETECTED, LONGEST_KEY, Table, Topic
from streams.sink.core.sink_rows import TABLES, StoredTopic
from streams.tail import describe

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = {
    "reviews.raw": b"review_id",
    "reviews.scored": b"review_id",
    "reviews.shadow": b"review_id",
    "reviews.dead-letter": b"key",
    "feedback": b"review_id",
    "drift.detected": b"segment",
    "retraining.requested": b"language",
    "models.lifecycle": b"language",
    "alerts": b"fingerprint",
    "labelling.requested": b"review_id",
}
"""Topic → the field that is its key, in a record whose texts are the names of their fields."""


def example(annotation: Any, name: str) -> Any:
    """A value of that type: a text is the name of its field."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if isinstance(annotation, UnionType):
        [annotation] = (branch for branch in get_args(annotation) if branch is not NoneType)
    if is_dataclass(annotation):
        return example_record(annotation)
    if get_origin(annotation) is tuple:
        return (example(get_args(annotation)[0], name),)
    if get_origin(annotation) is not None:
        key, value = get_args(annotation)
        names = get_args(key) if get_origin(key) is Literal else (name,)
        return {each: example(value, name) for each in names}
    values = {
        float: 0.5,
        int: 4 if name == "end" else 3,
        bool: True,
        datetime: NOW,
        bytes: name.encode(),
    }
    return values.get(annotation, name)


def example_record(kind: Any) -> Any:
    hints = get_type_hints(kind)
    return kind(**{field.name: example(hints[field.name], field.name) for field in fields(kind)})


def published(topic: Topic[Any], record: Any) -> RawRecord:
    """The record as a reader of the topic gets it."""
    message = Encoder(lambda _: 7)(topic, record)
    return RawRecord(Origin(message.topic, 0, 1), message.key, message.value, NOW)


def find(topic: Topic[Any]) -> Any:
    return lambda *_: avro_files.parse(topic.schema)


@pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.name)
def test_what_is_published_to_a_topic_is_read_from_it_by_all_who_read(topic: Topic[Any]) -> None:
    record = example_record(topic.record)
    message = published(topic, record)
    assert topic.decode(message, find(topic)) == record
    assert set(describe(message, find(topic))) == {field.name for field in fields(record)}
    stored = TABLES.get(topic.name)
    assert (stored is not None) == (topic.table is not None)
    if stored is not None:
        row = stored.row(stored.decode(message, find(topic)))
        assert row is not None
        assert len(row) == len(stored.columns)


@pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.name)
def test_the_key_of_a_message_is_made_from_its_record(topic: Topic[Any]) -> None:
    assert published(topic, example_record(topic.record)).key == KEYS[topic.name]


def test_an_event_about_data_quality_is_keyed_by_the_check() -> None:
    event = example_record(DRIFT_DETECTED.record)
    values = {name: getattr(event, name) for name in event.__slots__}
    event = type(event)(**values | {"segment": "", "detector": "data_quality/empty"})
    assert DRIFT_DETECTED.key(event) == b"empty"


@given(st.none() | st.integers(0, 2 * LONGEST_KEY).map(lambda size: b"k" * size))
def test_a_dead_letter_has_the_key_of_its_record_or_where_that_is_too_long_its_origin(
    key: bytes | None,
) -> None:
    letter = example_record(DEAD_LETTERS.record)
    letter = type(letter)(**{n: getattr(letter, n) for n in letter.__slots__} | {"key": key})
    expected = key if key is not None and len(key) <= LONGEST_KEY else b"topic-3-3"
    assert DEAD_LETTERS.key(letter) == expected


@dataclass(frozen=True, slots=True)
class Coupon:
    """A record that somebody adds."""

    coupon_id: str
    shops: tuple[Shop, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Shop:
    """A record within it."""

    name: str


def test_a_new_record_is_one_class_one_schema_and_one_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = {"type": "record", "name": "Shop", "fields": [{"name": "name", "type": "string"}]}
    time = {"type": "long", "logicalType": "timestamp-millis"}
    schema = {
        "type": "record",
        "namespace": avro_files.NAMESPACE,
        "name": "Coupon",
        "fields": [
            {"name": "coupon_id", "type": "string"},
            {"name": "shops", "type": {"type": "array", "items": shop}},
            {"name": "created_at", "type": time},
        ],
    }
    (tmp_path / "coupon.v1.avsc").write_bytes(orjson.dumps(schema))
    monkeypatch.setattr(avro_files, "FOLDER", tmp_path)
    topic = Topic(
        "coupons", Coupon, lambda it: it.coupon_id.encode(), timedelta(1), Table("coupons")
    )

    coupon = Coupon("c1", (Shop("here"), Shop("there")), NOW)
    message = published(topic, coupon)
    assert message.key == b"c1"
    assert topic.decode(message, lambda *_: avro_files.current("Coupon")) == coupon
    stored = StoredTopic(topic, "coupons", topic.columns)
    row = stored.row(coupon)
    assert row == ["c1", '[{"name":"here"},{"name":"there"}]', NOW]
    assert stored.shape.columns == {"coupon_id": "text", "shops": "text", "created_at": "time"}


ROOT = Path(__file__).parents[3]
ONLY_PLACES = {
    "wire.encode(": {"infra/kafka/topic_publisher.py"},
    "decode_output(": {"schemas/outputs.py", "schemas/topics.py"},
    "_PARTITION_EOF": {
        "infra/kafka/lag.py", "infra/kafka/reader.py", "infra/kafka/unpacking.py",
    },
}  # fmt: skip
"""What is written once, and where."""


@pytest.mark.parametrize("code", ONLY_PLACES)
def test_encoding_decoding_and_reading_to_the_end_are_each_written_once(code: str) -> None:
    rooms = ("schemas", "infra", "models", "streams", "retrain")
    paths = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in paths if code in path.read_text("utf8")}
    assert found == ONLY_PLACES[code]
