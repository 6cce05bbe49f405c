"""Accuracy of models by what people and stars say: what counts, what is told apart, and what
"neutral" is to models with and without that answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from infra.warehouse import Warehouse
from retrain.promotion.core.guards import Measured
from retrain.promotion.promotion_queries import measure
from tests.integration.views import (
    CREATED,
    FEEDBACK,
    NOW,
    PREDICTION,
    REQUEST,
    STARLESS,
    Merge,
    ask,
    days,
    insert,
    merge,
    warehouse,
)

__all__ = ["merge", "warehouse"]


class TestAccuracy:
    def test_feedback_that_comes_twice_late_or_before_its_prediction_counts_once(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse, "feedback", FEEDBACK,
            {}, {},  # the same event twice
            # older than what is known
            {"feedback_id": "f2", "created_at": days(-3), "label": "negative"},
            {"feedback_id": "f3", "review_id": "early", "created_at": days(-1)},
            {"feedback_id": "f4", "review_id": "never scored"},
        )  # fmt: skip
        insert(
            warehouse,
            "predictions",
            STARLESS,
            {},
            {"review_id": "early"},
            {"review_id": "unjudged"},
        )
        merge()

        assert ask(warehouse, "reviews, correct, accuracy, weak_reviews", "model_accuracy") == [
            (2, 2, 1.0, 0)
        ]

    def test_is_told_by_model_variant_language_product_and_hour(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse, "predictions", STARLESS,
            {},
            {"review_id": "r2", "language": "zh"},
            {"review_id": "r3", "product_id": "p2"},
            {"review_id": "r4", "created_at": CREATED + timedelta(seconds=1)},
            {"review_id": "r5", "variant": "challenger", "model_version": "2"},
        )  # fmt: skip
        insert(warehouse, "feedback", FEEDBACK, *({"review_id": f"r{n}"} for n in range(1, 6)))
        merge()

        hour = CREATED.replace(minute=0, second=0, microsecond=0)
        later = hour + timedelta(hours=1)
        columns = "model_version, variant, language, product_id, window_start, window_end, reviews"
        assert ask(warehouse, columns, "model_accuracy") == [
            ("1", "champion", "en", "p1", hour, later, 1),
            ("1", "champion", "en", "p1", later, later + timedelta(hours=1), 1),
            ("1", "champion", "en", "p2", hour, later, 1),
            ("1", "champion", "zh", "p1", hour, later, 1),
            ("2", "challenger", "en", "p1", hour, later, 1),
        ]

    def test_stars_are_weak_labels_and_never_people_s(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        stars = {
            "1": "negative", "2": "negative", "2 ": "positive", "2.5": "negative", "3": "positive",
            "4": "positive",
            "5": "negative", "0": "negative", "9": "positive", "none": "positive",
        }  # fmt: skip
        rows: list[dict[str, object]] = [
            {
                "review_id": name,
                "product_id": name,
                "rating": None if name == "none" else float(name),
                "sentiment": said,
            }
            for name, said in stars.items()
        ]
        other: dict[str, object] = {"rating": 80.0, "source": "hundred", "product_id": "~"}
        rows += [
            other | {"review_id": "on another scale", "stars": 4.2},
            other | {"review_id": "off it", "stars": None},
        ]
        insert(warehouse, "predictions", PREDICTION, *rows)
        merge()

        assert ask(
            warehouse, "product_id, weak_correct, weak_reviews, reviews, accuracy", "model_accuracy"
        ) == [
            ("1", 1, 1, 0, None),
            ("2", 1, 1, 0, None),
            ("2 ", 0, 1, 0, None),
            ("4", 1, 1, 0, None),
            ("5", 0, 1, 0, None),
            ("~", 1, 1, 0, None),
        ]
        assert ask(warehouse, "kind", "misjudged") == []
        assert ask(warehouse, "source, rated, off_scale, lowest, highest", "ratings_by_source") == [
            ("hundred", 2, 1, 80.0, 80.0),
            ("web", 9, 2, 0.0, 9.0),
        ]

    def test_a_review_that_people_judged_has_no_weak_label_and_weighs_five_times_as_much(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            {},
            *({"review_id": f"w{n}", "sentiment": "negative"} for n in range(5)),
        )
        insert(warehouse, "feedback", FEEDBACK)
        merge()

        columns = "reviews, accuracy, weak_reviews, weak_accuracy, weighted_accuracy"
        assert ask(warehouse, columns, "model_accuracy") == [(1, 1.0, 5, 0.0, 0.5)]
        assert ask(
            warehouse, "toString(label), toString(sentiment), reviews, weak_reviews", "confusion"
        ) == [
            ("positive", "negative", 0, 5),
            ("positive", "positive", 1, 0),
        ]

    def test_stars_that_changed_count_as_they_were_last(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse,
            "predictions",
            PREDICTION,
            {"rating": 5.0},
            {"rating": 3.0, "scored_at": days(1)},
        )
        merge()

        assert ask(warehouse, "weak_reviews", "model_accuracy") == []

    def test_reviews_that_people_were_asked_about_are_told_apart(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse,
            "predictions",
            STARLESS,
            *({"review_id": name} for name in ("hard", "chance", "user", "other")),
        )
        insert(
            warehouse, "labelling_requests", REQUEST,
            {"review_id": "hard"}, {"review_id": "chance", "reason": "chance"},
            {"review_id": "user"},
        )  # fmt: skip
        expert = {"source": "labeler", "label": "negative"}
        insert(
            warehouse, "feedback", FEEDBACK,
            {"review_id": "hard"} | expert, {"review_id": "chance"} | expert, {"review_id": "user"},
            {"review_id": "other"} | expert,
        )  # fmt: skip
        merge()

        assert ask(warehouse, "reviews, correct, asked, asked_correct", "model_accuracy") == [
            (4, 1, 1, 0)
        ]


class TestNeutral:
    """Models 1 and 2 know no neutral; model 3 does. People found r1 neutral, r2 positive."""

    @pytest.fixture(autouse=True)
    def rows(self, warehouse: Warehouse, merge: Merge) -> None:
        versions = [
            {"model_version": n, "variant": v}
            for n, v in (("1", "champion"), ("2", "challenger"), ("3", "other"))
        ]
        for review in ("r1", "r2"):
            insert(
                warehouse,
                "predictions",
                STARLESS,
                *({"review_id": review} | each for each in versions),
            )
        insert(
            warehouse,
            "predictions",
            STARLESS,
            {"review_id": "r3", "sentiment": "neutral"} | versions[2],
        )
        insert(warehouse, "labelling_requests", REQUEST, {"review_id": "r1"}, {"review_id": "r2"})
        insert(warehouse, "feedback", FEEDBACK, {"label": "neutral"}, {"review_id": "r2"})
        merge()

    def test_is_no_error_of_a_model_that_has_no_such_answer_and_is_counted_apart(
        self, warehouse: Warehouse
    ) -> None:
        assert ask(warehouse, "model_version, reviews, correct, accuracy, neutral_reviews",
        "model_accuracy") == [
            ("1", 1, 1, 1.0, 1), ("2", 1, 1, 1.0, 1), ("3", 2, 1, 0.5, 0),
        ]  # fmt: skip
        assert ask(warehouse, "model_version, review_id", "misjudged") == [("3", "r1")]
        assert ask(warehouse, "model_version, judged, confirmed, neutral", "satisfaction") == [
            ("1", 0, 0, 0), ("2", 0, 0, 0), ("3", 2, 1, 0),
        ]  # fmt: skip
        assert ask(warehouse, "requested, labelled, wrong, neutral", "labelling_results") == [
            (2, 1, 0, 1)
        ]

    def test_is_an_answer_of_models_of_three_classes_not_of_one_that_abstained(
        self, warehouse: Warehouse
    ) -> None:
        three = {"negative": 0.2, "neutral": 0.3, "positive": 0.5}
        for table, row in (
            ("predictions", {"model_version": "1", "sentiment": "neutral", "evidence": False}),
            ("shadow_predictions", {"model_version": "2", "probabilities": three}),
        ):
            insert(warehouse, table, STARLESS, row | {"review_id": "r4"})
        assert ask(warehouse, "model_version", "neutral_models") == [("2",), ("3",)]
        measured = measure(
            warehouse, "en", "2", "3", NOW - timedelta(days=1), NOW + timedelta(days=1)
        )
        assert measured.neutral == 0
        said = {"review_id": "r4", "label": "neutral"}
        insert(warehouse, "labelling_requests", REQUEST, {"review_id": "r4"})
        insert(
            warehouse, "feedback", FEEDBACK, said, said | {"feedback_id": "f2", "source": "labeler"}
        )
        of_one = "reviews, correct, asked, asked_correct, accuracy, neutral_reviews"
        found = ask(warehouse, f"model_version, {of_one}", "model_accuracy")
        assert ("1", 1, 1, 0, 0, 1.0, 2) in found
        of_one = "judged_b, accuracy_b, neutral_b, round(z_p_value, 4)"
        found = ask(warehouse, f"model_version_b, {of_one}", "ab_results")
        assert ("1", 1, 1.0, 2, 0.3865) in found
        found = ask(warehouse, "model_version, judged, confirmed, neutral", "satisfaction")
        assert ("1", 0, 0, 1) in found

    def test_compares_models_where_both_have_that_answer(self, warehouse: Warehouse) -> None:
        figures = "judged_a, judged_b, accuracy_a, accuracy_b, shared_judged, neutral_a, neutral_b"
        assert ask(warehouse, f"model_version_a, model_version_b, {figures}", "ab_results") == [
            ("1", "3", 1, 2, 1.0, 0.5, 1, 1, 0), ("2", "1", 1, 1, 1.0, 1.0, 1, 1, 1),
            ("2", "3", 1, 2, 1.0, 0.5, 1, 1, 0),
        ]  # fmt: skip
        for challenger in ("2", "3"):
            measured = measure(
                warehouse, "en", "1", challenger, NOW - timedelta(days=1), NOW + timedelta(days=1)
            )
            assert (measured.champion_judged, measured.challenger_judged, measured.neutral) == (
                1,
                1,
                1,
            )
            assert measured.only_champion_right == measured.only_challenger_right == 0


class TestShareOfAChallenger:
    """One review a second since the stage began; the challenger follows four seconds later, and its
    rows of the last four have not come to ClickHouse.
    """

    @pytest.fixture
    def shadowed(self, warehouse: Warehouse) -> Callable[[int], Measured]:
        began = NOW - timedelta(hours=1)

        def measured(seconds: int) -> Measured:
            """After ``seconds`` of the stage."""
            rows: list[dict[str, object]] = [
                {"review_id": f"r{n}", "scored_at": began + timedelta(seconds=n)}
                for n in range(1, seconds + 1)
            ]
            insert(warehouse, "predictions", STARLESS, *rows)
            shadows = [row | {"model_version": "2"} for row in rows[3:-4]]
            insert(warehouse, "shadow_predictions", STARLESS, *shadows)
            return measure(warehouse, "en", "1", "2", began, began + timedelta(seconds=seconds))

        return measured

    @pytest.mark.parametrize(
        ("seconds", "due", "done"),
        [
            (40, 22, 22),  # the tenth to the thirty-first second, five before the last shadow
            (12, 0, 0),  # too young
            (80, 62, 62),
        ],
    )
    def test_is_counted_where_it_is_certain(
        self, shadowed: Callable[[int], Measured], seconds: int, due: int, done: int
    ) -> None:
        measured = shadowed(seconds)
        assert (measured.due, measured.done) == (due, done)
        assert (measured.champion, measured.challenger) == (seconds, seconds - 7)

    def test_what_never_came_is_missed_after_a_minute(self, warehouse: Warehouse) -> None:
        began = NOW - timedelta(hours=1)
        rows: list[dict[str, object]] = [
            {"review_id": f"r{n}", "scored_at": began + timedelta(seconds=n)} for n in range(40)
        ]
        insert(warehouse, "predictions", STARLESS, *rows)
        insert(warehouse, "shadow_predictions", STARLESS, rows[1] | {"model_version": "2"})
        measured = measure(warehouse, "en", "1", "2", began, began + timedelta(seconds=100))
        assert (measured.due, measured.done) == (30, 0)
