"""Sequential detection of falls in a product's share of positive reviews, by CUSUM and a likelihood
ratio.

A CUSUM (Page 1954, https://doi.org/10.1093/biomet/41.1-2.100) of the log likelihood ratio of "the
share is lower by ``fall``" to "it is as before" finds where a fall may have begun: whenever it is
at zero, what it has seen joins the past; what came since is the recent. That is told once three
things hold: enough reviews are recent; their share is lower by a good part of ``fall``; and the
likelihood ratio of "two shares" to "one share" for past and recent is large, which allows for a
past that is itself known from few reviews. A second CUSUM, from the fallen share back up, says when
it is over.

The values of ``Limits`` were chosen on simulated streams: see ``bench/products.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

Change = Literal["firing", "resolved"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of detection. Shares are between 0 and 1; ``evidence``, ``urgent`` and ``recovery``
    are in nats.
    """

    fall: float = 0.2
    history: int = 200
    memory: int = 4000
    reviews: int = 150
    evidence: float = 8.25
    few_reviews: int = 30
    urgent: float = 12.0
    least: float = 0.7
    recovery: float = 7.0


@dataclass(frozen=True, slots=True)
class Product:
    """State of a product. ``past`` fades, so its counts are no whole numbers; ``before`` and
    ``fallen`` are shares.

    ``since`` is when the recent began; while ``firing``, when the fall began.
    """

    past_positive: float = 0.0
    past: float = 0.0
    positive: int = 0
    recent: int = 0
    score: float = 0.0
    since: datetime | None = None
    firing: bool = False
    before: float = 0.0
    fallen: float = 0.0

    @property
    def share(self) -> float:
        """Of the recent reviews."""
        return self.positive / self.recent if self.recent else 0.0


def step(
    product: Product, positive: bool, at: datetime, limits: Limits
) -> tuple[Product, Change | None]:
    """Add the next review in order; returns the new state and the change to report, if any."""
    return (
        _recovering(product, positive, limits)
        if product.firing
        else _watched(product, positive, at, limits)
    )


def _watched(
    product: Product, positive: bool, at: datetime, limits: Limits
) -> tuple[Product, Change | None]:
    if product.past < limits.history:
        return replace(
            product, past=product.past + 1, past_positive=product.past_positive + positive
        ), None
    before = _inside((product.past_positive + 1) / (product.past + 2))
    score = product.score + _log_ratio(positive, _inside(before - limits.fall), before)
    recent, share = product.recent + 1, product.positive + positive
    if score <= 0:
        fade = min(1.0, limits.memory / (product.past + recent))
        return Product((product.past_positive + share) * fade, (product.past + recent) * fade), None
    after = replace(product, positive=share, recent=recent, score=score, since=product.since or at)
    if not _fell(after, limits):
        return after, None
    # From here on the recent are those since it was told, and the score climbs back.
    fallen = _inside(min(after.share, before - limits.fall / 2))
    return replace(after, firing=True, before=before, fallen=fallen, score=0.0), "firing"


def _fell(product: Product, limits: Limits) -> bool:
    past_share = product.past_positive / product.past
    if (
        product.recent < limits.few_reviews
        or past_share - product.share < limits.least * limits.fall
    ):
        return False
    return evidence(product) >= (
        limits.evidence if product.recent >= limits.reviews else limits.urgent
    )


def _recovering(product: Product, positive: bool, limits: Limits) -> tuple[Product, Change | None]:
    score = max(0.0, product.score + _log_ratio(positive, product.before, product.fallen))
    if score >= limits.recovery:
        return Product(product.past_positive, product.past), "resolved"
    return replace(product, score=score), None


def evidence(product: Product) -> float:
    """Half the G statistic of past and recent, positive and not: the log likelihood ratio of two
    shares to one.
    """
    total = product.past + product.recent
    pooled = _inside((product.past_positive + product.positive) / total)
    past = product.past * _divergence(product.past_positive / product.past, pooled)
    return past + product.recent * _divergence(product.share, pooled)


def _divergence(share: float, other: float) -> float:
    """Kullback and Leibler's, of one coin from another, in nats."""
    share = _inside(share)
    return share * math.log(share / other) + (1 - share) * math.log((1 - share) / (1 - other))


def _log_ratio(positive: bool, of: float, to: float) -> float:
    return math.log(of / to) if positive else math.log((1 - of) / (1 - to))


def _inside(share: float) -> float:
    return min(0.98, max(0.02, share))
