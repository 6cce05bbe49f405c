"""What people are told of: made of the events alone, the same each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rollout.traffic import PREVIOUS, Variants, as_champion
from retrain.notifications.loop_notifications import notices
from schemas.records import (
    Alert,
    CandidateModel,
    DriftDetected,
    DriftKind,
    ModelAction,
    ModelEvent,
    TrialStage,
    Variant,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def drift(number: int, kind: DriftKind = "input", version: str = "old") -> DriftDetected:
    at = NOW + timedelta(minutes=number)
    return DriftDetected(
        f"drift-{number}",
        "vocabulary",
        kind,
        "language=en",
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


def step(
    number: int, stage: TrialStage, action: ModelAction = "traffic", version: str = "new"
) -> ModelEvent:
    at, old = NOW + timedelta(hours=number), as_champion("reviews-en", "old", "uri")
    previous = replace(old, variant=PREVIOUS, weight=0.0, shadow=True)
    traffic: Variants = (
        (as_champion("reviews-en", version, "uri"), previous) if stage == "champion" else (old,)
    )
    challenger = Variant(
        "challenger",
        "reviews-en",
        version,
        "uri",
        0.0 if stage == "shadow" else 0.1,
        shadow=stage == "shadow",
    )
    traffic += (challenger,) if stage in {"shadow", "canary"} else ()
    event = ModelEvent(
        f"step-{number}",
        "en",
        action,
        "reviews-en",
        version,
        traffic,
        at,
        "because",
        request_id="r",
        stage=stage,
    )
    return replace(event, candidate=CandidateModel("reviews-en", version, "uri"))


def names(alerts: list[Alert]) -> list[tuple[str, str]]:
    return [(alert.name, alert.status) for alert in alerts]


def test_drift_of_a_kind_is_one_condition_however_often_it_is_found() -> None:
    first, second, other = notices([drift(1), drift(2), drift(3, "concept")], [])
    assert first.fingerprint == second.fingerprint != other.fingerprint
    assert first.alert_id != second.alert_id
    assert first.summary == "input drift in language=en: vocabulary is 0.4 (limit 0.2)"


def test_it_ends_once_for_each_condition_when_another_champion_serves() -> None:
    told = notices([drift(1), drift(2), drift(3, "concept")], [step(1, "champion", "promoted")])
    ended = [alert for alert in told if alert.status == "resolved"]
    assert {alert.fingerprint for alert in ended} == {
        alert.fingerprint for alert in told if alert.name == "drift"
    }
    assert len(ended) == 2
    assert {alert.ended_at for alert in ended} == {NOW + timedelta(hours=1)}


def test_it_ends_too_when_people_make_another_version_champion() -> None:
    by_hand = replace(
        step(2, "none", "promoted", "newer"), traffic=(as_champion("reviews-en", "newer", "uri"),)
    )
    told = notices([drift(90, version="new")], [step(1, "champion", "promoted"), by_hand])
    assert [(alert.status, alert.labels["version"]) for alert in told if alert.name == "drift"] == [
        ("firing", "new"),
        ("resolved", "new"),
    ]


def test_what_is_found_out_about_a_version_that_serves_no_more_is_not_told() -> None:
    late, back = drift(61), drift(121)
    told = notices(
        [late, back], [step(1, "champion", "promoted"), step(2, "rolled_back", "rolled_back")]
    )
    assert names(told) == [
        ("model_promoted", "firing"),
        ("model_rolled_back", "firing"),
        ("drift", "firing"),
    ]


def test_drift_of_another_champion_goes_on() -> None:
    told = notices([drift(1, version="newer")], [step(1, "champion", "promoted")])
    assert names(told) == [("drift", "firing"), ("model_promoted", "firing")]


@pytest.mark.parametrize(
    ("stage", "name", "severity"),
    [
        ("rejected", "candidate_rejected", "info"),
        ("champion", "model_promoted", "info"),
        ("rolled_back", "model_rolled_back", "critical"),
    ],
)
def test_what_becomes_of_a_version_is_told_with_the_reason(
    stage: TrialStage, name: str, severity: str
) -> None:
    [alert] = notices([], [step(1, stage)])
    assert (alert.name, alert.severity, alert.description) == (name, severity, "because")
    assert alert.labels == {"language": "en", "model": "reviews-en", "version": "new"}
    assert alert.ended_at is not None


@pytest.mark.parametrize("stage", ["registered", "shadow", "canary", "settled"])
def test_steps_on_the_way_are_nobodys_news(stage: TrialStage) -> None:
    assert notices([], [step(1, stage)]) == []


def test_bad_data_is_told_of_elsewhere() -> None:
    assert notices([drift(1, "quality")], []) == []


@given(st.permutations([1, 2, 3, 4]), st.permutations([1, 2]))
def test_the_order_in_which_events_are_read_tells_nothing(
    reports: list[int], steps: list[int]
) -> None:
    stages: dict[int, TrialStage] = {1: "champion", 2: "rolled_back"}
    told = notices(
        [drift(number) for number in reports], [step(number, stages[number]) for number in steps]
    )
    again = notices(
        [drift(number) for number in sorted(reports)],
        [step(number, stages[number]) for number in sorted(steps)],
    )
    ids = [alert.alert_id for alert in told]
    assert ids == [alert.alert_id for alert in again]
    assert len(ids) == len(set(ids))


def test_a_step_that_cannot_be_followed_is_told_and_those_after_it_are_told_as_ever() -> None:
    malformed = replace(step(1, "registered"), candidate=None)
    told = notices([], [malformed, step(2, "champion", "promoted")])
    assert names(told) == [("model_event_malformed", "firing"), ("model_promoted", "firing")]
    assert "without the name, version or uri of a candidate" in told[0].description
