"""Training examples of the tagger: token features and a tag for each candidate."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from models.lab.names import things
from models.lab.names.emphasis import shouted, stretched, titled
from models.lab.names.injection import PARTICLES, Writer, recased
from models.lab.names.people import People
from models.lab.names.places import Places
from models.lab.names.sentences import NOT_NAMES, ORDINARY
from models.lab.names.tagger_fitting import IGNORED, Examples
from models.lab.names.teacher_labels import Labelled
from models.names.character_classes import characters
from models.names.tagger import Read, read
from models.names.tagger_network import TAGS
from models.names.token_features import (
    COMMON,
    CUE,
    GIVEN,
    PARTICLE,
    ROLE_BITS,
    SEEN,
    SMALL,
    STREET,
    TITLE,
    UNIT,
    Small,
    word_hash,
)

CUES: Final = (
    "name", "names", "named", "called", "regards", "sincerely", "cheers", "signed", "ask",
    "contact", "mr", "mrs", "ms", "dr",
    "prof", "thx", "aka", "uncle", "aunt", "dear", "truly", "attn",
)  # fmt: skip
STREET_WORDS: Final = (
    "street", "st", "road", "rd", "avenue", "ave", "lane", "drive", "boulevard", "court", "way",
    "square", "rue", "calle",
    "via", "rua", "ulica", "ul", "avenida", "plaza", "piazza", "den", "der", "dem", "la", "le",
    "du", "des", "do", "no", "of",
)  # fmt: skip
STREETS: Final = (
    "street", "st", "str", "road", "rd", "avenue", "ave", "av", "boulevard", "blvd", "lane", "ln",
    "crescent", "terrace",
    "highway", "hwy", "parkway", "pkwy", "mews", "rue", "chemin", "impasse", "quai", "allée",
    "allé", "allee", "route",
    "rang", "montée", "calle", "carrera", "cra", "cl", "diag", "blv", "avenida", "avda", "paseo",
    "camino", "carretera",
    "diagonal", "transversal", "tr", "ronda", "via", "viale", "corso", "vicolo", "piazza",
    "piazzale", "largo", "rua",
    "travessa", "alameda", "praça", "rodovia", "strasse", "straße", "gasse", "platz", "weg", "ufer",
    "straat", "laan",
    "plein", "gracht", "ulica", "ul", "ulitsa", "aleja", "plac", "utca", "trg", "cesta", "gata",
    "gatan", "vägen",
    "veien", "vej", "gade", "sokak", "soka\u011f\u0131", "cadde", "caddesi", "bulvar\u0131",
    "jalan",
    "jl", "marg", "strada", "stradă",
    "aleea", "șoseaua", "soseaua", "intrarea", "calea", "bulevardul", "piața", "splaiul", "perivoj",
)  # fmt: skip
UNITS: Final = (
    "no", "nr", "n", "num", "número", "nº", "suite", "ste", "apt", "apartment", "apto", "ap",
    "flat", "unit", "floor",
    "fl", "room", "rm", "house", "holding", "studio", "building", "bldg", "bl", "bloc", "block",
    "sc", "et", "etaj",
    "scara", "piso", "puerta", "depto", "dept", "bis", "sur", "este", "oeste", "norte", "top",
    "stiege", "door",
    "wohnung", "po", "box", "lot", "level",
)  # fmt: skip
EMPHASIS: Final = ((shouted, 0.2), (titled, 0.12), (stretched, 0.1))
"""Shares of the reviews that are learnt from once more with a part of them in another form."""
OTHERS: Final = 0.13
"""Share of the written sentences that hold no name."""
LEAST_COMMON: Final = 4
LEAST_SEEN: Final = 2


def roles_of(texts: Sequence[str], labelled: Iterable[Labelled], given: Iterable[str]) -> Small:
    """What words are known as, by hash. ``texts``: as many as there are; ``labelled``: what is
    learnt from.

    A word is common that stands in small letters as often as not in reviews; given names in small
    letters are looked at.
    """
    roles = np.zeros(1 << ROLE_BITS, np.uint8)
    small: Counter[int] = Counter()
    large: Counter[int] = Counter()
    for reading in _reads(texts, roles):
        inside = reading.places & 2 == 0
        small.update(reading.hashes[reading.styles == SMALL].tolist())
        large.update(reading.hashes[(reading.styles == TITLE) & inside].tolist())
    common = {
        word
        for word, count in small.items()
        if count >= LEAST_COMMON and count >= 0.25 * large[word]
    }
    seen: Counter[int] = Counter()
    for reading in _reads([one.text for one in labelled], roles):
        seen.update(reading.hashes.tolist())
    known: dict[int, Iterable[int]] = {
        COMMON: common,
        SEEN: {word for word, count in seen.items() if count >= LEAST_SEEN},
        GIVEN: {
            int(word_hash(name)) for name in given if small[int(word_hash(name))] < len(texts) / 50
        },
        CUE: map(int, map(word_hash, CUES)),
        PARTICLE: {int(word_hash(word)) for word in (*STREET_WORDS, *" ".join(PARTICLES).split())},
        STREET: map(folded_hash, STREETS),
        UNIT: map(folded_hash, UNITS),
    }
    for role, words in known.items():
        roles[np.array([word >> (64 - ROLE_BITS) for word in words], np.int64)] |= role
    return roles


def folded_hash(word: str) -> int:
    """A word's hash without accents, as tokens have it."""
    folds = characters().folds
    return int(word_hash("".join(chr(folds[ord(letter)]) for letter in word)))


