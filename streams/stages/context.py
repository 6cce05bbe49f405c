"""Context words: Presidio's ``LemmaContextAwareEnhancer`` in one pass over a text, whatever the
number of results.

A result's score rises by words that stand before it ("call", "ssn"): of a text count the five
nearest that are neither stop words nor punctuation, what the result begins with, and the next one.
Presidio looks for them through all tokens of the text, again for every result. Here the text is
read in blocks, each at most once and only where a result needs it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from spacy.lang.en import English
from spacy.lang.en.stop_words import STOP_WORDS

from streams.stages.budget import Budget
from streams.stages.spacy_nlp import Tokenizer, Word, is_keyword
from streams.stages.windows import LARGEST

PIECE = re.compile(r"\S+")
AROUND_WORDS: Final = ".,;:!?\"'()"
EXCEPTIONS: Final = frozenset(word.lower() for word in English.Defaults.tokenizer_exceptions)
"""What the tokenizer parts though it is a word ("cannot")."""
NEAR: Final = 400
"""Characters on either side in which it is told without tokens that there is no context word."""
BLOCK: Final = 96
"""Characters of a block, up to the next space; a result needs one or two."""
MOST_BLOCK: Final = 2048
TOKENISING: Final = 2.0
"""What a character costs that is tokenised."""


class Context:
    """Raises scores as ``AnalyzerEngine.analyze`` would."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        enhancer = LemmaContextAwareEnhancer()
        self._more = enhancer.context_similarity_factor
        self._least = enhancer.min_score_with_context_similarity
        self._before = enhancer.context_prefix_count + 1

    def of(self, text: str, budget: Budget) -> TextContext:
        """The context of results in one text."""
        return TextContext(
            text,
            Blocks(text, self._tokenizer, budget, self._before),
            self._more,
            self._least,
            self._before,
        )


@dataclass(frozen=True, slots=True)
class TextContext:
    """Raises the scores of results in ``text``."""

    text: str = field(repr=False)
    blocks: Blocks = field(repr=False)
    more: float
    least: float
    before: int

    def __call__(
        self, results: list[RecognizerResult], recognizer: EntityRecognizer
    ) -> list[RecognizerResult]:
        """The results of one recognizer, the scores of some of them raised."""
        if all(result.score >= EntityRecognizer.MAX_SCORE for result in results):
            return results
        words = [word.lower() for word in recognizer.context or ()]
        if not words or not _any_in(words, self.blocks.small):
            return results
        for result in results:
            if result.score < EntityRecognizer.MAX_SCORE and self._supported(result.start, words):
                result.score = min(
                    max(result.score + self.more, self.least), EntityRecognizer.MAX_SCORE
                )
        return results

    def _supported(self, position: int, words: Sequence[str]) -> bool:
        if not self.blocks.has_read(position):
            if self.blocks.budget.spent:
                return True
            surroundings = _surroundings(self.text, position, self.before)
            if surroundings is not None and not _any_in(words, surroundings.lower()):
                return False
        return any(_any_in(words, keyword) for keyword in self.blocks.around(position))


class Keywords(NamedTuple):
    """Those of a block: where they begin and end in the text, and they."""

    starts: list[int]
    ends: list[int]
    words: list[str]


