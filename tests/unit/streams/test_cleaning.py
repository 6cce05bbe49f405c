"""Cleaning a text, with and without offsets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.cleaning import clean, clean_aligned

FRAGMENTS = [
    "<br />", "<b>", "</b>", "<3", "<script>", "</script>", "<!--", "-->", "&amp;", "&lt;",
    "&#8203;", "&nbsp;",
    "<EMAIL_ADDRESS>",
    "e\u0301",
    "\u200b", "\u200d", "👩\u200d🚀", "\u00ad", "\t\n", "  ", "\u2003", "\ud83d", "한",
    "\u1112\u1161\u11ab", "مرحبا", "\u202e",
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
        (
            "zero\u200bwidth\ufeff soft\u00adhyphen \u202ertl bell\x07",
            "zerowidth softhyphen rtl bell",
        ),
        ("a\u200db 👩\u200d🚀 👍🏽", "ab 👩\u200d🚀 👍🏽"),
        ("tab\tnew\r\nline\u2003em\u00a0nbsp", "tab new line em nbsp"),
        ("a\x1cb\x1fc\x85d \u200b\x1e e", "a b c d e"),
        ("<\u200bb>broken up</b>", "broken up"),
        ("half \ud83d emoji", "half \ufffd emoji"),
        (
            (
                "\uff15 \uff53\uff54\uff41\uff52\uff53, \U0001d406reat \ufb01lm, "
                "\u24d6\u24de\u24de\u24d3"
            ),
            "5 stars, Great film, good",
        ),
        (
            "\uff76\uff9e\uff97\uff7d \ufefb \u212b 5\ufe0f\u20e3 stars",
            "\u30ac\u30e9\u30b9 \u0644\u0627 \u00c5 5 stars",
        ),
        (
            "m\u00b2 \u00bd \u2122 \u2103 \u2460 \u314b\u314b \u00aa",
            "m\u00b2 \u00bd \u2122 \u2103 \u2460 \u314b\u314b \u00aa",
        ),
        ("\u041a\u0458\u043e\u0442\u043e", "\u041a\u0458\u043e\u0442\u043e"),
    ],
)
def test_cleaning(given: str, expected: str) -> None:
    assert clean(given) == expected


APOSTROPHES = [
    "\u2019", "\u2018", "\u201b", "\u02bc", "\u00b4", "`", "\u2032", "\uff07",
    "\u2019".encode().decode("cp1252"), "\x92",
    "\u2019".encode().decode("latin-1"),
    "\u2019".encode().decode("cp1252").encode().decode("cp1252"),
    "&rsquo;", "&#146;", "&amp;#39;",
    "\u2019".encode().decode("mac-roman"), "\u2019".encode().decode("cp1251"), "\ufffd", "\u00d5",
    "\u00e2\u20acTM", "&#x2019;",
]  # fmt: skip


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
@pytest.mark.parametrize(
    "words",
    ["It doesn't work.", "I'm sure they're what we'll need", "That's O.K., I'd say; we've won't"],
)
def test_every_apostrophe_is_one(apostrophe: str, words: str) -> None:
    typed = words.replace("'", apostrophe)
    cleaned, alignment = clean_aligned(typed)
    assert cleaned == words
    place = words.index("'")
    assert alignment.span(place, place + 1) == (place, place + len(apostrophe))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("it doesn?t work, I can?t", "it doesn't work, I can't"),
        ("admin?t=5, isn?t&u, Can?tell", "admin?t=5, isn?t&u, Can?tell"),
        ("doesn\u9225\u6a9b work", "doesn't work"),  # read as GBK
        ("six feet 6\u2032 2\u2033 `code` \u00b4", "six feet 6\u2032 2\u2033 `code` \u00b4"),
        ("\u2018quoted\u2019 dogs\u2019 O\u2019Brien", "'quoted' dogs' O'Brien"),
    ],
)
def test_apostrophes_are_mended_where_they_can_be_nothing_else(given: str, expected: str) -> None:
    assert clean(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<i>Great</i><i>phone</i>", "Great phone"),
        ("<em>One</em></strong><em>two</em>", "One two"),
        ("<b>Pros</b>Great, <b>Cons:</b>None", "Pros Great, Cons: None"),
        (
            "see<a href='x'>this</a>now, jane@example.com</a>Thanks",
            "see this now, jane@example.com Thanks",
        ),
        (
            "<b>i</b>Phone, Mc<b>Donald</b>, H<sub>2</sub>O, un<b>believ</b>able",
            "iPhone, McDonald, H2O, unbelievable",
        ),
        (
            "<b>jane</b><i>.roe</i>@example.com, jane.<b>Roe</b>@example.com",
            "jane.roe@example.com, jane.Roe@example.com",
        ),
    ],
)
def test_inline_tags_neither_glue_two_words_nor_split_one(given: str, expected: str) -> None:
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
def test_offsets_lie_in_the_original_in_order_and_point_at_what_the_character_was_made_of(
    text: str,
) -> None:
    cleaned, alignment = clean_aligned(text)
    assert list(alignment.starts) == sorted(alignment.starts)
    for position, character in enumerate(cleaned):
        start, end = alignment.span(position, position + 1)
        assert 0 <= start < end <= len(text)
        if character.isascii() and character.isalnum() and end - start == 1:
            assert character in unicodedata.normalize("NFKC", text[start])


def test_a_span_covers_markup_and_entities_inside_it() -> None:
    text = "ask <b>An&amp;n</b>a\u200b Lee today"
    cleaned, alignment = clean_aligned(text)
    assert cleaned == "ask An&na Lee today"
    start, end = alignment.span(4, 13)
    assert text[start:end] == "An&amp;n</b>a\u200b Lee"


UNITS = [
    "<", "&", "<a ", "<!--", "-->", "<script>", "&#", "\u200b", "e\u0301", "<b", "  ", "\u200d",
    "a<b>B", "a</b><i>", "n?t",
    "\u00e2\u20ac",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_long_texts_of_anything_are_done_in_linear_work(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert clean_aligned(text)[0] == clean(text)
