"""Personal data is masked in every surrounding and in every form that people write, and nothing
else is.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.masking_tables import NOTHING, formed, masker, surrounded
from models.text.cleaning import clean
from streams.stages.folding import TABLE, fold
from streams.stages.masking import Masker

SURROUNDED: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
FORMED: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
for entity, surrounding, text, expected in surrounded():
    SURROUNDED[entity, surrounding].append((text, expected))
for form, text, expected in formed():
    FORMED[form.entity, form.name].append((text, expected))


@pytest.fixture(scope="module")
def mask() -> Masker:
    return masker()


def _masked(mask: Masker, texts: list[str]) -> list[str]:
    return [masked.text for masked in mask([clean(text) for text in texts])]


@pytest.mark.parametrize(("entity", "surrounding"), list(SURROUNDED))
def test_personal_data_is_masked_whatever_stands_beside_it(
    mask: Masker, entity: str, surrounding: str
) -> None:
    texts, expected = map(list, zip(*SURROUNDED[entity, surrounding], strict=True))
    assert _masked(mask, texts) == expected


@pytest.mark.parametrize(("entity", "name"), list(FORMED))
def test_personal_data_is_masked_however_it_is_written(
    mask: Masker, entity: str, name: str
) -> None:
    texts, expected = map(list, zip(*FORMED[entity, name], strict=True))
    assert _masked(mask, texts) == expected


def test_numbers_of_articles_versions_and_words_with_an_at_sign_stay(mask: Masker) -> None:
    assert _masked(mask, list(NOTHING)) == [clean(text) for text in NOTHING]


@given(
    st.text(
        st.sampled_from([*TABLE, "a", "1", " ", "\u00b7", "\u8c22", "\U0001f600", "\ud800"])
        | st.characters()
    )
)
def test_a_folded_text_is_as_long_and_knows_one_sign_of_each_kind(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    assert not set(folded) & set(TABLE)
    assert all(
        new == old or old in TABLE or new == "." for old, new in zip(text, folded, strict=True)
    )
