"""Promotion component: periodically takes the next step of every language's rollout.

What it knows is in the last event of each language. Killed between any two lines it does the same
again: aliases are set to what they are, and the event of a step has one id.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from infra import metrics
from infra.section import selected
from infra.settings import ModelSettings, Settings
from infra.warehouse import connect
from models.inference.engines.triton_deployment import deploy
from models.registry.model_registry import Registry, Version
from models.registry.references import REGISTERED, registered, resolve
from models.rollout import announcements
from models.rollout.traffic import CHAMPION
from models.rollout.trial import Trial
from retrain.promotion.core import state_machine, step_events
from retrain.promotion.core.guards import Measured, Rules
from retrain.promotion.core.state_machine import Next
from retrain.promotion.promotion_queries import measure
from retrain.runner.component import Component, Running, Step
from schemas.errors import PermanentError
from schemas.records import Variant
from schemas.topics import MODELS_LIFECYCLE

log = logging.getLogger("undertone.promotion")


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """The next step of every trial; there is nothing to hold."""
    yield partial(advance, running.settings)


COMPONENT = Component(
    "promotion",
    opened,
    interval_s=lambda settings: settings.retraining.every_s,
    reads=(MODELS_LIFECYCLE,),
    publishes=(MODELS_LIFECYCLE,),
)


def advance(settings: Settings, now: datetime) -> Mapping[str, Next]:
    """Take the next step of every trial; what was done, by language.

    What is away for one language, or fails, keeps no other from its step; the first such error is
    raised afterwards.
    """
    taken, errors = {}, list[Exception]()
    for language, served in announcements.serving(settings).items():
        if served.trial is None:
            continue
        try:
            taken[language] = _advance(settings, language, served.trial, now)
        except Exception as error:  # whatever it is, it is of this language
            errors.append(error)
    if errors:
        raise errors[0]
    return taken


def _advance(settings: Settings, language: str, trial: Trial, now: datetime) -> Next:
    measured = Measured()
    if trial.stage != "registered":
        with connect(settings.clickhouse) as warehouse:
            versions = trial.champion.model_version, trial.other.model_version
            measured = measure(warehouse, language, *versions, trial.since, now)
    step = state_machine.next_step(trial, measured, now, selected(Rules, settings.retraining))
    if step.action == "wait":
        return step
    try:
        if step.action in {"shadow", "canary", "promote", "roll_back"}:
            deploy(
                resolve(trial.other.uri, settings.models), settings.scoring
            )  # first: whoever gets traffic can be asked
        _register(settings.models, trial, step)
    except PermanentError as error:  # it cannot be had any more: what serves goes on
        step = Next("reject", f"cannot be promoted: {error}")
    event = step_events.event(language, trial, step, measured, now)
    announcements.announce(settings, event)
    metrics.PROMOTION_STEPS.labels(step.action).inc()
    log.info("%s: %s %s: %s", language, step.action, event.model_version, step.reason)
    return step


def _register(models: ModelSettings, trial: Trial, step: Next) -> None:
    """Set the registry's aliases to what the step makes of the versions."""
    if step.action not in {"shadow", "promote", "roll_back"}:
        return
    registry = Registry(models)
    other = _version(models, registry, trial.other)
    if step.action == "shadow":
        registry.challenge(other)
    elif step.action == "promote":
        # The champion of before, so that there is something to roll back to: it may be one that was
        # never registered.
        if not [
            version for version in registry.versions(other.name) if CHAMPION in version.aliases
        ]:
            registry.promote(_version(models, registry, trial.champion))
        registry.promote(other)
    else:
        served = [
            version for version in registry.versions(other.name) if CHAMPION in version.aliases
        ]
        if [version.fingerprint for version in served] == [trial.champion.model_version]:
            with registry.rolling_back(other.name):
                pass  # announced next; where that fails, this finds another champion and leaves it


def _version(models: ModelSettings, registry: Registry, variant: Variant) -> Version:
    if variant.uri.startswith(REGISTERED):
        return registered(variant.uri, registry)
    return registry.register(resolve(variant.uri, models), variant.model_name)
