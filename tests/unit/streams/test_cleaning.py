"""Cleaning a text, with and without offsets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.cleaning import clean, clean_aligned

FRAGMENTS = [
    "<br />", "<b>", "</b>", "<3", "<script>", "</script>", "<!--", "-->", "&amp;", "&lt;", "&#8203;", "&nbsp;",
    "<EMAIL_ADDRESS>",
    "e\u0301",
    "\u200b", "\u200d", "👩\u200d🚀", "\u00ad", "\t\n", "  ", "\u2003", "\ud83d", "한", "\u1112\u1161\u11ab", "مرحبا", "\u202e",
    "a", "Z", "\x1f", "\x85", "<p", "&", ";",
]  # fmt: skip
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5)).map("".join)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ""),
        ("  \u200b<br/>&nbsp; ", ""),
        ("plain text stays", "plain text stays"),
        ("one<br /><br />two", "one two"),
        ("<p>one</p><P class='x'>two</P>", "one two"),
        ("very <b>b</b>old <a href='http://x.y/?a=1'>link</a>", "very bold link"),
        ("un<i>believ</i>able", "unbelievable"),
        ("I <3 it, 2 < 3 > 1, a<b, x <y> z", "I <3 it, 2 < 3 > 1, a<b, x <y> z"),
        ("mask <EMAIL_ADDRESS> stays", "mask <EMAIL_ADDRESS> stays"),
        ("a<script>var x = '<b>';</script>b<style>p{}</style>c", "a b c"),
        ("a<!-- <p>hidden</p> -->b", "a b"),
        ("a<!-- never closed, kept", "a<!-- never closed, kept"),
        ("a<script>never closed", "a<script>never closed"),
        ("AT&amp;T &lt;b&gt; &quot;x&quot; &#39;y&#x27; &eacute;", "AT&T <b> \"x\" 'y' é"),
        ("&amp;lt; &nope; &copy &; ?a=1&region=2", "&lt; &nope; &copy &; ?a=1&region=2"),
        ("caf\u0065\u0301 \u1112\u1161\u11ab", "café 한"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen \u202ertl bell\x07", "zerowidth softhyphen rtl bell"),
        ("a\u200db 👩\u200d🚀 👍🏽", "ab 👩\u200d🚀 👍🏽"),
        ("tab\tnew\r\nline\u2003em\u00a0nbsp", "tab new line em nbsp"),
        ("a\x1cb\x1fc\x85d \u200b\x1e e", "a b c d e"),
        ("<\u200bb>broken up</b>", "broken up"),
        ("half \ud83d emoji", "half \ufffd emoji"),
    ],
)
def test_cleaning(given: str, expected: str) -> None:
    assert clean(given) == expected


@given(texts)
def test_the_result_is_composed_encodable_trimmed_and_on_one_line(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf8")
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert not any(unicodedata.category(character) == "Cc" for character in cleaned)


@given(texts)
def test_what_is_clean_stays_unless_it_spells_markup(text: str) -> None:
    cleaned = clean(text)
    if "<" not in cleaned and "&" not in cleaned:
        assert clean(cleaned) == cleaned


@given(texts)
def test_offsets_come_with_the_same_text(text: str) -> None:
    cleaned, alignment = clean_aligned(text)
    assert cleaned == clean(text)
    assert len(alignment.starts) == len(alignment.ends) == len(cleaned)


@given(texts)
def test_offsets_lie_in_the_original_in_order_and_point_at_what_the_character_was_made_of(text: str) -> None:
    cleaned, alignment = clean_aligned(text)
    assert list(alignment.starts) == sorted(alignment.starts)
    for position, character in enumerate(cleaned):
        start, end = alignment.span(position, position + 1)
        assert 0 <= start < end <= len(text)
        if character.isascii() and character.isalnum() and end - start == 1:
            assert text[start] == character


def test_a_span_covers_markup_and_entities_inside_it() -> None:
    text = "ask <b>An&amp;n</b>a\u200b Lee today"
    cleaned, alignment = clean_aligned(text)
    assert cleaned == "ask An&na Lee today"
    start, end = alignment.span(4, 13)
    assert text[start:end] == "An&amp;n</b>a\u200b Lee"


@pytest.mark.parametrize("unit", ["<", "&", "<a ", "<!--", "-->", "<script>", "&#", "\u200b", "e\u0301", "<b", "  ", "\u200d"])
def test_long_texts_of_anything_are_done_in_linear_work(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert clean_aligned(text)[0] == clean(text)
