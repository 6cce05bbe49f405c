"""Masking stage: replaces personal data found by patterns and a tagger with its type, in
batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import re2

from schemas.text import MaskedText
from streams.stages.entity import Entity, Finder
from streams.stages.language import UNDETERMINED
from streams.stages.patterns import Patterns
from streams.stages.recognizers.given_name import PARTICLES

NAMED: Final = frozenset({"PERSON", "LOCATION"})
"""What a tagger finds, with the help of patterns."""

TAGGED: Final = frozenset({"en", "zh", UNDETERMINED})
"""Languages whose names the tagger is believed to find. In Spanish or German texts, of which it
learnt nothing, it takes a third to two thirds of all words for names.
"""
CAPITALISED_NOUNS: Final = frozenset({"de", "lb"})
"""Languages that write all nouns with a capital letter."""
WORD: Final = re.compile(r"\S+")
BETWEEN: Final = frozenset(PARTICLES.split("|"))
MOST_BETWEEN: Final = 3
"""Particles in a row: a text of nothing else is no name."""
BEFORE_SENTENCES: Final = '.!?…"“”«»:'
SPACE: Final = (
    r"\t-\r\x1c-\x20\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
)
"""What ``str.isspace`` and ``\\s`` of ``re`` say of a character, as RE2 has it; so is ``CAPITAL``
what ``str.isupper`` says."""
CAPITAL: Final = (
    r"\p{Lu}\x{2160}-\x{216F}\x{24B6}-\x{24CF}"
    r"\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}"
)
FULL_NAME: Final = re2.compile(
    rf"[^{SPACE}{BEFORE_SENTENCES}][{SPACE}]*[{CAPITAL}][^{SPACE}]*[{SPACE}]+"
    rf"(?:(?:{PARTICLES})[{SPACE}]+){{0,{MOST_BETWEEN}}}[{CAPITAL}]"
)
"""The gate of ``full_name``: matches in every text that holds one. Few do, and the tagger, which
takes ten times as long, reads no other.
"""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its ``entities``, which are in order and do not overlap."""

    text: MaskedText = field(repr=False)
    entities: tuple[Entity, ...]


class Masker:
    """Replaces personal data by its type, as in ``<EMAIL_ADDRESS>``. Not for use by two threads at
    once.
    """

    def __init__(
        self,
        *,
        entities: Iterable[str],
        min_score: float,
        phone_regions: Sequence[str],
        tagger: Finder | None = None,
        full_names: Finder | None = None,
    ) -> None:
        """Without a ``tagger`` PERSON and LOCATION are left out. ``full_names``: in place of the
        tagger where only these are masked. Raises ``ValueError`` naming an entity that nothing
        finds.
        """
        wanted = tuple(entities)
        self._tagger, self._full_names = tagger, full_names or tagger
        self._named = NAMED.intersection(wanted) if tagger else frozenset[str]()
        self._min_score = min_score
        by_pattern = [entity for entity in wanted if entity not in NAMED or entity in self._named]
        self._patterns = Patterns(
            entities=by_pattern, min_score=min_score, phone_regions=phone_regions
        )

    def __call__(
        self, texts: Sequence[str], languages: Sequence[str] | None = None
    ) -> list[Masked]:
        """Each cleaned text, masked. ``languages``: ISO 639-1 codes or ``und``, one for each text;
        None: all in a language of the tagger.
        """
        found = self._patterns(texts)
        if self._tagger and self._full_names:
            codes = languages or [UNDETERMINED] * len(texts)
            tagged, others = [], []
            for position, (text, language) in enumerate(zip(texts, codes, strict=True)):
                if language in TAGGED:
                    tagged.append(position)
                elif may_hold_full_name(text):
                    others.append(position)
            for position, named in self._asked(self._tagger, texts, tagged):
                found[position] += named
            for position, named in self._asked(self._full_names, texts, others):
                found[position] += _full_names(texts[position], named, codes[position])
        return [_replace(text, entities) for text, entities in zip(texts, found, strict=True)]

    def _asked(
        self, finder: Finder, texts: Sequence[str], positions: Sequence[int]
    ) -> Iterator[tuple[int, list[Entity]]]:
        """What is wanted of what a finder finds in the texts at these positions."""
        named = finder([texts[position] for position in positions]) if positions else []
        for position, entities in zip(positions, named, strict=True):
            yield (
                position,
                [
                    entity
                    for entity in entities
                    if entity.type in self._named and entity.score >= self._min_score
                ],
            )


def resolved(found: Iterable[Entity]) -> list[Entity]:
    """Of entities that overlap the one with a form of its own stays before a name, then the one
    with the higher score, then the longer; what it leaves uncovered of the others goes with it, so
    that no part of a number or name remains."""
    chosen: list[Entity] = []
    for entity in sorted(set(found), key=lambda e: (e.start, e.end, e.score, e.type)):
        if chosen and entity.start < chosen[-1].end:
            other = chosen.pop()
            better = max(
                other, entity, key=lambda e: (e.type not in NAMED, e.score, e.end - e.start, e.type)
            )
            chosen.append(
                Entity(better.type, other.start, max(other.end, entity.end), better.score)
            )
        else:
            chosen.append(entity)
    return chosen


def full_name(text: str, entity: Entity, language: str) -> Entity | None:
    """The full name that an entity begins with, inside a sentence: two capitalised words or more,
    with particles such as "van der" in between. Of what the tagger finds in other languages than
    its own, only this is a name as a rule; it may run on into lower-case words, which are cut off.

    Where nouns are capitalised, nothing but capitalised words will do: "Kaffee von Bauern".
    """
    before = entity.start
    while before and text[before - 1].isspace():
        before -= 1
    if not before or text[before - 1] in BEFORE_SENTENCES:
        return None
    capitalised = between = end = 0
    for word in WORD.finditer(text, entity.start, entity.end):
        if word[0][0].isupper():
            capitalised, between, end = capitalised + 1, 0, word.end()
        elif language in CAPITALISED_NOUNS:
            return None
        elif not capitalised or between == MOST_BETWEEN or word[0] not in BETWEEN:
            break
        else:
            between += 1
    return entity._replace(end=end) if capitalised > 1 else None


def may_hold_full_name(text: str) -> bool:
    """Whether ``full_name`` could find anything in a text, whatever a tagger says of it."""
    # half a surrogate pair is no question mark, which would end a sentence
    return FULL_NAME.search(text.encode("utf8", "xmlcharrefreplace")) is not None


def _full_names(text: str, found: Iterable[Entity], language: str) -> Iterator[Entity]:
    several = (each for each in found if len(text[each.start : each.end].split()) > 1)
    return filter(None, (full_name(text, entity, language) for entity in several))


def _replace(text: str, found: Iterable[Entity]) -> Masked:
    chosen = resolved(found)
    pieces: list[str] = []
    position = 0
    for entity in chosen:
        pieces += text[position : entity.start], f"<{entity.type}>"
        position = entity.end
    pieces.append(text[position:])
    return Masked(MaskedText("".join(pieces)), tuple(chosen))
