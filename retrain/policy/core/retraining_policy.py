"""Retraining policy. Pure: reports and the time in, a request or the reason against one out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from croniter import croniter

from schemas.records import DriftDetected, RetrainingReason, RetrainingRequested, Variant

ACTOR = "undertone policy"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of the policy, from the settings of the same names; see ``RetrainingSettings``."""

    cooldown_s: float
    daily_quota: int
    run_limit_s: float
    hold_s: float
    schedule: str


@dataclass(frozen=True, slots=True)
class Situation:
    """Of one language: its champion, every drift report and request so far, and the ids of the
    requests that were answered.

    ``on_trial``: a challenger is in traffic, or the champion is being watched.
    """

    language: str
    champion: Variant
    drift: Sequence[DriftDetected]
    requests: Sequence[RetrainingRequested]
    answered: Collection[str]
    on_trial: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """``request`` to be made, or None; ``reason``: why, or why not."""

    request: RetrainingRequested | None
    reason: str


def decide(situation: Situation, now: datetime, rules: Rules) -> Decision:
    """One request at most. Asking again at the same state of things gives the same request, by
    id."""
    mine = sorted(
        (each for each in situation.requests if each.language == situation.language),
        key=lambda each: each.created_at,
    )
    last = mine[-1].created_at if mine else None
    wanted = _wanted(situation, last, now, rules)
    if wanted is None:
        return Decision(None, "nothing asks for it")
    reason, subject, evidence = wanted
    against = _against(situation, mine, now, rules)
    if against:
        return Decision(None, against)
    champion = situation.champion
    identity = (situation.language, champion.model_version, reason, subject)
    request = RetrainingRequested(
        request_id=hashlib.sha256("\n".join(identity).encode()).hexdigest()[:32],
        language=situation.language,
        reason=reason,
        model_name=champion.model_name,
        model_version=champion.model_version,
        created_at=now,
        evidence=json.dumps(evidence),
        actor=ACTOR,
    )
    if any(each.request_id == request.request_id for each in mine):
        return Decision(None, "asked for already")
    return Decision(request, f"{reason}: {subject}")


def concerns(report: DriftDetected, champion: Variant) -> bool:
    """Whether a report is about this champion, and not about one that has been replaced since."""
    return (report.model_name, report.model_version) == (
        champion.model_name,
        champion.model_version,
    )


def _wanted(
    situation: Situation, last: datetime | None, now: datetime, rules: Rules
) -> tuple[RetrainingReason, str, dict[str, object]] | None:
    """The reason, what identifies it, and the evidence."""
    drift = [
        report
        for report in situation.drift
        if report.kind != "quality"
        and concerns(report, situation.champion)
        and (last is None or report.created_at > last)
    ]
    if drift:
        reason: RetrainingReason = (
            "performance" if any(report.kind == "concept" for report in drift) else "drift"
        )
        told = [
            {
                "event_id": report.event_id,
                "detector": report.detector,
                "segment": report.segment,
                "effect": report.effect,
            }
            for report in drift
        ]
        # The first alone names it: more reports of the same drift do not make another request of
        # it.
        return (
            reason,
            min((report.created_at, report.event_id) for report in drift)[1],
            {"drift": told},
        )
    if rules.schedule:
        due: datetime = croniter(rules.schedule, now).get_prev(datetime)
        missed = now - due > timedelta(seconds=rules.cooldown_s)
        if not missed and (last is None or last < due):
            return "schedule", due.isoformat(), {"schedule": rules.schedule, "due": due.isoformat()}
    return None


def _against(
    situation: Situation, mine: Sequence[RetrainingRequested], now: datetime, rules: Rules
) -> str:
    held = [
        report
        for report in situation.drift
        if report.kind == "quality" and now - report.created_at < timedelta(seconds=rules.hold_s)
    ]
    if held:
        return f"held: {held[-1].detector} says that the data is not sound"
    limit = timedelta(seconds=rules.run_limit_s)
    waiting = [
        each
        for each in mine
        if each.request_id not in situation.answered and now - each.created_at < limit
    ]
    if waiting:
        return f"request {waiting[0].request_id} is not answered yet"
    if situation.on_trial:
        return "a challenger is on trial, or the champion is being watched"
    if mine and now - mine[-1].created_at < timedelta(seconds=rules.cooldown_s):
        return f"the last request is less than {rules.cooldown_s:g} s ago"
    if sum(now - each.created_at < DAY for each in mine) >= rules.daily_quota:
        return f"{rules.daily_quota} requests within a day"
    return ""
