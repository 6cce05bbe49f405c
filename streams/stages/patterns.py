"""Entities with a form of their own: Presidio's pattern recognizers and ours, behind gates.

https://microsoft.github.io/presidio/analyzer/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.predefined_recognizers import IpRecognizer, PhoneRecognizer, UsSsnRecognizer

from streams.stages.entity import Entity
from streams.stages.recognizers.email import OfflineEmailRecognizer
from streams.stages.recognizers.given_name import GivenNameRecognizer
from streams.stages.recognizers.iban import IbanRecognizer
from streams.stages.recognizers.payment_card import PaymentCardRecognizer
from streams.stages.recognizers.person_cue import PersonCueRecognizer
from streams.stages.recognizers.street_address import StreetAddressRecognizer
from streams.stages.recognizers.web_address import WebAddressRecognizer
from streams.stages.spacy_nlp import LANGUAGE, Tokenizer
from streams.stages.windows import GATES, windows


class Patterns:
    """Finds the wanted entities that patterns tell. Not for use by two threads at once."""

    def __init__(self, *, entities: Iterable[str], min_score: float, phone_regions: Sequence[str]) -> None:
        """Raises ``ValueError`` naming an entity that nothing finds."""
        self._entities = tuple(entities)
        unknown = set(self._entities) - GATES.keys()
        if unknown:
            raise ValueError(f"no recognizer for {', '.join(sorted(unknown))}; there are {', '.join(GATES)}")
        self._min_score = min_score
        self._given_names = GivenNameRecognizer()
        recognizers = [
            OfflineEmailRecognizer(), PhoneRecognizer(supported_regions=tuple(phone_regions)), PaymentCardRecognizer(),
            IbanRecognizer(), IpRecognizer(), UsSsnRecognizer(), WebAddressRecognizer(), PersonCueRecognizer(),
            StreetAddressRecognizer(),
        ]  # fmt: skip
        registry = RecognizerRegistry(recognizers=recognizers, supported_languages=[LANGUAGE])
        self._analyzer = AnalyzerEngine(registry=registry, nlp_engine=Tokenizer(), supported_languages=[LANGUAGE])

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each cleaned text."""
        return [list(self._find(text)) for text in texts]

    def _find(self, text: str) -> Iterator[Entity]:
        for entity in self._entities:
            for start, end in windows(text, entity):
                found = self._analyzer.analyze(text[start:end], LANGUAGE, entities=[entity], score_threshold=self._min_score)
                for result in found:
                    yield Entity(entity, start + result.start, start + result.end, result.score)
        if "PERSON" in self._entities:
            for result in self._given_names.analyze(text, ["PERSON"]):
                if result.score >= self._min_score:
                    yield Entity("PERSON", result.start, result.end, result.score)
