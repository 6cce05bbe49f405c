"""Corpus split into held-out, development and training texts by hash, so that it is the same on
every machine.

Texts of one *group* (a review, or a sentence and its translations) always share a part. No model,
teacher, rehearsal or golden set may train on a text for which ``may_train`` is false.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from models.lab.judgement import sources
from models.lab.judgement.corpus import LabelledText
from models.lab.judgement.text_keys import digest, text_key

VERSION = 1
"""Of this module's rules: what was made under one version must not be used with another."""
BUCKETS = 100
UNALIGNED = 98
"""The bucket of texts whose group is unknown; like every other text in it they neither train nor
count.
"""


class Part(StrEnum):
    """Part of the split that a bucket belongs to."""

    HELD_OUT = "held-out"
    DEVELOPMENT = "development"
    TRAINING = "training"
    UNUSED = "unused"


def bucket(group: str | None) -> int:
    """0 to 99 by the hash of a group; ``UNALIGNED`` for None."""
    return UNALIGNED if group is None else digest(group) % BUCKETS


def part_of(number: int) -> Part:
    """15% held out, 5% development, 1% unused, the rest training."""
    if number < 15:
        return Part.HELD_OUT
    if number < 20:
        return Part.DEVELOPMENT
    return Part.UNUSED if number == UNALIGNED else Part.TRAINING


def withheld(texts: Iterable[LabelledText]) -> frozenset[int]:
    """The keys of texts that must not train wherever they occur: held-out and development ones, and
    those of test sets.
    """
    return frozenset(
        text_key(text.text)
        for text in texts
        if sources.SOURCES[text.set].test
        or part_of(bucket(text.group)) in {Part.HELD_OUT, Part.DEVELOPMENT}
    )


def may_train(text: LabelledText, kept_back: Collection[int]) -> bool:
    """Whether a text may train a model that is shipped. ``kept_back``: the ``withheld`` keys of the
    whole corpus.

    A text may stand in several sets, and a translation in another part than the same words
    elsewhere: every occurrence counts.
    """
    allowed = sources.SOURCES[text.set].trains and part_of(bucket(text.group)) is Part.TRAINING
    return allowed and text_key(text.text) not in kept_back
