"""Traffic split by weighted rendezvous hashing: the same review always gets the same variant.

Weighted rendezvous hashing (Schindelhauer and Schomaker 2005, "Weighted distributed hash tables"):
each variant draws an exponential time with its weight as the rate, and the first wins. The draw is
a hash of variant and review id alone. So a share is exactly its weight over the sum of all, and a
variant whose share grows keeps the reviews it had: a canary that goes from 5% to 20% takes reviews
from others and gives none back. Order does not matter, and neither do the models behind the
variants.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from models.rollout.traffic import CHAMPION
from schemas.records import Variant

PERSON = b"undertone-split"
"""Part of every hash. Changing it would deal all reviews anew."""


def choose(review_id: str, variants: Sequence[Variant]) -> Variant:
    """The variant that scores the review. Shadows and weights of 0 are passed over; one must be
    left.
    """
    drawing = emitting(variants)
    if len(drawing) == 1:
        return drawing[0]
    return min(
        drawing,
        key=lambda variant: -math.log(_uniform(variant.variant, review_id)) / variant.weight,
    )


def emitting(variants: Sequence[Variant]) -> list[Variant]:
    """Those whose scores go out."""
    return [variant for variant in variants if not variant.shadow and variant.weight > 0]


def champion_of(variants: Sequence[Variant]) -> Variant | None:
    """The variant that scores for any other that cannot: the champion, or where none emits the
    heaviest of those that do.
    """
    drawing = emitting(variants)
    named = (variant for variant in drawing if variant.variant == CHAMPION)
    return next(named, None) or max(drawing, key=lambda variant: variant.weight, default=None)


def without(variants: Sequence[Variant], missing: Collection[Variant]) -> tuple[Variant, ...]:
    """The variants but for the ``missing``, whose weights go to the champion, which is none of
    them.
    """
    champion = champion_of(variants)
    assert champion is not None
    assert champion not in missing
    weight = champion.weight + sum(
        variant.weight for variant in emitting(variants) if variant in missing
    )
    kept = (variant for variant in variants if variant not in missing)
    return tuple(
        replace(variant, weight=weight) if variant is champion else variant for variant in kept
    )


def _uniform(variant: str, review_id: str) -> float:
    """Uniform over (0, 1], the same in every process and every release."""
    content = f"{variant}\0{review_id}".encode("utf8", "surrogatepass")
    digest = hashlib.blake2b(content, digest_size=8, person=PERSON).digest()
    return (int.from_bytes(digest, "big") + 1) / 2**64
