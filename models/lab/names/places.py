"""Generator of addresses and cities: Faker's of many countries, in the orders in which people write
their parts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import regex
from faker import Faker

from models.lab.names.people import LATIN, Part, part_of, romanised

COUNTRIES: Final = {
    "train": (
        "en_US", "en_GB", "en_CA", "en_AU", "en_IE", "en_IN", "en_NZ", "de_DE", "de_AT", "de_CH",
        "fr_FR", "fr_CH", "es_ES",
        "es_MX",
        "nl_NL", "nl_BE", "pt_BR", "pt_PT", "pl_PL", "sv_SE", "no_NO", "da_DK", "fi_FI", "cs_CZ",
        "hu_HU", "tr_TR", "ru_RU",
        "en_PH", "id_ID",
        "az_AZ", "sk_SK", "sl_SI",
    ),
    "test": ("en_US", "en_GB", "en_AU", "de_DE", "fr_FR", "es_ES", "ro_RO", "hr_HR", "es_CO",
    "es_AR", "fr_CA",
    "en_BD"),
}  # fmt: skip
"""Not Italy, of which Faker draws other addresses in every process. What is in both is divided by
its longest word's digest.
"""
KINDS: Final = {
    "en": ("{n} {w} Street", "{n} {w} St", "{n} {w} Road", "{n} {w} Rd.", "{n} {w} Avenue",
    "{n} {w} Ave", "{n} {w} Lane",
    "{n} {w} Drive",
           "{n} {w} Boulevard", "{n} {w} Blvd", "{n} {w} Court", "{n} {w} Way", "{n} {w} Close",
           "{n} {w} Crescent",
           "{n} {w} Gardens", "{n} {w} Terrace",
           "{n} {w} Grove", "{n} {w} Mews", "{n} {w} Hill", "{n} {w} Circle", "{n} {w} Trail",
           "{n} {w} Loop", "{n} {w} Park",
           "{n} {w} Row",
           "{n} {w} Square", "{n} {w} Place", "Flat {d}, {n} {w} Road", "Apt {d}, {n} {w} St",
           "{n} North {w} Street",
           "{n} E. {w} Avenue",
           "{n} Old {w} Road", "{n}{l} {w} Street", "{n} {o} Street", "{n} {o} Avenue",
           "the corner of {w} and {w2}",
           "{n} {w} Highway", "{n} Lake {w} Drive", "{n} {w} Street Apt. {d}",
           "{n} {w} Road Suite {n}", "House {d}, {w} Road",
           "Unit {d}, {n} {w} Avenue", "Building No. {d}, {w} Street"),
    "else": ("rue de {w} {n}", "{n} rue {w}", "{n} rue de la {w}", "{n}, rue {w}", "{n} avenue {w}",
    "Calle {w} {n}",
    "Calle de {w}, {n}", "Via {w} {n}",
             "Via {w}, {n}", "Viale {w} {n}", "Piazza {w} {n}", "Rua {w}, {n}", "Rua {w} {n}",
             "Avenida {w} {n}",
             "Avda. {w} {n}", "{w}straße {n}",
             "{w}strasse {n}", "{w}weg {n}", "{w}gasse {n}", "{w}platz {n}", "{w}straat {n}",
             "{w}gatan {n}", "{w}veien {n}",
             "{w}vej {n}", "ul. {w} {n}",
             "ulica {w} {n}", "{w} utca {n}", "{w} Sokak No {n}", "Plaza {w} {n}", "Jalan {w} {n}",
             "Jl. {w} No. {n}",
             "{w} Marg {n}", "Strada {w} {n}", "Strada {w} Nr. {n}", "Calle {w} N° {n}",
             "Avenida {w} # {d}-{n}",
             "Carrera {d} # {n}-{d}",
             "{n}, rue {w} Apt. {d}", "{n} chemin {w} Suite {n}", "{w} {d}/{n}", "trg {w} {d}"),
}  # fmt: skip
GENERIC: Final = regex.compile(
    r"(?i)\b(?:suite|apartment|building|street|avenue|northern|southern|eastern|western)\b"
)


@dataclass(frozen=True)
class Places:
    """Cities, streets' words, and whole addresses as Faker has them."""

    cities: list[str] = field(repr=False)
    streets: list[str] = field(repr=False)

    def city(self, rng: random.Random) -> str:
        """A city."""
        return rng.choice(self.cities)

    def street(self, rng: random.Random, words: list[str]) -> str:
        """A street address: Faker's, or a word in one of the kinds that there are."""
        if rng.random() < 0.4:
            return rng.choice(self.streets)
        kind = rng.choice(KINDS[rng.choice(("en", "en", "else"))])
        number = rng.choice((rng.randint(1, 40), rng.randint(1, 999), rng.randint(100, 9999)))
        ordinal = f"{rng.randint(2, 99)}th"
        return kind.format(
            n=number,
            d=rng.randint(1, 40),
            l=rng.choice("ABC"),
            o=ordinal,
            w=rng.choice(words),
            w2=rng.choice(words),
        )

    def address(self, rng: random.Random, words: list[str]) -> str:
        """A street, or a street and a city, perhaps with a postcode."""
        street, city, code = self.street(rng, words), self.city(rng), rng.randint(10000, 99999)
        forms = (
            street,
            street,
            f"{street}, {city}",
            f"{street}, {code} {city}",
            f"{street}, {city} {code}",
            f"{street} in {city}",
        )
        return rng.choice(forms)


@cache
def places(part: Part) -> Places:
    """The places of a part, the same every time."""
    cities: set[str] = set()
    streets: set[str] = set()
    for number, country in enumerate(COUNTRIES["test" if part == "test" else "train"]):
        fake = Faker(country, use_weighting=False)
        fake.seed_instance(number)
        shared = country in COUNTRIES["train"]
        cities.update(_drawn(part, shared, fake.city, 150))
        streets.update(_drawn(part, shared, fake.street_address, 250))
    return Places(sorted(cities), sorted(streets))


def _drawn(part: Part, shared: bool, draw: Callable[[], str], times: int) -> Iterator[str]:
    for _ in range(times):
        value = romanised_words(" ".join(draw().split()))
        longest = max(regex.findall(r"\p{L}+", GENERIC.sub("", value)), key=len, default="")
        if (
            LATIN.fullmatch(regex.sub(r"[\d.,/()#°º]", "", value))
            and len(longest) > 2
            and (not shared or part_of(longest) == part)
        ):
            yield value


def romanised_words(text: str) -> str:
    """Every word in Latin letters."""
    return " ".join(map(romanised, text.split(" ")))
