"""What becomes a row."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import fastavro
import orjson
import pytest

from schemas import avro_files, wire
from schemas.avro_files import ParsedSchema
from schemas.errors import Origin, Rejection
from schemas.inputs import RawRecord
from schemas.records import CandidateModel, ModelEvent, ScoredReview, Sentiment, Variant
from schemas.text import MaskedText
from schemas.topics import FEEDBACK, MODELS_LIFECYCLE, REVIEWS_SCORED, REVIEWS_SHADOW
from streams.sink.core.sink_rows import TABLES

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
    assert len(new["fields"]) == len(old["fields"]) + 3
