"""Guards of a rollout: reasons against a challenger, from its measurements. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from models.evaluation.significance import mcnemar

SURE = 0.01
"""Chance of withdrawing a challenger that is as accurate as the champion; small, for it is looked
at again and again.
"""
FEW = 30
"""Reviews below which a share says nothing."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of the rollout, from the settings of the same names; see ``RetrainingSettings``."""

    shadow_s: float
    shadow_reviews: int
    canary: tuple[float, ...]
    canary_s: float
    canary_reviews: int
    stage_limit_s: float
    watch_s: float
    max_disagreement: float
    max_latency_ratio: float
    max_added_latency_s: float
    max_missing: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Since a stage began, of champion and challenger: reviews scored, with feedback, judged right;
    and those of both.

    Latencies are medians in seconds, None where there was no review. ``neutral``: reviews that
    people found so, left out of what is judged where one of the two has no such answer. ``due``:
    reviews of the time in which the challenger had its share for certain and whose rows are all in
    ClickHouse; ``done``: those of them that it scored.
    """

    champion: int = 0
    challenger: int = 0
    champion_judged: int = 0
    challenger_judged: int = 0
    champion_right: int = 0
    challenger_right: int = 0
    shared: int = 0
    agreed: int = 0
    only_champion_right: int = 0
    only_challenger_right: int = 0
    champion_latency_s: float | None = None
    challenger_latency_s: float | None = None
    neutral: int = 0
    due: int = 0
    done: int = 0

    def summary(self) -> str:
        """For people."""
        said = [f"{self.challenger} reviews"]
        if self.shared:
            said.append(f"{100 * self.agreed / self.shared:.0f}% judged like the champion")
        if self.challenger_judged:
            accuracy = self.challenger_right / self.challenger_judged
            said.append(f"{100 * accuracy:.1f}% of {self.challenger_judged} right by feedback")
        if self.champion_judged:
            said[-1] += (
                f" (champion {100 * self.champion_right / self.champion_judged:.1f}% of "
                f"{self.champion_judged})"
            )
        if self.neutral:
            said.append(f"{self.neutral} left out that people found neutral")
        return ", ".join(said)


def objections(stage: str, share: float, measured: Measured, rules: Rules) -> list[str]:
    """Reasons to withdraw the challenger; in the stage ``champion``, to roll back to the previous
    one.
    """
    if stage == "champion":
        return _paired(
            measured.only_champion_right, measured.only_challenger_right, "the champion before it"
        )
    won, lost = measured.only_challenger_right, measured.only_champion_right
    found = _paired(won, lost, "the champion")
    if stage == "canary":
        found = _split(measured) + _missing(measured.done, measured.due * share, rules)
    else:
        found += _missing(measured.done, measured.due, rules)
    differs = (
        measured.shared >= FEW and 1 - measured.agreed / measured.shared > rules.max_disagreement
    )
    # Where the champion is mostly wrong, a better model has to differ: feedback that says so
    # outweighs it.
    if differs and not _fewer(lost, won):
        found.append(
            f"judges {100 - 100 * measured.agreed / measured.shared:.0f}% of the reviews otherwise"
        )
    slow, usual = measured.challenger_latency_s, measured.champion_latency_s
    # Of tens of milliseconds a busy moment of the machine makes hundreds, so a ratio alone tells
    # nothing.
    if slow and usual and measured.challenger >= FEW and _slower(slow, usual, rules):
        found.append(f"takes {slow:.2f} s, the champion {usual:.2f} s")
    return found


def _slower(slow: float, usual: float, rules: Rules) -> bool:
    return slow > rules.max_latency_ratio * usual and slow - usual > rules.max_added_latency_s


def _paired(mine: int, others: int, other: str) -> list[str]:
    """``mine``, ``others``: reviews with feedback that only this one, or only the other one, judged
    right.
    """
    told = (
        f"less accurate than {other} on the same reviews: {mine} that only it judged right, "
        f"{others} that only the other did"
    )
    return [told] if _fewer(mine, others) else []


def _fewer(mine: int, others: int) -> bool:
    """Whether it is so, and not by chance."""
    first, second = (
        np.repeat([True, False], [mine, others]),
        np.repeat([False, True], [mine, others]),
    )
    return others > mine and mcnemar(first, second).p_value < SURE


def _split(measured: Measured) -> list[str]:
    """Two shares of different reviews: pooled z test."""
    mine, others = measured.challenger_judged, measured.champion_judged
    if min(mine, others) < FEW:
        return []
    pooled = (measured.challenger_right + measured.champion_right) / (mine + others)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / mine + 1 / others))
    difference = measured.challenger_right / mine - measured.champion_right / others
    if difference < 0 and deviation and 2 * stats.norm.sf(-difference / deviation) < SURE:
        return [f"less accurate than the champion by feedback: {measured.summary()}"]
    return []


def _missing(scored: int, expected: float, rules: Rules) -> list[str]:
    """Reviews that it should have scored and did not: its errors, of which shadows leave no other
    trace in the warehouse.
    """
    if expected < FEW:
        return []
    chance = 3 * math.sqrt(expected) / expected
    if 1 - scored / expected > rules.max_missing + chance:
        return [f"scored only {scored} of about {expected:.0f} reviews"]
    return []
