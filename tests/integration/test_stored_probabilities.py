"""What drift detectors and labelling read of the probabilities in the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest

from infra.warehouse import Warehouse
from retrain.drift import reference_reviews
from retrain.drift.core.drift_windows import Span
from retrain.drift.drift_queries import Reader
from retrain.labelling import labelling_queries
from schemas.records import Variant
from tests.integration.views import (
    FEEDBACK,
    NOW,
    STARLESS,
    days,
    insert,
    warehouse,
)

__all__ = ["warehouse"]


def reader(warehouse: Warehouse, version: str) -> Reader:
    return Reader(warehouse, Variant("champion", "m", version, "", 1.0), "en")


class TestProbabilities:
    """A model of three classes, and a binary one, whose rows hold no probabilities."""

    SPAN = Span(days(-10), NOW + timedelta(days=1))
    SURE: ClassVar[dict[str, object]] = {
        "review_id": "neutral",
        "sentiment": "neutral",
        "score": 0.5,
        "probabilities": {"negative": 0.1, "neutral": 0.8, "positive": 0.1},
    }
    UNSURE: ClassVar[dict[str, object]] = {
        "review_id": "unsure",
        "sentiment": "positive",
        "score": 0.55,
        "probabilities": {"negative": 0.3, "neutral": 0.3, "positive": 0.4},
    }
    BINARY: ClassVar[dict[str, object]] = {
        "review_id": "binary",
        "score": 0.6,
        "model_version": "2",
    }

    @pytest.fixture(autouse=True)
    def rows(self, warehouse: Warehouse) -> None:
        recent = STARLESS | {"created_at": days(-1)}
        insert(warehouse, "predictions", recent, self.SURE, self.UNSURE, self.BINARY)

    def test_are_what_detectors_read_and_of_a_binary_model_made_of_its_score(
        self, warehouse: Warehouse
    ) -> None:
        for version, expected in (("1", [0.8, 0.4]), ("2", [0.6])):
            found = reader(warehouse, version).reviews(self.SPAN, 9).sample
            assert sorted(found.confidence, reverse=True) == pytest.approx(expected)

    def test_of_judged_reviews_are_those_of_the_label_and_neutral_is_an_answer_of_three_classes(
        self, warehouse: Warehouse
    ) -> None:
        said = [
            {"feedback_id": name, "review_id": name, "label": "neutral", "created_at": days(at)}
            for at, name in ((-3, "neutral"), (-2, "unsure"), (-1, "binary"))
        ]
        insert(warehouse, "feedback", FEEDBACK, *said)
        found = reader(warehouse, "1").judged(self.SPAN, 9)
        assert found.right.tolist() == [True, False]
        assert found.confidence == pytest.approx([0.8, 0.4])
        assert not len(reader(warehouse, "2").judged(self.SPAN, 9))
        insert(warehouse, "feedback", FEEDBACK, said[2] | {"label": "positive", "created_at": NOW})
        found = reader(warehouse, "2").judged(self.SPAN, 9)
        assert (found.right.tolist(), found.confidence.tolist()) == ([True], [0.6])

    def test_of_a_drift_reference_are_kept_with_it(self, warehouse: Warehouse) -> None:
        for version, expected in (("1", [0.8, 0.4]), ("2", [0.6])):
            of_model = reader(warehouse, version)
            first = of_model.first(self.SPAN.start, self.SPAN.end, 9)
            key = reference_reviews.Key(of_model.model, "en", "live", NOW)
            reference_reviews.keep(warehouse, key, [row[:6] for row in first], NOW)
            found = reference_reviews.load(warehouse, key).sample
            assert sorted(found.confidence, reverse=True) == pytest.approx(expected)

    def test_of_a_drift_reference_that_was_stored_without_are_those_of_the_predictions(
        self, warehouse: Warehouse
    ) -> None:
        for version, expected in (("1", [0.8, 0.4]), ("2", [0.6])):
            of_model = reader(warehouse, version)
            first = of_model.first(self.SPAN.start, self.SPAN.end, 9)
            key = reference_reviews.Key(of_model.model, "en", "live", NOW)
            reference_reviews.keep(warehouse, key, [(*row[:5], {}) for row in first], NOW)
            found = reference_reviews.load(warehouse, key).sample
            assert sorted(found.confidence, reverse=True) == pytest.approx(expected)

    def test_tell_which_reviews_are_hard(self, warehouse: Warehouse) -> None:
        other = self.SURE | {
            "model_version": "9",
            "probabilities": {"negative": 0.1, "neutral": 0.5, "positive": 0.4},
        }
        insert(warehouse, "shadow_predictions", STARLESS, other)
        found = labelling_queries.hardest(warehouse, self.SPAN.start, 9)
        assert [each.review_id for each in found] == ["unsure", "binary", "neutral"]
        assert found[1].emitted == pytest.approx((0.4, 0.0, 0.6))
        assert sorted(found[2].by_model)[0] == pytest.approx((0.1, 0.5, 0.4))
