"""What is counted of a batch that is finished."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas import reasons
from schemas.errors import Origin, Rejection, TooManyRejections
from schemas.inputs import RawRecord
from schemas.records import ScoredReview
from schemas.text import MaskedText
from streams.pipeline import Outcome
from streams.rejection_limit import RejectionLimit
from streams.router.core.swap_pauses import Pauses
from streams.worker.batch_processor import Processed, Processor
from streams.worker.chunk_size import Pace

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORIGINS = [Origin("reviews.raw", 0, offset) for offset in range(4)]
RECORDS = [RawRecord(origin, None, b"", NOW) for origin in ORIGINS]


def processor(max_ratio: float = 1.0) -> Processor:
    unused: Any = None
    return Processor(
        pipeline=unused,
        publisher=unused,
        retry=unused,
        schema_ids={},
        attempts=unused,
        limit=RejectionLimit(max_ratio, window=1),
        pauses=Pauses(lambda _: None),
        pace=Pace(),
        progress=lambda: None,
        stop=threading.Event(),
    )


def review(variant: str, **pii: int) -> ScoredReview:
    return ScoredReview(
        "r", "", "positive", 0.9, 0.9, MaskedText(""), "xx", 1.0, pii, None, None, None, "m", "1", variant, NOW, NOW
    )  # fmt: skip


def rejection(origin: Origin) -> Rejection:
    return Rejection(reasons.TOO_LONG, stage="decode", origin=origin)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_every_record_counts_once_by_its_outcome_and_every_score_by_its_variant() -> None:
    def counts() -> list[float]:
        return [
            counted("undertone_records_total", outcome="scored"),
            counted("undertone_records_total", outcome="rejected"),
            counted("undertone_dead_letters_total", reason=reasons.TOO_LONG),
            counted("undertone_variant_reviews_total", language="xx", variant="champion", version="1"),
            counted("undertone_variant_reviews_total", language="xx", variant="shadow", version="1"),
            counted("undertone_masked_entities_total", type="URL"),
            counted("undertone_masked_entities_total", type="PERSON"),
            counted("undertone_end_to_end_duration_seconds_count"),
        ]

    before = counts()
    outcomes: list[Outcome] = [
        review("champion", URL=2),
        rejection(ORIGINS[1]),
        review("champion", URL=1, PERSON=1),
        review("champion"),
    ]
    processor().finished(Processed(RECORDS, outcomes, [], [review("shadow", URL=9)], 4))
    assert [after - then for after, then in zip(counts(), before, strict=True)] == [3, 1, 1, 3, 1, 3, 1, 3]


def test_too_many_rejections_end_it() -> None:
    with pytest.raises(TooManyRejections):
        processor(max_ratio=0.5).finished(Processed(RECORDS[:1], [rejection(ORIGINS[0])], [], [], 1))
