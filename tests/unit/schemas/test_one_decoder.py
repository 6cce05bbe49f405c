"""JSON, Avro and the gateway take the same values for the same fields: one table, through all of
them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import fastavro
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import avro_files, reasons, wire
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord, decode_feedback, decode_review
from schemas.rating_scale import Scales
from schemas.records import AspectSpan, Feedback, Review
from streams.gateway.api_schemas import FeedbackForm, ReviewForm
from streams.gateway.gateway_records import raw_record

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
SECONDS = 1_709_208_000
ORIGIN = Origin("reviews.raw", 3, 14)
THUMBS = Scales.of_settings(["shop=thumbs", "ten-stars"])
Document = Mapping[str, Any]
Send = Callable[[type, Document], RawRecord]


def kind_of(value: object) -> Any:
    kinds = {
        str: "string",
        bytes: "bytes",
        bool: "boolean",
        int: "long",
        float: "double",
        type(None): "null",
    }
    return kinds[type(value)]


def schema_of(
    record: type,
    document: Document,
    kinds: Mapping[str, Any] = MappingProxyType({}),
    namespace: str = "com.shop.events",
) -> dict[str, Any]:
    """A schema such as a stranger writes: the name alone is ours, each field has the type of its
    value.
    """
    fields = [
        {"name": name, "type": kinds[name] if name in kinds else kind_of(value)}
        for name, value in document.items()
    ]
    return {"type": "record", "name": record.__name__, "namespace": namespace, "fields": fields}


def avro_record(
    schema: Mapping[str, Any], document: Document
) -> tuple[RawRecord, avro_files.ParsedSchema]:
    body = io.BytesIO()
    fastavro.schemaless_writer(body, dict(schema), dict(document))
    value = wire.HEADER.pack(wire.MAGIC, 7) + body.getvalue()
    return RawRecord(ORIGIN, b"key", value, NOW), avro_files.parse(json.dumps(schema))


def decoded(way: str, record: type, document: Document, scales: Scales = THUMBS) -> Any:
    raw, writer = RawRecord(ORIGIN, b"key", orjson.dumps(dict(document)), NOW), None
    if way == "avro":
        raw, writer = avro_record(schema_of(record, document), document)
    elif way == "avro, all may be null":
        kinds = {name: ["null", "string", "boolean", "long", "double"] for name in document}
        raw, writer = avro_record(schema_of(record, document, kinds), document)
    elif way == "gateway":
        form: Any = FeedbackForm if record is Feedback else ReviewForm
        identity = {"feedback_id" if record is Feedback else "review_id": str(ORIGIN)}
        raw = raw_record(form.model_validate(dict(document)), identity, 0, NOW)
    if record is Feedback:
        return decode_feedback(raw, lambda *_: writer)
    return decode_review(raw, lambda *_: writer, scales)


WAYS = pytest.mark.parametrize("way", ["json", "avro", "avro, all may be null", "gateway"])


@WAYS
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, {"created_at": NOW}),
        ({"created_at": None}, {"created_at": NOW}),
        ({"created_at": ""}, {"created_at": NOW}),
        ({"created_at": 0}, {"created_at": NOW}),
        ({"created_at": "1970-01-01T00:00:00Z"}, {"created_at": NOW}),
        ({"created_at": SECONDS}, {"created_at": NOON}),
        ({"created_at": float(SECONDS)}, {"created_at": NOON}),
        ({"created_at": SECONDS * 10**3}, {"created_at": NOON}),
        ({"created_at": SECONDS * 10**6}, {"created_at": NOON}),
        ({"created_at": SECONDS * 10**9}, {"created_at": NOON}),
        ({"created_at": str(SECONDS)}, {"created_at": NOON}),
        ({"created_at": "2024-02-29T13:00:00+01:00"}, {"created_at": NOON}),
        ({"created_at": "2024-02-29"}, {"created_at": NOON.replace(hour=0)}),
        ({"created_at": "20240229"}, {"created_at": NOON.replace(hour=0)}),
        ({"review_id": 42, "product_id": 7}, {"review_id": "42", "product_id": "7"}),
        (
            {"review_id": None, "product_id": None, "source": None},
            {"review_id": str(ORIGIN), "product_id": "", "source": None},
        ),
        ({"author_id": 5, "source": 6}, {"author_id": "5", "source": "6"}),
        ({"rating": 4}, {"rating": 4.0}),
        ({"rating": 4.5}, {"rating": 4.5}),
        ({"rating": "4.5"}, {"rating": 4.5}),
        ({"rating": None}, {"rating": None}),
        ({"rating": True, "source": "shop"}, {"rating": 1.0}),
        ({"rating": "False", "source": "shop"}, {"rating": 0.0}),
        ({"rating": True}, {"rating": 10.0}),
        ({"rating": False, "source": "web"}, {"rating": 1.0}),
    ],
)
def test_a_review_is_taken_for_what_it_means_whichever_way_it_comes(
    way: str, sent: Document, expected: Document
) -> None:
    review = decoded(way, Review, {"text": "fine", **sent})
    assert {name: getattr(review, name) for name in expected} == expected


@WAYS
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text": None}, "text"),
        ({"text": 7}, "text"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": -5}, "created_at"),
        ({"created_at": 2**63 - 1}, "created_at"),
        ({"created_at": True}, "created_at"),
        ({"review_id": ""}, "review_id"),
        ({"product_id": 1.5}, "product_id"),
        ({"rating": "five"}, "rating"),
        ({"rating": "nan"}, "rating"),
        ({"rating": 1e300}, "rating"),
        ({"source": "s" * 257}, "source"),
    ],
)
def test_what_is_wrong_with_a_review_names_the_field(way: str, sent: Document, field: str) -> None:
    with pytest.raises((Rejection, ValueError), match=field):
        decoded(way, Review, {"text": "fine", **sent})


@WAYS
def test_feedback_needs_a_review_and_a_label_only(way: str) -> None:
    assert decoded(way, Feedback, {"review_id": 9, "label": "neutral"}) == Feedback(
        str(ORIGIN), "9", "neutral", "user", NOW
    )
    for wrong, field in (
        ({"label": "great"}, "label"),
        ({"review_id": None}, "review_id"),
        ({"source": "crowd"}, "source"),
    ):
        with pytest.raises((Rejection, ValueError), match=field):
            decoded(way, Feedback, {"review_id": "r", "label": "neutral"} | wrong)


BATTERY = {"start": 4, "end": 11}
NAMED_ASPECT: Mapping[str, Any] = {
    "type": "record",
    "name": "Part",
    "fields": [
        {"name": "start", "type": "int"},
        {"name": "end", "type": "int"},
    ],
}


@pytest.mark.parametrize("way", ["json", "avro", "gateway"])
def test_feedback_may_be_on_one_aspect_of_a_review(way: str) -> None:
    document = {"review_id": "r", "label": "negative", "aspect": BATTERY}
    if way == "avro":
        schema = schema_of(Feedback, document, {"aspect": NAMED_ASPECT})
        raw, writer = avro_record(schema, document)
        found = decode_feedback(raw, lambda *_: writer)
    else:
        found = decoded(way, Feedback, document)
    assert found.aspect == AspectSpan(4, 11)


@pytest.mark.parametrize("way", ["json", "gateway"])
@pytest.mark.parametrize(
    "wrong",
    [
        "battery",
        {"start": 4},
        BATTERY | {"start": -1},
        BATTERY | {"end": 4},
        BATTERY | {"end": 2**31},
        BATTERY | {"start": 4.5},
    ],
)
def test_feedback_on_what_is_no_part_of_a_text_is_refused_rather_than_taken_for_the_review(
    way: str, wrong: object
) -> None:
    with pytest.raises((Rejection, ValueError), match="aspect"):
        decoded(way, Feedback, {"review_id": "r", "label": "negative", "aspect": wrong})


@pytest.mark.parametrize("wrong", [BATTERY | {"start": -1}, BATTERY | {"end": 4}])
def test_feedback_in_avro_on_what_is_no_part_of_a_text_is_refused(wrong: dict[str, int]) -> None:
    document = {"review_id": "r", "label": "negative", "aspect": wrong}
    raw, writer = avro_record(schema_of(Feedback, document, {"aspect": NAMED_ASPECT}), document)
    with pytest.raises(Rejection, match="aspect"):
        decode_feedback(raw, lambda *_: writer)


def test_words_that_are_sent_with_an_aspect_are_not_kept() -> None:
    aspect = BATTERY | {"term": "Jane Doe 555-0134", "category": "jane@example.org"}
    document = {"review_id": "r", "label": "negative", "aspect": aspect}
    assert decoded("json", Feedback, document).aspect == AspectSpan(4, 11)


@WAYS
@given(ahead=st.integers(1, 10**9))
def test_feedback_is_never_dated_later_than_it_arrived(way: str, ahead: int) -> None:
    later = NOW + timedelta(seconds=ahead)
    document = {"review_id": "r", "label": "positive", "created_at": later.isoformat()}
    assert decoded(way, Feedback, document).created_at == NOW


def test_feedback_is_held_against_the_time_when_it_was_read_where_that_is_known() -> None:
    document = {"review_id": "r", "label": "positive", "created_at": "2025-01-01T00:00:00Z"}
    long_ago = RawRecord(ORIGIN, None, orjson.dumps(document), NOON, arrived=NOW)
    assert decode_feedback(long_ago, lambda *_: None).created_at == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("namespace", ["undertone.v1", "com.shop.events", ""])
def test_a_record_matches_by_the_last_part_of_its_name(namespace: str) -> None:
    raw, writer = avro_record(
        schema_of(Review, {"text": "fine"}, namespace=namespace), {"text": "fine"}
    )
    assert decode_review(raw, lambda *_: writer).text == "fine"


@pytest.mark.parametrize("name", ["Comment", "ReviewOfReview", "Feedback"])
def test_a_record_of_another_name_is_refused(name: str) -> None:
    raw, writer = avro_record(
        schema_of(Review, {"text": "fine"}) | {"name": name}, {"text": "fine"}
    )
    with pytest.raises(Rejection, match="Review"):
        decode_review(raw, lambda *_: writer)


def test_a_field_of_bytes_that_are_no_text_is_named() -> None:
    raw, writer = avro_record(schema_of(Review, {"text": b""}), {"text": b"\xff"})
    with pytest.raises(Rejection, match="text is not UTF-8") as caught:
        decode_review(raw, lambda *_: writer)
    assert caught.value.reason == reasons.BAD_SCHEMA


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("long", SECONDS * 1000, NOON),
        ({"type": "long", "logicalType": "timestamp-millis"}, SECONDS * 1000, NOON),
        ({"type": "long", "logicalType": "timestamp-millis"}, SECONDS, NOON),
        ({"type": "long", "logicalType": "timestamp-millis"}, SECONDS * 10**6, NOON),
        ({"type": "long", "logicalType": "timestamp-micros"}, SECONDS * 10**6, NOON),
        ({"type": "long", "logicalType": "timestamp-nanos"}, SECONDS * 10**9, NOON),
        (["null", {"type": "long", "logicalType": "timestamp-millis"}], None, NOW),
        ({"type": "int", "logicalType": "date"}, SECONDS // 86_400, NOON.replace(hour=0)),
        ("int", SECONDS, NOON),
        ("float", 0.0, NOW),
        ("double", SECONDS + 0.5, NOON + timedelta(milliseconds=500)),
    ],
)
def test_a_time_in_avro_is_told_by_its_magnitude_whatever_its_schema_declares(
    kind: Any, value: Any, expected: datetime
) -> None:
    document = {"text": "fine", "created_at": value}
    plain = json.loads(json.dumps(kind).replace("logicalType", "doc"))
    raw, _ = avro_record(schema_of(Review, document, {"created_at": plain}), document)
    writer = avro_files.parse(json.dumps(schema_of(Review, document, {"created_at": kind})))
    assert decode_review(raw, lambda *_: writer).created_at == expected


@given(st.datetimes(datetime(1970, 3, 27), datetime(2199, 12, 31)), st.sampled_from([10**3, 10**6]))
def test_any_time_from_april_1970_on_is_read_in_the_unit_it_was_written_in(
    moment: datetime, unit: int
) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    seconds = int(moment.timestamp())
    for number in (seconds, seconds * unit):
        assert decoded("json", Review, {"text": "fine", "created_at": number}).created_at == moment
