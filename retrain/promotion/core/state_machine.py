"""Rollout state machine: a pure function of the last event of a language, the measurements since,
and the time.

::

    registered ─▶ shadow ─▶ canary 5% ─▶ 25% ─▶ 50% ─▶ champion (the one before it as shadow) ─▶
    settled
                    │          └───────┴───────┤              │
                    └──────────▶ rejected ◀────┘              └──▶ rolled back

Each event holds what is needed for the next step (see ``models.rollout.trial``), so nothing else
has to be remembered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.rollout.trial import Trial
from retrain.promotion.core.guards import Measured, Rules, objections

ACTOR = "undertone promotion"
Action = Literal["wait", "shadow", "canary", "promote", "reject", "roll_back", "settle"]


@dataclass(frozen=True, slots=True)
class Next:
    """``share``: for a canary. ``reason``: for people."""

    action: Action
    reason: str
    share: float = 0.0


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
            return Next(
                "reject",
                f"as {now_on.stage} it scored only {measured.challenger} reviews "
                f"in {seconds:.0f} s",
            )
        return Next("wait", f"{measured.challenger} of {wanted} reviews scored")
    if seconds < least:
        return Next("wait", f"{least:g} s as {now_on.stage}")
    passed = f"{measured.summary()} as {now_on.stage}"
    larger = [share for share in rules.canary if share > now_on.share + 1e-9]
    return Next("canary", passed, larger[0]) if larger else Next("promote", passed)
