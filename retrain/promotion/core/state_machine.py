"""Rollout state machine: a pure function of the last event of a language, the measurements since, and the time.

::

    registered ─▶ shadow ─▶ canary 5% ─▶ 25% ─▶ 50% ─▶ champion (the one before it as shadow) ─▶ settled
                    │          └───────┴───────┤              │
                    └──────────▶ rejected ◀────┘              └──▶ rolled back

Each event holds what is needed for the next step, so nothing else has to be remembered. An event that the loop did not write,
such as somebody's change of traffic, ends it: what people do is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.lifecycle import CHALLENGER, CHAMPION
from retrain.promotion.core.guards import Measured, Rules, objections
from retrain.trainer.core.answer_events import ACTOR as TRAINER
from retrain.trainer.core.answer_events import evidence_of
from schemas.records import ModelEvent, Variant

ACTOR = "undertone promotion"
PREVIOUS = "previous"
"""The champion before this one, which for a while goes on as a shadow, so that both are seen on the same reviews."""
Action = Literal["wait", "shadow", "canary", "promote", "reject", "roll_back", "settle"]
Stage = Literal["registered", "shadow", "canary", "champion"]


@dataclass(frozen=True, slots=True)
class Trial:
    """``other``: the challenger; or, once that is ``champion``, the one before it. ``share``: of the reviews, for the canary."""

    stage: Stage
    request_id: str
    champion: Variant
    other: Variant
    share: float
    since: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """``share``: for a canary. ``reason``: for people."""

    action: Action
    reason: str
    share: float = 0.0


def trial(event: ModelEvent, serving: tuple[Variant, ...]) -> Trial | None:
    """The trial that the last event of a language is part of; None if there is none. ``serving``: its traffic since."""
    evidence = evidence_of(event)
    traffic = {variant.variant: variant for variant in serving}
    champion, request_id = traffic.get(CHAMPION), str(evidence.get("request_id", ""))
    if champion is None or not request_id:
        return None
    if event.actor == TRAINER and event.action == "registered":
        challenger = Variant(CHALLENGER, event.model_name, event.model_version, str(evidence["uri"]), 0.0)
        return Trial("registered", request_id, champion, challenger, 0.0, event.created_at)
    if event.actor != ACTOR:
        return None
    if evidence.get("stage") == "champion" and PREVIOUS in traffic:
        return Trial("champion", request_id, champion, traffic[PREVIOUS], 1.0, event.created_at)
    if CHALLENGER in traffic:
        challenger = traffic[CHALLENGER]
        stage: Stage = "shadow" if challenger.shadow else "canary"
        return Trial(stage, request_id, champion, challenger, challenger.weight, event.created_at)
    return None


def next_step(now_on: Trial, measured: Measured, now: datetime, rules: Rules) -> Next:
    """Next step of the rollout; ``measured`` since ``now_on.since``."""
    seconds = (now - now_on.since).total_seconds()
    against = objections(now_on.stage, now_on.share, measured, rules)
    match now_on.stage:
        case "registered":
            return Next("shadow", "better in the trainer's comparison; now as a shadow")
        case "champion":
            if against:
                return Next("roll_back", "; ".join(against))
            if seconds < rules.watch_s:
                return Next("wait", f"watched for {rules.watch_s:g} s")
            return Next("settle", f"not worse than the one before for {rules.watch_s:g} s")
        case "shadow":
            least, wanted = rules.shadow_s, rules.shadow_reviews
        case "canary":
            least, wanted = rules.canary_s, rules.canary_reviews
    if against:
        return Next("reject", f"as {now_on.stage}: " + "; ".join(against))
    if measured.challenger < wanted:
        if seconds > rules.stage_limit_s:
            return Next("reject", f"as {now_on.stage} it scored only {measured.challenger} reviews in {seconds:.0f} s")
        return Next("wait", f"{measured.challenger} of {wanted} reviews scored")
    if seconds < least:
        return Next("wait", f"{least:g} s as {now_on.stage}")
    passed = f"{measured.summary()} as {now_on.stage}"
    larger = [share for share in rules.canary if share > now_on.share + 1e-9]
    return Next("canary", passed, larger[0]) if larger else Next("promote", passed)
