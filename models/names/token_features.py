"""Token features of the tagger: texts → tokens, hashed features and candidates, in compiled loops
over characters.

A token is a word with what hyphens and apostrophes join to it, a number, or a run of one mark.
Offsets are Python's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from models.names.character_classes import (
    APOSTROPHE,
    DIGIT,
    HYPHEN,
    KNOWN,
    LOWER,
    MARK,
    OTHER,
    SPACE,
    UPPER,
)
from models.text.hash_kernels import GOLDEN, Hashes, Numbers, Places, compiled, mixed

Points = npt.NDArray[np.uint32]
Small = npt.NDArray[np.uint8]

EDGE, SIGN, NUMBER, SMALL, TITLE, CAPITALS, MIXED, INITIAL, FOREIGN = range(9)
"""Styles of tokens; an edge ends every text."""
COMMON, GIVEN, CUE, PARTICLE, SEEN, STREET, UNIT, THING = 1, 2, 4, 8, 16, 32, 64, 128
"""What a word may be known as. Of a common one the letters tell nothing that it does not tell
itself; of one that training has not seen only they tell something. A street's word makes an address
of a place; a unit's announces a number (Suite 5, Nr. 90). A thing's, as a brand, names no person by
itself."""
ROLE_BITS: Final = 20
LONGEST: Final = 24
"""Letters of a word that are looked at."""
PADDING, BEYOND = 0, 1
"""Features: nothing at all, and what is before or behind a text."""
PRIME: Final = np.uint64(0x100000001B3)
FIRST_SALT, STYLE_SALT, THREE_SALT, FOUR_SALT = map(np.uint64, (0x51ED, 0xC0FFEE, 0x3333, 0x44444))
U3, U44 = np.uint64(3), np.uint64(64 - ROLE_BITS)
STOPS: Final = np.array([ord(mark) for mark in '.!?:;"(*'], np.uint32)


def word_hash(word: str) -> np.uint64:
    """Hash of a word's token; the word is in lower case without accents."""
    value = int(FIRST_SALT)
    for character in word:
        value = ((value ^ ord(character)) * int(PRIME)) & 0xFFFFFFFFFFFFFFFF
    with np.errstate(over="ignore"):
        return np.uint64(mixed.py_func(np.uint64(value)))  # type: ignore[attr-defined]


ARTICLE, PRONOUN, FULL_STOP = map(word_hash, "ai.")


@compiled
def class_of(point: int, classes: Small) -> int:
    """The class of a character."""
    return int(classes[point]) if point < KNOWN else OTHER


@compiled
def tokens_of(
    points: Points, ends: Places, classes: Small, folds: Points
) -> tuple[Places, Places, Hashes, Small, Small, Places]:
    """Tokens of texts, each of which ends at one of ``ends``, where there is one more character.

    Of each where it begins and ends, from the beginning of its text; its hash, without case and
    accents; its style; whether white space is before it (1) and whether a sentence may begin with
    it (2). And where the tokens of each text end.
    """
    most = len(points) + len(ends)
    starts, stops, hashes = (
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.uint64),
    )
    styles, places, cuts = (
        np.empty(most, np.uint8),
        np.empty(most, np.uint8),
        np.empty(len(ends), np.int64),
    )
    count, first = 0, 0
    for text in range(len(ends)):
        end, at = ends[text], first
        spaced, begins = True, True
        while at < end:
            kind = class_of(points[at], classes)
            if kind == SPACE:
                spaced = True
                at += 1
                continue
            start = at
            if kind in (LOWER, UPPER):
                at, style = _word(points, at, end, classes)
            elif kind == DIGIT:
                style = NUMBER
                while at < end and LOWER <= class_of(points[at], classes) <= MARK:
                    at += 1
            elif points[at] >= KNOWN:
                style = FOREIGN
                while at < end and points[at] >= KNOWN:
                    at += 1
            else:
                style = SIGN
                if (
                    kind == APOSTROPHE
                    and at + 1 < end
                    and points[at + 1] | 32 == 115
                    and not _goes_on(points, at + 2, end, classes)
                ):
                    at += 2
                else:
                    while at < end and points[at] == points[start]:
                        at += 1
            value = FIRST_SALT
            for place in range(start, at):
                point = points[place]
                value = (value ^ np.uint64(folds[point] if point < KNOWN else point)) * PRIME
            starts[count], stops[count], hashes[count], styles[count] = (
                start - first,
                at - first,
                mixed(value),
                style,
            )
            places[count] = (1 if spaced else 0) + (2 if begins else 0)
            count += 1
            begins = style == SIGN and _is_stop(points[start])
            spaced = False
        starts[count] = stops[count] = end - first
        hashes[count], styles[count], places[count] = 0, EDGE, 0
        count += 1
        cuts[text] = count
        first = end + 1
    return starts[:count], stops[:count], hashes[:count], styles[:count], places[:count], cuts


@compiled
def _goes_on(points: Points, at: int, end: int, classes: Small) -> bool:
    return at < end and LOWER <= class_of(points[at], classes) <= MARK


@compiled
def _is_stop(point: int) -> bool:
    for stop in STOPS:  # noqa: SIM110  (Numba compiles no generators in any())
        if point == stop:
            return True
    return False


