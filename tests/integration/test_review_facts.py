"""Views that answer from ``review_facts``, against the same counted from all reviews."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infra.warehouse import Warehouse
from retrain.review_facts import counting
from tests.integration.views import NOW, PREDICTION, insert, warehouse

__all__ = ["warehouse"]

SLOW = {
    "sentiment_by_product": """
        SELECT product_id, count(), countIf(sentiment = 'positive'), countIf(sentiment = 'neutral'),
            countIf(sentiment = 'negative'), avg(score), avg(rating), avg(stars)
        FROM reviews GROUP BY product_id ORDER BY product_id""",
    "sentiment_hourly": """
        SELECT intDiv(toUnixTimestamp64Milli(created_at), 3600000) AS number, count(),
            countIf(sentiment = 'positive'), countIf(sentiment = 'neutral'),
            countIf(sentiment = 'negative'), avg(score)
        FROM reviews GROUP BY number ORDER BY number""",
    "latency": """
        WITH arraySort(groupArray(
            toUnixTimestamp64Milli(scored_at) - toUnixTimestamp64Milli(created_at))) AS ms
        SELECT toUnixTimestamp(toStartOfMinute(scored_at)) AS minute, count(),
            ms[toUInt32(ceil(length(ms) * 0.5))] / 1000,
            ms[toUInt32(ceil(length(ms) * 0.95))] / 1000,
            ms[toUInt32(ceil(length(ms) * 0.99))] / 1000
        FROM reviews GROUP BY minute ORDER BY minute""",
}
FAST = {
    "sentiment_by_product": """
        SELECT product_id, reviews, positive, neutral, negative, average_score, average_rating,
            average_stars
        FROM sentiment_by_product ORDER BY product_id""",
    "sentiment_hourly": """
        SELECT intDiv(toUnixTimestamp(hour), 3600), reviews, positive, neutral, negative,
            average_score
        FROM sentiment_hourly ORDER BY hour""",
    "latency": """
        SELECT toUnixTimestamp(minute) AS number, reviews, p50_seconds, p95_seconds, p99_seconds
        FROM latency ORDER BY number""",
}
STEP = 1 / 25
"""Of a latency, at most so much is lost."""
TABLES = ("predictions", "review_arrivals", "review_facts", "review_facts_progress")


def agree(warehouse: Warehouse) -> None:
    """Raises ``AssertionError`` where a view differs from its slow definition."""
    for view, sql in FAST.items():
        found, wanted = (warehouse.query(each) for each in (sql, SLOW[view]))
        assert len(found) == len(wanted), (view, found, wanted)
        for row, other in zip(found, wanted, strict=True):
            for value, expected in zip(row, other, strict=True):
                number = isinstance(expected, float)
                same = pytest.approx(expected, rel=STEP, abs=1e-9) if number else expected
                assert value == same, (view, row, other)


def steps(warehouse: Warehouse) -> None:
    """All steps that there are to take."""
    while counting.count(warehouse):
        pass


ROWS = st.builds(
    lambda review, product, sentiment, score, rating, created, scored, version: {
        "review_id": f"r{review}",
        "product_id": f"p{product}",
        "sentiment": sentiment,
        "score": score,
        "rating": rating,
        "created_at": NOW - timedelta(seconds=created),
        "scored_at": NOW + timedelta(milliseconds=scored),
        "model_version": version,
    },
    st.integers(0, 3),
    st.integers(0, 1),
    st.sampled_from(["negative", "neutral", "positive"]),
    st.floats(0, 1),
    st.one_of(st.none(), st.sampled_from([1.0, 2.5, 5.0, 80.0])),
    st.sampled_from([0, 1, 3_600, 100_000_000]),
    st.sampled_from([0, 1, 127, 128, 4_321, 60_000, 86_400_000 * 40]),
    st.sampled_from(["1", "2"]),
)
EVENTS = st.one_of(
    st.lists(ROWS, min_size=1, max_size=3),
    st.sampled_from(["step", "killed before progress is saved", "merge", "again"]),
)


class TestAnyOrder:
    @pytest.fixture(autouse=True)
    def no_time_passes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What has been counted is dropped by the next step, not after minutes."""
        monkeypatch.setattr(counting, "COMMITTED", timedelta(0))
        monkeypatch.setattr(counting, "KEPT", timedelta(0))

    @settings(
        max_examples=8,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(events=st.lists(EVENTS, min_size=1, max_size=8))
    def test_views_are_exact_whatever_arrives_when_and_wherever_counting_ends(
        self, warehouse: Warehouse, events: list[Any]
    ) -> None:
        for table in TABLES:
            warehouse.execute(f"TRUNCATE TABLE {table}")
        stored: list[dict[str, object]] = []
        for event in events:
            happen(warehouse, event, stored)
            agree(warehouse)
        steps(warehouse)
        agree(warehouse)
        assert warehouse.query("SELECT count() FROM pending_review_facts") == [(0,)]


def happen(warehouse: Warehouse, event: Any, stored: list[dict[str, object]]) -> None:
    match event:
        case "step":
            counting.count(warehouse)
        case "merge":
            for table in ("predictions", "review_facts"):
                warehouse.execute(f"OPTIMIZE TABLE {table} FINAL")
        case "killed before progress is saved":
            counting.add_pending(warehouse, counting.progress_of(warehouse))
        case "again":
            insert(warehouse, "predictions", PREDICTION, *stored[-2:])
        case rows:
            stored.extend(rows)
            insert(warehouse, "predictions", PREDICTION, *rows)


def test_reviews_of_before_are_counted_by_slices_and_views_are_exact_meanwhile(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(warehouse, "predictions", PREDICTION, *({"review_id": f"r{n}"} for n in range(40)))
    warehouse.execute("TRUNCATE TABLE review_arrivals")
    with monkeypatch.context() as patch:
        patch.setattr(counting, "AT_ONCE", 1)
        for score in (0.1, 0.2, 0.3):
            agree(warehouse)
            counting.count(warehouse)
            insert(warehouse, "predictions", PREDICTION, {"review_id": "r1", "score": score})
        assert counting.progress_of(warehouse).history == 3
        agree(warehouse)
    steps(warehouse)
    agree(warehouse)
    assert warehouse.query("SELECT sum(sign) FROM review_facts") == [(40,)]


def test_what_an_insert_of_long_ago_leaves_late_is_counted_by_the_next_step(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(warehouse, "predictions", PREDICTION)
    monkeypatch.setattr(counting, "COMMITTED", timedelta(minutes=-1))  # in a minute
    steps(warehouse)
    insert(warehouse, "predictions", PREDICTION, {"review_id": "late"})
    counting.count(warehouse)
    agree(warehouse)


def test_what_two_counted_at_the_same_moment_is_taken_back_before_it_is_forgotten(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(warehouse, "predictions", PREDICTION, {}, {"score": 0.5}, {"review_id": "r2"})
    steps(warehouse)
    both = f"{counting.COLUMNS}, sign"
    warehouse.execute(f"INSERT INTO review_facts ({both}) SELECT {both} FROM review_facts")
    monkeypatch.setattr(counting, "COMMITTED", timedelta(0))
    monkeypatch.setattr(counting, "KEPT", timedelta(0))
    insert(warehouse, "predictions", PREDICTION, {"review_id": "r3"})
    steps(warehouse)
    agree(warehouse)
    assert warehouse.query("SELECT count() FROM review_arrivals") == [(0,)]
