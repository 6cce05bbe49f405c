"""Rules: what a file may say, what rows mean, and when a product has fallen."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrain.rules.core import aspect_rule, declared_rules
from retrain.rules.core.product_rule import alert
from retrain.rules.core.rule_evaluation import evaluate
from retrain.rules.core.sequential_rule import Found, Judged, Subject, judge, pack, unpack
from retrain.rules.core.share_falls import Limits, Product
from schemas.errors import InputError

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOOD = """
[[rule]]
name = "few_reviews"
query = '''
SELECT source, count() AS reviews FROM reviews
WHERE scored_at >= {start} AND scored_at < {end} GROUP BY source'''
condition = "reviews < 10"
window = "15m"
every = "5m"
severity = "critical"
summary = "hardly any reviews"
by = ["source"]
labels = { team = "data" }
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf8")
    return file


def test_a_rule_is_read_and_its_window_filled_in(tmp_path: Path) -> None:
    [rule] = declared_rules.read(written(tmp_path, GOOD))
    assert (rule.test.column, rule.test.operator, rule.test.threshold) == ("reviews", "<", 10.0)
    assert "scored_at >= toDateTime64('2026-01-01 11:45:00', 3, 'UTC') AND" in rule.statement(NOW)
    assert rule.period == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("reviews < 10", "reviews is few", "few_reviews: condition"),
        ("reviews < 10", "reviews < 10 OR 1", "few_reviews: condition"),
        ("15m", "a while", "few_reviews: window"),
        ('"5m"', '"0m"', "few_reviews: every"),
        ("critical", "urgent", "few_reviews: severity"),
        ("SELECT source", "DROP TABLE reviews; SELECT source", "few_reviews: query"),
        ("SELECT source", "SELECT 1; SELECT source", "few_reviews: query"),
        ("condition", "conditoin", "conditoin"),
        ('name = "few_reviews"', "", "rule number 1: name"),
        ("few_reviews", "Few Reviews", "name"),
        ("team", "source", "source is both"),
        ("[[rule]]", "[rule]", r"holds \[\[rule\]\]"),
        ("[[rule]]", "[[rules]]", r"holds \[\[rule\]\]"),
        ("[[rule]]", "[[rule", "rules.toml"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_the_rule(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=problem) as caught:
        declared_rules.read(written(tmp_path, GOOD.replace(old, new, 1)))
    assert "rules.toml" in str(caught.value)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than one rule is named few_reviews"):
        declared_rules.read(written(tmp_path, GOOD + GOOD))


def rule(tmp_path: Path) -> declared_rules.Rule:
    return declared_rules.read(written(tmp_path, GOOD))[0]


def test_each_row_is_a_condition_that_begins_and_ends_for_itself(tmp_path: Path) -> None:
    few = rule(tmp_path)
    rows: list[dict[str, Any]] = [
        {"source": "shop", "reviews": "3"},
        {"source": "app", "reviews": 50},
        {"source": "mail", "reviews": None},
    ]
    [begun] = evaluate(few, rows, {}, NOW)
    assert (begun.status, begun.severity, begun.labels) == (
        "firing",
        "critical",
        {"team": "data", "source": "shop"},
    )
    assert begun.summary == "hardly any reviews (source shop)"
    firing = {begun.fingerprint: begun}
    later = NOW + timedelta(minutes=5)
    assert evaluate(few, rows, firing, later) == []
    [ended] = evaluate(few, [], firing, later)
    assert (ended.status, ended.started_at, ended.ended_at, ended.fingerprint) == (
        "resolved",
        NOW,
        later,
        begun.fingerprint,
    )
    assert evaluate(few, rows, {}, NOW)[0].alert_id == begun.alert_id, (
        "the same evaluation, the same message"
    )


@pytest.mark.parametrize(
    "row", [{"source": "shop"}, {"reviews": 1}, {"source": "shop", "reviews": "many"}]
)
def test_rows_that_do_not_fit_the_rule_are_an_error_that_names_it(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="rule few_reviews"):
        evaluate(rule(tmp_path), [row], {}, NOW)


def reviews(shares: list[float], *, product: str = "p", seed: int = 0) -> list[Judged]:
    drawn = np.random.default_rng(seed).random(len(shares)) < np.array(shares)
    return [
        Judged(f"{product}-{n}", product, bool(p), NOW + timedelta(seconds=n))
        for n, p in enumerate(drawn)
    ]


def test_a_fall_of_twenty_points_is_told_once_within_two_hundred_reviews_and_its_end_as_well() -> (
    None
):
    stream = reviews([0.75] * 1000 + [0.55] * 400 + [0.75] * 400)
    _, found = judge(stream, {}, Limits())
    assert [one.change for one in found] == ["firing", "resolved"]
    fell, back = (stream.index(one.review) for one in found)
    assert 1000 <= fell < 1200
    assert 1400 <= back < 1800


def test_among_fifty_products_the_one_that_falls_is_found_and_steady_ones_are_left_alone() -> None:
    shares = np.linspace(0.4, 0.95, 50)
    streams = [reviews([share] * 600, product=f"p{n}", seed=n) for n, share in enumerate(shares)]
    streams[25] = reviews([shares[25]] * 400 + [shares[25] - 0.2] * 200, product="p25", seed=25)
    _, found = judge(
        sorted(chain.from_iterable(streams), key=lambda review: review.at), {}, Limits()
    )
    assert [(one.change, one.review.product_id) for one in found] == [("firing", "p25")]


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98, 1.0])
def test_a_product_that_never_changes_is_never_told_of(share: float) -> None:
    assert judge(reviews([share] * 1500, seed=3), {}, Limits())[1] == []


