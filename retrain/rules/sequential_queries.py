"""ClickHouse queries and state of the built-in rules: new reviews of products, or of their aspects,
in the order in which they were first scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from infra.warehouse import Warehouse
from infra.warehouse.parameters import portions
from retrain.rules.core.sequential_rule import Judged, Subject, pack, unpack
from retrain.rules.core.share_falls import Product
from retrain.rules.rules_queries import token

AT_ONCE: Final = 20_000
NEWS: Final = timedelta(days=7)
"""Reviews that were older than this when they were scored say nothing of a product's present."""
QUIET: Final = timedelta(hours=1)
"""Where nothing is new, the next look begins this long before the last review that is stored, of
whatever kind: a stream without aspects is not read again and again, and what comes after a pause of
the sink is still seen.
"""
EXAMPLE: Final = 240
_NEW: Final = f"""
    SELECT review_id FROM predictions WHERE scored_at >= %(at)s AND scored_at <= %(until)s
    AND created_at >= scored_at - INTERVAL {NEWS.days} DAY AND product_id != ''
"""
_PRODUCTS: Final = f"""
SELECT review_id, argMin(p.product_id, p.scored_at), '',
    argMin(p.sentiment, p.scored_at) = 'positive', min(p.scored_at) AS first
FROM predictions AS p
WHERE review_id IN ({_NEW})
GROUP BY review_id
HAVING (first, review_id) > (%(at)s, %(review)s) AND first <= %(until)s
ORDER BY first, review_id
"""
_ASPECTS: Final = f"""
SELECT review_id, product_id, aspect, sentiment != 'negative', new.first
FROM
(
    SELECT review_id, product_id, aspect, sentiment FROM review_aspects
    WHERE review_id IN ({_NEW} AND aspects != '')
) AS said
INNER JOIN
(
    SELECT review_id, min(p.scored_at) AS first
    FROM predictions AS p
    WHERE review_id IN ({_NEW} AND aspects != '')
    GROUP BY review_id
    HAVING (first, review_id) > (%(at)s, %(review)s) AND first <= %(until)s
) AS new ON new.review_id = said.review_id
ORDER BY new.first, review_id, aspect
"""
_OF_PRODUCT: Final = f"""
SELECT substringUTF8(text_masked, 1, {EXAMPLE}), lengthUTF8(text_masked) > {EXAMPLE}
FROM predictions
WHERE product_id = %(product)s AND sentiment = 'negative'
    AND scored_at >= %(since)s AND scored_at <= %(until)s
ORDER BY confidence DESC, review_id LIMIT 1 BY review_id LIMIT %(count)s
"""
_OF_ASPECT: Final = f"""
SELECT
    concat(if(cut > 1, '…', ''), substringUTF8(text_masked, cut, {EXAMPLE})),
    lengthUTF8(text_masked) >= cut + {EXAMPLE}
FROM
(
    SELECT review_id, text_masked, score, greatest(1, toInt64(start) - {EXAMPLE // 2}) AS cut
    FROM aspects
    WHERE review_id IN
    (
        SELECT review_id FROM predictions WHERE product_id = %(product)s AND aspects != ''
        AND scored_at >= %(since)s AND scored_at <= %(until)s
    )
    AND product_id = %(product)s AND aspect = %(aspect)s AND sentiment = 'negative'
)
ORDER BY score, review_id LIMIT 1 BY review_id LIMIT %(count)s
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last review that was judged, by its first scoring and its id."""

    at: datetime
    review_id: str = ""


class Source(NamedTuple):
    """What a built-in rule reads and where it keeps its states: ``keys`` are the columns that tell
    its subjects apart, ``counts`` is the condition on predictions that say something of one.
    """

    table: str
    keys: tuple[str, ...]
    counts: str
    news: str
    examples: str


PRODUCTS: Final = Source(
    "product_sentiment", ("product_id",), "product_id != ''", _PRODUCTS, _OF_PRODUCT
)
ASPECTS: Final = Source(
    "aspect_sentiment",
    ("product_id", "aspect"),
    "product_id != '' AND aspects != ''",
    _ASPECTS,
    _OF_ASPECT,
)


@dataclass(frozen=True, slots=True)
class SequenceStore:
    """Every method raises ``WarehouseUnavailable``, or ``QueryError`` for a statement that
    ClickHouse refuses.
    """

    warehouse: Warehouse
    source: Source

    def cursor(self) -> Cursor | None:
        """Position up to which reviews were evaluated; None before the first."""
        [(count, last)] = self.warehouse.query(
            f"SELECT count(), max((cursor_at, cursor_id)) FROM {self.source.table}",
        )
        if not count:
            return None
        assert isinstance(last, list | tuple)
        return Cursor(*last)

    def new_reviews(self, after: Cursor, until: datetime) -> tuple[list[Judged], Cursor]:
        """Reviews that were first scored after the cursor, in order, and the cursor after them.

        About ``AT_ONCE`` at most: more only where they were scored in the same millisecond.
        """
        last = self.warehouse.query(
            "SELECT scored_at FROM predictions WHERE scored_at >= %(at)s AND scored_at <= "
            f"%(until)s AND {self.source.counts} ORDER BY scored_at LIMIT 1 OFFSET {AT_ONCE}",
            {"at": after.at, "until": until},
        )
        full = bool(last) and last[0][0] != after.at
        end = last[0][0] if full else until
        assert isinstance(end, datetime)
        asked = {"at": after.at, "review": after.review_id, "until": end}
        rows: list[tuple[Any, ...]] = self.warehouse.query(self.source.news, asked)
        reviews = [
            Judged(str(review), str(product), bool(positive), at, str(aspect))
            for review, product, aspect, positive, at in rows
        ]
        if reviews:
            return reviews, Cursor(reviews[-1].at, reviews[-1].review_id)
        if full:
            return [], Cursor(end)
        [(newest,)] = self.warehouse.query(
            "SELECT max(scored_at) FROM predictions WHERE scored_at >= %(at)s AND scored_at <= "
            "%(until)s",
            {"at": after.at, "until": end},
        )
        assert isinstance(newest, datetime)
        return [], max(after, Cursor(newest - QUIET), key=lambda cursor: cursor.at)

    def states(self, products: Sequence[str]) -> dict[Subject, Product]:
        """States of the products, or of their aspects."""
        found: dict[Subject, Product] = {}
        keys = ", ".join(self.source.keys)
        for portion in portions(products):
            rows = self.warehouse.query(
                f"SELECT {keys}, argMax(state, (cursor_at, cursor_id)) FROM {self.source.table} "
                f"WHERE product_id IN %(products)s GROUP BY {keys}",
                {"products": portion},
            )
            found |= {Subject(*map(str, row[:-1])): unpack(str(row[-1])) for row in rows}
        return found

    def save_states(self, states: Mapping[Subject, Product], cursor: Cursor) -> None:
        """All of them, or by the next attempt all of them."""
        keys = self.source.keys
        rows = [
            [*subject[: len(keys)], pack(state), cursor.at, cursor.review_id]
            for subject, state in states.items()
        ]
        self.warehouse.insert(
            self.source.table, (*keys, "state", "cursor_at", "cursor_id"), rows, token(rows)
        )

    def examples(self, subject: Subject, since: datetime, until: datetime, count: int) -> list[str]:
        """Parts of masked texts: of the clearest negative reviews of that time."""
        asked = {**subject._asdict(), "product": subject.product_id, "since": since}
        rows = self.warehouse.query(self.source.examples, asked | {"until": until, "count": count})
        return [f"{text}…" if longer else str(text) for text, longer in rows]
