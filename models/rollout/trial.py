"""Trial of a model version, from the last event of its language. Pure, and never raises.

::

    registered ─▶ shadow ─▶ canary ─▶ … ─▶ champion (the one before it as a shadow) ─▶ settled
                    │          │                │
                    └▶ rejected ◀               └▶ rolled back

An event without ``request_id`` is no part of a trial: what people do to the traffic ends one and
begins none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.rollout.traffic import CHALLENGER, CHAMPION, PREVIOUS, Variants, named_champion
from schemas.records import ModelEvent, Variant

Stage = Literal["registered", "shadow", "canary", "champion"]


@dataclass(frozen=True, slots=True)
class Trial:
    """``other``: the challenger; or, once that is ``champion``, the one before it. ``share``: of
    the reviews, for the canary.
    """

    stage: Stage
    request_id: str
    champion: Variant
    other: Variant
    share: float
    since: datetime


def trial(event: ModelEvent, serving: Variants) -> Trial | None:
    """The trial that the last event of a language is part of; None if there is none. ``serving``:
    its traffic since.

    None also where the event is malformed: see ``defect``.
    """
    champion, claimed = named_champion(serving), _claimed(event)
    if champion is None or claimed is None or isinstance(claimed, str):
        return None
    stage, other = claimed
    share = 1.0 if stage == "champion" else other.weight
    return Trial(stage, event.request_id, champion, other, share, event.created_at)


def defect(event: ModelEvent) -> str | None:
    """Why the trial that an event claims to be part of cannot go on; None where it can, or where
    there is none.
    """
    claimed = _claimed(event)
    return claimed if isinstance(claimed, str) else None


def _claimed(event: ModelEvent) -> tuple[Stage, Variant] | str | None:
    """The stage and the model beside the champion; or what is missing; None where no trial is
    claimed.
    """
    if not event.request_id:
        return None
    roles, candidate = {variant.variant: variant for variant in event.traffic}, event.candidate
    match event.stage:
        case "registered":
            if candidate is None or not (candidate.name and candidate.version and candidate.uri):
                return "registered without the name, version or uri of a candidate"
            return "registered", Variant(
                CHALLENGER, candidate.name, candidate.version, candidate.uri, 0.0
            )
        case "shadow" | "canary" as stage:
            challenger = roles.get(CHALLENGER)
            if (
                CHAMPION not in roles
                or challenger is None
                or challenger.shadow is not (stage == "shadow")
            ):
                return f"stage {stage} without a champion and such a challenger in its traffic"
            return stage, challenger
        case "champion":
            if CHAMPION not in roles or PREVIOUS not in roles:
                return "stage champion without the champion and the one before it in its traffic"
            return "champion", roles[PREVIOUS]
        case _:
            return None
