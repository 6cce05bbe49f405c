"""Units of a text, in compiled loops: what the tagger of aspect terms gives a tag to.

A unit is a word, a sign, or, in scripts that put no space between words, a word piece. Words and
pieces are folded as the judge's are (``models.student.scanning``), but every unit knows where in
the text it stands. White space between characters of such scripts is passed over.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from models.aspects import unit_kernels as kernels
from models.aspects.unit_kernels import AFFIXES
from models.student.normalising import APOSTROPHES
from models.student.scanning import KNOWN_CODES, Classes, Codes, classes
from models.student.segmenting import Pieces, enter
from models.text.hash_kernels import Hashes, Places
from models.text.ngrams import Ids

MOST: Final = 1024
"""Units of a text that are read; of reviews one in thousands is longer."""


@dataclass(frozen=True, slots=True)
class Words:
    """Known words: ``slots`` and ``hashes`` as in ``segmenting.Pieces``, numbers from 1 on."""

    slots: Ids = field(repr=False)
    hashes: Hashes = field(repr=False)

    @classmethod
    def of(cls, hashed: npt.NDArray[np.uint32]) -> Self:
        """Of distinct words' hashes, in the order of their numbers."""
        hashes = np.concatenate([np.zeros(2, np.uint64), hashed.astype(np.uint64)])
        slots = np.zeros(1 << (4 * len(hashes)).bit_length(), np.int32)
        enter(slots, hashes)
        return cls(slots, hashes)

    @property
    def rows(self) -> int:
        """Of hashed features."""
        return AFFIXES + len(self.hashes)


class Units(NamedTuple):
    """``starts``, ``stops`` [units]: offsets in the unit's text; ``shapes``; ``hashed`` [units,
    HASHED], of words their rows; the ``pieces`` of all units one after another and where those of
    each end (``lasts``); ``cuts``: where the units of each text end.
    """

    starts: Places
    stops: Places
    shapes: Classes
    hashed: Ids
    pieces: Ids
    lasts: Places
    cuts: Places


@cache
def folds() -> Codes:
    """Each code point below ``KNOWN_CODES`` as the pieces have it: compatible, small, one for one;
    others as they are.
    """
    table = np.arange(KNOWN_CODES, dtype=np.uint32)
    for code in range(128, KNOWN_CODES):
        folded = unicodedata.normalize("NFKC", chr(code)).translate(APOSTROPHES).lower()
        if len(folded) == 1:
            table[code] = ord(folded)
    for code in range(ord("A"), ord("Z") + 1):
        table[code] = code + 32
    return table


def units_of(texts: list[str], pieces: Pieces, words: Words | None, most: int = MOST) -> Units:
    """The units of texts, so many of each at most. Without ``words``: the hashes of words instead
    of rows.
    """
    joined = "\0".join([*texts, ""]).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(joined, np.uint32)
    ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64) - 1
    made = Units(
        *kernels.scan_units(
            points, ends, folds(), classes(), pieces.slots, pieces.hashes, pieces.scores,
            most,
        )
    )  # fmt: skip
    if words:
        kernels.number_words(made.hashed, words.slots, words.hashes)
    return made


def units_of_span(units: Units, text: int, start: int, end: int) -> tuple[int, int]:
    """First and last unit of a span of a text: those of which it holds half or more, else the one
    of which it holds most; (0, -1) where it touches none.
    """
    first, cut = int(units.cuts[text - 1]) if text else 0, int(units.cuts[text])
    begin = first + int(np.searchsorted(units.stops[first:cut], start, "right"))
    stop = first + int(np.searchsorted(units.starts[first:cut], end, "left"))
    if begin >= stop:
        return 0, -1
    starts, stops = units.starts[begin:stop], units.stops[begin:stop]
    held = np.minimum(stops, end) - np.maximum(starts, start)
    whole = np.flatnonzero(2 * held >= stops - starts)
    if len(whole):
        return begin + int(whole[0]), begin + int(whole[-1])
    best = begin + int(held.argmax())
    return best, best
