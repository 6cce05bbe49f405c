"""From reviews in ClickHouse to an event on Kafka, on the local stack; and that starting again
repeats nothing.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import numpy as np
import pytest
from pydantic import SecretStr

from infra.kafka.admin import Admin
from infra.kafka.topic_reader import TopicReader
from infra.migrations import migrate
from infra.settings import (
    ClickHouseSettings,
    DriftSettings,
    KafkaSettings,
    ModelSettings,
    SchemaRegistrySettings,
    Settings,
    environment,
    inherited_environment,
)
from infra.warehouse import connect
from models.artifact import artifact
from models.artifact.artifact import LIGHT
from models.rollout.announcements import champions
from retrain.drift.drift_component import COMPONENT, Detection
from retrain.runner.component import Running
from schemas.records import DriftDetected
from schemas.topics import CATALOGUE, DRIFT_DETECTED
from tests.harness import wait_for
from tests.integration.views import FEEDBACK, PREDICTION
from tests.servers import local_stack

MINUTE = timedelta(minutes=1)
MANIFEST = artifact.read_manifest(LIGHT)
FILMS = [
    "the",
    "film",
    "was",
    "a",
    "story",
    "of",
    "people",
    "director",
    "made",
    "scenes",
    "with",
    "acting",
    "and",
    "plot",
]
LETTERS = list("abcdefghij")
KILLS = 2
"""Raise it for a longer run."""
PROCESS = """
import threading
from infra.settings import load_settings
from retrain.drift.drift_component import COMPONENT
from retrain.runner.component import Running
COMPONENT.run(Running.of(load_settings(), threading.Event()))
"""
TRIPS = [
    "flight",
    "delayed",
    "crew",
    "luggage",
    "gate",
    "again",
    "thanks",
    "airline",
    "waiting",
    "plane",
    "refund",
]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with local_stack.running(tmp_path) as stack:
        settings = Settings(
            kafka=KafkaSettings(
                bootstrap_servers=stack.bootstrap, session_timeout_s=2.0, partitions=1
            ),
            schema_registry=SchemaRegistrySettings(url=stack.registry),
            clickhouse=ClickHouseSettings(url=SecretStr(stack.clickhouse)),
            models=ModelSettings(uri=str(LIGHT)),
            drift=DriftSettings(
                window_s=60,
                lateness_s=1,
                reference_reviews=300,
                reports_dir=tmp_path / "reports",
                every_s=0.1,
            ),
        )
        Admin(settings.kafka).create_topics(CATALOGUE)
        with stack.warehouse() as warehouse:
            migrate(warehouse, settings.clickhouse.database)
        yield settings


@contextmanager
def detectors(settings: Settings) -> Iterator[None]:
    """The process, as a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=COMPONENT.run, args=(Running.of(settings, stop),))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def told(settings: Settings) -> list[DriftDetected]:
    return list(TopicReader(settings, DRIFT_DETECTED))


def write(
    settings: Settings,
    first: datetime,
    minute: int,
    words: list[str],
    *,
    sure: float,
    wrong: float | None = None,
) -> None:
    """Reviews of a minute, each with feedback a moment later; the same whenever the test runs. The
    model is as often wrong as it thinks by itself, or ``wrong`` says how often."""
    window, number, chance = first + minute * MINUTE, 150, np.random.default_rng(minute)
    reviews, feedback = [], []
    for position in range(number):
        key, positive = f"{window:%H%M}-{position}", bool(chance.random() < 0.5)
        confidence = min(0.99, max(0.51, chance.normal(sure, 0.05)))
        at = window + position * MINUTE / number
        says = positive != bool(chance.random() < (1 - confidence if wrong is None else wrong))
        reviews.append(
            PREDICTION
            | {
                "review_id": key,
                "text_masked": " ".join(
                    [
                        *chance.choice(words, 25 if words is FILMS else 8),
                        "".join(chance.choice(LETTERS, 3)),
                    ]
                ),
                "sentiment": "positive" if says else "negative",
                "score": confidence if says else 1 - confidence,
                "model_name": MANIFEST["name"],
                "model_version": MANIFEST["version"],
                "created_at": at,
                "scored_at": at,
            }
        )
        label = "positive" if positive else "negative"
        feedback.append(
            FEEDBACK | {"feedback_id": key, "review_id": key, "label": label, "created_at": at}
        )
    with connect(settings.clickhouse) as warehouse:
        for table, rows in (("predictions", reviews), ("feedback", feedback)):
            warehouse.insert(
                table, list(rows[0]), [list(row.values()) for row in rows], uuid4().hex
            )


