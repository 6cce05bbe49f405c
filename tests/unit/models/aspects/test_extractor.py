"""Aspects of masked texts: terms and the user's own names together, in any Unicode."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.aspects.extractor import (
    LONGEST_TERM,
    MASK,
    MOST_ASPECTS,
    AspectExtractor,
    Level,
    Probabilities,
)
from models.labels import DOUBT
from schemas.records import Aspect
from schemas.text import MaskedText
from tests.unit.models.aspects.fakes import BAD, GOOD, Categories, Word, tagger

LEVELS = pytest.mark.parametrize("level", ["terms", "full"])


def aspects(text: str, level: Level = "full") -> tuple[Aspect, ...]:
    [found] = AspectExtractor(tagger, Categories())([MaskedText(text)], ["en"], level=level)
    return found


def test_each_term_has_its_place_its_category_and_what_is_said_of_it() -> None:
    battery, screen = aspects("A bad battery 👍 but a fine Screen")
    assert battery == Aspect("battery", "battery", "negative", battery.score, 6, 13)
    assert screen == Aspect("Screen", "screen", "positive", screen.score, 27, 33)
    assert [battery.score, screen.score] == pytest.approx([0.15, 0.8])


def test_without_categories_terms_are_found_and_the_categoriser_is_not_asked() -> None:
    categoriser = Categories()
    extract = AspectExtractor(tagger, categoriser)
    [[found]] = extract([MaskedText("bad battery")], ["en"], level="terms")
    assert (found.term, found.category, categoriser.asked) == ("battery", "", [])
    with pytest.raises(ValueError, match="categoriser"):
        AspectExtractor(tagger)([MaskedText("battery")], ["en"], level="full")


def test_a_category_is_told_by_the_term_and_what_stands_around_it_in_the_language_of_the_text() -> (
    None
):
    categoriser = Categories()
    texts = [MaskedText("x" * 100 + " battery " + "y" * 100), MaskedText("电池")]
    AspectExtractor(tagger, categoriser)(texts, ["en", "zh"], level="full")
    [(term, context, english), other] = categoriser.asked
    assert (term, english) == ("battery", "en")
    assert context == "x" * 79 + " battery " + "y" * 79
    assert other == ("电池", "电池", "zh")


def test_what_the_user_named_is_found_though_the_tagger_does_not_know_it() -> None:
    [found] = aspects("The wait time was endless")
    assert (found.term, found.category) == ("wait time", "waiting")
    assert found.sentiment == "neutral"
    assert found.score == pytest.approx(DOUBT[1] / 2 + DOUBT[2])


def test_what_is_said_of_it_is_asked_for_where_that_can_be_told() -> None:
    asked = []

    def polarity(
        texts: Sequence[str],
        languages: Sequence[str],
        spans: Sequence[Sequence[tuple[int, int]]],
    ) -> list[list[Probabilities]]:
        asked.append((list(texts), list(languages), [list(each) for each in spans]))
        return [[BAD for _ in each] for each in spans]

    texts = [MaskedText("a battery"), MaskedText("battery, wait time, bad screen")]
    extract = AspectExtractor(tagger, Categories(), polarity)
    [first], several = extract(texts, ["en", "de"], level="full")
    assert asked == [([texts[1]], ["de"], [[(9, 18)]])]
    assert first.sentiment == "positive"
    assert [(each.term, each.sentiment) for each in several] == [
        ("battery", "positive"),
        ("wait time", "negative"),
        ("screen", "negative"),
    ]


def test_a_term_that_the_user_named_is_in_the_users_category() -> None:
    [found] = aspects("A bad queue length")
    assert (found.category, found.sentiment) == ("waiting", "negative")
    assert found.term == "queue length"


@LEVELS
def test_what_masking_left_is_no_aspect(level: Level) -> None:
    assert aspects("<PERSON> has a battery<PERSON>", level) == aspects(
        "<PERSON> has a battery<LOCATION>", level
    )
    assert [each.term for each in aspects("<PERSON> battery", level)] == ["battery"]


@LEVELS
def test_the_first_aspects_of_a_long_text_are_kept(level: Level) -> None:
    found = aspects("battery " * 100, level)
    assert [each.start for each in found] == [8 * n for n in range(MOST_ASPECTS)]


def test_no_texts_have_no_aspects() -> None:
    assert AspectExtractor(tagger, Categories())([], [], level="full") == []


PIECES = st.sampled_from(
    [
        "battery",
        "bad screen",
        "电池",
        "<PERSON>",
        "<EMAIL_ADDRESS>",
        "wait time",
        "queue",
        " ",
        "👩🏽‍🚀",
    ]
)


@st.composite
def tagged(draw: st.DrawFn) -> tuple[MaskedText, list[Word], list[tuple[int, int, str]]]:
    """A text of any characters with masks in it, and anything that may be found in it."""
    text = "".join(draw(st.lists(PIECES | st.text(max_size=6), max_size=60)))
    places = st.lists(st.integers(0, len(text)), max_size=80, unique=True).map(sorted)
    cuts, others = draw(places), draw(places)
    words = [
        Word(start, end, draw(st.sampled_from([BAD, GOOD])))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    names = [(start, end, "own") for start, end in zip(others[::2], others[1::2], strict=False)]
    return MaskedText(text), words, names


@given(st.lists(tagged(), max_size=3), st.sampled_from(["terms", "full"]))
def test_aspects_are_parts_of_the_masked_text_in_order_and_never_what_was_masked(
    cases: list[tuple[MaskedText, list[Word], list[tuple[int, int, str]]]], level: Level
) -> None:
    class Named(Categories):
        def named(
            self, texts: Sequence[str], languages: Sequence[str]
        ) -> list[list[tuple[int, int, str]]]:
            return [names for _, _, names in cases]

    texts = [text for text, _, _ in cases]
    extract = AspectExtractor(lambda *_: [words for _, words, _ in cases], Named())
    for text, found in zip(texts, extract(texts, ["en"] * len(texts), level=level), strict=True):
        masks = [match.span() for match in MASK.finditer(text)]
        before = 0
        for each in found:
            assert before <= each.start < each.end <= len(text)
            assert text[each.start : each.end] == each.term
            assert len(each.term) <= LONGEST_TERM
            assert all(each.end <= start or end <= each.start for start, end in masks)
            assert each.sentiment in {"negative", "neutral", "positive"}
            assert 0 <= each.score <= 1
            assert (each.category == "") == (level == "terms")
            before = each.end
        assert len(found) <= MOST_ASPECTS
