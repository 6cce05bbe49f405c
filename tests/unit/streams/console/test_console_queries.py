"""What is asked of ClickHouse, and the JSON that becomes of the rows."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

import pytest

from streams.console.core import aspect_queries, console_queries
from streams.console.core.console_queries import MOST_EXAMPLES, Question
from streams.console.core.time_spans import Wanted

NOW = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)
WANTED = Wanted("1h", "shoes' OR 1=1 --")
ALL = {
    "pace": console_queries.pace(NOW),
    "dead_letters": console_queries.dead_letters(NOW),
    "over_time": console_queries.over_time(WANTED, NOW),
    "by_product": console_queries.by_product(WANTED, NOW),
    "latest": console_queries.latest(NOW),
    "examples": console_queries.examples(
        NOW - timedelta(hours=1), NOW, "shoes' OR 1=1 --", "negative", 20
    ),
    "examples of an aspect": console_queries.examples(
        NOW - timedelta(hours=1), NOW, None, "negative", 20, "x' OR 1=1 --"
    ),
    "aspects": aspect_queries.aspects(WANTED, NOW),
    "variants": console_queries.variants(WANTED, NOW),
    "drift": console_queries.drift(NOW),
    "events": console_queries.model_events(),
    "alerts": console_queries.alerts(),
}


@pytest.mark.parametrize("name", ALL)
def test_answers_are_bounded_and_nothing_that_is_asked_for_becomes_sql(name: str) -> None:
    question = ALL[name]
    assert "OR 1=1" not in question.sql
    assert set(re.findall(r"%\((\w+)\)s", question.sql)) == set(question.parameters)
    if name == "pace":
        assert "GROUP BY" not in question.sql  # one row
    elif name == "over_time":
        assert "GROUP BY number" in question.sql  # one row a window
    else:
        assert re.search(r"LIMIT \d+\s*$", question.sql)


def test_reviews_a_second_are_those_of_the_last_ten_and_gaps_are_none() -> None:
    told = ALL["pace"].shape([(([0, 23], [5, 40]), 45, 0.25, 1.5)])
    assert told["per_s"] == 4.5
    assert told["per_s_lately"] == [1.0, *[0.0] * 22, 8.0]
    assert (told["p50_s"], told["p95_s"]) == (0.25, 1.5)


def test_no_review_is_no_latency_and_not_a_number_that_json_lacks() -> None:
    told = ALL["pace"].shape([(([], []), 0, math.nan, math.nan)])
    assert (told["per_s"], told["p50_s"], told["p95_s"]) == (0.0, None, None)


def test_the_trend_of_an_aspect_has_a_number_for_each_part_of_the_span() -> None:
    [told] = ALL["aspects"].shape([("battery", 1, 2, 3, 0.25, ([0, 11], [1, 2]))])
    assert told == {
        "aspect": "battery", "positive": 1, "neutral": 2, "negative": 3, "average_score": 0.25,
        "negative_trend": [1, *[0] * 10, 2],
    }  # fmt: skip


def test_every_window_is_told_and_empty_ones_are_empty() -> None:
    told = ALL["over_time"].shape([(0, 1, 2, 3, 0.25), (59, 4, 0, 0, 0.9)])
    assert (told["span"], told["step_s"], len(told["windows"])) == ("1h", 60, 60)
    first, second, last = told["windows"][0], told["windows"][1], told["windows"][59]
    assert first == {
        "start": datetime(2026, 3, 4, 9, 21, tzinfo=UTC), "positive": 1, "neutral": 2,
        "negative": 3, "average_score": 0.25,
    }  # fmt: skip
    assert (second["positive"], second["average_score"]) == (0, None)
    assert last["positive"] == 4
    assert told["end"] == datetime(2026, 3, 4, 10, 21, tzinfo=UTC)


def test_the_product_of_no_name_is_a_product_and_not_all_of_them() -> None:
    def condition(question: Question) -> bool:
        return "AND product_id = %(product_id)s" in question.sql

    assert condition(console_queries.over_time(Wanted("1h", ""), NOW))
    assert not condition(console_queries.over_time(Wanted("1h"), NOW))
    assert condition(console_queries.examples(NOW - timedelta(hours=1), NOW, "", None, 1))
    assert not condition(console_queries.examples(NOW - timedelta(hours=1), NOW, None, None, 1))


@pytest.mark.parametrize("limit", [0, -1, MOST_EXAMPLES + 1])
def test_more_examples_than_fit_on_a_page_are_not_asked_for(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        console_queries.examples(NOW - timedelta(hours=1), NOW, None, None, limit)


def test_drift_is_told_oldest_first_in_three_states() -> None:
    hours = [NOW - timedelta(hours=n) for n in range(4)]
    rows = [
        (hours[0], NOW, "input", 1, 1, 900, ["domain"], ["language=en"]),
        (hours[1], hours[0], "input", 1, 0, 800, ["psi"], []),
        (hours[2], hours[1], "input", 0, 0, 700, [], []),
    ]
    told = ALL["drift"].shape(rows)
    assert [(window["start"], window["state"]) for window in told] == [
        (hours[2], "quiet"), (hours[1], "drifted"), (hours[0], "told"),
    ]  # fmt: skip
    assert told[2]["detectors"] == ["domain"]


def test_dead_letters_are_summed_over_their_reasons() -> None:
    told = ALL["dead_letters"].shape([("not_json", 5, 2), ("empty_text", 3, 0)])
    assert (told["records"], told["last_hour"]) == (8, 2)
    assert told["reasons"][0] == {"reason": "not_json", "records": 5, "last_hour": 2}
