"""Model events: pure functions from the traffic before a change to the event that announces it.

An event holds the whole traffic of its language afterwards. ``models.lifecycle`` keeps the last event of each language.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.errors import InputError
from schemas.records import ModelAction, ModelEvent, Variant

CHAMPION, CHALLENGER = "champion", "challenger"
Traffic = tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Fields common to all model events: language, time, actor and reason. ``evidence``: figures, as JSON."""

    language: str
    now: datetime
    actor: str
    reason: str = ""
    evidence: str = "{}"


def serving(name: str, version: str, uri: str) -> Variant:
    """A model version as a champion that gets all reviews."""
    return Variant(CHAMPION, name, version, uri, weight=1.0)


def promoted(step: Step, model: Variant) -> ModelEvent:
    """``model`` gets every review; whatever served before is gone."""
    return _event(step, "promoted", model, (replace(model, variant=CHAMPION, weight=1.0, shadow=False),))


def rolled_back(step: Step, model: Variant) -> ModelEvent:
    """``model``, which served before, serves again."""
    return replace(promoted(step, model), action="rolled_back", event_id=_id(step, "rolled_back", model))


def canary(step: Step, model: Variant, share: float, before: Traffic) -> ModelEvent:
    """``model`` gets that share of the reviews as challenger, the champion the rest. Raises ``InputError``."""
    if not 0 < share < 1:
        raise InputError(f"a canary gets a share between 0 and 1, not {share}")
    champion = _champion(step, before)
    after = (replace(champion, weight=1 - share), replace(model, variant=CHALLENGER, weight=share, shadow=False))
    return _event(step, "traffic", model, after)


def shadowed(step: Step, model: Variant, before: Traffic) -> ModelEvent:
    """``model`` scores every review as challenger, and what it says is only stored. Raises ``InputError``."""
    champion = _champion(step, before)
    after = (replace(champion, weight=1.0), replace(model, variant=CHALLENGER, weight=0.0, shadow=True))
    return _event(step, "traffic", model, after)


def weighted(step: Step, weights: Mapping[str, float], before: Traffic) -> ModelEvent:
    """The variants there are, with these weights; those that are not named keep theirs. Raises ``InputError``."""
    names = [variant.variant for variant in before]
    if unknown := sorted(weights.keys() - set(names)):
        raise InputError(f"{step.language} has no variant {', '.join(unknown)}, only {', '.join(names) or 'none'}")
    if bad := [name for name, weight in weights.items() if not math.isfinite(weight) or weight < 0]:
        raise InputError(f"the weight of {', '.join(bad)} is not 0 or more")
    after = tuple(replace(variant, weight=weights.get(variant.variant, variant.weight)) for variant in before)
    if not any(variant.weight > 0 and not variant.shadow for variant in after):
        raise InputError(f"no variant would score the reviews of {step.language}: each has weight 0 or is a shadow")
    return _event(step, "traffic", after[0], after)


def noted(step: Step, action: ModelAction, model: Variant, before: Traffic) -> ModelEvent:
    """Something that changes no traffic: a registration, a rejection."""
    return _event(step, action, model, before)


def _champion(step: Step, before: Traffic) -> Variant:
    champions: Sequence[Variant] = [variant for variant in before if variant.variant == CHAMPION and not variant.shadow]
    if not champions:
        raise InputError(f"{step.language} has no champion that a challenger could be compared with: promote one first")
    return champions[0]


def _event(step: Step, action: ModelAction, model: Variant, after: Traffic) -> ModelEvent:
    return ModelEvent(
        event_id=_id(step, action, model),
        language=step.language,
        action=action,
        model_name=model.model_name,
        model_version=model.model_version,
        traffic=after,
        created_at=step.now,
        reason=step.reason,
        evidence=step.evidence,
        actor=step.actor,
    )


def _id(step: Step, action: ModelAction, model: Variant) -> str:
    """The same step at the same time is the same event."""
    parts = (step.language, action, model.model_name, model.model_version, step.now.isoformat(), step.actor)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
