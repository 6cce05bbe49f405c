"""Injection of people and places into texts: as extra sentences, and in place of the names in
them."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from models.lab.names.people import People
from models.lab.names.places import Places
from models.lab.names.teacher_labels import Labelled, Span
from models.lab.names.things import AIRPORTS, THINGS

PARTICLES: Final = (
    "de",
    "de la",
    "del",
    "van",
    "van der",
    "van den",
    "von",
    "da",
    "dos",
    "di",
    "della",
    "el",
    "al",
    "bin",
    "ibn",
    "le",
    "ten",
    "y",
)
BOUNDARY: Final = regex.compile(r"(?<=[.!?)])\s+(?=\p{Lu}|\p{Ll})")
SLOT: Final = regex.compile(r"\{([PLSNOoABb])\}")
AROUND: Final = 240
"""Characters of a review that a sentence is put into, on each side."""


@dataclass(frozen=True)
class Writer:
    """Draws people and places of one part, and writes them as people do."""

    people: People = field(repr=False)
    places: Places = field(repr=False)
    ordinary: Sequence[str] = field(repr=False)
    rng: random.Random = field(repr=False)

    def person(self) -> str:
        """A name: full, a part of it, with initials, particles, a second surname; now and then all
        small or all capitals.
        """
        rng = self.rng
        given, surname = self.people.one(rng)
        other_given, other_surname = self.people.one(rng)
        initial, second = given[0], rng.choice("ABCDEFGHJKLMNPRSTVW")
        forms: list[tuple[float, str]] = [
            (40, f"{given} {surname}"), (24, given), (10, surname), (4, f"{initial}. {surname}"),
            (2, f"{initial} {surname}"),
            (2, f"{initial}. {second}. {surname}"), (1.5, f"{initial}.{second}. {surname}"), (4,
            f"{given} {second}. {surname}"),
            (3, f"{given} {surname[0]}."), (1.5, f"{given} {surname[0]}"),
            (4, f"{given} {surname}-{other_surname}"),
            (2.5, f"{given} {surname} {other_surname}"), (3, f"{given} {other_given} {surname}"),
            (1.5,
            f"{given}-{other_given} {surname}"),
            (5, f"{given} {rng.choice(PARTICLES)} {surname}"), (1, f"{given} O’{surname}"),
            (1, f"{given} O'{surname}"), (0.7, f"{given} Mc{surname}"), (1,
            f"{given} {surname} {rng.choice(('Jr', 'Jr.', 'Sr.', 'III', 'II'))}"),
            (0.7, f"{initial}.{second}."), (0.5, f"{surname} {given}"),
        ]  # fmt: skip
        weights, names = zip(*forms, strict=True)
        name = rng.choices(names, weights)[0]
        if rng.random() < 0.3:
            name = without_accents(name)
        return cased(name, rng.random())

    def city(self) -> str:
        """A city; a fifth of them are called as people are, so that what is around them must
        tell."""
        return (
            self.rng.choice(self.people.one(self.rng))
            if self.rng.random() < 0.2
            else self.places.city(self.rng)
        )

    def slot(self, kind: str) -> str:
        """Fill a slot of a sentence template."""
        rng = self.rng
        words = self.people.countries[rng.choice(sorted(self.people.countries))][1]
        if kind == "P":
            return self.person()
        if kind == "N":
            return str(rng.choice((rng.randint(1, 12), rng.randint(13, 2020))))
        if kind in "OoBb":
            phrase = rng.choice(self.ordinary if kind in "Oo" else THINGS)
            # Companies and months are written in small letters and in capitals as people are.
            return (
                phrase
                if kind in "OB" and rng.random() < 0.85
                else rng.choice((phrase.lower(), phrase.upper()))
            )
        if kind == "A":
            return rng.choice(AIRPORTS)
        place = self.places.address(rng, words) if kind == "S" else self.city()
        if rng.random() < 0.3:
            place = without_accents(place)
        return cased(place, rng.random())

    def sentence(self, pattern: str) -> Labelled:
        """A sentence with its slots filled."""
        text, position = "", 0
        spans: list[Span] = []
        for match in SLOT.finditer(pattern):
            text += pattern[position : match.start()]
            value = self.slot(match[1])
            if match[1] in "PLS":
                spans.append(
                    ("PERSON" if match[1] == "P" else "LOCATION", len(text), len(text) + len(value))
                )
            text += value
            position = match.end()
        text += pattern[position:]
        if self.rng.random() < 0.04 and len(text.upper()) == len(text):
            text = text.upper()
        return Labelled(text, spans)

    def among(self, sentence: Labelled, review: Labelled) -> Labelled:
        """The sentence at the beginning, in the middle or at the end of a part of the review."""
        cuts = [0, *(match.end() for match in BOUNDARY.finditer(review.text)), len(review.text)]
        cuts = [cut for cut in cuts if not any(start < cut < end for _, start, end in review.spans)]
        cut = self.rng.choice(cuts)
        low = min((c for c in cuts if cut - c <= AROUND), default=cut)
        high = max((c for c in cuts if c - cut <= AROUND), default=cut)
        draw = self.rng.random()
        if draw < 0.25:
            low = cut
        elif draw < 0.6:
            high = cut
        before, after = part(review, low, cut), part(review, cut, high)
        return joined(
            [
                before,
                Labelled(" ", [])
                if before.text and not before.text.endswith(" ")
                else Labelled("", []),
                sentence,
                Labelled(" ", []),
                after,
            ]
        )

    def replaced(self, review: Labelled, people: float, places: float) -> Labelled:
        """The review with that share of its people and places replaced by drawn ones, the same by
        the same.
        """
        drawn: dict[tuple[str, str], str] = {}
        pieces: list[Labelled] = []
        position = 0
        for kind, start, end in review.spans:
            pieces.append(part(review, position, start))
            old = review.text[start:end]
            new = old
            if self.rng.random() < {"PERSON": people, "LOCATION": places}.get(kind, 0.0):
                new = drawn.setdefault((kind, old), self.like(kind, old))
            pieces.append(Labelled(new, [(kind, 0, len(new))]))
            position = end
        pieces.append(part(review, position, len(review.text)))
        return joined(pieces)

    def like(self, kind: str, old: str) -> str:
        """A person or place that is written as the old one is, with as many words."""
        if kind == "LOCATION":
            return self.city()
        given, surname = self.people.one(self.rng)
        words = len(old.split())
        name = (
            self.rng.choice((given, surname))
            if words == 1
            else f"{given} {surname}"
            if words == 2
            else self.person()
        )
        return name.upper() if old.isupper() else name


def cased(name: str, draw: float) -> str:
    """All small for an eighth of the draws, all capitals for few, else as it is."""
    if draw < 0.13:
        return name.lower()
    return name.upper() if draw > 0.96 else name


def without_accents(name: str) -> str:
    """As keyboards without them have it."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", name)
        if not unicodedata.combining(letter)
    )


def part(labelled: Labelled, start: int, end: int) -> Labelled:
    """A part of a text, with the spans that are inside."""
    spans = [
        (kind, low - start, high - start)
        for kind, low, high in labelled.spans
        if start <= low and high <= end
    ]
    return Labelled(labelled.text[start:end], spans)


def joined(pieces: Sequence[Labelled]) -> Labelled:
    """Texts one after another."""
    text = ""
    spans: list[Span] = []
    for piece in pieces:
        spans += [(kind, start + len(text), end + len(text)) for kind, start, end in piece.spans]
        text += piece.text
    return Labelled(text, spans)


def recased(labelled: Labelled, change: Callable[[str], str]) -> Labelled:
    """The same in other letters, unless that changes its length."""
    text = change(labelled.text)
    return Labelled(text, labelled.spans) if len(text) == len(labelled.text) else labelled
