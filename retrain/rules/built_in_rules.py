"""Built-in rules: what reviews say of products and of their aspects, judged as they are scored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from infra import metrics
from infra.settings import RuleSettings
from retrain.alerts.alert_labels import label
from retrain.rules.core import aspect_rule, product_rule
from retrain.rules.core.sequential_rule import Found, Judged, judge
from retrain.rules.core.share_falls import Limits
from retrain.rules.rules_queries import Store
from retrain.rules.sequential_queries import ASPECTS, PRODUCTS, Cursor, SequenceStore, Source
from retrain.runner.repeated_failures import described
from schemas.errors import TransientError
from schemas.records import Alert

BEGINNING: Final = timedelta(days=30)
"""Where nothing was judged yet, reviews scored within this are."""
MOST_SET_ASIDE: Final = 20
"""Products of one look that may be left out; where more fail, it is not the products that are at
fault.
"""
log = logging.getLogger("undertone.rules")


class Kind(NamedTuple):
    """A built-in rule: its name, its source in ClickHouse, its limits and its alert."""

    name: str
    source: Source
    limits: Callable[[RuleSettings], Limits]
    alert: Callable[[Found, Sequence[str]], Alert]


KINDS: Final = (
    Kind(
        product_rule.NAME,
        PRODUCTS,
        lambda rules: Limits(fall=rules.product_fall, history=rules.product_history),
        product_rule.alert,
    ),
    Kind(
        aspect_rule.NAME,
        ASPECTS,
        lambda rules: aspect_rule.limits(rules.aspect_fall, rules.aspect_history),
        aspect_rule.alert,
    ),
)
NAMES: Final = tuple(kind.name for kind in KINDS)


@dataclass
class BuiltIn:
    """One of them at work. Holds nothing that is not in ClickHouse, but for what has been looked at
    already. ``tell`` records alerts and publishes them.
    """

    kind: Kind
    settings: RuleSettings
    store: Store
    tell: Callable[[Sequence[Alert]], None]
    set_aside: list[str] = field(default_factory=list)
    _cursor: Cursor | None = None

    @property
    def _sequence(self) -> SequenceStore:
        return SequenceStore(self.store.warehouse, self.kind.source)

    def look(self, now: datetime) -> None:
        """Judge what has been scored since the last look, batch by batch. Why products could not be
        judged is in ``set_aside`` then.
        """
        self.set_aside.clear()
        try:
            self._look(now)
        except TransientError:
            raise
        except Exception:
            self._cursor = None  # ClickHouse knows how far it came
            raise

    def _look(self, now: datetime) -> None:
        until = now - timedelta(seconds=self.settings.lateness_s)
        cursor, changed = (
            self._cursor or self._sequence.cursor() or Cursor(until - BEGINNING),
            self._cursor is None,
        )
        while True:
            reviews, after = self._sequence.new_reviews(cursor, until)
            if reviews:
                changed |= self._judge(reviews, after)
            self._cursor = after
            if after == cursor:
                break
            cursor = after
        if changed:
            metrics.RULES_FIRING.labels(self.kind.name).set(
                sum(one.status == "firing" for one in self.store.status([self.kind.name]))
            )

    def _judge(self, reviews: Sequence[Judged], after: Cursor) -> bool:
        """Judge a batch; whether anything was told. Where it fails it is halved by product, down to
        the one that is at fault.
        """
        products = sorted({review.product_id for review in reviews})
        try:
            states, found = judge(
                reviews, self._sequence.states(products), self.kind.limits(self.settings)
            )
            self.tell([self._alert(one) for one in found])
            self._sequence.save_states(states, after)
        except TransientError:
            raise
        except Exception as error:  # one product must not keep the others from being judged
            if len(products) == 1 and len(self.set_aside) < MOST_SET_ASIDE:
                log.error(
                    "product %s cannot be evaluated: %s", label(products[0]), described(error)
                )
                self.set_aside.append(described(error))
                return False
            if len(products) == 1:
                raise
            first = set(products[: len(products) // 2])
            halves = [
                [one for one in reviews if (one.product_id in first) is chosen]
                for chosen in (True, False)
            ]
            changed = [self._judge(half, after) for half in halves]
            return any(changed)
        return bool(found)

    def _alert(self, found: Found) -> Alert:
        count, review = self.settings.product_examples, found.review
        if found.change == "resolved" or count == 0:
            return self.kind.alert(found, ())
        since = found.after.since or review.at
        return self.kind.alert(
            found, self._sequence.examples(review.subject, since, review.at, count)
        )
