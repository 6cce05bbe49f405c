"""What becomes a row."""

from __future__ import annotations

import io
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any

import fastavro
import orjson
import pytest

from schemas import avro_files, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.records import (
    Alert,
    Aspect,
    AspectSpan,
    CandidateModel,
    DeadLetter,
    Feedback,
    LabellingRequested,
    ModelEvent,
    RetrainingRequested,
    ScoredReview,
    Sentence,
    Sentiment,
    Variant,
)
from schemas.text import MaskedText
from schemas.topics import (
    ALERTS,
    DEAD_LETTERS,
    FEEDBACK,
    LABELLING_REQUESTED,
    MODELS_LIFECYCLE,
    RETRAINING_REQUESTED,
    REVIEWS_SCORED,
    REVIEWS_SHADOW,
    STARS,
    Topic,
)
from streams.sink.core.sink_rows import SHAPES, TABLES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def find(_: int, __: str) -> ParsedSchema | None:
    return avro_files.current("ModelEvent")


def record(topic: str, value: bytes | None) -> RawRecord:
    return RawRecord(Origin(topic, 0, 1), b"en", value, NOW)


def test_a_model_event_keeps_its_traffic_and_candidate_as_json() -> None:
    variant = Variant("champion", "m", "1", "models/1", 1.0)
    candidate = CandidateModel("m", "1", "models/1")
    event = ModelEvent(
        "e",
        "en",
        "promoted",
        "m",
        "1",
        (variant,),
        NOW,
        actor="jane",
        stage="champion",
        candidate=candidate,
    )
    table = TABLES[MODELS_LIFECYCLE.name]
    row = table.row(table.decode(record(MODELS_LIFECYCLE.name, wire.encode(event, 1)), find))
    assert row is not None
    values = dict(zip(table.columns, row, strict=True))
    assert orjson.loads(str(values.pop("traffic"))) == [
        {
            "variant": "champion",
            "model_name": "m",
            "model_version": "1",
            "uri": "models/1",
            "weight": 1.0,
            "shadow": False,
        }
    ]
    assert orjson.loads(str(values["candidate"])) == {
        "name": "m",
        "version": "1",
        "uri": "models/1",
    }
    assert (values["action"], values["created_at"], values["actor"], values["stage"]) == (
        "promoted",
        NOW,
        "jane",
        "champion",
    )


def test_a_deletion_is_no_row_where_the_topic_is_compacted_and_a_rejection_elsewhere() -> None:
    compacted = TABLES[MODELS_LIFECYCLE.name]
    assert compacted.row(compacted.decode(record(MODELS_LIFECYCLE.name, None), find)) is None
    with pytest.raises(Rejection):
        TABLES[FEEDBACK.name].decode(record(FEEDBACK.name, None), find)


def test_shadows_are_stored_apart() -> None:
    scored, shadow = TABLES[REVIEWS_SCORED.name], TABLES[REVIEWS_SHADOW.name]
    assert scored.columns == shadow.columns
    assert (scored.name, shadow.name) == ("predictions", "shadow_predictions")


@pytest.mark.parametrize(
    "probabilities", [None, {"negative": 0.1, "neutral": 0.2, "positive": 0.7}]
)
def test_probabilities_come_through_the_topic_and_are_an_empty_map_where_there_are_none(
    probabilities: dict[Sentiment, float] | None,
) -> None:
    review = ScoredReview(
        "r", "p", "positive", 0.8, 0.7, MaskedText("fine"), "en", 1.0, {}, None, None, None, "m",
        "1", "champion", NOW, NOW, probabilities, evidence=False, language_served=False,
    )  # fmt: skip
    table = TABLES[REVIEWS_SCORED.name]
    row = table.row(
        table.decode(
            record(REVIEWS_SCORED.name, wire.encode(review, 1)),
            lambda *_: avro_files.current("ScoredReview"),
        )
    )
    assert row is not None
    values = dict(zip(table.columns, row, strict=True))
    assert values["probabilities"] == (probabilities or {})
    assert (values["evidence"], values["language_served"]) == (False, False)
    assert table.shape.columns["probabilities"] == "shares"


