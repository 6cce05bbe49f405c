"""The stages with several models: who is asked, what is emitted, and what shadows may not do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from infra.settings import PrivacySettings
from models.inference.sentence_judgement import MOST_SENTENCES
from models.labels import Judgement
from schemas.errors import EngineUnavailable, Rejected
from schemas.records import ScoredReview, Sentence
from streams.composition import build_masker
from streams.router.core.live_models import LiveModels, initial
from streams.router.core.model_plan import key_of
from tests.unit.streams.router.piped import (
    CHAMPION,
    CHINESE,
    ENGLISH,
    GERMAN,
    SHADOW,
    run,
    scored,
    snapshot,
)
from tests.unit.streams.router.scorers import Opinion, variant

CHALLENGER, CHINA = variant("2", "challenger"), variant("z")


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


@pytest.mark.parametrize("hint", [None, "en", "pl"])
def test_a_name_is_masked_whatever_language_a_producer_believes_a_text_to_be_in(
    hint: str | None,
) -> None:
    live = snapshot({CHAMPION: Opinion("m", "1", ("en", "pl"))}, en=(CHAMPION,), pl=(CHAMPION,))
    mask = build_masker(PrivacySettings())
    [found] = scored(run(live, ["Thanks, Kowalska!"], mask=mask, hint=hint))
    assert (found.text_masked, dict(found.pii)) == ("Thanks, <PERSON>!", {"PERSON": 1})
    assert found.language == (hint or "und")


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


@dataclass
class Torn(Opinion):
    """A model of three classes, which knows nothing in a text with a question mark."""

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        rows = [[0.2, 0.5, 0.3] if language == "en" else [0.7, 0.1, 0.2] for language in languages]
        evidence = np.array(["?" not in text for text in texts], np.bool_)
        return Judgement(np.array(rows, np.float32), evidence)


def test_a_model_of_three_classes_is_told_the_language_and_its_probabilities_go_out() -> None:
    torn = Torn("m", "1", ("en",), any_language=True)
    live = initial([("models/1", torn)], unserved=True)
    english, german, unknown = scored(run(live, [ENGLISH, GERMAN, f"{ENGLISH}?"]))
    assert english.probabilities == pytest.approx(
        {"negative": 0.2, "neutral": 0.5, "positive": 0.3}
    )
    assert [english.score, english.confidence] == pytest.approx([0.55, 0.5])
    assert (english.sentiment, english.evidence, english.language_served) == ("neutral", True, True)
    assert (german.sentiment, german.language, german.language_served) == ("negative", "de", False)
    assert (unknown.sentiment, unknown.evidence) == ("neutral", False)
    assert unknown.confidence < 0.5


def test_unserved_languages_are_rejected_where_the_settings_say_so() -> None:
    live = initial([("models/1", Torn("m", "1", ("en",), any_language=True))], unserved=False)
    english, german = run(live, [ENGLISH, GERMAN]).outcomes
    assert isinstance(english, ScoredReview)
    assert isinstance(german, Rejected)
    assert (german.reason, german.detail) == ("unsupported_language", "de")


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


@dataclass
class Moody(Opinion):
    """Judges a text by its first word, and notes what it was asked of which language."""

    texts: list[tuple[str, str]] = field(default_factory=list)

    def judge(self, texts: Sequence[str], languages: Sequence[str]) -> Judgement:
        self.texts += zip(texts, languages, strict=True)
        return super().judge(texts, languages)

    def said(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([0.1 if text.startswith("Sadly") else 0.9 for text in texts], np.float32)


def test_sentences_are_judged_in_the_call_of_their_reviews_in_their_language_once_masked() -> None:
    english, chinese = Moody("m", "1"), Moody("m", "z", ("zh",))
    live = snapshot({CHAMPION: english, CHINA: chinese}, en=(CHAMPION,), zh=(CHINA,))
    sad = "Sadly it was all over soon, ask jane@example.org."
    texts = [f"{ENGLISH} {sad}", f"{CHINESE}太好了\uff01", ENGLISH]
    mixed, two, one = scored(run(live, texts, sentences=True))
    assert (english.asked, chinese.asked) == ([2 + 2], [1 + 2])
    assert ("太好了\uff01", "zh") in chinese.texts
    assert not any("jane@" in text for text, _ in english.texts)
    assert mixed.sentences is not None
    assert [mixed.text_masked[each.start : each.end] for each in mixed.sentences] == [
        ENGLISH,
        sad.replace("jane@example.org", "<EMAIL_ADDRESS>"),
    ]
    assert [each.label for each in mixed.sentences] == ["positive", "negative"]
    assert [each.score for each in mixed.sentences] == pytest.approx([0.9, 0.1])
    assert (mixed.sentiment, mixed.mixed) == ("positive", True)
    assert two.sentences is not None
    assert (len(two.sentences), two.mixed) == (2, False)
    assert one.sentences == (Sentence(0, len(ENGLISH), "positive", one.score),)


def test_without_the_setting_a_model_is_asked_for_whole_reviews_only() -> None:
    model = Moody("m", "1")
    [found] = scored(run(snapshot({CHAMPION: model}, en=(CHAMPION,)), [f"{ENGLISH} {ENGLISH}"]))
    assert (found.sentences, found.mixed, model.asked) == (None, False, [1])


def test_a_long_review_is_judged_by_its_first_sentences() -> None:
    live = snapshot({CHAMPION: Moody("m", "1")}, en=(CHAMPION,))
    [found] = scored(run(live, [f"{ENGLISH} " * 100], sentences=True))
    assert found.sentences is not None
    assert len(found.sentences) == MOST_SENTENCES
    assert found.sentences[-1].end == MOST_SENTENCES * (len(ENGLISH) + 1) - 1


def test_shadows_are_asked_for_whole_reviews_and_a_failing_challenger_leaves_the_sentences() -> (
    None
):
    champion, shadow = Moody("m", "1"), Moody("m", "3")
    traffic = (variant("1", weight=0.1), variant("2", "challenger", 0.9), SHADOW)
    challenger = Opinion("m", "2", away=True)
    models = dict(zip(traffic, (champion, challenger, shadow), strict=True))
    results = run(snapshot(models, en=traffic), [f"{ENGLISH} {ENGLISH}"] * 20, sentences=True)
    assert all(review.sentences and len(review.sentences) == 2 for review in scored(results))
    assert shadow.asked == [20]
    assert {review.sentences for _, review in results.shadows} == {None}
