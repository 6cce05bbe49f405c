"""Test texts for masking: real reviews without names, with sentences that contain personal data.

No name, sentence or review of these was trained on. Names are of countries that training left out,
of the parts of other countries' lists that it left out, or of syllables; one that is in any list of
training's, in whatever case and accents, is not used.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import phonenumbers
import regex
from faker import Faker

from bench.masking_sentences import DECOYS, SENTENCES
from models.lab.names.injection import PARTICLES
from models.lab.names.people import People, made_of, people
from models.lab.names.places import places
from models.lab.names.teacher_labels import Span
from models.text.cleaning import clean
from streams.demo.sample import load
from streams.stages.recognizers.given_names import GIVEN_NAMES

TYPES: Final = {
    "P": "PERSON", "S": "LOCATION", "C": "LOCATION", "E": "EMAIL_ADDRESS", "T": "PHONE_NUMBER",
    "K": "CREDIT_CARD",
    "B": "IBAN_CODE",
    "I": "IP_ADDRESS", "N": "US_SSN", "U": "URL",
}  # fmt: skip
SLOT: Final = regex.compile(r"\{([A-Z])\}")
SENTENCE: Final = regex.compile(r".+?[.!?]+(?=\s|$)")
WORD: Final = regex.compile(r"\p{L}[\p{L}'’-]*")
COMMON: Final = 8
"""Times that a word must stand in small letters in the sample to be one that may begin a sentence
here.
"""
SYLLABLES: Final = {
    "georgian": ("ga mo ri vaz sha lo ta na ni ki le va kht zu", "shvili dze ava iani uri"),
    "finnish": ("ai no ky los ti mar ju ha ve pek ka sa lo en ni", "nen la mäki ranta"),
    "hawaiian": ("ka le ha no a lo ke o la ni ma i hu", "kane lani moku nui"),
    "nahuatl": ("xo chi tl ma te cuā ne za hua ix tli", "huitl catl tzin coatl"),
    "malagasy": ("ra ko to an dri na ma hé ry vo la ni ri", "manana soa tiana arivo"),
    "invented": ("bre vo tan dil qua rin mer pho lex ur sti gan", "worth ström escu aga elli"),
}  # fmt: skip
CARDS: Final = (
    ("4", 16),
    ("51", 16),
    ("2221", 16),
    ("37", 15),
    ("6011", 16),
    ("3530", 16),
    ("36", 14),
    ("4", 13),
    ("62", 19),
    ("5018", 16),
)
IBANS: Final = (
    "de_DE",
    "fr_FR",
    "en_GB",
    "es_ES",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "tr_TR",
    "de_AT",
    "pt_PT",
)
REGIONS: Final = ("US", "GB", "DE", "FR", "ES", "IT", "IN", "BR")


@dataclass(frozen=True, slots=True)
class Text:
    """A text, what is in it, and how each person in it is written."""

    text: str = field(repr=False)
    spans: list[Span]
    written: list[str]


def plain(word: str) -> str:
    """Without case and accents."""
    return "".join(
        c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c)
    )


def nameless() -> list[str]:
    """What is left of the demo's reviews when every sentence goes that might hold a name: all but
    the first word of a sentence are in small letters, but for "I" and words in capitals that are
    common, and the first is a common one."""
    reviews = [clean(review.text) for review in load() if not review.planted]
    counts = Counter(word for review in reviews for word in WORD.findall(review))

    def ordinary(word: str, first: bool) -> bool:
        small = word.lower()
        if word == small or word in {"I", "I'm", "I've", "I'll", "I'd"}:
            return True
        return (
            counts[small] >= COMMON
            and counts[small] > counts[small.title()] / 4
            and (first or (word.isupper() and len(word) > 1))
        )

    kept = []
    for review in reviews:
        sentences = [
            sentence
            for sentence in map(str.strip, SENTENCE.findall(review))
            if all(
                ordinary(word, number == 0) for number, word in enumerate(WORD.findall(sentence))
            )
        ]
        if len(sentences) >= 4:
            kept.append(" ".join(sentences))
    return kept


class Unseen:
    """Names and places of the test."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        listed = {
            plain(word)
            for part in ("train", "dev")
            for name in people(part).words()
            for word in WORD.findall(name)
        }
        self._listed = listed | set(GIVEN_NAMES)
        countries = {}
        for country, lists in people("test").countries.items():
            given, surnames = ([name for name in names if self._is_new(name)] for names in lists)
            if given and surnames:
                countries[country] = (given, surnames)
        for culture, (syllables, endings) in SYLLABLES.items():
            made = sorted({made_of(syllables.split(), rng) for _ in range(300)})
            surnames = sorted(
                {
                    name + rng.choice(endings.split())
                    for name in made
                    if " " not in name and "-" not in name
                }
            )
            countries[f"made {culture}"] = tuple(
                [name for name in names if self._is_new(name)] for names in (made, surnames)
            )  # type: ignore[assignment]
        self.people = People(countries)
        found = places("test")
        self.cities = [city for city in found.cities if self._is_new(city)]
        self.streets = [street for street in found.streets if regex.search(r"\d", street)]

    def _is_new(self, name: str) -> bool:
        return not any(plain(word) in self._listed for word in WORD.findall(name))

    def person(self) -> tuple[str, str]:
        """A name, and how it is written."""
        rng = self.rng
        given, surname = self.people.one(rng)
        other = self.people.one(rng)
        forms = [
            (38, "full", f"{given} {surname}"), (14, "given name", given), (6, "surname", surname),
            (4, "initial and surname", f"{given[0]}. {surname}"),
            (3, "two initials", f"{given[0]}. {other[0][0]}. {surname}"),
            (4, "middle initial", f"{given} {other[0][0]}. {surname}"),
            (4, "given name and initial", f"{given} {surname[0]}."),
            (6, "double surname", f"{given} {surname}-{other[1]}"),
            (4, "two given names", f"{given} {other[0]} {surname}"),
            (5, "particle", f"{given} {rng.choice(PARTICLES)} {surname}"),
            (2, "apostrophe", f"{given} O'{surname}"),
            (8, "small letters", f"{given} {surname}".lower()), (2, "small letters", given.lower()),
            (3, "capitals",
            f"{given} {surname}".upper()),
        ]  # fmt: skip
        _, kind, name = rng.choices(forms, [form[0] for form in forms])[0]
        return name, kind

    def value(self, slot: str) -> tuple[str, str]:
        """What stands for a slot, and how a person is written."""
        rng = self.rng
        if slot == "P":
            return self.person()
        if slot == "S":
            return rng.choice(self.streets), ""
        if slot == "C":
            return rng.choice(self.cities), ""
        return VALUES[slot](self), ""


