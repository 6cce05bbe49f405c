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
from retrain.alerts.alert_labels import label
from retrain.alerts.alert_publisher import Announcer
from retrain.rules.core import declared_rules
from retrain.rules.core.declared_rules import Rule
from retrain.rules.core.product_rule import NAME, Found, Judged, alert, judge
from retrain.rules.core.rule_evaluation import evaluate
from retrain.rules.core.share_falls import Limits
from retrain.rules.rules_queries import Cursor, Store
from retrain.runner.component import Component, Running, Step
from retrain.runner.repeated_failures import REPEATED, Failures, described
from schemas.errors import InputError, PermanentError, TransientError
from schemas.records import Alert
from schemas.topics import ALERTS

BEGINNING: Final = timedelta(days=30)
"""Where nothing was judged yet, reviews scored within this are."""
PUBLISH_WITHIN: Final = timedelta(hours=1)
"""A message this old has been told, or the process was away for so long that it says nothing any
more.
"""
MOST_SET_ASIDE: Final = 20
"""Products of one look that may be left out; where more fail, it is not the products that are at
fault.
"""
log = logging.getLogger("undertone.rules")


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """Evaluation of the built-in rule and of the declared ones. Raises ``InputError`` for a bad
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
    if taken := [rule.name for rule in rules if rule.name == NAME]:
        raise InputError(f"{settings.file}: {taken[0]} is the name of the built-in rule")
    return rules


def interval_s(settings: Settings) -> float:
    """That of the built-in rule, or of the declared rule that is due most often."""
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
    _evaluated: dict[str, datetime] = field(default_factory=dict)
    _cursor: Cursor | None = None
    _set_aside: list[str] = field(default_factory=list)

    def tell_again(self, now: datetime) -> None:
        """The last messages, in case the process before was killed between recording and
        telling."""
        names = [NAME, *(rule.name for rule in self.rules)]
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
        """Evaluate the built-in rule; if it fails, the others are still evaluated, and an alert is
        raised.
        """
        self._set_aside.clear()
        try:
            self.products(now)
        except TransientError:
            raise
        except Exception as error:  # a state or a row that nothing here foresees
            self._cursor = None  # ClickHouse knows how far it came
            self._failed(NAME, described(error), now)
        else:
            if self._set_aside:
                self._failed(
                    NAME,
                    f"{len(self._set_aside)} products are not judged: {self._set_aside[0]}",
                    now,
                    least=1,
                )
            else:
                self._done(NAME, now)

    def products(self, now: datetime) -> None:
        """Judge what has been scored since the last look, batch by batch."""
        limits = Limits(fall=self.settings.product_fall, history=self.settings.product_history)
        until = now - timedelta(seconds=self.settings.lateness_s)
        cursor, changed = (
            self._cursor or self.store.cursor() or Cursor(until - BEGINNING),
            self._cursor is None,
        )
        while True:
            reviews, after = self.store.new_reviews(cursor, until)
            if reviews:
                changed |= self._judge(reviews, after, limits)
            self._cursor = after
            if after == cursor:
                break
            cursor = after
        if changed:
            metrics.RULES_FIRING.labels(NAME).set(
                sum(one.status == "firing" for one in self.store.status([NAME]))
            )

    def _judge(self, reviews: Sequence[Judged], after: Cursor, limits: Limits) -> bool:
        """Judge a batch; whether anything was told. Where it fails it is halved by product, down to
        the one that is at fault.
        """
        products = sorted({review.product_id for review in reviews})
        try:
            states, found = judge(reviews, self.store.states(products), limits)
            self._tell([self._alert(one) for one in found])
            self.store.save_states(states, after)
        except TransientError:
            raise
        except Exception as error:  # one product must not keep the others from being judged
            if len(products) == 1 and len(self._set_aside) < MOST_SET_ASIDE:
                log.error(
                    "product %s cannot be evaluated: %s", label(products[0]), described(error)
                )
                self._set_aside.append(described(error))
                return False
            if len(products) == 1:
                raise
            first = set(products[: len(products) // 2])
            halves = [
                [one for one in reviews if (one.product_id in first) is chosen]
                for chosen in (True, False)
            ]
            changed = [self._judge(half, after, limits) for half in halves]
            return any(changed)
        return bool(found)

    def _alert(self, found: Found) -> Alert:
        state, count = found.after, self.settings.product_examples
        if found.change == "resolved" or count == 0:
            return alert(found, ())
        since = state.since or found.review.at
        return alert(
            found, self.store.examples(found.review.product_id, since, found.review.at, count)
        )

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
