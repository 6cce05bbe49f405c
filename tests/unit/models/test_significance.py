"""Intervals and tests between models, against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score, roc_auc_score

from models.artifact.calibration import Labels
from models.evaluation.classification_metrics import evaluate
from models.evaluation.significance import (
    FEW_DISCORDANT,
    _areas,
    _macro_f1,
    bootstrap,
    mcnemar,
    wilson,
)

judged = st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=60)


def split(reviews: list[tuple[int, bool]]) -> tuple[np.ndarray, Labels]:
    scores, positive = zip(*reviews, strict=True)
    return np.array(scores) / 10, np.array(positive)


def outcomes(only_first: int, only_second: int) -> tuple[Labels, Labels]:
    first = np.array([True] * only_first + [False] * only_second + [True, False])
    second = np.array([False] * only_first + [True] * only_second + [True, False])
    return first, second


@given(judged)
@settings(max_examples=30)
def test_intervals_hold_the_figure_and_do_not_depend_on_the_order_of_the_file(
    reviews: list[tuple[int, bool]],
) -> None:
    scores, positive = split(reviews)
    found, figures = bootstrap(scores, positive), evaluate(scores, positive)
    assert found.accuracy.low <= figures.accuracy <= found.accuracy.high
    assert found.brier.low - 1e-9 <= figures.brier <= found.brier.high + 1e-9
    assert (found.auc is None) == (figures.auc is None)
    order = np.random.default_rng(1).permutation(len(scores))
    assert bootstrap(scores[order], positive[order]) == found
    assert evaluate(scores[order], positive[order]).confusion == figures.confusion


def test_a_bootstrap_interval_is_as_wide_as_theory_says() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(2_000)
    positive = rng.random(2_000) < scores
    found, figures = bootstrap(scores, positive), evaluate(scores, positive)
    deviation = np.sqrt(figures.accuracy * (1 - figures.accuracy) / 2_000)
    assert found.accuracy.low == pytest.approx(figures.accuracy - 1.96 * deviation, abs=0.003)
    assert found.accuracy.high == pytest.approx(figures.accuracy + 1.96 * deviation, abs=0.003)
    assert found.auc is not None
    assert figures.auc is not None
    assert found.auc.low < figures.auc < found.auc.high
    assert found.f1.low < figures.f1 < found.f1.high
    assert bootstrap(scores, positive, seed=1) != found == bootstrap(scores, positive)


@given(judged.filter(lambda reviews: len({positive for _, positive in reviews}) == 2))
def test_the_figures_of_a_resample_are_those_of_scikit_learn(
    reviews: list[tuple[int, bool]],
) -> None:
    scores, positive = split(sorted(reviews))
    rng = np.random.default_rng(len(reviews))
    drawn = np.concatenate([np.arange(len(scores)), rng.integers(0, len(scores), len(scores))])
    counts = np.bincount(drawn).astype(float)[None, :]
    [area] = _areas(counts, positive, np.flatnonzero(np.diff(scores, prepend=-np.inf)))
    assert area == pytest.approx(roc_auc_score(positive[drawn], scores[drawn]))
    predicted = scores >= 0.5
    cells = (
        predicted & positive,
        predicted & ~positive,
        ~predicted & positive,
        ~predicted & ~positive,
    )
    [f1] = _macro_f1(*(counts @ cell for cell in cells))
    assert f1 == pytest.approx(
        f1_score(positive[drawn], predicted[drawn], average="macro", zero_division=0.0)
    )


def test_few_right_of_few_still_have_an_interval() -> None:
    known = stats.binomtest(3, 3).proportion_ci(0.95, "wilson")
    found = wilson(np.array([True] * 3))
    assert (found.low, found.high) == pytest.approx((known.low, known.high))
    assert found.low < 0.5


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 1), (3, 9), (20, 4)])
def test_few_disagreements_are_tested_exactly(only_first: int, only_second: int) -> None:
    found = mcnemar(*outcomes(only_first, only_second))
    assert (found.only_first, found.only_second, found.method) == (
        only_first,
        only_second,
        "exact binomial",
    )
    both = (
        sum(stats.binom.pmf(range(min(only_first, only_second) + 1), only_first + only_second, 0.5))
        * 2
    )
    assert found.p_value == pytest.approx(min(1, both))


def test_many_disagreements_are_tested_by_chi_squared_with_correction() -> None:
    found = mcnemar(*outcomes(59, 36))
    assert found.method == "chi-squared, continuity-corrected"
    assert found.p_value == pytest.approx(stats.chi2.sf((59 - 36 - 1) ** 2 / 95, 1))
    assert mcnemar(*outcomes(FEW_DISCORDANT, FEW_DISCORDANT)).p_value == pytest.approx(1.0)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_models_change_places_and_the_test_stays(pairs: list[tuple[bool, bool]]) -> None:
    first, second = np.array(pairs).T
    assert mcnemar(first, second).p_value == pytest.approx(mcnemar(second, first).p_value)
    assert mcnemar(first, first).p_value == 1.0
