"""What the views answer, on a current ClickHouse engine: replays, late and repeated feedback,
months, ties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra import migrations
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect

CREATED = datetime(2024, 3, 1, 10, 59, 59, 500_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NOW = datetime.now(UTC).replace(microsecond=123_000)
"""Rows are stamped near today: the tables forget what was scored more than 400 days ago."""


PREDICTION: dict[str, object] = {
    "review_id": "r1",
    "product_id": "p1",
    "sentiment": "positive",
    "score": 0.75,
    "confidence": 0.75,
    "text_masked": "good <PERSON>",
    "language": "en",
    "language_confidence": 0.99,
    "pii": {"PERSON": 1},
    "rating": 4.5,
    "author_key": "key",
    "source": "web",
    "model_name": "m",
    "model_version": "1",
    "variant": "champion",
    "created_at": CREATED,
    "scored_at": NOW,
    "probabilities": {},
    "evidence": True,
    "language_served": True,
    "sentences": "",
    "mixed": False,
}
THREE: dict[str, object] = {
    "probabilities": {"negative": 0.05, "neutral": 0.4, "positive": 0.55},
    "evidence": False,
    "language_served": False,
    "sentences": (
        '[{"start":0,"end":3,"label":"positive","score":0.9},'
        '{"start":4,"end":8,"label":"negative","score":0.25}]'
    ),
    "mixed": True,
}
FEEDBACK: dict[str, object] = {
    "feedback_id": "f1",
    "review_id": "r1",
    "label": "positive",
    "source": "user",
    "created_at": NOW,
}
DEAD_LETTER: dict[str, object] = {
    "topic": "reviews.raw",
    "partition": 0,
    "offset": 1,
    "stage": "decode",
    "reason": "not_json",
    "detail": "",
    "failed_at": NOW,
}


def insert(
    warehouse: Warehouse, table: str, template: Mapping[str, object], *changes: Mapping[str, object]
) -> None:
    """Each row in an insert of its own, so that nothing is merged yet."""
    for change in changes or ({},):
        row = {**template, **change}
        warehouse.insert(table, list(row), [list(row.values())], uuid4().hex)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


Merge = Callable[[], None]


@pytest.fixture
def warehouse(local_clickhouse: str) -> Iterator[Warehouse]:
    database = f"views_{uuid4().hex}"
    with connect(
        ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)
    ) as warehouse:
        migrations.migrate(warehouse, database)
        yield warehouse
        warehouse.execute(f"DROP DATABASE {database}")


@pytest.fixture(params=["as inserted", "merged"])
def merge(request: pytest.FixtureRequest, warehouse: Warehouse) -> Merge:
    """Called before a view is asked: its answer must not depend on what has been merged so far."""

    def now() -> None:
        if request.param == "merged":
            for table in (
                "predictions",
                "shadow_predictions",
                "feedback",
                "dead_letters",
                "labelling_requests",
            ):
                warehouse.execute(f"OPTIMIZE TABLE {table} FINAL")

    return now


class TestReviews:
    def test_has_the_columns_of_a_scored_review_as_they_were_written(
        self, warehouse: Warehouse
    ) -> None:
        insert(warehouse, "predictions", PREDICTION)
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            {"review_id": "r2", "rating": None, "author_key": None, "source": None, "pii": {}}
            | THREE,
        )

        assert warehouse.query(
            f"SELECT {', '.join(PREDICTION)} FROM reviews ORDER BY review_id"
        ) == [
            tuple(PREDICTION.values()),
            tuple(
                (
                    PREDICTION
                    | {
                        "review_id": "r2",
                        "rating": None,
                        "author_key": None,
                        "source": None,
                        "pii": {},
                        **THREE,
                    }
                ).values()
            ),
        ]
        names = [
            name
            for (name,) in warehouse.query(
                "SELECT name FROM system.columns "
                "WHERE database = currentDatabase() AND table = 'reviews' ORDER BY position"
            )
        ]
        assert names == [*PREDICTION, "stars"]

    def test_sentences_have_a_row_each_with_their_text_where_they_were_judged(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        judged = THREE | {"review_id": "r2", "text_masked": "很好。 Bad."}
        insert(warehouse, "predictions", PREDICTION, {}, judged, judged)
        merge()

        assert warehouse.query(
            "SELECT review_id, number, text_masked, start, end, label, score FROM review_sentences "
            "ORDER BY number"
        ) == [
            ("r2", 1, "很好。", 0, 3, "positive", 0.9),
            ("r2", 2, "Bad.", 4, 8, "negative", 0.25),
        ]

    def test_replays_and_duplicates_are_one_review(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            {},
            {},
            {"scored_at": days(0.001)},
            {"review_id": "r2"},
            {},
        )
        merge()

        assert warehouse.query("SELECT review_id, scored_at FROM reviews ORDER BY review_id") == [
            ("r1", days(0.001)),
            ("r2", NOW),
        ]

    def test_the_latest_score_wins_as_a_whole_whatever_the_order_of_arrival(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        later = {
            "model_version": "2",
            "sentiment": "negative",
            "score": 0.1,
            "rating": None,
            "scored_at": days(1),
        }
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            later,
            {},
            {"model_version": "3", "scored_at": days(-1)},
        )
        merge()

        assert warehouse.query(
            "SELECT model_version, toString(sentiment), score, rating FROM reviews"
        ) == [("2", "negative", 0.1, None)]

    def test_rows_of_different_months_are_one_review(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            {"scored_at": days(-100), "score": 0.1},
            {},
            {"scored_at": days(-50), "score": 0.2},
        )
        merge()

        parts = warehouse.query(
            "SELECT uniqExact(partition) FROM system.parts"
            " WHERE database = currentDatabase() AND table = 'predictions' AND active"
        )
        assert parts == [(3,)]
        assert warehouse.query("SELECT count(), any(score) FROM reviews") == [(1, 0.75)]

    def test_two_texts_under_one_id_in_the_same_millisecond_give_the_same_one_always(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        one, two = {"text_masked": "one", "score": 0.1}, {"text_masked": "two", "score": 0.2}
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            one,
            two,
            two | {"review_id": "r2"},
            one | {"review_id": "r2"},
        )
        merge()

        [(first, *_), (second, *_)] = rows = warehouse.query(
            "SELECT (text_masked, score), review_id FROM reviews ORDER BY review_id"
        )
        assert first == second, rows
        assert first in {("one", 0.1), ("two", 0.2)}

    def test_the_later_text_wins_and_of_one_text_the_later_scoring(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        """Whichever order they are stored in, and whichever was scored first: a replay, or a
        backlog, scores old texts late.
        """
        older, later = (
            {"created_at": days(-9), "text_masked": "older"},
            {"created_at": days(-8), "text_masked": "later"},
        )
        rows = [
            older | {"scored_at": days(-1)},
            later | {"scored_at": days(-7)},
            later | {"scored_at": days(-2), "model_version": "2", "score": 0.6},
            older | {"scored_at": days(-1), "model_version": "2"},
        ]
        orders = list(permutations(rows))
        for turn in range(len(rows)):  # an insert for each, so that nothing is merged yet
            columns = [
                PREDICTION | order[turn] | {"review_id": f"{number:02}"}
                for number, order in enumerate(orders)
            ]
            warehouse.insert(
                "predictions",
                list(PREDICTION),
                [list(row.values()) for row in columns],
                f"turn {turn}",
            )
        merge()

        chosen = warehouse.query(
            "SELECT DISTINCT text_masked, model_version, score, scored_at FROM reviews"
        )
        assert chosen == [("later", "2", 0.6, days(-2))]
        said = (
            "SELECT DISTINCT model_version, text_masked, scored_at FROM variant_scores ORDER BY "
            "model_version"
        )
        assert warehouse.query(said) == [("1", "later", days(-7)), ("2", "later", days(-2))]
        assert warehouse.query("SELECT count() FROM reviews") == [(len(orders),)]

    def test_a_text_that_is_dated_in_the_future_is_replaced_by_the_next_one(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        ahead = {"text_masked": "ahead", "created_at": days(9_000), "scored_at": days(-2)}
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            ahead,
            {"created_at": days(-1), "scored_at": days(-1)},
        )
        merge()

        assert warehouse.query("SELECT text_masked FROM reviews") == [("good <PERSON>",)]

    def test_reviews_of_any_age_are_kept(self, warehouse: Warehouse, merge: Merge) -> None:
        moments = [datetime(year, 1, 1, tzinfo=UTC) for year in range(1970, 2200)]
        rows = [
            list((PREDICTION | {"review_id": str(at.year), "created_at": at}).values())
            for at in moments
        ]
        warehouse.insert("predictions", list(PREDICTION), rows, "one batch")
        merge()

        assert warehouse.query("SELECT created_at FROM reviews ORDER BY created_at") == [
            (at,) for at in moments
        ]
        for hours in ("SELECT hour FROM sentiment_hourly", "SELECT window_start FROM satisfaction"):
            assert warehouse.query(f"{hours} ORDER BY ALL") == [(at,) for at in moments]
        assert warehouse.query("SELECT max(window_start), max(window_end) FROM model_accuracy") == [
            (moments[-1], moments[-1] + timedelta(hours=1))
        ]


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


def test_latency_has_exact_percentiles_by_the_minute(warehouse: Warehouse, merge: Merge) -> None:
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
        (minute, 20, 0.011, 0.02, 0.02),
        (minute + timedelta(minutes=1), 1, 60.0, 60.0, 60.0),
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
