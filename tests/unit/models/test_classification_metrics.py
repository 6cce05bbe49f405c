"""Figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.artifact import calibration
from models.evaluation.classification_metrics import (
    evaluate,
    evaluate_classes,
    expected_calibration_error,
)
from models.labels import DOUBT, Judgement


def test_figures_of_four_reviews() -> None:
    figures = evaluate(np.array([0.9, 0.8, 0.3, 0.6]), np.array([True, True, False, False]))
    assert figures.accuracy == 0.75
    assert figures.auc == 1.0
    assert figures.f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert figures.brier == pytest.approx((0.01 + 0.04 + 0.09 + 0.36) / 4)
    assert figures.confusion == {
        "positive": {"positive": 2, "negative": 0},
        "negative": {"positive": 1, "negative": 1},
    }


def test_figures_of_three_classes() -> None:
    rows = np.array(
        [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.3, 0.5, 0.2]], np.float32
    )
    figures = evaluate_classes(Judgement(rows, np.ones(4, np.bool_)), [0, 1, 2, 2])
    assert (figures.reviews, figures.accuracy) == (4, 0.75)
    assert figures.f1 == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert figures.balanced == pytest.approx((1 + 0.5) / 2)
    assert figures.ece == pytest.approx((0.3 + 0.4 + 0.0) / 4, abs=1e-6)
    assert figures.confusion["positive"] == {"negative": 0, "neutral": 1, "positive": 1}


def test_a_text_of_which_the_model_knows_nothing_counts_as_neutral() -> None:
    rows = np.array([[0.1, 0.2, 0.7]] * 2, np.float32)
    figures = evaluate_classes(Judgement(rows, np.array([True, False])), [2, 2])
    assert figures.accuracy == 0.5
    assert figures.confusion["positive"] == {"negative": 0, "neutral": 1, "positive": 1}
    assert figures.ece == pytest.approx((0.3 + DOUBT[1]) / 2)


def test_one_class_has_no_auc() -> None:
    assert evaluate(np.array([0.9, 0.2]), np.array([True, True])).auc is None


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    assert expected_calibration_error(
        np.full(10, 0.9), np.array([True] * 9 + [False])
    ) == pytest.approx(0.0)
    assert expected_calibration_error(
        np.full(10, 0.9), np.array([True] * 5 + [False] * 5)
    ) == pytest.approx(0.4)


def test_calibrating_overconfident_logits_makes_them_honest() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    positive = rng.random(20_000) < 1 / (1 + np.exp(-(logits + 0.5)))
    fitted = calibration.fit(3 * logits, positive)
    assert fitted.scale == pytest.approx(1 / 3, rel=0.05)
    assert fitted.offset == pytest.approx(0.5, abs=0.1)
    assert expected_calibration_error(calibration.apply(fitted, 3 * logits), positive) < 0.02


def test_extreme_logits_do_not_overflow() -> None:
    assert calibration.apply(
        calibration.Calibration(), np.array([-1e6, 1e6])
    ).tolist() == pytest.approx([0, 1])
