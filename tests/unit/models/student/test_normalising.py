"""Texts as the student reads them."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from models.student.normalising import composed, normalised

CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.sampled_from("\uff0c\u3002\uff01\uff11\uff76\uff9e\u0301\u3099\u1161か하e"),
)


@given(st.text(CHARACTERS))
def test_ideographs_aside_nothing_is_composed_in_another_way(text: str) -> None:
    assert composed(text) == unicodedata.normalize("NFKC", text)


APOSTROPHES = "\u2019\u2018\u02bc\u00b4`\uff07"


@given(st.text(f"aBé文{APOSTROPHES}"))
def test_every_apostrophe_is_one_where_not_all_is_ascii(text: str) -> None:
    table = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
    written = f"é{text}"
    assert normalised(written) == unicodedata.normalize("NFKC", written).translate(table).lower()
