"""Promotion over several languages: a model is served before it gets traffic, and one language
waits for no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.settings import ScoringSettings, Settings
from models.artifact.artifact import JUDGE
from models.rollout import announcements
from models.rollout.events import Part, Step, noted
from models.rollout.serving import Serving
from models.rollout.traffic import as_champion
from retrain.promotion import promotion_component
from retrain.promotion.promotion_component import advance
from retrain.trainer.core import answer_events
from schemas.errors import EngineUnavailable, InputError
from schemas.records import CandidateModel, ModelEvent, Variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings()


def registered(language: str) -> Serving:
    champion = as_champion("m", "1", "folder/1")
    part = Part("r", "registered", CandidateModel("m", f"new-{language}", f"folder/{language}"))
    step = Step(language, NOW - timedelta(minutes=1), answer_events.ACTOR, part=part)
    event = noted(
        step,
        "registered",
        Variant("challenger", "m", f"new-{language}", f"folder/{language}", 0.0),
        (champion,),
    )
    return Serving(event, (champion,))


@dataclass
class World:
    """What a step touches, in order: ``fails`` for the model of a language."""

    fails: dict[str, Exception] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)

    def deploy(self, folder: Path, _: ScoringSettings) -> None:
        self.done.append(("deployed", folder.name))
        if folder.name in self.fails:
            raise self.fails[folder.name]

    def announce(self, _: Settings, event: ModelEvent) -> None:
        self.done.append((event.action, event.language))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(
        announcements,
        "serving",
        lambda _: {language: registered(language) for language in ("de", "en", "zh")},
    )
    monkeypatch.setattr(promotion_component, "deploy", world.deploy)
    monkeypatch.setattr(promotion_component, "_register", lambda models, trial, step: None)
    monkeypatch.setattr(announcements, "announce", world.announce)
    return world


def test_a_challenger_is_served_before_workers_are_told_of_it(world: World) -> None:
    assert {step.action for step in advance(SETTINGS, NOW).values()} == {"shadow"}
    assert world.done == [
        pair for code in ("de", "en", "zh") for pair in (("deployed", code), ("traffic", code))
    ]


def test_a_server_that_is_away_for_one_language_keeps_no_other_waiting_and_is_asked_again(
    world: World,
) -> None:
    world.fails["de"] = EngineUnavailable("Triton: UNAVAILABLE")
    with pytest.raises(EngineUnavailable):
        advance(SETTINGS, NOW)
    assert world.done == [
        ("deployed", "de"),
        ("deployed", "en"),
        ("traffic", "en"),
        ("deployed", "zh"),
        ("traffic", "zh"),
    ]


@pytest.mark.parametrize(
    "error", [KeyError("what nobody foresaw"), InputError("announced in vain")]
)
def test_whatever_goes_wrong_for_one_language_keeps_no_other_from_its_step(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def announce(_: Settings, event: ModelEvent) -> None:
        if event.language == "de":
            raise error
        world.announce(SETTINGS, event)

    monkeypatch.setattr(announcements, "announce", announce)
    with pytest.raises(type(error)):
        advance(SETTINGS, NOW)
    assert [language for action, language in world.done if action == "traffic"] == ["en", "zh"]


def test_a_malformed_registration_takes_no_step_and_keeps_no_other_from_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = {language: registered(language) for language in ("de", "en")}
    event = served["de"].event
    assert event is not None
    served["de"] = replace(served["de"], event=replace(event, candidate=None))
    monkeypatch.setattr(announcements, "serving", lambda _: served)
    assert {language: step.action for language, step in advance(SETTINGS, NOW).items()} == {
        "en": "shadow"
    }
    assert not served["de"].busy


def test_a_challenger_that_can_never_be_served_is_turned_down(world: World) -> None:
    world.fails["en"] = InputError("config.pbtxt differs from what this version needs")
    steps = advance(SETTINGS, NOW)
    assert {language: step.action for language, step in steps.items()} == {
        "de": "shadow",
        "en": "reject",
        "zh": "shadow",
    }
    assert "cannot be promoted" in steps["en"].reason


def test_where_no_triton_scores_nothing_is_exported() -> None:
    from models.inference.engines.triton_deployment import deploy

    deploy(Path("nowhere"), ScoringSettings(engine="numba"))


def test_a_multilingual_model_is_not_given_to_triton() -> None:
    from models.inference.engines.triton_deployment import deploy

    deploy(JUDGE, ScoringSettings(engine="triton", triton_url="127.0.0.1:1"))
