"""ClickHouse queries and state of the rules."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from infra.warehouse import Warehouse
from infra.warehouse.parameters import portions
from retrain.rules.core.product_rule import Judged, pack, unpack
from retrain.rules.core.share_falls import Product
from schemas.records import Alert

AT_ONCE: Final = 20_000
NEWS: Final = timedelta(days=7)
"""Reviews that were older than this when they were scored say nothing of a product's present."""
EXAMPLE: Final = 240
COLUMNS: Final = tuple(field.name for field in fields(Alert))
_NEW: Final = f"""
SELECT review_id, argMin(p.product_id, p.scored_at), argMin(p.sentiment, p.scored_at) = 'positive',
    min(p.scored_at) AS first
FROM predictions AS p
WHERE review_id IN (
    SELECT review_id FROM predictions WHERE scored_at >= %(at)s AND scored_at <= %(until)s
    AND created_at >= scored_at - INTERVAL {NEWS.days} DAY AND product_id != ''
)
GROUP BY review_id
HAVING (first, review_id) > (%(at)s, %(review)s) AND first <= %(until)s
ORDER BY first, review_id
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last review that was judged, by its first scoring and its id."""

    at: datetime
    review_id: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """Every method raises ``WarehouseUnavailable``, or ``QueryError`` for a statement that
    ClickHouse refuses.
    """

    warehouse: Warehouse

    def cursor(self) -> Cursor | None:
        """Position up to which reviews were evaluated; None before the first."""
        [(count, last)] = self.warehouse.query(
            "SELECT count(), max((cursor_at, cursor_id)) FROM product_sentiment",
        )
        if not count:
            return None
        assert isinstance(last, list | tuple)
        return Cursor(*last)

    def new_reviews(self, after: Cursor, until: datetime) -> tuple[list[Judged], Cursor]:
        """Reviews of products that were first scored after the cursor, in order, and the cursor
        after them.

        About ``AT_ONCE`` at most: more only where they were scored in the same millisecond.
        """
        last = self.warehouse.query(
            "SELECT scored_at FROM predictions WHERE scored_at >= %(at)s AND scored_at <= "
            f"%(until)s ORDER BY scored_at LIMIT 1 OFFSET {AT_ONCE}",
            {"at": after.at, "until": until},
        )
        full = bool(last) and last[0][0] != after.at
        end = last[0][0] if full else until
        assert isinstance(end, datetime)
        rows = self.warehouse.query(_NEW, {"at": after.at, "review": after.review_id, "until": end})
        reviews: list[Any] = [
            Judged(str(row[0]), str(row[1]), bool(row[2]), row[3])  # type: ignore[arg-type]
            for row in rows
        ]
        if reviews:
            return reviews, Cursor(reviews[-1].at, reviews[-1].review_id)
        return [], Cursor(end) if full else after

    def states(self, products: Sequence[str]) -> dict[str, Product]:
        """States of the products."""
        found: dict[str, Product] = {}
        for portion in portions(products):
            rows = self.warehouse.query(
                "SELECT product_id, argMax(state, (cursor_at, cursor_id)) FROM product_sentiment "
                "WHERE product_id IN %(products)s GROUP BY product_id",
                {"products": portion},
            )
            found |= {str(product): unpack(str(state)) for product, state in rows}
        return found

    def save_states(self, states: Mapping[str, Product], cursor: Cursor) -> None:
        """All of them, or by the next attempt all of them."""
        rows = [
            [product, pack(state), cursor.at, cursor.review_id] for product, state in states.items()
        ]
        self.warehouse.insert(
            "product_sentiment",
            ("product_id", "state", "cursor_at", "cursor_id"),
            rows,
            _token(rows),
        )

    def examples(self, product_id: str, since: datetime, until: datetime, count: int) -> list[str]:
        """Beginnings of masked texts: the clearest negative reviews of that time."""
        rows = self.warehouse.query(
            f"SELECT substringUTF8(text_masked, 1, {EXAMPLE}), lengthUTF8(text_masked) FROM "
            "predictions WHERE product_id = %(product)s AND sentiment = 'negative' AND scored_at "
            ">= %(since)s AND scored_at <= %(until)s ORDER BY confidence DESC, review_id LIMIT 1 "
            f"BY review_id LIMIT {count}",
            {"product": product_id, "since": since, "until": until},
        )
        return [
            f"{text}…" if isinstance(length, int) and length > EXAMPLE else str(text)
            for text, length in rows
        ]

    def status(self, names: Sequence[str]) -> list[Alert]:
        """The last message about each condition of these rules."""
        sql = f"SELECT {', '.join(COLUMNS)} FROM alert_status WHERE name IN %(names)s"
        return [
            _alert(row)
            for portion in portions(names)
            for row in self.warehouse.query(sql, {"names": portion})
        ]

    def record(self, alerts: Sequence[Alert]) -> None:
        """As the sink will, too: the table holds one row for each id."""
        rows = [[getattr(alert, column) for column in COLUMNS] for alert in alerts]
        self.warehouse.insert("alerts", COLUMNS, rows, _token(rows))


def _alert(row: Sequence[object]) -> Alert:
    values: list[Any] = list(row)
    return Alert(**dict(zip(COLUMNS, values, strict=True)))


def _token(rows: Sequence[Sequence[object]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()
