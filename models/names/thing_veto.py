"""Spans of brands, products, dishes and common words are no people, however likely their
surroundings make it.

The network judges a word that it has not learnt by its letters and by what is around it, and "my
Keurig died" reads as "my Maria died" does. What the word is known as decides then.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.names.tagger_network import TAGS
from models.names.token_features import CUE, EDGE, INITIAL, SIGN, THING, U44, Small
from models.text.hash_kernels import Hashes, Numbers, compiled

PERSON = TAGS.index("PERSON")
NEAR = 2
"""Words before a span among which a cue is looked for."""


@compiled
def names_somebody(
    tags: Numbers, firsts: Numbers, lasts: Numbers, hashes: Hashes, styles: Small, roles: Small
) -> npt.NDArray[np.bool_]:
    """Of each span whether it stays: a place, or a person of whom a word is no thing, or that a cue
    announces.
    """
    kept = np.ones(len(tags), np.bool_)
    for number in range(len(tags)):
        if tags[number] == PERSON:
            first, last = firsts[number], lasts[number]
            kept[number] = _announced(first, hashes, styles, roles) or not _all_things(
                first, last, hashes, styles, roles
            )
    return kept


@compiled
def _all_things(first: int, last: int, hashes: Hashes, styles: Small, roles: Small) -> bool:
    for token in range(first, last + 1):
        silent = styles[token] == SIGN or (styles[token] == INITIAL and last > first)
        if not silent and not roles[hashes[token] >> U44] & THING:
            return False
    return True


@compiled
def _announced(first: int, hashes: Hashes, styles: Small, roles: Small) -> bool:
    """Whether a cue is one of the two words before: Mr Ford, name is June."""
    words, token = 0, first - 1
    while token >= 0 and words < NEAR and styles[token] != EDGE:
        if roles[hashes[token] >> U44] & CUE:
            return True
        words += styles[token] != SIGN
        token -= 1
    return False