def test_scored_reviews_of_the_first_schema_are_read_as_those_of_two_classes() -> None:
    new = avro_files.current("ScoredReview")
    old = avro_files.parse(avro_files.versions("ScoredReview")[0])
    review = {
        field["name"]: {"string": "en", "double": 1.0}.get(str(field["type"]))
        for field in old["fields"]
    } | {"sentiment": "positive", "pii": {}, "created_at": NOW, "scored_at": NOW}
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, old, review)
    found = wire.decode(ScoredReview, buffer.getvalue(), old)
    assert (found.probabilities, found.evidence, found.language_served) == (None, True, True)
    assert (found.sentences, found.mixed, found.aspects) == (None, False, None)
    assert len(new["fields"]) == len(old["fields"]) + 6


@pytest.mark.parametrize("sentences", [None, (), (Sentence(0, 5, "negative", 0.1),) * 2])
def test_sentences_come_through_the_topic_and_are_json_empty_where_they_were_not_judged(
    sentences: tuple[Sentence, ...] | None,
) -> None:
    table = TABLES[REVIEWS_SCORED.name]
    review = replace(REVIEW, sentences=sentences, mixed=True)
    decoded = table.decode(
        record(REVIEWS_SCORED.name, wire.encode(review, 1)),
        lambda *_: avro_files.current("ScoredReview"),
    )
    assert decoded == review
    row = table.row(decoded)
    assert row is not None
    values = dict(zip(table.columns, row, strict=True))
    assert values["mixed"] is True
    assert values["sentences"] == (
        "" if sentences is None else orjson.dumps([asdict(each) for each in sentences]).decode()
    )


@pytest.mark.parametrize(
    "aspects", [None, (), (Aspect("battery", "battery", "negative", 0.1, 4, 11),) * 2]
)
def test_aspects_come_through_the_topic_and_are_json_empty_where_they_were_not_asked_for(
    aspects: tuple[Aspect, ...] | None,
) -> None:
    table = TABLES[REVIEWS_SCORED.name]
    review = replace(REVIEW, aspects=aspects)
    decoded = table.decode(
        record(REVIEWS_SCORED.name, wire.encode(review, 1)),
        lambda *_: avro_files.current("ScoredReview"),
    )
    assert decoded == review
    row = table.row(decoded)
    assert row is not None
    assert dict(zip(table.columns, row, strict=True))["aspects"] == (
        "" if aspects is None else orjson.dumps([asdict(each) for each in aspects]).decode()
    )


def test_the_aspect_of_feedback_is_json_empty_where_it_is_on_the_whole_review() -> None:
    table = TABLES[FEEDBACK.name]
    span = AspectSpan(4, 11)
    opinion = Feedback("f", "r", "negative", "user", NOW, span)
    decoded = table.decode(
        record(FEEDBACK.name, wire.encode(opinion, 1)), lambda *_: avro_files.current("Feedback")
    )
    assert decoded == opinion
    row = table.row(decoded)
    assert row is not None
    assert dict(zip(table.columns, row, strict=True))["aspect"] == orjson.dumps(span).decode()
    assert table.shape.columns["aspect"] == "text"


REVIEW = ScoredReview(
    "r", "p", "positive", 0.9, 0.9, MaskedText("good"), "en", 0.9, {}, None, None, None, "m", "1",
    "champion", NOW, NOW,
)  # fmt: skip

STORED: dict[Topic[Any], tuple[Any, str]] = {
    REVIEWS_SCORED: (REVIEW, "predictions"),
    REVIEWS_SHADOW: (REVIEW, "shadow_predictions"),
    FEEDBACK: (Feedback("f", "r", "negative", "user", NOW), "feedback"),
    DEAD_LETTERS: (
        DeadLetter("t", 1, 2, b"private key", b"private value", "mask", "why", "how", NOW),
        "dead_letters",
    ),
    MODELS_LIFECYCLE: (ModelEvent("e", "en", "promoted", "m", "1", (), NOW), "model_events"),
    RETRAINING_REQUESTED: (
        RetrainingRequested("q", "en", "drift", "m", "1", NOW),
        "retraining_requests",
    ),
    LABELLING_REQUESTED: (
        LabellingRequested(
            "q", "r", "p", "en", MaskedText("good"), "positive", 0.5, "m", "1", "uncertainty", 1.0,
            NOW,
        ),
        "labelling_requests",
    ),
    ALERTS: (Alert("a", "f", "firing", "n", "info", "fell", {"a": "b"}, NOW, NOW), "alerts"),
}  # fmt: skip


