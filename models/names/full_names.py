"""Candidates of the tagger where it is read for full names alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from models.names.token_features import (
    EDGE,
    FOREIGN,
    SIGN,
    SMALL,
    STREET,
    TITLE,
    U44,
    UNIT,
    Points,
    Small,
)
from models.text.hash_kernels import Hashes, Places, compiled

MOST_BETWEEN, LONGEST_BETWEEN = 3, 5
"""Words in small letters inside a full name, and characters of each: "van der"."""
CAPITAL_SIGNS: Final = np.array([0x2160, 0x216F, 0x24B6, 0x24CF], np.uint32)
"""Two ranges of numerals and circled letters that are upper-case, but no letters."""


@compiled
def near_full_names(
    points: Points, ends: Places, starts: Places, stops: Places, hashes: Hashes, styles: Small,
    places: Small, roles: Small, candidates: Places,
) -> Places:  # fmt: skip
    """The candidates that may be part of a span with a full name: two capitalised words that follow
    one another, but for particles.

    They are kept by stretches of text. A word in small letters that is no candidate, nor a street's
    or a unit's, ends a stretch: no span goes beyond it, nor does what is beyond it change a span.
    """
    kept = np.empty(len(candidates), np.int64)
    count, number, begin = 0, 0, 0
    full, between = False, -1
    text, first = 0, 0
    for token in range(len(styles)):
        style = styles[token]
        taken = number < len(candidates) and candidates[number] == token
        if style == EDGE or (
            style == SMALL and not taken and not roles[hashes[token] >> U44] & (STREET | UNIT)
        ):
            for each in range(begin, number if full else begin):
                kept[count] = candidates[each]
                count += 1
            begin, full = number, False
        if taken:
            number += 1
        if style == EDGE:
            between = -1
            first = ends[text] + 1
            text += 1
        elif style == FOREIGN:
            full = True
        elif style >= TITLE or (style == SIGN and _is_capital_sign(points[first + starts[token]])):
            full = full or (between >= 0 and places[token] & 1 != 0)
            between = 0
        elif places[token] & 1:
            particle = style == SMALL and stops[token] - starts[token] <= LONGEST_BETWEEN
            between = between + 1 if particle and 0 <= between < MOST_BETWEEN else -1
    return kept[:count]


@compiled
def _is_capital_sign(point: int) -> bool:
    return bool(
        CAPITAL_SIGNS[0] <= point <= CAPITAL_SIGNS[1]
        or CAPITAL_SIGNS[2] <= point <= CAPITAL_SIGNS[3]
    )