def email(unseen: Unseen) -> str:
    """An address, with dots, digits and a tag as people have them; of five one is spelled out, to
    hide it from machines.
    """
    rng = unseen.rng
    given, surname = (
        regex.sub(r"[^a-z]", "", plain(name)) or "a" for name in unseen.people.one(rng)
    )
    local = rng.choice(
        (
            f"{given}.{surname}",
            f"{given}{rng.randint(1, 99)}",
            f"{given[0]}{surname}",
            f"{given}_{surname}+shop",
            given.upper(),
        )
    )
    host = rng.choice(
        (
            "example.org",
            "example.com",
            "mail.example.net",
            f"{surname}.co.uk",
            f"{surname}-online.de",
            f"{given}.io",
            "post.museum",
        )
    )
    if rng.random() < 0.8:
        return f"{local}@{host}"
    spelled = (
        host.replace(".", rng.choice((" (dot) ", " [dot] ", "."))) if rng.random() < 0.7 else host
    )
    return f"{local}{rng.choice(('(at)', '[at]', ' (at) ', ' [at] '))}{spelled}"


def phone(unseen: Unseen) -> str:
    """A number that its country may give out, in one of the ways to write it."""
    rng = unseen.rng
    while True:  # not every country's example has neighbours that are valid
        region = rng.choice(REGIONS)
        kind = (
            phonenumbers.PhoneNumberType.FIXED_LINE
            if rng.random() < 0.5
            else phonenumbers.PhoneNumberType.MOBILE
        )
        number: Any = phonenumbers.example_number_for_type(region, kind)
        varied = phonenumbers.PhoneNumber(
            number.country_code, number.national_number + rng.randint(0, 9999)
        )
        if phonenumbers.is_valid_number(varied):
            break
    form = rng.choice(
        (
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.E164,
        )
    )
    if region in {"US", "GB", "DE"} and rng.random() < 0.4:
        form = phonenumbers.PhoneNumberFormat.NATIONAL
    return str(phonenumbers.format_number(varied, form))


