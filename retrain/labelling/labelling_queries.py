"""ClickHouse queries of unlabelled reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from infra.warehouse.parameters import portions
from infra.warehouse.port import Warehouse
from retrain.labelling.core.usefulness import Candidate
from schemas.text import MaskedText

# The entropy of what was emitted, or by how much models differ in a label's probability.
_ENTROPY = "-arraySum(share -> if(share > 0, share * log2(share), 0), emitted.1)"
_SPREAD = (
    "arrayMax(at -> arrayMax(each -> each[at], by_model) - arrayMin(each -> each[at], by_model), "
    "[1, 2, 3])"
)
HARDEST, SAMPLE = f"greatest({_ENTROPY}, {_SPREAD}) DESC", "sipHash64(review_id)"

# A review counts if something was emitted for it; what shadows said of it counts beside that. No
# text here: it would be read of every review. ``by_label`` is ``models.labels.of_records``.
POOL = """
SELECT
    review_id,
    groupUniqArray((model_name, model_version, by_label)) AS said,
    arrayMap(each -> each.3, said) AS by_model,
    argMaxIf(
        (by_label, score, toString(sentiment), toString(model_name), toString(model_version)),
        precedence, shadow = 0
    ) AS emitted
FROM
(
    SELECT
        review_id, model_name, model_version, score, sentiment, precedence, shadow, scored_at,
        if(
            empty(probabilities),
            [1 - score, 0, score],
            arrayMap(label -> probabilities[label], ['negative', 'neutral', 'positive'])
        ) AS by_label
    FROM variant_scores
)
WHERE scored_at > %(since)s
    AND length(review_id) <= %(longest)s
    AND review_id NOT IN (SELECT review_id FROM review_feedback)
    AND review_id NOT IN (SELECT review_id FROM labelling_requests)
GROUP BY review_id
HAVING countIf(shadow = 0) > 0
ORDER BY {order}, review_id
LIMIT %(limit)s
SETTINGS max_bytes_before_external_group_by = 268435456
"""
TEXTS = """
SELECT
    review_id,
    argMax(p.text_masked, p.precedence),
    substringUTF8(argMax(p.product_id, p.precedence), 1, 256),
    toString(argMax(p.language, p.precedence)),
    ifNull(toString(argMax(tuple(p.source), p.precedence).1), '')
FROM predictions AS p
WHERE review_id IN %(ids)s
GROUP BY review_id
"""
LONGEST_ID = 1024
"""Reviews with longer ids, which inputs took once, are left out: request and key would not fit into
a record.
"""


def hardest(warehouse: Warehouse, since: datetime, limit: int) -> list[Candidate]:
    """Those that models are least sure of or disagree about most, of the reviews scored after
    ``since``.
    """
    return _candidates(warehouse, HARDEST, since, limit)


def sample(warehouse: Warehouse, since: datetime, limit: int) -> list[Candidate]:
    """Any of them, in an order that has nothing to do with what they are."""
    return _candidates(warehouse, SAMPLE, since, limit)


def waiting(warehouse: Warehouse) -> list[tuple[str, str]]:
    """(review id, masked text) of what waits for a label."""
    return [
        (str(name), str(text))
        for name, text in warehouse.query("SELECT review_id, text_masked FROM labelling_queue")
    ]


def stored(warehouse: Warehouse, review_ids: Sequence[str]) -> set[str]:
    """Those of ``review_ids`` that were asked for as far as ClickHouse knows."""
    found: set[str] = set()
    for ids in portions(review_ids):
        rows = warehouse.query(
            "SELECT review_id FROM labelling_requests WHERE review_id IN %(ids)s", {"ids": ids}
        )
        found.update(str(name) for (name,) in rows)
    return found


def _candidates(warehouse: Warehouse, order: str, since: datetime, limit: int) -> list[Candidate]:
    rows: list[Any] = warehouse.query(
        POOL.format(order=order), {"since": since, "limit": limit, "longest": LONGEST_ID}
    )
    ids = [name for name, *_ in rows]
    texts: dict[str, tuple[MaskedText, str, str, str]] = {}
    for portion in portions(ids):
        found: list[Any] = warehouse.query(TEXTS, {"ids": portion})
        texts |= {name: tuple(values) for name, *values in found}
    candidates = []
    for name, _, by_model, (emitted, score, sentiment, model_name, model_version) in rows:
        if name not in texts:  # deleted since
            continue
        text, product, language, source = texts[name]
        candidates.append(
            Candidate(
                review_id=name,
                product_id=product,
                language=language,
                source=source,
                text_masked=text,
                sentiment=sentiment,
                score=score,
                model_name=model_name,
                model_version=model_version,
                emitted=tuple(emitted),
                by_model=tuple(map(tuple, by_model)),
            )
        )
    return candidates
