"""Steps in the life of a version: what each leaves of the traffic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.rollout import events as lifecycle
from models.rollout.events import Step
from models.rollout.traffic import Variants, as_champion
from schemas.errors import InputError
from schemas.records import ModelEvent, Variant

STEP = Step("en", datetime(2026, 1, 1, tzinfo=UTC), actor="somebody", reason="because")
OLD = as_champion("reviews-en", "aaa", "models:/reviews-en/1")
NEW = as_champion("reviews-en", "bbb", "models:/reviews-en/2")
CANARY: Variants = lifecycle.canary(STEP, NEW, 0.1, (OLD,)).traffic


def shares(traffic: Variants) -> dict[str, tuple[str, float, bool]]:
    return {
        variant.variant: (variant.model_version, variant.weight, variant.shadow)
        for variant in traffic
    }


@pytest.mark.parametrize(
    ("event", "action", "after"),
    [
        (lifecycle.promoted(STEP, NEW), "promoted", {"champion": ("bbb", 1.0, False)}),
        (lifecycle.rolled_back(STEP, OLD), "rolled_back", {"champion": ("aaa", 1.0, False)}),
        (
            lifecycle.canary(STEP, NEW, 0.25, (OLD,)),
            "traffic",
            {"champion": ("aaa", 0.75, False), "challenger": ("bbb", 0.25, False)},
        ),
        (
            lifecycle.shadowed(STEP, NEW, CANARY),
            "traffic",
            {"champion": ("aaa", 1.0, False), "challenger": ("bbb", 0.0, True)},
        ),
        (
            lifecycle.weighted(STEP, {"challenger": 3.0}, CANARY),
            "traffic",
            {"champion": ("aaa", 0.9, False), "challenger": ("bbb", 3.0, False)},
        ),
        (
            lifecycle.noted(STEP, "rejected", NEW, (OLD,)),
            "rejected",
            {"champion": ("aaa", 1.0, False)},
        ),
    ],
)
def test_an_event_holds_the_whole_traffic_afterwards(
    event: ModelEvent, action: str, after: dict[str, object]
) -> None:
    assert (event.action, shares(event.traffic)) == (action, after)
    assert (event.language, event.actor, event.reason, event.created_at) == (
        "en",
        "somebody",
        "because",
        STEP.now,
    )


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (lambda: lifecycle.canary(STEP, NEW, 1.0, (OLD,)), "between 0 and 1, not 1"),
        (lambda: lifecycle.canary(STEP, NEW, 0.1, ()), "en has no champion"),
        (lambda: lifecycle.shadowed(STEP, NEW, ()), "en has no champion"),
        (
            lambda: lifecycle.weighted(STEP, {"rival": 1.0}, CANARY),
            "no variant rival, only champion, challenger",
        ),
        (
            lambda: lifecycle.weighted(STEP, {"champion": -1.0}, CANARY),
            "weight of champion is not 0 or more",
        ),
        (
            lambda: lifecycle.weighted(STEP, {"champion": float("nan")}, CANARY),
            "weight of champion is not 0 or more",
        ),
        (
            lambda: lifecycle.weighted(STEP, {"champion": 0, "challenger": 0}, CANARY),
            "no variant would score",
        ),
    ],
)
def test_what_would_leave_a_language_unserved_or_makes_no_sense_is_refused(
    attempt: Callable[[], ModelEvent], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        attempt()


def test_the_same_step_at_the_same_time_is_the_same_event() -> None:
    assert lifecycle.promoted(STEP, NEW) == lifecycle.promoted(STEP, NEW)
    ids = {
        event.event_id
        for event in (
            lifecycle.promoted(STEP, NEW),
            lifecycle.promoted(STEP, OLD),
            lifecycle.rolled_back(STEP, NEW),
        )
    }
    assert len(ids) == 3


def test_a_promotion_ends_a_shadow() -> None:
    shadow = Variant("challenger", "reviews-en", "bbb", "models:/reviews-en/2", 0.0, shadow=True)
    assert shares(lifecycle.promoted(STEP, shadow).traffic) == {"champion": ("bbb", 1.0, False)}
