"""Entities with a form of their own: Presidio's pattern recognizers and ours, each behind its gate.

What is found is what ``AnalyzerEngine.analyze`` would find in the whole text, entity by entity.
https://microsoft.github.io/presidio/analyzer/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from presidio_analyzer import EntityRecognizer, PatternRecognizer, RecognizerResult

from streams.stages.catalogue import Kind, catalogue
from streams.stages.context import Context
from streams.stages.entity import Entity
from streams.stages.gates import Gates, encode, gate_of
from streams.stages.recognizers import given_name
from streams.stages.spacy_nlp import LANGUAGE, Tokenizer
from streams.stages.windows import around, between


@dataclass(frozen=True, slots=True)
class Search:
    """One entity, as it is looked for."""

    entity: str
    recognizer: EntityRecognizer
    gate: str
    stop: str | None

    @classmethod
    def of(cls, entity: str, kind: Kind) -> Search:
        """How the catalogue says."""
        recognizer = kind.recognizer()
        if kind.gate is not None:
            return cls(entity, recognizer, kind.gate, kind.stop)
        if not isinstance(recognizer, PatternRecognizer):
            raise TypeError(f"no gate for {entity}")
        return cls(entity, recognizer, gate_of(recognizer), kind.stop)


class Patterns:
    """Finds the wanted entities that patterns tell. Not for use by two threads at once."""

    def __init__(self, *, entities: Iterable[str], min_score: float, phone_regions: Sequence[str]) -> None:
        """Raises ``ValueError`` naming an entity that nothing finds."""
        wanted = tuple(entities)
        kinds = catalogue(phone_regions)
        unknown = set(wanted) - kinds.keys()
        if unknown:
            raise ValueError(f"no recognizer for {', '.join(sorted(unknown))}; there are {', '.join(kinds)}")
        self._searches = [Search.of(entity, kind) for entity in dict.fromkeys(wanted) for kind in kinds[entity].every()]
        self._gates = Gates([search.gate for search in self._searches])
        self._given_names = "PERSON" in wanted and min_score <= given_name.SCORE
        self._min_score = min_score
        tokenizer = Tokenizer()
        self._context = Context(tokenizer)
        self._no_artifacts = tokenizer.process_text("", LANGUAGE)  # no recognizer here reads any

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each cleaned text."""
        found: list[list[Entity]] = []
        for text in texts:
            data = encode(text)
            entities = [entity for number in self._gates.passed(data) for entity in self._find(number, text, data)]
            if self._given_names:
                entities += given_name.given_names(text)
            found.append(entities)
        return found

    def _find(self, number: int, text: str, data: bytes) -> Iterator[Entity]:
        search = self._searches[number]
        hits = self._gates.hits(number, text, data)
        results: list[RecognizerResult] = []
        for window in between(text, hits, search.stop) if search.stop else around(text, hits):
            for result in search.recognizer.analyze(text[window.low : window.high], [search.entity], self._no_artifacts):
                result.start += window.low
                result.end += window.low
                if window.start <= result.start and result.end <= window.end:
                    results.append(result)
        if not results:
            return
        results = [result for result in self._context(text, results, search.recognizer) if result.score >= self._min_score]
        for result in EntityRecognizer.remove_duplicates(results) if len(results) > 1 else results:
            yield Entity(search.entity, result.start, result.end, result.score)
