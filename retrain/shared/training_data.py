"""Training data of a retraining, by SQL as of the request: the same data however late it is
read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from infra.settings import RetrainingSettings
from infra.warehouse.port import Warehouse
from models.rollout.traffic import ANY_LANGUAGE
from models.training import datasets
from retrain import base
from retrain.shared.core import examples
from retrain.shared.core.examples import Dataset, Example, Origin
from schemas.errors import InputError

ENGLISH = ("en", ANY_LANGUAGE)

# The label of a review: by the most trusted of those who judged it, then the latest. Its latest
# text, as it was scored last.
FEEDBACK = """
SELECT review.text_masked, truth.label, truth.source, truth.at
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
        FROM feedback
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
    WHERE scored_at <= %(until)s AND review_id IN (SELECT review_id FROM feedback)
    GROUP BY review_id
) AS review ON review.review_id = truth.review_id
WHERE truth.label != 'neutral' AND (review.language = %(language)s OR %(language)s = '*')
ORDER BY truth.at DESC, truth.review_id
LIMIT %(limit)s
"""

RATINGS = """
SELECT review.text_masked, if(review.stars <= %(negative)s, 'negative', 'positive') AS label,
    'rating' AS source, review.at
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
        SELECT review_id FROM feedback WHERE given_at <= %(until)s
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
) -> Dataset:
    """The data set for ``language`` as of ``until``. Raises ``InputError`` where the base file is
    wrong or missing.
    """
    since = until - timedelta(days=settings.days)
    asked = {"language": language, "until": until, "since": since}
    ratings = {
        "negative": settings.negative_rating,
        "positive": settings.positive_rating,
        "limit": settings.max_weak,
    }
    rows = warehouse.query(FEEDBACK, asked | {"limit": settings.max_feedback})
    rows += warehouse.query(RATINGS, asked | ratings) if settings.max_weak else []
    labelled = []
    for text, label, source, at in rows:
        assert isinstance(at, datetime)
        origin: Origin = str(source)  # type: ignore[assignment]  # the column is an enum of these
        weight = settings.weak_weight if origin == "rating" else 1.0
        labelled.append(Example(str(text), label == "positive", origin, weight, at))
    keys = {example.key for example in golden}
    rehearsal = read(settings.base, base.REHEARSAL, language, "base")
    return examples.build(labelled, rehearsal, keys, settings.held_out, settings.recent)


def golden_set(settings: RetrainingSettings, language: str) -> list[Example]:
    """Golden set of ``language``, on which every candidate is evaluated. Raises ``InputError`` if
    it is missing or wrong.
    """
    return read(settings.golden, base.GOLDEN, language, "golden")


def read(path: Path | None, shipped: Path, language: str, name: str) -> list[Example]:
    """A labelled file, the one shipped where none is named and the language is English. Raises
    ``InputError``.
    """
    if path is None and language not in ENGLISH:
        raise InputError(
            f"no {name} reviews for language {language}: UNDERTONE_RETRAINING__{name.upper()} "
            "names a labelled file"
        )
    data = datasets.read(path or shipped)
    beginning = datetime.fromtimestamp(0).astimezone()
    return [
        Example(text, bool(label), "base", 1.0, beginning)
        for text, label in zip(data.texts, data.positive, strict=True)
    ]
