"""Whatever a record holds, whoever reads it goes on: every 64-bit time, every shape of header, any
key and value.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from aiokafka import ConsumerRecord
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.kafka.decoding import decoded_or_skipped
from infra.kafka.reader import to_record
from retrain.alerts.alert_sender import _alert
from schemas import reasons, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord
from schemas.records import Alert
from schemas.topics import (
    ALERTS,
    CATALOGUE,
    MODELS_LIFECYCLE,
    REVIEWS_RAW,
    REVIEWS_SCORED,
)
from streams.router.core.pending_events import Pending
from streams.router.lifecycle_consumer import LifecycleConsumer
from streams.sink.core.sink_rows import TABLES
from streams.tail import as_line, describe
from streams.worker.worker_app import raw_record
from tests.unit.streams.processing import SCHEMAS, Broker, find, letters, once, processor, scored

NOW = datetime(2026, 1, 1, tzinfo=UTC)

int64 = st.integers(-(2**63), 2**63 - 1)
timestamps = int64 | st.sampled_from(
    [-1, 0, 1, 1_755_933_141, 1_755_933_141_855, 1_755_933_141_855_875, 2**62, 2**63 - 1]
)
headers = st.lists(
    st.tuples(
        st.sampled_from(["traceparent", "tracestate", "ce_id", "original-x", "", "x"]) | st.text(),
        st.none() | st.binary(),
    ),
    max_size=12,
)
texts = st.text(st.characters(), max_size=300)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | int64
    | texts.map(lambda text: text.encode("utf8", "replace").decode()),
    lambda value: (
        st.lists(value, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "label", "review_id"]), value, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    "review_id",
    "product_id",
    "author_id",
    "rating",
    "language_hint",
    "source",
    "created_at",
    "label",
    "feedback_id",
)
documents = st.fixed_dictionaries(
    {"text": st.just("A fine film, well told.") | json_values},
    optional=dict.fromkeys(FIELDS, json_values),
)
schema_ids = st.integers(0, 2**32 - 1) | st.integers(0, len(SCHEMAS) - 1)
values = (
    st.none()
    | st.binary(max_size=200)
    | documents.map(orjson.dumps)
    | st.tuples(schema_ids, st.binary(max_size=200)).map(
        lambda pair: wire.HEADER.pack(0, pair[0]) + pair[1]
    )
)
keys = st.none() | st.binary(max_size=50) | st.just(b"k" * 5000)


@dataclass
class Message:
    """A librdkafka message; ``headers`` that are an exception are raised."""

    topic_: str
    value_: bytes | None
    key_: bytes | None = None
    timestamp_: int = 1_755_933_141_855
    headers_: Any = None

    def topic(self) -> str:
        return self.topic_

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 7

    def key(self) -> bytes | None:
        return self.key_

    def value(self) -> bytes | None:
        return self.value_

    def timestamp(self) -> tuple[int, int]:
        return 1, self.timestamp_

    def headers(self) -> Any:
        if isinstance(self.headers_, Exception):
            raise self.headers_
        return self.headers_


def consumed(
    offset: int, timestamp: int, key: bytes | None, value: bytes | None, given_headers: Any
) -> Any:
    return ConsumerRecord(
        topic=REVIEWS_RAW.name, partition=0, offset=offset, timestamp=timestamp, timestamp_type=0,
        key=key, value=value,
        checksum=None, serialized_key_size=0, serialized_value_size=0, headers=tuple(given_headers),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(timestamps, headers, keys, values)
def test_every_record_among_good_ones_is_scored_or_a_dead_letter_and_the_good_ones_are_scored(
    timestamp: int,
    given_headers: list[tuple[str, bytes | None]],
    key: bytes | None,
    value: bytes | None,
) -> None:
    good = b'{"review_id": "good", "text": "A fine film, well told."}'
    records = [
        consumed(0, 1_755_933_141_855, None, good, ()),
        consumed(1, timestamp, key, value, given_headers),
        consumed(2, 1_755_933_141_855, None, good, ()),
    ]
    broker = Broker()
    work = processor(broker)
    batch = work.process([raw_record(record) for record in records])
    work.deliver(batch)
    work.finished(batch)
    assert len(scored(broker)) + len(letters(broker)) == len(broker.taken) == 3
    assert [review.review_id for review in scored(broker)].count("good") >= 2
    assert all(len(message.key or b"") <= 1024 for message in broker.taken)
    for letter in letters(broker):
        assert (letter.key, letter.value) == (key, value or b"")


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(TABLES)),
    timestamps,
    headers | st.just(SystemError("no name")),
    keys,
    values,
)
def test_every_record_of_a_stored_topic_is_a_row_or_a_rejection(
    topic: str, timestamp: int, given_headers: Any, key: bytes | None, value: bytes | None
) -> None:
    message: Any = Message(topic, value, key, timestamp, given_headers)
    record = to_record(message)
    assert (record.key, record.value) == (key, value)
    assert datetime(1973, 1, 1, tzinfo=UTC) < record.timestamp < datetime(2200, 1, 1, tzinfo=UTC)
    try:
        row = TABLES[topic].row(TABLES[topic].decode(record, find))
    except Rejection:
        return
    assert row is None or len(row) == len(TABLES[topic].columns)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([topic.name for topic in CATALOGUE]), timestamps, keys, values)
def test_every_record_is_shown_and_what_cannot_be_decoded_is_called_so(
    topic: str, timestamp: int, key: bytes | None, value: bytes | None
) -> None:
    message: Any = Message(topic, value, key, timestamp)
    record = to_record(message)
    assert orjson.loads(as_line(describe(record, find), record))
    assert f"{record.timestamp:%Y-%m-%d %H:%M:%S}"


@settings(max_examples=100, deadline=None)
@given(timestamps, headers | st.just(SystemError("no name")), keys, values)
def test_the_follower_of_models_the_alerts_and_the_loop_go_past_every_record(
    timestamp: int, given_headers: Any, key: bytes | None, value: bytes | None
) -> None:
    message: Any = Message(MODELS_LIFECYCLE.name, value, key, timestamp, given_headers)
    lifecycle = LifecycleConsumer.__new__(LifecycleConsumer)
    lifecycle._find_schema, lifecycle._earlier = find, defaultdict(deque)
    lifecycle._pending, lifecycle._undecoded = Pending(1, 1), Pending(1, 1)
    lifecycle._take(to_record(message))
    assert not lifecycle._undecoded
    retry: Any = once
    message.topic_ = ALERTS.name
    assert isinstance(_alert(to_record(message), retry, find), Alert | None)
    for topic in CATALOGUE:
        found = decoded_or_skipped(topic, to_record(message), find)
        assert isinstance(found, topic.record | None)


@pytest.mark.parametrize(
    "error", [RecursionError, OverflowError, UnicodeError, SystemError, KeyError, ValueError]
)
def test_whatever_a_look_up_does_on_one_record_rejects_that_record(error: type[Exception]) -> None:
    def broken(*_: object) -> ParsedSchema | None:
        raise error("a review may be quoted here")

    record = RawRecord(Origin(REVIEWS_SCORED.name, 0, 1), None, wire.HEADER.pack(0, 1), NOW)
    for table in TABLES.values():
        with pytest.raises(Rejection) as caught:
            table.decode(record, broken)
        assert (caught.value.reason, caught.value.detail) == (
            reasons.PROCESSING_ERROR,
            error.__name__,
        )
