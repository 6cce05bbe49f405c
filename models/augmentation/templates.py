"""Synthetic labelled sentences made from templates, which name no kind of goods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.artifact.calibration import Labels

SHARE = 0.1
"""Sentences made, as a share of the texts there are."""

SUBJECTS = (
    "it",
    "this",
    "the whole thing",
    "the quality",
    "the result",
    "everything about it",
    "the first half",
    "the ending",
)
GOOD = (
    "great",
    "excellent",
    "wonderful",
    "brilliant",
    "superb",
    "a pleasure",
    "worth every minute",
    "better than i expected",
)
BAD = (
    "terrible",
    "awful",
    "dreadful",
    "boring",
    "a mess",
    "a waste of time",
    "worse than i expected",
    "a letdown",
)
DEGREES = ("", "really ", "simply ", "absolutely ", "honestly ")
PATTERNS = (
    "{subject} was {degree}{judgement}.",
    "i thought {subject} was {judgement}, {degree}{judgement}.",
    "people say {subject} is {opposite}, but i found it {degree}{judgement}.",
    "i expected it to be {opposite}. {subject} was {judgement}!",
    "{subject} was not {opposite} at all, it was {degree}{judgement}.",
)


def synthesise(
    texts: Sequence[str], positive: Labels, rng: np.random.Generator
) -> tuple[list[str], Labels]:
    """A tenth as many sentences as there are texts, half of them positive; see ``Augmentation``."""
    labels = np.arange(round(SHARE * len(texts))) % 2 == 0
    return [_sentence(bool(label), rng) for label in labels], labels


def _sentence(positive: bool, rng: np.random.Generator) -> str:
    judgements, opposites = (GOOD, BAD) if positive else (BAD, GOOD)
    return _any(PATTERNS, rng).format(
        subject=_any(SUBJECTS, rng),
        degree=_any(DEGREES, rng),
        judgement=_any(judgements, rng),
        opposite=_any(opposites, rng),
    )


def _any(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
