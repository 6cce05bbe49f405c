"""A world in which the loop can be watched: real servers, a worker, reviews of a new domain, and
people who judge them.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import orjson
from pydantic import SecretStr

from infra.kafka.admin import Admin
from infra.kafka.topic_publisher import TopicPublisher
from infra.kafka.topic_reader import TopicReader
from infra.settings import (
    ClickHouseSettings,
    KafkaSettings,
    ModelSettings,
    PrivacySettings,
    RetrainingSettings,
    SchemaRegistrySettings,
    Settings,
    environment,
)
from models.artifact import artifact
from models.artifact.artifact import LIGHT
from models.registry.model_registry import Registry
from models.training import datasets
from retrain.base import GOLDEN, REHEARSAL
from retrain.shared import training_data
from schemas.records import DriftDetected, ModelEvent, RetrainingRequested
from schemas.topics import CATALOGUE, DRIFT_DETECTED, MODELS_LIFECYCLE, RETRAINING_REQUESTED
from tests.harness import Stack, meanwhile, wait_for
from tests.servers import local_stack
from tests.servers.process import Server

CHAMPION: str = artifact.read_manifest(LIGHT)["version"]
NAME: str = artifact.read_manifest(LIGHT)["name"]
GOOD, BAD = ("flurbed", "zintish", "quorly"), ("grommed", "splotty", "wexful")
WHOLE_STORY = ["registered", "shadow", "canary", "canary", "champion", "settled"]
PACE_S, SLICE = 0.1, 4
"""While traffic flows, so many reviews at a time."""
SOON_S = 1.5
WATCHED = ("policy", "trainer", "promotion")


def trial_settings(stack: Stack, folder: Path) -> Settings:
    """The lighter model, little to rehearse, and short trials, so that tests are quick; no demands
    on behaviour, which rehearsal keeps.
    """
    for name, source in (("base", REHEARSAL), ("golden", GOLDEN)):
        films = [each for each in training_data.read(source) if each.domain == "film"][-500:]
        rows = [(each.text, each.label) for each in films]
        datasets.write_table(folder / f"{name}.csv.gz", ("text", "label"), rows)
    return Settings(
        kafka=KafkaSettings(bootstrap_servers=stack.bootstrap, session_timeout_s=2.0, partitions=1),
        schema_registry=SchemaRegistrySettings(url=stack.registry),
        clickhouse=ClickHouseSettings(url=SecretStr(stack.clickhouse)),
        models=ModelSettings(uri=str(LIGHT), tracking_uri=f"sqlite:///{folder}/mlflow.db",
        cache_dir=folder / "cache"),
        privacy=PrivacySettings(level="patterns"),
        retraining=RetrainingSettings(
            base=folder / "base.csv.gz", golden=folder / "golden.csv.gz", max_loss=0.02,
            every_s=0.2,
            shadow_s=0.2, shadow_reviews=60, canary=(0.3, 0.6), canary_s=0.2, canary_reviews=30,
            watch_s=3.0, max_behaviour_loss=1.0,
            max_latency_ratio=50.0,
        ),
    )  # fmt: skip


@dataclass
class World:
    """``settings``: of every process in ``stack``. Reviews are numbered; whether one is positive
    depends on its number alone.
    """

    stack: Stack
    settings: Settings
    produced: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def people_write(self, count: int, *, judged: bool = True) -> None:
        """So many reviews of devices, in words that no film was ever reviewed with, and what is
        right of each.
        """
        numbers = range(self.produced, self.produced + count)
        self.produced += count
        reviews = [{"review_id": f"r{number}", "text": text(number)} for number in numbers]
        self.stack.produce(
            "reviews.raw", [(str(review["review_id"]), orjson.dumps(review)) for review in reviews]
        )
        if judged:
            self.people_judge(numbers)

    def people_judge(self, numbers: Sequence[int]) -> None:
        """Everybody is right."""
        at = datetime.now(UTC).isoformat()
        feedback = [
            {
                "feedback_id": f"f{number}",
                "review_id": f"r{number}",
                "label": "positive" if positive(number) else "negative",
                "source": "user",
                "created_at": at,
            }
            for number in numbers
        ]
        self.stack.produce(
            "feedback", [(str(each["review_id"]), orjson.dumps(each)) for each in feedback]
        )

    def traffic(self) -> AbstractContextManager[None]:
        """Reviews and feedback without end while the block runs."""
        return meanwhile(lambda: self.people_write(SLICE), PACE_S)

    def wait_until_stored(self) -> None:
        """Until all that was written and judged is in ClickHouse, and its second is over: feedback
        is stamped with seconds.
        """
        wanted = self.produced
        wait_for("reviews", lambda: self.count("predictions") >= wanted)
        wait_for("feedback", lambda: self.count("feedback") >= wanted)
        time.sleep(1.1)

    def count(self, table: str) -> int:
        """Reviews that a table knows of."""
        return int(self.stack.sql(f"SELECT uniqExact(review_id) FROM {table}")[0][0])

    def drift(self) -> DriftDetected:
        """A detector's report of the champion."""
        now = datetime.now(UTC)
        report = DriftDetected(
            uuid4().hex,
            "accuracy",
            "concept",
            "language=en",
            now,
            now,
            500,
            "reference",
            NAME,
            CHAMPION,
            0.3,
            0.1,
            now,
        )
        with closing(TopicPublisher(self.settings, DRIFT_DETECTED)) as publisher:
            publisher.publish(DRIFT_DETECTED, report)
        return report

    def events(self) -> list[ModelEvent]:
        """All that happened to models, each event once: one that is announced again is the same by
        its id.
        """
        found = TopicReader(self.settings, MODELS_LIFECYCLE)
        return list({event.event_id: event for event in found}.values())

    def requests(self) -> list[RetrainingRequested]:
        """All requests, each once."""
        found = TopicReader(self.settings, RETRAINING_REQUESTED)
        return list({request.request_id: request for request in found}.values())

    def about(self, request_id: str) -> list[ModelEvent]:
        """What came of a request, in order."""
        return [event for event in self.events() if event.request_id == request_id]

    def stages(self, request_id: str) -> list[str]:
        """What its version came to, in order."""
        return [event.stage for event in self.about(request_id)]

    def start_loop(self) -> Server:
        """From what detectors say to a champion. These are not among its parts: what they find here
        is not what is watched.
        """
        return self.stack.start("loop", *(word for part in WATCHED for word in ("--only", part)))

    def kill_the_loop(self, times: int, longest_s: float) -> Iterator[str]:
        """Start the loop and kill it with SIGKILL, again and again; when it was, each time.

        By turns at any time up to ``longest_s`` after it started, and soon after it has taken a
        step.
        """
        for number in range(times):
            before = len(self.events())
            loop = self.start_loop()
            after_step = number % 2 == 1 and not self.settled()
            if after_step:
                # Asked before the next round
                wait_for("a step", lambda: len(self.events()) > before)  # noqa: B023
            seconds = self.chance.uniform(0, SOON_S if after_step else longest_s)
            time.sleep(seconds)
            loop.stop(signal.SIGKILL)
            self.stack.processes.remove(loop)
            yield f"{seconds:.1f} s after {'a step' if after_step else 'its start'}"

    def settled(self) -> bool:
        """Whether a trial has ended well."""
        return any(event.stage == "settled" for event in self.events())