class Blocks:
    """The keywords of a text, read in blocks as they are asked for."""

    def __init__(self, text: str, tokenizer: Tokenizer, budget: Budget, before: int) -> None:
        self._text, self._tokenizer, self.budget, self._before = text, tokenizer, budget, before
        self._keywords: dict[int, Keywords] = {}
        self._parts: dict[int, frozenset[str]] = {}
        self._previous: dict[int, list[str]] = {}
        self._following: dict[int, list[str]] = {}

    @cached_property
    def _bounds(self) -> list[int]:
        return _bounds(self._text)

    @cached_property
    def small(self) -> str:
        """The text in small letters."""
        return self._text.lower()

    def has_read(self, position: int) -> bool:
        """Whether what is around a position costs little, because its block has been read."""
        return bisect_right(self._bounds, position) - 1 in self._keywords

    def around(self, position: int) -> list[str]:
        """The keywords before a position and at it, and the first from it on."""
        number = bisect_right(self._bounds, position) - 1
        starts, ends, words = self._read(number)
        at = bisect_right(ends, position)  # the first keyword that ends behind the position
        inside = at < len(starts) and starts[at] <= position
        before = words[: at + inside][-self._before :]
        if len(before) < self._before:
            before = (self._before_block(number) + before)[-self._before :]
        return before + (words[at : at + 1] or self._behind_block(number))

    def _before_block(self, number: int) -> list[str]:
        """The last keywords before a block."""
        found: list[str] = []
        block = number
        while block > 0 and len(found) < self._before:
            if block in self._previous:
                found = self._previous[block] + found
                break
            block -= 1
            found = self._read(block).words + found
        self._previous[number] = found[-self._before :]
        return self._previous[number]

    def _behind_block(self, number: int) -> list[str]:
        """The first keyword behind a block, if there is one."""
        block = number
        found: list[str] = []
        while not found and block + 2 < len(self._bounds):
            if block in self._following:
                found = self._following[block]
                break
            block += 1
            found = self._read(block).words[:1]
        self._following[number] = found
        return found

    def _read(self, number: int) -> Keywords:
        if number not in self._keywords:
            parts = self._parts_near(number)
            words = [word for word in self._tokens(number) if _counts(word.lower, parts)]
            self._keywords[number] = Keywords(
                [word.start for word in words],
                [word.end for word in words],
                [word.lower for word in words],
            )
        return self._keywords[number]

    def _tokens(self, number: int) -> list[Word]:
        low, high = self._bounds[number], self._bounds[number + 1]
        return self._tokenised(self._text[low:high], low)

    def _tokenised(self, text: str, low: int) -> list[Word]:
        self.budget.charge(TOKENISING * len(text) + self._tokenizer.difficulty(text))
        return self._tokenizer.words(text, low)

    def _parts_near(self, number: int) -> frozenset[str]:
        """Parts of tokens with a colon: each counts as a keyword, and so does every token near that
        is equal to one.
        """
        if ":" not in self._text:
            return frozenset()
        first = bisect_right(self._bounds, max(0, self._bounds[number] - LARGEST)) - 1
        last = bisect_left(self._bounds, self._bounds[number] + LARGEST)
        return frozenset().union(
            *(self._parts_of(block) for block in range(first, min(last, len(self._bounds) - 1)))
        )

    def _parts_of(self, number: int) -> frozenset[str]:
        if number not in self._parts:
            text = self._text[self._bounds[number] : self._bounds[number + 1]]
            pieces = (
                " ".join(dict.fromkeys(piece for piece in text.split() if ":" in piece))
                if ":" in text
                else ""
            )
            words = self._tokenised(pieces, 0) if pieces else []
            self._parts[number] = frozenset(
                part
                for word in words
                if ":" in word.lower and is_keyword(word.lower)
                for part in word.lower.split(":")
            )
        return self._parts[number]


def _counts(word: str, parts: frozenset[str]) -> bool:
    return word in parts or (":" not in word and is_keyword(word))


def _any_in(words: Iterable[str], text: str) -> bool:
    return any(word in text for word in words)


def _bounds(text: str) -> list[int]:
    """Where blocks begin, behind a space where there is one, and the end of the text."""
    bounds = [0]
    while bounds[-1] + BLOCK < len(text):
        space = text.find(" ", bounds[-1] + BLOCK, bounds[-1] + MOST_BLOCK)
        bounds.append(space + 1 if space >= 0 else min(bounds[-1] + MOST_BLOCK, len(text)))
    if bounds[-1] < len(text) or len(bounds) == 1:
        bounds.append(len(text))
    return bounds


def _surroundings(text: str, position: int, count: int) -> str | None:
    """A part of the text with ``count`` words before a position that are surely keywords, and one
    from there on; None where these are not all near."""
    low, high = max(0, position - NEAR), min(len(text), position + NEAR)
    start = end = None
    for match in reversed(list(PIECE.finditer(text, low, position))):
        count -= _is_keyword(match[0]) and match.start() > low
        if count <= 0:
            start = match.start()
            break
    for match in PIECE.finditer(text, position, high):
        if _is_keyword(match[0]) and match.end() < high:
            end = match.end()
            break
    start = 0 if start is None and low == 0 else start
    end = high if end is None and high == len(text) else end
    return None if start is None or end is None else text[start:end]


def _is_keyword(piece: str) -> bool:
    """Whether what stands between white space has a keyword in it, for certain."""
    word = piece.strip(AROUND_WORDS).lower()
    return word.isalpha() and word not in STOP_WORDS and word not in EXCEPTIONS
