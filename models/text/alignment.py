"""Offset alignment: edits to a text, and the mapping of positions back to the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Edit(NamedTuple):
    """Characters ``start`` … ``end`` become ``replacement``. A list of edits is in order and does
    not overlap.
    """

    start: int
    end: int
    replacement: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The edited text."""
    if not edits:
        return text
    pieces: list[str] = []
    position = 0
    for start, end, replacement in edits:
        pieces += text[position:start], replacement
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each character of an edited text: where the characters it was made of begin and end in
    the original.
    """

    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Alignment:
        """That of a text which has not been edited yet."""
        return cls(range(len(text)), range(1, len(text) + 1))

    def after(self, edits: Sequence[Edit]) -> Alignment:
        """That of the text after ``edits``."""
        if not edits:
            return self
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for start, end, replacement in edits:
            starts += self.starts[position:start]
            ends += self.ends[position:start]
            if start < end:
                starts += [self.starts[start]] * len(replacement)
                ends += [self.ends[end - 1]] * len(replacement)
            position = end
        starts += self.starts[position:]
        ends += self.ends[position:]
        return Alignment(starts, ends)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Span in the original of ``start`` … ``end`` (not empty) in the edited text."""
        return self.starts[start], self.ends[end - 1]
