"""Masking stage: replaces personal data found by patterns and a tagger with its type, in
batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

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
    ) -> None:
        """Without a ``tagger`` PERSON and LOCATION are left out. Raises ``ValueError`` naming an
        entity that nothing finds.
        """
        wanted = tuple(entities)
        self._tagger = tagger
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
        if self._tagger:
            codes = languages or [UNDETERMINED] * len(texts)
            for text, language, entities, named in zip(
                texts, codes, found, self._tagger(texts), strict=True
            ):
                wanted = [
                    entity
                    for entity in named
                    if entity.type in self._named and entity.score >= self._min_score
                ]
                entities += wanted if language in TAGGED else _full_names(text, wanted, language)
        return [_replace(text, entities) for text, entities in zip(texts, found, strict=True)]


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
    before = text[: entity.start].rstrip()
    if before == "" or before[-1] in '.!?…"“”«»:':
        return None
    capitalised = end = 0
    for word in WORD.finditer(text, entity.start, entity.end):
        if word[0][0].isupper():
            capitalised, end = capitalised + 1, word.end()
        elif language in CAPITALISED_NOUNS:
            return None
        elif not capitalised or word[0] not in BETWEEN:
            break
    return entity._replace(end=end) if capitalised > 1 else None


def _full_names(text: str, found: Iterable[Entity], language: str) -> Iterator[Entity]:
    return filter(None, (full_name(text, entity, language) for entity in found))


def _replace(text: str, found: Iterable[Entity]) -> Masked:
    chosen = resolved(found)
    pieces: list[str] = []
    position = 0
    for entity in chosen:
        pieces += text[position : entity.start], f"<{entity.type}>"
        position = entity.end
    pieces.append(text[position:])
    return Masked(MaskedText("".join(pieces)), tuple(chosen))
