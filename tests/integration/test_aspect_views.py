"""What the views of aspects answer: one row for each aspect however often it arrived, each review
once for an aspect, and changes that are more than chance.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import orjson
import pytest
from scipy import stats

from infra.warehouse import Warehouse
from retrain.rules import sequential_queries
from retrain.rules.core.declared_rules import Rule
from retrain.rules.core.sequential_rule import Subject
from retrain.rules.core.share_falls import Product
from retrain.rules.sequential_queries import QUIET, Cursor, SequenceStore
from tests.integration.views import (
    ASPECTS,
    FEEDBACK,
    NOW,
    PREDICTION,
    REQUEST,
    Merge,
    ask,
    days,
    insert,
    merge,
    warehouse,
)

__all__ = ["merge", "warehouse"]
GUIDE = Path(__file__).parents[2] / "docs" / "closed-loop.md"
DESCRIBED = PREDICTION | {
    "text_masked": "\U0001f600 Akku, \u00e9\u00e9 Screen, battery",
    "aspects": ASPECTS,
}
SCORES = {"negative": 0.1, "neutral": 0.5, "positive": 0.9}


def said(*sentiments: str, category: str = "battery", start: int = 0) -> str:
    """The aspects column of a review that says this of one category."""
    found = [
        {"term": category, "category": category, "sentiment": each, "score": SCORES[each],
         "start": start + 8 * n, "end": start + 8 * n + 7}
        for n, each in enumerate(sentiments)
    ]  # fmt: skip
    return orjson.dumps(found).decode()


def fill(warehouse: Warehouse, rows: Iterable[Mapping[str, object]]) -> None:
    whole = [{**PREDICTION, **row} for row in rows]
    warehouse.insert(
        "predictions", list(PREDICTION), [list(row.values()) for row in whole], uuid4().hex
    )


def test_each_aspect_has_a_row_with_its_place_in_the_text_however_often_it_arrived(
    warehouse: Warehouse, merge: Merge
) -> None:
    unasked, none = {"review_id": "r2"}, {"review_id": "r3", "aspects": "[]"}
    later = {"review_id": "r4", "aspects": said("negative"), "scored_at": days(-1)}
    insert(warehouse, "predictions", DESCRIBED, {}, {}, {"scored_at": days(-1), "aspects": said()})
    insert(warehouse, "predictions", PREDICTION, unasked, none, later)
    insert(warehouse, "predictions", PREDICTION, later | {"model_version": "2", "scored_at": NOW}
           | {"aspects": said("positive")})  # fmt: skip
    merge()
    found = warehouse.query(
        "SELECT review_id, number, aspect, term, category, toString(sentiment), score, start, end, "
        "substringUTF8(text_masked, start + 1, end - start) FROM aspects ORDER BY review_id, number"
    )
    assert [row[:-1] for row in found] == [
        ("r1", 1, "battery", "Akku", "battery", "negative", 0.1, 2, 6),
        ("r1", 2, "screen", "Screen", "", "positive", 0.9, 11, 17),
        ("r1", 3, "battery", "battery", "battery", "neutral", 0.5, 19, 26),
        ("r4", 1, "battery", "battery", "battery", "positive", 0.9, 0, 7),
    ]
    assert [row[3] for row in found][:3] == [row[-1] for row in found][:3]


def test_a_review_counts_once_for_an_aspect_by_what_it_says_more_often(
    warehouse: Warehouse, merge: Merge
) -> None:
    several = [("negative", "negative", "positive"), ("negative", "positive"), ("neutral",)]
    insert(
        warehouse,
        "predictions",
        PREDICTION,
        *({"review_id": f"r{n}", "aspects": said(*each)} for n, each in enumerate(several)),
        {"review_id": "r9", "product_id": "p2", "aspects": said("positive", category="price")},
        {"review_id": "r9", "product_id": "p2", "aspects": said("positive", category="price")},
    )
    merge()
    columns = (
        "product_id, aspect, reviews, mentions, positive, neutral, negative, negative_share, "
        "round(average_score, 3)"
    )
    expected = [
        ("p1", "battery", 3, 6, 0, 2, 1, pytest.approx(1 / 3), pytest.approx(0.456)),
        ("p2", "price", 1, 1, 1, 0, 0, 0.0, 0.9),
    ]
    assert ask(warehouse, columns, "aspect_by_product") == expected
    day = PREDICTION["created_at"]
    found = ask(warehouse, f"day, {columns}", "aspect_daily")
    assert [row[1:] for row in found] == expected
    assert {str(row[0]) for row in found} == {str(day)[:10]}


def fisher(marked: int, of: int, before: int, of_before: int) -> float:
    """Mid-p of Fisher's two-sided test, by SciPy."""
    share = stats.hypergeom(of + of_before, marked + before, of)
    every = share.pmf(np.arange(of + 1))
    seen = share.pmf(marked)
    tied = np.isclose(every, seen, rtol=1e-7, atol=0)
    return float(every[(every < seen) & ~tied].sum() + every[tied].sum() / 2)


