"""Whether a candidate is better, and how much of the feedback is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest

from infra.settings import RetrainingSettings
from models.evaluation.behaviour.comparing import BehaviourComparison
from models.evaluation.significance import gain
from retrain.shared.core import label_noise
from retrain.shared.core.examples import Example, Origin
from retrain.trainer.core.acceptance import (
    Answers,
    Criteria,
    comparable,
    judge,
    parts,
    rounded,
    side,
)
from retrain.trainer.retraining import believed

CRITERIA = Criteria(min_gain=0.01, max_loss=0.015)
NEGATIVE, NEUTRAL, POSITIVE = range(3)


def answers(count: int, champion: float, candidate: float, seed: int = 0) -> Answers:
    """Of models that are right so often, by chance and independently."""
    chance = np.random.default_rng(seed)
    positive = chance.random(count) < 0.5
    said = [
        np.where(chance.random(count) < right, positive, ~positive)
        for right in (champion, candidate)
    ]
    return sides(*said, positive)


def sides(*columns: np.ndarray) -> Answers:
    """Of columns that say whether each text is positive."""
    return Answers(*(np.where(column, POSITIVE, NEGATIVE) for column in columns))


def alike(count: int) -> dict[str, Answers]:
    """Golden set of a champion, and a candidate that says the same."""
    one = answers(count, 0.9, 0.9)
    return {"en": Answers(one.champion, one.champion, one.labels)}


def golden(answers: Answers) -> dict[str, Answers]:
    return {"en": answers}


def swapped(count: int, won: int, lost: int) -> Answers:
    """Of models that differ in these alone."""
    positive = np.arange(count) % 2 == 0
    numbers = np.arange(count)
    said = [positive ^ (numbers < won), positive ^ ((won <= numbers) & (numbers < won + lost))]
    return sides(*said, positive)


def then(latest: Answers, earlier: Answers) -> Answers:
    """Feedback of two times."""
    one, other = ((each.champion, each.candidate, each.labels) for each in (latest, earlier))
    return Answers(*(np.concatenate(both) for both in zip(one, other, strict=True)))


@pytest.mark.parametrize(
    ("recent", "golden", "reasons"),
    [
        (answers(600, 0.6, 0.8), alike(2000), []),
        (answers(600, 0.8, 0.8), alike(2000), ["gains"]),
        (answers(600, 0.8, 0.6), alike(2000), ["gains", "accuracy is"]),
        (swapped(40, 6, 3), alike(2000), ["may be chance"]),
        (answers(600, 0.6, 0.8), golden(answers(2000, 0.92, 0.88)), ["golden set"]),
        (then(answers(400, 0.5, 0.9), answers(400, 0.9, 0.75)), alike(2000), ["earlier half"]),
        (then(answers(400, 0.5, 0.9), alike(400)["en"]), alike(2000), []),
        (answers(600, 0.6, 0.8), alike(100), ["golden set"]),  # too few to say that nothing is lost
        (
            answers(600, 0.8, 0.5),
            golden(answers(2000, 0.9, 0.5)),
            ["gains", "accuracy is", "golden set"],
        ),
    ],
)
def test_better_is_what_gains_on_feedback_and_loses_nothing_on_the_golden_set(
    recent: Answers, golden: dict[str, Answers], reasons: list[str]
) -> None:
    verdict = judge(recent, golden, CRITERIA)
    assert verdict.better == (not reasons)
    assert len(verdict.reasons) == len(reasons), verdict.reasons
    assert all(word in reason for word, reason in zip(reasons, verdict.reasons, strict=True))


def test_a_candidate_that_behaves_worse_is_not_better() -> None:
    worse = BehaviourComparison((), {}, ("negation (en): 34 of 40 right, champion 39",))
    gains = answers(600, 0.6, 0.8)
    assert judge(gains, alike(2000), CRITERIA).better
    [reason] = judge(gains, alike(2000), CRITERIA, worse).reasons
    assert reason == "on the behaviour suite, negation (en): 34 of 40 right, champion 39"


def test_both_models_are_compared_by_what_they_judge_as_it_is_labelled() -> None:
    found = side(
        sides(
            np.array([True, False, True, False]),
            np.array([False, True, True, True]),
            np.array([True, False, True, False]),
        )
    )
    assert (found.reviews, found.champion, found.candidate, found.gain) == (4, 1.0, 0.25, -0.75)
    rare = side(
        sides(
            np.array([False, False, True, False]),
            np.array([False, False, True, True]),
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
    unchanged = alike(100)
    may_lose = -side(unchanged["en"]).gain_interval.low
    gains = swapped(40, 8, 0)
    assert judge(gains, unchanged, Criteria(side(gains).balanced_gain, may_lose)).better
    assert len(judge(gains, unchanged, Criteria(0.21, may_lose - 1e-9)).reasons) == 2
    loses = golden(swapped(10_000, 0, 75))
    assert judge(gains, loses, Criteria(0.01, 0.015)).better
    [reason] = judge(gains, loses, Criteria(0.01, 0.0149)).reasons
    assert reason == "on the golden set, en, it loses 0.8 points, more than half of 1.5 points"


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
            golden(swapped(2000, 0, 100)),
            [
                "on recent feedback it gains -25.0 points of balanced accuracy, "
                "less than 1.0 points",
                "on recent feedback its accuracy is 25.0 points lower",
                r"on the golden set, en, it may lose \d\.\d points \(found: 5\.0 points\), "
                r"more than 1\.5 points",
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
    recent: Answers, golden: dict[str, Answers], reasons: list[str]
) -> None:
    found = judge(recent, golden, CRITERIA).reasons
    assert len(found) == len(reasons), found
    for pattern, reason in zip(reasons, found, strict=True):
        assert re.fullmatch(pattern, reason), reason


def test_a_verdict_is_evidence_with_four_digits() -> None:
    verdict = judge(answers(600, 0.8, 0.6), alike(2000), CRITERIA)
    document = verdict.as_document()
    assert document.keys() == {"recent", "golden", "behaviour", "reasons"}
    assert document["reasons"] == list(verdict.reasons)
    assert document["golden"]["en"]["reviews"] == 2000
    assert document["recent"]["gain"] == round(verdict.recent.gain, 4) != verdict.recent.gain
    assert rounded({"a": [0.12345, (1, "x")], "b": 0.99999}) == {"a": [0.1235, [1, "x"]], "b": 1.0}


def test_labels_that_are_wrong_by_chance_do_not_make_a_better_model_of_one_that_is_not() -> None:
    promoted = 0
    for seed in range(50):
        one = answers(300, 0.9, 0.88, seed)
        turned = np.random.default_rng(seed + 1000).random(300) < 0.2
        labels = np.where(turned, POSITIVE - one.labels, one.labels)
        noisy = Answers(one.champion, one.candidate, labels)
        promoted += judge(noisy, alike(2000), CRITERIA).better
    assert promoted <= 2


def candidates_that_pass(size: int, changed: float, lost: float) -> float:
    """Share of candidates that a part of the golden set of this size lets pass: they judge
    ``changed`` of all reviews otherwise than the champion, and are truly worse by ``lost``.
    """
    chance = np.random.default_rng(0)
    gains, passed = swapped(400, 80, 0), 0
    for _ in range(200):
        won, worse, _ = chance.multinomial(
            size, [(changed - lost) / 2, (changed + lost) / 2, 1 - changed]
        )
        part = golden(swapped(size, won, worse))
        passed += judge(gains, part, Criteria(0.01, RetrainingSettings().max_loss)).better
    return passed / 200


@pytest.mark.parametrize("size", [2000, 3500, 6000])
def test_the_shipped_margin_lets_candidates_without_loss_pass_and_catches_a_point_and_a_half(
    size: int,
) -> None:
    assert candidates_that_pass(size, 0.03, 0.0) > 0.95
    assert candidates_that_pass(size, 0.03, 0.015) < 0.05
    assert candidates_that_pass(size, 0.03, 0.03) == 0


def test_a_golden_set_that_is_too_small_for_the_margin_refuses_rather_than_lets_a_loss_pass() -> (
    None
):
    assert candidates_that_pass(200, 0.03, 0.0) < 0.5
    assert candidates_that_pass(200, 0.03, 0.015) < 0.05


def test_what_is_gained_in_one_part_of_the_golden_set_does_not_make_up_for_another() -> None:
    two = {"en film": swapped(2500, 0, 100), "en tweets": swapped(2500, 600, 0)}
    [reason] = judge(swapped(400, 80, 0), two, CRITERIA).reasons
    assert "en film" in reason


def test_where_no_golden_set_guards_neither_half_of_feedback_may_lose() -> None:
    latest = then(swapped(101, 0, 20), swapped(101, 60, 0))
    assert judge(latest, {}, CRITERIA).better
    [reason] = judge(latest, {}, CRITERIA, both_halves=True).reasons
    assert "latest half" in reason


def with_neutral(answers: Answers, champion: int, candidate: int, both: int) -> Answers:
    """And neutral texts that only one of them, or both, judge so."""
    right = np.repeat([[True, False], [False, True], [True, True]], [champion, candidate, both], 0)
    said = np.where(right, NEUTRAL, POSITIVE)
    count = len(right)
    return then(answers, Answers(said[:, 0], said[:, 1], np.full(count, NEUTRAL)))


def test_neutral_is_a_third_label_once_there_are_enough_of_it() -> None:
    gains = swapped(100, 30, 0)
    assert side(with_neutral(gains, 0, 0, 19)).balanced_gain == pytest.approx(0.3)
    assert side(with_neutral(gains, 0, 0, 20)).balanced_gain == pytest.approx(0.2)
    assert side(with_neutral(gains, 0, 0, 19)).gain == pytest.approx(30 / 119)
    # What the sides gain is lost on neutral texts.
    assert "gains" in judge(with_neutral(gains, 30, 0, 0), {}, CRITERIA).reasons[0]
    assert judge(with_neutral(swapped(100, 0, 0), 0, 30, 0), {}, CRITERIA).better


def test_the_golden_set_is_judged_by_language_and_domain_and_small_domains_together() -> None:
    def some(count: int, language: str, domain: str) -> list[Example]:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return [
            Example(f"{number}", "positive", "base", 1.0, at, language, domain)
            for number in range(count)
        ]

    every = [
        *some(1000, "en", "film"), *some(2, "en", "cars"), *some(3, "en", "food"),
        *some(150, "zh", ""), *some(30, "es", ""), *some(7, "", ""),
    ]  # fmt: skip

    def sizes(language: str, *, others: bool) -> dict[str, int]:
        return {
            name: len(part) for name, part in parts(every, language, 0.015, others=others).items()
        }

    assert sizes("en", others=False) == {"en film": 1000, "en": 12}
    # Thirty Spanish reviews rule out no loss, not even that of an identical model.
    assert sizes("en", others=True) == {"en film": 1000, "en": 12, "zh": 150}
    assert sizes("es", others=False) == {"es": 37}
    assert sizes("*", others=False) == {"en film": 1000, "en": 5, "zh": 150, "es": 30, "*": 7}


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
    return Example("text", "positive", origin, 1.0, datetime(2026, 1, 1, tzinfo=UTC))


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
