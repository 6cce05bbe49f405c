"""Names told by the given name."""

from __future__ import annotations

import pytest

from streams.stages.recognizers.given_name import given_names
from streams.stages.recognizers.given_names import GIVEN_NAMES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("then Krzysztof Wiśniewski came", ["Krzysztof Wiśniewski"]),
        ("Oluwaseun Adébáyò-Cole's seat", ["Oluwaseun Adébáyò-Cole"]),
        ("José and Jürgen", ["José", "Jürgen"]),
        ("Ana-Lucía de la Cruz told me", ["Ana-Lucía de la Cruz"]),
        ("Thomas J. O'Hara left", ["Thomas J. O'Hara"]),
        ("PRIYANKA SHARMA WAS RUDE", ["PRIYANKA SHARMA"]),
        ("Maria. The film", ["Maria"]),
        ("Maria The film", ["Maria"]),  # a stop word is no surname
        ("maria in lower case", []),
        ("Mariachi bands", []),
        ("XMaria", []),
        ("Will Hope and Grace go to Paris", []),
    ],
)
def test_given_names(text: str, found: list[str]) -> None:
    assert [text[entity.start : entity.end] for entity in given_names(text)] == found
    mark = "\N{SNOWMAN} "
    assert [
        (mark + text)[entity.start : entity.end] for entity in given_names(mark + text)
    ] == found


def test_the_list_is_in_the_form_it_is_looked_up_in() -> None:
    assert all(
        name.isascii() and name.islower() and name.isalpha() and len(name) > 2
        for name in GIVEN_NAMES
    )