def test_changes_are_told_from_chance_by_an_exact_test_and_for_all_rows_together(
    warehouse: Warehouse,
) -> None:
    counts = {
        # product: (reviews, that name it, negative) of this week, and of the four before
        "worse": ((200, 100, 60), (800, 400, 80)),
        "same": ((200, 100, 20), (800, 400, 80)),
        "louder": ((200, 150, 30), (800, 200, 40)),
        "few": ((6, 5, 5), (9, 6, 0)),
        "silent": ((30, 10, 0), (30, 10, 0)),
        "young": ((50, 50, 50), (4, 4, 0)),
    }
    rows: list[dict[str, object]] = []
    for product, spans in counts.items():
        for (of, named, negative), when in zip(spans, (days(-2), days(-20)), strict=True):
            for n in range(of):
                aspects = said("negative" if n < negative else "positive") if n < named else "[]"
                rows.append(
                    {"review_id": f"{product}-{when:%d}-{n}", "product_id": product,
                     "created_at": when, "aspects": aspects}
                )  # fmt: skip
    outside = [days(-40), days(1)]
    rows += [
        {"review_id": f"{n}-{at}", "product_id": "worse", "created_at": at,
         "aspects": said("negative")}
        for at in outside for n in range(50)
    ]  # fmt: skip
    unasked = {"product_id": "worse", "created_at": days(-2), "aspects": ""}
    rows += [{"review_id": f"unasked-{n}"} | unasked for n in range(50)]
    fill(warehouse, rows)
    found: list[tuple[Any, ...]] = warehouse.query(
        "SELECT product_id, measure, reviews, of, reviews_before, of_before, p_value, q_value "
        "FROM aspect_changes ORDER BY product_id, measure"
    )
    expected: dict[tuple[str, str], tuple[int, int, int, int]] = {}
    for product, ((of, named, negative), (of_before, before, negative_before)) in counts.items():
        if product != "young":
            expected[product, "named"] = (named, of, before, of_before)
            expected[product, "negative"] = (negative, named, negative_before, before)
    assert {(row[0], row[1]): row[2:6] for row in found} == expected
    p_values = [row[6] for row in found]
    wanted = [1.0 if not row[2] + row[4] else fisher(*row[2:6]) for row in found]
    assert p_values == pytest.approx(wanted, rel=1e-6, abs=1e-18)
    assert [row[7] for row in found] == pytest.approx(
        list(stats.false_discovery_control(p_values)), rel=1e-6, abs=1e-18
    )
    surely = {(row[0], row[1]) for row in found if row[7] < 0.05}
    assert surely == {("worse", "negative"), ("louder", "named"), ("few", "negative")}


def test_the_rules_in_the_documentation_are_rules_that_clickhouse_answers(
    warehouse: Warehouse,
) -> None:
    [written] = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf8"), re.DOTALL)
    for entry in tomllib.loads(written)["rule"]:
        rule = Rule.model_validate(entry)
        assert warehouse.query(rule.statement(NOW)) == []
    assert "aspect_changes" in written


def test_examples_are_the_clearest_recent_ones_of_each_sentiment_around_the_term(
    warehouse: Warehouse, merge: Merge
) -> None:
    def worded(n: int, score: float, **more: object) -> dict[str, object]:
        text = "x" * 300 + "battery" + "\u00e9" * 300
        found = {"term": "battery", "category": "battery", "sentiment": "negative", "score": score,
                 "start": 300, "end": 307}  # fmt: skip
        aspects = orjson.dumps([found, found | {"score": score + 0.01}]).decode()
        own = {"review_id": f"r{n}", "text_masked": text, "created_at": days(-n)}
        return {**own, "aspects": aspects, **more}

    rows = [worded(n, score) for n, score in enumerate([0.3, 0.2, 0.25, 0.1])]
    old = worded(40, 0.01)
    insert(warehouse, "predictions", PREDICTION, *rows, rows[0], old)
    insert(warehouse, "predictions", PREDICTION, worded(41, 0.02, product_id="p2"))
    merge()
    found = warehouse.query(
        "SELECT product_id, aspect, toString(sentiment), review_id, text_masked "
        "FROM aspect_examples ORDER BY product_id, score"
    )
    assert [row[:4] for row in found] == [
        ("p1", "battery", "negative", "r3"),
        ("p1", "battery", "negative", "r1"),
        ("p1", "battery", "negative", "r2"),
        ("p2", "battery", "negative", "r41"),
    ]
    assert {row[4] for row in found} == {"…" + "x" * 100 + "battery" + "\u00e9" * 133 + "…"}


