"""Variants that cannot be loaded, as alerts: which, when, and once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.errors import BrokerUnavailable, EngineUnavailable, TrafficRefused
from schemas.records import Alert, ModelEvent
from streams.router.unloadable_alerts import AGAIN_S, AWAY_FOR_S, NAME, Unloadable
from tests.unit.streams.router.scorers import variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHAMPION, CHALLENGER = variant("1"), variant("2", "challenger", 0.1)
EVENT = ModelEvent("e", "en", "traffic", "m", "2", (CHAMPION, CHALLENGER), NOW)
GONE, AWAY = TrafficRefused("not_found", "gone"), EngineUnavailable("away")


@dataclass
class Topic:
    """Where alerts go; ``away``: it cannot be reached."""

    away: bool = False
    told: list[Alert] = field(default_factory=list)
    now: float = 0.0

    def __call__(self, alerts: Sequence[Alert]) -> None:
        if self.away:
            raise BrokerUnavailable("Kafka")
        self.told += alerts


def unloadable(topic: Topic) -> Unloadable:
    return Unloadable(topic, clock=lambda: NOW, monotonic=lambda: topic.now)


def test_a_challenger_that_is_not_there_is_told_once_and_its_end_as_well() -> None:
    topic = Topic()
    report = unloadable(topic)
    for missing in ({CHALLENGER: GONE}, {CHALLENGER: GONE}, {}, {}):
        report("en", EVENT, missing)
        report.tick()
    assert [(alert.name, alert.status, alert.severity) for alert in topic.told] == [
        (NAME, "firing", "warning"),
        (NAME, "resolved", "warning"),
    ]
    assert topic.told[0].labels == {
        "language": "en",
        "variant": "challenger",
        "model": "m",
        "version": "2",
    }
    assert "not_found" in topic.told[0].description


def test_every_worker_says_the_same_and_a_champion_is_critical() -> None:
    told = []
    for _ in range(2):
        topic = Topic()
        report = unloadable(topic)
        report("en", EVENT, {CHAMPION: GONE})
        report.tick()
        told += topic.told
    assert told[0] == told[1]
    assert told[0].severity == "critical"


def test_what_is_away_is_told_only_if_it_stays_away_and_other_languages_are_their_own() -> None:
    topic = Topic()
    report = unloadable(topic)
    report("en", EVENT, {CHALLENGER: AWAY})
    topic.now = AWAY_FOR_S - 1
    report("de", EVENT, {})
    report("en", EVENT, {CHALLENGER: AWAY})
    report.tick()
    assert topic.told == []
    topic.now = AWAY_FOR_S
    report("en", EVENT, {CHALLENGER: AWAY})
    report("de", EVENT, {})
    report.tick()
    assert [alert.status for alert in topic.told] == ["firing"]


def test_an_alert_that_could_not_be_sent_is_sent_later() -> None:
    topic = Topic(away=True)
    report = unloadable(topic)
    report("en", EVENT, {CHALLENGER: GONE})
    report.tick()
    topic.away = False
    report.tick()
    assert topic.told == []
    topic.now = AGAIN_S
    report.tick()
    report.tick()
    assert [alert.status for alert in topic.told] == ["firing"]
