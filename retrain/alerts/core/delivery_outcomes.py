"""Delivery outcomes: the meaning of a response by the specification, and which message is sent
next. Without a clock.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from retrain.alerts.core.message_planning import Delivery

GONE: Final = 410
THROTTLED: Final = frozenset({429, 502, 503, 504})
"""The receiver has too much to do: it is left alone, not only spared this message."""
LONGEST_PAUSE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is None where there was no answer; ``problem`` then says why, without the
    address."""

    status: int | None
    retry_after: str | None = None
    problem: str = ""

    def __str__(self) -> str:
        return self.problem if self.status is None else f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of the first pause, which doubles, of the longest, and the age at which a message is
    given up.
    """

    first_s: float
    longest_s: float
    give_up_s: float


def after(
    delivery: Delivery, answer: Answer, patience: Patience, now: datetime, chance: random.Random
) -> Delivery:
    """The delivery after one more attempt. Only 2xx is a success; a redirect fails: only its owner
    may move a webhook.
    """
    tried = replace(delivery, attempts=delivery.attempts + 1, answer=str(answer), updated_at=now)
    if answer.status is not None and 200 <= answer.status < 300:
        return replace(tried, state="delivered")
    if answer.status == GONE:
        return replace(tried, state="refused")
    if expired(delivery, patience, now):
        return replace(tried, state="abandoned")
    wished = _wished(answer.retry_after, now)
    pause = max(back_off(tried.attempts, patience, chance), min(wished, LONGEST_PAUSE))
    silent = pause if answer.status in THROTTLED else timedelta(0)
    return replace(tried, next_attempt_at=now + pause, paused_until=now + silent)


def expired(delivery: Delivery, patience: Patience, now: datetime) -> bool:
    """Whether the message is too old to be sent."""
    return now - delivery.planned_at >= timedelta(seconds=patience.give_up_s)


def back_off(attempts: int, patience: Patience, chance: random.Random) -> timedelta:
    """Exponential, half of it by chance, so that messages that failed together do not come back
    together.
    """
    longest: float = min(patience.longest_s, patience.first_s * 2.0 ** min(attempts - 1, 30))
    return timedelta(seconds=longest * chance.uniform(0.5, 1))


def _wished(retry_after: str | None, now: datetime) -> timedelta:
    """Seconds or a date (RFC 9110, 10.2.3); nothing where it is neither, or past."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), LONGEST_PAUSE.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
        return max(timedelta(0), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now)
    except (TypeError, ValueError):
        return timedelta(0)


def due(pending: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Those to be sent now, in order. ``pending``: all that wait, oldest first.

    None while the target asked for silence; none about a condition of which an older message waits,
    for an end must not arrive before its beginning.
    """
    if any(delivery.paused_until > now for delivery in pending):
        return []
    ready, blocked = [], set[str]()
    for delivery in pending:
        if delivery.next_attempt_at <= now and blocked.isdisjoint(delivery.fingerprints):
            ready.append(delivery)
        blocked.update(delivery.fingerprints)
    return ready


def next_moment(pending: Sequence[Delivery]) -> datetime | None:
    """Time of the next attempt; None if nothing waits."""
    if not pending:
        return None
    silence = max(delivery.paused_until for delivery in pending)
    return max(silence, min(delivery.next_attempt_at for delivery in pending))
