"""Full names outside English and Chinese: which are masked, and which texts the tagger reads."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest

from infra.settings import PrivacySettings
from models.names.full_names import LONGEST_BETWEEN
from models.names.full_names import MOST_BETWEEN as MOST_OF_TAGGER
from streams.composition import build_masker
from streams.stages.entity import Entity
from streams.stages.masking import (
    BETWEEN,
    MOST_BETWEEN,
    Masker,
    _full_names,
    full_name,
    may_hold_full_name,
)
from streams.stages.names import Names


@pytest.mark.parametrize(
    ("language", "text", "masked"),
    [
        ("es", "El hotel estaba limpio pero el personal fue muy grosero.", None),
        ("de", "Das Essen war hervorragend, wir kommen gerne wieder.", None),
        ("fr", "La livraison est arrivée mardi dans un carton.", None),
        ("ar", "الطعام لذيذ جدا والخدمة ممتازة", None),
        ("nl", "Mijn vraag werd door Andrew Ng goed beantwoord.", "Andrew Ng"),
        ("es", "Hablé con María González por la tarde.", "María González"),
        ("nl", "Ik werd geholpen door Jan van der Berg in de winkel.", "Jan van der Berg"),
        ("fr", "La vendeuse Solène de Kergolay était charmante.", "Solène de Kergolay"),
        ("pt", "A gerente Ivete dos Prazeres foi simpática.", "Ivete dos Prazeres"),
        ("it", "Il servizio della sala era lento e la pizza fredda.", None),
        ("de", "Leider ist das Konzept der Direktvermarktung nicht stimmig.", None),
        ("de", "Mich stört das Verhältnis von Preis und Leistung.", None),
        ("pt", "O quarto da Frente e o café da manhã eram bons.", None),
        ("nl", "De kamer aan de voorkant van het hotel was erg klein.", None),
    ],
)
def test_names_in_languages_that_the_tagger_does_not_know_are_masked_and_little_else(
    language: str, text: str, masked: str | None
) -> None:
    expected = text.replace(masked, "<PERSON>") if masked else text
    [found] = build_masker(PrivacySettings())([text], [language])
    assert found.text == expected


WORDS = [
    "Jan", "van", "der", "de", "Berg", "l'Ivete", "ÉMILE", "\u01c5o", "Ⅳ", "Ⓐb", "Łukasz,",
    "film", "\u6f22Jan", ".", "!", "“", ":", "İnci", "\u0131", "\ud83d",
]  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "de"])
def test_a_text_that_is_not_tagged_holds_no_full_name(language: str) -> None:
    rng, names = random.Random(7), 0
    for _ in range(5_000):
        space = rng.choice([" ", " ", "\u3000", "\x1c", "\x85", "  ", ""])
        text = space.join(rng.choices(WORDS, k=rng.randint(2, 9)))
        start = rng.randint(0, len(text))
        entity = Entity("PERSON", start, rng.randint(start, len(text)), 0.9)
        if full_name(text, entity, language) is not None:
            names += 1
            assert may_hold_full_name(text), text
    assert names > 20


def test_every_capital_letter_and_every_space_may_be_of_a_full_name() -> None:
    for letter in map(chr, range(sys.maxunicode + 1)):
        if letter.isupper():
            assert may_hold_full_name(f"a {letter} {letter}"), hex(ord(letter))
        if letter.isspace():
            assert may_hold_full_name(f"a{letter}Jan{letter}de{letter}Berg"), hex(ord(letter))


def test_the_tagger_reads_only_the_texts_in_which_it_could_mask_a_name() -> None:
    read: list[str] = []

    def tagger(texts: Sequence[str]) -> list[list[Entity]]:
        read.extend(texts)
        return [[Entity("PERSON", 4, len(text), 0.9)] for text in texts]

    masker = Masker(entities=("PERSON",), min_score=0.6, phone_regions=("US",), tagger=tagger)
    texts = ["ook jan berg", "ook Jan de Berg", "ook jan berg", "ook 漢", "Mooi. Jan Berg"]
    found = masker(texts, ["nl", "nl", "en", "zh", "nl"])
    assert sorted(read) == sorted(texts[1:4])
    assert [masked.text for masked in found] == [
        "ook jan berg", "ook <PERSON>", "ook <PERSON>", "ook <PERSON>", "Mooi. Jan Berg",
    ]  # fmt: skip
    assert masker(texts[:1], ["nl"])[0].text == "ook jan berg"
    assert sorted(read) == sorted(texts[1:4])


STREET = ["Calle", "Straße", "12", "4-8", "#", ",", "/", "Suite", "Nr.", "I", "A."]


def test_full_names_are_the_same_where_the_tagger_is_read_for_them_alone() -> None:
    rng, every = random.Random(11), Names()
    alone = replace(every, full_names=True)
    plain = "el y la the room was kamer sehr grosero Zimmer personal".split()  # noqa: SIM905
    texts = [
        " ".join(rng.choices([*WORDS[:-1], *STREET, *3 * plain, "María", "González"], k=size))
        for size in rng.choices(range(2, 40), k=2_000)
    ]
    names = 0
    for text, all_found, found in zip(texts, every(texts), alone(texts), strict=True):
        for language in ("es", "de"):
            expected = list(_full_names(text, all_found, language))
            assert list(_full_names(text, found, language)) == expected, text
            names += len(expected)
    assert names > 100


def test_the_tagger_knows_how_long_and_how_many_particles_are() -> None:
    assert MOST_OF_TAGGER >= MOST_BETWEEN
    assert max(map(len, BETWEEN)) <= LONGEST_BETWEEN


def test_particles_in_a_row_are_few_in_a_full_name() -> None:
    text = "Ik zag Jan " + "de " * 30 + "Berg en Solène de la Tour"
    names = [(text.index(name), name) for name in ("Jan", "Solène")]
    cut = [full_name(text, Entity("PERSON", at, len(text), 0.9), "fr") for at, _ in names]
    assert cut == [None, Entity("PERSON", names[1][0], len(text), 0.9)]
