"""What happens next to a challenger: tables of what was measured and what is done, and what the
events leave of the traffic.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from models.rollout import events as lifecycle
from models.rollout.events import Step
from models.rollout.serving import Serving
from models.rollout.traffic import as_champion
from models.rollout.trial import Stage, Trial, trial
from retrain.promotion.core import step_events
from retrain.promotion.core.guards import Measured
from retrain.promotion.core.state_machine import ACTOR, Next, next_step
from retrain.trainer.core import answer_events
from retrain.trainer.core.answer_events import TrainingAnswer
from schemas.records import CandidateModel, ModelEvent, RetrainingRequested, Variant
from tests.unit.retrain.rollout import RULES, SLOW, seen, split

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
OLD = as_champion("reviews-en", "aaa", "models:/reviews-en/1")
NEW = replace(
    as_champion("reviews-en", "bbb", "models:/reviews-en/2"), variant="challenger", weight=0.0
)
REQUEST = RetrainingRequested("request", "en", "drift", "reviews-en", "aaa", BEGAN)
REGISTERED = answer_events.event(
    REQUEST, TrainingAnswer("registered", NEW, "better", {}), (), BEGAN
)


def at(stage: Stage, share: float = 0.0) -> Trial:
    return Trial(stage, "request", OLD, NEW, share, BEGAN)


@pytest.mark.parametrize(
    ("now_on", "measured", "seconds", "action", "why"),
    [
        (at("registered"), Measured(), 0, "shadow", ""),
        (at("shadow"), Measured(), 60, "wait", "0 of 500"),
        (at("shadow"), seen(400, 380), 60, "wait", "400 of 500"),
        (at("shadow"), seen(), 60, "wait", "600 s as shadow"),
        (at("shadow"), seen(), 601, "canary", "90% judged like the champion"),
        (
            at("shadow"),
            seen(only_old=20, only_new=2),
            60,
            "reject",
            "less accurate than the champion on the same reviews",
        ),
        (at("shadow"), seen(only_old=2, only_new=20), 601, "canary", ""),
        (at("shadow"), seen(agreed=200), 601, "reject", "67% of the reviews otherwise"),
        (at("shadow"), seen(agreed=200, only_new=60, only_old=3), 601, "canary", ""),
        (
            at("shadow"),
            replace(seen(), due=900),
            601,
            "reject",
            "scored only 600 of about 900",
        ),
        (at("shadow"), replace(seen(), challenger_latency_s=0.5), 601, "reject", "takes 0.50 s"),
        (
            at("shadow"),
            replace(seen(), champion_latency_s=0.07, challenger_latency_s=0.19),
            601,
            "canary",
            "",
        ),
        (
            at("shadow"),
            replace(seen(), champion_latency_s=1.0, challenger_latency_s=1.5),
            601,
            "canary",
            "",
        ),
        (at("shadow"), seen(10, 10, judged=0), 90_000, "reject", "only 10 reviews in 90000 s"),
        (at("canary", 0.05), split(3800, 150), 301, "wait", "150 of 200"),
        (at("canary", 0.05), split(3800, 210), 200, "wait", "300 s as canary"),
        (at("canary", 0.05), split(3800, 210), 301, "canary", ""),
        (at("canary", 0.25), split(900, 300), 301, "canary", ""),
        (at("canary", 0.5), split(300, 300), 301, "promote", ""),
        (
            at("canary", 0.25),
            split(900, 300, new_right=0.7),
            10,
            "reject",
            "less accurate than the champion by feedback",
        ),
        (at("canary", 0.25), split(900, 300, new_right=0.88), 301, "canary", ""),
        (at("canary", 0.5), split(900, 300), 301, "reject", "scored only 300 of about 600"),
        (at("champion", 1.0), seen(), 60, "wait", "watched"),
        (at("champion", 1.0), seen(), 3601, "settle", "not worse"),
        (
            at("champion", 1.0),
            seen(only_old=2, only_new=20),
            60,
            "roll_back",
            "less accurate than the champion before it",
        ),
    ],
)
def test_the_next_step(
    now_on: Trial, measured: Measured, seconds: float, action: str, why: str
) -> None:
    step = next_step(now_on, measured, BEGAN + timedelta(seconds=seconds), RULES)
    assert (step.action, why in step.reason) == (action, True), step.reason


@pytest.mark.parametrize(
    ("now_on", "measured", "seconds", "action"),
    [
        (at("shadow"), seen(500, 450), 600, "canary"),
        (at("shadow"), seen(499, 450), 600, "wait"),
        (at("shadow"), seen(500, 450), 599, "wait"),
        (at("shadow"), seen(499, 450), 86_400, "wait"),
        (at("shadow"), seen(499, 450), 86_401, "reject"),
        (at("shadow"), seen(500, 450), 86_401, "canary"),
        (at("canary", 0.5), split(200, 200), 300, "promote"),
        (at("canary", 0.5), split(200, 199), 300, "wait"),
        (at("canary", 0.5), split(200, 200), 299, "wait"),
        (at("champion", 1.0), seen(), 3600, "settle"),
        (at("champion", 1.0), seen(), 3599, "wait"),
    ],
)
def test_a_stage_ends_when_its_time_is_over_and_its_reviews_are_scored(
    now_on: Trial, measured: Measured, seconds: float, action: str
) -> None:
    assert next_step(now_on, measured, BEGAN + timedelta(seconds=seconds), RULES).action == action


def test_every_reason_against_a_challenger_is_told() -> None:
    measured = replace(seen(agreed=200), **SLOW)
    rejected = next_step(at("shadow"), measured, BEGAN, RULES)
    assert rejected.reason == (
        "as shadow: judges 67% of the reviews otherwise; takes 0.50 s, the champion 0.20 s"
    )
    passed = next_step(at("canary", 0.5), split(300, 300), BEGAN + timedelta(seconds=301), RULES)
    assert passed.reason == f"{split(300, 300).summary()} as canary"


def test_canaries_grow_by_the_shares_of_the_settings() -> None:
    shares = []
    now_on = at("shadow")
    for measured in (seen(), split(3800, 210), split(900, 300)):
        step = next_step(now_on, measured, BEGAN + timedelta(days=0.5), RULES)
        shares.append(step.share)
        now_on = at("canary", step.share)
    assert shares == [0.05, 0.25, 0.5]


def follow(event: ModelEvent, *actions: tuple[str, float]) -> list[ModelEvent]:
    """The events that steps lead to, each decided on the traffic after the one before."""
    found = [event]
    for number, (action, share) in enumerate(actions, 1):
        served = Serving(found[-1], found[-1].traffic or (OLD,))
        assert served.trial is not None
        step = Next(action, "because", share)  # type: ignore[arg-type]
        found.append(
            step_events.event("en", served.trial, step, Measured(), BEGAN + timedelta(hours=number))
        )
    return found


def test_events_tell_the_whole_traffic_and_the_next_step_is_found_from_the_last_alone() -> None:
    found = follow(
        REGISTERED, ("shadow", 0), ("canary", 0.25), ("canary", 0.5), ("promote", 0), ("settle", 0)
    )
    traffic = [
        [(v.variant, v.model_version, v.weight, v.shadow) for v in event.traffic] for event in found
    ]
    assert traffic == [
        [],
        [("champion", "aaa", 1.0, False), ("challenger", "bbb", 0.0, True)],
        [("champion", "aaa", 0.75, False), ("challenger", "bbb", 0.25, False)],
        [("champion", "aaa", 0.5, False), ("challenger", "bbb", 0.5, False)],
        [("champion", "bbb", 1.0, False), ("previous", "aaa", 0.0, True)],
        [("champion", "bbb", 1.0, False)],
    ]
    served = [Serving(event, event.traffic or (OLD,)) for event in found]
    stages = [each.trial.stage if each.trial else None for each in served]
    assert stages == ["registered", "shadow", "canary", "canary", "champion", None]
    assert [each.busy for each in served] == [True] * 5 + [False]
    assert len({event.event_id for event in found}) == len(found)
    assert {event.request_id for event in found} == {"request"}
    assert {event.candidate for event in found} == {CandidateModel(NEW.model_name, "bbb", NEW.uri)}
    assert [event.stage for event in found] == [
        "registered",
        "shadow",
        "canary",
        "canary",
        "champion",
        "settled",
    ]
    assert [event.action for event in found] == [
        "registered",
        *["traffic"] * 3,
        "promoted",
        "traffic",
    ]
    assert [json.loads(event.evidence) for event in found[1:]] == [
        {"champion": old, "other": new, "measured": asdict(Measured())}
        for old, new in [("aaa", "bbb")] * 4 + [("bbb", "aaa")]
    ]
    assert {(event.language, event.actor, event.reason) for event in found[1:]} == {
        ("en", ACTOR, "because")
    }


@pytest.mark.parametrize(
    ("actions", "stage"),
    [
        ((("shadow", 0), ("reject", 0)), "rejected"),
        ((("shadow", 0), ("canary", 0.5), ("reject", 0)), "rejected"),
        ((("shadow", 0), ("canary", 0.5), ("promote", 0), ("roll_back", 0)), "rolled_back"),
    ],
)
def test_after_a_rejection_or_a_rollback_the_old_champion_serves_alone(
    actions: list[tuple[str, float]], stage: str
) -> None:
    last = follow(REGISTERED, *actions)[-1]
    assert [(v.variant, v.model_version, v.weight, v.shadow) for v in last.traffic] == [
        ("champion", "aaa", 1.0, False)
    ]
    assert (last.action, last.stage, last.request_id) == (stage, stage, "request")
    assert last.candidate == CandidateModel(NEW.model_name, "bbb", NEW.uri)
    assert not Serving(last, last.traffic).busy


def test_a_step_that_is_taken_again_is_the_same_event() -> None:
    first, again = (
        step_events.event(
            "en",
            at("canary", 0.5),
            Next("promote", "because"),
            Measured(),
            BEGAN + timedelta(seconds=n),
        )
        for n in (1, 9)
    )
    assert first.event_id == again.event_id
    other = step_events.event(
        "en", at("canary", 0.5), Next("canary", "because", 0.7), Measured(), BEGAN
    )
    assert other.event_id != first.event_id


def test_what_people_do_to_the_traffic_is_left_alone() -> None:
    step = Step("en", BEGAN, "somebody")
    traffic: tuple[Variant, ...] = lifecycle.canary(step, NEW, 0.2, (OLD,)).traffic
    by_hand = lifecycle.weighted(step, {"challenger": 0.9}, traffic)
    assert trial(by_hand, by_hand.traffic) is None
    assert Serving(by_hand, by_hand.traffic).busy
