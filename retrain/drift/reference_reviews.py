"""Drift reference: reviews stored with the version of the champion that scored them.

By default the first that it scored in the stream. Reviews that it was trained on would not do for
its scores: it is surer of what it has seen, and every window would seem to have drifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infra.settings import DriftSettings
from infra.warehouse import Warehouse
from retrain.drift.core.segments import Reviews
from retrain.drift.drift_queries import Reader, of_rows
from schemas.records import Variant

LIVE = "live"
COLUMNS = (
    "model_name", "model_version", "language", "review_id", "origin", "product_id", "source",
    "text_masked", "score", "probabilities",
    "ends_at", "stored_at",
)  # fmt: skip
_KNOWN = """
SELECT origin, ends_at
FROM drift_references
WHERE model_name = %(name)s AND model_version = %(version)s AND language = %(language)s
GROUP BY origin, ends_at
ORDER BY ends_at, origin
"""
# References of a model of three classes that were stored before they had probabilities have those
# of its predictions.
_ROWS = """
WITH kept AS
(
    SELECT review_id, any(product_id) AS product, any(source) AS origin_source,
        any(text_masked) AS text, any(score) AS said, any(probabilities) AS stored
    FROM drift_references
    WHERE model_name = %(name)s AND model_version = %(version)s AND language = %(language)s
      AND origin = %(origin)s AND ends_at = %(ends_at)s
    GROUP BY review_id
)
SELECT review_id, product, origin_source, text, said, if(empty(stored), predicted, stored)
FROM kept
LEFT JOIN
(
    SELECT review_id, argMax(p.probabilities, p.precedence) AS predicted
    FROM predictions AS p
    WHERE model_name = %(name)s AND model_version = %(version)s
      AND review_id IN (SELECT review_id FROM kept WHERE empty(stored))
    GROUP BY review_id
) AS scored USING (review_id)
ORDER BY review_id
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A reference: of which model and language, where from, and since when windows are compared
    with it.
    """

    model: Variant
    language: str
    origin: str
    ends_at: datetime

    def __str__(self) -> str:
        return (
            f"{self.model.model_name}/{self.model.model_version} {self.origin} until "
            f"{self.ends_at:%Y-%m-%dT%H:%M:%S.%f}"
        )


def known(warehouse: Warehouse, model: Variant, language: str) -> list[Key]:
    """The references that there are, by time."""
    rows: list[tuple[Any, ...]] = warehouse.query(_KNOWN, _parameters(model, language))
    return [Key(model, language, str(origin), ends_at) for origin, ends_at in rows]


def of(keys: Sequence[Key], start: datetime) -> Key | None:
    """The latest that a window which begins at ``start`` may be compared with."""
    return max(
        (key for key in keys if key.ends_at <= start),
        key=lambda key: (key.ends_at, key.origin),
        default=None,
    )


def load(warehouse: Warehouse, key: Key) -> Reviews:
    """The reviews of a reference."""
    parameters = _parameters(key.model, key.language) | {
        "origin": key.origin,
        "ends_at": key.ends_at,
    }
    return of_rows(warehouse.query(_ROWS, parameters))


def take(reader: Reader, settings: DriftSettings, now: datetime) -> Key | None:
    """Keep the first reviews that a model scored, if there are enough whose time for late ones is
    over.
    """
    until = now - timedelta(seconds=settings.lateness_s)
    rows = reader.first(
        now - timedelta(days=settings.reference_days), until, settings.reference_reviews
    )
    if len(rows) < settings.reference_reviews:
        return None
    key = Key(reader.model, reader.language, LIVE, rows[-1][6] + timedelta(milliseconds=1))
    keep(reader.warehouse, key, [row[:6] for row in rows], now)
    return key


def keep(warehouse: Warehouse, key: Key, rows: Sequence[Sequence[object]], now: datetime) -> None:
    """Store reviews, each as id, product, source, masked text, score and probabilities (empty from
    a binary model), as a reference: all or none of them.
    """
    model = key.model
    stored = [
        (
            model.model_name,
            model.model_version,
            key.language,
            row[0],
            key.origin,
            *row[1:],
            key.ends_at,
            now,
        )
        for row in rows
    ]
    warehouse.insert("drift_references", COLUMNS, stored, f"{key.language} {key}")


def _parameters(model: Variant, language: str) -> dict[str, object]:
    return {"name": model.model_name, "version": model.model_version, "language": language}
