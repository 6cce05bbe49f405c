"""Model events of the rollout's steps. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime

from models.rollout import events as lifecycle
from models.rollout.events import Part, Step
from models.rollout.traffic import PREVIOUS
from models.rollout.trial import Trial
from retrain.promotion.core.guards import Measured
from retrain.promotion.core.state_machine import ACTOR, Action, Next
from schemas.records import CandidateModel, ModelEvent, TrialStage, Variant

STAGES: Mapping[Action, TrialStage] = {
    "shadow": "shadow", "canary": "canary", "promote": "champion", "reject": "rejected",
    "roll_back": "rolled_back",
    "settle": "settled",
}  # fmt: skip
"""Action → what the candidate comes to by it."""


def event(language: str, trial: Trial, step: Next, measured: Measured, now: datetime) -> ModelEvent:
    """The event of a step other than ``wait``. The same step of the same request has one id,
    however often it is taken.
    """
    stage = STAGES[step.action]
    tried = trial.champion if trial.stage == "champion" else trial.other
    part = Part(
        trial.request_id, stage, CandidateModel(tried.model_name, tried.model_version, tried.uri)
    )
    evidence = {
        "champion": trial.champion.model_version,
        "other": trial.other.model_version,
        "measured": asdict(measured),
    }
    told = Step(language, now, ACTOR, step.reason, json.dumps(evidence), part)
    made = _made(told, trial, step)
    name = f"{trial.request_id}\n{stage}\n{step.share}"
    return replace(made, event_id=hashlib.sha256(name.encode()).hexdigest()[:32])


def _made(told: Step, trial: Trial, step: Next) -> ModelEvent:
    champion: tuple[Variant, ...] = (replace(trial.champion, weight=1.0),)
    match step.action:
        case "shadow":
            return lifecycle.shadowed(told, trial.other, champion)
        case "canary":
            return lifecycle.canary(told, trial.other, step.share, champion)
        case "promote":
            promoted = lifecycle.promoted(told, trial.other)
            before = replace(trial.champion, variant=PREVIOUS, weight=0.0, shadow=True)
            return replace(promoted, traffic=(*promoted.traffic, before))
        case "roll_back":
            return lifecycle.rolled_back(told, trial.other)
        case "reject":
            return lifecycle.noted(told, "rejected", trial.other, champion)
        case _:
            return replace(lifecycle.promoted(told, trial.champion), action="traffic")
