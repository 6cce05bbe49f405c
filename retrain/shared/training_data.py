"""Training data of a retraining, by SQL as of the request: the same data however late it is
read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.settings import RetrainingSettings
from infra.warehouse.port import Warehouse
from models.training import datasets
from models.training.labelled_sets import DOMAIN, LANGUAGE, first
from retrain import base
from retrain.shared.core import examples
from retrain.shared.core.examples import Dataset, Example, Origin
from schemas.errors import InputError
from schemas.records import Sentiment

BEGINNING = datetime.fromtimestamp(0, UTC)

# The label of a review: by the most trusted of those who judged it, then the latest. Its latest
# text, as it was scored last.
FEEDBACK = """
SELECT review.text_masked, truth.label, truth.source, truth.at, review.language
FROM
(
    SELECT
        review_id,
        toString(argMax(f.label, (f.trust, f.given_at, f.feedback_id, f.label))) AS label,
        toString(argMax(f.source, (f.trust, f.given_at, f.feedback_id, f.label))) AS source,
        max(f.given_at) AS at
    FROM
    (
        SELECT
            review_id, feedback_id, label, source, given_at,
            multiIf(source = 'labeler', 3, source = 'moderator', 2, 1) AS trust
        FROM review_feedback
        WHERE given_at <= %(until)s AND given_at > %(since)s
          AND stored_at <= toDateTime64(%(until)s, 3, 'UTC')
    ) AS f
    GROUP BY review_id
) AS truth
INNER JOIN
(
    SELECT
        review_id,
        argMax(p.text_masked, p.precedence) AS text_masked,
        argMax(p.language, p.precedence) AS language
    FROM predictions AS p
    WHERE scored_at <= %(until)s AND review_id IN (SELECT review_id FROM review_feedback)
    GROUP BY review_id
) AS review ON review.review_id = truth.review_id
WHERE (truth.label != 'neutral' OR %(neutral)s = 1)
    AND (review.language = %(language)s OR %(language)s = '*')
ORDER BY truth.at DESC, truth.review_id
LIMIT %(limit)s
"""

RATINGS = """
SELECT review.text_masked, if(review.stars <= %(negative)s, 'negative', 'positive') AS label,
    'rating' AS source, review.at, review.language
FROM
(
    SELECT
        review_id,
        argMax(p.text_masked, p.precedence) AS text_masked,
        argMax(p.language, p.precedence) AS language,
        argMax(tuple(p.stars), p.precedence).1 AS stars,
        argMax(p.created_at, p.precedence) AS at
    FROM predictions AS p
    WHERE scored_at <= %(until)s AND scored_at > %(since)s AND p.rating IS NOT NULL
    GROUP BY review_id
) AS review
WHERE (review.stars <= %(negative)s OR review.stars >= %(positive)s)
    AND (review.language = %(language)s OR %(language)s = '*')
    AND review.review_id NOT IN
    (
        SELECT review_id FROM review_feedback WHERE given_at <= %(until)s
          AND stored_at <= toDateTime64(%(until)s, 3, 'UTC')
    )
ORDER BY review.at DESC, review.review_id
LIMIT %(limit)s
"""


def load(
    warehouse: Warehouse,
    settings: RetrainingSettings,
    language: str,
    until: datetime,
    golden: list[Example],
    *,
    neutral: bool,
) -> Dataset:
    """The data set for ``language`` as of ``until``; ``neutral``: with what people found so.
    Raises ``InputError`` where the base file is wrong or missing.
    """
    since = until - timedelta(days=settings.days)
    asked = {"language": language, "until": until, "since": since}
    judged = {"limit": settings.max_feedback, "neutral": int(neutral)}
    ratings = {
        "negative": settings.negative_rating,
        "positive": settings.positive_rating,
        "limit": settings.max_weak,
    }
    rows = warehouse.query(FEEDBACK, asked | judged)
    rows += warehouse.query(RATINGS, asked | ratings) if settings.max_weak else []
    labelled = []
    for text, label, source, at, spoken in rows:
        assert isinstance(at, datetime)
        # the columns are enums of these
        origin: Origin = str(source)  # type: ignore[assignment]
        said: Sentiment = str(label)  # type: ignore[assignment]
        weight = settings.weak_weight if origin == "rating" else 1.0
        labelled.append(Example(str(text), said, origin, weight, at, str(spoken)))
    rehearsal = [
        example
        for example in read(settings.base or base.REHEARSAL)
        if examples.concerns(example, language) and (neutral or example.sided)
    ]
    keys = {example.key for example in golden}
    return examples.build(labelled, rehearsal, keys, settings.held_out, settings.recent)


def golden_set(settings: RetrainingSettings) -> list[Example]:
    """The golden set, in all languages. Raises ``InputError`` if it is missing or wrong."""
    return read(settings.golden or base.GOLDEN)


def read(path: Path) -> list[Example]:
    """A table with the columns text and label, and perhaps language and domain. Raises
    ``InputError``.
    """
    found = []
    for _, row in datasets.rows(path):
        label: Sentiment = row["label"]  # type: ignore[assignment]  # checked
        language, domain = (first(row, columns) for columns in (LANGUAGE, DOMAIN))
        found.append(Example(row["text"], label, "base", 1.0, BEGINNING, language, domain))
    if not any(example.sided for example in found):
        raise InputError(f"{path}: no labelled reviews")
    return found