def _reads(texts: Sequence[str], roles: Small, at_once: int = 1000) -> Iterable[Read]:
    return (
        read(texts[first : first + at_once], roles, 16) for first in range(0, len(texts), at_once)
    )


def written(
    reviews: Sequence[Labelled], sentences: Sequence[str], writer: Writer, per_review: float
) -> list[Labelled]:
    """Sentences among the reviews' own, so many for each review on average."""
    rng = writer.rng
    others = [*NOT_NAMES, *things.SENTENCES]
    made = []
    for _ in range(int(len(reviews) * per_review)):
        pattern = rng.choice(others) if rng.random() < OTHERS else rng.choice(sentences)
        sentence = writer.sentence(pattern)
        if rng.random() < 0.08:
            sentence = recased(sentence, str.lower)
        if rng.random() < 0.12:
            more = writer.sentence(rng.choice(sentences))
            sentence = Labelled(
                f"{sentence.text} {more.text}",
                [
                    *sentence.spans,
                    *(
                        (kind, start + len(sentence.text) + 1, end + len(sentence.text) + 1)
                        for kind, start, end in more.spans
                    ),
                ],
            )
        review = rng.choice(reviews)
        if rng.random() < 0.06:
            review = recased(review, str.lower)
        made.append(writer.among(sentence, review))
    return made


def training_texts(
    reviews: Sequence[Labelled], sentences: Sequence[str], writer: Writer, per_review: float
) -> list[Labelled]:
    """The reviews as they are, with other people in them, and with sentences among them."""
    rng = writer.rng
    others = [
        writer.replaced(review, 0.8, 0.8)
        for review in reviews
        if any(kind in TAGS[1:] for kind, *_ in review.spans)
    ]
    small = [recased(review, str.lower) for review in others if rng.random() < 0.15]
    large = [recased(review, str.upper) for review in others if rng.random() < 0.03]
    emphatic = [
        change(review, rng)
        for review in reviews
        for change, often in EMPHASIS
        if rng.random() < often
    ]
    return [
        *reviews,
        *others,
        *small,
        *large,
        *emphatic,
        *written(reviews, sentences, writer, per_review),
    ]


def examples_of(labelled: Sequence[Labelled], roles: Small, bits: int) -> Examples:
    """A tag for each candidate of the texts."""
    reading = read([one.text for one in labelled], roles, bits)
    tags = np.zeros(len(reading.candidates), np.int8)
    texts = np.searchsorted(reading.cuts, reading.candidates, side="right")
    firsts = np.searchsorted(texts, np.arange(len(labelled) + 1))
    for number, one in enumerate(labelled):
        rows = slice(firsts[number], firsts[number + 1])
        tokens = reading.candidates[rows]
        for kind, start, end in one.spans:
            inside = (reading.starts[tokens] < end) & (reading.stops[tokens] > start)
            tags[rows][inside] = TAGS.index(kind) if kind in TAGS else IGNORED
    return Examples(reading, tags)


def writer(people: People, places: Places, seed: int) -> Writer:
    """A writer of ordinary phrases among names."""
    return Writer(people, places, ORDINARY, random.Random(seed))
