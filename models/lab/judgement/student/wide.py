"""The wide side: multinomial logistic regression over hashed n-grams, by stochastic gradients with
a rate for each feature.

AdaGrad: Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html, of rows. A text's sum is
divided by the root of how many features it has: a long text says more than a short one, but not in
proportion. N-grams of characters and of words are summed and divided apart (the former are four
times as many and would drown the latter in a long text), but learn together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.lab.judgement.student.prepared import Chosen, Floats, Ragged
from models.lab.judgement.student.weighing import Targets
from models.student.shape import FEW, FEW_WORDS
from models.text.hash_kernels import Places, compiled, fused
from models.text.ngrams import Ids

FEW_FEATURES, FEW_OF_WORDS = np.float32(FEW), np.float32(FEW_WORDS)
FIRST_SQUARE = np.float32(0.05)


@dataclass(frozen=True, slots=True)
class WideSettings:
    """``rate`` falls to nothing; ``apart``: whether n-grams of characters and of words are divided
    each by its own root.
    """

    epochs: int = 3
    rate: float = 0.6
    apart: bool = True
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Wide:
    """``table`` [features + 1, 4]: weights of the classes, and the sum of squares; ``bias``
    [languages, 3].
    """

    table: Floats = field(repr=False)
    bias: Floats = field(repr=False)
    apart: bool = True

    def logits(self, which: Places, features: Ragged, language: Places) -> tuple[Floats, Floats]:
        """[which, 3] of n-grams of characters, with the bias, and of words."""
        found = judge(
            which,
            features.values,
            features.starts,
            features.ends,
            self.table,
            self.bias,
            language,
            self.apart,
        )
        return found[:, :3], found[:, 3:]


def fit(
    features: Ragged,
    size: int,
    language: Places,
    train: Chosen,
    targets: Targets,
    how: WideSettings,
) -> Wide:
    """Trained on the texts of ``train``."""
    table = np.zeros((size + 1, 4), np.float32)
    table[:, 3] = FIRST_SQUARE
    bias = np.zeros((int(language.max()) + 1, 3), np.float32)
    chance, order = np.random.default_rng(how.seed), np.flatnonzero(train)
    for number in range(how.epochs):
        chance.shuffle(order)
        rate = np.float32(how.rate * (1 - number / how.epochs))
        given = (
            features.values,
            features.starts,
            features.ends,
            table,
            bias,
            language,
            targets.answers,
            targets.weights,
        )
        epoch(order, *given, rate, how.apart)
    return Wide(table, bias, how.apart)


@compiled
def scales(of_characters: int, of_words: int, apart: bool) -> tuple[np.float32, np.float32]:
    """What both sums are multiplied with."""
    if apart:
        return (
            np.float32(1) / np.sqrt(np.float32(of_characters) + FEW_FEATURES),
            np.float32(1) / np.sqrt(np.float32(of_words) + FEW_OF_WORDS),
        )
    common = np.float32(1) / np.sqrt(np.float32(of_characters + of_words) + FEW_FEATURES)
    return common, common


@fused
def epoch(
    order: Places, ids: Ids, starts: Places, ends: Places, table: Floats, bias: Floats,
    language: Places, answers: Floats,
    weights: Floats, rate: np.float32, apart: bool,
) -> None:  # fmt: skip
    """One step for each text."""
    for text in order:
        start, middle, end = starts[2 * text], ends[2 * text], ends[2 * text + 1]
        if start == end:
            continue
        of_characters, of_words = scales(middle - start, end - middle, apart)
        mine = bias[language[text]]
        first, second, third = mine[0], mine[1], mine[2]
        for at in range(start, end):
            row, scale = table[ids[at]], of_characters if at < middle else of_words
            first += scale * row[0]
            second += scale * row[1]
            third += scale * row[2]
        most = max(first, second, third)
        a, b, c = np.exp(first - most), np.exp(second - most), np.exp(third - most)
        total, weight = a + b + c, weights[text]
        a = weight * (a / total - answers[text, 0])
        b = weight * (b / total - answers[text, 1])
        c = weight * (c / total - answers[text, 2])
        mine[0] -= np.float32(0.02) * a
        mine[1] -= np.float32(0.02) * b
        mine[2] -= np.float32(0.02) * c
        square = a * a + b * b + c * c
        for at in range(start, end):
            row, scale = table[ids[at]], of_characters if at < middle else of_words
            row[3] += scale * scale * square
            step = rate * scale / np.sqrt(row[3])
            row[0] -= step * a
            row[1] -= step * b
            row[2] -= step * c


@compiled
def judge(
    which: Places, ids: Ids, starts: Places, ends: Places, table: Floats, bias: Floats,
    language: Places, apart: bool
) -> Floats:  # fmt: skip
    """Logits [which, 3 of characters, 3 of words]."""
    found = np.zeros((len(which), 6), np.float32)
    for number in range(len(which)):
        text = which[number]
        start, middle, end = starts[2 * text], ends[2 * text], ends[2 * text + 1]
        of_characters, of_words = scales(middle - start, end - middle, apart)
        for at in range(start, end):
            row = table[ids[at]]
            side, scale = (0, of_characters) if at < middle else (3, of_words)
            for column in range(3):
                found[number, side + column] += scale * row[column]
        for column in range(3):
            found[number, column] += bias[language[text], column]
    return found
