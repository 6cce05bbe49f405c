"""Languages by their script: what each character counts for."""

from __future__ import annotations

import sys

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from models.text.scripts import CHARACTERS_OF, END, LANGUAGE_OF, LETTERS, NONE, WEIGHT, by_script

ONE: dict[str, regex.Pattern[str]] = {
    script: regex.compile(f"[{those}]") for script, those in CHARACTERS_OF.items()
}
LETTER = regex.compile(r"\p{L}")
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aé1 .文字のカ한글גרอกдж\U00020000\U0001f600\ud800\U0003347f"),
    )
)


@given(TEXTS)
def test_each_character_counts_for_its_script_whatever_stands_beside_it(text: str) -> None:
    counts = dict.fromkeys(LANGUAGE_OF, 0)
    others = 0
    for character in text:
        script = next((name for name, one in ONE.items() if one.match(character)), None)
        if script:
            counts[script] += WEIGHT.get(script, 1)
        elif LETTER.match(character):
            others += 1
    total = others + sum(counts.values())
    if counts["Kana"] * 8 > counts["Han"]:
        counts["Kana"] += counts.pop("Han")
    found = by_script(text)
    if text.isascii() or not any(counts.values()):
        assert found == NONE
    else:
        largest = max(counts.values())
        assert found.share == largest / total
        assert largest in {counts[name] for name, code in LANGUAGE_OF.items()
                           if code == found.language and name in counts}  # fmt: skip


def test_no_letter_is_beyond_the_table() -> None:
    assert LETTERS.search("".join(map(chr, range(END, sys.maxunicode + 1)))) is None


@pytest.mark.parametrize("text", ["PDA功能不错。", "给iPad买的保护套", "BSが見られます"])
def test_latin_letters_beside_a_text_do_not_take_its_characters_for_theirs(text: str) -> None:
    found = by_script(text)
    assert found.language in {"zh", "ja"}
    assert found.share > 0.5
