"""Names behind a phrase."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.person_cue import CUES, PersonCueRecognizer
from streams.stages.windows import GATES


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


@pytest.mark.parametrize("cue", CUES)
def test_the_gate_lets_every_cue_through(cue: str) -> None:
    assert GATES["PERSON"].search(f"so {cue} Jane Roe")
    assert GATES["PERSON"].search(f"so {cue.upper()} Øystein")
