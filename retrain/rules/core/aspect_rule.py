"""Built-in aspect rule: the alert about an aspect of a product that reviews turned against.

The sequential test is that for products (see ``share_falls``), on the share of the reviews naming
the aspect that are not negative about it. The limits are others, since few reviews name an aspect;
they were chosen on simulated streams: see ``bench/products.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from retrain.alerts.alert_labels import label
from retrain.rules.core.sequential_rule import Found, figures, quoted
from retrain.rules.core.share_falls import Limits
from schemas.alert_identity import alert_id, fingerprint
from schemas.records import Alert

NAME: Final = "product_aspect_turned"


def limits(fall: float, history: int) -> Limits:
    """Limits of detection for aspects."""
    return Limits(fall=fall, history=history, reviews=60, evidence=9.5, few_reviews=20, urgent=11.0)


def alert(found: Found, examples: Sequence[str]) -> Alert:
    """Alert about a change. ``examples`` are masked. Its id is made of the review that caused it
    and of the aspect."""
    state, review = found.told, found.review
    product, aspect = label(review.product_id), label(review.aspect)
    labels = {"product_id": product, "aspect": aspect}
    mark = fingerprint(NAME, labels)
    ended = found.change == "resolved"
    rise = f"{1 - state.before:.0%} to {1 - state.share:.0%}"
    first = (
        f"{state.recent - state.positive} of {state.recent} reviews that name {aspect} since "
        f"{state.since:%Y-%m-%d %H:%M} UTC are negative about it."
    )
    return Alert(
        alert_id=alert_id(mark, found.change, review.review_id),
        fingerprint=mark,
        status=found.change,
        name=NAME,
        severity="warning",
        summary=(
            f"{product}: {aspect}: negative reviews "
            f"{f'are back at {1 - state.before:.0%}' if ended else f'rose from {rise}'}"
        ),
        labels=labels,
        started_at=state.since or review.at,
        created_at=review.at,
        description="" if ended else quoted(first, examples),
        evidence=figures(state),
        ended_at=review.at if ended else None,
    )
