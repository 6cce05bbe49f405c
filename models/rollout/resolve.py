"""Traffic resolution: the last valid event of a language decides, and the settings where there is
none. Pure.

Workers and the gateway apply it to each event as it comes, the loop and the command line to all of
them at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from models.rollout.assignment import emitting
from models.rollout.traffic import ANY_LANGUAGE, Traffic, Variants
from schemas.records import ModelAction, ModelEvent

LANGUAGE: Final = re.compile(rf"[a-z]{{2}}|{re.escape(ANY_LANGUAGE)}")
NO_TRAFFIC: Final[frozenset[ModelAction]] = frozenset({"registered", "rejected", "other"})
"""What may happen to a model before its language has any traffic: without variants, such an event
leaves it to the settings.
"""


def decides(event: ModelEvent | None) -> bool:
    """Whether an event says who serves its language. One that was deleted (None) does not."""
    return event is not None and (bool(event.traffic) or event.action not in NO_TRAFFIC)


def variants_of(event: ModelEvent | None, configured: Variants | None) -> Variants | None:
    """Who serves a language after its last event; ``configured``: who would without one. None:
    nothing was ever said of it.
    """
    return event.traffic if event is not None and decides(event) else configured


def resolve(configured: Traffic, events: Mapping[str, ModelEvent]) -> dict[str, Variants]:
    """The traffic of every language, from the last valid event of each (see ``latest``)."""
    found = {
        code: variants_of(events.get(code), configured.get(code))
        for code in sorted(configured.keys() | events.keys())
    }
    return {code: variants for code, variants in found.items() if variants is not None}


def latest(history: Iterable[tuple[str, ModelEvent | None]]) -> dict[str, ModelEvent]:
    """The last valid event of each language, from (key, event) in order of arrival; an event None
    deletes those before it.
    """
    found: dict[str, ModelEvent] = {}
    for language, event in history:
        if event is None:
            found.pop(language, None)
        elif problem(language, event) is None:
            found[language] = event
    return found


def problem(language: str, event: ModelEvent) -> str | None:
    """Why an event under the key ``language`` is not followed, and the one before it stays in
    force; None where it is valid.
    """
    names = [variant.variant for variant in event.traffic]
    weights = [variant.weight for variant in event.traffic if not variant.shadow]
    if not LANGUAGE.fullmatch(language) or event.language != language:
        return f"key {language!r} and language {event.language!r}"
    if not all(
        variant.variant and variant.model_name and variant.model_version
        for variant in event.traffic
    ):
        return "a variant without name, model or version"
    if len(set(names)) < len(names):
        return f"a variant named twice: {', '.join(sorted(names))}"
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        return f"weights {weights}"
    if event.traffic and not emitting(event.traffic):
        return "no variant that may emit"
    return None
