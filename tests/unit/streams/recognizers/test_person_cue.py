"""Names behind a phrase."""

from __future__ import annotations

import pytest

from streams.stages.catalogue import PERSON
from streams.stages.gates import Gates, encode
from streams.stages.recognizers.person_cue import CUES, TITLES, PersonCueRecognizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ask for Maria Gonzalez-Lindqvist at the desk", ["Maria Gonzalez-Lindqvist"]),
        ("Ask For Xiadani Quetzal today", ["Xiadani Quetzal"]),
        ("my name is Ludwig van der Rohe, hello", ["Ludwig van der Rohe"]),
        ("Regards, Ana de Dios", ["Ana de Dios"]),
        ("my neighbour Øystein Ødegård knows", ["Øystein Ødegård"]),
        ("I met Oyelaran J. Adébáyò there", ["Oyelaran J. Adébáyò"]),
        ("Dr. O'Brien-Smith was kind", ["O'Brien-Smith"]),
        ("Regards, Kwabena", ["Kwabena"]),
        ("thanks to Hollywood for this", []),  # one word after a weak phrase
        ("ask for a refund", []),
        ("my friend said so", []),
        ("I drank with my boss", []),
    ],
)
def test_names_behind_phrases(text: str, found: list[str]) -> None:
    results = PersonCueRecognizer().analyze(text, ["PERSON"])
    assert sorted({text[result.start : result.end] for result in results}) == sorted(found)


@pytest.mark.parametrize("cue", [*CUES, *map(str.upper, CUES), *TITLES])
def test_the_gate_lets_every_cue_through(cue: str) -> None:
    gates = Gates([PERSON])
    assert gates.passed(encode(f"so {cue} Jane Roe"))
    assert gates.passed(encode(f"so {cue} Øystein"))
    assert not gates.passed(encode(f"so {cue} the"))
