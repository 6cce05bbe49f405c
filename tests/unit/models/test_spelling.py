"""Gates of the spelling steps hide nothing of what the patterns find."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.text import cleaning, spelling
from models.text.alignment import Edit, apply
from models.text.cleaning import STEPS, clean

FORMS = [*spelling.WITH_LETTER, *spelling._misread(), *spelling.APOSTROPHES, *spelling.ACCENTS]
OTHERS = [
    "don?t", "can\ufffdt", "it\u00d5s", "&#39;", "1\ufe0f\u20e3", "\u00e2\x80\x99", "\x92", " ",
    "  ", "e\u0301", "<b>", "\u200b", "\u3000",
]  # fmt: skip
PIECES = st.one_of(st.text(max_size=4), st.sampled_from([*FORMS, *spelling.LETTERS, *OTHERS]))
TEXTS = st.lists(PIECES, max_size=8).map("".join)


def found(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text)]


def spans(edits: list[Edit]) -> list[tuple[int, int]]:
    return [(edit.start, edit.end) for edit in edits]


@given(TEXTS)
def test_the_steps_change_all_that_their_patterns_find(text: str) -> None:
    assert spans(list(spelling.letters(text))) == found(spelling.LETTER, text)
    assert spans(list(spelling.apostrophes(text))) == found(spelling.APOSTROPHE, text)
    assert spans(list(spelling.control_apostrophes(text))) == found(spelling.CONTROL, text)


@given(TEXTS)
def test_a_text_is_settled_only_where_no_step_would_change_it(text: str) -> None:
    if cleaning._is_settled(text):
        assert {apply(text, list(step(text))) for step in STEPS} == {text}


@given(TEXTS.map(clean))
def test_what_is_clean_is_settled_but_for_what_spells_markup(text: str) -> None:
    if not cleaning._is_settled(text):
        assert not text.isprintable() or set("<&`?") & set(text) or spelling.GATE.search(text)


def test_every_letter_and_every_misread_apostrophe_passes_the_gate() -> None:
    for form in [*spelling.LETTERS, *FORMS, spelling.FRAME]:
        text = f"a{form}a é"
        assert not spelling.is_typed_plainly(text), unicodedata.name(form[0], "")
