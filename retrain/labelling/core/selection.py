"""Selection of reviews to label: useful and diverse ones, and a random share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrain.labelling.core.text_similarity import Vectors, nearest, vectors
from retrain.labelling.core.usefulness import Candidate, Usefulness, Weights, usefulness
from schemas.records import LabellingReason

SAME = 0.9
"""Texts this much alike are one: the label of the second would teach nothing."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A review to be asked about, and why."""

    candidate: Candidate
    reason: LabellingReason
    priority: float
    usefulness: Usefulness
    likeness: float


def choose(
    hard: Sequence[Candidate],
    sample: Sequence[Candidate],
    waiting: Sequence[str],
    drifting: Sequence[str],
    count: int,
    by_chance: float,
    weights: Weights,
) -> list[Chosen]:
    """At most ``count`` reviews, the first to be asked about first.

    ``sample`` is in random order: its first make up the share ``by_chance``, whatever they are, for
    only so are they representative. The others are chosen from ``hard`` and the rest of it, one
    after another: each the one of the greatest usefulness, less what it is like those before it and
    the texts in ``waiting`` (Carbonell & Goldstein 1998, maximal marginal relevance).
    """
    drawn = list(sample[: round(count * by_chance)])
    known = {candidate.review_id for candidate in drawn}
    pool = []
    for candidate in (*hard, *sample):
        if candidate.review_id not in known:
            known.add(candidate.review_id)
            pool.append(candidate)
    rows = vectors([candidate.text_masked for candidate in (*pool, *drawn)] + list(waiting))
    useful = _greedy(
        pool, rows[: len(pool)], rows[len(pool) :], drifting, count - len(drawn), weights
    )
    by_luck = [
        _by_chance(candidate, useful, place, len(drawn), drifting, weights)
        for place, candidate in enumerate(drawn)
    ]
    return sorted(
        [*useful, *by_luck], key=lambda chosen: (-chosen.priority, chosen.candidate.review_id)
    )


def _greedy(
    pool: Sequence[Candidate],
    rows: Vectors,
    asked: Vectors,
    drifting: Sequence[str],
    count: int,
    weights: Weights,
) -> list[Chosen]:
    each = [usefulness(candidate, drifting, weights) for candidate in pool]
    totals = np.array([found.total for found in each])
    alike = nearest(rows, asked)
    left = np.ones(len(pool), bool)
    chosen: list[Chosen] = []
    while len(chosen) < count:
        left &= alike < SAME
        if not left.any():
            break
        gains = np.where(left, totals - weights.similarity * alike, -np.inf)
        best = int(gains.argmax())
        chosen.append(
            Chosen(
                pool[best], each[best].reason, float(gains[best]), each[best], float(alike[best])
            )
        )
        left[best] = False
        alike = np.maximum(alike, rows @ rows[best])
    return chosen


def _by_chance(
    candidate: Candidate,
    useful: Sequence[Chosen],
    place: int,
    count: int,
    drifting: Sequence[str],
    weights: Weights,
) -> Chosen:
    """Spread evenly among the useful ones: at the end of the queue nobody would get to it."""
    beside = useful[place * len(useful) // count].priority if useful else 0.0
    return Chosen(candidate, "chance", beside, usefulness(candidate, drifting, weights), 0.0)
