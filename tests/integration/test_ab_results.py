"""What ``ab_results`` says of two variants, beside the same figures by SciPy and
``models.evaluation.significance``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from scipy import stats

from infra.warehouse import Warehouse
from models.evaluation.significance import mcnemar
from tests.integration.views import FEEDBACK, NOW, PREDICTION, Merge, insert, merge, warehouse

__all__ = ["merge", "warehouse"]
RIGHT, WRONG = "positive", "negative"
SHADOW: dict[str, object] = {"variant": "shadow", "model_version": "2"}
CHALLENGER: dict[str, object] = {"variant": "challenger", "model_version": "2"}


def fill(
    warehouse: Warehouse, table: str, template: dict[str, object], rows: Sequence[dict[str, object]]
) -> None:
    filled = [template | row for row in rows]
    warehouse.insert(table, list(template), [list(row.values()) for row in filled], uuid4().hex)


def results(warehouse: Warehouse, *columns: str) -> list[tuple[Any, ...]]:
    return warehouse.query(
        f"SELECT {', '.join(columns)} FROM ab_results ORDER BY variant_a, variant_b"
    )


def said(right: bool) -> str:
    return RIGHT if right else WRONG


def test_a_split_is_compared_by_accuracy_and_latency(warehouse: Warehouse, merge: Merge) -> None:
    champion, challenger = [n < 70 for n in range(100)], [n < 45 for n in range(50)]
    rows: list[dict[str, object]] = [
        {"review_id": f"a{n}", "sentiment": said(right)} for n, right in enumerate(champion)
    ]
    slow = {"created_at": NOW - timedelta(seconds=3)}
    rows += [
        {"review_id": f"b{n}", "sentiment": said(right)} | CHALLENGER
        for n, right in enumerate(challenger)
    ]
    for _ in range(2):  # a replay changes nothing
        fill(
            warehouse,
            "predictions",
            PREDICTION | slow,
            [*rows, {"review_id": "unjudged"} | CHALLENGER],
        )
    fill(warehouse, "feedback", FEEDBACK, [{"review_id": row["review_id"]} for row in rows])
    merge()

    names = (
        "variant_a",
        "variant_b",
        "reviews_a",
        "reviews_b",
        "judged_a",
        "judged_b",
        "accuracy_a",
        "accuracy_b",
    )
    assert results(warehouse, *names) == [("challenger", "champion", 51, 100, 50, 100, 0.9, 0.7)]
    figures = (
        "accuracy_difference",
        "z_p_value",
        "shared",
        "agreement",
        "mcnemar_p_value",
        "median_latency_seconds_b",
    )
    [(difference, p_value, *rest)] = results(warehouse, *figures)
    pooled = 115 / 150
    z = 0.2 / (pooled * (1 - pooled) * (1 / 50 + 1 / 100)) ** 0.5
    assert (difference, p_value) == pytest.approx((-0.2, 2 * stats.norm.sf(z)))
    assert rest == [0, None, None, 3.0]


@pytest.mark.parametrize(
    ("only_champion", "only_shadow"), [(0, 0), (3, 9), (9, 9), (12, 40), (30, 30)]
)
def test_a_shadow_is_compared_on_the_reviews_it_shares(
    warehouse: Warehouse, merge: Merge, only_champion: int, only_shadow: int
) -> None:
    champion = np.array([True] * 20 + [True] * only_champion + [False] * only_shadow)
    shadow = np.array([True] * 20 + [False] * only_champion + [True] * only_shadow)
    fill(
        warehouse,
        "predictions",
        PREDICTION,
        [{"review_id": str(n), "sentiment": said(r)} for n, r in enumerate(champion)],
    )
    rows: list[dict[str, object]] = [
        {"review_id": str(n), "sentiment": said(right)} | SHADOW for n, right in enumerate(shadow)
    ]
    fill(
        warehouse, "shadow_predictions", PREDICTION, [*rows, *rows, {"review_id": "alone"} | SHADOW]
    )
    fill(warehouse, "feedback", FEEDBACK, [{"review_id": str(n)} for n in range(len(champion))])
    merge()

    expected = mcnemar(champion, shadow)
    names = (
        "shadow_a",
        "shadow_b",
        "reviews_b",
        "shared",
        "shared_judged",
        "only_a_right",
        "only_b_right",
    )
    count = len(champion)
    assert results(warehouse, *names) == [
        (0, 1, count + 1, count, count, only_champion, only_shadow)
    ]
    [(agreement, p_value)] = results(warehouse, "agreement", "mcnemar_p_value")
    assert agreement == pytest.approx(float(np.mean(champion == shadow)))
    assert p_value == pytest.approx(expected.p_value)


def test_what_nobody_judged_has_no_accuracy_and_no_p_value(
    warehouse: Warehouse, merge: Merge
) -> None:
    fill(warehouse, "predictions", PREDICTION, [{}, {"review_id": "r2"} | CHALLENGER])
    merge()

    names = ("accuracy_a", "accuracy_b", "accuracy_difference", "z_p_value", "mcnemar_p_value")
    assert results(warehouse, *names) == [(None,) * 5]


def test_every_pair_of_a_language_is_there_once_and_none_across_languages(
    warehouse: Warehouse, merge: Merge
) -> None:
    rows: list[dict[str, object]] = [
        {},
        CHALLENGER,
        {"variant": "champion", "model_version": "0"},
        {"language": "zh", "review_id": "z"},
    ]
    fill(warehouse, "predictions", PREDICTION, rows)
    merge()

    found = results(
        warehouse,
        "language",
        "variant_a",
        "model_version_a",
        "variant_b",
        "model_version_b",
        "shared",
    )
    assert sorted(found) == [
        ("en", "challenger", "2", "champion", "0", 1),
        ("en", "challenger", "2", "champion", "1", 1),
        ("en", "champion", "0", "champion", "1", 1),
    ]


def test_shadows_are_judged_but_are_no_reviews(warehouse: Warehouse, merge: Merge) -> None:
    insert(warehouse, "shadow_predictions", PREDICTION, SHADOW)
    insert(warehouse, "feedback", FEEDBACK)
    merge()

    assert warehouse.query("SELECT count() FROM reviews") == [(0,)]
    assert warehouse.query(
        "SELECT model_version, reviews, accuracy, shadow FROM model_accuracy"
    ) == [("2", 1, 1.0, 1)]
    assert warehouse.query("SELECT variant, shadow FROM judged") == [("shadow", 1)]
