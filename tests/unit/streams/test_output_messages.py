"""Outcomes as messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infra.kafka.topic_publisher import Encoder
from schemas import avro_files, wire
from schemas.errors import Origin, Rejected
from schemas.inputs import RawRecord
from schemas.records import DeadLetter, ScoredReview
from schemas.text import MaskedText
from schemas.topics import DEAD_LETTERS, REVIEWS_SCORED, Topic
from streams.output_messages import dead_letter_message, original_headers, scored_message

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ORIGIN = Origin("reviews.raw", 1, 42)
IDS: dict[Topic[Any], int] = {REVIEWS_SCORED: 5, DEAD_LETTERS: 6}
ENCODE = Encoder(IDS.__getitem__)
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HEADERS = (
    ("traceparent", TRACE),
    ("x-user", b"jane@example.org"),
    ("ce_id", b"theirs"),
    ("x-user", None),
)
RECORD = RawRecord(ORIGIN, b"key", b"\xff\x00 as it came", NOW, HEADERS)
REVIEW = ScoredReview(
    "r1", "p1", "positive", 0.9, 0.9, MaskedText("<PERSON> is great"), "en", 0.99, {"PERSON": 1},
    None, None, None, "m", "1",
    "champion", NOW, NOW,
)  # fmt: skip


def test_a_scored_event_is_keyed_by_review_and_carries_only_the_trace_of_the_headers() -> None:
    message = scored_message(RECORD, REVIEW, ENCODE)
    assert (message.topic, message.key) == ("reviews.scored", b"r1")
    assert dict(message.headers) == {
        "traceparent": TRACE,
        "ce_specversion": b"1.0",
        "ce_type": b"undertone.v1.ScoredReview",
        "ce_source": b"undertone/reviews.raw",
        "ce_id": b"reviews.raw-1-42",
    }
    schema_id, body = wire.split(message.value)
    assert schema_id == 5
    assert wire.decode(ScoredReview, body, avro_files.current("ScoredReview")) == REVIEW


def test_a_dead_letter_holds_the_record_as_it_came() -> None:
    rejection = Rejected("not_json", stage="decode", origin=ORIGIN, detail="d")
    message = dead_letter_message(RECORD, rejection, ENCODE, NOW)
    letter = wire.decode(DeadLetter, wire.split(message.value)[1], avro_files.current("DeadLetter"))
    assert letter == DeadLetter(
        "reviews.raw", 1, 42, b"key", b"\xff\x00 as it came", "decode", "not_json", "d", NOW
    )
    assert message.key == b"key"


def test_a_dead_letter_keeps_every_header_and_gives_them_back() -> None:
    message = dead_letter_message(RECORD, Rejected("r", stage="s", origin=ORIGIN), ENCODE, NOW)
    assert ("ce_id", b"reviews.raw-1-42") in message.headers
    assert original_headers(message.headers) == list(HEADERS)


def test_headers_survive_any_number_of_replays() -> None:
    record = RECORD
    for _ in range(3):
        message = dead_letter_message(record, Rejected("r", stage="s", origin=ORIGIN), ENCODE, NOW)
        record = RawRecord(ORIGIN, b"key", b"v", NOW, tuple(original_headers(message.headers)))
    assert record.headers == HEADERS


def test_a_dead_letter_without_key_is_keyed_by_its_origin() -> None:
    record = RawRecord(ORIGIN, None, None, NOW)
    message = dead_letter_message(record, Rejected("r", stage="s", origin=ORIGIN), ENCODE, NOW)
    letter = wire.decode(DeadLetter, wire.split(message.value)[1], avro_files.current("DeadLetter"))
    assert (message.key, letter.key, letter.value) == (b"reviews.raw-1-42", None, b"")
