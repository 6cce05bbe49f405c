"""Traffic of a language, for the components of the loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from infra.settings import RetrainingSettings, Settings
from models import announcements
from models.lifecycle import CHAMPION
from retrain.promotion.core import state_machine
from retrain.promotion.core.state_machine import Trial
from schemas.records import ModelEvent, Variant


@dataclass(frozen=True, slots=True)
class Serving:
    """``event``: the last of the language, if any. ``traffic``: what it says or, where it says nothing, the settings."""

    event: ModelEvent | None
    traffic: tuple[Variant, ...]

    @property
    def champion(self) -> Variant | None:
        """Champion of the language; None where there is none."""
        return next((variant for variant in self.traffic if variant.variant == CHAMPION), None)

    @property
    def announced(self) -> tuple[Variant, ...]:
        """The traffic of an event that changes nothing: what no event has said yet is left to the settings of each worker."""
        return self.event.traffic if self.event else ()

    @property
    def trial(self) -> Trial | None:
        """Rollout that the loop itself started."""
        return state_machine.trial(self.event, self.traffic) if self.event else None

    @property
    def busy(self) -> bool:
        """Whether a rollout is running or about to start, or the champion is being watched, whoever started it."""
        return self.trial is not None or any(variant.variant != CHAMPION for variant in self.traffic)


def serving(settings: Settings) -> dict[str, Serving]:
    """By language. Raises ``InputError`` where there is no such topic, ``BrokerUnavailable``."""
    events, configured = announcements.current(settings), announcements.configured(settings)
    return {
        language: Serving(events.get(language), _traffic(events.get(language), configured.get(language, ())))
        for language in sorted(events.keys() | configured.keys())
    }


def _traffic(event: ModelEvent | None, configured: tuple[Variant, ...]) -> tuple[Variant, ...]:
    if event is None or (not event.traffic and event.action in {"registered", "rejected", "other"}):
        return configured
    return event.traffic


R = TypeVar("R")


def rules(kind: type[R], settings: RetrainingSettings) -> R:
    """Of the settings those that pure code needs, which knows nothing of settings: ``kind`` is a dataclass of some of them."""
    return kind(**{name: getattr(settings, name) for name in kind.__dataclass_fields__})  # type: ignore[attr-defined]
