"""Traffic and trial of a language, for the components of the loop. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.rollout import trial as trials
from models.rollout.resolve import resolve
from models.rollout.traffic import CHAMPION, Traffic, Variants, named_champion
from models.rollout.trial import Trial
from schemas.records import ModelEvent, Variant


@dataclass(frozen=True, slots=True)
class Serving:
    """``event``: the last of the language, if any. ``traffic``: see ``resolve``."""

    event: ModelEvent | None
    traffic: Variants

    @property
    def champion(self) -> Variant | None:
        """Who answers; None where nobody does."""
        return named_champion(self.traffic)

    @property
    def announced(self) -> Variants:
        """The traffic of an event that changes nothing: what no event has said yet is left to the
        settings of each worker.
        """
        return self.event.traffic if self.event else ()

    @property
    def trial(self) -> Trial | None:
        """What is on trial by the loop's own doing."""
        return trials.trial(self.event, self.traffic) if self.event else None

    @property
    def busy(self) -> bool:
        """Whether something is on trial, is about to be, or the champion is being watched, whoever
        began it.
        """
        return self.trial is not None or any(
            variant.variant != CHAMPION for variant in self.traffic
        )


def by_language(configured: Traffic, events: Mapping[str, ModelEvent]) -> dict[str, Serving]:
    """Every language that the settings or an event name."""
    traffic = resolve(configured, events)
    return {
        code: Serving(events.get(code), traffic.get(code, ()))
        for code in sorted(configured.keys() | events.keys())
    }
