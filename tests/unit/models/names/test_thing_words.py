"""Which words are things, and that spans of nothing but things are no people."""

from __future__ import annotations

import numpy as np
import pytest

from models.lab.names.teacher_labels import Labelled
from models.lab.names.thing_words import LEAST_SMALL, things_among
from models.names.tagger import read
from models.names.thing_veto import names_somebody
from models.names.token_features import CUE, ROLE_BITS, THING, word_hash

TEXTS = [
    "We like the Blorvex here.", "I sold my Blorvex today.", "It is a Blorvex again.",
    "We saw Steven Quimby here.", "I met Steven Quimby today.", "It is the Steven Quimby film.",
    "We saw Rosabel here.", "I met Rosabel today.", "It is Rosabel again.",
    *["It tasted dry, and the champagne was warm."] * LEAST_SMALL,
]  # fmt: skip
LABELLED = [Labelled("We like the Blorvex here.", [])]
NAMES = {"steven", "champagne"}


def things() -> frozenset[int]:
    return things_among(TEXTS, LABELLED, NAMES)


@pytest.mark.parametrize("word", ["blorvex", "champagne", "tasted", "keurig"])
def test_what_takes_articles_small_letters_or_a_place_in_the_list_is_a_thing(word: str) -> None:
    assert int(word_hash(word)) in things()


@pytest.mark.parametrize("word", ["quimby", "rosabel", "steven"])
def test_what_follows_given_names_takes_no_article_or_is_a_known_name_is_none(word: str) -> None:
    assert int(word_hash(word)) not in things()


def test_what_teachers_take_for_a_person_is_no_thing_whatever_its_articles() -> None:
    text = "We like the Blorvex here."
    said = [Labelled(text, [("PERSON", 12, 19)])]
    assert int(word_hash("blorvex")) not in things_among(TEXTS, said, NAMES)


@pytest.mark.parametrize(
    ("text", "first", "last", "kept"),
    [
        ("my Blorvex died", 1, 1, False),
        ("my Blorvex Quimby died", 1, 2, True),
        ("ask for Blorvex now", 2, 2, True),
        ("name is, Blorvex", 3, 3, True),
        ("name is not the Blorvex", 4, 4, False),
        ("my J. Blorvex died", 1, 3, False),
    ],
)
def test_a_span_of_things_alone_is_nobody_unless_a_cue_is_near(
    text: str, first: int, last: int, kept: bool
) -> None:
    roles = np.zeros(1 << ROLE_BITS, np.uint8)
    for word, role in (("blorvex", THING), ("ask", CUE), ("name", CUE)):
        roles[int(word_hash(word)) >> (64 - ROLE_BITS)] = role
    told = read([text], roles, 12)
    tags, firsts, lasts = (np.array([value], np.int32) for value in (1, first, last))
    assert names_somebody(tags, firsts, lasts, told.hashes, told.styles, roles).tolist() == [kept]
    assert names_somebody(tags + 1, firsts, lasts, told.hashes, told.styles, roles).tolist() == [
        True
    ]