def test_the_sink_stores_these_topics() -> None:
    assert {topic.name: table for topic, (_, table) in STORED.items()} == {
        topic: table.name for topic, table in TABLES.items()
    }


@pytest.mark.parametrize("topic", STORED, ids=lambda topic: topic.name)
def test_what_is_published_on_a_topic_becomes_a_row_of_its_table(topic: Topic[Any]) -> None:
    published, table = STORED[topic][0], TABLES[topic.name]
    raw = record(topic.name, wire.encode(published, 1))
    row = table.row(table.decode(raw, lambda *_: avro_files.current(type(published).__name__)))
    assert row is not None
    expected = {each.name: getattr(published, each.name) for each in fields(published)}
    if topic == MODELS_LIFECYCLE:
        expected["traffic"] = "[]"
    if topic.record is ScoredReview:
        expected |= {STARS: None, "probabilities": {}, "sentences": "", "aspects": ""}
    if topic == FEEDBACK:
        expected["aspect"] = ""
    if topic == DEAD_LETTERS:  # the bytes may hold personal data
        del expected["key"], expected["value"]
    assert dict(zip(table.columns, row, strict=True)) == expected


@pytest.mark.parametrize(
    ("source", "rating", "stars", "off"),
    [
        (None, 4.0, 4.0, None),
        (None, None, None, None),
        (None, 9.0, None, "stars"),
        ("shop", 100.0, 5.0, None),
        ("shop", 101.0, None, "0..100"),
        ("shop", None, None, None),
        ("other", 100.0, None, "stars"),
    ],
)
def test_a_rating_is_stored_as_given_and_as_stars_by_the_scale_of_its_source(
    source: str | None, rating: float | None, stars: float | None, off: str | None
) -> None:
    scales = Scales.of_settings(["shop=0..100"])
    review = replace(REVIEW, source=source, rating=rating)
    table = TABLES[REVIEWS_SCORED.name]
    row = table.row(review, scales)
    assert row is not None
    values = dict(zip(table.columns, row, strict=True))
    assert (values["rating"], values[STARS]) == (rating, stars)
    assert table.off_scale(row, scales) == off


def test_a_table_without_ratings_is_never_off_a_scale() -> None:
    table = TABLES[FEEDBACK.name]
    assert table.off_scale([None] * len(table.columns), FIVE_STARS) is None


def test_every_table_of_the_sink_has_a_shape_for_all_its_columns_and_a_day() -> None:
    assert SHAPES.keys() == {table.name for table in TABLES.values()}
    for table in TABLES.values():
        shape = SHAPES[table.name]
        assert tuple(shape.columns) == table.columns
        assert shape.columns[shape.day] == "time"
    assert SHAPES["predictions"].columns == SHAPES["shadow_predictions"].columns
    kinds = SHAPES["predictions"].columns
    assert {name: kind for name, kind in kinds.items() if kind != "text"} == {
        "score": "number",
        "confidence": "number",
        "language_confidence": "number",
        "pii": "counts",
        "rating": "number",
        "stars": "number",
        "created_at": "time",
        "scored_at": "time",
        "probabilities": "shares",
        "evidence": "boolean",
        "language_served": "boolean",
        "mixed": "boolean",
    }
    assert {name: shape.day for name, shape in SHAPES.items() if shape.day != "created_at"} == {
        "predictions": "scored_at",
        "shadow_predictions": "scored_at",
        "dead_letters": "failed_at",
    }
    letters = SHAPES["dead_letters"].columns
    assert (letters["partition"], letters["offset"]) == ("integer", "integer")
    assert SHAPES["alerts"].columns["labels"] == "texts"
