"""Demo: progress of the closed loop, from the topic and from ClickHouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.kafka.topic_reader import TopicReader
from schemas.records import DriftDetected
from schemas.topics import DRIFT_DETECTED
from streams.demo.stage import Stage

STEPS = """
SELECT event_id, created_at, if(stage = 'none', action, stage), model_version, reason
FROM model_events
WHERE created_at >= %(since)s
ORDER BY created_at, event_id
"""


@dataclass(frozen=True, slots=True)
class Happened:
    """A step of a model version: ``what`` in a word, ``why`` in a sentence."""

    at: datetime
    what: str
    version: str
    why: str


@dataclass(slots=True)
class Story:
    """Shows each step once, when it is first seen; only those since ``since``."""

    stage: Stage
    since: datetime
    shown: set[str] = field(default_factory=set)

    def __call__(self) -> list[Happened]:
        """All of them."""
        rows: list[tuple[Any, ...]] = self.stage.warehouse.query(STEPS, {"since": self.since})
        steps = []
        for event_id, at, what, version, why in rows:
            steps.append(Happened(at, str(what), str(version), str(why)))
            if event_id not in self.shown:
                self.shown.add(event_id)
                self.stage.say(at, steps[-1].what, f"{version}: {why}")
        return steps


def drift(stage: Stage) -> list[DriftDetected]:
    """Every event on ``drift.detected``, as they came."""
    return list(TopicReader(stage.settings, DRIFT_DETECTED))
