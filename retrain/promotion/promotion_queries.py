"""ClickHouse measurements of champion and challenger since a point in time."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from infra.warehouse.port import Warehouse
from retrain.promotion.core.guards import Measured

ARRIVED = timedelta(seconds=60)
"""What was scored so long ago has come through the sink."""
BEHIND = timedelta(seconds=5)
"""So far behind each other the partitions of the two topics are while the sink keeps up."""
FOLLOWED = timedelta(seconds=10)
"""By then all workers give the challenger the share that a stage began with. Of a stage younger
than twice this, its first half is taken for it.
"""

# One row for each review: what each of the two said of it last, and what people say. Reads what was
# scored since, no more. A model that gave no probabilities of three classes, and said neutral of
# none of these reviews but for want of evidence, has no such answer. What people found neutral
# counts where both have it.
QUERY = """
WITH neutral AS
(
    SELECT toString(model_version) AS version FROM predictions
    WHERE scored_at > %(since)s
        AND (notEmpty(probabilities) OR (sentiment = 'neutral' AND evidence))
    UNION DISTINCT
    SELECT toString(model_version) AS version FROM shadow_predictions
    WHERE scored_at > %(since)s
        AND (notEmpty(probabilities) OR (sentiment = 'neutral' AND evidence))
)
SELECT
    countIf(champion != ''),
    countIf(challenger != ''),
    countIf(champion != '' AND label != '' AND answerable),
    countIf(challenger != '' AND label != '' AND answerable),
    countIf(champion != '' AND answerable AND champion = label),
    countIf(challenger != '' AND answerable AND challenger = label),
    countIf(champion != '' AND challenger != ''),
    countIf(champion != '' AND challenger = champion),
    countIf(champion != '' AND challenger != '' AND answerable AND champion = label AND challenger
    != label),
    countIf(champion != '' AND challenger != '' AND answerable AND champion != label AND challenger
    = label),
    if(countIf(champion != '') = 0, NULL, quantileExactIf(0.5)(champion_latency, champion != '')),
    if(countIf(challenger != '') = 0, NULL, quantileExactIf(0.5)(challenger_latency, challenger !=
    '')),
    countIf(NOT answerable),
    countIf(certain),
    countIf(certain AND challenger != '')
FROM
(
    SELECT
        scored.champion AS champion,
        scored.challenger AS challenger,
        scored.champion_latency AS champion_latency,
        scored.challenger_latency AS challenger_latency,
        if(truth.review_id = '', '', toString(truth.label)) AS label,
        label != 'neutral'
            OR (%(champion)s IN (SELECT version FROM neutral) AND %(challenger)s IN (SELECT version
            FROM neutral)) AS answerable,
        (
            SELECT minOrNull(scored_at) FROM (
                SELECT scored_at FROM predictions WHERE scored_at > %(since)s AND model_version =
                %(challenger)s
                UNION ALL
                SELECT scored_at FROM shadow_predictions WHERE scored_at > %(since)s AND
                model_version = %(challenger)s
            )
        ) AS first,
        (
            SELECT maxOrNull(scored_at) FROM (
                SELECT scored_at FROM predictions WHERE scored_at > %(since)s AND model_version =
                %(challenger)s
                UNION ALL
                SELECT scored_at FROM shadow_predictions WHERE scored_at > %(since)s AND
                model_version = %(challenger)s
            )
        ) AS last,
        scored.at >= first AND scored.at >= %(followed)s
            AND (scored.at <= subtractSeconds(last, %(behind)s) OR scored.at <= %(arrived)s)
            AS certain
    FROM
    (
        SELECT
            review_id,
            argMaxIf(said, precedence, version = %(champion)s) AS champion,
            argMaxIf(said, precedence, version = %(challenger)s) AS challenger,
            argMaxIf(latency, precedence, version = %(champion)s) AS champion_latency,
            argMaxIf(latency, precedence, version = %(challenger)s) AS challenger_latency,
            max(scored_at) AS at
        FROM
        (
            SELECT review_id, toString(model_version) AS version, toString(sentiment) AS said,
            precedence, scored_at,
                (toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at)) / 1000 AS
                latency
            FROM predictions
            WHERE scored_at > %(since)s AND model_version IN (%(champion)s, %(challenger)s)
                AND (language = %(language)s OR %(language)s = '*')
            UNION ALL
            SELECT review_id, toString(model_version) AS version, toString(sentiment) AS said,
            precedence, scored_at,
                (toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at)) / 1000 AS
                latency
            FROM shadow_predictions
            WHERE scored_at > %(since)s AND model_version IN (%(champion)s, %(challenger)s)
                AND (language = %(language)s OR %(language)s = '*')
        )
        GROUP BY review_id
    ) AS scored
    LEFT JOIN latest_feedback AS truth ON truth.review_id = scored.review_id
)
"""


def measure(
    warehouse: Warehouse,
    language: str,
    champion: str,
    challenger: str,
    since: datetime,
    now: datetime,
) -> Measured:
    """``champion`` and ``challenger``: versions."""
    asked = {
        "language": language,
        "champion": champion,
        "challenger": challenger,
        "since": since,
        "arrived": now - ARRIVED,
        "followed": since + min(FOLLOWED, (now - since) / 2),
        "behind": int(BEHIND.total_seconds()),
    }
    [row] = warehouse.query(QUERY, asked)
    values = zip(fields(Measured), row, strict=True)
    return Measured(**{field.name: _number(value) for field, value in values})


def _number(value: object) -> Any:
    """A count, or a latency in seconds where there is one."""
    return value if value is None or isinstance(value, float) else int(str(value))
