"""Labelling component: periodically requests labels for the most useful reviews.

What it knows is on the topic and in ClickHouse. The topic is read once, at the start, for what the
sink has not stored yet: so a review is asked for once, whenever the process is killed; where that
cannot be (two of them run, or the broker confirms too late) both requests have the same id, and the
view shows one.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from infra import metrics
from infra.kafka.reader import read_topic
from infra.kafka.topic_publisher import TopicPublisher
from infra.kafka.topic_reader import TopicReader
from infra.settings import LabellingSettings, Settings
from infra.warehouse import Warehouse, connect
from retrain.labelling import labelling_queries
from retrain.labelling.core.label_requests import request
from retrain.labelling.core.selection import Chosen, choose
from retrain.labelling.core.usefulness import Weights
from retrain.runner.component import Component, Running, Step
from schemas.topics import DRIFT_DETECTED, LABELLING_REQUESTED

log = logging.getLogger("undertone.labelling")

ON_THE_WAY = timedelta(hours=1)
"""For so long a request that ClickHouse does not know is taken to be waiting in the sink."""


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Requests for as many labels as there is room for."""
    with connect(running.settings.clickhouse) as warehouse:
        queue = running.retry(Queue.follow, running.settings)
        yield partial(queue.fill, warehouse)


COMPONENT = Component(
    "labelling",
    opened,
    interval_s=lambda settings: settings.labelling.every_s,
    reads=(LABELLING_REQUESTED, DRIFT_DETECTED),
    publishes=(LABELLING_REQUESTED,),
    warehouse=True,
)


@dataclass(frozen=True, slots=True)
class Queue:
    """Requested labels by review, with the time of the request. One object serves one thread."""

    settings: Settings
    asked: dict[str, datetime]

    @classmethod
    def follow(cls, settings: Settings) -> Queue:
        """Go on with what the topic holds. Raises ``BrokerUnavailable``, or ``InputError`` where
        there is no such topic.
        """
        records = read_topic(settings.kafka, LABELLING_REQUESTED.name, follow=False)
        return cls(
            settings,
            {(record.key or b"").decode("utf8", "replace"): record.timestamp for record in records},
        )

    def fill(self, warehouse: Warehouse, now: datetime) -> list[Chosen]:
        """Ask for as many labels as there is room for. Raises ``TransientError`` of whatever is
        away; then nobody, or some, was asked, and those will not be asked again."""
        rules = self.settings.labelling
        waiting = labelling_queries.waiting(warehouse)
        recent = [name for name, at in self.asked.items() if at > now - ON_THE_WAY]
        on_the_way = len(recent) - len(labelling_queries.stored(warehouse, recent))
        metrics.LABELLING_WAITING.set(len(waiting) + on_the_way)
        count = min(rules.batch, rules.queue - len(waiting) - on_the_way)
        if count <= 0:
            return []
        chosen = self._choose(warehouse, [text for _, text in waiting], count, now)
        if chosen:
            self._publish(chosen, now)
            reasons = Counter(each.reason for each in chosen)
            for reason, number in reasons.items():
                metrics.LABELLING_REQUESTS.labels(reason).inc(number)
            log.info(
                "requested %d labels: %s",
                len(chosen),
                ", ".join(f"{n} by {why}" for why, n in sorted(reasons.items())),
            )
        return chosen

    def _choose(
        self, warehouse: Warehouse, waiting: list[str], count: int, now: datetime
    ) -> list[Chosen]:
        rules = self.settings.labelling
        since = now - timedelta(hours=rules.hours)
        # So many more as may be on their way: they are in no table yet.
        half = rules.pool // 2 + count
        hard = [
            each
            for each in labelling_queries.hardest(warehouse, since, half)
            if each.review_id not in self.asked
        ]
        sample = [
            each
            for each in labelling_queries.sample(warehouse, since, half)
            if each.review_id not in self.asked
        ]
        return choose(
            hard,
            sample,
            waiting,
            drifting(self.settings, since),
            count,
            rules.by_chance,
            weights(rules),
        )

    def _publish(self, chosen: list[Chosen], now: datetime) -> None:
        requests = [request(each, now) for each in chosen]
        with closing(TopicPublisher(self.settings, LABELLING_REQUESTED)) as publisher:
            # Noted before: what was not confirmed may have arrived.
            self.asked.update((each.candidate.review_id, now) for each in chosen)
            publisher.publish(LABELLING_REQUESTED, *requests)


def drifting(settings: Settings, since: datetime) -> list[str]:
    """The segments in which drift was found after ``since``, but for what is wrong with the data
    itself.
    """
    found = set()
    for event in TopicReader(settings, DRIFT_DETECTED):
        if event.created_at > since and event.kind != "quality":
            found.add(event.segment)
    return sorted(found)


def weights(rules: LabellingSettings) -> Weights:
    """As the settings have them."""
    return Weights(rules.disagreement_weight, rules.drift_weight, rules.similarity_weight)
