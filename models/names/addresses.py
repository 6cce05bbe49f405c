"""Address completion: house numbers, flats and postcodes beside a street that the tagger found.

What follows a street is a form, not a context: a number, "# 54-8", "Nr. 90 Bl. 40", "Suite 599".
The rule reads tokens and asks the network for nothing, so it only ever lengthens a LOCATION that
holds a number or a word for a street.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from models.names.tagger_network import TAGS, Floats
from models.names.token_features import (
    EDGE,
    INITIAL,
    MIXED,
    NUMBER,
    SIGN,
    SMALL,
    STREET,
    TITLE,
    U44,
    UNIT,
    Small,
    word_hash,
)
from models.text.hash_kernels import Hashes, Numbers, Places, compiled

LOCATION: Final = TAGS.index("LOCATION")
LONGEST_NUMBER: Final = 8
"""Characters of a house number or postcode."""
MOST_SIGNS: Final = 2
FULL_STOP, COMMA, COLON = word_hash("."), word_hash(","), word_hash(":")
TIGHT: Final = np.array([word_hash(sign) for sign in "#/-\u2013\u2010\u2011°º\u2116&"], np.uint64)
"""Signs that tie a number to what stands before it."""


@compiled
def whole_addresses(
    texts: Numbers, tags: Numbers, firsts: Numbers, lasts: Numbers, scores: Floats, starts: Places,
    stops: Places, hashes: Hashes,
    styles: Small, roles: Small,
) -> tuple[Numbers, Numbers, Numbers, Numbers, Floats]:  # fmt: skip
    """The spans with each address as long as it is; those that it takes in are gone. In order,
    nothing overlaps.
    """
    texts, tags, firsts, lasts, scores = (
        texts.copy(),
        tags.copy(),
        firsts.copy(),
        lasts.copy(),
        scores.copy(),
    )
    count, number = 0, 0
    while number < len(texts):
        text, tag, first, last, score = (
            texts[number],
            tags[number],
            firsts[number],
            lasts[number],
            scores[number],
        )
        number += 1
        limit = lasts[count - 1] if count and texts[count - 1] == text else -1
        if tag != LOCATION and _follows_street(first, hashes, styles, roles):
            # The person that a street is called after, if a number follows.
            tag = (
                LOCATION
                if _rightwards(first, last, starts, stops, hashes, styles, roles) > last
                else tag
            )
        if tag == LOCATION and _is_address(first, last, hashes, styles, roles):
            first = _leftwards(first, last, limit, starts, stops, hashes, styles, roles)
            while True:
                last = _rightwards(first, last, starts, stops, hashes, styles, roles)
                if (
                    number == len(texts)
                    or texts[number] != text
                    or not _belongs(first, last, firsts[number], hashes, styles, roles)
                ):
                    break
                last, score = max(last, lasts[number]), max(score, scores[number])
                number += 1
        texts[count], tags[count], firsts[count], lasts[count], scores[count] = (
            text,
            tag,
            first,
            last,
            score,
        )
        count += 1
    return texts[:count], tags[:count], firsts[:count], lasts[:count], scores[:count]


@compiled
def _role(token: int, hashes: Hashes, roles: Small) -> int:
    return int(roles[hashes[token] >> U44])


@compiled
def _has_number(first: int, last: int, styles: Small) -> bool:
    for token in range(first, last + 1):  # noqa: SIM110  (Numba compiles no generators in any())
        if styles[token] == NUMBER:
            return True
    return False


@compiled
def _is_address(first: int, last: int, hashes: Hashes, styles: Small, roles: Small) -> bool:
    """Whether a number, a street's word or, at its end, a unit's is in it, or a street's word right
    before it.
    """
    for token in range(first, last + 1):
        if styles[token] == NUMBER or (
            styles[token] != SIGN and _role(token, hashes, roles) & STREET
        ):
            return True
    return _role(last, hashes, roles) & UNIT != 0 or _follows_street(first, hashes, styles, roles)


@compiled
def _follows_street(first: int, hashes: Hashes, styles: Small, roles: Small) -> bool:
    before = first - 1
    if before > 0 and hashes[before] == FULL_STOP:
        before -= 1
    return (
        before >= 0
        and SMALL <= styles[before] <= MIXED
        and _role(before, hashes, roles) & STREET != 0
    )


@compiled
def _is_number(token: int, starts: Places, stops: Places, styles: Small) -> bool:
    return bool(styles[token] == NUMBER and stops[token] - starts[token] <= LONGEST_NUMBER)


@compiled
def _is_tight(token: int, hashes: Hashes) -> bool:
    for sign in TIGHT:  # noqa: SIM110
        if hashes[token] == sign:
            return True
    return False


@compiled
def _belongs(
    first: int, last: int, other: int, hashes: Hashes, styles: Small, roles: Small
) -> bool:
    """Whether the span that begins with the token ``other`` goes on with the address: taken in
    already, behind a street's word with a full stop or not, or right behind a street without its
    number."""
    if other <= last:
        return True
    street = styles[last] != NUMBER and _role(last, hashes, roles) & STREET != 0
    stopped = other == last + 2 and hashes[last + 1] == FULL_STOP
    return (other == last + 1 and (street or not _has_number(first, last, styles))) or (
        street and stopped
    )


@compiled
def _leftwards(
    first: int, last: int, limit: int, starts: Places, stops: Places, hashes: Hashes, styles: Small,
    roles: Small,
) -> int:  # fmt: skip
    """The first token of an address: a number before a street, what the number is of."""
    while True:
        if _follows_street(first, hashes, styles, roles) and first - 1 > limit + (
            hashes[first - 1] == FULL_STOP
        ):
            first -= 2 if hashes[first - 1] == FULL_STOP else 1
            continue
        before = first - 1
        if (
            before > limit
            and before >= 0
            and styles[before] == SIGN
            and (hashes[before] == COMMA or _is_tight(before, hashes))
        ):
            before -= 1
        if before <= limit or before < 0 or styles[before] == EDGE:
            return first
        opens = styles[first] != NUMBER and (
            _role(first, hashes, roles) & STREET or not _has_number(first, last, styles)
        )
        tied = styles[first] == NUMBER and before < first - 1 and _is_tight(first - 1, hashes)
        if _is_number(before, starts, stops, styles) and (opens or tied):
            first = before
            continue
        if styles[first] == NUMBER or _role(first, hashes, roles) & UNIT:
            if hashes[before] == FULL_STOP and before - 1 > limit:
                before -= 1
            if (
                styles[before] != SIGN
                and styles[before] != EDGE
                and _role(before, hashes, roles) & UNIT
            ):
                first = before
                continue
        return first


@compiled
def _rightwards(
    first: int,
    last: int,
    starts: Places,
    stops: Places,
    hashes: Hashes,
    styles: Small,
    roles: Small,
) -> int:
    """The last token of an address."""
    while True:
        token = last + 1
        tight, comma, stop, signs = 0, 0, 0, 0
        while styles[token] == SIGN and signs < MOST_SIGNS:
            tight += _is_tight(token, hashes)
            comma += hashes[token] == COMMA
            stop += hashes[token] == FULL_STOP or hashes[token] == COLON
            signs += 1
            token += 1
        if styles[token] in (SIGN, EDGE) or tight + comma + stop < signs:
            return last
        known = _role(token, hashes, roles)
        after_unit = styles[last] != NUMBER and (
            _role(last, hashes, roles) & UNIT != 0
            or (styles[last] == INITIAL and hashes[last] == N)
        )
        if _is_number(token, starts, stops, styles):
            numbered = _has_number(first, last, styles)
            bare = signs == 0 and (after_unit or not numbered)
            listed = comma == signs == 1 and (not numbered or styles[token + 1] != SMALL)
            if bare or (signs and tight == signs) or (after_unit and comma == 0) or listed:
                last = token
                continue
            return last
        if known & UNIT and (
            signs == 0 or comma == signs == 1 or (stop == signs == 1 and after_unit)
        ):
            behind = token + 1
            while (
                styles[behind] == SIGN and behind - token <= MOST_SIGNS and hashes[behind] != COMMA
            ):
                behind += 1
            if _is_number(behind, starts, stops, styles):
                last = behind
                continue
            if (
                behind == token + 1
                and styles[behind] not in (SIGN, EDGE)
                and _role(behind, hashes, roles) & UNIT
            ):
                last = token
                continue
            if signs == 0 and styles[last] == NUMBER and styles[token] == TITLE:
                last = token
                continue
        if (
            signs == 0
            and styles[last] == NUMBER
            and stops[token] - starts[token] == 1
            and styles[token] == INITIAL
            and hashes[token] != I_WORD
        ):
            last = token
            continue
        return last


N, I_WORD = word_hash("n"), word_hash("i")
