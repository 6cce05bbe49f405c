"""Counts of a window, which the checks are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts of reviews, ``reviews`` in all. ``empty``: records that were turned away because they
    had no text.

    ``wordless``: of a word or none, among those in languages that separate words (``worded``).
    ``repeats``: those of five words or more (``repeatable``) whose text another has. ``missing``:
    column → without a value. ``languages``: code → reviews.
    """

    reviews: int
    empty: int = 0
    worded: int = 0
    wordless: int = 0
    long: int = 0
    damaged: int = 0
    repeatable: int = 0
    repeats: int = 0
    uncertain: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usual:
    """Usual values of earlier windows. ``volumes``: records in windows of the same hour of earlier
    days, by day.

    ``missing``: column → share; ``reviews``: how many ``missing`` and ``languages`` are of.
    """

    reviews: int = 0
    volumes: Sequence[Sequence[int]] = ()
    missing: Mapping[str, float] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
