"""From probabilities to a decision, in one place."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import (
    DOUBT,
    LABELS,
    NEUTRAL,
    SAID,
    SURE,
    Decision,
    Judgement,
    both,
    classes,
    confidences,
    decide,
    is_mixed,
    of_records,
    positions,
    scores,
    sides,
)
from schemas.records import Sentiment

ROOT = Path(__file__).parents[3]
shares = st.floats(0, 1, width=32)
binary = st.lists(shares, max_size=9).map(lambda rows: both(np.array(rows, np.float32)))
weights = st.tuples(*[st.integers(1, 1000)] * 3)
ternary = st.lists(weights, min_size=1, max_size=9).map(
    lambda rows: (np.array(rows) / np.sum(rows, axis=1, keepdims=True)).astype(np.float32)
)


def seen(probabilities: np.ndarray) -> Judgement:
    return Judgement(probabilities, np.ones(len(probabilities), np.bool_))


@given(st.lists(shares, max_size=9))
def test_a_binary_model_is_read_as_it_always_was(positive: list[float]) -> None:
    for score, decision in zip(
        positive, decide(seen(both(np.array(positive, np.float32)))), strict=True
    ):
        assert decision.label == ("positive" if score >= 0.5 else "negative")
        assert decision.score == score
        assert decision.confidence == max(score, 1 - score)
        assert decision.probabilities is None


@given(ternary)
def test_of_three_classes_the_likeliest_is_the_label_and_its_probability_the_confidence(
    probabilities: np.ndarray,
) -> None:
    for row, decision in zip(probabilities, decide(seen(probabilities)), strict=True):
        assert decision.probabilities is not None
        assert list(decision.probabilities) == list(LABELS)
        assert decision.confidence == decision.probabilities[decision.label] == row.max()
        assert decision.score == pytest.approx(row[2] + row[1] / 2, abs=1e-6)
        assert decision.evidence


@given(ternary)
def test_a_score_is_on_the_side_of_a_label_that_is_not_neutral(probabilities: np.ndarray) -> None:
    for decision in decide(seen(probabilities)):
        if decision.confidence > 0.5:
            side = {"positive": decision.score > 0.5, "negative": decision.score < 0.5}
            assert side.get(decision.label, True)


@given(ternary)
def test_who_mirrors_the_probabilities_mirrors_the_score(probabilities: np.ndarray) -> None:
    assert scores(probabilities[:, ::-1]) == pytest.approx(1 - scores(probabilities), abs=1e-5)


@given(binary | ternary)
def test_without_evidence_a_model_says_neutral_and_is_not_sure(probabilities: np.ndarray) -> None:
    for decision in decide(Judgement(probabilities, np.zeros(len(probabilities), np.bool_))):
        assert (decision.label, decision.confidence) == ("neutral", DOUBT[NEUTRAL])
        assert (decision.score, decision.evidence) == (0.5, False)
        assert (decision.probabilities is None) is (probabilities.shape[1] == 2)


def test_ties_are_neutral_where_they_can_be_and_else_positive() -> None:
    rows = np.array([[0.4, 0.4, 0.2], [0.4, 0.2, 0.4], [0.2, 0.4, 0.4]], np.float32)
    assert [LABELS[which] for which in classes(rows)] == ["neutral", "positive", "neutral"]
    assert [one.label for one in decide(seen(both(np.array([0.5], np.float32))))] == ["positive"]


def said(label: Sentiment, confidence: float = SURE) -> Decision:
    return Decision(label, confidence, 0.5, None, True)


@pytest.mark.parametrize(
    ("sentences", "mixed"),
    [
        ([], False),
        ([(10, said("negative")), (10, said("positive"))], True),
        ([(10, said("positive", 0.99)), (10, said("positive"))], False),
        ([(10, said("negative")), (10, said("neutral", 0.99))], False),
        ([(10, said("negative", SURE - 0.01)), (10, said("positive"))], False),
        ([(10, said("negative")), (90, said("positive"))], True),
        ([(9, said("negative")), (91, said("positive"))], False),
        ([(5, said("negative")), (5, said("negative")), (90, said("positive"))], True),
        ([(10, said("negative")), (10, said("positive")), (90, said("neutral"))], False),
    ],
)
def test_a_text_is_mixed_where_its_sentences_say_both_sides_surely_and_at_some_length(
    sentences: list[tuple[int, Decision]], mixed: bool
) -> None:
    assert SAID == 0.1
    lengths, decisions = [each for each, _ in sentences], [each for _, each in sentences]
    assert is_mixed(lengths, decisions) is mixed
    assert is_mixed(lengths[::-1], decisions[::-1]) is mixed


@pytest.mark.parametrize("room", ["streams", "models/inference", "models/rollout", "retrain"])
def test_no_other_code_compares_a_score_to_one_half_to_name_a_label(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.IfExp) and isinstance(node.body, ast.Constant):
                assert node.body.value not in LABELS or not isinstance(node.test, ast.Compare), (
                    f"{path.relative_to(ROOT)}:{node.lineno}"
                )


@given(st.one_of(binary, ternary), st.randoms())
def test_positions_are_those_of_the_labels_that_are_decided(
    probabilities: np.ndarray, chance: random.Random
) -> None:
    evidence = np.array([chance.random() < 0.7 for _ in probabilities], np.bool_)
    judgement = Judgement(probabilities, evidence)
    decided = decide(judgement)
    assert [LABELS[at] for at in positions(judgement)] == [each.label for each in decided]
    assert confidences(judgement) == pytest.approx([each.confidence for each in decided])


@given(st.one_of(binary, ternary), st.randoms())
def test_probabilities_of_records_are_those_of_the_texts_that_they_are_of(
    probabilities: np.ndarray, chance: random.Random
) -> None:
    evidence = np.array([chance.random() < 0.7 for _ in probabilities], np.bool_)
    judgement = Judgement(probabilities, evidence)
    decided = decide(judgement)
    stored = of_records([each.score for each in decided], [each.probabilities for each in decided])
    assert stored.shape == (len(decided), len(LABELS))
    np.testing.assert_allclose(stored, judgement.by_label, atol=1e-6)
    found = scores(stored.astype(np.float32))
    assert found.tolist() == pytest.approx([each.score for each in decided], abs=1e-6)
    empty = of_records(
        [each.score for each in decided], [each.probabilities or {} for each in decided]
    )
    np.testing.assert_array_equal(empty, stored)


def test_of_two_sides_the_odds_are_those_of_three_classes_and_neutral_says_nothing() -> None:
    said = np.array([[0.1, 0.6, 0.3], [0.3, 0.0, 0.7], [0.0, 1.0, 0.0]], np.float32)
    np.testing.assert_allclose(sides(said), [0.75, 0.7, 0.5], rtol=1e-6)
    np.testing.assert_allclose(sides(both(np.array([0.7], np.float32))), [0.7], rtol=1e-6)
