"""Rules component: evaluates rules on schedule, stores changes of state, then publishes them to
``alerts``.

Recorded first, then told: what a kill leaves untold is told at the next start, under the same id.
One process evaluates.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from infra import metrics
from infra.settings import RuleSettings, Settings
from infra.warehouse import connect
from retrain.alerts.alert_publisher import Announcer
from retrain.rules.built_in_rules import KINDS, NAMES, BuiltIn
from retrain.rules.core import declared_rules
from retrain.rules.core.declared_rules import Rule
from retrain.rules.core.rule_evaluation import evaluate
from retrain.rules.rules_queries import Store
from retrain.runner.component import Component, Running, Step
from retrain.runner.repeated_failures import REPEATED, Failures, described
from schemas.errors import InputError, PermanentError, TransientError
from schemas.records import Alert
from schemas.topics import ALERTS

PUBLISH_WITHIN: Final = timedelta(hours=1)
"""A message this old has been told, or the process was away for so long that it says nothing any
more.
"""
log = logging.getLogger("undertone.rules")


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Evaluation of the built-in rules and of the declared ones. Raises ``InputError`` for a bad
    file of rules.
    """
    settings, retry = running.settings, running.retry
    rules = declared(settings.rules)
    with (
        connect(settings.clickhouse) as warehouse,
        closing(retry(Announcer, settings)) as announcer,
    ):
        evaluator = Evaluator(settings.rules, rules, Store(warehouse), announcer)
        retry(evaluator.tell_again, datetime.now(UTC))

        def step(now: datetime) -> None:
            retry(evaluator.built_in, now)
            for rule in rules:
                retry(evaluator.declared, rule, now)

        yield step


def declared(settings: RuleSettings) -> Sequence[Rule]:
    """The rules of the file, if there is one. Raises ``InputError`` where it is bad."""
    rules = () if settings.file is None else declared_rules.read(settings.file)
    if taken := [rule.name for rule in rules if rule.name in NAMES]:
        raise InputError(f"{settings.file}: {taken[0]} is the name of a built-in rule")
    return rules


def interval_s(settings: Settings) -> float:
    """That of the built-in rules, or of the declared rule that is due most often."""
    periods = [rule.period.total_seconds() for rule in declared(settings.rules)]
    return min([settings.rules.every_s, *periods])


COMPONENT = Component("rules", opened, interval_s, publishes=(ALERTS,), warehouse=True)


@dataclass
class Evaluator:
    """Holds nothing that is not in ClickHouse, but for what has been looked at already."""

    settings: RuleSettings
    rules: Sequence[Rule]
    store: Store
    announcer: Announcer
    failures: Failures = field(default_factory=Failures)
    looking: Sequence[BuiltIn] = field(init=False)
    _evaluated: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """One of each kind."""
        self.looking = [BuiltIn(kind, self.settings, self.store, self._tell) for kind in KINDS]

    def tell_again(self, now: datetime) -> None:
        """The last messages, in case the process before was killed between recording and
        telling."""
        names = [*NAMES, *(rule.name for rule in self.rules)]
        self.announcer.tell(
            [
                alert
                for alert in self.store.status(names)
                if alert.created_at >= now - PUBLISH_WITHIN
            ]
        )

    def declared(self, rule: Rule, now: datetime) -> None:
        """Evaluate a rule for the last whole period, unless that was done."""
        period = rule.period.total_seconds()
        at = datetime.fromtimestamp(now.timestamp() // period * period, UTC)
        if self._evaluated.get(rule.name) == at:
            return
        firing = {
            one.fingerprint: one for one in self.store.status([rule.name]) if one.status == "firing"
        }
        try:
            text = "".join(self.store.warehouse.stream_text(rule.statement(at), "JSONEachRow"))
            alerts = evaluate(rule, [orjson.loads(line) for line in text.splitlines()], firing, at)
        except PermanentError as error:
            self._failed(rule.name, str(error), now)
        else:
            self._tell(alerts)
            self._done(rule.name, now)
            begun = sum(one.status == "firing" for one in alerts)
            metrics.RULES_FIRING.labels(rule.name).set(len(firing) + 2 * begun - len(alerts))
        self._evaluated[rule.name] = at

    def built_in(self, now: datetime) -> None:
        """Evaluate the built-in rules; if one fails, the others are still evaluated, and an alert
        is raised.
        """
        for rule in self.looking:
            name = rule.kind.name
            try:
                rule.look(now)
            except TransientError:
                raise
            except Exception as error:  # a state or a row that nothing here foresees
                self._failed(name, described(error), now)
                continue
            aside = rule.set_aside
            if aside:
                problem = f"{len(aside)} products are not judged: {aside[0]}"
                self._failed(name, problem, now, least=1)
            else:
                self._done(name, now)

    def _failed(self, rule: str, problem: str, now: datetime, least: int = REPEATED) -> None:
        metrics.RULES.labels(rule, "failed").inc()
        log.error("rule %s cannot be evaluated: %s", rule, problem)
        self.announcer.tell(
            self.failures.failed({"part": "rules", "rule": rule}, problem, now, least)
        )

    def _done(self, rule: str, now: datetime) -> None:
        metrics.RULES.labels(rule, "done").inc()
        self.announcer.tell(self.failures.succeeded({"part": "rules", "rule": rule}, now))

    def _tell(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            self.store.record(alerts)
            self.announcer.tell(alerts)
            for one in alerts:
                log.warning("%s: %s (%s)", one.status, one.name, one.fingerprint)
