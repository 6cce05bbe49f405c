"""Data-quality checks, in order of reporting. Each is a function of counts and skips windows that
are too small.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scipy import stats

from retrain.quality.core.window_counts import Facts, Usual

CONFIDENCE = 0.99
LEAST_DAYS = 3
"""Earlier days with windows in the same hour, below which nothing is usual."""
LEAST_USUAL = 200
"""Earlier reviews, likewise."""


@dataclass(frozen=True, slots=True)
class Limits:
    """See the settings of the same names."""

    min_records: int
    max_empty: float
    max_wordless: float
    max_long: float
    max_damaged: float
    max_duplicates: float
    max_uncertain: float
    max_mix_change: float
    max_missing_rise: float
    min_volume: float
    max_volume: float


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one window. ``value``: what was measured, of ``records``; ``limit``: what it has
    passed, if ``failed``.
    """

    name: str
    records: int
    value: float
    limit: float
    failed: bool
    evidence: Mapping[str, object] = field(default_factory=dict)


def check(facts: Facts, usual: Usual, limits: Limits) -> list[Check]:
    """Every check that has something to say of the window."""
    return [
        *_shares(facts, limits),
        *_mix(facts, usual, limits),
        *_missing(facts, usual, limits),
        _volume(facts, usual, limits),
    ]


def _shares(facts: Facts, limits: Limits) -> Iterator[Check]:
    counted = (
        ("empty", facts.empty, facts.reviews + facts.empty, limits.max_empty),
        ("wordless", facts.wordless, facts.worded, limits.max_wordless),
        ("long", facts.long, facts.reviews, limits.max_long),
        ("encoding", facts.damaged, facts.reviews, limits.max_damaged),
        ("duplicates", facts.repeats, facts.repeatable, limits.max_duplicates),
        ("language", facts.uncertain, facts.reviews, limits.max_uncertain),
    )
    for name, count, records, limit in counted:
        if records >= limits.min_records:
            yield Check(
                name,
                records,
                count / records,
                limit,
                _surely(count, records) > limit,
                {"count": count},
            )


def _mix(facts: Facts, usual: Usual, limits: Limits) -> Iterator[Check]:
    """Total variation distance: the share of the reviews that would have to be of another language
    to be as usual.
    """
    if facts.reviews < limits.min_records:
        return
    shares = {language: count / facts.reviews for language, count in facts.languages.items()}
    before = {
        language: count / max(1, sum(usual.languages.values()))
        for language, count in usual.languages.items()
    }
    known = usual.reviews >= LEAST_USUAL
    distance = (
        sum(
            abs(shares.get(name, 0) - before.get(name, 0)) for name in shares.keys() | before.keys()
        )
        / 2
        if known
        else 0.0
    )
    failed = (
        known and _surely(round(distance * facts.reviews), facts.reviews) > limits.max_mix_change
    )
    yield Check(
        "language_mix",
        facts.reviews,
        distance,
        limits.max_mix_change,
        failed,
        {"languages": dict(facts.languages)},
    )


def _missing(facts: Facts, usual: Usual, limits: Limits) -> Iterator[Check]:
    """Against the usual, because many streams have no ratings at all, and that is no fault."""
    if facts.reviews < limits.min_records:
        return
    for column, count in facts.missing.items():
        known = usual.reviews >= LEAST_USUAL and column in usual.missing
        limit = min(1.0, usual.missing[column] + limits.max_missing_rise) if known else 1.0
        failed = _surely(count, facts.reviews) > limit
        yield Check(
            f"missing/{column}",
            facts.reviews,
            count / facts.reviews,
            limit,
            failed,
            {"count": count},
        )


def _volume(facts: Facts, usual: Usual, limits: Limits) -> Check:
    """Against the median of the medians of earlier days, so that no single day is what is usual."""
    records = facts.reviews + facts.empty
    days = [statistics.median(day) for day in usual.volumes if day]
    normal = statistics.median(days) if len(days) >= LEAST_DAYS else 0.0
    if normal < limits.min_records:
        return Check("volume", records, float(records), 0.0, False, {"usual": None})
    low, high = normal * limits.min_volume, normal * limits.max_volume
    return Check(
        "volume",
        records,
        float(records),
        low if records < normal else high,
        not low <= records <= high,
        {"usual": normal},
    )


def _surely(count: int, records: int) -> float:
    """The share is this at least: the lower end of Wilson's interval."""
    return float(stats.binomtest(count, records).proportion_ci(CONFIDENCE, "wilson").low)
