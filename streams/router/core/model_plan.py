"""Model plan: which models a model event requires to be loaded, and which it releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from models.rollout.resolve import problem, variants_of
from models.rollout.traffic import Traffic
from schemas.errors import TrafficRefused
from schemas.records import ModelEvent, Variant

BAD_TRAFFIC: Final = "bad_traffic"


class ModelKey(NamedTuple):
    """Identity of a loaded model."""

    uri: str
    version: str


def key_of(variant: Variant) -> ModelKey:
    """The model behind a variant."""
    return ModelKey(variant.uri, variant.model_version)


@dataclass(frozen=True, slots=True)
class Plan:
    """``traffic`` as a whole afterwards, the models to ``load`` for it, and those that nothing uses
    any more.
    """

    traffic: Traffic
    load: frozenset[ModelKey]
    drop: frozenset[ModelKey]


def plan(before: Traffic, language: str, event: ModelEvent | None, configured: Traffic) -> Plan:
    """Plan for the latest event of a language; None, a deleted event, restores the configured
    traffic.

    Raises ``TrafficRefused`` for an event that makes no sense.
    """
    if event is not None and (wrong := problem(language, event)) is not None:
        raise TrafficRefused(BAD_TRAFFIC, wrong)
    variants = variants_of(event, configured.get(language))
    after = {code: serving for code, serving in before.items() if code != language}
    if variants is not None:
        after[language] = variants
    had, needed = models_of(before), models_of(after)
    return Plan(after, load=needed - had, drop=had - needed)


def models_of(traffic: Traffic) -> frozenset[ModelKey]:
    """Every model in traffic, shadows and weights of 0 included."""
    return frozenset(key_of(variant) for variants in traffic.values() for variant in variants)
