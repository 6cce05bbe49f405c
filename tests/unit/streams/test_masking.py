"""What is masked, where, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.settings import PrivacySettings
from models.text.cleaning import clean, clean_aligned
from streams.composition import build_masker
from streams.stages.entity import Entity
from streams.stages.masking import Masked, Masker, resolved

PIECES = [
    "jane.roe@example.org", "+1 415 555 0132", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00",
    "203.0.113.7", "536-90-4399",
    "https://example.com/a", "Maria", "👩\u200d🚀", "مرحبا", "e\u0301", "@", ":", "12", "3456",
    "call",
    "Dr. Smith", "221B Baker Street",
]  # fmt: skip
# Half characters, combining marks, letters from right to left, emoji and joiners, white space, what
# is invisible, ampersands.
SURROUNDINGS = st.sampled_from(
    "\ud83d\ude00\U0001f680\U0001f469\u200d\u0301\u0308e\u1112\u1161\u11ab\u0645\u0631\u05d0\u202e\ufeff\u00ad\u00a0\n\x00&;b/"
    "\u0130\u0131\u6f22"
)
texts = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
).map(" ".join)


@pytest.fixture(scope="module")
def patterns() -> Masker:
    return build_masker(PrivacySettings(level="patterns"))


@pytest.fixture(scope="module")
def names() -> Masker:
    return build_masker(PrivacySettings())


def rebuilt(text: str, masked: Masked) -> str:
    pieces: list[str] = []
    position = 0
    for entity in masked.entities:
        pieces += text[position : entity.start], f"<{entity.type}>"
        position = entity.end
    return "".join([*pieces, text[position:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail me at jane.roe.13@example-post.org about it", "mail me at <EMAIL_ADDRESS> about it"),
        ("call +1 415 555 0013 any time", "call <PHONE_NUMBER> any time"),
        ("ring (212) 555-0187 or +44 20 7946 0958.", "ring <PHONE_NUMBER> or <PHONE_NUMBER>."),
        ("my card 4111 1111 1111 1111 was charged", "my card <CREDIT_CARD> was charged"),
        ("2221-0000-0000-0009 and 3530111333300000", "<CREDIT_CARD> and <CREDIT_CARD>"),
        ("no card: 4111 1111 1111 1112", "no card: 4111 1111 1111 1112"),
        (
            "ring me on +39 312 346 3381, it passes Luhn",
            "ring me on <PHONE_NUMBER>, it passes Luhn",
        ),
        ("my card +4111 1111 1111 1111", "my card <CREDIT_CARD>"),
        ("a number, it came from 51.40.117.188", "a number, it came from <IP_ADDRESS>"),
        (
            "the account DE89 3704 0044 0532 0130 00 belongs to me",
            "the account <IBAN_CODE> belongs to me",
        ),
        ("FR1420041010050500013M02606, please", "<IBAN_CODE>, please"),
        ("wrong digits DE88 3704 0044 0532 0130 00 here", None),
        ("my server 203.0.113.7 went down", "my server <IP_ADDRESS> went down"),
        ("SSN 536-90-4399", "SSN <US_SSN>"),
        ("see https://reviews.example.org/u/4711?x=ü#top.", "see <URL>."),
        ("The end.Great. Seen movie.It was", "The end.Great. Seen movie.It was"),
        ("10/10, seen 3 times since 1999-2003", "10/10, seen 3 times since 1999-2003"),
        ("", ""),
    ],
)
def test_patterns(patterns: Masker, text: str, expected: str | None) -> None:
    masked = patterns([text])[0].text
    if expected is not None:
        assert masked == expected
    else:
        assert "<IBAN_CODE>" not in masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("It was good. ask for Maria Gonzalez-Lindqvist at the desk", "Gonzalez-Lindqvist"),
        ("Spoke to Xiadani Quetzalcoatl about a refund.", "Quetzalcoatl"),
        ("Best regards, Ngozi Adichie-Obi", "Adichie-Obi"),
        ("Krzysztof Wiśniewski-Nowak told me so.", "Wiśniewski"),
        ("My name is Xul van der Rohe.", "Rohe"),
        ("Dr. Krzysztof Wiśniewski was kind.", "Wiśniewski"),
        ("Send it to 742 Evergreen Terrace, Springfield.", "742 Evergreen Terrace"),
        ("Wir wohnen in der Hauptstraße 5", "Hauptstraße 5"),
    ],
)
def test_names_and_addresses(names: Masker, text: str, secret: str) -> None:
    masked = names([text])[0]
    assert secret not in masked.text
    assert {entity.type for entity in masked.entities} <= {"PERSON", "LOCATION"}


def test_of_chinese_only_what_is_written_in_latin_letters_can_be_a_name(names: Masker) -> None:
    complaint = (
        "\u623f\u95f4\u5f88\u810f\uff0c\u670d\u52a1\u6001\u5ea6\u592a\u5dee\uff0c"
        "\u518d\u4e5f\u4e0d\u4f1a\u6765\u4e86\u3002"
    )
    [masked, mixed] = names([complaint, f"{complaint} John Smith {complaint}"])
    assert masked.text == complaint
    assert mixed.text == f"{complaint} <PERSON> {complaint}"


def test_the_level_patterns_leaves_names(patterns: Masker) -> None:
    assert patterns(["Dr. Smith of Baker Street"])[0].entities == ()


def test_only_the_chosen_entities_are_masked() -> None:
    masker = build_masker(PrivacySettings(level="patterns", entities=("EMAIL_ADDRESS",)))
    assert masker(["a@example.org 203.0.113.7"])[0].text == "<EMAIL_ADDRESS> 203.0.113.7"


@given(st.permutations(PIECES[:7]))
def test_everything_is_masked_whatever_the_order_of_the_types(
    patterns: Masker, pieces: list[str]
) -> None:
    [masked] = patterns([" and ".join(pieces)])
    assert len(masked.entities) == len(pieces)
    assert not any(piece in masked.text for piece in pieces)


def test_there_may_be_nothing_to_look_for() -> None:
    masker = build_masker(PrivacySettings(level="patterns", entities=("PERSON", "LOCATION")))
    assert masker(["Dr. Smith, a@example.org"])[0].entities == ()


def test_other_entities_are_masked_where_the_settings_name_them() -> None:
    masker = build_masker(PrivacySettings(level="patterns", entities=("MAC_ADDRESS", "ES_NIF")))
    assert masker(["00:1A:2B:3C:4D:5E of 12345678Z"])[0].text == "<MAC_ADDRESS> of <ES_NIF>"


def test_an_entity_that_nothing_finds_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="SHOE_SIZE"):
        build_masker(PrivacySettings(entities=("SHOE_SIZE",)))


@given(texts)
def test_the_entities_tell_exactly_what_was_replaced(patterns: Masker, text: str) -> None:
    masked = patterns([text])[0]
    assert rebuilt(text, masked) == masked.text
    ends = [0, *(entity.end for entity in masked.entities)]
    assert all(
        end <= entity.start < entity.end <= len(text)
        for end, entity in zip(ends, masked.entities, strict=False)
    )


@given(
    st.text(SURROUNDINGS, max_size=12),
    st.text(SURROUNDINGS, max_size=12),
    st.sampled_from(PIECES[:7]),
)
def test_offsets_point_into_the_text_as_given_whatever_stands_around(
    patterns: Masker, before: str, after: str, planted: str
) -> None:
    text = f"{before} {planted} {after}"
    cleaned, alignment = clean_aligned(text)
    [masked] = patterns([cleaned])
    assert masked == patterns([clean(text)])[0]
    assert [alignment.span(e.start, e.end) for e in masked.entities] == [
        (len(before) + 1, len(before) + 1 + len(planted))
    ]
    assert planted not in masked.text


@settings(max_examples=25, deadline=None)
@given(st.lists(texts, max_size=5))
def test_a_batch_is_masked_as_its_texts_are_alone(names: Masker, batch: Sequence[str]) -> None:
    together = names(batch)
    assert [masked.text for masked in together] == [names([text])[0].text for text in batch]
    assert all(
        rebuilt(text, masked) == masked.text for text, masked in zip(batch, together, strict=True)
    )


@pytest.mark.parametrize("filler", ["lovely film ", "a.a.", "1 2 ", "@", "x:", "DE89 "])
def test_something_personal_is_found_anywhere_in_a_long_text(patterns: Masker, filler: str) -> None:
    text = (
        filler * (20_000 // len(filler))
        + " mail jane.roe@example.org now "
        + filler * (20_000 // len(filler))
    )
    assert "jane.roe" not in patterns([text])[0].text


def test_nothing_shows_in_a_repr(patterns: Masker) -> None:
    assert "secret" not in repr(patterns(["a secret for jane@example.org"]))


@pytest.mark.parametrize("order", [1, -1])
def test_every_kind_of_data_is_masked_whichever_comes_first_in_a_text(
    patterns: Masker, order: int
) -> None:
    said = [
        "see www.example.org/shop today",
        "ring +1 415 555 0132 tonight",
        "mail jane@example.org soon",
        "ssn 536-90-4399 here",
    ]
    [masked] = patterns([". ".join(said[::order])])
    kinds = ["URL", "PHONE_NUMBER", "EMAIL_ADDRESS", "US_SSN"]
    assert [entity.type for entity in masked.entities] == kinds[::order]


def test_a_name_that_a_web_address_holds_does_not_change_what_it_is() -> None:
    address, name = Entity("URL", 0, 14, 0.5), Entity("PERSON", 4, 18, 0.9)
    assert resolved([address, name]) == [Entity("URL", 0, 18, 0.5)]


@pytest.mark.parametrize(
    ("found", "left"),
    [
        ([("A", 0, 4, 0.5), ("B", 4, 8, 0.9)], [("A", 0, 4, 0.5), ("B", 4, 8, 0.9)]),
        ([("A", 0, 5, 0.5), ("B", 3, 8, 0.9)], [("B", 0, 8, 0.9)]),
        ([("A", 0, 5, 0.9), ("B", 3, 8, 0.5)], [("A", 0, 8, 0.9)]),
        ([("B", 0, 6, 0.5), ("A", 4, 8, 0.5)], [("B", 0, 8, 0.5)]),
        ([("A", 0, 4, 0.5), ("B", 2, 8, 0.5)], [("B", 0, 8, 0.5)]),
        ([("A", 0, 4, 0.5), ("B", 0, 4, 0.5)], [("B", 0, 4, 0.5)]),
        ([("A", 0, 9, 0.5), ("B", 2, 4, 0.9)], [("B", 0, 9, 0.9)]),
        ([("A", 0, 4, 0.5), ("A", 0, 4, 0.5)], [("A", 0, 4, 0.5)]),
        ([("PERSON", 0, 9, 0.9), ("A", 5, 9, 0.1)], [("A", 0, 9, 0.1)]),
        ([("A", 0, 4, 0.1), ("LOCATION", 2, 9, 0.9)], [("A", 0, 9, 0.1)]),
        (
            [("A", 0, 4, 0.5), ("B", 3, 7, 0.9), ("C", 6, 9, 0.5), ("D", 9, 10, 0.5)],
            [("B", 0, 9, 0.9), ("D", 9, 10, 0.5)],
        ),
    ],
)
def test_of_entities_that_overlap_one_stays_and_covers_them_all(
    found: list[tuple[str, int, int, float]], left: list[tuple[str, int, int, float]]
) -> None:
    assert resolved(Entity(*each) for each in found) == left
    assert resolved(Entity(*each) for each in reversed(found)) == left


def test_of_what_a_tagger_finds_only_wanted_names_that_are_sure_enough_are_masked() -> None:
    def tagger(texts: Sequence[str]) -> list[list[Entity]]:
        return [
            [
                Entity("PERSON", 0, 3, 0.6),
                Entity("PERSON", 4, 7, 0.59),
                Entity("LOCATION", 8, 11, 0.9),
                Entity("EMAIL_ADDRESS", 12, 15, 0.9),
            ]
            for _ in texts
        ]

    for entities, masked in (
        (("PERSON", "URL"), "<PERSON> bbb ccc ddd"),
        (("PERSON", "LOCATION", "EMAIL_ADDRESS"), "<PERSON> bbb <LOCATION> ddd"),
        (("URL",), "aaa bbb ccc ddd"),
    ):
        masker = Masker(entities=entities, min_score=0.6, phone_regions=("US",), tagger=tagger)
        assert [each.text for each in masker(["aaa bbb ccc ddd"] * 2)] == [masked] * 2
    without = Masker(entities=("PERSON", "URL"), min_score=0.6, phone_regions=("US",))
    assert without(["Dr. Smith"])[0].text == "Dr. Smith"


spans = st.builds(
    lambda kind, start, length, score: Entity(kind, start, start + length, score),
    st.sampled_from(["A", "B", "C"]), st.integers(0, 40), st.integers(1, 9),
    st.sampled_from([0.4, 0.9]),
)  # fmt: skip


@given(st.lists(spans, max_size=8))
def test_what_is_found_is_covered_and_nothing_else_in_spans_that_are_in_order_and_do_not_overlap(
    found: list[Entity],
) -> None:
    chosen = resolved(found)
    assert all(one.end <= other.start for one, other in pairwise(chosen))
    covered = {place for entity in chosen for place in range(entity.start, entity.end)}
    assert covered == {place for entity in found for place in range(entity.start, entity.end)}
