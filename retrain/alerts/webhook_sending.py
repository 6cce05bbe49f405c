"""Sender of one target's messages from ClickHouse, in order and within its rate limit. One thread
per target.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from infra import metrics
from infra.retry import Retry
from infra.settings import WebhookSettings
from retrain.alerts.alert_queue import Store, endpoint
from retrain.alerts.core.delivery_outcomes import Answer, Patience, after, due, expired, next_moment
from retrain.alerts.core.message_planning import Delivery
from retrain.alerts.core.rate_limit import MINUTE_S, Limit
from retrain.alerts.webhook_signing import headers

Post = Callable[[str, str, Mapping[str, str], float], Answer]

LOOK_S: Final = 30.0
"""Without news, the queue is looked at again after this."""
STILL_READ: Final = timedelta(days=1)
"""A message that outlived the sender's patience while the sender was away is read this long, to be
given up.
"""
log = logging.getLogger("undertone.alerts")


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends to ``webhook``. ``news`` is set when a delivery for it was saved."""

    webhook: WebhookSettings
    store: Store
    post: Post
    retry: Retry
    patience: Patience
    timeout_s: float
    limit: Limit
    news: threading.Event = field(default_factory=threading.Event)
    chance: random.Random = field(default_factory=random.Random)

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set, or the target is gone for good."""
        name, address = self.webhook.name, endpoint(self.webhook.url.get_secret_value())
        recently = self.retry(
            self.store.attempts_since, name, datetime.now(UTC) - timedelta(seconds=MINUTE_S)
        )
        self.limit.remember(moment.timestamp() for moment in recently)
        while not stop.is_set():
            self.news.clear()
            if not self.retry(self.store.enabled, name, address):
                self.news.wait(LOOK_S)
                continue
            now = datetime.now(UTC)
            oldest = now - timedelta(seconds=self.patience.give_up_s) - STILL_READ
            pending: list[Delivery] = self.retry(self.store.pending, name, oldest)
            metrics.ALERTS_PENDING.labels(name).set(len(pending))
            ready = due(pending, now)
            if ready:
                self._send_all(ready, address, stop)
            else:
                moment = next_moment(pending)
                self.news.wait(
                    LOOK_S
                    if moment is None
                    else min(LOOK_S, max(0.05, (moment - now).total_seconds()))
                )

    def _send_all(self, ready: list[Delivery], address: str, stop: threading.Event) -> None:
        """Until the target is gone or wants silence; the others are read again."""
        for delivery in ready:
            stop.wait(self.limit.wait(time.time()))
            if stop.is_set():
                return
            tried = self._send(delivery)
            if tried.state == "refused":
                self.retry(
                    self.store.switch,
                    self.webhook.name,
                    address,
                    False,
                    tried.answer,
                    tried.updated_at,
                )
                log.error(
                    "webhook %s answered 410 (%s): disabled until it is enabled again",
                    tried.target,
                    tried.answer,
                )
            self.retry(self.store.save, [tried])
            if tried.state == "refused" or tried.paused_until > tried.updated_at:
                return

    def _send(self, delivery: Delivery) -> Delivery:
        """The delivery after an attempt, or given up without one where it waited for too long."""
        now = datetime.now(UTC)
        if expired(delivery, self.patience, now):
            tried = replace(
                delivery, state="abandoned", answer=delivery.answer or "never sent", updated_at=now
            )
        else:
            self.limit.spend(time.time())
            signed = headers(delivery.webhook_id, now, delivery.body, self.webhook.secrets)
            with metrics.ALERT_ATTEMPT_SECONDS.time():
                answer = self.post(
                    self.webhook.url.get_secret_value(), delivery.body, signed, self.timeout_s
                )
            tried = after(delivery, answer, self.patience, datetime.now(UTC), self.chance)
        outcome = {"pending": "retried", "refused": "disabled"}.get(tried.state, tried.state)
        metrics.ALERT_ATTEMPTS.labels(tried.target, outcome).inc()
        if tried.state != "delivered":
            log.warning(
                "%s not delivered to %s, %s: %s",
                tried.webhook_id,
                tried.target,
                outcome,
                tried.answer,
            )
        return tried
