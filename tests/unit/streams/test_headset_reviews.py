"""The reviews of the demo's fourth act."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

import pytest

from streams.demo.headset_reviews import FILE, TURNS, written
from streams.demo.sample import SampleReview

HALF = 1000
REVIEWS = written("headset", HALF, HALF)
LANGUAGES = tuple(tomllib.loads(FILE.read_text(encoding="utf8")).values())
OTHERS = sorted(LANGUAGES[0]["good"].keys() - {TURNS})


def complaining(reviews: Sequence[SampleReview], aspect: str) -> float:
    """The share of negative reviews among those that name the aspect."""
    named = [
        bool(bad) for review in reviews
        if (bad := said(review, "bad", aspect)) or said(review, "good", aspect)
    ]  # fmt: skip
    return sum(named) / len(named)


def said(review: SampleReview, side: str, aspect: str) -> bool:
    return any(
        re.search(re.sub(r"\\\{\w+\\\}", ".+", re.escape(sentence)), review.text)
        for language in LANGUAGES
        for sentence in language[side].get(aspect, ())
    )


def test_they_are_the_same_every_time_and_hardly_two_are_alike() -> None:
    assert written("headset", HALF, HALF) == REVIEWS
    assert len({review.review_id for review in REVIEWS}) == len(REVIEWS)
    assert len({review.text for review in REVIEWS}) > 0.9 * len(REVIEWS)
    assert not any(re.search(r"[{}]|^$|  ", review.text) for review in REVIEWS)


def test_personal_data_that_is_told_to_be_in_them_is() -> None:
    planted = [review for review in REVIEWS if review.planted]
    assert planted
    assert all(review.planted in review.text for review in planted)
    assert not any("@" in review.text for review in REVIEWS if not review.planted)


def test_the_battery_gets_worse() -> None:
    assert complaining(REVIEWS[:HALF], TURNS) < 0.15
    assert complaining(REVIEWS[HALF:], TURNS) > 0.6


@pytest.mark.parametrize("aspect", OTHERS)
def test_nothing_else_gets_worse(aspect: str) -> None:
    before, after = (complaining(part, aspect) for part in (REVIEWS[:HALF], REVIEWS[HALF:]))
    assert max(before, after) < 0.2
