"""What tests of views with feedback share: a request for labels, and a view's whole answer."""

from __future__ import annotations

from typing import Any

from infra.warehouse import Warehouse
from tests.integration.test_views import NOW

REQUEST: dict[str, object] = {
    "request_id": "q1",
    "review_id": "r1",
    "product_id": "p1",
    "language": "en",
    "text_masked": "good <PERSON>",
    "sentiment": "positive",
    "score": 0.55,
    "model_name": "m",
    "model_version": "1",
    "reason": "uncertainty",
    "priority": 0.9,
    "evidence": "{}",
    "created_at": NOW,
}


def ask(warehouse: Warehouse, columns: str, view: str) -> list[tuple[Any, ...]]:
    return warehouse.query(f"SELECT {columns} FROM {view} ORDER BY {columns}")
