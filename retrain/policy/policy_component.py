"""Policy component, and retraining requests by hand."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial

from infra.kafka.topic_publisher import publish
from infra.schema_registry import SchemaRegistry
from infra.section import selected
from infra.settings import Settings
from models.rollout import announcements
from retrain.policy.core.retraining_policy import Decision, Rules, Situation, concerns, decide
from retrain.runner.component import Component, Running, Step
from retrain.runner.topic_follower import Followed
from schemas.errors import InputError
from schemas.records import RetrainingRequested
from schemas.topics import DRIFT_DETECTED, MODELS_LIFECYCLE, RETRAINING_REQUESTED

log = logging.getLogger("undertone.policy")
TOPICS = (DRIFT_DETECTED, RETRAINING_REQUESTED, MODELS_LIFECYCLE)


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Requests for better models, one language after the other."""
    settings = running.settings
    with (
        closing(SchemaRegistry(settings.schema_registry)) as registry,
        closing(
            running.retry(lambda: Followed(settings.kafka, TOPICS, registry.find, running.stop))
        ) as followed,
    ):
        yield partial(look, settings, followed)


COMPONENT = Component(
    "policy",
    opened,
    interval_s=lambda settings: settings.retraining.every_s,
    reads=TOPICS,
    publishes=(RETRAINING_REQUESTED,),
)


def look(settings: Settings, followed: Followed, now: datetime) -> dict[str, Decision]:
    """Decide for every language that has a champion, and ask; what was decided."""
    followed.read()
    answered = {event.request_id for event in followed.of(MODELS_LIFECYCLE)}
    drift = followed.of(DRIFT_DETECTED)
    requests = followed.of(RETRAINING_REQUESTED)
    decisions = {}
    for language, served in announcements.serving(settings).items():
        champion = served.champion
        if champion is None:
            continue
        about = [
            report for report in drift if report.kind == "quality" or concerns(report, champion)
        ]
        situation = Situation(language, champion, about, requests, answered, served.busy)
        decisions[language] = decide(situation, now, selected(Rules, settings.retraining))
        request = decisions[language].request
        if request is not None:
            publish(settings, RETRAINING_REQUESTED, request)
            log.info("%s: retraining requested: %s", language, decisions[language].reason)
    return decisions


def by_hand(
    settings: Settings, language: str, actor: str, reason: str, now: datetime, candidate: str = ""
) -> RetrainingRequested:
    """Ask whatever the policy thinks of it; for ``candidate``, a registered version, to be judged
    rather than a new one.

    Raises ``InputError`` where nobody serves the language.
    """
    champion = announcements.champions(settings).get(language)
    if champion is None:
        raise InputError(f"no champion serves language {language}")
    evidence, name, version = (
        json.dumps({"reason": reason}),
        champion.model_name,
        champion.model_version,
    )
    request = RetrainingRequested(
        uuid.uuid4().hex, language, "manual", name, version, now, evidence, actor, candidate
    )
    publish(settings, RETRAINING_REQUESTED, request)
    return request