class TestCursor:
    """How far the rule on aspects has read, where nothing is new to it."""

    def look(self, warehouse: Warehouse) -> tuple[int, Cursor]:
        store = SequenceStore(warehouse, sequential_queries.ASPECTS)
        reviews, after = store.new_reviews(Cursor(NOW - timedelta(days=2)), NOW)
        return len(reviews), after

    def test_stays_where_nothing_is_stored_yet(self, warehouse: Warehouse) -> None:
        assert self.look(warehouse) == (0, Cursor(NOW - timedelta(days=2)))

    def test_comes_near_the_last_review_where_none_has_aspects_in_one_look(
        self, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sequential_queries, "AT_ONCE", 2)
        last = NOW - timedelta(hours=5)
        fill(
            warehouse,
            ({"review_id": f"r{n}", "scored_at": last - timedelta(minutes=n)} for n in range(9)),
        )
        assert self.look(warehouse) == (0, Cursor(last - QUIET))

    def test_is_behind_reviews_that_are_stored_after_a_pause_of_the_sink(
        self, warehouse: Warehouse
    ) -> None:
        _, after = self.look(warehouse)
        late = {"aspects": ASPECTS, "created_at": NOW - timedelta(days=1)}
        fill(warehouse, [late | {"scored_at": NOW - timedelta(hours=3)}])
        store = SequenceStore(warehouse, sequential_queries.ASPECTS)
        reviews, _ = store.new_reviews(after, NOW)
        assert {review.aspect for review in reviews} == {"battery", "screen"}


def test_the_state_of_an_aspect_is_one_row_however_often_it_is_saved(
    warehouse: Warehouse, merge: Merge
) -> None:
    store = SequenceStore(warehouse, sequential_queries.ASPECTS)
    for second in range(3):
        at = NOW + timedelta(seconds=second)
        store.save_states({Subject("p", "battery"): Product(past=second)}, Cursor(at, "r"))
    merge()
    warehouse.execute("OPTIMIZE TABLE aspect_sentiment FINAL")
    assert warehouse.query("SELECT count() FROM aspect_sentiment") == [(1,)]
    assert store.states(["p"])[Subject("p", "battery")].past == 2
    assert store.cursor() == Cursor(NOW + timedelta(seconds=2), "r")


class TestFeedback:
    ABOUT = '{"start":2,"end":6}'

    def test_on_an_aspect_is_its_latest_correction_beside_what_was_emitted(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        about = {"aspect": self.ABOUT, "label": "neutral", "created_at": days(-1)}
        gone = {"feedback_id": "f3", "aspect": '{"start":90,"end":96}'}
        insert(warehouse, "predictions", DESCRIBED)
        insert(
            warehouse,
            "feedback",
            FEEDBACK,
            about,
            about | {"feedback_id": "f2", "label": "negative", "created_at": days(-0.5)},
            gone,
            {"feedback_id": "f4"},
        )
        merge()
        assert warehouse.query(
            "SELECT review_id, term, category, start, end, toString(label), toString(sentiment), "
            "agrees FROM aspect_feedback ORDER BY start"
        ) == [
            ("r1", "Akku", "battery", 2, 6, "negative", "negative", 1),
            ("r1", None, None, 90, 96, "positive", None, None),
        ]

    def test_on_an_earlier_text_says_nothing_of_what_stands_there_now(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        insert(warehouse, "predictions", DESCRIBED, {"created_at": days(-1), "scored_at": days(0)})
        insert(warehouse, "feedback", FEEDBACK, {"aspect": self.ABOUT, "created_at": days(-2)})
        merge()
        assert ask(warehouse, "term, agrees", "aspect_feedback") == [(None, None)]

    def test_on_an_aspect_is_none_on_the_review(self, warehouse: Warehouse, merge: Merge) -> None:
        insert(warehouse, "predictions", DESCRIBED, {"stars": 5.0})
        insert(warehouse, "feedback", FEEDBACK, {"aspect": self.ABOUT})
        insert(warehouse, "labelling_requests", REQUEST)
        merge()
        for view in ("review_feedback", "latest_feedback", "feedback_by_source", "judged",
                     "seen_by_users", "misjudged"):  # fmt: skip
            assert ask(warehouse, "count()", view) == [(0,)], view
        assert ask(warehouse, "count()", "labelling_queue") == [(1,)]
        assert ask(warehouse, "count()", "weakly_judged") == [(1,)]

    def test_of_one_moment_on_two_aspects_is_kept_when_parts_are_merged(
        self, warehouse: Warehouse, merge: Merge
    ) -> None:
        other = self.ABOUT.replace('"start":2', '"start":3')
        insert(warehouse, "feedback", FEEDBACK, {"aspect": self.ABOUT}, {"aspect": other}, {})
        merge()
        assert ask(warehouse, "count()", "aspect_feedback") == [(2,)]
        assert ask(warehouse, "count()", "review_feedback") == [(1,)]
