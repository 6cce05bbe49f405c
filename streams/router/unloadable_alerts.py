"""Alerts about announced models that a worker cannot load."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from models.rollout.assignment import champion_of
from schemas.alert_identity import alert_id, fingerprint
from schemas.errors import TransientError
from schemas.records import Alert, ModelEvent, Variant

NAME: Final = "model_unloadable"
AWAY_FOR_S: Final = 60.0
"""What is away for less is told to nobody: servers are restarted."""
AGAIN_S: Final = 10.0
log = logging.getLogger("undertone.traffic")


@dataclass
class Unloadable:
    """A ``Report`` of a ``ModelRouter``. The same event and variant make the same message in every
    worker.

    ``publish`` sends alerts, and may raise: what was not sent is sent again by a later ``tick``.
    """

    publish: Callable[[Sequence[Alert]], None]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    _since: dict[tuple[str, Variant], float] = field(default_factory=dict)
    _firing: dict[tuple[str, Variant], Alert] = field(default_factory=dict)
    _unsent: list[Alert] = field(default_factory=list)
    _not_before: float = 0.0

    def __call__(
        self, language: str, event: ModelEvent | None, missing: Mapping[Variant, Exception]
    ) -> None:
        """Note what is missing in a language now; see ``Report``."""
        now = self.monotonic()
        self._since = {
            key: since
            for key, since in self._since.items()
            if key[0] != language or key[1] in missing
        }
        for variant, error in missing.items():
            key = (language, variant)
            since = self._since.setdefault(key, now)
            lasting = not isinstance(error, TransientError) or now - since >= AWAY_FOR_S
            if lasting and key not in self._firing and event is not None:
                self._firing[key] = _alert(language, event, variant, error, self.clock())
                self._unsent.append(self._firing[key])
        for key in [key for key in self._firing if key[0] == language and key[1] not in missing]:
            self._unsent.append(_ended(self._firing.pop(key), self.clock()))

    def tick(self) -> None:
        """Send what has not been sent, if it is time to."""
        if not self._unsent or self.monotonic() < self._not_before:
            return
        try:
            self.publish(self._unsent)
        except Exception as error:  # models matter more than what is told of them
            log.warning("alerts about models were not sent: %s", type(error).__name__)
            self._not_before = self.monotonic() + AGAIN_S
        else:
            self._unsent = []


def _alert(
    language: str, event: ModelEvent, variant: Variant, error: Exception, now: datetime
) -> Alert:
    labels = {
        "language": language,
        "variant": variant.variant,
        "model": variant.model_name,
        "version": variant.model_version,
    }
    mark = fingerprint(NAME, labels)
    leads = variant == champion_of(event.traffic)
    consequence = "what served before goes on" if leads else "the champion has its reviews"
    return Alert(
        alert_id=alert_id(mark, "firing", event.event_id),
        fingerprint=mark,
        status="firing",
        name=NAME,
        severity="critical" if leads else "warning",
        summary=(
            f"{variant.variant} {variant.model_name} {variant.model_version} for {language} "
            "cannot be loaded"
        ),
        labels=labels,
        started_at=event.created_at,
        created_at=now,
        description=f"{error}; {consequence}",
    )


def _ended(alert: Alert, now: datetime) -> Alert:
    identity = alert_id(alert.fingerprint, "resolved", alert.alert_id)
    return replace(alert, alert_id=identity, status="resolved", created_at=now, ended_at=now)
