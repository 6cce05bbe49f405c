"""Aggregates, accuracy, latency and dead letters in views, whatever has been merged so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infra.warehouse import Warehouse
from tests.integration.views import (
    CREATED,
    DEAD_LETTER,
    FEEDBACK,
    NOW,
    PREDICTION,
    SECOND,
    Merge,
    days,
    insert,
    merge,
    warehouse,
)

__all__ = ["merge", "warehouse"]


class TestAggregates:
    @pytest.fixture(autouse=True)
    def three_reviews_and_their_replays(self, warehouse: Warehouse, merge: Merge) -> None:
        insert(
            warehouse, "predictions", PREDICTION,
            {},
            {"scored_at": days(1)},
            {"review_id": "r2", "sentiment": "negative", "score": 0.25, "rating": None,
            "created_at": CREATED + SECOND},
            {"review_id": "r3", "product_id": "p2", "sentiment": "neutral", "score": 0.5},
            {"review_id": "r3", "product_id": "p2", "sentiment": "neutral", "score": 0.5},
        )  # fmt: skip
        merge()

    def test_sentiment_by_product(self, warehouse: Warehouse) -> None:
        assert warehouse.query("SELECT * FROM sentiment_by_product ORDER BY product_id") == [
            ("p1", 2, 1, 0, 1, 0.5, 0.5, 4.5, 4.5),
            ("p2", 1, 0, 1, 0, 0.0, 0.5, 4.5, 4.5),
        ]

    def test_sentiment_hourly(self, warehouse: Warehouse) -> None:
        assert warehouse.query("SELECT * FROM sentiment_hourly ORDER BY hour") == [
            (datetime(2024, 3, 1, 10, tzinfo=UTC), 2, 1, 1, 0, 0.5, 0.625),
            (datetime(2024, 3, 1, 11, tzinfo=UTC), 1, 0, 0, 1, 0.0, 0.25),
        ]


def test_latency_has_percentiles_by_the_minute(warehouse: Warehouse, merge: Merge) -> None:
    minute = NOW.replace(second=0, microsecond=0)
    for _ in range(2):
        insert(
            warehouse, "predictions", PREDICTION,
            *({"review_id": str(n), "scored_at": minute,
            "created_at": minute - timedelta(milliseconds=n)} for n in range(1, 21)),
            {"review_id": "other", "scored_at": minute + timedelta(minutes=1),
            "created_at": minute},
        )  # fmt: skip
    merge()

    assert warehouse.query("SELECT * FROM latency ORDER BY minute") == [
        (minute, 20, 0.01, 0.019, 0.02),
        (minute + timedelta(minutes=1), 1, *3 * (pytest.approx(60.0, rel=0.04),)),
    ]


class TestAccuracy:
    def test_counts_each_judged_review_once_for_each_model(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(warehouse, "feedback", FEEDBACK, {"review_id": "r1"})  # before its prediction
        insert(
            warehouse, "predictions", PREDICTION,
            {}, {"scored_at": days(-40)}, {"scored_at": days(0.1)},
            {"review_id": "r2"}, {"review_id": "r3"}, {"review_id": "unjudged"},
            {"review_id": "r2", "model_version": "2", "variant": "challenger",
            "sentiment": "negative"},
        )  # fmt: skip
        insert(
            warehouse,
            "feedback",
            FEEDBACK,
            {"feedback_id": "f2", "review_id": "r2", "label": "negative"},
            {"review_id": "nowhere"},
        )
        insert(
            warehouse,
            "feedback",
            FEEDBACK,
            {"feedback_id": "f3", "review_id": "r3"},
            {"feedback_id": "f3", "review_id": "r3"},
        )
        merge()

        columns = "model_name, model_version, variant, reviews, correct, accuracy, shadow"
        assert warehouse.query(f"SELECT {columns} FROM model_accuracy ORDER BY model_version") == [
            ("m", "1", "champion", 3, 2, 2 / 3, 0),
            ("m", "2", "challenger", 1, 1, 1.0, 0),
        ]
        assert warehouse.query(
            "SELECT model_version, toString(label), toString(sentiment), reviews FROM confusion"
            " ORDER BY model_version, label, sentiment"
        ) == [
            ("1", "negative", "positive", 1),
            ("1", "positive", "positive", 2),
            ("2", "negative", "negative", 1),
        ]

    def test_the_latest_feedback_wins_and_the_greater_id_among_equals(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(warehouse, "predictions", PREDICTION, {}, {"review_id": "r2"})
        insert(
            warehouse, "feedback", FEEDBACK,
            {"feedback_id": "a", "label": "negative", "created_at": days(1)},
            {"feedback_id": "z", "label": "positive", "created_at": days(-300)},
            {"review_id": "r2", "feedback_id": "b", "label": "negative", "source": "labeler"},
            {"review_id": "r2", "feedback_id": "a", "label": "positive"},
        )  # fmt: skip
        merge()

        assert warehouse.query(
            "SELECT review_id, feedback_id, toString(label), toString(source) FROM latest_feedback "
            "ORDER BY review_id"
        ) == [
            ("r1", "a", "negative", "user"),
            ("r2", "b", "negative", "labeler"),
        ]
        assert warehouse.query("SELECT reviews, correct FROM model_accuracy") == [(2, 0)]

    def test_feedback_that_was_dated_in_the_future_is_overruled_by_what_is_said_later(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        ahead = {
            "created_at": days(9_000),
            "label": "negative",
            "stored_at": days(-3).replace(microsecond=0),
        }
        insert(
            warehouse, "feedback", FEEDBACK, ahead, {"feedback_id": "f0", "created_at": days(-2)}
        )
        insert(warehouse, "predictions", PREDICTION)
        merge()

        said = [("f0", "positive", days(-2))]
        assert (
            warehouse.query("SELECT feedback_id, toString(label), created_at FROM latest_feedback")
            == said
        )
        assert (
            warehouse.query(
                "SELECT feedback_id, toString(label), created_at FROM feedback_by_source"
            )
            == said
        )
        assert warehouse.query("SELECT judged_at, correct FROM judged, model_accuracy") == [
            (days(-2), 1)
        ]


def test_dead_letter_reasons_count_each_record_once_under_its_latest_failure(
    warehouse: Warehouse, merge: Merge
) -> None:
    insert(
        warehouse, "dead_letters", DEAD_LETTER,
        {}, {}, {"failed_at": days(40)}, {"offset": 2},
        {"offset": 3, "reason": "processing_error", "stage": "score"},
        {"offset": 3, "reason": "too_long", "stage": "clean", "failed_at": days(1)},
        {"partition": 1, "reason": "too_long", "stage": "clean"},
    )  # fmt: skip
    merge()

    assert warehouse.query("SELECT * FROM dead_letter_reasons ORDER BY reason") == [
        ("reviews.raw", "decode", "not_json", 2, NOW, days(40)),
        ("reviews.raw", "clean", "too_long", 2, NOW, days(1)),
    ]


def test_an_aware_time_as_parameter_compares_to_the_millisecond(warehouse: Warehouse) -> None:
    insert(warehouse, "predictions", PREDICTION)

    def count(moment: datetime) -> list[tuple[object, ...]]:
        return warehouse.query(
            "SELECT count() FROM reviews WHERE scored_at >= %(moment)s", {"moment": moment}
        )

    assert count(NOW) == [(1,)]
    assert count(NOW + timedelta(milliseconds=1)) == [(0,)]
