"""Sums over the view ``counted_reviews``, in which a review's signs add up to 1."""

from __future__ import annotations

from typing import Final

SUMS: Final = (
    "sumIf(sign, sentiment = 'positive'), sumIf(sign, sentiment = 'neutral'), "
    "sumIf(sign, sentiment = 'negative'), sum(sign * score_e9) / 1e9 / sum(sign)"
)
"""Positive, neutral and negative reviews, and their average score."""
