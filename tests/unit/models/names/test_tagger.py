"""The shipped tagger: what it finds, what it leaves, and what it promises whatever it is given."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.artifact import artifact
from models.names.character_classes import KNOWN
from models.names.tagger import SHIPPED, NameTagger

VERSION = "9f35b255ede9"
PIECES = [
    "Maria", "maria g.", "J. R. Smith", "de la", "O'Brien's", "ask for", "742 Evergreen Terrace",
    "Paris", ", ",
    "GREAT", "- ", "e\u0301",
    "👩\u200d🚀", "مرحبا", "\ud800", "Łukasz", "the film", "房间", ".", "I",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map(" ".join)


@cache
def tagger() -> NameTagger:
    return NameTagger.load()


def found(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.type) for one in tagger()([text])[0]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Please ask for Maria Gonzalez-Lindqvist at the desk.", "Maria Gonzalez-Lindqvist"),
        ("My name is Xul van der Rohe.", "Xul van der Rohe"),
        ("We were served by J. R. Smith, who was lovely.", "J. R. Smith"),
        ("I talked to Siobhán O'Brien's sister.", "Siobhán O'Brien"),
        ("Dr. Krzysztof Wiśniewski was kind.", "Krzysztof Wiśniewski"),
        ("my friend Priya Raman told me so", "Priya Raman"),
        ("Best regards, Ngozi Adichie-Obi", "Ngozi Adichie-Obi"),
        ("The manager, Nguyen Thi Hoa, apologised.", "Nguyen Thi Hoa"),
        ("thanks to daniel okafor for the ticket", "daniel okafor"),
        ("my name is svetlana petrova and i hated it", "svetlana petrova"),
        ("I will not come back. - maria g.", "maria g."),
        ("CALL THOMAS BECKER IF IT BREAKS", "THOMAS BECKER"),
        ("Kudos to Fatima Al-Rashid!", "Fatima Al-Rashid"),
        ("It was Takahiro who picked it.", "Takahiro"),
    ],
)
def test_people_are_found_however_they_are_written(text: str, name: str) -> None:
    assert (name, "PERSON") in found(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Send it to 742 Evergreen Terrace, please.", "742 Evergreen Terrace"),
        ("My address is 12 Rue Lafayette, 75009 Paris.", "12 Rue Lafayette, 75009 Paris"),
        ("We live at Hauptstraße 5 now.", "Hauptstraße 5"),
        ("We moved to Springfield last year.", "Springfield"),
        ("They shipped it to London.", "London"),
    ],
)
def test_places_are_found_a_whole_address_as_one(text: str, place: str) -> None:
    assert (place, "LOCATION") in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Great acting, bad plot. Nothing else to say.",
        "I loved it! Would watch again.",
        "WORST MOVIE EVER. DO NOT WASTE YOUR MONEY.",
        "Highly Recommended For The Whole Family.",
        "What a mess... Why? Because nobody cared.",
        "On Monday I saw it on DVD, in English.",
        "The Special Effects are amazing and the Music is loud.",
        "It cost 12 dollars and ran for 120 minutes in 1999.",
        "my mom and my dad will love it, so will you",
        "Thanks to everyone at Customer Service, I suppose.",
        "Oscar-worthy? Hardly. Boring, Slow, Predictable.",
        "goooood phone",
        "goooood phone, Champagne was served",
        "It STOPPED CHARGING after a week.",
        "STOPPED CHARGING after a week",
        "My Keurig died after a week.",
        "My Kindle died after a week.",
        "Thanks Carhartt!",
        "I love the Samsung Galaxy Note.",
        "Fast Charging and Battery Life are great.",
        "Not Verified | Flew with Lufthansa in March, food was cold.",
        "The Salmon was dry, the Champagne was warm, the noodles were fine.",
        "",
        " ",
    ],
)
def test_ordinary_words_are_left(text: str) -> None:
    assert found(text) == []


@settings(deadline=None)
@given(texts)
def test_spans_are_in_order_within_the_text_and_end_where_words_do(text: str) -> None:
    position = 0
    for one in tagger()([text])[0]:
        assert position <= one.start < one.end <= len(text)
        assert one.type in {"PERSON", "LOCATION"}
        assert 0 < one.score <= 1
        assert not text[one.start].isspace()
        assert not text[one.end - 1].isspace()
        before = text[max(0, one.start - 1) : one.start]
        assert not (
            before.isalpha()
            and ord(before) < KNOWN
            and text[one.start].isalpha()
            and text[one.start].isascii()
        )
        position = one.end


@settings(deadline=None)
@given(st.lists(texts, max_size=6))
def test_a_text_is_judged_alike_in_whatever_company(batch: Sequence[str]) -> None:
    assert tagger()(batch) == [tagger()([text])[0] for text in batch]


def test_no_texts_give_nothing() -> None:
    assert tagger()([]) == []


def test_chinese_is_not_read_but_names_in_latin_letters_among_it_are() -> None:
    complaint = "\u623f\u95f4\u5f88\u810f\uff0c\u518d\u4e5f\u4e0d\u4f1a\u6765\u4e86\u3002"
    assert found(complaint) == []
    assert found(f"{complaint} John Smith {complaint}") == [("John Smith", "PERSON")]


def test_the_model_is_the_one_that_was_shipped_and_small() -> None:
    assert artifact.load(SHIPPED).version == tagger().version == VERSION
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 4_000_000


def test_no_text_shows_in_a_repr() -> None:
    assert len(repr(tagger())) < 300
