"""Pattern entities: Presidio's recognizers and ours, each behind its gate.

What is found is what ``AnalyzerEngine.analyze`` would find in the whole folded text, entity by
entity; past the text's ``Budget``, whole windows, which hold all of it.
https://microsoft.github.io/presidio/analyzer/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from presidio_analyzer import EntityRecognizer, PatternRecognizer, RecognizerResult

from streams.stages.budget import RESULT, Budget
from streams.stages.catalogue import Kind, catalogue
from streams.stages.context import Context, TextContext
from streams.stages.entity import Entity
from streams.stages.folding import fold
from streams.stages.gates import Gates, encode, gate_of
from streams.stages.recognizers import given_name
from streams.stages.spacy_nlp import LANGUAGE, Tokenizer
from streams.stages.windows import Window, around, between


@dataclass(frozen=True, slots=True)
class Search:
    """One entity, as it is looked for."""

    entity: str
    recognizer: EntityRecognizer
    gate: str
    stop: str | None
    before: int
    work: float

    @classmethod
    def of(cls, entity: str, kind: Kind) -> Search:
        """Build the search of a catalogue entry."""
        recognizer = kind.recognizer()
        if kind.gate is not None:
            return cls(entity, recognizer, kind.gate, kind.stop, kind.before, kind.work)
        if not isinstance(recognizer, PatternRecognizer):
            raise TypeError(f"no gate for {entity}")
        return cls(entity, recognizer, gate_of(recognizer), kind.stop, kind.before, kind.work)

    def windows(
        self, text: str, hits: Iterable[tuple[int, int]], budget: Budget
    ) -> Iterator[Window]:
        """Windows of a text that the recognizer reads."""
        return (
            between(text, hits, self.stop, lambda: budget.spent, self.before)
            if self.stop
            else around(text, hits)
        )


class Patterns:
    """Finds the wanted entities that patterns tell. Not for use by two threads at once."""

    def __init__(
        self, *, entities: Iterable[str], min_score: float, phone_regions: Sequence[str]
    ) -> None:
        """Raises ``ValueError`` naming an entity that nothing finds."""
        wanted = tuple(entities)
        kinds = catalogue(phone_regions)
        unknown = set(wanted) - kinds.keys()
        if unknown:
            raise ValueError(
                f"no recognizer for {', '.join(sorted(unknown))}; there are {', '.join(kinds)}"
            )
        self._searches = [
            Search.of(entity, kind)
            for entity in dict.fromkeys(wanted)
            for kind in kinds[entity].every()
        ]
        self._gates = Gates([search.gate for search in self._searches])
        self._given_names = "PERSON" in wanted and min_score <= given_name.SCORE
        self._min_score = min_score
        tokenizer = Tokenizer()
        self._context = Context(tokenizer)
        self._no_artifacts = tokenizer.process_text("", LANGUAGE)  # no recognizer here reads any

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each cleaned text."""
        found: list[list[Entity]] = []
        for text in map(fold, texts):
            data = encode(text)
            passed = self._gates.passed(data)
            entities = self._found(passed, text, data) if passed else []
            if self._given_names:
                entities += given_name.given_names(text)
            found.append(entities)
        return found

    def _found(self, passed: Iterable[int], text: str, data: bytes) -> list[Entity]:
        """What those find whose gates a text passes: the cheapest first, so that the others spend
        what is left.
        """
        budget = Budget()
        context = self._context.of(text, budget)
        numbers = sorted(passed, key=lambda number: self._searches[number].work)
        return [
            entity
            for number in numbers
            for entity in self._find(number, text, data, context, budget)
        ]

    def _find(
        self, number: int, text: str, data: bytes, context: TextContext, budget: Budget
    ) -> list[Entity]:
        search = self._searches[number]
        results: list[RecognizerResult] = []
        whole: list[Entity] = []
        for window in search.windows(text, self._gates.hits(number, text, data), budget):
            if budget.spent:
                whole.append(Entity(search.entity, window.start, window.end, self._min_score))
                continue
            seen = search.recognizer.analyze(
                text[window.low : window.high], [search.entity], self._no_artifacts
            )
            budget.charge(search.work * (window.high - window.start) + RESULT * len(seen))
            for result in seen:
                result.start += window.low
                result.end += window.low
                if window.start <= result.start and result.end <= window.end:
                    results.append(result)
        if not results:
            return whole
        results = [
            result
            for result in context(results, search.recognizer)
            if result.score >= self._min_score
        ]
        return [Entity(search.entity, *one) for one in without_contained(results)] + whole


def without_contained(results: Iterable[RecognizerResult]) -> Iterator[tuple[int, int, float]]:
    """Start, end and score of each result that no other contains with at least its score, in order:
    what Presidio's ``remove_duplicates`` leaves of one entity. One sweep: of those that begin
    earlier only the farthest end counts, by score."""
    farthest: dict[float, int] = {}
    for start, end, score in sorted(
        {(result.start, result.end, result.score) for result in results},
        key=lambda one: (one[0], -one[1], -one[2]),
    ):
        if score and not any(
            reached >= end and least >= score for least, reached in farthest.items()
        ):
            farthest[score] = max(end, farthest.get(score, end))
            yield start, end, score
