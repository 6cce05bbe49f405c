"""Answer to a retraining request: one event with a deterministic id, however often it is published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models import lifecycle
from models.lifecycle import Step
from schemas.records import ModelAction, ModelEvent, RetrainingRequested, Variant

ACTOR = "undertone trainer"
NONE = "none"
"""The version that is told of where no candidate was trained."""


@dataclass(frozen=True, slots=True)
class Told:
    """Content of an answer: the reason for people and the ``evidence`` for programs."""

    action: ModelAction
    model: Variant
    reason: str
    evidence: Mapping[str, Any]


def answer_id(request_id: str) -> str:
    """The id of the event that answers a request."""
    return hashlib.sha256(f"answer\n{request_id}".encode()).hexdigest()[:32]


def evidence_of(event: ModelEvent | RetrainingRequested) -> dict[str, Any]:
    """Evidence of an event; empty where it is not a JSON object."""
    try:
        evidence = json.loads(event.evidence)
    except (ValueError, RecursionError):
        return {}
    return evidence if isinstance(evidence, dict) else {}


def event(request: RetrainingRequested, told: Told, traffic: tuple[Variant, ...], now: datetime) -> ModelEvent:
    """The answer as an event that leaves the traffic as it is."""
    evidence = {"request_id": request.request_id, **told.evidence}
    step = Step(request.language, now, ACTOR, told.reason, json.dumps(evidence))
    return replace(lifecycle.noted(step, told.action, told.model, traffic), event_id=answer_id(request.request_id))


def refusal(name: str, reason: str, evidence: Mapping[str, Any] | None = None, version: str = NONE) -> Told:
    """The champion stays. ``version``: of the best candidate."""
    return Told("rejected", lifecycle.serving(name, version, ""), reason, evidence or {})
