"""Model plan: which models a model event requires to be loaded, and which it releases."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.errors import TrafficRefused
from schemas.records import ModelEvent, Variant
from streams.router.split import emitting

Traffic = Mapping[str, tuple[Variant, ...]]
"""Language → its variants; ``OTHERS`` → those of every language that is not named. No variants: it is not served."""

OTHERS: Final = "*"
LANGUAGE: Final = re.compile(r"[a-z]{2}|\*")
BAD_TRAFFIC: Final = "bad_traffic"
SILENT: Final = ("registered", "rejected", "other")
"""What may happen to a model before its language has any traffic: without variants, such an event says nothing of traffic."""


class ModelKey(NamedTuple):
    """Identity of a loaded model."""

    uri: str
    version: str


def key_of(variant: Variant) -> ModelKey:
    """The model behind a variant."""
    return ModelKey(variant.uri, variant.model_version)


@dataclass(frozen=True, slots=True)
class Plan:
    """``traffic`` as a whole afterwards, the models to ``load`` for it, and those that nothing uses any more."""

    traffic: Traffic
    load: frozenset[ModelKey]
    drop: frozenset[ModelKey]


def plan(before: Traffic, language: str, event: ModelEvent | None, configured: Traffic) -> Plan:
    """Plan for the latest event of a language; None, a deleted event, restores the configured traffic.

    Raises ``TrafficRefused`` for an event that makes no sense.
    """
    if event is None or (not event.traffic and event.action in SILENT):
        variants = configured.get(language)
    else:
        _check(language, event)
        variants = event.traffic
    after = {code: serving for code, serving in before.items() if code != language}
    if variants is not None:
        after[language] = variants
    had, needed = models_of(before), models_of(after)
    return Plan(after, load=needed - had, drop=had - needed)


def models_of(traffic: Traffic) -> frozenset[ModelKey]:
    """Every model in traffic, shadows and weights of 0 included."""
    return frozenset(key_of(variant) for variants in traffic.values() for variant in variants)


def _check(language: str, event: ModelEvent) -> None:
    names = [variant.variant for variant in event.traffic]
    weights = [variant.weight for variant in event.traffic if not variant.shadow]
    if not LANGUAGE.fullmatch(language) or event.language != language:
        problem = f"key {language!r} and language {event.language!r}"
    elif not all(variant.variant and variant.model_name and variant.model_version for variant in event.traffic):
        problem = "a variant without name, model or version"
    elif len(set(names)) < len(names):
        problem = f"a variant named twice: {', '.join(sorted(names))}"
    elif not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        problem = f"weights {weights}"
    elif event.traffic and not emitting(event.traffic):
        problem = "no variant that may emit"
    else:
        return
    raise TrafficRefused(BAD_TRAFFIC, problem)
