"""Where sentences end, in several scripts and as reviewers write them."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from models.text.sentences import WITH_SPACES, sentences


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Great food.", "Slow service!", "Would I go again?", "Yes."],
        ["good food.", "bad service.", "never again"],
        ["很好。", "不错\uff01", "他说\uff1a\u201c太好了\uff01\u201d", "电池不行。"],
        ["素晴らしい\uff01", "\uff08本当に。\uff09", "でも高い。"],
        ["خدمت اچھی تھی\u06d4", "هل هو جيد؟", "نعم"],
        ["यह अच्छा है।", "लेकिन महंगा है॥", "ठीक"],
        ["อร่อยมาก", "แต่แพงไปหน่อย ๆ", "แนะนำ เช่น", "จีน"],
        ["좋아요.", "배송이 느려요!", "다시는 안 사요."],
        ["Плюсы.", "Лишь цена…", "Жаль"],
        ['He said "Great!"', "(Really.)", "\u00abSuper.\u00bb", "'Fine.'", "End"],
        ["\u00ab Super ! \u00bb", "Merci"],
        ["¡Qué bien!", "¿Volvería?", "Sí."],
        ["Wait...", "What?!", "No way!!!", "Ok"],
        ["It was... okay."],
        ["It cost $3.50.", "Worth 4.5/5", ""],
        ["Mr. Smith and Dr. <PERSON> came at 5 p.m. today, e.g. by car.", "Fine."],
        ["Food, drinks etc. were good.", "Food, drinks etc.", "The rest was bad."],
        ["No. 5 is best.", "No.", "Never."],
        ["1. Good price.", "J. Smith agrees."],
        ["z.B. Essen war gut, ca. 3. mai."],
        ["Loved it! :)", "Great \U0001f44d\U0001f3fd!", "Nice. \u2764\ufe0f", "Bye"],
        ["Ask <PERSON>.", "<PERSON> at <EMAIL_ADDRESS> helped!", "<LOCATION> is fine."],
        ["it?s fine, don?t worry"],
    ],
    ids=lambda expected: expected[0],
)
def test_sentences_end_where_a_reader_would_end_them(expected: list[str]) -> None:
    expected = [part for part in expected if part]
    assert parts(" ".join(expected)) == expected
    assert parts("\n".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["不错\uff01", "但是电池不行。", "很好"],
        ["great.", "Loved it!", "will buy again!", "Thanks?", "Yes"],
        ["좋아요.", "감사합니다."],
        ["\u201cTop!\u201d", "Wirklich.", "(Ja.)"],
    ],
    ids=lambda expected: expected[0],
)
def test_a_space_may_be_missing(expected: list[str]) -> None:
    assert parts("".join(expected)) == expected


@pytest.mark.parametrize(
    "text", ["", " \n ", "...", "Node.js and U.S.A", "v2.0.1", "a.b@c", "\U0001f44d"]
)
def test_what_holds_no_boundary_is_one_sentence_or_none(text: str) -> None:
    assert parts(text) == ([text] if text.strip() else [])


PIECES = [
    *("a", "B", "Mr", "etc", "1", "12", "好", "ก", "ๆ", "ह", "좋", "ж", "İ"),
    *(".", "..", "!", "?", "…", "。", "\uff01", "؟", "\u06d4", "।", ",", ":", ";"),
    *('"', "'", "\u201d", "\u00bb", "\u00ab", ")", "(", "\uff09", "-", "<3", ":)"),
    *(" ", "  ", "\n", "\r\n", "\u2028", "\xa0", "\u3000", "\U0001f44d", "\ufe0f", "\u0301"),
    *("<PERSON>", "<EMAIL_ADDRESS>"),
]
texts = st.text() | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(texts)
def test_sentences_are_in_order_and_hold_everything_but_white_space(text: str) -> None:
    at = 0
    for start, end in sentences(text):
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(texts)
def test_a_placeholder_is_never_split(text: str) -> None:
    spans = list(sentences(text))
    for match in regex.finditer("<[A-Z_]+>", text):
        assert any(start <= match.start() and match.end() <= end for start, end in spans)


def test_the_pattern_tries_nothing_twice() -> None:
    quantifiers = regex.findall(r"(?<=[\])]|\\s|x20)[ ]?[*+?]\+?", WITH_SPACES.pattern)
    assert len(quantifiers) > 5
    assert all(len(each.strip()) == 2 for each in quantifiers), quantifiers
