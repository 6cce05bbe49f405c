"""The aspects stage: whose aspects are looked for, in what, and what becomes of failures."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from models.aspects.extractor import AspectExtractor, Found, Level, Tagger
from schemas import reasons
from schemas.errors import Rejected
from schemas.records import ScoredReview
from streams.stages.aspects import AspectStage
from tests.unit.models.aspects.fakes import Categories, tagger
from tests.unit.streams.router.piped import (
    CHAMPION,
    CHINESE,
    ENGLISH,
    SHADOW,
    run,
    scored,
    snapshot,
)
from tests.unit.streams.router.scorers import Opinion


def stage(level: Level | None, tagger: Tagger = tagger) -> AspectStage:
    return AspectStage(level, lambda _: AspectExtractor(tagger, Categories()))


def test_aspects_are_those_of_the_masked_text_in_the_language_of_the_review() -> None:
    said: list[tuple[str, str]] = []

    def listening(texts: Sequence[str], languages: Sequence[str]) -> Sequence[Sequence[Found]]:
        said.extend(zip(texts, languages, strict=True))
        return tagger(texts, languages)

    live = snapshot({CHAMPION: Opinion("m", "1", ("en", "zh"))}, en=(CHAMPION,), zh=(CHAMPION,))
    texts = [f"jane@example.org: {ENGLISH} But a bad battery.", f"{CHINESE}电池", ENGLISH]
    one, two, none = scored(run(live, texts, aspects=stage("full", listening)))
    masked = texts[0].replace("jane@example.org", "<EMAIL_ADDRESS>")
    assert said == [(masked, "en"), (two.text_masked, "zh"), (ENGLISH, "en")]
    [battery] = one.aspects or ()
    assert one.text_masked[battery.start : battery.end] == battery.term == "battery"
    assert (battery.category, battery.sentiment) == ("battery", "negative")
    assert [each.term for each in two.aspects or ()] == ["电池"]
    assert none.aspects == ()


@pytest.mark.parametrize(
    ("aspects", "asked", "found"),
    [
        (None, False, None),
        (None, True, None),
        (stage(None), False, None),
        (stage(None), True, [("battery", "battery")]),
        (stage("terms"), False, [("battery", "")]),
        (stage("terms"), True, [("battery", "")]),
        (stage("full"), False, [("battery", "battery")]),
    ],
)
def test_aspects_are_found_where_the_setting_or_the_caller_asks_for_them(
    aspects: AspectStage | None, asked: bool, found: list[tuple[str, str]] | None
) -> None:
    live = snapshot({CHAMPION: Opinion("m", "1")}, en=(CHAMPION,))
    [review] = scored(run(live, [f"{ENGLISH} The battery."], aspects=aspects, asked=asked))
    told = review.aspects
    assert (told if told is None else [(each.term, each.category) for each in told]) == found


def test_shadows_say_nothing_of_aspects() -> None:
    live = snapshot({CHAMPION: Opinion("m", "1"), SHADOW: Opinion("m", "3")}, en=(CHAMPION, SHADOW))
    results = run(live, [f"{ENGLISH} The battery."], aspects=stage("full"))
    assert [len(review.aspects or ()) for review in scored(results)] == [1]
    assert [review.aspects for _, review in results.shadows] == [None]


def test_a_text_that_the_tagger_fails_on_is_rejected_alone() -> None:
    def failing(texts: Sequence[str], languages: Sequence[str]) -> Sequence[Sequence[Found]]:
        if any("battery" in text for text in texts):
            raise ValueError(texts[0])
        return tagger(texts, languages)

    live = snapshot({CHAMPION: Opinion("m", "1")}, en=(CHAMPION,))
    texts = [ENGLISH, f"{ENGLISH} The battery."]
    fine, rejected = run(live, texts, aspects=stage("terms", failing)).outcomes
    assert isinstance(fine, ScoredReview)
    assert isinstance(rejected, Rejected)
    assert (rejected.stage, rejected.reason) == ("aspects", reasons.PROCESSING_ERROR)
    assert "battery" not in str(rejected)
