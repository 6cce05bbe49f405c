"""Entities, and the interface between their finders and the masking stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Entity(NamedTuple):
    """A piece of personal data: type, offsets into the cleaned text, confidence from 0 to 1."""

    type: str
    start: int
    end: int
    score: float


Finder = Callable[[Sequence[str]], list[list[Entity]]]
"""Cleaned texts → the entities of each, in any order, overlapping or not."""
