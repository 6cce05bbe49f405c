"""Which reviews are asked about: what counts, how much, and how they are chosen so that they
differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrain.labelling.core.label_requests import request
from retrain.labelling.core.selection import Chosen, choose
from retrain.labelling.core.text_similarity import nearest, vectors
from retrain.labelling.core.usefulness import (
    Candidate,
    Weights,
    divergence,
    entropy,
    usefulness,
    within,
)
from schemas.text import MaskedText

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WEIGHTS = Weights(disagreement=1.0, drift=0.5, similarity=0.5)
SURE = (0.01, 0.0, 0.99)
PLAIN = Candidate(
    "r", "p1", "en", "web", MaskedText("fine"), "positive", 0.99, "m", "1", SURE, (SURE,)
)
WORDS = (
    "plot", "actor", "room", "screen", "battery", "waiter", "shipping", "colour", "price", "smell",
    "noise", "service", "refund",
    "engine", "seat", "coffee",
)  # fmt: skip


def candidate(name: str, score: float = 0.99, text: str = "", **changes: str) -> Candidate:
    """Of a text of its own unless one is given."""
    own = " ".join(WORDS[(sum(map(ord, name)) * step) % len(WORDS)] + name for step in (1, 3, 5, 7))
    said = (1 - score, 0.0, score)
    plain = replace(
        PLAIN,
        review_id=name,
        score=score,
        emitted=said,
        by_model=(said,),
        text_masked=MaskedText(text or own),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # only fields that are text


def chosen(
    hard: Sequence[Candidate],
    sample: Sequence[Candidate] = (),
    count: int = 2,
    by_chance: float = 0.0,
    drifting: Sequence[str] = (),
) -> list[Chosen]:
    return choose(hard, sample, [], drifting, count, by_chance, WEIGHTS)


def names(found: Sequence[Chosen]) -> list[str]:
    return [each.candidate.review_id for each in found]


@pytest.mark.parametrize(
    ("shares", "bits"),
    [
        ((0.5, 0.0, 0.5), 1.0),
        ((1.0, 0.0, 0.0), 0.0),
        ((0.89, 0.0, 0.11), 0.4999),
        ((0.0, 1.0, 0.0), 0.0),
        ((0.05, 0.9, 0.05), 0.569),
        ((1 / 3, 1 / 3, 1 / 3), 1.585),
    ],
)
def test_uncertainty_is_largest_where_all_labels_are_as_likely(
    shares: tuple[float, ...], bits: float
) -> None:
    assert entropy(shares) == pytest.approx(bits, abs=1e-4)


@pytest.mark.parametrize(
    ("said", "bits"),
    [
        ((), 0.0),
        (((0.7, 0.0, 0.3),), 0.0),
        (((0.3, 0.0, 0.7),) * 3, 0.0),
        (((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), 1.0),
        (((0.55, 0.0, 0.45), (0.45, 0.0, 0.55)), 0.0072),
        (((0.5, 0.0, 0.5), (0.0, 1.0, 0.0)), 1.0),
    ],
)
def test_disagreement_is_none_where_all_say_the_same(
    said: tuple[tuple[float, ...], ...], bits: float
) -> None:
    assert divergence(said) == pytest.approx(bits, abs=1e-4)


@given(st.lists(st.tuples(*[st.integers(1, 99)] * 3), max_size=5))
def test_disagreement_is_between_0_and_that_of_as_many_certain_labels(
    counts: list[tuple[int, ...]],
) -> None:
    said = [tuple(count / sum(row) for count in row) for row in counts]
    assert 0 <= divergence(said) <= np.log2(3)


@pytest.mark.parametrize(
    ("segment", "belongs"),
    [
        ("", True), ("language=en", True), ("language=zh", False), ("language=en,product=p1", True),
        ("language=en,product=p2", False), ("source=web", True),
        ("language=en,source=app", False), ("moon=full", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_a_review_belongs_to_a_segment_by_every_condition_of_it(
    segment: str, belongs: bool
) -> None:
    assert within(PLAIN, segment) is belongs


def test_a_product_may_have_commas_and_equal_signs_in_its_name() -> None:
    assert within(replace(PLAIN, product_id="a, b=c"), "language=en,product=a, b=c")


@pytest.mark.parametrize(
    ("changed", "drifting", "reason"),
    [
        (
            replace(PLAIN, emitted=(0.4, 0.0, 0.6), by_model=((0.4, 0.0, 0.6),) * 2),
            [],
            "uncertainty",
        ),
        (replace(PLAIN, by_model=(SURE, SURE[::-1])), [], "disagreement"),
        (PLAIN, ["language=en"], "drift"),
        (PLAIN, ["language=zh"], "uncertainty"),
    ],
)
def test_what_speaks_for_a_review_most_is_its_reason(
    changed: Candidate, drifting: list[str], reason: str
) -> None:
    assert usefulness(changed, drifting, WEIGHTS).reason == reason


def test_the_most_useful_come_first_and_no_more_than_asked_for() -> None:
    hard = [candidate("sure"), candidate("unsure", 0.5), candidate("half", 0.8)]
    assert names(chosen(hard)) == ["unsure", "half"]
    assert names(chosen(hard, count=9)) == ["unsure", "half", "sure"]
    assert chosen([]) == []


def test_a_drifting_segment_comes_before_what_is_as_uncertain_elsewhere() -> None:
    hard = [candidate("here", 0.8), candidate("there", 0.8, product_id="p2")]
    assert names(chosen(hard, drifting=["language=en,product=p2"])) == ["there", "here"]


def test_of_two_reviews_that_say_the_same_one_is_asked_about() -> None:
    text = "the battery died after one week and nobody answers"
    hard = [candidate("a", 0.5, text), candidate("b", 0.5, text.upper()), candidate("c", 0.9)]
    assert names(chosen(hard, count=3)) == ["a", "c"]
    assert names(choose(hard, [], [text], [], 3, 0.0, WEIGHTS)) == ["c"], (
        "one like it waits already"
    )


def test_what_is_like_those_before_it_waits_for_what_is_not() -> None:
    hard = [
        candidate("first", 0.5, "the battery died after one week of use"),
        candidate("alike", 0.5, "the battery died after one month of use"),
        candidate("other", 0.4, "lovely waiter, cold soup"),
    ]
    assert names(chosen(hard, count=3)) == ["first", "other", "alike"]


def test_a_share_is_drawn_from_the_sample_whatever_it_says_and_spread_among_the_others() -> None:
    hard = [candidate(f"h{n}", 0.5 + n / 40) for n in range(8)]
    sample = [candidate(f"s{n}") for n in range(8)]
    found = chosen(hard, sample, count=10, by_chance=0.2)
    assert len(found) == 10
    drawn = [place for place, each in enumerate(found) if each.reason == "chance"]
    assert {names(found)[place] for place in drawn} == {"s0", "s1"}
    assert max(drawn) < 8, "not at the end, where nobody gets to"


def test_no_review_is_chosen_twice_though_it_is_hard_and_in_the_sample() -> None:
    both = [candidate(f"b{n}", 0.5) for n in range(6)]
    assert sorted(names(chosen(both, both[::-1], count=6, by_chance=0.5))) == sorted(
        each.review_id for each in both
    )


def test_only_chance_fills_the_queue_where_models_judge_nothing_hard() -> None:
    assert names(chosen([], [candidate("a"), candidate("b")], count=2, by_chance=1.0)) == ["a", "b"]


def test_likeness_goes_by_the_words_that_are_in_few_texts() -> None:
    rows = vectors(
        [
            "the film was a delight",
            "the film was a bore",
            "the soup was a delight",
            "",
            "THE FILM WAS A DELIGHT",
        ]
    )
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1, 0, 1])
    assert nearest(rows[:1], rows[4:])[0] == pytest.approx(1, abs=1e-6)
    assert 0 < nearest(rows[:1], rows[2:3])[0] < 0.9
    assert nearest(rows[:1], rows[:0])[0] == 0


def test_chinese_texts_are_alike_by_their_characters() -> None:
    rows = vectors(["房间很脏", "房间很脏", "屏幕非常清晰"])
    assert nearest(rows[:1], rows[1:2])[0] == pytest.approx(1, abs=1e-6)
    assert nearest(rows[:1], rows[2:])[0] < 0.1


def test_a_request_has_an_id_of_its_review_and_says_why() -> None:
    [first] = chosen([candidate("r1", 0.5)], count=1)
    asked, again = request(first, NOW), request(replace(first, priority=0.1), NOW)
    assert asked.request_id == again.request_id
    assert asked.request_id != request(replace(first, candidate=candidate("r2")), NOW).request_id
    assert (asked.reason, asked.priority, asked.sentiment) == ("uncertainty", 1.0, "positive")
    assert orjson.loads(asked.evidence) == {
        "uncertainty": 1.0, "disagreement": 0.0, "drift": 0.0, "likeness": 0.0,
        "probabilities": [[0.5, 0.0, 0.5]],
    }  # fmt: skip
    assert str(first.candidate.text_masked) not in repr(asked) + repr(first)
