"""Folding of characters that people write in several ways."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.stages.folding import BETWEEN_DIGITS, FOLDABLE, MIDDLE_DOTS, TABLE, fold

CHARACTERS = st.one_of(st.characters(), st.sampled_from([*TABLE, *MIDDLE_DOTS, "1", "2", " ", "é"]))


@given(st.text(CHARACTERS))
def test_every_character_of_the_table_is_folded_and_every_dot_between_digits(text: str) -> None:
    written = FOLDABLE.sub(lambda match: TABLE[match[0]], text)
    assert fold(text) == BETWEEN_DIGITS.sub(".", written)
