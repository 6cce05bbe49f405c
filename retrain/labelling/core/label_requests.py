"""Labelling request: the record that is published about a selected review."""

from __future__ import annotations

import hashlib
from datetime import datetime

import orjson

from retrain.labelling.core.selection import Chosen
from schemas.records import LabellingRequested

DIGITS = 4


def request(chosen: Chosen, now: datetime) -> LabellingRequested:
    """The request for the label of a review: its id is that of any other request for the same."""
    candidate, parts = chosen.candidate, chosen.usefulness
    evidence = {
        "uncertainty": round(parts.uncertainty, DIGITS),
        "disagreement": round(parts.disagreement, DIGITS),
        "drift": round(parts.drift, DIGITS),
        "likeness": round(chosen.likeness, DIGITS),
        "probabilities": [[round(share, DIGITS) for share in each] for each in candidate.by_model],
    }
    return LabellingRequested(
        request_id=hashlib.blake2b(
            f"labelling {candidate.review_id}".encode(), digest_size=16
        ).hexdigest(),
        review_id=candidate.review_id,
        product_id=candidate.product_id,
        language=candidate.language,
        text_masked=candidate.text_masked,
        sentiment=candidate.sentiment,
        score=candidate.score,
        model_name=candidate.model_name,
        model_version=candidate.model_version,
        reason=chosen.reason,
        priority=round(chosen.priority, DIGITS),
        created_at=now,
        evidence=orjson.dumps(evidence).decode(),
    )
