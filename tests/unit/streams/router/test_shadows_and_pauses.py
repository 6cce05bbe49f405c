"""Shadows that fail are left alone for a while; the pause of a swap is the longest step around
it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas.records import Variant
from schemas.text import MaskedText
from streams.router.core.shadows import REST, Shadows
from streams.router.core.swap_pauses import Pauses
from tests.unit.streams.router.scorers import Opinion, variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WATCHING = variant("2", "shadow", shadow=True)
TEXTS = [MaskedText("fine"), MaskedText("bad")]


def test_a_shadow_that_failed_rests_and_is_asked_again() -> None:
    failures: list[tuple[Variant, str, int]] = []
    shadows = Shadows(
        lambda which, error, reviews: failures.append((which, type(error).__name__, reviews))
    )
    model = Opinion("m", "2", away=True)
    languages = ["en"] * len(TEXTS)
    assert shadows.judge(WATCHING, model.judge, TEXTS, languages, NOW) is None
    assert shadows.judge(WATCHING, model.judge, TEXTS, languages, NOW + REST / 2) is None
    assert failures == [(WATCHING, "EngineUnavailable", 2)]
    assert len(model.asked) == 1
    model.away = False
    scores = shadows.judge(WATCHING, model.judge, TEXTS, languages, NOW + REST)
    assert scores is not None
    assert len(scores) == 2


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


def test_the_pause_is_the_longest_step_from_the_loading_to_the_first_slice_of_the_new() -> None:
    reported: list[float] = []
    pauses = Pauses(lambda longest: reported.append(longest.total_seconds()))
    old, new = object(), object()
    pauses.slice_ended(old, seconds(0), seconds(9))  # long, but before anything was loaded
    pauses.loading(True)
    pauses.slice_ended(old, seconds(0), seconds(10))
    pauses.slice_ended(old, seconds(0), seconds(14))
    pauses.loading(False)
    pauses.slice_ended(new, seconds(0), seconds(16))
    pauses.slice_ended(new, seconds(0), seconds(30))
    assert reported == [4.0]


def test_a_pause_does_not_count_the_time_in_which_no_review_was_there() -> None:
    reported: list[float] = []
    pauses = Pauses(lambda longest: reported.append(longest.total_seconds()))
    old, new = object(), object()
    pauses.slice_ended(old, seconds(0), seconds(1))
    pauses.slice_ended(new, seconds(100), seconds(101))
    assert reported == [1.0]


def test_a_refused_model_makes_no_pause() -> None:
    reported: list[float] = []
    pauses = Pauses(lambda longest: reported.append(longest.total_seconds()))
    live = object()
    pauses.loading(True)
    pauses.slice_ended(live, seconds(0), seconds(5))
    pauses.loading(False)
    pauses.slice_ended(live, seconds(0), seconds(6))
    assert reported == []
