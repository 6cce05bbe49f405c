"""Champions: the model that serves each language now."""

from __future__ import annotations

from infra.settings import Settings
from models import announcements
from models.lifecycle import CHAMPION
from schemas.records import Variant


def champions(settings: Settings) -> dict[str, Variant]:
    """By language: what the last event says or, where it tells of no traffic, the settings.

    Raises ``InputError`` where there is no such topic, ``BrokerUnavailable``.
    """
    events, traffic = announcements.current(settings), announcements.configured(settings)
    for language, event in events.items():
        if event.traffic or event.action not in {"registered", "rejected", "other"}:
            traffic[language] = event.traffic
    found = {language: [each for each in variants if each.variant == CHAMPION] for language, variants in sorted(traffic.items())}
    return {language: variants[0] for language, variants in found.items() if variants}
