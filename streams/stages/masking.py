"""Masking personal data: Presidio behind one callable, batch in, batch out.

https://microsoft.github.io/presidio/analyzer/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import regex
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.predefined_recognizers import IpRecognizer, PhoneRecognizer, UsSsnRecognizer

from schemas.text import MaskedText
from streams.stages.recognizers.email import OfflineEmailRecognizer
from streams.stages.recognizers.given_name import GivenNameRecognizer
from streams.stages.recognizers.iban import IbanRecognizer
from streams.stages.recognizers.payment_card import PaymentCardRecognizer
from streams.stages.recognizers.person_cue import PersonCueRecognizer
from streams.stages.recognizers.street_address import StreetAddressRecognizer
from streams.stages.recognizers.web_address import WebAddressRecognizer
from streams.stages.spacy_nlp import LANGUAGE, Tagger, Tokenizer
from streams.stages.windows import GATES, windows

NAMED: Final = ("PERSON", "LOCATION")
TAGGER_SCORE: Final = 0.85
"""What Presidio gives to every entity of a tagger that has no scores of its own."""
UNREAD = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")
"""What the English tagger says of such characters is chance. Latin names in a Chinese text it does find."""
WORD_BEFORE = re.compile(r"[\w'’]+[-‐‑]$")
WORD_AFTER = re.compile(r"^(?:[-‐‑][\w'’]+)+")


class Entity(NamedTuple):
    """A piece of personal data: type, offsets into the cleaned text, confidence from 0 to 1."""

    type: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its ``entities``, which are in order and do not overlap."""

    text: MaskedText = field(repr=False)
    entities: tuple[Entity, ...]


class Masker:
    """Replaces personal data by its type, as in ``<EMAIL_ADDRESS>``. Not for use by two threads at once."""

    def __init__(
        self,
        *,
        entities: Iterable[str],
        level: Literal["patterns", "names"],
        spacy_model: str,
        min_score: float,
        phone_regions: Sequence[str],
    ) -> None:
        """``level`` "patterns" leaves out PERSON and LOCATION. Raises ``ValueError`` naming an entity that nothing finds."""
        wanted = tuple(entities)
        unknown = set(wanted) - GATES.keys()
        if unknown:
            raise ValueError(f"no recognizer for {', '.join(sorted(unknown))}; there are {', '.join(GATES)}")
        named = frozenset(wanted) & frozenset(NAMED) if level == "names" else frozenset[str]()
        self._entities = tuple(entity for entity in wanted if entity not in NAMED or entity in named)
        self._named = named
        self._min_score = min_score
        self._tagger = Tagger(spacy_model) if named else None
        self._given_names = GivenNameRecognizer()
        recognizers = [
            OfflineEmailRecognizer(), PhoneRecognizer(supported_regions=tuple(phone_regions)), PaymentCardRecognizer(),
            IbanRecognizer(), IpRecognizer(), UsSsnRecognizer(), WebAddressRecognizer(), PersonCueRecognizer(),
            StreetAddressRecognizer(),
        ]  # fmt: skip
        registry = RecognizerRegistry(recognizers=recognizers, supported_languages=[LANGUAGE])
        self._analyzer = AnalyzerEngine(registry=registry, nlp_engine=Tokenizer(), supported_languages=[LANGUAGE])

    def __call__(self, texts: Sequence[str]) -> list[Masked]:
        """Each cleaned text, masked."""
        tagged = self._tagger(texts) if self._tagger else [[] for _ in texts]
        return [
            _replace(text, [*self._patterns(text), *self._names(text, spans)]) for text, spans in zip(texts, tagged, strict=True)
        ]

    def _patterns(self, text: str) -> Iterable[Entity]:
        for entity in self._entities:
            for start, end in windows(text, entity):
                found = self._analyzer.analyze(text[start:end], LANGUAGE, entities=[entity], score_threshold=self._min_score)
                for result in found:
                    yield Entity(entity, start + result.start, start + result.end, result.score)

    def _names(self, text: str, spans: Iterable[tuple[str, int, int]]) -> Iterable[Entity]:
        """The tagger's entities, and the given names that it missed.

        A name goes on over hyphens, at which spaCy's tokenizer parts Gonzalez from Lindqvist.
        """
        for kind, start, end in spans:
            if kind in self._named and self._min_score <= TAGGER_SCORE and not UNREAD.search(text, start, end):
                before, after = WORD_BEFORE.search(text, max(0, start - 64), start), WORD_AFTER.match(text[end : end + 64])
                yield Entity(kind, before.start() if before else start, end + after.end() if after else end, TAGGER_SCORE)
        if "PERSON" in self._named:
            for found in self._given_names.analyze(text, ["PERSON"]):
                if found.score >= self._min_score:
                    yield Entity("PERSON", found.start, found.end, found.score)


def _replace(text: str, found: Iterable[Entity]) -> Masked:
    """Of entities that overlap the one with the higher score stays, then the longer; what it leaves uncovered of the others
    goes with it, so that no part of a number or name remains."""
    chosen: list[Entity] = []
    for entity in sorted(set(found)):
        if chosen and entity.start < chosen[-1].end:
            other = chosen.pop()
            better = max(other, entity, key=lambda e: (e.score, e.end - e.start, e.type))
            chosen.append(Entity(better.type, other.start, max(other.end, entity.end), better.score))
        else:
            chosen.append(entity)
    pieces: list[str] = []
    position = 0
    for entity in chosen:
        pieces += text[position : entity.start], f"<{entity.type}>"
        position = entity.end
    pieces.append(text[position:])
    return Masked(MaskedText("".join(pieces)), tuple(chosen))
