"""Augmentation by emphasis: capitals, titles and drawn-out letters. It turns no words into names,
nor names into words.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

import regex

from models.lab.names.injection import joined, part
from models.lab.names.teacher_labels import Labelled

WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}'’]*")
VOWELS: Final = "aeiou"
MOST_WORDS: Final = 6


def shouted(labelled: Labelled, rng: random.Random) -> Labelled:
    """A run of words in capitals."""
    return _changed(labelled, rng, str.upper)


def titled(labelled: Labelled, rng: random.Random) -> Labelled:
    """A run of words with capitals as a headline has them."""
    return _changed(labelled, rng, str.title)


def _changed(labelled: Labelled, rng: random.Random, change: Callable[[str], str]) -> Labelled:
    words = list(WORD.finditer(labelled.text))
    if not words:
        return labelled
    first = rng.randrange(len(words))
    last = min(first + rng.randint(0, MOST_WORDS - 1), len(words) - 1)
    start, end = words[first].start(), words[last].end()
    changed = change(labelled.text[start:end])
    if len(changed) != end - start:
        return labelled
    return Labelled(labelled.text[:start] + changed + labelled.text[end:], labelled.spans)


def stretched(labelled: Labelled, rng: random.Random) -> Labelled:
    """A word outside of every span with one of its letters, a vowel if there is one, three to six
    times.
    """
    words = [
        match
        for match in WORD.finditer(labelled.text)
        if len(match[0]) > 2
        and not any(start < match.end() and end > match.start() for _, start, end in labelled.spans)
    ]
    if not words:
        return labelled
    word = rng.choice(words)
    places = [at for at, letter in enumerate(word[0].lower()) if letter in VOWELS] or [
        len(word[0]) - 1
    ]
    at = word.start() + rng.choice(places)
    more = labelled.text[at] * rng.randint(2, 5)
    return joined(
        [part(labelled, 0, at), Labelled(more, []), part(labelled, at, len(labelled.text))]
    )
