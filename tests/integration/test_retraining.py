"""What a trainer answers and what promotion makes of it, on the local stack: good feedback, bad
feedback, bad models.
"""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import fastavro
import httpx
import numpy as np
import pytest

from infra.kafka.admin import Admin
from infra.kafka.publisher import Outgoing, Publisher
from infra.migrations import migrate
from infra.settings import Settings
from infra.warehouse import connect
from models.artifact.artifact import LIGHT, save
from models.artifact.calibration import Calibration
from models.registry.model_registry import Registry
from models.rollout import announcements
from models.rollout.serving import Serving
from models.rollout.traffic import as_champion
from models.text.ngrams import EncoderSettings
from models.training.ngram_training import ngram_artifact
from retrain.policy.policy_component import by_hand
from retrain.promotion.promotion_component import advance
from retrain.quality.core.quality_rows import Row
from retrain.quality.quality_queries import store
from retrain.runner.component import Running
from retrain.shared import training_data
from retrain.shared.core.examples import Dataset
from retrain.shared.training_data import golden_set
from retrain.trainer.trainer_component import COMPONENT
from schemas import avro_files, wire
from schemas.records import ModelEvent, RetrainingRequested, Sentiment
from schemas.topics import CATALOGUE, MODELS_LIFECYCLE
from streams.demo.sample import load
from tests.closed_loop import CHAMPION, NAME, World, positive, text, trial_settings
from tests.harness import wait_for
from tests.integration.views import FEEDBACK, PREDICTION
from tests.servers import local_stack

REVIEWS = 1000
Judgement = tuple[str, bool | Sentiment]


@dataclass(frozen=True)
class Loop:
    """Servers, and rows where a worker and a sink would have written them."""

    world: World

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def insert(self, table: str, rows: Sequence[dict[str, object]]) -> None:
        with connect(self.settings.clickhouse) as warehouse:
            warehouse.insert(
                table, list(rows[0]), [list(row.values()) for row in rows], uuid4().hex
            )

    def fill(self, judgements: Sequence[Judgement], rating: float | None = None) -> None:
        """Reviews and what people said of them, a moment ago."""
        at = datetime.now(UTC) - timedelta(seconds=5)
        keys = [uuid4().hex for _ in judgements]
        rows = [
            PREDICTION
            | {
                "review_id": key,
                "text_masked": said,
                "rating": rating,
                "scored_at": at,
                "created_at": at,
            }
            for key, (said, _) in zip(keys, judgements, strict=True)
        ]
        self.insert("predictions", rows)
        if rating is None:
            labels = [
                label if isinstance(label, str) else ("positive" if label else "negative")
                for _, label in judgements
            ]
            self.insert(
                "feedback",
                [
                    FEEDBACK
                    | {"feedback_id": key, "review_id": key, "label": label, "created_at": at}
                    for key, label in zip(keys, labels, strict=True)
                ],
            )
            time.sleep(1.1)  # feedback is stamped with the second in which it came

    def ask(self, candidate: str = "") -> RetrainingRequested:
        return by_hand(self.settings, "en", "test", "a test", datetime.now(UTC), candidate)

    def answer(self, request: RetrainingRequested) -> ModelEvent:
        """By a trainer in a thread of this process."""
        stop = threading.Event()
        trainer = threading.Thread(target=COMPONENT.run, args=(Running.of(self.settings, stop),))
        trainer.start()
        try:
            return wait_for(
                "an answer", lambda: next(iter(self.world.about(request.request_id)), None)
            )
        finally:
            stop.set()
            trainer.join()

    def step(self) -> str:
        """What promotion does now."""
        [step] = advance(self.settings, datetime.now(UTC)).values()
        return step.action

    def served(self) -> Serving:
        return announcements.serving(self.settings)["en"]

    def score(self, version: str, right: float, *, shadow: bool = False) -> None:
        """What is stored of a variant since the last step: reviews that feedback has judged, so
        many of them right.
        """
        event = self.served().event
        assert event is not None
        chance = np.random.default_rng(1)
        rows = []
        for number in range(200):
            at = event.created_at + timedelta(milliseconds=1 + number)
            said = "positive" if chance.random() < right else "negative"
            times = {"scored_at": at, "created_at": at, "rating": None}
            rows.append(
                PREDICTION
                | times
                | {"review_id": f"s{number}", "sentiment": said, "model_version": version}
            )
        self.insert("shadow_predictions" if shadow else "predictions", rows)

    def write_in_version_1(self, event: ModelEvent) -> None:
        """As a trainer of an older release did, when the evidence held what drives a trial."""
        text = avro_files.versions("ModelEvent")[0]
        url = f"{self.settings.schema_registry.url}/subjects/{MODELS_LIFECYCLE.subject}/versions"
        schema_id = httpx.post(url, json={"schema": text}).raise_for_status().json()["id"]
        schema, body = avro_files.parse(text), io.BytesIO(wire.HEADER.pack(wire.MAGIC, schema_id))
        body.seek(0, io.SEEK_END)
        written = {field["name"] for field in schema["fields"]}
        values = {name: value for name, value in asdict(event).items() if name in written}
        fastavro.schemaless_writer(body, schema, values)
        message = Outgoing(MODELS_LIFECYCLE.name, event.language.encode(), body.getvalue())
        Publisher(self.settings.kafka).publish([message])

    def judge(self) -> None:
        """All of what ``score`` stores is positive."""
        self.insert(
            "feedback",
            [FEEDBACK | {"feedback_id": f"s{n}", "review_id": f"s{n}"} for n in range(200)],
        )


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    with local_stack.running(tmp_path) as stack:
        settings = trial_settings(stack, tmp_path)
        settings = settings.model_copy(
            update={
                "retraining": settings.retraining.model_copy(
                    update={"shadow_s": 0.01, "canary_s": 0.01, "watch_s": 60.0}
                )
            }
        )
        Admin(settings.kafka).create_topics(CATALOGUE)
        with stack.warehouse() as warehouse:
            migrate(warehouse, settings.clickhouse.database)
        yield Loop(World(stack, settings))


