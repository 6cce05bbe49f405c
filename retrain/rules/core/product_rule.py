"""Built-in product rule: alerts and new states from batches of reviews and the previous states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import orjson

from retrain.alerts.alert_labels import label
from retrain.rules.core.share_falls import Change, Limits, Product, evidence, step
from schemas.alert_identity import alert_id, fingerprint
from schemas.records import Alert

NAME: Final = "product_sentiment_fell"


@dataclass(frozen=True, slots=True)
class Judged:
    """A scored review, as far as it matters here. ``at`` is when it was first scored."""

    review_id: str
    product_id: str
    positive: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A change, the state before and after it, and the review that brought it."""

    change: Change
    before: Product
    after: Product
    review: Judged


def judge(
    reviews: Sequence[Judged], states: Mapping[str, Product], limits: Limits
) -> tuple[dict[str, Product], list[Found]]:
    """The states of the products in ``reviews`` after them, in their order, and what changed.
    However the stream is cut into batches, the outcome is the same."""
    after: dict[str, Product] = {}
    found = []
    for review in reviews:
        before = after.get(review.product_id) or states.get(review.product_id) or Product()
        state, change = step(before, review.positive, review.at, limits)
        after[review.product_id] = state
        if change is not None:
            found.append(Found(change, before, state, review))
    return after, found


def alert(found: Found, examples: Sequence[str]) -> Alert:
    """Alert about a change. ``examples`` are masked. Its id is made of the review that caused
    it."""
    product, review = found.after if found.change == "firing" else found.before, found.review
    name = label(review.product_id)
    labels = {"product_id": name}
    mark = fingerprint(NAME, labels)
    ended = found.change == "resolved"
    fall = f"{product.before:.0%} to {product.share:.0%}"
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
        description="" if ended else _description(product, examples),
        evidence=_figures(product),
        ended_at=review.at if ended else None,
    )


def _description(product: Product, examples: Sequence[str]) -> str:
    lines = [
        (
            f"{product.positive} of {product.recent} reviews since {product.since:%Y-%m-%d %H:%M} "
            "UTC are positive."
        )
    ]
    return "\n".join([*lines, *(f"“{example}”" for example in examples)])


def _figures(product: Product) -> str:
    figures = {
        "share_before": round(product.before, 4),
        "share": round(product.share, 4),
        "reviews": product.recent,
        "reviews_before": round(product.past),
        "log_likelihood_ratio": round(evidence(product), 2),
    }
    return orjson.dumps(figures).decode()


def pack(product: Product) -> str:
    """For the store."""
    return orjson.dumps(asdict(product)).decode()


def unpack(text: str) -> Product:
    """From the store."""
    values = orjson.loads(text)
    since = values.pop("since")
    return Product(**values, since=None if since is None else datetime.fromisoformat(since))
