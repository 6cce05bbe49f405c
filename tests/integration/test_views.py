"""What the views of reviews answer, on a current ClickHouse engine: replays, months, ties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from infra.warehouse import Warehouse
from tests.integration.views import NOW, PREDICTION, THREE, Merge, days, insert, merge, warehouse

__all__ = ["merge", "warehouse"]


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
