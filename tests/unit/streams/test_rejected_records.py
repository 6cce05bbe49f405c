"""A record that cannot be processed is rejected alone, and its dead letter says why."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from schemas import reasons
from schemas.errors import Origin
from schemas.inputs import RawRecord
from schemas.records import ScoredReview
from schemas.topics import (
    DEAD_LETTERS,
    REVIEWS_RAW,
    REVIEWS_SCORED,
)
from streams.output_messages import original_headers
from streams.router.core.live_models import LiveModels
from streams.router.core.model_plan import key_of
from streams.worker.batch_processor import Processor
from tests.unit.streams.processing import Broker, letters, processor, scored
from tests.unit.streams.router.scorers import Opinion, variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def raw(offset: int, **document: Any) -> RawRecord:
    value = orjson.dumps({"review_id": f"r{offset}", "text": "A fine film."} | document)
    return RawRecord(Origin(REVIEWS_RAW.name, 0, offset), None, value, NOW)


def test_a_batch_in_which_the_pipeline_fails_as_a_whole_loses_one_record_only() -> None:
    broker = Broker()
    work = processor(broker)
    calls: list[int] = []

    def fails_on_odd(records: Sequence[RawRecord], clock: Any) -> Any:
        calls.append(len(records))
        if any(b"odd" in (record.value or b"") for record in records):
            raise RecursionError("odd")
        return work.pipeline(records, clock)

    pipeline: Any = fails_on_odd
    pipeline.live = work.pipeline.live
    isolating = Processor(
        **{name: getattr(work, name) for name in Processor.__slots__} | {"pipeline": pipeline}
    )
    batch = isolating.process([raw(0), raw(1, text="odd"), raw(2)])
    isolating.deliver(batch)
    assert [review.review_id for review in scored(broker)] == ["r0", "r2"]
    assert [(letter.offset, letter.reason, letter.detail) for letter in letters(broker)] == [
        (1, reasons.PROCESSING_ERROR, "RecursionError")
    ]
    assert calls == [3, 1, 1, 1]


def test_a_result_that_cannot_be_encoded_is_the_dead_letter_of_its_record() -> None:
    champion = variant("1", model="\ud800")
    live = LiveModels({"en": (champion,)}, {key_of(champion): Opinion("m", "1")}, fallback="en")
    broker = Broker()
    work = processor(broker, live)
    batch = work.process([raw(0)])
    work.deliver(batch)
    [letter] = letters(broker)
    assert (letter.stage, letter.reason, letter.detail) == (
        "encode",
        reasons.PROCESSING_ERROR,
        "UnicodeEncodeError",
    )
    assert len(broker.taken) == 1


def test_a_record_that_fits_in_no_dead_letter_leaves_its_size_and_digest_but_no_header() -> None:
    value = b"x" * 3_000_000
    record = RawRecord(Origin(REVIEWS_RAW.name, 0, 1), b"k" * 2000, value, NOW, (("x", b"1"),))
    broker = Broker()
    work = processor(broker)
    batch = work.process([raw(0), record, raw(2)])
    work.deliver(batch)
    [letter] = letters(broker)
    assert (letter.stage, letter.reason, letter.value, letter.key) == (
        "decode",
        reasons.TOO_LARGE,
        b"",
        None,
    )
    assert letter.detail == f"not_json; 3000000 bytes, SHA-256 {hashlib.sha256(value).hexdigest()}"
    [message] = [message for message in broker.taken if message.topic == DEAD_LETTERS.name]
    assert message.key == b"reviews.raw-0-1"
    assert original_headers(message.headers) == []
    assert [review.review_id for review in scored(broker)] == ["r0", "r2"]
    assert len(broker.taken) == 3
    assert [type(outcome).__name__ for outcome in batch.outcomes] == [
        "ScoredReview",
        "Oversized",
        "ScoredReview",
    ]


def test_a_scored_event_that_does_not_fit_is_a_dead_letter_with_the_record_as_it_came() -> None:
    record = raw(1, source="s" * 200)
    broker = Broker({REVIEWS_SCORED.name: 250})
    work = processor(broker)
    work.deliver(work.process([raw(0), record]))
    [letter] = letters(broker)
    assert (letter.offset, letter.stage, letter.reason, letter.value) == (
        1,
        "publish",
        reasons.TOO_LARGE,
        record.value,
    )
    assert [review.review_id for review in scored(broker)] == ["r0"]


@pytest.mark.parametrize(
    ("field_name", "most"),
    [
        ("review_id", 256),
        ("product_id", 256),
        ("author_id", 256),
        ("source", 256),
        ("language_hint", 35),
    ],
)
def test_a_field_that_is_too_long_is_a_dead_letter_that_names_it(
    field_name: str, most: int
) -> None:
    broker = Broker()
    work = processor(broker)
    work.deliver(
        work.process([raw(0, **{field_name: "x" * most}), raw(1, **{field_name: "x" * (most + 1)})])
    )
    [letter] = letters(broker)
    assert (letter.offset, letter.reason) == (1, reasons.BAD_SCHEMA)
    assert letter.detail == f"{field_name} is longer than {most} characters"
    assert len(scored(broker)) == 1


def test_the_key_of_an_author_depends_on_the_secret() -> None:
    keys = set()
    for secret in (b"one", b"two"):
        pipeline = replace(processor(Broker()).pipeline, author_secret=secret)
        [outcome] = pipeline([raw(0, author_id="jane")], lambda: NOW).outcomes
        assert isinstance(outcome, ScoredReview)
        assert outcome.author_key == hmac.digest(secret, b"jane", "sha256").hex()[:32]
        keys.add(outcome.author_key)
    assert len(keys) == 2
