"""Addresses are found as long as they are, by the shipped tagger."""

from __future__ import annotations

from functools import cache

import pytest

from models.names.tagger import NameTagger


@cache
def tagger() -> NameTagger:
    return NameTagger.load()


def places(text: str) -> list[str]:
    return [text[one.start : one.end] for one in tagger()([text])[0] if one.type == "LOCATION"]


@pytest.mark.parametrize(
    "address",
    [
        "12 Baker Street",
        "12 Baker Street, Apt. 4",
        "4207 rue Bernard",
        "96, rue Jean Meunier",
        "10066 rue Jean Suite 403",
        "Strada Mihaela Manole Nr. 579",
        "Strada Ionescu Nr. 90 Bl. 40 Sc. 16 Ap. 202",
        "Calle Moreno # 54-8",
        "Avenida Belgrano N° 52",
        "Apartment 8, Building No. 28, Lindale Avenue",
        "221b Baker Street",
    ],
)
@pytest.mark.parametrize(
    "around", ["My address is {}.", "Send it to {} please", "They live at {}, next to the bakery"]
)
def test_nothing_of_an_address_is_left(address: str, around: str) -> None:
    assert any(address in place for place in places(around.format(address)))


@pytest.mark.parametrize(
    "text", ["We spent 5 days in Boston, 3 of them ill.", "London was great. 5 stars."]
)
def test_numbers_beside_a_city_are_no_address(text: str) -> None:
    assert not any(character.isdigit() for place in places(text) for character in place)
