"""Rules of a rollout, and what is measured in its stages."""

from __future__ import annotations

from typing import Any

from retrain.promotion.core.guards import Measured, Rules

RULES = Rules(
    shadow_s=600, shadow_reviews=500, canary=(0.05, 0.25, 0.5), canary_s=300, canary_reviews=200,
    stage_limit_s=86_400,
    watch_s=3600, max_disagreement=0.5, max_latency_ratio=2.0, max_added_latency_s=0.25,
    max_missing=0.1,
)  # fmt: skip
SLOW: dict[str, Any] = {"champion_latency_s": 0.2, "challenger_latency_s": 0.5}


def seen(
    both: int = 600, agreed: int = 540, *, only_old: int = 0, only_new: int = 0, judged: int = 100
) -> Measured:
    """By a shadow: champion and challenger on the same reviews."""
    right = judged - only_old - only_new
    return Measured(
        both,
        both,
        judged,
        judged,
        right + only_old,
        right + only_new,
        both,
        agreed,
        only_old,
        only_new,
        0.2,
        0.2,
        due=both,
        done=both,
    )


def split(
    old: int, new: int, *, old_right: float = 0.9, new_right: float = 0.9, judged: float = 0.5
) -> Measured:
    """By a canary: each on its own reviews."""
    sides = int(old * judged), int(new * judged)
    return Measured(
        old,
        new,
        *sides,
        int(sides[0] * old_right),
        int(sides[1] * new_right),
        due=old + new,
        done=new,
    )