def devices(count: int = REVIEWS) -> list[Judgement]:
    return [(text(number), positive(number)) for number in range(count)]


def test_a_challenger_is_withdrawn_as_a_shadow_and_one_that_became_champion_is_rolled_back(
    loop: Loop,
) -> None:
    # What no trial can go on from, of another language, for as long as the topic is kept: it must
    # stop nothing.
    lasting = ModelEvent(
        "odd",
        "de",
        "registered",
        NAME,
        "lost",
        (as_champion(NAME, CHAMPION, str(LIGHT)),),
        datetime.now(UTC),
    )
    loop.write_in_version_1(
        replace(lasting, actor="undertone trainer", evidence='{"request_id": "lost"}')
    )
    loop.fill(devices())
    loop.judge()
    registered = loop.answer(loop.ask())
    assert registered.action == "registered", registered.reason
    challenger = registered.model_version
    assert loop.step() == "shadow"
    loop.score(CHAMPION, 0.9)
    loop.score(challenger, 0.5, shadow=True)
    assert loop.step() == "reject"
    assert [variant.model_version for variant in loop.served().traffic] == [CHAMPION]

    challenger = loop.answer(loop.ask()).model_version
    assert loop.step() == "shadow"
    loop.score(CHAMPION, 0.5)
    loop.score(challenger, 0.9, shadow=True)
    assert loop.step() == "canary"
    for action in ("canary", "promote"):
        loop.score(CHAMPION, 0.5)
        loop.score(challenger, 0.9)
        assert loop.step() == action
    assert loop.step() == "wait"
    loop.score(challenger, 0.5)
    loop.score(CHAMPION, 0.9, shadow=True)
    assert loop.step() == "roll_back"
    assert [variant.model_version for variant in loop.served().traffic] == [CHAMPION]
    aliases = {
        version.fingerprint: version.aliases
        for version in Registry(loop.settings.models).versions(NAME)
    }
    assert "champion" in aliases[CHAMPION]
    assert "champion" not in aliases[challenger]
    assert not advance(loop.settings, datetime.now(UTC))


