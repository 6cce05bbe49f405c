"""The sides' logits → probabilities: weighed by the length of a text, and calibrated for its
language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.artifact.array_storage import Array
from models.labels import HALVES
from models.text.hash_kernels import Places

Floats = npt.NDArray[np.float32]

MIDDLE, STEP = 60.0, 0.5
"""A text of so many pieces is half short, and one of e to the ``STEP`` times as many a quarter."""
PREFIX = "mixture/"
MOST = 2.0
"""Of log odds: the sum over a long text's words is surer than it is right."""
DEEP = 2
"""The side that judges languages that the others do not know; before it n-grams of characters, and
of words.
"""


@dataclass(frozen=True, slots=True)
class Mixture:
    """``weights`` [long and short, sides], ``shift`` [long and short, classes]; ``alone``,
    ``alone_shift``: the same where only the deep side knows the language; by language, the last of
    others: ``polarity`` [languages + 1], the weight of the polarity of words in long texts,
    ``factor`` and ``bias`` [languages + 1, classes] of the classes' logits (vector scaling, Guo et
    al. 2017, https://arxiv.org/abs/1706.04599), and ``scale`` [languages + 1, long and short] of
    all of them.
    """

    weights: Floats = field(repr=False)
    shift: Floats = field(repr=False)
    alone: Floats = field(repr=False)
    alone_shift: Floats = field(repr=False)
    polarity: Floats = field(repr=False)
    factor: Floats = field(repr=False)
    bias: Floats = field(repr=False)
    scale: Floats = field(repr=False)

    def logits(
        self, sides: Sequence[Floats], polarity: Floats, pieces: Places, language: Places
    ) -> Floats:
        """[texts, classes], calibrated. ``polarity`` [texts]: log odds of positive to negative.
        ``language``: its number, that behind the last for others.
        """
        short = shares(pieces)
        found = joined(self.weights, self.shift, sides, short)
        other = language == len(self.scale) - 1
        if other.any():
            deep = [sides[DEEP][other]]
            found[other] = joined(self.alone, self.alone_shift, deep, short[other])
        found += tilted(self.polarity[language], polarity, short)
        scale = (short * self.scale[language]).sum(1, keepdims=True)
        return np.asarray((found * self.factor[language] + self.bias[language]) * scale, np.float32)

    def arrays(self) -> dict[str, Array]:
        """By name, for an artifact."""
        return {f"{PREFIX}{name}": getattr(self, name) for name in Mixture.__slots__}

    @classmethod
    def of(cls, arrays: dict[str, Array]) -> Mixture:
        """Of an artifact's arrays. Raises ``KeyError`` where one is missing."""
        return cls(*(np.asarray(arrays[f"{PREFIX}{name}"], np.float32) for name in cls.__slots__))


def joined(weights: Floats, shift: Floats, sides: Sequence[Floats], share: Floats) -> Floats:
    """The weighted sum of sides. ``share`` [texts, long and short]."""
    mine = share @ weights
    found = share @ shift
    for number, side in enumerate(sides):
        found = found + mine[:, number, None] * side
    return np.asarray(found, np.float32)


def tilted(weights: Floats, polarity: Floats, share: Floats) -> Floats:
    """What the polarity [texts] adds to the classes' logits: most in long texts, and of any text no
    more than ``MOST``. ``weights`` [texts]; ``share`` [texts, long and short].
    """
    bounded = MOST * np.tanh(polarity / MOST)
    return np.asarray((share[:, 0] * weights * bounded)[:, None] * HALVES, np.float32)


def shares(pieces: Places) -> Floats:
    """[texts, long and short]: short is near 1 for a sentence, near 0 for a long review: a smooth
    step in the count of pieces.
    """
    short = 1 / (1 + np.exp((np.log(pieces + 1.0) - np.log(MIDDLE)) / STEP))
    return np.asarray(np.column_stack([1 - short, short]), np.float32)


def log_softmax(logits: Floats) -> Floats:
    """Log probabilities by row."""
    found = logits - logits.max(1, keepdims=True)
    return np.asarray(found - np.log(np.exp(found).sum(1, keepdims=True)))
