"""When a better model is asked for: a table of what is known and what is decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retrain.policy.core.retraining_policy import Decision, Rules, Situation, decide
from schemas.records import DriftDetected, DriftKind, RetrainingRequested, Variant

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
RULES = Rules(cooldown_s=3600, daily_quota=3, run_limit_s=1800, hold_s=600, schedule="")
WEEKLY = replace(RULES, schedule="0 3 * * 1")
CHAMPION = Variant("champion", "reviews-en", "aaa", "", 1.0)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def drift(
    seconds: float, kind: DriftKind = "input", version: str = "aaa", name: str = ""
) -> DriftDetected:
    at = ago(seconds)
    return DriftDetected(
        name or f"drift-{seconds:g}",
        "psi",
        kind,
        "",
        at,
        at,
        500,
        "ref",
        "reviews-en",
        version,
        0.4,
        0.2,
        at,
    )


def asked(seconds: float, language: str = "en", name: str = "") -> RetrainingRequested:
    return RetrainingRequested(
        name or f"asked-{seconds:g}", language, "manual", "reviews-en", "aaa", ago(seconds)
    )


def decided(
    drift: Sequence[DriftDetected] = (),
    requests: Sequence[RetrainingRequested] = (),
    rules: Rules = RULES,
    *,
    answered: Sequence[str] = (),
    on_trial: bool = False,
    now: datetime = NOW,
) -> Decision:
    return decide(Situation("en", CHAMPION, drift, requests, answered, on_trial), now, rules)


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (decided([drift(60)]), "drift"),
        (decided([drift(60, "prediction")]), "drift"),
        (decided([drift(60, "concept"), drift(30)]), "performance"),
        (decided(rules=replace(RULES, schedule="30 11 * * *")), "schedule"),
        (decided([drift(60)], [asked(4000)], answered=["asked-4000"]), "drift"),
        (decided([drift(60)], [asked(60, "de")]), "drift"),
        (decided([drift(60)], [asked(4000)]), "drift"),  # unanswered for longer than a run may take
        (decided([drift(60), drift(700, "quality")]), "drift"),
    ],
)
def test_a_better_model_is_asked_for(decision: Decision, reason: str) -> None:
    assert decision.request is not None
    assert decision.request.reason == reason
    assert (decision.request.model_version, decision.request.created_at) == ("aaa", NOW)


@pytest.mark.parametrize(
    ("decision", "why"),
    [
        (decided(), "nothing asks"),
        (decided([drift(60, version="older")]), "nothing asks"),
        (decided([drift(5000)], [asked(4000)], answered=["asked-4000"]), "nothing asks"),
        (decided([drift(60, "quality")]), "nothing asks"),
        (decided([drift(60), drift(30, "quality")]), "held: psi"),
        (decided([drift(60)], [asked(1000)]), "asked-1000 is not answered"),
        (decided([drift(60)], on_trial=True), "on trial"),
        (decided([drift(60)], [asked(3000)], answered=["asked-3000"]), "less than 3600 s ago"),
        (
            decided([drift(60)], [asked(n * 5000.0) for n in (1, 2, 3)], answered=["asked-5000"]),
            "3 requests within a day",
        ),
        (
            decided(rules=WEEKLY),
            "nothing asks",
        ),  # 3 o'clock is longer ago than the cooldown: missed
        (decided(requests=[asked(3000)], rules=WEEKLY, now=ago(8.9 * 3600)), "nothing asks"),
    ],
)
def test_nothing_is_asked_for_and_it_says_why(decision: Decision, why: str) -> None:
    assert decision.request is None
    assert why in decision.reason


def test_the_same_state_of_things_makes_the_same_request_and_only_once() -> None:
    reports = [drift(60, name="first"), drift(30, name="second")]
    first, again = (
        decided(reports[:1]).request,
        decided(reports, now=NOW + timedelta(seconds=5)).request,
    )
    assert first is not None
    assert again is not None
    assert first.request_id == again.request_id
    assert [each["event_id"] for each in json.loads(again.evidence)["drift"]] == ["first", "second"]
    known = replace(first, created_at=ago(70))
    after = decided(reports, [known], replace(RULES, cooldown_s=1), answered=[first.request_id])
    assert after.request is None
    assert after.reason == "asked for already"
    other = decided(
        [drift(20, name="third")],
        [known],
        replace(RULES, cooldown_s=1),
        answered=[first.request_id],
    ).request
    assert other is not None
    assert other.request_id != first.request_id


def test_a_schedule_asks_once_each_time_it_is_due() -> None:
    due = NOW.replace(hour=3, minute=5)
    first = decided(rules=WEEKLY, now=due).request
    assert first is not None
    assert (
        decided(
            requests=[first],
            rules=replace(WEEKLY, cooldown_s=400),
            answered=[first.request_id],
            now=due,
        ).request
        is None
    )
    assert decided(rules=WEEKLY, now=due + timedelta(days=7)).request != first
