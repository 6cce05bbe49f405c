"""Context words: Presidio's enhancer, given only the tokens that it reads.

It raises the score of a result by words that stand before it ("call", "ssn"). Of a text it looks at the five nearest words that
are neither stop words nor punctuation: a few tokens are enough, and often it is plain without any that there is no such word.
"""

from __future__ import annotations

from typing import Final

import regex
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts
from spacy.lang.en import English
from spacy.lang.en.stop_words import STOP_WORDS

from streams.stages.spacy_nlp import LANGUAGE, Tokenizer
from streams.stages.windows import LARGEST

BEFORE = regex.compile(r"(?r)\S+")
BEHIND = regex.compile(r"\S+")
SURROGATE = regex.compile(r"[\ud800-\udfff]")
"""Half a character, which spaCy cannot read."""
AROUND_WORDS: Final = ".,;:!?\"'()"
EXCEPTIONS: Final = frozenset(word.lower() for word in English.Defaults.tokenizer_exceptions)
"""What the tokenizer parts though it is a word ("cannot")."""


class Context:
    """Raises scores as ``AnalyzerEngine.analyze`` would."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._enhancer = LemmaContextAwareEnhancer()
        self._needed = self._enhancer.context_prefix_count + 1

    def __call__(self, text: str, results: list[RecognizerResult], recognizer: EntityRecognizer) -> list[RecognizerResult]:
        """The results of one recognizer, those of them replaced whose score rises."""
        words = [word.lower() for word in recognizer.context or ()]
        return [self._enhanced(text, result, recognizer, words) for result in results]

    def _enhanced(self, text: str, result: RecognizerResult, recognizer: EntityRecognizer, words: list[str]) -> RecognizerResult:
        if result.score >= EntityRecognizer.MAX_SCORE:
            return result
        count = self._needed
        while True:
            low, high = _surroundings(text, result.start, count)
            surroundings = text[low:high].lower()
            if not any(word in surroundings for word in words):
                return result
            artifacts = self._artifacts(text, low, high, result.start)
            if self._is_enough(artifacts, result.start, low == 0, high == len(text)):
                break
            count *= 2
        [enhanced] = self._enhancer.enhance_using_context(text, [result], artifacts, [recognizer])
        return enhanced

    def _artifacts(self, text: str, low: int, high: int, position: int) -> NlpArtifacts:
        """The tokens from ``low`` to ``high``; their offsets are those in the text."""
        artifacts = self._tokenizer.process_text(SURROGATE.sub("\ufffd", text[low:high]), LANGUAGE)
        artifacts.tokens_indices = [low + index for index in artifacts.tokens_indices]
        # A token with a colon counts as its parts, and so does then every token that is equal to one, wherever it stands.
        near = text[max(0, position - LARGEST) : position + LARGEST]
        if parted := " ".join(piece for piece in near.split() if ":" in piece) if ":" in near else "":
            artifacts.keywords += self._tokenizer.process_text(SURROGATE.sub("\ufffd", parted), LANGUAGE).keywords
        return artifacts

    def _is_enough(self, artifacts: NlpArtifacts, position: int, at_start: bool, at_end: bool) -> bool:
        """Whether more tokens would change nothing."""
        keywords = set(artifacts.keywords)
        is_keyword = [word in keywords for word in artifacts.lemmas]
        at = sum(index <= position for index in artifacts.tokens_indices) - 1
        return (at_start or sum(is_keyword[: at + 1]) >= self._needed) and (at_end or any(is_keyword[at:]))


def _surroundings(text: str, position: int, count: int) -> tuple[int, int]:
    """From where to where ``count`` words before a position reach that are surely keywords, and one from there on."""
    low = 0
    for match in BEFORE.finditer(text, 0, position):
        count -= _is_keyword(match[0])
        if count <= 0:
            low = match.start()
            break
    for match in BEHIND.finditer(text, position):
        if _is_keyword(match[0]):
            return low, match.end()
    return low, len(text)


def _is_keyword(piece: str) -> bool:
    """Whether what stands between white space has a keyword in it, for certain."""
    word = piece.strip(AROUND_WORDS).lower()
    return word.isalpha() and word not in STOP_WORDS and word not in EXCEPTIONS
