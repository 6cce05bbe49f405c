"""Names and places as entities to mask: the tagger's spans, and the union of several finders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from models.names.tagger import NameTagger
from streams.stages.entity import Entity, Finder

LEAST: Final = 0.35
"""The score of what the tagger finds by thresholds of its own, which are lower: the default least
score of masking, which judges patterns, must not drop it."""


@dataclass(frozen=True, slots=True)
class Names:
    """Finds PERSON and LOCATION, and is as sure of each as the tagger is, or as ``LEAST``.
    ``full_names``: those that are none may be left out.
    """

    tagger: NameTagger = field(default_factory=NameTagger.load)
    full_names: bool = False

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The tagger's entities of each cleaned text."""
        return [
            [Entity(kind, start, end, max(score, LEAST)) for kind, start, end, score in spans]
            for spans in self.tagger(texts, full_names=self.full_names)
        ]


@dataclass(frozen=True, slots=True)
class Union:
    """Finds what any of several finds."""

    finders: tuple[Finder, ...]

    def __call__(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of all, which may overlap."""
        return [
            list(chain.from_iterable(found))
            for found in zip(*(finder(texts) for finder in self.finders), strict=True)
        ]
