"""Whether a candidate is better, and how much of the feedback is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from models.evaluation.significance import gain
from retrain.shared.core import label_noise
from retrain.shared.core.examples import Example, Origin
from retrain.trainer.core.acceptance import (
    Answers,
    Criteria,
    comparable,
    judge,
    rounded,
    side,
)
from retrain.trainer.retraining import believed

CRITERIA = Criteria(min_gain=0.01, max_loss=0.005)


def answers(count: int, champion: float, candidate: float, seed: int = 0) -> Answers:
    """Of models that are right so often, by chance and independently."""
    chance = np.random.default_rng(seed)
    positive = chance.random(count) < 0.5
    said = [
        np.where(chance.random(count) < right, positive, ~positive)
        for right in (champion, candidate)
    ]
    return Answers(said[0].astype(float), said[1].astype(float), positive)


def alike(count: int) -> Answers:
    """Of a champion, and a candidate that says the same."""
    one = answers(count, 0.9, 0.9)
    return Answers(one.champion, one.champion, one.positive)


def swapped(count: int, won: int, lost: int) -> Answers:
    """Of models that differ in these alone."""
    positive = np.arange(count) % 2 == 0
    numbers = np.arange(count)
    said = [positive ^ (numbers < won), positive ^ ((won <= numbers) & (numbers < won + lost))]
    return Answers(said[0].astype(float), said[1].astype(float), positive)


def then(latest: Answers, earlier: Answers) -> Answers:
    """Feedback of two times."""
    one, other = ((each.champion, each.candidate, each.positive) for each in (latest, earlier))
    return Answers(*(np.concatenate(both) for both in zip(one, other, strict=True)))


@pytest.mark.parametrize(
    ("recent", "golden", "reasons"),
    [
        (answers(600, 0.6, 0.8), alike(2000), []),
        (answers(600, 0.8, 0.8), alike(2000), ["gains"]),
        (answers(600, 0.8, 0.6), alike(2000), ["gains", "accuracy is"]),
        (swapped(40, 6, 3), alike(2000), ["may be chance"]),
        (answers(600, 0.6, 0.8), answers(2000, 0.92, 0.88), ["golden set"]),
        (then(answers(400, 0.5, 0.9), answers(400, 0.9, 0.75)), alike(2000), ["earlier half"]),
        (then(answers(400, 0.5, 0.9), alike(400)), alike(2000), []),
        (answers(600, 0.6, 0.8), alike(100), ["golden set"]),  # too few to say that nothing is lost
        (answers(600, 0.8, 0.5), answers(2000, 0.9, 0.5), ["gains", "accuracy is", "golden set"]),
    ],
)
def test_better_is_what_gains_on_feedback_and_loses_nothing_on_the_golden_set(
    recent: Answers, golden: Answers, reasons: list[str]
) -> None:
    verdict = judge(recent, golden, CRITERIA)
    assert verdict.better == (not reasons)
    assert len(verdict.reasons) == len(reasons), verdict.reasons
    assert all(word in reason for word, reason in zip(reasons, verdict.reasons, strict=True))


def test_both_models_are_compared_by_what_they_judge_as_it_is_labelled() -> None:
    found = side(
        Answers(
            np.array([0.5, 0.49, 0.9, 0.1]),
            np.array([0.49, 0.6, 0.5, 0.5]),
            np.array([True, False, True, False]),
        )
    )
    assert (found.reviews, found.champion, found.candidate, found.gain) == (4, 1.0, 0.25, -0.75)
    rare = side(
        Answers(
            np.array([0.0, 0.0, 1.0, 0.0]),
            np.array([0.0, 0.0, 1.0, 1.0]),
            np.array([False, False, False, True]),
        )
    )
    assert (rare.champion, rare.candidate) == (0.5, 0.75)
    assert rare.champion_balanced == pytest.approx(1 / 3)
    assert rare.candidate_balanced == pytest.approx(5 / 6)
    assert rare.gain == 0.25
    assert rare.balanced_gain == pytest.approx(0.5)
    assert rare.gain_interval.low <= 0.25 <= rare.gain_interval.high
    assert rare.balanced_gain_interval.high >= rare.balanced_gain


def test_a_candidate_may_gain_and_lose_exactly_what_the_settings_allow() -> None:
    golden = alike(100)
    may_lose = -side(golden).gain_interval.low
    gains = swapped(40, 8, 0)
    assert judge(gains, golden, Criteria(side(gains).balanced_gain, may_lose)).better
    assert len(judge(gains, golden, Criteria(0.21, may_lose - 1e-9)).reasons) == 2


def test_the_earlier_half_of_recent_feedback_is_its_second_half() -> None:
    recent = then(swapped(101, 101, 0), swapped(101, 0, 101))
    assert [reason for reason in judge(recent, alike(2000), CRITERIA).reasons if "half" in reason]
    latest = then(swapped(101, 0, 20), swapped(101, 60, 0))
    assert judge(latest, alike(2000), CRITERIA).better


@pytest.mark.parametrize(
    ("recent", "golden", "reasons"),
    [
        (
            swapped(40, 6, 3),
            alike(2000),
            [
                r"what it gains on 40 recent reviews with feedback may be chance: "
                r"-\d+\.\d points to \d+\.\d points"
            ],
        ),
        (
            swapped(200, 0, 50),
            swapped(2000, 0, 100),
            [
                "on recent feedback it gains -25.0 points of balanced accuracy, "
                "less than 1.0 points",
                "on recent feedback its accuracy is 25.0 points lower",
                r"on the golden set it may lose \d\.\d points \(found: 5\.0 points\), "
                r"more than 0\.5 points",
            ],
        ),
        (
            then(swapped(400, 200, 0), swapped(400, 0, 60)),
            alike(2000),
            ["on the earlier half of recent feedback its accuracy is 15.0 points lower"],
        ),
    ],
)
def test_reasons_tell_people_what_was_found_and_what_was_wanted(
    recent: Answers, golden: Answers, reasons: list[str]
) -> None:
    found = judge(recent, golden, CRITERIA).reasons
    assert len(found) == len(reasons), found
    for pattern, reason in zip(reasons, found, strict=True):
        assert re.fullmatch(pattern, reason), reason


def test_a_verdict_is_evidence_with_four_digits() -> None:
    verdict = judge(answers(600, 0.8, 0.6), alike(2000), CRITERIA)
    document = verdict.as_document()
    assert document.keys() == {"recent", "golden", "reasons"}
    assert document["reasons"] == list(verdict.reasons)
    assert document["golden"]["reviews"] == 2000
    assert document["recent"]["gain"] == round(verdict.recent.gain, 4) != verdict.recent.gain
    assert rounded({"a": [0.12345, (1, "x")], "b": 0.99999}) == {"a": [0.1235, [1, "x"]], "b": 1.0}


def test_labels_that_are_wrong_by_chance_do_not_make_a_better_model_of_one_that_is_not() -> None:
    promoted = 0
    for seed in range(50):
        one = answers(300, 0.9, 0.88, seed)
        turned = np.random.default_rng(seed + 1000).random(300) < 0.2
        noisy = Answers(one.champion, one.candidate, one.positive ^ turned)
        promoted += judge(noisy, alike(2000), CRITERIA).better
    assert promoted <= 2


@pytest.mark.parametrize(("won", "lost", "same"), [(0, 0, 50), (30, 10, 400), (9, 6, 30)])
def test_the_interval_of_a_gain_holds_the_gain_and_is_wide_for_few(
    won: int, lost: int, same: int
) -> None:
    first = np.repeat([False, True, True], [won, lost, same])
    second = np.repeat([True, False, True], [won, lost, same])
    value, interval = gain(first, second)
    assert value == pytest.approx((won - lost) / (won + lost + same))
    assert interval.low <= value <= interval.high
    assert (interval.low > 0) == (won > lost + 5)


def test_a_balanced_gain_counts_both_labels_alike() -> None:
    positive = np.repeat([True, False], [10, 990])
    value, _ = gain(np.repeat([False, True], [10, 990]), np.ones(1000, np.bool_), positive)
    assert value == 0.5


def test_the_share_of_wrong_labels_is_estimated() -> None:
    chance = np.random.default_rng(0)
    positive = chance.random(2000) < 0.4
    scores = np.clip(np.where(positive, 0.85, 0.15) + chance.normal(0, 0.12, 2000), 0.01, 0.99)
    for wrong in (0.0, 0.1, 0.2, 0.4):
        turned = chance.random(2000) < wrong
        assert label_noise.share(scores, positive ^ turned) == pytest.approx(wrong, abs=0.05)
        found = label_noise.suspicious(scores, positive ^ turned)
        assert np.sum(turned[found]) >= 0.9 * np.sum(found)


def example(origin: Origin) -> Example:
    return Example("text", True, origin, 1.0, datetime(2026, 1, 1, tzinfo=UTC))


def test_the_word_of_those_who_are_trusted_is_believed() -> None:
    origins: list[Origin] = ["user", "rating", "moderator", "labeler"]
    assert believed([example(origin) for origin in origins], np.ones(4, np.bool_)).tolist() == [
        False,
        False,
        True,
        True,
    ]


def test_candidates_are_compared_by_those_who_are_trusted_where_these_are_enough() -> None:
    held_out = [example("user")] * 5 + [example("labeler")] * 3
    assert len(comparable(held_out, 3)) == 3
    assert len(comparable(held_out, 4)) == 8
