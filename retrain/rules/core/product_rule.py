"""Built-in product rule: the alert about a product whose reviews got worse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from retrain.alerts.alert_labels import label
from retrain.rules.core.sequential_rule import Found, figures, quoted
from schemas.alert_identity import alert_id, fingerprint
from schemas.records import Alert

NAME: Final = "product_sentiment_fell"


def alert(found: Found, examples: Sequence[str]) -> Alert:
    """Alert about a change. ``examples`` are masked. Its id is made of the review that caused
    it."""
    product, review = found.told, found.review
    name = label(review.product_id)
    labels = {"product_id": name}
    mark = fingerprint(NAME, labels)
    ended = found.change == "resolved"
    fall = f"{product.before:.0%} to {product.share:.0%}"
    first = (
        f"{product.positive} of {product.recent} reviews since {product.since:%Y-%m-%d %H:%M} UTC "
        "are positive."
    )
    return Alert(
        alert_id=alert_id(mark, found.change, review.review_id),
        fingerprint=mark,
        status=found.change,
        name=NAME,
        severity="warning",
        summary=(
            f"{name}: positive reviews "
            f"{f'are back at {product.before:.0%}' if ended else f'fell from {fall}'}"
        ),
        labels=labels,
        started_at=product.since or review.at,
        created_at=review.at,
        description="" if ended else quoted(first, examples),
        evidence=figures(product),
        ended_at=review.at if ended else None,
    )
