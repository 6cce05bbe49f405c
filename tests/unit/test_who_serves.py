"""Who serves a language: workers, the gateway, the loop and the command line read it from the same
events, and must agree.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.topic_reader import TopicReader
from infra.settings import ModelSettings, Settings
from models.artifact import artifact
from models.registry.model_registry import Version
from models.rollout import announcements
from models.rollout.announcements import champions, history, serving
from models.rollout.resolve import latest, resolve
from models.rollout.traffic import ANY_LANGUAGE, CHALLENGER, CHAMPION, PREVIOUS, Traffic, Variants
from models.rollout.trial import trial
from schemas import avro_files, wire
from schemas.errors import ConfigurationError, InputError, Origin, TrafficRefused
from schemas.inputs import RawRecord
from schemas.records import CandidateModel, ModelAction, ModelEvent, TrialStage
from schemas.topics import MODELS_LIFECYCLE
from streams.cli.models.model_versions import _can_serve
from streams.cli.models.traffic import serving_now
from streams.gateway.gateway_models import unwatched
from streams.router.core.live_models import LiveModels, initial
from streams.router.core.model_plan import key_of, plan
from streams.router.model_router import ModelRouter
from tests.unit.streams.router.scorers import Opinion, variant

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LANGUAGES = ("en", "de", ANY_LANGUAGE)
TRAFFIC: tuple[Variants, ...] = (
    (),
    (variant("2"),),
    (variant("1", weight=0.9), variant("2", CHALLENGER, 0.1)),
    (variant("1"), variant("2", CHALLENGER, 0, shadow=True)),
    (variant("2"), variant("1", PREVIOUS, 0, shadow=True)),
    (variant("1", weight=0), variant("2", CHALLENGER)),
)
NONSENSE: tuple[Variants, ...] = (
    (variant("3", weight=0),),
    (variant("3"), variant("2")),
    (variant(""),),
)
configurations = st.dictionaries(st.sampled_from(LANGUAGES[:2]), st.just((variant("1"),)))
actions = st.sampled_from(get_args(ModelAction))
languages = st.sampled_from(LANGUAGES)
events = st.builds(
    ModelEvent,
    st.just("e"),
    languages,
    actions,
    st.just("m"),
    st.just("2"),
    st.sampled_from(TRAFFIC),
    st.just(NOW),
)
any_events = st.builds(
    ModelEvent,
    st.just("e"),
    languages,
    actions,
    st.just("m"),
    st.just("2"),
    st.sampled_from(TRAFFIC + NONSENSE),
    st.just(NOW),
)
candidates = st.none() | st.builds(CandidateModel, *[st.sampled_from(["", "m"])] * 3)
names = st.sampled_from([CHAMPION, CHALLENGER, PREVIOUS, "other"])
any_traffic = st.lists(
    st.builds(variant, st.sampled_from("12"), names, shadow=st.booleans()), max_size=3
).map(tuple)
steps = st.builds(
    ModelEvent, st.just("e"), languages, actions, st.just("m"), st.just("2"), any_traffic,
    st.just(NOW),
    request_id=st.sampled_from(["", "r"]), stage=st.sampled_from(get_args(TrialStage)),
    candidate=candidates,
)  # fmt: skip


def everywhere(version: str) -> Opinion:
    return Opinion("m", version, LANGUAGES)


def router(configured: Traffic) -> ModelRouter:
    scorers = {
        key_of(each): everywhere(each.model_version)
        for variants in configured.values()
        for each in variants
    }
    return ModelRouter(
        LiveModels(configured, scorers, fallback="en"),
        lambda uri: everywhere(uri.removeprefix("models/")),
    )


def record(language: str, event: ModelEvent | None, topic: str = "models.lifecycle") -> RawRecord:
    return RawRecord(
        Origin(topic, 0, 1), language.encode(), wire.encode(event, 1) if event else None, NOW
    )


def read(*records: RawRecord) -> Iterator[tuple[str, ModelEvent | None]]:
    reader = TopicReader(Settings(), MODELS_LIFECYCLE, skipped=announcements.malformed)
    return history(reader.decoded(records, lambda *_: avro_files.current("ModelEvent")))


@given(configurations, events)
def test_workers_gateway_loop_and_command_line_agree_on_who_serves(
    configured: Traffic, event: ModelEvent
) -> None:
    language = event.language
    expected = plan(configured, language, event, configured).traffic.get(language, ())
    live = router(configured)
    live.follow(language, event)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcements, "current", lambda _: {language: event})
        patch.setattr(announcements, "configured", lambda _: dict(configured))
        loop, champion = serving(Settings())[language], champions(Settings()).get(language)
        shown = serving_now(Settings())[0].get(language, ())
    assert live().traffic.get(language, ()) == expected
    assert unwatched(live()).traffic.get(language, ()) == tuple(
        each for each in expected if not each.shadow
    )
    assert loop.traffic == expected
    assert (
        champion
        == loop.champion
        == next((each for each in expected if each.variant == CHAMPION), None)
    )
    assert shown == expected


@given(configurations, st.lists(st.tuples(languages, st.none() | any_events), max_size=6))
def test_a_worker_that_follows_every_event_and_who_reads_the_topic_later_agree(
    configured: Traffic, told: list[tuple[str, ModelEvent | None]]
) -> None:
    live = router(configured)
    for language, event in told:
        with suppress(TrafficRefused):
            live.follow(language, event)
    later = resolve(
        configured, latest(read(*(record(language, event) for language, event in told)))
    )
    assert later == live().traffic


def test_settings_with_two_models_for_a_language_are_refused_by_whoever_reads_them() -> None:
    both = f"{artifact.PRETRAINED},{artifact.LIGHT}"
    with pytest.raises(ConfigurationError, match="both serve en"):
        announcements.configured(Settings(models=ModelSettings(uri=both)))
    with pytest.raises(ConfigurationError, match="both serve en"):
        initial([("1", Opinion("m", "1")), ("2", Opinion("m", "2"))], unserved=False)


@given(steps, any_traffic)
def test_no_event_makes_a_trial_an_error(event: ModelEvent, traffic: Variants) -> None:
    found = trial(event, traffic)
    if found is not None:
        assert found.stage == event.stage
        assert event.request_id
        assert all((found.other.model_name, found.other.model_version, found.other.uri))


def test_a_malformed_event_is_logged_once_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    topic = uuid4().hex
    good = ModelEvent("e", "en", "promoted", "m", "2", (variant("2"),), NOW)
    odd = ModelEvent("e", "de", "registered", "m", "2", (), NOW, request_id="r", stage="registered")
    records = [
        record("en", good, topic),
        RawRecord(Origin(topic, 0, 2), b"en", b"no Avro", NOW),
        RawRecord(Origin(topic, 0, 3), b"zh", wire.encode(good, 1), NOW),
        RawRecord(Origin(topic, 0, 4), b"de", wire.encode(odd, 1), NOW),
    ]
    with caplog.at_level(logging.ERROR):
        assert [latest(read(*records)) for _ in range(3)] == [{"en": good, "de": odd}] * 3
    assert [line.getMessage().split(": ")[0] for line in caplog.records] == [
        f"malformed model event {topic}-0-{offset}" for offset in (2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("language", "serves"), [("en", True), ("de", True), ("zh", False), (ANY_LANGUAGE, True)]
)
def test_workers_and_promotion_agree_on_the_languages_that_a_version_may_serve(
    language: str, serves: bool
) -> None:
    declared = ("en", "de")
    version = Version("m", 2, "2", declared, (), NOW, "", {}, "")
    router = ModelRouter(
        initial([("models/1", Opinion("m", "1"))], unserved=False),
        lambda _: Opinion("m", "2", declared),
    )
    asked = ModelEvent("e", language, "promoted", "m", "2", (variant("2"),), NOW)
    with nullcontext() if serves else pytest.raises(InputError):
        _can_serve(version, [language])
    with nullcontext() if serves else pytest.raises(TrafficRefused):
        router.follow(language, asked)


@pytest.mark.parametrize("room", ["schemas", "infra", "models", "streams", "retrain"])
def test_the_roles_and_the_code_for_any_language_are_defined_once(room: str) -> None:
    values = {CHAMPION, CHALLENGER, PREVIOUS, ANY_LANGUAGE}
    for path in (ROOT / room).rglob("*.py"):
        if path == ROOT / "models/rollout/traffic.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                unpacked = isinstance(targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple)
                parts = list(ast.iter_child_nodes(node.value)) if unpacked else [node.value]
                found = [
                    part.value
                    for part in parts
                    if isinstance(part, ast.Constant) and part.value in values
                ]
                assert not found, f"{path.relative_to(ROOT)}:{node.lineno} defines {found}"
