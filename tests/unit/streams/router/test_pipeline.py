"""The stages with several models: who is asked, what is emitted, and what shadows may not do."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime

import orjson
import pytest

from infra.settings import PrivacySettings
from schemas.errors import EngineUnavailable, Origin, Rejected
from schemas.inputs import RawRecord
from schemas.records import ScoredReview, Variant
from streams.composition import build_masker
from streams.pipeline import Pipeline, Results
from streams.router.core.live_models import LiveModels
from streams.router.core.model_plan import key_of
from streams.router.core.shadows import Shadows
from streams.stages.language import LanguageIdentifier
from tests.unit.streams.router.scorers import Opinion, variant

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENGLISH = (
    "This film was a pleasant surprise, and I would happily watch it again with all of my friends."
)
CHINESE = "这部电影非常精彩,演员的表演令人难忘,我强烈推荐给大家。"
GERMAN = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
MASK = build_masker(PrivacySettings(level="patterns"))


def run(live: LiveModels, texts: list[str], supported: frozenset[str] = frozenset()) -> Results:
    pipeline = Pipeline(
        find_schema=lambda *_: None,
        languages=LanguageIdentifier(min_confidence=0.65),
        supported=supported,
        mask=MASK,
        live=lambda: live,
        shadows=Shadows(lambda *_: None),
        author_secret=b"",
        timer=lambda _: nullcontext(),
    )
    records = [
        RawRecord(
            Origin("reviews.raw", 0, n),
            None,
            orjson.dumps({"review_id": f"r{n}", "text": text}),
            NOW,
        )
        for n, text in enumerate(texts)
    ]
    return pipeline(records, lambda: NOW)


def snapshot(models: dict[Variant, Opinion], **languages: tuple[Variant, ...]) -> LiveModels:
    return LiveModels(
        languages, {key_of(which): model for which, model in models.items()}, fallback="en"
    )


def scored(results: Results) -> list[ScoredReview]:
    assert not any(isinstance(outcome, Rejected) for outcome in results.outcomes)
    return [outcome for outcome in results.outcomes if isinstance(outcome, ScoredReview)]


CHAMPION, CHALLENGER, CHINA = variant("1"), variant("2", "challenger"), variant("z")
SHADOW = variant("3", "shadow", 0, shadow=True)


def test_each_language_goes_to_its_own_model_in_one_call_each() -> None:
    english, chinese = Opinion("m", "1"), Opinion("m", "z", ("zh",), 0.1)
    live = snapshot({CHAMPION: english, CHINA: chinese}, en=(CHAMPION,), zh=(CHINA,))
    found = scored(run(live, [ENGLISH, CHINESE, ENGLISH, CHINESE, "👍"]))
    assert [review.model_version for review in found] == ["1", "z", "1", "z", "1"]
    assert [review.sentiment for review in found] == [
        "positive",
        "negative",
        "positive",
        "negative",
        "positive",
    ]
    assert (english.asked, chinese.asked) == ([3], [2])


def test_variants_share_the_reviews_of_a_language_and_say_who_they_are() -> None:
    live = snapshot(
        {CHAMPION: Opinion("m", "1"), CHALLENGER: Opinion("m", "2")}, en=(CHAMPION, CHALLENGER)
    )
    found = scored(run(live, [ENGLISH] * 40))
    assert {(review.variant, review.model_version) for review in found} == {
        ("champion", "1"),
        ("challenger", "2"),
    }
    assert [review.review_id for review in found] == [f"r{n}" for n in range(40)]


@pytest.mark.parametrize(
    ("supported", "rejected"),
    [
        (frozenset(), [CHINESE, GERMAN]),
        (frozenset({"en", "de"}), [CHINESE]),
        (frozenset({"de"}), [ENGLISH, CHINESE]),
    ],
)
def test_a_language_that_nobody_serves_is_rejected(
    supported: frozenset[str], rejected: list[str]
) -> None:
    live = snapshot({CHAMPION: Opinion("m", "1")}, en=(CHAMPION,))
    texts = [ENGLISH, CHINESE, GERMAN, "👍", "Thanks a ton!"]
    outcomes = run(live, texts, supported).outcomes
    refused = [
        text for text, outcome in zip(texts, outcomes, strict=True) if isinstance(outcome, Rejected)
    ]
    assert refused == rejected
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, Rejected)} == {
        "unsupported_language"
    }


def test_all_others_go_to_the_star() -> None:
    live = LiveModels(
        {"en": (CHAMPION,), "*": (CHINA,)},
        {key_of(CHAMPION): Opinion("m", "1"), key_of(CHINA): Opinion("m", "z")},
        "en",
    )
    assert [review.model_version for review in scored(run(live, [ENGLISH, CHINESE, GERMAN]))] == [
        "1",
        "z",
        "z",
    ]


def test_a_shadow_scores_every_review_of_its_language_and_emits_nothing() -> None:
    models = {
        CHAMPION: Opinion("m", "1"),
        CHALLENGER: Opinion("m", "2"),
        SHADOW: Opinion("m", "3", score_given=0.1),
    }
    live = snapshot(
        models | {CHINA: Opinion("m", "z")}, en=(CHAMPION, CHALLENGER, SHADOW), zh=(CHINA,)
    )
    results = run(live, [ENGLISH, CHINESE, ENGLISH])
    assert Counter(review.variant for review in scored(results))["shadow"] == 0
    assert [
        (at, review.review_id, review.variant, review.sentiment) for at, review in results.shadows
    ] == [
        (0, "r0", "shadow", "negative"),
        (2, "r2", "shadow", "negative"),
    ]


def test_a_shadow_that_is_away_costs_the_champion_nothing() -> None:
    champion = Opinion("m", "1")
    live = snapshot(
        {CHAMPION: champion, SHADOW: Opinion("m", "3", away=True)}, en=(CHAMPION, SHADOW)
    )
    results = run(live, [ENGLISH] * 3)
    assert len(scored(results)) == 3
    assert results.shadows == []
    assert champion.asked == [3]


def test_a_champion_that_is_away_is_waited_for() -> None:
    with pytest.raises(EngineUnavailable):
        run(snapshot({CHAMPION: Opinion("m", "1", away=True)}, en=(CHAMPION,)), [ENGLISH])


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_what_a_challenger_fails_to_score_the_champion_scores_and_the_challenger_rests(
    share: float,
) -> None:
    champion, challenger = Opinion("m", "1"), Opinion("m", "2", away=True)
    traffic = (variant("1", weight=1 - share), variant("2", "challenger", share))
    live = snapshot(dict(zip(traffic, (champion, challenger), strict=True)), en=traffic)
    assert {review.variant for review in scored(run(live, [ENGLISH] * 40))} == {"champion"}
    assert champion.asked == [40]
    assert len(challenger.asked) == 1


def test_a_challenger_of_one_language_that_is_away_leaves_the_others_alone() -> None:
    traffic = (variant("1", weight=0.5), variant("2", "challenger", 0.5))
    models = {
        traffic[0]: Opinion("m", "1"),
        traffic[1]: Opinion("m", "2", away=True),
        CHINA: Opinion("m", "z"),
    }
    found = scored(run(snapshot(models, en=traffic, zh=(CHINA,)), [ENGLISH, CHINESE] * 10))
    assert [review.model_version for review in found] == ["1", "z"] * 10
