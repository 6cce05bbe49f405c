"""From a request to a champion, on the local stack: what is learnt, what is turned down, and that a kill changes nothing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from pydantic import SecretStr

from infra.kafka.admin import Admin
from infra.kafka.reader import read_topic
from infra.migrations import migrate
from infra.schema_registry import SchemaRegistry
from infra.settings import (
    ClickHouseSettings,
    KafkaSettings,
    ModelSettings,
    RetrainingSettings,
    SchemaRegistrySettings,
    Settings,
    environment,
)
from models import artifact, datasets
from models.artifact import LIGHT
from models.registry import Registry
from retrain.base import GOLDEN, REHEARSAL
from retrain.promotion.main import advance
from retrain.requests import by_hand
from retrain.serving import serving
from retrain.trainer.main import run
from schemas.outputs import decode_output
from schemas.records import ModelEvent, RetrainingRequested
from schemas.topics import CATALOGUE, MODELS_LIFECYCLE
from tests.harness import wait_for
from tests.integration.test_views import FEEDBACK, PREDICTION
from tests.servers import local_stack

REVIEWS = 1200
KILLS = 4
"""Raise it for a longer run."""
CHAMPION = artifact.read_manifest(LIGHT)["version"]
TRAINER = "import threading; from infra.settings import load_settings; from retrain.trainer.main import run; run(load_settings(), threading.Event())"


@dataclass(frozen=True)
class Loop:
    """Settings of a loop with servers of its own."""

    settings: Settings

    def events(self) -> list[ModelEvent]:
        with closing(SchemaRegistry(self.settings.schema_registry)) as registry:
            records = read_topic(self.settings.kafka, MODELS_LIFECYCLE.name, follow=False)
            return [decode_output(ModelEvent, record, registry.find) for record in records if record.value is not None]

    def ask(self) -> RetrainingRequested:
        return by_hand(self.settings, "en", "test", "a test", datetime.now(UTC))

    def answer(self, request: RetrainingRequested) -> ModelEvent:
        """By a trainer in a thread of this process."""
        stop = threading.Event()
        trainer = threading.Thread(target=run, args=(self.settings, stop))
        trainer.start()
        try:
            return wait_for("an answer", lambda: next((e for e in self.events() if about(e, request)), None), 40)
        finally:
            stop.set()
            trainer.join()


def about(event: ModelEvent, request: RetrainingRequested) -> bool:
    return bool(json.loads(event.evidence).get("request_id") == request.request_id)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    """A loop for the lighter model; little is rehearsed, and trials are short, so that the tests are."""
    for name, source in (("base", REHEARSAL), ("golden", GOLDEN)):
        data = datasets.read(source)
        datasets.write(tmp_path / f"{name}.csv.gz", data.texts[-500:], data.positive[-500:])
    with local_stack.running(tmp_path) as stack:
        settings = Settings(
            kafka=KafkaSettings(bootstrap_servers=stack.bootstrap, session_timeout_s=2.0, partitions=1),
            schema_registry=SchemaRegistrySettings(url=stack.registry),
            clickhouse=ClickHouseSettings(url=SecretStr(stack.clickhouse)),
            models=ModelSettings(
                uri=str(LIGHT), tracking_uri=f"sqlite:///{tmp_path}/mlflow.db", cache_dir=tmp_path / "cache"
            ),
            retraining=RetrainingSettings(
                base=tmp_path / "base.csv.gz", golden=tmp_path / "golden.csv.gz", max_loss=0.02, every_s=0.1,
                shadow_s=0.1, shadow_reviews=50, canary=(0.2, 0.6), canary_s=0.1, canary_reviews=50, watch_s=0.1,
            ),
        )  # fmt: skip
        Admin(settings.kafka).create_topics(CATALOGUE)
        with stack.warehouse() as warehouse:
            migrate(warehouse, settings.clickhouse.database)
        yield Loop(settings)


def fill(loop: Loop, *, wrong: float = 0.0, learnable: bool = True, reviews: int = REVIEWS) -> None:
    """Reviews of devices, in words that no film was ever reviewed with; feedback a second ago, some of it wrong."""
    chance = np.random.default_rng(0)
    good, bad = ("flurbed", "zintish", "quorly"), ("grommed", "splotty", "wexful")
    now = datetime.now(UTC)
    predictions, feedback = [], []
    for number in range(reviews):
        positive = bool(chance.random() < 0.4)
        words = (good if positive else bad) if learnable else ("plain", "usual", "ordinary")
        text = f"@shop device {number} was {chance.choice(words)} and {chance.choice(words)} since day {chance.integers(900)}"
        at = now - timedelta(seconds=5 + number / 1000)
        key = f"r{number}"
        predictions.append(
            PREDICTION | {"review_id": key, "text_masked": text, "rating": None, "scored_at": at, "created_at": at}
        )
        label = positive != bool(chance.random() < wrong)
        feedback.append(
            FEEDBACK | {"feedback_id": key, "review_id": key, "label": "positive" if label else "negative", "created_at": at}
        )
    insert(loop, "predictions", predictions)
    insert(loop, "feedback", feedback)
    time.sleep(1.1)  # feedback is stamped with the second in which it came


def insert(loop: Loop, table: str, rows: list[dict[str, object]]) -> None:
    from infra.warehouse import connect

    with connect(loop.settings.clickhouse) as warehouse:
        warehouse.insert(table, list(rows[0]), [list(row.values()) for row in rows], uuid4().hex)


def score(loop: Loop, version: str, count: int, *, right: float, shadow: bool = False, since: datetime) -> None:
    """What a worker would have stored of a variant: the reviews that feedback has judged, and as many right."""
    chance = np.random.default_rng(1)
    table = "shadow_predictions" if shadow else "predictions"
    rows = []
    for number in range(count):
        at = since + timedelta(milliseconds=1 + number)
        said = "positive" if chance.random() < right else "negative"
        rows.append(
            PREDICTION
            | {
                "review_id": f"s{number}",
                "sentiment": said,
                "model_version": version,
                "scored_at": at,
                "created_at": at,
                "rating": None,
            }
        )
    insert(loop, table, rows)


def judge(loop: Loop, count: int) -> None:
    insert(
        loop, "feedback", [FEEDBACK | {"feedback_id": f"s{n}", "review_id": f"s{n}", "label": "positive"} for n in range(count)]
    )


def test_a_new_domain_is_learnt_and_the_challenger_goes_all_the_way(loop: Loop) -> None:
    fill(loop)
    request = loop.ask()
    registered = loop.answer(request)
    evidence = json.loads(registered.evidence)
    assert registered.action == "registered", registered.reason
    [adapter, scratch] = evidence["candidates"]
    assert (adapter["kind"], adapter["reasons"]) == ("adapter", [])
    assert adapter["recent"]["candidate_balanced"] > 0.95 > 0.6 > adapter["recent"]["champion_balanced"]
    assert any("golden" in reason for reason in scratch["reasons"])
    [version] = Registry(loop.settings.models).versions("imdb-ngram")
    assert (version.fingerprint, evidence["uri"]) == (registered.model_version, version.reference)

    challenger = registered.model_version
    judge(loop, 200)
    steps = []
    for right in (0.9, 0.9, 0.9, 0.9, 0.9):
        [step] = advance(loop.settings, datetime.now(UTC)).values()
        steps.append(step.action)
        event = serving(loop.settings)["en"].event
        assert event is not None
        since = event.created_at
        champion_now = serving(loop.settings)["en"].champion
        assert champion_now is not None
        if champion_now.model_version == challenger:
            score(loop, challenger, 200, right=right, since=since)
            score(loop, CHAMPION, 200, right=0.5, shadow=True, since=since)
        else:
            shadow = any(variant.shadow for variant in event.traffic)
            score(loop, CHAMPION, 200, right=0.5, since=since)
            score(loop, challenger, 200, right=right, shadow=shadow, since=since)
        time.sleep(0.3)
    assert steps == ["shadow", "canary", "canary", "promote", "settle"]
    assert [v.model_version for v in serving(loop.settings)["en"].traffic] == [challenger]
    aliases = {v.fingerprint: v.aliases for v in Registry(loop.settings.models).versions("imdb-ngram")}
    assert aliases == {challenger: ("champion",), CHAMPION: ()}
    assert not advance(loop.settings, datetime.now(UTC))
    assert {about(event, request) for event in loop.events()} == {True}


def test_a_challenger_that_proves_worse_is_withdrawn_and_a_champion_that_does_is_rolled_back(loop: Loop) -> None:
    fill(loop)
    challenger = loop.answer(loop.ask()).model_version
    judge(loop, 200)
    advance(loop.settings, datetime.now(UTC))
    event = serving(loop.settings)["en"].event
    assert event is not None
    score(loop, CHAMPION, 200, right=0.9, since=event.created_at)
    score(loop, challenger, 200, right=0.5, shadow=True, since=event.created_at)
    [step] = advance(loop.settings, datetime.now(UTC)).values()
    assert step.action == "reject"
    assert [v.model_version for v in serving(loop.settings)["en"].traffic] == [CHAMPION]


def test_wrong_labels_alone_promote_nothing(loop: Loop) -> None:
    fill(loop, learnable=False, wrong=0.2)
    rejected = loop.answer(loop.ask())
    assert rejected.action == "rejected"
    assert "gains" in rejected.reason or "labels are wrong" in rejected.reason or "chance" in rejected.reason
    assert Registry(loop.settings.models).versions("imdb-ngram") == []


def test_too_little_feedback_trains_nothing(loop: Loop) -> None:
    fill(loop, reviews=20)
    rejected = loop.answer(loop.ask())
    assert (rejected.action, rejected.model_version) == ("rejected", "none")
    assert "only 20 labelled reviews" in rejected.reason


def test_trainers_that_are_killed_leave_one_answer_and_one_version(loop: Loop, tmp_path: Path) -> None:
    fill(loop)
    request = loop.ask()
    chance = random.Random(0)
    for number in range(KILLS + 1):
        with (tmp_path / f"trainer-{number}.log").open("w") as log:
            trainer = subprocess.Popen([sys.executable, "-c", TRAINER], env=environment_of(loop), stderr=log)
            try:
                if number < KILLS:
                    time.sleep(chance.uniform(4, 20))
                else:
                    wait_for("an answer", lambda: any(about(event, request) for event in loop.events()))
            finally:
                trainer.kill()
                trainer.wait()
    assert {event.event_id for event in loop.events() if about(event, request)} == {loop.events()[0].event_id}
    assert len(Registry(loop.settings.models).versions("imdb-ngram")) == 1


def environment_of(loop: Loop) -> dict[str, str]:
    from infra.settings import inherited_environment

    return inherited_environment() | environment(loop.settings)
