"""Places where the user's own aspects are named word by word: case-folded, in any script, with
endings that inflection adds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import regex

from models.aspects.clauses import CLAUSE_ENDS
from models.aspects.own_aspects import OwnAspect

UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""Scripts that put no space between words: there each character is a token."""
TOKENS: Final = regex.compile(
    rf"(?V1)<[A-Z_]+>|[{UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{N}}]--[{UNSPACED}]]"
    rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED}]]*"
)
IDEOGRAPH: Final = regex.compile(rf"[{UNSPACED}]")
RUN: Final = regex.compile(rf"[{UNSPACED}\p{{M}}]+")
HAN: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー]")
KEY: Final = 3
"""Characters of a word by which it is looked up."""
GAP: Final = 2
"""Characters between two words of one example at most."""
SURROUNDINGS: Final = 24
"""Characters on each side that are cut into pieces to see where words begin."""
SURE: Final = 2
SURE_OF_SYLLABLES: Final = 4
"""Characters from which on an example without spaces is found wherever it stands: in Han and kana,
and in other scripts; a shorter one only where the pieces of the text begin and end with it."""
ARTICLE: Final = "ال"
LETTERS: Final = str.maketrans({"ي": "ی", "ك": "ک", "ى": "ی", "ـ": ""})
"""Letters of Arabic that Persian writes otherwise, and the one that only stretches a word."""

Cut = Callable[[str], "frozenset[int] | None"]
"""Where the pieces of a run of text begin and end; None where that is unknown."""


class Token(NamedTuple):
    """A word, folded, and its span; ``unspaced``: a character of a script without spaces."""

    word: str
    start: int
    end: int
    unspaced: bool


class Pattern(NamedTuple):
    """The words of an example, and the aspect's number."""

    words: tuple[str, ...]
    aspect: int


class Place(NamedTuple):
    """Where a text names an aspect, by number."""

    start: int
    end: int
    aspect: int


def folded(word: str) -> str:
    """A word as it is compared: compatibility-composed, case-folded, without the Arabic article."""
    plain = word if word.isascii() else unicodedata.normalize("NFKC", word)
    plain = plain.casefold()
    if plain.isascii():
        return plain
    if plain.startswith(ARTICLE) and len(plain) > len(ARTICLE) + 1:
        plain = plain.removeprefix(ARTICLE)
    return plain.translate(LETTERS)


def tokens(text: str) -> Iterator[Token]:
    """The words of a text; of a placeholder such as ``<PERSON>`` an empty one, which is in no
    pattern.
    """
    for match in TOKENS.finditer(text):
        token = match[0]
        unspaced = IDEOGRAPH.match(token) is not None
        yield Token("" if token[0] == "<" else folded(token), *match.span(), unspaced)


def inflected(word: str, other: str) -> bool:
    """Whether ``other`` is the word, or may be a form of it: another ending of up to three letters
    after at least three quarters of it, less in short words.
    """
    if other == word:
        return True
    length = len(word)
    if length < 4:
        return length == KEY and other == f"{word}s"
    stem = max(4, -(-3 * length // 4))
    if other[:stem] != word[:stem]:
        return False
    common = stem
    for one, two in zip(word[stem:], other[stem:], strict=False):
        if one != two:
            break
        common += 1
    return len(other) - common <= min(length - 3, 3)


@dataclass(frozen=True, slots=True)
class WordMatcher:
    """``patterns``: by the first characters of their first word, long ones first."""

    aspects: tuple[OwnAspect, ...] = field(repr=False)
    patterns: dict[str, tuple[Pattern, ...]] = field(repr=False)
    cut: Cut = field(repr=False)

    @classmethod
    def of(cls, aspects: Sequence[OwnAspect], cut: Cut) -> WordMatcher:
        """Of all examples; of the same one for two aspects the first counts."""
        found: dict[str, list[Pattern]] = {}
        for number, aspect in enumerate(aspects):
            for example in aspect.examples:
                words = tuple(token.word for token in tokens(example))
                if words and all(words):
                    found.setdefault(words[0][:KEY], []).append(Pattern(words, number))
        ordered = {
            key: tuple(sorted(each, key=lambda one: (-len(one.words), one.aspect)))
            for key, each in found.items()
        }
        return cls(tuple(aspects), ordered, cut)

    def places(self, text: str, language: str, most: int) -> list[Place]:
        """At most ``most`` of them, in order, without overlaps: the earliest, of these the one of
        most words.
        """
        found: list[Place] = []
        if not self.patterns:
            return found
        read = list(tokens(text))
        at = 0
        while at < len(read) and len(found) < most:
            pattern = self._at(text, read, at, language)
            if pattern is None:
                at += 1
                continue
            last = at + len(pattern.words) - 1
            found.append(Place(read[at].start, read[last].end, pattern.aspect))
            at = last + 1
        return found

    def _at(self, text: str, read: Sequence[Token], at: int, language: str) -> Pattern | None:
        for pattern in self.patterns.get(read[at].word[:KEY], ()):
            if (
                self.aspects[pattern.aspect].applies(language)
                and _fits(text, read, at, pattern.words)
                and self._whole(text, read, at, len(pattern.words))
            ):
                return pattern
        return None

    def _whole(self, text: str, read: Sequence[Token], at: int, count: int) -> bool:
        """Whether a match is words of their own, as far as that can be told."""
        if not all(token.unspaced for token in read[at : at + count]):
            return True
        start, end = read[at].start, read[at + count - 1].end
        sure = SURE if HAN.match(text, start) else SURE_OF_SYLLABLES
        if end - start >= sure:
            return True
        first = max(0, start - SURROUNDINGS)
        runs = RUN.finditer(text, first, end + SURROUNDINGS)
        run = next(run for run in runs if run.end() > start)
        edges = self.cut(run[0])
        return edges is None or {start - run.start(), end - run.start()} <= edges


def _fits(text: str, read: Sequence[Token], at: int, words: Sequence[str]) -> bool:
    if at + len(words) > len(read):
        return False
    for number, word in enumerate(words):
        token = read[at + number]
        if token.word != word and (token.unspaced or not inflected(word, token.word)):
            return False
        if number:
            gap = text[read[at + number - 1].end : token.start]
            if len(gap) > (0 if token.unspaced else GAP) or CLAUSE_ENDS.search(gap):
                return False
    return True