def positive(number: int) -> bool:
    """What is right of a review."""
    return random.Random(number).random() < 0.4


def text(number: int) -> str:
    """A review that its words alone tell to be good or bad, and only to whom knows these words."""
    chance = random.Random(number)
    words = GOOD if chance.random() < 0.4 else BAD
    first, second = chance.choice(words), chance.choice(words)
    return (
        f"The device that I bought in week {chance.randrange(900)} was {first} and {second} "
        f"from the day number {number} on"
    )


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Servers, a worker and a sink; nothing written yet, no loop."""
    with local_stack.running(folder) as stack:
        settings = trial_settings(stack, folder)
        stack.env.update(environment(settings))
        Admin(settings.kafka).create_topics(CATALOGUE)
        stack.start("sink")
        stack.start("worker")
        try:
            yield World(stack, settings)
        finally:
            stack.stop()


def loop_of(stack: Stack) -> Server:
    """The loop that runs."""
    return next(process for process in stack.processes if process.name == "loop")


def expect_one_promotion(world: World) -> None:
    """One request, one answer, one version, one promotion."""
    [request] = world.requests()
    assert world.stages(request.request_id) == WHOLE_STORY
    events = world.about(request.request_id)
    challenger = events[0].model_version
    assert {event.model_version for event in events} == {challenger}
    versions = {
        version.fingerprint: version.aliases
        for version in Registry(world.settings.models).versions(NAME)
    }
    assert versions == {challenger: ("champion",), CHAMPION: ()}
