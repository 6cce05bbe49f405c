"""How texts become tokens, and which of them may be part of a name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.names.tagger import Read, read
from models.names.token_features import CUE, GIVEN, ROLE_BITS, word_hash

ROLES = np.zeros(1 << ROLE_BITS, np.uint8)


def tokens(text: str) -> list[str]:
    told = read([text], ROLES, 16)
    return [text[start:stop] for start, stop in zip(told.starts[:-1], told.stops[:-1], strict=True)]


def candidates(text: str, **roles: int) -> list[str]:
    known = ROLES.copy()
    for word, role in roles.items():
        known[int(word_hash(word)) >> (64 - ROLE_BITS)] |= role
    told = read([text], known, 16)
    return [text[told.starts[token] : told.stops[token]] for token in told.candidates]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna-Maria O'Brien's dog", ["Anna-Maria", "O'Brien", "'s", "dog"]),
        ("don't say 'no'...", ["don't", "say", "'", "no", "'", "..."]),
        ("Oscar-worthy Min-Jun", ["Oscar-worthy", "Min-Jun"]),
        (
            "J.R. Smith, 221B Baker St.",
            ["J", ".", "R", ".", "Smith", ",", "221B", "Baker", "St", "."],
        ),
        ("Zoe\u0308 and Łukasz", ["Zoe\u0308", "and", "Łukasz"]),
        ("good--bad", ["good", "--", "bad"]),
        ("房间很脏 ok", ["房间很脏", "ok"]),
        ("a\u2019s b\u2011c", ["a", "\u2019s", "b\u2011c"]),
        ("😀Tom", ["😀", "Tom"]),
        ("", []),
    ],
)
def test_a_word_keeps_its_hyphens_and_loses_its_possessive(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_case_and_accents_do_not_change_a_word() -> None:
    told = read(["Wiśniewski WIŚNIEWSKI wisniewski wis\u0301niewski"], ROLES, 16)
    assert (
        told.hashes[0]
        == told.hashes[1]
        == told.hashes[2]
        == word_hash("wisniewski")
        != told.hashes[3]
    )


def test_small_words_are_looked_at_where_they_are_unknown_given_names_or_follow_a_cue() -> None:
    common = dict.fromkeys(("is", "it", "good", "maria", "the"), 1)
    assert candidates("it is good", **common) == []
    assert candidates("it is quetzalcoatl", **common) == ["quetzalcoatl"]
    assert candidates("maria is good", **{**common, "maria": 1 | GIVEN}) == ["maria"]
    assert candidates("regards the maria", **common, regards=CUE | 1) == ["the", "maria"]


def test_an_i_is_a_candidate_only_where_it_is_an_initial() -> None:
    common = {"saw": 1, "i": 1}
    assert candidates("I saw I. Newton", **common) == ["I", "Newton"]


def test_a_single_small_letter_is_a_candidate_behind_another_and_before_a_full_stop() -> None:
    assert candidates("- quetzal g. so", g=1, so=1) == ["quetzal", "g"]
    assert candidates("- quetzal g so", g=1, so=1) == ["quetzal"]


def test_numbers_are_candidates_beside_capitals() -> None:
    assert candidates("12 Elm", elm=1) == ["12", "Elm"]
    assert candidates("12 elm", elm=1) == []


@given(st.text(), st.text())
def test_tokens_are_in_order_within_the_text_and_nothing_else_but_white_space_is_left(
    text: str, other: str
) -> None:
    told: Read = read([other, text], ROLES, 16)
    first = int(told.cuts[0])
    spans = list(zip(told.starts[first:-1].tolist(), told.stops[first:-1].tolist(), strict=True))
    position = 0
    for start, stop in spans:
        assert position <= start < stop <= len(text)
        assert text[position:start].strip() == ""
        position = stop
    assert text[position:].strip() == ""