def test_a_bad_model_that_somebody_registers_is_turned_down_by_the_golden_set(loop: Loop) -> None:
    weights = np.random.default_rng(0).normal(size=2**12).astype(np.float32)
    folder = loop.world.stack.folder / "bad"
    save(
        ngram_artifact(NAME, EncoderSettings(bits=12), weights, 0.0, Calibration(), {}),
        folder,
        "Bad.",
    )
    version = Registry(loop.settings.models).register(folder)
    loop.fill(devices(400))
    told = loop.answer(loop.ask(version.reference))
    assert (told.action, told.model_version) == ("rejected", version.fingerprint)
    assert "on the golden set" in told.reason


def test_feedback_that_turns_every_label_round_is_turned_down(loop: Loop) -> None:
    """Of reviews such as the champion knows; of others nobody but labelers could tell."""
    loop.fill([(review.text, review.label != "positive") for review in load()[:REVIEWS]])
    told = loop.answer(loop.ask())
    assert told.action == "rejected"
    assert "on the golden set" in told.reason or "labels are wrong" in told.reason


def test_wrong_labels_alone_promote_nothing(loop: Loop) -> None:
    chance = np.random.default_rng(0)
    loop.fill(
        [
            (review.text, (review.label == "positive") != bool(chance.random() < 0.2))
            for review in load()[:REVIEWS]
        ]
    )
    told = loop.answer(loop.ask())
    assert told.action == "rejected", told.reason
    assert Registry(loop.settings.models).versions(NAME) == []


def test_too_little_feedback_trains_nothing(loop: Loop) -> None:
    loop.fill(devices(20))
    told = loop.answer(loop.ask())
    assert (told.action, told.model_version) == ("rejected", "none")
    assert "only 20 labelled reviews" in told.reason


def test_nothing_is_learnt_while_the_data_is_not_sound(loop: Loop) -> None:
    loop.fill(devices(300))
    now = datetime.now(UTC)
    with connect(loop.settings.clickhouse) as warehouse:
        store(warehouse, [Row("check", "empty", now, now, 300, 0.4, 0.1, True, "", now, "{}", now)])
    told = loop.answer(loop.ask())
    assert told.action == "rejected"
    assert "held" in told.reason
    assert "empty was 0.4 (limit 0.1)" in told.reason


def test_the_data_set_is_what_was_known_at_the_moment_of_the_request_neutral_labels_if_wanted(
    loop: Loop,
) -> None:
    loop.fill(devices(300))
    loop.fill([("a rated thing that nobody judged", True)], rating=5.0)
    loop.fill([("another that nobody can tell", True)], rating=3.0)
    until = datetime.now(UTC)
    golden = golden_set(loop.settings.retraining)

    def known(language: str = "en", at: datetime = until, *, neutral: bool = False) -> Dataset:
        with connect(loop.settings.clickhouse) as warehouse:
            return training_data.load(
                warehouse, loop.settings.retraining, language, at, golden, neutral=neutral
            )

    before = known()
    told = before.counts()
    assert (told["user"] + told["held_out"], told["rating"]) == (
        len({said for said, _ in devices(300)}),
        1,
    )
    time.sleep(1.1)
    loop.fill([(said, not label) for said, label in devices(400)])
    assert known() == before
    assert known(at=datetime.now(UTC)).sha256 != before.sha256
    assert known("*").sha256 == before.sha256

    found_so = {said for said, _ in devices(440)[400:]}
    loop.fill([(said, "neutral") for said in sorted(found_so)])
    binary, three = (known(at=datetime.now(UTC), neutral=neutral) for neutral in (False, True))
    counts = [
        Counter(each.label for each in (*data.learnt, *data.held_out)) for data in (binary, three)
    ]
    assert counts[0]["neutral"] == 0
    assert counts[1] == counts[0] + Counter(neutral=len(found_so))
    assert {each.language for each in three.learnt} == {"en"}
