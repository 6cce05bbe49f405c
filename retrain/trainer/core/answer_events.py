"""Answer to a retraining request: one event with a deterministic id, however often it is
published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from models.rollout import events as lifecycle
from models.rollout.events import Part, Step
from models.rollout.traffic import as_champion
from schemas.records import CandidateModel, ModelEvent, RetrainingRequested, Variant

ACTOR = "undertone trainer"
NONE = "none"
"""The version in an answer where no candidate was trained."""


@dataclass(frozen=True, slots=True)
class TrainingAnswer:
    """What an answer says. ``evidence``: figures, for people."""

    action: Literal["registered", "rejected"]
    model: Variant
    reason: str
    evidence: Mapping[str, Any]


def answer_id(request_id: str) -> str:
    """The id of the event that answers a request."""
    return hashlib.sha256(f"answer\n{request_id}".encode()).hexdigest()[:32]


def event(
    request: RetrainingRequested,
    answer: TrainingAnswer,
    traffic: tuple[Variant, ...],
    now: datetime,
) -> ModelEvent:
    """The answer as an event that leaves the traffic as it is."""
    model = answer.model
    trained = model.model_version != NONE
    candidate = (
        CandidateModel(model.model_name, model.model_version, model.uri) if trained else None
    )
    part = Part(request.request_id, answer.action, candidate)
    step = Step(request.language, now, ACTOR, answer.reason, json.dumps(answer.evidence), part)
    return replace(
        lifecycle.noted(step, answer.action, model, traffic), event_id=answer_id(request.request_id)
    )


def refusal(
    name: str, reason: str, evidence: Mapping[str, Any] | None = None, version: str = NONE
) -> TrainingAnswer:
    """The champion stays. ``version``: of the best candidate."""
    return TrainingAnswer("rejected", as_champion(name, version, ""), reason, evidence or {})