def test_few_reviews_are_never_judged() -> None:
    assert judge(reviews([1.0] * 150 + [0.0] * 49), {}, Limits())[1] == []
    _, [found] = judge(reviews([0.9] * 200 + [0.0] * 40), {}, Limits())
    assert found.after.recent >= Limits().few_reviews


@given(st.lists(st.integers(1, 300), min_size=1, max_size=10))
def test_however_the_stream_is_cut_the_outcome_is_the_same_even_through_the_store(
    cuts: list[int],
) -> None:
    stream = reviews([0.8] * 300 + [0.4] * 200 + [0.8] * 150)
    whole_states, whole = judge(stream, {}, Limits())
    states: dict[Subject, Product] = {}
    found: list[Found] = []
    for start, end in zip(np.cumsum([0, *cuts]), [*np.cumsum(cuts), len(stream)], strict=True):
        stored = {name: unpack(pack(state)) for name, state in states.items()}
        after, some = judge(stream[start : max(start, end)], stored, Limits())
        states |= after
        found += some
    assert states == whole_states
    assert [alert(one, ()) for one in found] == [alert(one, ()) for one in whole]


def test_the_alert_says_from_what_to_what_and_shows_examples() -> None:
    _, [found] = judge(reviews([0.9] * 400 + [0.3] * 60), {}, Limits())
    told = alert(found, ["it broke after <PERSON> used it"])
    assert told.summary.startswith("p: positive reviews fell from 8")
    assert "<PERSON>" in told.description
    assert told.labels == {"product_id": "p"}
    assert told.started_at <= told.created_at == found.review.at


ASPECT = aspect_rule.limits(0.3, 50)


def naming(shares: list[float], aspect: str, seed: int = 0, each: int = 3) -> list[Judged]:
    """Reviews of one product of which one in ``each`` names the aspect."""
    return [
        replace(review, aspect=aspect, at=NOW + timedelta(seconds=each * n))
        for n, review in enumerate(reviews(shares, seed=seed))
    ]


def test_an_aspect_that_reviews_turn_against_is_told_once_within_three_hundred_of_them() -> None:
    stream = naming([0.8] * 100 + [0.4] * 200 + [0.8] * 200, "battery")
    steady = naming([0.8] * 500, "screen", seed=5)
    both = sorted([*stream, *steady], key=lambda review: review.at)
    _, found = judge(both, {}, ASPECT)
    assert [(one.change, one.review.aspect) for one in found] == [
        ("firing", "battery"),
        ("resolved", "battery"),
    ]
    turned = NOW + timedelta(seconds=3 * 100)
    assert turned <= found[0].review.at <= turned + timedelta(seconds=300)


def test_steady_aspects_of_many_products_are_left_alone() -> None:
    streams = [
        naming([share] * 150, f"aspect {seed}", seed)
        for seed, share in enumerate(np.linspace(0.3, 0.95, 100))
    ]
    assert judge(list(chain.from_iterable(streams)), {}, ASPECT)[1] == []


def test_few_reviews_that_name_an_aspect_are_never_judged() -> None:
    assert judge(naming([1.0] * 49 + [0.0] * 1, "battery"), {}, ASPECT)[1] == []
    _, [found] = judge(naming([0.9] * 60 + [0.0] * 40, "battery"), {}, ASPECT)
    assert found.after.recent >= ASPECT.few_reviews


def test_the_alert_names_the_aspect_and_says_how_many_are_negative_about_it() -> None:
    _, [found, *rest] = judge(naming([0.9] * 100 + [0.2] * 60 + [0.9] * 100, "battery"), {}, ASPECT)
    told = aspect_rule.alert(found, ["the battery that <PERSON> sold me"])
    assert told.labels == {"product_id": "p", "aspect": "battery"}
    assert re.fullmatch(r"p: battery: negative reviews rose from \d+% to \d+%", told.summary)
    assert "“the battery that <PERSON> sold me”" in told.description
    ended = aspect_rule.alert(rest[0], ())
    assert (ended.status, ended.fingerprint) == ("resolved", told.fingerprint)
    other = aspect_rule.alert(replace(found, review=replace(found.review, aspect="price")), ())
    assert told.fingerprint != other.fingerprint
    assert told.alert_id != other.alert_id
