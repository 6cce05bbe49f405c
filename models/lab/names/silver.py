"""Silver labels: teachers' spans corrected by lists, because teachers take brands and dishes for
people and miss given names.

A span of a person stays where a word of it is in a list of names. One that is a thing of
``things``, or a single word of no list without a name's capital, is none; what else is of no list,
and a capitalised name where the teachers saw nobody, is unsure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import regex

from models.lab.names.people import people
from models.lab.names.teacher_labels import UNSURE, Labelled, Span
from models.lab.names.things import THINGS

WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}]+")
CAPITALISED: Final = regex.compile(r"(?<![\p{L}\p{N}@#_])\p{Lu}[\p{Ll}\p{M}]+(?![\p{L}\p{N}])")
LEAST: Final = 5
"""Times that a word must stand in small letters to be common."""
NO_NAMES: Final = frozenset(thing.lower() for thing in THINGS)


def corrected(
    labelled: Iterable[Labelled], names: Collection[str], common: Collection[str]
) -> Iterator[Labelled]:
    """``names``: given names and surnames in small letters; ``common``: words that reviews write in
    small letters as often.
    """
    for one in labelled:
        spans = [
            span for span in (_judged(one.text, span, names, common) for span in one.spans) if span
        ]
        missed = [
            (UNSURE, match.start(), match.end())
            for match in CAPITALISED.finditer(one.text)
            if _is_name(match[0].lower(), names, common)
            and not any(start < match.end() and end > match.start() for _, start, end in one.spans)
        ]
        yield Labelled(one.text, sorted([*spans, *missed], key=lambda span: span[1:]))


def _judged(text: str, span: Span, names: Collection[str], common: Collection[str]) -> Span | None:
    kind, start, end = span
    said = text[start:end].lower()
    words = WORD.findall(said)
    if said in NO_NAMES or not words or all(word in NO_NAMES or word in common for word in words):
        return None
    if kind != "PERSON" or any(_is_name(word, names, common) for word in words):
        return span
    return (UNSURE, start, end) if len(words) > 1 or text[start:end].istitle() else None


def _is_name(word: str, names: Collection[str], common: Collection[str]) -> bool:
    return word in names and word not in common and word not in NO_NAMES


def words_of(
    texts: Iterable[str], more_given: Iterable[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """The names that are known, and the words that texts write in small letters a tenth as often as
    with a capital, or more.
    """
    known = people("train").words() | people("dev").words()
    names = frozenset(word for name in (*known, *more_given) for word in WORD.findall(name.lower()))
    words = Counter(word for text in texts for word in WORD.findall(text))
    small = Counter({word: count for word, count in words.items() if word.islower()})
    return names, frozenset(
        word
        for word, count in small.items()
        if count >= LEAST and count >= words[word.title()] / 10
    )