@compiled
def _word(points: Points, at: int, end: int, classes: Small) -> tuple[int, int]:
    """Where the word ends that begins there, and its style."""
    start, upper, lower = at, 0, 0
    first_upper = class_of(points[at], classes) == UPPER
    while at < end:
        kind = class_of(points[at], classes)
        if kind == UPPER:
            upper += 1
        elif kind == LOWER:
            lower += 1
        elif kind in (HYPHEN, APOSTROPHE):
            follows = class_of(points[at + 1], classes) if at + 1 < end else OTHER
            if follows != LOWER and follows != UPPER:
                break
            # A possessive is a token of its own.
            if (
                kind == APOSTROPHE
                and points[at + 1] | 32 == 115
                and not _goes_on(points, at + 2, end, classes)
            ):
                break
        elif kind != MARK and kind != DIGIT:
            break
        at += 1
    if upper == 0:
        return at, SMALL
    if lower == 0:
        return at, INITIAL if upper == 1 else CAPITALS
    return at, _parts(points, start, at, classes) if first_upper else MIXED


@compiled
def _parts(points: Points, start: int, end: int, classes: Small) -> int:
    """Title style if capitals are where parts begin and hyphens before a capital: Anna-Maria,
    O'Brien, but not Oscar-worthy.
    """
    for at in range(start + 1, end):
        begins = class_of(points[at - 1], classes)
        if class_of(points[at], classes) == UPPER:
            if begins != HYPHEN and begins != APOSTROPHE:
                return MIXED
        elif begins == HYPHEN:
            return MIXED
    return TITLE


@compiled
def features_of(
    points: Points, ends: Places, folds: Points, starts: Places, stops: Places, hashes: Hashes,
    styles: Small, places: Small,
    cuts: Places, roles: Small, shift: np.uint64,
) -> tuple[Numbers, Places]:  # fmt: skip
    """Features of the tokens, one after another, and where those of each end: the word, its style,
    groups of its letters.
    """
    size = 2 * len(starts)
    for token in range(len(starts)):
        if SMALL <= styles[token] < FOREIGN:
            size += 2 * min(stops[token] - starts[token], LONGEST) + 1
    features, lasts = np.empty(size, np.int32), np.empty(len(starts), np.int64)
    letters = np.zeros(LONGEST + 2, np.uint64)
    letters[0] = 94
    used, text, first = 0, 0, 0
    for token in range(len(starts)):
        if styles[token] == EDGE:
            features[used] = BEYOND
            used += 1
            lasts[token] = used
            first = ends[text] + 1
            text += 1
            continue
        known = roles[hashes[token] >> U44]
        features[used] = _bucket(hashes[token], shift) if known & SEEN else PADDING
        features[used + 1] = _bucket(
            mixed(STYLE_SALT + np.uint64(styles[token]) * GOLDEN + np.uint64(places[token])), shift
        )
        used += 2
        if SMALL <= styles[token] < FOREIGN and not known & COMMON:
            length = min(stops[token] - starts[token], LONGEST)
            for place in range(length):
                point = points[first + starts[token] + place]
                letters[place + 1] = folds[point] if point < KNOWN else point
            letters[length + 1] = 36
            for place in range(length):
                three = ((letters[place] * PRIME) ^ letters[place + 1]) * PRIME ^ letters[place + 2]
                features[used] = _bucket(mixed(three * GOLDEN + THREE_SALT), shift)
                used += 1
                if place + 3 < length + 2:
                    features[used] = _bucket(
                        mixed((three * PRIME ^ letters[place + 3]) * GOLDEN + FOUR_SALT), shift
                    )
                    used += 1
        lasts[token] = used
    return features[:used], lasts


@compiled
def _bucket(hashed: np.uint64, shift: np.uint64) -> int:
    return max(int(np.int64(hashed >> shift)), 2)


@compiled
def candidates_of(
    hashes: Hashes, styles: Small, places: Small, starts: Places, stops: Places, roles: Small
) -> Places:
    """Tokens that may be part of a name or an address: capitalised, unknown, near a cue, or beside
    another that may.

    A single A or I is one only where a full stop is joined to it.
    """
    found = np.empty(len(styles), np.int64)
    count, cue = 0, 0
    for token in range(len(styles)):
        style = styles[token]
        known = roles[hashes[token] >> U44]
        if style == EDGE:
            cue = 0
            continue
        taken = False
        if style == INITIAL:
            dotted = hashes[token + 1] == FULL_STOP and not places[token + 1] & 1
            taken = dotted or not (hashes[token] == ARTICLE or hashes[token] == PRONOUN)
        elif TITLE <= style <= MIXED:
            taken = True
        elif style == SMALL:
            following = styles[token + 1]
            beside = (
                token > 0 and TITLE <= styles[token - 1] <= INITIAL
            ) or TITLE <= following <= INITIAL
            near = token > 1 and styles[token - 1] != EDGE and TITLE <= styles[token - 2] <= INITIAL
            taken = (
                (not known & COMMON and stops[token] - starts[token] > 1)
                or known & GIVEN != 0
                or (known & PARTICLE != 0 and (beside or near))
                or (cue > 0 and not known & CUE)
                or (
                    stops[token] - starts[token] == 1
                    and count > 0
                    and found[count - 1] == token - 1
                    and hashes[token + 1] == FULL_STOP
                )
            )
        elif style == NUMBER:
            around = TITLE <= styles[token + 1] <= INITIAL or (
                token > 0 and TITLE <= styles[token - 1] <= INITIAL
            )
            taken = stops[token] - starts[token] <= 6 and (
                around
                or (
                    styles[token + 1] == SIGN
                    and TITLE <= styles[min(token + 2, len(styles) - 1)] <= INITIAL
                )
            )
        if taken:
            found[count] = token
            count += 1
        if known & CUE:
            cue = 3
        elif style != SIGN:
            cue -= 1
    return found[:count]
