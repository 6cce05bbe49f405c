"""Model events: pure functions from a change of a model version, and the traffic before it, to the
event.

An event holds the whole traffic of its language afterwards. The topic keeps the last event of each
language.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from models.rollout.traffic import CHALLENGER, CHAMPION, Variants, named_champion
from schemas.errors import InputError
from schemas.records import CandidateModel, ModelAction, ModelEvent, TrialStage, Variant


@dataclass(frozen=True, slots=True)
class Part:
    """What an event is of a trial: the request that led to it, what the candidate has come to, and
    which model that is.
    """

    request_id: str = ""
    stage: TrialStage = "none"
    candidate: CandidateModel | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What all events share: the language they are of, when, by whom and why. ``evidence``:
    figures, as JSON, for people.

    ``part``: of a trial; what people do is part of none.
    """

    language: str
    now: datetime
    actor: str
    reason: str = ""
    evidence: str = "{}"
    part: Part = Part()


def promoted(step: Step, model: Variant) -> ModelEvent:
    """``model`` gets every review; whatever served before is gone."""
    return _event(
        step, "promoted", model, (replace(model, variant=CHAMPION, weight=1.0, shadow=False),)
    )


def rolled_back(step: Step, model: Variant) -> ModelEvent:
    """``model``, which served before, serves again."""
    return replace(
        promoted(step, model), action="rolled_back", event_id=_id(step, "rolled_back", model)
    )


def canary(step: Step, model: Variant, share: float, before: Variants) -> ModelEvent:
    """``model`` gets that share of the reviews as challenger, the champion the rest. Raises
    ``InputError``.
    """
    if not 0 < share < 1:
        raise InputError(f"a canary gets a share between 0 and 1, not {share}")
    champion = _champion(step, before)
    after = (
        replace(champion, weight=1 - share),
        replace(model, variant=CHALLENGER, weight=share, shadow=False),
    )
    return _event(step, "traffic", model, after)


def shadowed(step: Step, model: Variant, before: Variants) -> ModelEvent:
    """``model`` scores every review as challenger, and what it says is only stored. Raises
    ``InputError``.
    """
    champion = _champion(step, before)
    after = (
        replace(champion, weight=1.0),
        replace(model, variant=CHALLENGER, weight=0.0, shadow=True),
    )
    return _event(step, "traffic", model, after)


def weighted(step: Step, weights: Mapping[str, float], before: Variants) -> ModelEvent:
    """The variants there are, with these weights; those that are not named keep theirs. Raises
    ``InputError``.
    """
    names = [variant.variant for variant in before]
    if unknown := sorted(weights.keys() - set(names)):
        raise InputError(
            f"{step.language} has no variant {', '.join(unknown)}, only "
            f"{', '.join(names) or 'none'}"
        )
    if bad := [name for name, weight in weights.items() if not math.isfinite(weight) or weight < 0]:
        raise InputError(f"the weight of {', '.join(bad)} is not 0 or more")
    after = tuple(
        replace(variant, weight=weights.get(variant.variant, variant.weight)) for variant in before
    )
    if not any(variant.weight > 0 and not variant.shadow for variant in after):
        raise InputError(
            f"no variant would score the reviews of {step.language}: each has weight 0 or is a "
            "shadow"
        )
    return _event(step, "traffic", after[0], after)


def noted(step: Step, action: ModelAction, model: Variant, before: Variants) -> ModelEvent:
    """Something that changes no traffic: a registration, a rejection."""
    return _event(step, action, model, before)


def _champion(step: Step, before: Variants) -> Variant:
    champion = named_champion(before)
    if champion is None:
        raise InputError(
            f"{step.language} has no champion that a challenger could be compared with: promote "
            "one first"
        )
    return champion


def _event(step: Step, action: ModelAction, model: Variant, after: Variants) -> ModelEvent:
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
        request_id=step.part.request_id,
        stage=step.part.stage,
        candidate=step.part.candidate,
    )


def _id(step: Step, action: ModelAction, model: Variant) -> str:
    """The same step at the same time is the same event."""
    parts = (
        step.language,
        action,
        model.model_name,
        model.model_version,
        step.now.isoformat(),
        step.actor,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
