"""What an event changes, as a table; and what makes no sense."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.rollout.traffic import Traffic
from schemas.errors import TrafficRefused
from schemas.records import ModelEvent, Variant
from streams.router.core.model_plan import ModelKey, plan
from tests.unit.streams.router.scorers import variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONFIGURED: Traffic = {"en": (variant("1"),), "zh": (variant("z"),)}


def event(*traffic: Variant, language: str = "en", action: str = "promoted") -> ModelEvent:
    # A literal, given as text
    return ModelEvent("e", language, action, "m", "2", traffic, NOW)  # type: ignore[arg-type]


def models(*versions: str) -> frozenset[ModelKey]:
    return frozenset(ModelKey(f"models/{version}", version) for version in versions)


@pytest.mark.parametrize(
    ("traffic", "load", "drop"),
    [
        ((variant("2"),), ("2",), ("1",)),
        ((variant("1"), variant("2", "challenger", 0.1)), ("2",), ()),
        ((variant("1"), variant("2", "shadow", 0, shadow=True)), ("2",), ()),
        ((variant("2"), variant("2", "challenger")), ("2",), ("1",)),
        ((variant("z"),), (), ("1",)),
        ((variant("1"),), (), ()),
        ((), (), ("1",)),
    ],
    ids=[
        "promotion",
        "canary",
        "shadow",
        "one model twice",
        "another language's",
        "nothing new",
        "retired",
    ],
)
def test_what_is_loaded_and_what_can_go(
    traffic: tuple[Variant, ...], load: tuple[str, ...], drop: tuple[str, ...]
) -> None:
    todo = plan(CONFIGURED, "en", event(*traffic), CONFIGURED)
    assert (todo.load, todo.drop) == (models(*load), models(*drop))
    assert todo.traffic == {"en": traffic, "zh": CONFIGURED["zh"]}


def test_a_model_that_another_language_uses_stays() -> None:
    shared: Traffic = {"en": (variant("1"),), "de": (variant("1"),)}
    assert plan(shared, "en", event(variant("2")), {}).drop == frozenset()


def test_a_new_language_is_added_beside_the_others() -> None:
    todo = plan(CONFIGURED, "*", event(variant("2"), language="*"), CONFIGURED)
    assert todo.traffic.keys() == {"en", "zh", "*"}


@pytest.mark.parametrize("silent", [None, event(action="registered"), event(action="rejected")])
def test_an_event_that_says_nothing_of_traffic_leaves_what_is_configured(
    silent: ModelEvent | None,
) -> None:
    assert plan({"en": (variant("2"),)}, "en", silent, CONFIGURED).traffic == {
        "en": CONFIGURED["en"]
    }
    assert (
        plan(
            {"fr": (variant("2"),)}, "fr", silent and replace(silent, language="fr"), CONFIGURED
        ).traffic
        == {}
    )


def test_a_retired_language_is_not_served() -> None:
    assert plan(CONFIGURED, "en", event(action="retired"), CONFIGURED).traffic["en"] == ()


@pytest.mark.parametrize(
    ("traffic", "problem"),
    [
        ((variant("2", weight=-1),), "weights"),
        ((variant("2", weight=float("nan")),), "weights"),
        ((variant("2", weight=float("inf")),), "weights"),
        ((variant("2", weight=0),), "no variant that may emit"),
        ((variant("2", shadow=True),), "no variant that may emit"),
        ((variant("2"), variant("3")), "named twice: champion, champion"),
        ((variant("2", ""),), "without name"),
        ((variant("2", model=""),), "without name"),
    ],
)
def test_nonsense_is_refused(traffic: tuple[Variant, ...], problem: str) -> None:
    with pytest.raises(TrafficRefused, match=problem) as refused:
        plan(CONFIGURED, "en", event(*traffic), CONFIGURED)
    assert refused.value.reason == "bad_traffic"


@pytest.mark.parametrize("key", ["", "EN", "zh", "und", "english"])
def test_a_key_that_is_no_language_or_another_is_refused(key: str) -> None:
    with pytest.raises(TrafficRefused, match="key"):
        plan(CONFIGURED, key, event(variant("2")), CONFIGURED)
