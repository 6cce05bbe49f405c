"""Texts → ids of words in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.vocabulary import FIRST, UNKNOWN, WordEncoder, as_array, from_array, learn

ENCODER = WordEncoder(("good", "not", "film"), length=8)


def test_ids_are_in_order_and_repeat() -> None:
    [ids] = ENCODER(["Not good, NOT good film"])["ids"]
    assert ids.tolist() == [FIRST + 1, FIRST, UNKNOWN, FIRST + 1, FIRST, FIRST + 2]


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    [ids] = ENCODER(["good good good " + "never " * 50 + "not not not film film film"])["ids"]
    assert ids.tolist() == [FIRST] * 2 + [FIRST + 1] * 3 + [FIRST + 2] * 3


@given(st.lists(st.text()))
def test_ids_are_below_the_vocabulary_and_never_padding(texts: list[str]) -> None:
    for ids in ENCODER(texts)["ids"]:
        assert ids.dtype == np.int32
        assert len(ids) <= ENCODER.length
        assert ((ids > 0) & (ids < ENCODER.vocabulary)).all()


def test_the_commonest_words_come_first_and_those_of_one_text_not_at_all() -> None:
    encoder = learn(["b a once once", "a b c", "c a"], size=2, length=5)
    assert encoder.words == ("a", "b"), (
        "a three times, then b before c by the alphabet; once is of one text only"
    )


@pytest.mark.parametrize("words", [(), ("one",), ("été", "<person>", "8/10")])
def test_words_come_back_from_an_array(words: tuple[str, ...]) -> None:
    assert from_array(as_array(words)) == words
