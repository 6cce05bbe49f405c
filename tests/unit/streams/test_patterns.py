"""Behind the gates exactly that is found which Presidio's analyzer would find with the same
recognizers in whole folded texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

from infra.settings import PrivacySettings
from models.text.cleaning import clean
from streams.demo.sample import load
from streams.stages.catalogue import OPT_IN, catalogue
from streams.stages.entity import Entity
from streams.stages.folding import fold
from streams.stages.patterns import Patterns
from streams.stages.recognizers.given_name import given_names
from streams.stages.spacy_nlp import LANGUAGE, Tokenizer

PRIVACY = PrivacySettings()
EXAMPLES = {
    "EMAIL_ADDRESS": [
        "jane.roe@example.org", "a_b+c@mail.example.co.uk", "jane (at) example (dot) org",
        "mail jane at example dot org",
        "jane.roe@example.com.Thanks", "jane[.]roe%40example[.]com", "jane@example.notatld",
        "jane.roe@corp", "jane @ gmail.com",
        "\u7528\u6237@\u4f8b\u5b50.\u516c\u53f8",
    ],
    "PHONE_NUMBER": [
        "call +1 415 555 0132", "(212) 555-0187", "phone 030 901820 ext. 12", "+49 (0)30 901820",
        "+44 7700 900123",
        "phone 555-123-4567", "212_555_0187",
    ],
    "CREDIT_CARD": [
        "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "4111.1111.1111.1111",
        "4111 / 1111 / 1111 / 1111",
    ],
    "IBAN_CODE": ["DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819",
    "DE89_3704_0044_0532_0130_00"],
    "IP_ADDRESS": [
        "203.0.113.7", "my ip is 10.0.0.1/24", "2001:db8:85a3::8a2e:370:7334", "1:2:3:4:5:6:7:8",
        "IP:2001:db8::8a2e:",
        "203[.]0[.]113[.]7",
    ],
    "US_SSN": [
        "536-90-4399", "social security 536904399", "ssn: 53690-4399", "219 09 8765",
        "536\u201390\u20114399", "536/90/4399",
    ],
    "URL": ["https://reviews.example.org/u/4711?x=\u00fc#top.", "'www.example.biz'",
    "website example.com", "end.It", "The.End"],
    "PERSON": ["ask for Maria Gonzalez-Lindqvist", "Dr. Smith", "my friend, Xul van der Rohe",
    "I met Jane Q. Roe", "met Mr Roe"],
    "LOCATION": ["221B Baker Street", "742 N. Evergreen Terrace,", "Hauptstra\u00dfe 5",
    "Am Lindenweg 17a"],
    "MAC_ADDRESS": ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "0012.3456.789a"],
    "CRYPTO": [
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0x52908400098527886E0F7030069857D2E4169EE7",
    ],
    "US_PASSPORT": ["passport 912803456", "passport A12345678"],
    "US_DRIVER_LICENSE": ["driver license D1234567"],
    "US_ITIN": ["itin 912-70-1234"],
    "US_MBI": ["1EG4-TE5-MK73"],
    "UK_NHS": ["943 476 5919"],
    "UK_NINO": ["AB 12 34 56 C"],
    "UK_PASSPORT": ["passport AB1234567"],
    "UK_DRIVING_LICENCE": ["MORGA657054SM9IJ"],
    "DE_ID_CARD": ["L01X00T44"],
    "DE_PASSPORT": ["C01X00T41"],
    "DE_TAX_ID": ["86095742719"],
    "DE_SOCIAL_SECURITY": ["15070649C103"],
    "ES_NIF": ["12345678Z"],
    "ES_NIE": ["X1234567L"],
    "ES_PASSPORT": ["pasaporte AAA123456"],
    "IT_FISCAL_CODE": ["RSSMRA85T10A562S"],
    "IT_IDENTITY_CARD": ["carta CA12345AA"],
    "IT_PASSPORT": ["passaporto AA1234567"],
    "IT_DRIVER_LICENSE": ["patente AA1234567A"],
    "IN_PAN": ["ABCPE1234F"],
    "IN_AADHAAR": ["2345 6789 0124"],
    "IN_PASSPORT": ["passport A2096457"],
    "IN_VOTER": ["KSD1287349"],
    "AU_TFN": ["876 543 210"],
    "AU_MEDICARE": ["2123 45670 1"],
    "SG_NRIC_FIN": ["S2740116C"],
    "PL_PESEL": ["44051401359"],
    "FI_PERSONAL_IDENTITY_CODE": ["131052-308T"],
    "KR_RRN": ["960121-1234567"],
    "KR_PASSPORT": ["Korean passport M12345678"],
    "TR_NATIONAL_ID": ["10000000146"],
    "TH_TNIN": ["1234567890121"],
    "ZA_ID_NUMBER": ["8001015009087"],
}  # fmt: skip
REVIEWS = [clean(review.text) for review in load()[:300]]
CONTEXT = [
    "order number",
    "ISBN",
    "version",
    "call",
    "number",
    "the the of and is to a in",
    "note:the",
    "10:30",
    "ip",
    "be",
    "card:",
    "ssn",
    "  ",
    "url",
    "cannot",
]
STRANGE = [
    "\u0130", "\u0131", "\u017f", "\u212a", "\u00e9", "e\u0301", "\u00a0", "\u2003", "\n", "\u0663",
    "\U00010d41", "\U0001f680",
    "\u0645\u0631\u062d", "\ud800", "\uff20", "\uff0e", "\u2013", "\u00b7", "\u8c22\u8c22",
    "\uff11",
    "x", "1", "0", ".", ":", "-", "@", "/", "(", "'", '"', "+", ",", " ", "Z",
]  # fmt: skip


@st.composite
def texts(draw: st.DrawFn, entities: Sequence[str]) -> str:
    """A piece of a review with personal data and context words put between its words, and some
    characters replaced.
    """
    review = draw(st.sampled_from(REVIEWS))
    start = draw(st.integers(0, max(0, len(review) - 200)))
    words = review[start : start + draw(st.integers(0, 400))].split(" ")
    examples = [example for entity in entities for example in EXAMPLES[entity]]
    for _ in range(draw(st.integers(1, 5))):
        words.insert(
            draw(st.integers(0, len(words))),
            draw(st.sampled_from(examples) | st.sampled_from(CONTEXT)),
        )
    characters = list(" ".join(words))
    for _ in range(draw(st.integers(0, 6))):
        position = draw(st.integers(0, len(characters)))
        removed = draw(st.integers(0, 2))
        characters[position : position + removed] = draw(st.sampled_from(["", *STRANGE]))
    return "".join(characters)


def whole_texts(entities: Sequence[str]) -> Callable[[str], list[Entity]]:
    """The analyzer with the recognizers that the gates guard."""
    kinds = catalogue(PRIVACY.phone_regions)
    recognizers = [kind.recognizer() for entity in entities for kind in kinds[entity].every()]
    for recognizer in recognizers:
        recognizer.supported_language = LANGUAGE
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=[LANGUAGE])
    tokenizer = Tokenizer()
    engine = AnalyzerEngine(registry=registry, nlp_engine=tokenizer, supported_languages=[LANGUAGE])

    def find(text: str) -> list[Entity]:
        text = fold(text)
        artifacts = tokenizer.process_text(
            text.encode("utf16", "surrogatepass").decode("utf16", "replace"), LANGUAGE
        )
        return [
            Entity(entity, result.start, result.end, result.score)
            for entity in entities
            for result in engine.analyze(
                text,
                LANGUAGE,
                entities=[entity],
                score_threshold=PRIVACY.min_score,
                nlp_artifacts=artifacts,
            )
        ] + (given_names(text) if "PERSON" in entities else [])

    return find


def gated(entities: Sequence[str]) -> Patterns:
    return Patterns(
        entities=entities, min_score=PRIVACY.min_score, phone_regions=PRIVACY.phone_regions
    )


DEFAULT = PRIVACY.entities
BEHIND_GATES = {"default": gated(DEFAULT), "opt-in": gated(list(OPT_IN))}
IN_WHOLE_TEXTS = {"default": whole_texts(DEFAULT), "opt-in": whole_texts(list(OPT_IN))}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts(DEFAULT))
def test_gates_and_windows_change_nothing_for_the_usual_entities(text: str) -> None:
    assert sorted(BEHIND_GATES["default"]([text])[0]) == sorted(IN_WHOLE_TEXTS["default"](text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts(list(OPT_IN)))
def test_gates_and_windows_change_nothing_for_the_others(text: str) -> None:
    assert sorted(BEHIND_GATES["opt-in"]([text])[0]) == sorted(IN_WHOLE_TEXTS["opt-in"](text))


def test_there_is_an_example_of_every_entity() -> None:
    assert list(EXAMPLES) == list(catalogue(()))


@pytest.mark.parametrize(
    ("entity", "example"),
    [(entity, example) for entity in EXAMPLES for example in EXAMPLES[entity]],
)
def test_every_entity_is_found_in_a_review(entity: str, example: str) -> None:
    text = f"{REVIEWS[0]} \u2014 {example} \u2014 {REVIEWS[1]}"
    found = [
        each
        for each in BEHIND_GATES["opt-in" if entity in OPT_IN else "default"]([text])[0]
        if each.type == entity
    ]
    if example in {"end.It", "The.End"}:
        assert found == []
    else:
        at = len(REVIEWS[0]) + 3
        assert any(at <= each.start < each.end <= at + len(example) for each in found), found


@pytest.mark.parametrize(
    "text", ["I saw it at example dot com", "bought it at example.org", "we met (at) home.Great"]
)
def test_a_place_that_somebody_is_at_is_no_address(text: str) -> None:
    assert not [
        entity for entity in BEHIND_GATES["default"]([text])[0] if entity.type == "EMAIL_ADDRESS"
    ]


@pytest.mark.parametrize(
    ("before", "score"),
    [
        ("my phone is", 0.75),
        ("my cellphone, of all the things that there are, is", 0.75),
        ("mobile: red green blue brown pink", 0.4),  # five words in between that count
        ("mobile: red green blue brown", 0.75),
        ("it is", 0.4),
        ("phone the the the the the the", 0.75),
        (
            "the:1 phone the the the the the the",
            0.4,
        ),  # a stop word that is part of another word does count
        (f"phone {'the of and ' * 400}", 0.75),  # stop words do not count, however many
    ],
)
def test_context_words_before_raise_a_score(before: str, score: float) -> None:
    text = f"{before} +1 415 555 0132"
    assert [
        entity.score
        for entity in BEHIND_GATES["default"]([text])[0]
        if entity.type == "PHONE_NUMBER"
    ] == [score]


@pytest.mark.parametrize(
    "text",
    [
        "abc2125550187",
        "$2125550187",
        "2012-01-02 08:00 2012-01-02 08",
        "2125550187%",
        "b\u03012125550187",
    ],
)
def test_what_stands_beside_a_window_is_seen(text: str) -> None:
    assert BEHIND_GATES["default"]([text])[0] == IN_WHOLE_TEXTS["default"](text) == []


def test_nothing_is_lost_where_a_window_had_to_be_cut() -> None:
    text = "1 2 3 4 " * 800 + "x 536-90-4399 x" + " 5 6 7 8" * 800
    assert [
        text[e.start : e.end] for e in BEHIND_GATES["default"]([text])[0] if e.type == "US_SSN"
    ] == ["536-90-4399"]


@given(st.lists(st.sampled_from(REVIEWS), max_size=4))
def test_a_text_is_searched_alike_alone_and_among_others(batch: list[str]) -> None:
    patterns = BEHIND_GATES["default"]
    assert patterns(batch) == [patterns([text])[0] for text in batch]
    assert all(
        a.start <= b.start
        for found in patterns(batch)
        for a, b in pairwise(sorted(found, key=lambda e: e.start))
    )
