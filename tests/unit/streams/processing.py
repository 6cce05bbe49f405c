"""A worker's processor on a stand-in for the broker, and what it published there."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from infra.kafka.publisher import Failure, Outgoing
from infra.kafka.topic_publisher import Encoder
from infra.settings import PrivacySettings
from schemas import avro_files, wire
from schemas.avro_files import ParsedSchema
from schemas.records import DeadLetter, ScoredReview
from schemas.topics import CATALOGUE, DEAD_LETTERS, REVIEWS_SCORED, REVIEWS_SHADOW, Topic
from streams.composition import build_masker
from streams.pipeline import Pipeline
from streams.rejection_limit import RejectionLimit
from streams.router.core.live_models import LiveModels
from streams.router.core.model_plan import key_of
from streams.router.core.shadows import Shadows
from streams.router.core.swap_pauses import Pauses
from streams.stages.language import LanguageIdentifier
from streams.worker.attempts import Attempts
from streams.worker.batch_processor import Processor
from streams.worker.chunk_size import ChunkSize
from tests.unit.streams.router.scorers import Opinion, variant

IDS: dict[Topic[Any], int] = {REVIEWS_SCORED: 1, REVIEWS_SHADOW: 1, DEAD_LETTERS: 2}
SCHEMAS = sorted({topic.record.__name__ for topic in CATALOGUE})
MASK = build_masker(PrivacySettings(level="patterns"))


def find(schema_id: int, _: str) -> ParsedSchema | None:
    return avro_files.current(SCHEMAS[schema_id]) if schema_id < len(SCHEMAS) else None


@dataclass
class Broker:
    """Takes messages of up to ``most`` bytes, by topic, or a million."""

    most: Mapping[str, int] = field(default_factory=dict)
    taken: list[Outgoing] = field(default_factory=list)

    def send(self, messages: Sequence[Outgoing]) -> list[Failure]:
        failures = []
        for position, message in enumerate(messages):
            if len(message.key or b"") + len(message.value) > self.most.get(
                message.topic, 1_000_000
            ):
                failures.append(
                    Failure(
                        position,
                        message.topic,
                        "MSG_SIZE_TOO_LARGE",
                        unfit=True,
                        too_large=True,
                        passing=False,
                    )
                )
            else:
                self.taken.append(message)
        return failures


class NoMarks:
    def read(self, partitions: Any) -> dict[int, int]:
        return {}

    def write(self, numbers: Any) -> None:
        pass


def once(function: Any, *arguments: Any) -> Any:
    """A ``Retry`` for what never has to wait."""
    return function(*arguments)


def processor(broker: Broker, live: LiveModels | None = None) -> Processor:
    champion = variant("1")
    models = live or LiveModels(
        {"en": (champion,)}, {key_of(champion): Opinion("m", "1")}, fallback="en"
    )
    pipeline = Pipeline(
        find_schema=find,
        languages=LanguageIdentifier(min_confidence=0.65),
        supported=frozenset(),
        mask=MASK,
        live=lambda: models,
        shadows=Shadows(lambda *_: None),
        author_secret=b"secret",
        timer=lambda _: nullcontext(),
    )
    publisher: Any = broker
    retry: Any = once
    return Processor(
        pipeline=pipeline,
        publisher=publisher,
        retry=retry,
        encode=Encoder(IDS.__getitem__),
        limit=RejectionLimit(1.0, 10),
        attempts=Attempts(NoMarks(), 100),
        pauses=Pauses(lambda _: None),
        chunk_size=ChunkSize(),
        progress=lambda: None,
        stop=threading.Event(),
    )


def letters(broker: Broker) -> list[DeadLetter]:
    found = [message.value for message in broker.taken if message.topic == DEAD_LETTERS.name]
    return [
        wire.decode(DeadLetter, wire.split(value)[1], avro_files.current("DeadLetter"))
        for value in found
    ]


def scored(broker: Broker) -> list[ScoredReview]:
    found = [message.value for message in broker.taken if message.topic == REVIEWS_SCORED.name]
    return [
        wire.decode(ScoredReview, wire.split(value)[1], avro_files.current("ScoredReview"))
        for value in found
    ]
