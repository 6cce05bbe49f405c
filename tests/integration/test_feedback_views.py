"""Feedback beside predictions: what was misjudged, whose word counts, whether users are satisfied,
and what people are asked to label.
"""

from __future__ import annotations

from infra.warehouse import Warehouse
from tests.integration.views import (
    FEEDBACK,
    PREDICTION,
    REQUEST,
    Merge,
    ask,
    days,
    insert,
    merge,
    warehouse,
)

__all__ = ["merge", "warehouse"]


class TestMisjudged:
    def test_shows_what_was_wrong_with_the_masked_text(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse, "predictions", PREDICTION,
            {}, {}, {"review_id": "r2", "sentiment": "negative"}, {"review_id": "r3"},
            {"review_id": "right"},
        )  # fmt: skip
        insert(
            warehouse,
            "shadow_predictions",
            PREDICTION,
            {"sentiment": "negative", "variant": "shadow"},
        )
        insert(
            warehouse, "feedback", FEEDBACK,
            {"label": "negative"}, {"review_id": "r2"}, {"review_id": "r3", "label": "neutral"},
            {"review_id": "right"},
        )  # fmt: skip
        merge()

        columns = "review_id, kind, toString(label), toString(label_source), shadow, text_masked"
        assert ask(warehouse, columns, "misjudged") == [
            ("r1", "false_positive", "negative", "user", 0, "good <PERSON>"),
            ("r2", "false_negative", "positive", "user", 0, "good <PERSON>"),
        ]
        assert ask(warehouse, "review_id", "false_positives") == [("r1",)]
        assert ask(warehouse, "review_id", "false_negatives") == [("r2",)]


class TestBySource:
    def test_the_latest_word_of_each_kind_of_source_counts(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse, "feedback", FEEDBACK,
            {"feedback_id": "a", "label": "negative"},
            {"feedback_id": "b", "label": "positive", "created_at": days(-1)},
            {"feedback_id": "c", "label": "neutral", "source": "labeler", "created_at": days(-2)},
            {"feedback_id": "d", "label": "negative", "source": "labeler", "created_at": days(-2)},
        )  # fmt: skip
        merge()

        assert ask(
            warehouse,
            "review_id, toString(source), toString(label), feedback_id",
            "feedback_by_source",
        ) == [
            ("r1", "labeler", "negative", "d"),
            ("r1", "user", "negative", "a"),
        ]


class TestSatisfaction:
    COLUMNS = "model_version, predictions, judged, confirmed, satisfaction"

    def test_is_the_share_of_judged_predictions_that_users_confirmed(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse, "predictions", PREDICTION, *({"review_id": f"r{n}"} for n in range(1, 7)), {}
        )
        insert(
            warehouse,
            "shadow_predictions",
            PREDICTION,
            {"variant": "shadow"},
            {"review_id": "r2", "variant": "shadow"},
        )
        insert(
            warehouse, "feedback", FEEDBACK,
            {}, {}, {"review_id": "r2"}, {"review_id": "r3"},
            {"review_id": "r4", "label": "negative"},
            {"review_id": "r5", "source": "moderator", "label": "negative"},
            # an expert is no user
            {"review_id": "r1", "source": "labeler", "label": "negative", "created_at": days(1)},
            {"review_id": "nowhere"},
        )  # fmt: skip
        merge()

        assert ask(warehouse, self.COLUMNS, "satisfaction") == [("1", 6, 4, 3, 0.75)]

    def test_is_unknown_where_users_judged_nothing(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(warehouse, "predictions", PREDICTION)
        merge()

        assert ask(warehouse, self.COLUMNS, "satisfaction") == [("1", 1, 0, 0, None)]

    def test_what_a_user_saw_is_judged_not_what_a_later_model_said(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        first: dict[str, object] = {"scored_at": days(-3)}
        second: dict[str, object] = {
            "model_version": "2",
            "scored_at": days(-1),
            "sentiment": "negative",
        }
        for review in ("r1", "early", "late"):
            insert(
                warehouse,
                "predictions",
                PREDICTION,
                first | {"review_id": review},
                second | {"review_id": review},
            )
        insert(
            warehouse, "feedback", FEEDBACK,
            {"created_at": days(-2), "label": "negative"},
            {"review_id": "early", "created_at": days(-4), "label": "positive"},
            {"review_id": "late", "created_at": days(0), "label": "negative"},
        )  # fmt: skip
        merge()

        assert ask(warehouse, self.COLUMNS, "satisfaction") == [
            ("1", 3, 2, 1, 0.5),
            ("2", 3, 1, 1, 1.0),
        ]


class TestLabellingQueue:
    def test_holds_each_review_once_until_somebody_judged_it(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(
            warehouse, "labelling_requests", REQUEST,
            {}, {}, {"priority": 0.1, "created_at": days(0.1)},
            {"review_id": "r2", "request_id": "q2", "priority": 0.95},
            {"review_id": "judged", "request_id": "q3"},
            {"review_id": "stale", "request_id": "q4", "created_at": days(-31)},
        )  # fmt: skip
        insert(warehouse, "feedback", FEEDBACK, {"review_id": "judged"})
        merge()

        found = warehouse.query(
            "SELECT review_id, request_id, priority, text_masked FROM labelling_queue ORDER BY "
            "priority DESC"
        )
        assert found == [("r2", "q2", 0.95, "good <PERSON>"), ("r1", "q1", 0.9, "good <PERSON>")]

    def test_tells_how_often_models_were_wrong_where_it_asked(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        chance = {"reason": "chance"}
        insert(
            warehouse, "labelling_requests", REQUEST,
            {}, {}, {"review_id": "r2"}, {"review_id": "r3"}, {"review_id": "r4"} | chance,
            {"review_id": "r5"} | chance,
        )  # fmt: skip
        insert(
            warehouse,
            "feedback",
            FEEDBACK,
            {"label": "negative"},
            {"review_id": "r2"},
            {"review_id": "r4"},
        )
        merge()

        assert ask(
            warehouse,
            "language, reason, requested, labelled, wrong, wrong_share",
            "labelling_results",
        ) == [
            ("en", "chance", 2, 1, 0, 0.0),
            ("en", "uncertainty", 3, 2, 1, 0.5),
        ]
