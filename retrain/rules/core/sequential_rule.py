"""Sequential judgement of what reviews are about: new states and changes from batches of reviews
and the previous states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from retrain.rules.core.share_falls import Change, Limits, Product, evidence, step


class Subject(NamedTuple):
    """A product, or with ``aspect`` one of its aspects."""

    product_id: str
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A scored review, as far as it matters here: of an aspect, ``positive`` is what is not
    negative. ``at`` is when it was first scored.
    """

    review_id: str
    product_id: str
    positive: bool
    at: datetime
    aspect: str = ""

    @property
    def subject(self) -> Subject:
        """What it says something of."""
        return Subject(self.product_id, self.aspect)


@dataclass(frozen=True, slots=True)
class Found:
    """A change, the state before and after it, and the review that brought it."""

    change: Change
    before: Product
    after: Product
    review: Judged

    @property
    def told(self) -> Product:
        """The state with the figures to tell: of an end that before it."""
        return self.after if self.change == "firing" else self.before


def judge(
    reviews: Sequence[Judged], states: Mapping[Subject, Product], limits: Limits
) -> tuple[dict[Subject, Product], list[Found]]:
    """The states of what the ``reviews`` are about after them, in their order, and what changed.
    However the stream is cut into batches, the outcome is the same."""
    after: dict[Subject, Product] = {}
    found = []
    for review in reviews:
        subject = review.subject
        before = after.get(subject) or states.get(subject) or Product()
        state, change = step(before, review.positive, review.at, limits)
        after[subject] = state
        if change is not None:
            found.append(Found(change, before, state, review))
    return after, found


def figures(product: Product) -> str:
    """The evidence of an alert, as JSON."""
    known = {
        "share_before": round(product.before, 4),
        "share": round(product.share, 4),
        "reviews": product.recent,
        "reviews_before": round(product.past),
        "log_likelihood_ratio": round(evidence(product), 2),
    }
    return orjson.dumps(known).decode()


def quoted(first: str, examples: Sequence[str]) -> str:
    """A description: a line, and masked examples below it."""
    return "\n".join([first, *(f"“{example}”" for example in examples)])


def pack(product: Product) -> str:
    """For the store."""
    return orjson.dumps(asdict(product)).decode()


def unpack(text: str) -> Product:
    """From the store."""
    values = orjson.loads(text)
    since = values.pop("since")
    return Product(**values, since=None if since is None else datetime.fromisoformat(since))