def card(unseen: Unseen) -> str:
    """A number that passes Luhn's check, in groups or not."""
    rng = unseen.rng
    prefix, length = rng.choice(CARDS)
    digits = prefix + "".join(rng.choices("0123456789", k=length - len(prefix) - 1))
    total = sum(
        sum(divmod(2 * int(d), 10)) if place % 2 == 0 else int(d)
        for place, d in enumerate(reversed(digits))
    )
    digits += str(-total % 10)
    groups = [digits[at : at + 4] for at in range(0, length, 4)]
    return rng.choice((digits, " ".join(groups), "-".join(groups)))


def iban(unseen: Unseen) -> str:
    """An account of one of ten countries, now and then in small letters."""
    rng = unseen.rng
    fake = Faker(rng.choice(IBANS))
    fake.seed_instance(rng.getrandbits(32))
    number = fake.iban() if rng.random() < 0.85 else fake.iban().lower()
    return rng.choice((number, " ".join(number[at : at + 4] for at in range(0, len(number), 4))))


def network_address(unseen: Unseen) -> str:
    """IPv4 or IPv6."""
    rng = unseen.rng
    if rng.random() < 0.7:
        return ".".join(str(rng.randint(1, 254)) for _ in range(4))
    groups = [f"{rng.getrandbits(16):x}" for _ in range(8)]
    return (
        ":".join(groups)
        if rng.random() < 0.6
        else ":".join(groups[:3]) + "::" + ":".join(groups[5:])
    )


def social_security_number(unseen: Unseen) -> str:
    """One that may have been given out; of five one has the dashes that word processors and
    telephones make of hyphens.
    """
    rng = unseen.rng
    dash = "-" if rng.random() < 0.8 else rng.choice("\u2010\u2011\u2013")
    area = rng.choice([n for n in range(100, 900) if n != 666])
    return f"{area}{dash}{rng.randint(10, 99)}{dash}{rng.randint(1000, 9999)}"


def web_address(unseen: Unseen) -> str:
    """With a scheme or www, a path or none."""
    rng = unseen.rng
    word = regex.sub(r"[^a-z]", "", plain(unseen.people.one(rng)[1])) or "site"
    host = f"{word}.{rng.choice(('com', 'org', 'net', 'de', 'co.uk', 'info', 'biz'))}"
    return rng.choice(
        (
            f"https://{host}",
            f"http://www.{host}/reviews/{rng.randint(1, 999)}",
            f"www.{host}",
            f"https://{host}/a?b={rng.randint(1, 99)}#c",
            f"www.{host}/shop",
        )
    )


VALUES: Final = {
    "E": email, "T": phone, "K": card, "B": iban, "I": network_address, "N": social_security_number,
    "U": web_address,
}  # fmt: skip


def texts(seed: int, count: int, reviews: Sequence[str]) -> Iterator[Text]:
    """So many reviews with one to three sentences that hold personal data, at the beginning, the
    end or between, and a decoy.
    """
    rng = random.Random(seed)
    unseen = Unseen(rng)
    patterns = [line.split("|", 1) for line in SENTENCES]
    by_kind = {kind: [pattern for k, pattern in patterns if k == kind] for kind, _ in patterns}
    kinds = [*"PPPPPPPSSC", *"ETKBINU"]
    for _ in range(count):
        prose = [sentence.strip() for sentence in SENTENCE.findall(rng.choice(reviews))][:10]
        filled = [
            _fill(rng.choice(by_kind[rng.choice(kinds)]), unseen) for _ in range(rng.randint(1, 3))
        ]
        pieces = [*(Text(sentence, [], []) for sentence in prose)]
        if rng.random() < 0.5:
            pieces.insert(rng.randint(0, len(pieces)), Text(rng.choice(DECOYS), [], []))
        for one in filled:
            pieces.insert(rng.choice((0, len(pieces), rng.randint(0, len(pieces)))), one)
        yield _joined(pieces)


def _fill(pattern: str, unseen: Unseen) -> Text:
    text, position = "", 0
    spans: list[Span] = []
    written = []
    for match in SLOT.finditer(pattern):
        text += pattern[position : match.start()]
        value, how = unseen.value(match[1])
        spans.append((TYPES[match[1]], len(text), len(text) + len(value)))
        written += [how] if match[1] == "P" else []
        text += value
        position = match.end()
    return Text(text + pattern[position:], spans, written)


def _joined(pieces: Sequence[Text]) -> Text:
    text = ""
    spans: list[Span] = []
    for piece in pieces:
        text += " " if text else ""
        spans += [(kind, start + len(text), end + len(text)) for kind, start, end in piece.spans]
        text += piece.text
    return Text(text, spans, [how for piece in pieces for how in piece.written])