def test_a_drifted_stream_is_told_once_with_a_report_and_a_steady_one_is_not(
    settings: Settings,
) -> None:
    first = datetime.now(UTC).replace(second=0, microsecond=0) - 20 * MINUTE
    for minute in range(6):
        write(settings, first, minute, FILMS, sure=0.9)

    def windows(number: int) -> bool:
        with connect(settings.clickhouse) as warehouse:
            [(count,)] = warehouse.query("SELECT uniqExact(window_start) FROM drift_reports")
        return count == number

    with detectors(settings):
        wait_for("windows after the reference to be judged", lambda: windows(4))
        assert told(settings) == []
        write(settings, first, 6, TRIPS, sure=0.7, wrong=0.4)
        wait_for("one window with drift to be judged", lambda: windows(5))
        assert told(settings) == [], "one window is not enough"

    write(settings, first, 7, TRIPS, sure=0.7, wrong=0.4)
    with detectors(settings):
        wait_for("two windows with drift to be told", lambda: len(told(settings)) >= 3)
    events = told(settings)
    assert {(event.kind, event.segment, event.window_start) for event in events} == {
        (kind, "language=en", first + 7 * MINUTE) for kind in ("input", "prediction", "concept")
    }
    assert all(
        event.effect >= event.threshold and event.p_value is not None and event.p_value < 0.005
        for event in events
    )
    [report] = {event.report for event in events}
    assert "<html" in Path(unquote(urlsplit(report).path)).read_text()[:2000].lower()
    with connect(settings.clickhouse) as warehouse:
        fired = warehouse.query(
            "SELECT report_id, evidence FROM drift_reports WHERE fires = 1 ORDER BY report_id"
        )
    assert fired == sorted((event.event_id, event.evidence) for event in events)
    assert {type(json.loads(event.evidence)) for event in events} == {dict}

    for minute in (8, 9):
        write(settings, first, minute, TRIPS, sure=0.7, wrong=0.4)
    with connect(settings.clickhouse) as warehouse:
        Detection(warehouse, settings.drift)("en", champions(settings)["en"], datetime.now(UTC))
    assert windows(8)
    assert told(settings) == events, "killed between storing and telling"
    with detectors(settings):
        wait_for("the next start to tell it", lambda: len(told(settings)) >= len(events) + 6)
    assert told(settings)[: len(events)] == events
    later = [(event.window_start - first) / MINUTE for event in told(settings)[len(events) :]]
    assert later == [8, 8, 8, 9, 9, 9]


def test_detectors_that_are_killed_leave_each_report_and_each_event_once(
    settings: Settings, tmp_path: Path
) -> None:
    first = datetime.now(UTC).replace(second=0, microsecond=0) - (3 * KILLS + 10) * MINUTE
    for minute in range(3):
        write(settings, first, minute, FILMS, sure=0.9)
    chance = random.Random(0)
    end = first + 3 * (KILLS + 2) * MINUTE
    for number in range(KILLS + 1):
        for minute in range(3 * number + 3, 3 * number + 6):
            write(settings, first, minute, TRIPS, sure=0.7, wrong=0.4)
        with (tmp_path / f"detectors-{number}.log").open("w") as log:
            variables = inherited_environment() | environment(settings)
            process = subprocess.Popen([sys.executable, "-c", PROCESS], env=variables, stderr=log)
            try:
                if number < KILLS:
                    time.sleep(chance.uniform(4, 10))
                else:
                    wait_for(
                        "the last window to be told",
                        lambda: any(event.window_end == end for event in told(settings)),
                    )
            finally:
                process.kill()
                process.wait()
    events = [event.event_id for event in told(settings)]
    with connect(settings.clickhouse) as warehouse:
        [(reports, different)] = warehouse.query(
            "SELECT count(), uniqExact(report_id) FROM drift_reports"
        )
        fired = warehouse.query("SELECT report_id FROM drift_reports WHERE fires = 1")
    assert reports == different
    assert sorted(events) == sorted(str(identity) for (identity,) in fired)
