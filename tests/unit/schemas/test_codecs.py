"""Bytes ↔ records: what goes in comes out, and anything else is rejected with a reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import avro_files, reasons, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import Origin, Rejection
from schemas.inputs import FindSchema, RawRecord, decode_feedback, decode_review
from schemas.records import (
    Alert,
    AspectSpan,
    CandidateModel,
    DeadLetter,
    DriftDetected,
    Feedback,
    LabellingRequested,
    ModelEvent,
    RetrainingRequested,
    Review,
    ScoredReview,
    TrialStage,
    Variant,
)
from schemas.text import MaskedText

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
ORIGIN = Origin("reviews.raw", 3, 14)
REVIEW_ID, FEEDBACK_ID = 7, 8
NUMBERS_ARE_TOLD_FROM = datetime(1970, 3, 27, tzinfo=UTC)
"""Milliseconds before it are taken for seconds."""
REASONS = {None} | {value for name, value in vars(reasons).items() if name.isupper()}

text = st.text(st.characters(exclude_categories=["Cs"]))
times = st.integers(0, 7_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
optional_text = st.none() | text
sentiments = st.sampled_from(["negative", "neutral", "positive"])
ratings = st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False)
names, hints = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=256),
    st.none() | st.from_regex("[a-z-]{0,35}", fullmatch=True),
)
ids = names.filter(bool)
reviews = st.builds(
    Review, ids, text, times, names, author_id=st.none() | names, rating=ratings,
    language_hint=hints, source=st.none() | names,
)  # fmt: skip
spans = st.builds(AspectSpan, st.just(3), st.integers(4, 2**31 - 1))
feedback = st.builds(
    Feedback, ids, ids, sentiments, st.sampled_from(["user", "moderator"]), times,
    st.none() | spans,
)  # fmt: skip
scored = st.builds(
    ScoredReview, text, text, sentiments, st.floats(0, 1), st.floats(0, 1), text.map(MaskedText),
    text, st.floats(0, 1),
    st.dictionaries(text, st.integers(0, 1000)), ratings, optional_text, optional_text, text, text,
    text, times, times,
)  # fmt: skip
int32, int64 = st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1)
letters = st.builds(
    DeadLetter, text, int32, int64, st.none() | st.binary(), st.binary(), text, text, text, times
)
variants = st.builds(Variant, text, text, text, text, st.floats(0, 1), st.booleans())
actions = st.sampled_from(
    ["registered", "promoted", "rolled_back", "traffic", "rejected", "retired"]
)
stages = st.sampled_from(get_args(TrialStage))
candidates = st.none() | st.builds(CandidateModel, text, text, text)
events = st.builds(
    ModelEvent, text, text, actions, text, text, st.lists(variants).map(tuple), times, text, text,
    text, text, stages, candidates,
)  # fmt: skip
drifts = st.builds(
    DriftDetected, text, text, st.sampled_from(["input", "prediction", "concept", "quality"]), text,
    times, times, int64, text,
    text, text, st.floats(0, 1), st.floats(0, 1), times, st.none() | st.floats(0, 1), text, text,
)  # fmt: skip
why = st.sampled_from(["drift", "performance", "schedule", "manual"])
requests = st.builds(RetrainingRequested, text, text, why, text, text, times, text, text, text)
alerts = st.builds(
    Alert, text, text, st.sampled_from(["firing", "resolved"]), text,
    st.sampled_from(["info", "warning", "critical"]), text,
    st.dictionaries(text, text), times, times, text, text, st.none() | times,
)  # fmt: skip

asked = st.builds(
    LabellingRequested, text, text, text, text, text.map(MaskedText), sentiments, st.floats(0, 1),
    text, text,
    st.sampled_from(["uncertainty", "disagreement", "drift", "chance"]), st.floats(0, 10), times,
    text,
)  # fmt: skip


def find(schema_id: int, _: str = "") -> ParsedSchema | None:
    record = {REVIEW_ID: "Review", FEEDBACK_ID: "Feedback"}.get(schema_id)
    return None if record is None else avro_files.parse(avro_files.versions(record)[-1])


def raw(value: bytes | None) -> RawRecord:
    return RawRecord(ORIGIN, b"key", value, NOW)


def outcome(decode: Callable[[RawRecord, FindSchema], object], value: bytes) -> str | None:
    try:
        decode(raw(value), find)
    except Rejection as rejection:
        return rejection.reason
    return None


def reason_of(value: bytes | None) -> str:
    with pytest.raises(Rejection) as caught:
        decode_review(raw(value), find)
    return caught.value.reason


@given(reviews | scored | feedback | letters | events | drifts | requests | alerts | asked)
def test_what_is_encoded_decodes_to_the_same(record: Any) -> None:
    kind: Any = type(record)
    schema_id, body = wire.split(wire.encode(record, 42))
    assert schema_id == 42
    assert wire.decode(kind, body, avro_files.current(kind.__name__)) == record


@given(st.binary() | st.binary().map(lambda body: wire.HEADER.pack(0, REVIEW_ID) + body))
@example(b"\x00\x00\x00\x00\x07\xff\xff\xff\xff\x0f")
def test_arbitrary_bytes_are_decoded_or_rejected_and_nothing_else(value: bytes) -> None:
    for decode in (decode_review, decode_feedback):
        assert outcome(decode, value) in REASONS


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers(-(2**53), 2**53) | text,
        lambda x: st.dictionaries(text, x),
    )
)
def test_arbitrary_json_is_decoded_or_rejected_and_nothing_else(document: Any) -> None:
    fields = dict.fromkeys(
        ["review_id", "text", "rating", "created_at", "product_id", "source"], document
    )
    for value in (
        document,
        fields,
        fields | {"text": "fine"},
        fields | {"text": "fine", "review_id": "r"},
    ):
        assert outcome(decode_review, orjson.dumps(value)) in {None, reasons.BAD_SCHEMA}


@given(reviews)
def test_avro_and_json_of_a_review_decode_to_the_same(review: Review) -> None:
    review = replace(review, created_at=max(review.created_at, NUMBERS_ARE_TOLD_FROM))
    names = [name for name in Review.__slots__ if name != "created_at"]
    document = {name: getattr(review, name) for name in names} | {
        "created_at": review.created_at.isoformat()
    }
    from_json = decode_review(raw(orjson.dumps(document)), find)
    from_avro = decode_review(raw(wire.encode(review, REVIEW_ID)), find)
    assert abs(from_json.created_at - from_avro.created_at) < timedelta(milliseconds=1)
    assert [getattr(from_json, name) for name in names] == [
        getattr(from_avro, name) for name in names
    ]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, reasons.EMPTY_VALUE),
        (b"", reasons.EMPTY_VALUE),
        (b"\x00", reasons.BAD_WIRE_FORMAT),
        (b"\x00\x00\x00\x00\x09junk", reasons.UNKNOWN_SCHEMA),
        (b"\x00\x00\x00\x00\x07junk", reasons.BAD_SCHEMA),
        (b"\x00\x00\x00\x00\x08junk", reasons.BAD_SCHEMA),
        (b"not json", reasons.NOT_JSON),
        (b"\xff" * 50, reasons.NOT_JSON),
        (b"[1, 2]", reasons.BAD_SCHEMA),
        (b'{"review_id": "x"}', reasons.BAD_SCHEMA),
        (b'{"text": 7}', reasons.BAD_SCHEMA),
        (b'{"text": "ok", "rating": "five"}', reasons.BAD_SCHEMA),
        (b'{"text": "ok", "rating": [5]}', reasons.BAD_SCHEMA),
        (b'{"text": "ok", "review_id": ""}', reasons.BAD_SCHEMA),
        (b'{"text": "ok", "created_at": "yesterday"}', reasons.BAD_SCHEMA),
        (b'{"text": "ok", "created_at": 1e300}', reasons.BAD_SCHEMA),
        (b'{"text": "ok", "created_at": "1066-10-14"}', reasons.BAD_SCHEMA),
        (b'{"text": "' + b"a" * 100_001 + b'"}', reasons.TOO_LONG),
    ],
)
def test_bad_input_has_a_stable_reason(value: bytes | None, reason: str) -> None:
    assert reason_of(value) == reason


def test_bytes_after_the_record_are_rejected() -> None:
    review = Review("r", "text", NOW)
    assert reason_of(wire.encode(review, REVIEW_ID) + b"x") == reasons.BAD_SCHEMA


def test_an_avro_review_without_id_is_rejected() -> None:
    assert reason_of(wire.encode(Review("", "text", NOW), REVIEW_ID)) == reasons.BAD_SCHEMA


def test_json_needs_no_more_than_a_text() -> None:
    review = decode_review(raw(b'{"text": "fine", "extra": {"ignored": true}}'), find)
    assert review == Review("reviews.raw-3-14", "fine", NOW)


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        ('"2024-02-29T12:00:00Z"', datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (
            '"2024-02-29T12:00:00+02:00"',
            datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=2))),
        ),
        ('"2024-02-29"', datetime(2024, 2, 29, tzinfo=UTC)),
        ("1709208000000", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("1709208000", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("1709208000.0", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("1709208000000000", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("1709208000000000000", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("null", NOW),
    ],
)
def test_json_times_are_iso_8601_or_numbers_told_apart_by_magnitude(
    created_at: str, expected: datetime
) -> None:
    assert (
        decode_review(
            raw(f'{{"text": "fine", "created_at": {created_at}}}'.encode()), find
        ).created_at
        == expected
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'\xef\xbb\xbf{"text": "fine"}', Review("reviews.raw-3-14", "fine", NOW)),
        (
            b'{"text": "fine", "review_id": null, "product_id": null, "rating": null}',
            Review("reviews.raw-3-14", "fine", NOW),
        ),
        (
            b'{"text": "fine", "review_id": 42, "product_id": 7, "rating": " 4.5"}',
            Review("42", "fine", NOW, "7", rating=4.5),
        ),
    ],
)
def test_json_is_taken_for_what_it_means(value: bytes, expected: Review) -> None:
    assert decode_review(raw(value), find) == expected


@pytest.mark.parametrize("rating", ['"nan"', '"inf"', '"1e40"', '"five"', '""'])
def test_a_rating_that_is_no_number_is_refused(rating: str) -> None:
    assert reason_of(f'{{"text": "fine", "rating": {rating}}}'.encode()) == reasons.BAD_SCHEMA


@pytest.mark.parametrize("rating", [float("nan"), float("inf"), -float("inf")])
def test_a_rating_in_avro_that_is_no_number_is_refused(rating: float) -> None:
    assert (
        reason_of(wire.encode(Review("r", "text", NOW, rating=rating), REVIEW_ID))
        == reasons.BAD_SCHEMA
    )


def test_feedback_in_json_is_from_a_user_unless_it_says_otherwise() -> None:
    decoded = decode_feedback(raw(b'{"review_id": "r", "label": "negative"}'), find)
    assert decoded == Feedback("reviews.raw-3-14", "r", "negative", "user", NOW)


@pytest.mark.parametrize(
    "value",
    [b'{"label": "negative"}', b'{"review_id": "r", "label": "great"}', b'{"review_id": "r"}'],
)
def test_feedback_without_review_or_label_is_rejected(value: bytes) -> None:
    with pytest.raises(Rejection, match=reasons.BAD_SCHEMA):
        decode_feedback(raw(value), find)


def test_text_shows_neither_in_reprs_nor_in_rejections() -> None:
    secret = "call me on 555-0100"
    review = Review("r", secret, NOW, author_id=secret)
    letter = DeadLetter("t", 0, 0, secret.encode(), secret.encode(), "decode", "not_json", "", NOW)
    assert secret not in repr(review) + repr(letter) + repr(raw(secret.encode()))
    with pytest.raises(Rejection) as caught:
        decode_review(raw(orjson.dumps({"text": [secret], "rating": secret})), find)
    assert secret not in str(caught.value) + repr(caught.value)


def test_a_rating_is_finite() -> None:
    assert math.isfinite(decode_review(raw(b'{"text": "t", "rating": 4.5}'), find).rating or 0)
    assert reason_of(b'{"text": "t", "rating": 1e300}') == reasons.BAD_SCHEMA
