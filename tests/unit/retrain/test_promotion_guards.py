"""What is held against a challenger, and from which numbers on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.rollout.trial import Stage
from retrain.promotion.core.guards import Measured, objections
from tests.unit.retrain.rollout import RULES, SLOW, seen


def test_few_reviews_object_to_nothing() -> None:
    for stage in ("shadow", "canary", "champion"):
        assert (
            objections(stage, 0.5, Measured(20, 5, 5, 5, 5, 2, 5, 1, 3, 0, 0.1, 9.0), RULES) == []
        )


@pytest.mark.parametrize(
    ("stage", "measured", "found"),
    [
        # Of the reviews that it should have scored, a tenth may be missing, and what is chance.
        ("shadow", Measured(due=30, done=0), ["scored only 0 of about 30"]),
        ("shadow", Measured(due=29, done=0), []),
        ("shadow", Measured(due=900, done=719), ["scored only 719 of about 900"]),
        ("shadow", Measured(due=900, done=721), []),
        ("canary", Measured(due=1000, done=100), ["scored only 100 of about 500"]),
        # Half of the reviews may be judged otherwise.
        ("shadow", Measured(30, 30, shared=30, agreed=14), ["judges 53% of the reviews otherwise"]),
        ("shadow", Measured(29, 29, shared=29, agreed=0), []),
        ("shadow", Measured(600, 600, shared=600, agreed=300), []),
        # Slow is twice the latency and a quarter of a second more, of enough reviews.
        ("shadow", Measured(30, 30, shared=30, agreed=30, **SLOW), ["takes 0.50 s"]),
        ("shadow", Measured(29, 29, shared=29, agreed=29, **SLOW), []),
        ("canary", Measured(30, 30, **SLOW), ["takes 0.50 s, the champion 0.20 s"]),
        ("shadow", replace(seen(), champion_latency_s=0.5, challenger_latency_s=1.0), []),
        ("shadow", replace(seen(), champion_latency_s=0.125, challenger_latency_s=0.375), []),
        ("shadow", replace(seen(), champion_latency_s=None, challenger_latency_s=9.0), []),
        ("shadow", replace(seen(), champion_latency_s=0.1, challenger_latency_s=None), []),
        # Worse on the same reviews, and not by chance.
        ("shadow", seen(only_old=11, only_new=1), ["11 that only the other did"]),
        ("shadow", seen(only_old=10, only_new=1), []),
        ("champion", seen(only_old=1, only_new=11), ["1 that only it judged right, 11 that"]),
        ("champion", seen(only_old=1, only_new=10), []),
        ("champion", Measured(900, 0, **SLOW), []),
        # Worse on other reviews, and not by chance.
        ("canary", Measured(200, 200, 100, 100, 90, 75), ["75.0% of 100 right by feedback"]),
        ("canary", Measured(200, 200, 100, 100, 90, 77), []),
        ("canary", Measured(200, 200, 100, 100, 75, 90), []),
        ("canary", Measured(400, 400, 400, 50, 360, 38), ["76.0% of 50 right by feedback"]),
        ("canary", Measured(400, 400, 400, 50, 360, 39), []),
        ("canary", Measured(400, 400, 30, 30, 30, 0), ["0.0% of 30 right by feedback"]),
        ("canary", Measured(400, 400, 29, 30, 29, 0), []),
        ("canary", Measured(400, 400, 30, 29, 30, 0), []),
        ("canary", Measured(400, 400, 30, 30, 30, 30), []),
    ],
)
def test_what_is_held_against_a_challenger_begins_where_the_rules_say(
    stage: Stage, measured: Measured, found: list[str]
) -> None:
    against = objections(stage, 0.5, measured, RULES)
    assert len(against) == len(found), against
    assert all(words in reason for words, reason in zip(found, against, strict=True)), against


@pytest.mark.parametrize(
    ("measured", "summary"),
    [
        (Measured(), "0 reviews"),
        (
            Measured(600, 600, shared=600, agreed=540),
            "600 reviews, 90% judged like the champion",
        ),
        (
            Measured(600, 30, 100, 20, 91, 15),
            "30 reviews, 75.0% of 20 right by feedback (champion 91.0% of 100)",
        ),
        (Measured(600, 30, challenger_judged=20), "30 reviews, 0.0% of 20 right by feedback"),
        (Measured(neutral=3), "0 reviews, 3 left out that people found neutral"),
    ],
)
def test_the_summary_of_a_stage_tells_what_was_measured(measured: Measured, summary: str) -> None:
    assert measured.summary() == summary
